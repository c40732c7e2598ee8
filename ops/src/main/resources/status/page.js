// The page: the parts of the chosen run, and when it requests them again.
import { lines, recolour, spectrum } from './charts.js';
import { get, listen } from './feed.js';
import { bytes, decimal, percent, small } from './format.js';
import { heatmap } from './heatmap.js';
import { showHead, showRuns, showTiles } from './head.js';
import { metricOf } from './metric.js';
import { showCheckpoints, showEvents } from './tables.js';

const STEPS = 6_000; // more than the server sends at once; beyond it, the page requests the thinned series again
const $ = (id) => document.getElementById(id);

let runs = [];
let chosen = decodeURIComponent(location.hash.slice(1)) || null;
let pinned = chosen !== null;
let run = null; // {summary, steps, evaluations, layers, checkpoints, commands, notes}
let layer = null; // the chosen layer, with all its spectra
let newestRefresh = true;

const charts = {
  loss: lines($('loss-chart'), [{ label: 'smoothed', colour: 'accent' }, { label: 'each step', colour: 'accent-soft', width: 1 }], { format: (v) => decimal(v, 4) }),
  score: lines($('score-chart'), [{ label: 'accuracy', colour: 'second', dots: 3 }], metricOf([])),
  rank: lines($('rank-chart'), [{ label: 'mean rank', colour: 'accent', stepped: true }], { format: (v) => decimal(v, 2), scale: { beginAtZero: true } }),
  lr: lines($('lr-chart'), [{ label: 'learning rate', colour: 'second' }], { format: small, ticks: { callback: small }, scale: { beginAtZero: true } }),
  memory: lines(
    $('memory-chart'),
    [{ label: 'peak', colour: 'third' }, { label: 'weights', colour: 'second' }, { label: 'optimizer', colour: 'accent' }],
    { format: bytes, ticks: { callback: (v) => (/^[125]0*$/.test(String(v)) ? bytes(v) : '') }, scale: { type: 'logarithmic' } },
  ),
  ranks: heatmap($('ranks-chart'), (name) => chooseLayer(name)),
  spectrum: spectrum($('spectrum-chart')),
};

// ---- requests

const path = (part = '') => `runs/${encodeURIComponent(chosen)}${part}`;
const PARTS = {
  EVALUATIONS: async () => ({ evaluations: (await get(path('/evaluations'))).evaluations }),
  LAYERS: async () => ({ layers: (await get(path('/layers'))).layers }),
  CHECKPOINTS: async () => ({ checkpoints: (await get(path('/checkpoints'))).checkpoints }),
  EVENTS: () => get(path('/commands')),
};

async function loadAll() {
  runs = (await get('runs')).runs;
  if (!pinned) chosen = runs[0]?.run ?? null;
  if (chosen === null) return showNothing();
  await loadRun();
}

async function loadRun() {
  const asked = chosen;
  const [summary, steps, ...parts] = await Promise.all([
    get(path()),
    get(path('/steps')),
    ...Object.values(PARTS).map((look) => look().catch(() => ({}))),
  ]);
  if (asked !== chosen) return;
  if (summary === null) {
    pinned = false;
    chosen = null;
    return runs.length > 0 ? loadAll() : showNothing();
  }
  const empty = { evaluations: [], layers: [], checkpoints: [], commands: [], notes: [] };
  run = Object.assign(empty, ...parts, { summary, steps: steps.steps });
  await lookAtLayer();
  showAll();
}

async function loadParts(names) {
  const asked = chosen;
  const found = await Promise.all(names.map((name) => PARTS[name]()));
  if (asked !== chosen || run === null) return;
  Object.assign(run, ...found);
  if (names.includes('LAYERS')) await lookAtLayer();
  showAll();
}

async function lookAtLayer() {
  const names = run.layers.map((l) => l.layer);
  const wanted = names.includes(layer?.layer) ? layer.layer : names[0];
  layer = wanted === undefined ? null : await get(path(`/layers/${encodeURIComponent(wanted)}`));
}

async function chooseLayer(name) {
  layer = await get(path(`/layers/${encodeURIComponent(name)}`));
  newestRefresh = true;
  showRanks();
}

// Several requests in quick succession become one.
let due = null;
const wanted = new Set();

function later(names) {
  names.forEach((name) => wanted.add(name));
  due ??= setTimeout(async () => {
    due = null;
    const now = [...wanted];
    wanted.clear();
    try {
      await (now.includes('ALL') ? loadAll() : now.includes('HISTORY') ? loadRun() : loadParts(now));
    } catch {
      later(['ALL']); // the server is down or busy: the link indicator shows it
    }
  }, 400);
}

// ---- display

function showNothing() {
  run = null;
  $('empty').hidden = false;
  $('board').hidden = true;
  showRuns(runs, chosen);
}

let painting = false;
function showAll() {
  if (painting || run === null) return;
  painting = true;
  const soon = document.hidden ? (then) => setTimeout(then, 1_000) : requestAnimationFrame;
  soon(() => {
    painting = false;
    if (run === null) return;
    $('empty').hidden = true;
    $('board').hidden = false;
    showRuns(runs, chosen);
    showHead(run);
    showTiles(run);
    showLines();
    showRanks();
    showCheckpoints($('checkpoints'), run.checkpoints);
    showEvents($('events'), run.commands, run.notes);
  });
}

