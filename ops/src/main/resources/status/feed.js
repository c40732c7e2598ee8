// The server's data: JSON by GET, and a stream of events that reconnects.

const SILENCE_MILLIS = 25_000;

export async function get(path) {
  const response = await fetch(`api/v1/${path}`);
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`GET ${path}: ${response.status}`);
  return response.json();
}

/**
 * Listens to the events of all runs. `onLink` gets 'live' or 'lost'; after 'live' all earlier data
 * may be stale. `onUpdate` gets each update, `onResync` the name of a run.
 */
export function listen({ onLink, onUpdate, onResync }) {
  let source;
  let heard;

  function open() {
    source = new EventSource('api/v1/events');
    heard = Date.now();
    const on = (name, then) =>
      source.addEventListener(name, (event) => {
        heard = Date.now();
        then(event);
      });
    on('open', () => onLink('live'));
    on('update', (event) => onUpdate(JSON.parse(event.data)));
    on('resync', (event) => onResync(JSON.parse(event.data).run));
    on('beat', () => {});
    source.addEventListener('error', () => {
      onLink('lost');
      if (source.readyState === EventSource.CLOSED) reopen();
    });
  }

  function reopen() {
    source.close();
    setTimeout(open, 2_000);
  }

  setInterval(() => {
    if (Date.now() - heard > SILENCE_MILLIS) {
      heard = Date.now();
      onLink('lost');
      reopen();
    }
  }, 5_000);
  open();
}
