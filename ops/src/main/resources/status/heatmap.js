// The ranks of all layers over the refreshes: rows are layers in bands of one kind, columns are refreshes.
import { colour, describe } from './charts.js';

const LABELS = 150;
const TOP = 4;
const BOTTOM = 20;

const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** `onChoose` gets the name of a layer whose row was clicked. */
export function heatmap(canvas, onChoose) {
  const tip = document.createElement('canvas').getContext('2d');
  let shown = { layers: [], steps: [], cells: new Map(), min: 1, max: 1, chosen: null };
  let hover = null;

  const geometry = () => {
    const { width, height } = canvas.getBoundingClientRect();
    const left = width < 480 ? 108 : LABELS;
    return {
      width,
      height,
      left,
      row: (height - TOP - BOTTOM) / Math.max(1, shown.layers.length),
      column: Math.min((width - left) / Math.max(1, shown.steps.length), 90),
    };
  };

  function draw() {
    const { width, height, left, row, column } = geometry();
    if (width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const ctx = canvas.getContext('2d');
    ctx.scale(ratio, ratio);
    ctx.font = '11px system-ui, sans-serif';
    const low = rgb(colour('low'));
    const high = rgb(colour('high'));
    const shade = (rank) => {
      const t = shown.max <= shown.min ? 1 : (rank - shown.min) / (shown.max - shown.min);
      return `rgb(${low.map((from, i) => Math.round(from + (high[i] - from) * t)).join(' ')})`;
    };
    shown.layers.forEach((layer, y) => {
      shown.steps.forEach((step, x) => {
        const rank = shown.cells.get(layer.layer)?.get(step)?.rank;
        if (rank === undefined) return;
        ctx.fillStyle = shade(rank);
        ctx.fillRect(left + x * column, TOP + y * row, Math.max(column - 1, 0.5), Math.max(row - 1, 0.5));
      });
    });
    bands(ctx, left, row);
    ticks(ctx, left, column, height);
    const chosen = shown.layers.findIndex((layer) => layer.layer === shown.chosen);
    if (chosen >= 0) {
      ctx.strokeStyle = colour('third');
      ctx.lineWidth = 2;
      ctx.strokeRect(left - 1, TOP + chosen * row - 1, shown.steps.length * column + 1, row + 1);
    }
    if (hover) tooltip(ctx, width);
  }

  function bands(ctx, left, row) {
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'right';
    let from = 0;
    shown.layers.forEach((layer, i) => {
      const last = shown.layers[i + 1]?.kind !== layer.kind;
      if (!last) return;
      const middle = TOP + ((from + i + 1) / 2) * row;
      ctx.fillStyle = colour('muted');
      ctx.fillText(clip(layer.kind ?? layer.layer, left - 12), left - 8, middle);
      if (i < shown.layers.length - 1) {
        ctx.fillStyle = colour('card');
        ctx.fillRect(left, TOP + (i + 1) * row - 1.5, 10_000, 2);
      }
      from = i + 1;
    });
  }

  function clip(text, width) {
    tip.font = '11px system-ui, sans-serif';
    let kept = text;
    while (tip.measureText(kept).width > width && kept.length > 4) kept = `…${kept.slice(2)}`;
    return kept;
  }

  function ticks(ctx, left, column, height) {
    ctx.textBaseline = 'alphabetic';
    ctx.textAlign = 'center';
    ctx.fillStyle = colour('muted');
    const every = Math.max(1, Math.ceil(46 / column));
    shown.steps.forEach((step, x) => {
      if (x % every === 0) ctx.fillText(step, left + (x + 0.5) * column, height - 4);
    });
  }

  function tooltip(ctx, width) {
    const { text, x, y } = hover;
    ctx.font = '12px system-ui, sans-serif';
    const box = Math.max(...text.map((line) => ctx.measureText(line).width)) + 16;
    const at = Math.max(0, Math.min(x + 12, width - box));
    const up = y > 70 ? y - 16 * text.length - 18 : y + 14;
    ctx.fillStyle = colour('ink');
    ctx.beginPath();
    ctx.roundRect(at, up, box, 16 * text.length + 10, 6);
    ctx.fill();
    ctx.fillStyle = colour('card');
    ctx.textAlign = 'left';
    ctx.textBaseline = 'top';
    text.forEach((line, i) => ctx.fillText(line, at + 8, up + 6 + 16 * i));
  }

  function under(event) {
    const box = canvas.getBoundingClientRect();
    const { left, row, column } = geometry();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const layer = shown.layers[Math.floor((y - TOP) / row)];
    const step = shown.steps[Math.floor((x - left) / column)];
    return { x, y, layer, step };
  }

  canvas.addEventListener('pointermove', (event) => {
    const { x, y, layer, step } = under(event);
    const point = layer && shown.cells.get(layer.layer)?.get(step);
    canvas.style.cursor = layer ? 'pointer' : 'default';
    hover = point ? { x, y, text: [layer.layer, `rank ${point.rank} from step ${step}${point.fallback ? ' (trainer decided)' : ''}`] } : null;
    draw();
  });
  canvas.addEventListener('pointerleave', () => {
    hover = null;
    draw();
  });
  canvas.addEventListener('click', (event) => {
    const { layer } = under(event);
    if (layer) onChoose(layer.layer);
  });
  new ResizeObserver(draw).observe(canvas);

  return {
    draw,
    show(layers, chosen) {
      const order = [...layers].sort(
        (a, b) => (a.kind ?? '').localeCompare(b.kind ?? '') || a.layer.localeCompare(b.layer, 'en', { numeric: true }),
      );
      const cells = new Map(order.map((layer) => [layer.layer, new Map(layer.ranks.map((point) => [point.step, point]))]));
      const points = order.flatMap((layer) => layer.ranks);
      shown = {
        layers: order.filter((layer) => layer.ranks.length > 0),
        steps: [...new Set(points.map((point) => point.step))].sort((a, b) => a - b),
        cells,
        min: points.reduce((least, point) => Math.min(least, point.rank), Infinity),
        max: points.reduce((most, point) => Math.max(most, point.rank), 0),
        chosen,
      };
      describe(canvas, points.length, `Ranks of ${shown.layers.length} layers over ${shown.steps.length} refreshes, from ${shown.min} to ${shown.max}`);
      draw();
      return shown;
    },
  };
}
