// The metric of a run's task.
import { decimal, percent } from './format.js';

const METRICS = [
  { key: 'accuracy', name: 'Accuracy', format: percent, ticks: { callback: (v) => `${Math.round(100 * v)} %` }, scale: { type: 'linear' } },
  { key: 'perplexity', name: 'Perplexity', format: (v) => decimal(v, 1), ticks: { callback: (v) => (/^[1235]0*$/.test(String(v)) ? String(v) : '') }, scale: { type: 'logarithmic' } },
  { key: 'evalLoss', name: 'Held-out loss', format: (v) => decimal(v, 4), ticks: {}, scale: { type: 'linear' } },
];

/** Returns the first metric that evaluations, or checkpoints, have; accuracy as long as they have none. */
export const metricOf = (scored) => METRICS.find(({ key }) => scored.some((one) => key in one.metrics)) ?? METRICS[0];
