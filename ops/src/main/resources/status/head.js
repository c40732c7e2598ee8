// The run picker, the state of the run, and the tiles.
import { bytes, decimal, duration, percent, small, whole, words } from './format.js';
import { metricOf } from './metric.js';

const IDLE_MILLIS = 120_000;
const $ = (id) => document.getElementById(id);

const set = (id, text) => {
  if ($(id).textContent !== text) $(id).textContent = text;
};

export function showRuns(runs, chosen) {
  const select = $('run');
  const names = runs.map((r) => r.run).sort();
  if (select.dataset.names !== names.join()) {
    select.dataset.names = names.join();
    select.disabled = names.length === 0;
    select.replaceChildren(...(names.length > 0 ? names : ['none yet']).map((name) => new Option(name, name)));
  }
  if (chosen !== null) select.value = chosen;
}

export function showHead({ summary }) {
  const { newest, totalSteps, waiting } = summary;
  const step = newest?.step ?? 0;
  const idle = Date.now() - summary.updatedAt;
  const state = summary.state === 'RUNNING' && idle > IDLE_MILLIS ? 'IDLE' : summary.state;
  set('title', summary.run);
  set('subtitle', [summary.method, summary.model, summary.epoch > 0 ? `epoch ${summary.epoch}` : ''].filter(Boolean).join(' · '));
  $('state').dataset.state = state;
  set('state', words(state));
  $('progress').value = totalSteps > 0 ? step / totalSteps : 0;
  set('steps', totalSteps > 0 ? `step ${whole(step)} of ${whole(totalSteps)}` : 'no step yet');
  set('eta', eta(summary, step, state));
  const notice = waiting
    ? `Step ${waiting.step} waits for the rank monitor: ${waiting.decided} of ${waiting.layers} layers are decided.`
    : state === 'IDLE'
      ? `No record for ${duration(idle / 1000)}. If the trainer has stopped, start it again; the run resumes.`
      : '';
  $('notice').hidden = notice === '';
  set('notice', notice);
  document.title = `${step}/${totalSteps} ${summary.run} – Rivulet`;
}

function eta(summary, step, state) {
  if (state === 'FINISHED') return `took ${duration((summary.updatedAt - summary.startedAt) / 1000)}`;
  if (step === 0) return '';
  const stall = summary.checkpointStall > 0 ? ` · ${percent(summary.checkpointStall)} for checkpoints` : '';
  const pace = `${decimal(summary.secondsPerStep, 2)} s per step${stall}`;
  return state === 'RUNNING' || state === 'WAITING'
    ? `about ${duration((summary.totalSteps - step) * summary.secondsPerStep)} left · ${pace}`
    : pace;
}

export function showTiles({ summary, steps, evaluations, layers }) {
  const { newest } = summary;
  const smoothed = mean(steps.slice(-20).map((s) => s.loss));
  set('loss', decimal(smoothed, 4));
  set('loss-note', newest ? `gradient norm ${decimal(newest.gradientNorm, 2)}` : '');

  const { key, name, format } = metricOf(evaluations);
  const scored = evaluations.filter((e) => key in e.metrics);
  document.querySelectorAll('.metric').forEach((heading) => (heading.textContent = name));
  set('score', format(scored.at(-1)?.metrics[key]));
  set('score-note', scored.length > 1 ? `${format(scored[0].metrics[key])} at step ${scored[0].step}` : '');

  const first = mean(layers.filter((l) => l.ranks.length > 0).map((l) => l.ranks[0].rank));
  set('rank', decimal(newest?.meanRank, 1));
  set('rank-note', first === null ? 'full rank before the first refresh' : `${decimal(first, 1)} at the first refresh`);

  const adamw = summary.adamwOptimizerBytes;
  set('optimizer', bytes(newest?.optimizerBytes));
  set('optimizer-note', adamw && newest ? `AdamW ${bytes(adamw)} (${percent(newest.optimizerBytes / adamw)})` : '');

  set('peak', bytes(newest?.peakBytes));
  set('peak-note', newest ? `weights ${bytes(newest.weightBytes)}` : '');

  set('lr', small(newest?.learningRate));
  set('lr-note', `${whole(summary.tokens)} tokens`);
}

function mean(values) {
  const finite = values.filter((v) => v !== null);
  return finite.length > 0 ? finite.reduce((a, b) => a + b, 0) / finite.length : null;
}