function smooth(steps) {
  const weight = 2 / (1 + Math.min(Math.max(steps.length / 15, 5), 60));
  let mean = null;
  return steps.map(({ step, loss }) => {
    if (loss !== null) mean = mean === null ? loss : mean + (loss - mean) * weight;
    return { x: step, y: mean };
  });
}

function showLines() {
  const { steps, evaluations, notes } = run;
  const of = (field) => steps.map((s) => ({ x: s.step, y: s[field] }));
  const back = notes.filter((n) => n.kind === 'REWOUND').map((n) => n.step);
  const smoothed = smooth(steps);
  charts.loss.show([smoothed, of('loss')], back);
  const metric = metricOf(evaluations);
  charts.score.read(metric);
  charts.score.show([evaluations.filter((e) => metric.key in e.metrics).map((e) => ({ x: e.step, y: e.metrics[metric.key] }))], back);
  charts.rank.show([of('meanRank').filter((point) => point.y !== null)], back);
  charts.lr.show([of('learningRate')], back);
  charts.memory.show([of('peakBytes'), of('weightBytes'), of('optimizerBytes')]);
}

function showRanks() {
  const { steps, min, max } = charts.ranks.show(run.layers, layer?.layer);
  const scale = $('ranks-scale');
  scale.hidden = steps.length === 0;
  scale.firstElementChild.textContent = min;
  scale.lastElementChild.textContent = max;
  const select = $('layer');
  const names = run.layers.map((l) => l.layer);
  if (select.dataset.names !== names.join()) {
    select.dataset.names = names.join();
    select.replaceChildren(...names.map((name) => new Option(name, name)));
  }
  if (layer) select.value = layer.layer;
  showSpectrum();
}

function showSpectrum() {
  const spectra = layer?.spectra ?? [];
  const slider = $('refresh');
  slider.max = Math.max(0, spectra.length - 1);
  slider.disabled = spectra.length < 2;
  if (newestRefresh) slider.value = slider.max;
  const shown = spectra[Number(slider.value)];
  if (!shown) {
    charts.spectrum.show([], 0, '');
    $('refresh-name').textContent = '';
    $('decision').textContent = '';
    return;
  }
  const point = layer.ranks.find((p) => p.step === shown.step);
  const kept = shown.singularValues.slice(0, point?.rank ?? 0).reduce((sum, v) => sum + v * v, 0);
  const text = point ? `rank ${point.rank} · ${percent(kept / shown.totalEnergy)}` : '';
  charts.spectrum.show(shown.singularValues, point?.rank ?? 0, text);
  $('refresh-name').textContent = `step ${shown.step}`;
  $('decision').textContent = explain(point, shown);
}

function explain(point, shown) {
  const measured = `Effective rank ${decimal(shown.effectiveRank, 1)}, stable rank ${decimal(shown.stableRank, 1)}, threshold ${percent(shown.energyShare)}.`;
  if (!point) return `${measured} Waiting for the rank.`;
  if (point.fallback) return `${measured} The trainer applied the rule itself: no decision arrived in time.`;
  return point.decision ? `${measured} ${point.decision.detail}` : measured;
}

// ---- events

function update({ summary, steps, changed }) {
  const others = runs.filter((r) => r.run !== summary.run);
  const isNew = others.length === runs.length;
  runs = [summary, ...others];
  if (!pinned && chosen !== summary.run && (isNew || run === null)) {
    chosen = summary.run;
    layer = null;
    return later(['HISTORY']);
  }
  if (run === null || chosen !== summary.run) return showRuns(runs, chosen);
  run.summary = summary;
  const last = run.steps.at(-1)?.step ?? 0;
  run.steps.push(...steps.filter((s) => s.step > last));
  const stale = changed.includes('HISTORY') || run.steps.length > STEPS;
  if (stale || changed.length > 0) later(stale ? ['HISTORY'] : changed);
  showAll();
}

listen({
  onLink(state) {
    const link = $('link');
    link.dataset.state = state;
    link.textContent = state === 'live' ? 'live' : 'connection lost, reconnecting';
    if (state === 'live') later(['ALL']);
  },
  onUpdate: update,
  onResync: (name) => name === chosen && later(['HISTORY']),
});

later(['ALL']);

function choose(name) {
  pinned = true;
  chosen = name;
  layer = null;
  newestRefresh = true;
  later(['ALL']);
}

$('run').addEventListener('change', (event) => {
  history.replaceState(null, '', `#${encodeURIComponent(event.target.value)}`);
  choose(event.target.value);
});
window.addEventListener('hashchange', () => choose(decodeURIComponent(location.hash.slice(1)) || null));
$('layer').addEventListener('change', (event) => chooseLayer(event.target.value));
$('refresh').addEventListener('input', (event) => {
  newestRefresh = event.target.value === event.target.max;
  showSpectrum();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  recolour();
  charts.ranks.draw();
});
document.addEventListener('visibilitychange', showAll);
setInterval(() => run && showHead(run), 5_000);
