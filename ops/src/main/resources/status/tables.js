// The tables of checkpoints and events. All text is inserted as text, never as markup.
import { bytes, clock, whole, words } from './format.js';
import { metricOf } from './metric.js';

function cell(text, kind) {
  const td = document.createElement('td');
  td.textContent = text;
  if (kind) td.className = kind;
  return td;
}

function fill(body, rows) {
  body.replaceChildren(
    ...rows.map(({ kind, title, cells }) => {
      const tr = document.createElement('tr');
      if (kind) tr.className = kind;
      if (title) tr.title = title;
      tr.append(...cells);
      return tr;
    }),
  );
  body.closest('.table').classList.toggle('blank', rows.length === 0);
}

export function showCheckpoints(body, checkpoints) {
  const { key, format } = metricOf(checkpoints);
  fill(
    body,
    [...checkpoints].reverse().map((c) => ({
      kind: c.superseded ? 'superseded' : '',
      title: c.superseded ? 'superseded: the run resumed from an older checkpoint' : '',
      cells: [
        cell(c.checkpoint),
        cell(words(c.cause), 'tag'),
        cell(format(c.metrics[key]), 'num'),
        cell(bytes(c.modelBytes), 'num'),
        cell(bytes(c.stateBytes), 'num'),
        cell(c.parent ?? '–'),
        cell(clock(c.timestamp)),
      ],
    })),
  );
}

function command(c) {
  const details = [
    c.reason,
    c.action === 'ROLLBACK' ? `rollback to ${c.checkpoint ?? 'the first checkpoint'}` : '',
    c.skip.length > 0 ? `skips ${c.skip.join(', ')}` : '',
    c.learningRateScale === 1 ? '' : `learning rate × ${c.learningRateScale}`,
  ];
  return { what: c.action, step: c.step, why: details.filter(Boolean).join('; '), who: c.issuer, when: c.timestamp };
}

const note = (n) => ({ what: n.kind, step: n.step, why: n.text, who: 'trainer', when: n.timestamp });

const LOUD = new Set(['ROLLBACK', 'WITHHELD', 'STOP']);

export function showEvents(body, commands, notes) {
  const events = [...commands.map(command), ...notes.map(note)].sort((a, b) => b.when - a.when);
  fill(
    body,
    events.map((e) => ({
      kind: LOUD.has(e.what) ? 'bad' : '',
      cells: [
        cell(words(e.what)),
        cell(e.step > 0 ? whole(e.step) : '–', 'num'),
        cell(e.why, 'text'),
        cell(e.who),
        cell(clock(e.when)),
      ],
    })),
  );
}
