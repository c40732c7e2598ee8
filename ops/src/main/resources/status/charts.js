// Line and bar charts in the page's colours, over Chart.js.
/* global Chart */

const reduced = { animation: false, responsive: true, maintainAspectRatio: false };

export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const all = [];

/** Draws every chart again in the colours of the scheme that is on now. */
export function recolour() {
  all.forEach((chart) => chart.recolour());
}

const axes = (y) => ({
  x: {
    type: 'linear',
    ticks: { maxTicksLimit: 8, maxRotation: 0, precision: 0 },
    border: { display: false },
  },
  y: { ticks: { maxTicksLimit: 6, ...(y.ticks ?? {}) }, border: { display: false }, ...y.scale },
});

/** Says in words what a chart shows, and hides it while it shows nothing. */
export function describe(canvas, points, text) {
  canvas.dataset.points = points;
  canvas.setAttribute('aria-label', text);
  canvas.parentElement.classList.toggle('blank', points === 0);
}

/** Dashed vertical lines at `chart.options.plugins.marks.at`. */
const marks = {
  id: 'marks',
  afterDatasetsDraw(chart, args, options) {
    const { ctx, chartArea, scales } = chart;
    ctx.save();
    ctx.setLineDash([4, 4]);
    ctx.strokeStyle = colour('bad');
    for (const at of options.at ?? []) {
      const x = scales.x.getPixelForValue(at);
      if (x >= chartArea.left && x <= chartArea.right) {
        ctx.beginPath();
        ctx.moveTo(x, chartArea.top);
        ctx.lineTo(x, chartArea.bottom);
        ctx.stroke();
      }
    }
    ctx.restore();
  },
};

function themed(chart) {
  const { scales, plugins } = chart.options;
  for (const scale of Object.values(scales)) {
    scale.grid = { color: colour('grid') };
    scale.ticks.color = colour('muted');
  }
  if (plugins.legend.labels) plugins.legend.labels.color = colour('muted');
  Object.assign(plugins.tooltip, {
    backgroundColor: colour('ink'),
    titleColor: colour('card'),
    bodyColor: colour('card'),
  });
}

function keep(chart, paint) {
  chart.recolour = () => {
    themed(chart);
    paint(chart.data.datasets);
    chart.update('none');
  };
  all.push(chart);
  chart.recolour();
  return chart;
}

/**
 * A chart of lines over steps. Each line is {label, colour, width, fill, points}; `y` holds
 * {format, ticks, scale}.
 */
export function lines(canvas, series, y) {
  const chart = new Chart(canvas, {
    type: 'line',
    data: {
      datasets: series.map((line) => ({
        label: line.label,
        data: [],
        borderWidth: line.width ?? 2,
        pointRadius: line.dots ?? 0,
        pointHitRadius: 8,
        clip: line.dots ? line.dots + 2 : undefined,
        stepped: line.stepped ?? false,
        tension: 0,
      })),
    },
    options: {
      ...reduced,
      parsing: false,
      normalized: true,
      interaction: { mode: 'nearest', axis: 'x', intersect: false },
      scales: axes(y),
      plugins: {
        legend: { display: series.length > 1, align: 'end', labels: { boxWidth: 14, boxHeight: 2 } },
        decimation: { enabled: true, algorithm: 'min-max' },
        tooltip: {
          displayColors: series.length > 1,
          callbacks: {
            title: ([item]) => (item ? `step ${item.parsed.x}` : ''),
            label: (item) => `${item.dataset.label}: ${y.format(item.parsed.y)}`,
          },
        },
        marks: { at: [] },
      },
    },
    plugins: [marks],
  });
  keep(chart, (datasets) =>
    datasets.forEach((dataset, i) => {
      dataset.borderColor = colour(series[i].colour);
      dataset.pointBackgroundColor = colour(series[i].colour);
    }),
  );
  return {
    /** Reads the values of the one line in another way: {name, format, ticks, scale}. */
    read(metric) {
      if (metric === y) return;
      y = metric;
      chart.data.datasets[0].label = metric.name.toLowerCase();
      chart.options.scales.y = axes(metric).y;
      themed(chart);
    },
    /** Shows one array of {x, y} for each line; y may be null where there is no value. */
    show(points, at = []) {
      points.forEach((line, i) => {
        chart.data.datasets[i].data = line;
      });
      chart.options.plugins.marks.at = at;
      const longest = points.reduce((a, b) => (b.length > a.length ? b : a), []);
      const last = longest.at(-1);
      chart.options.scales.x.max = last ? Math.max(last.x, 2) : undefined;
      chart.options.scales.x.min = longest.length > 0 ? Math.min(longest[0].x, 1) : undefined;
      chart.update('none');
      const what = chart.data.datasets.map((line) => line.label).join(', ');
      describe(
        canvas,
        longest.length,
        last ? `${what}: ${longest.length} points to step ${last.x}, newest ${y.format(last.y)}` : `${what}: nothing yet`,
      );
    },
  };
}

const powerOfTen = (value) =>
  Math.abs(Math.log10(value) % 1) > 1e-6 ? '' : value >= 0.001 ? String(value) : value.toExponential(0).replace('-', '−');

/** The line between the ranks that are kept and those that are cut. */
const cut = {
  id: 'cut',
  afterDatasetsDraw(chart, args, options) {
    if (!options.rank) return;
    const { ctx, chartArea, scales } = chart;
    const x = Math.min(scales.x.getPixelForValue(options.rank + 0.5), chartArea.right);
    const text = options.text;
    ctx.save();
    ctx.strokeStyle = colour('third');
    ctx.fillStyle = colour('third');
    ctx.setLineDash([5, 3]);
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.moveTo(x, chartArea.top);
    ctx.lineTo(x, chartArea.bottom);
    ctx.stroke();
    ctx.font = '600 12px system-ui, sans-serif';
    ctx.textBaseline = 'top';
    const width = ctx.measureText(text).width;
    ctx.fillText(text, x + 6 + width > chartArea.right ? x - 6 - width : x + 6, chartArea.top + 2);
    ctx.restore();
  },
};

/** A chart of singular values as bars, with the rank cut line. */
export function spectrum(canvas) {
  const chart = new Chart(canvas, {
    type: 'bar',
    data: { datasets: [{ data: [], barPercentage: 1, categoryPercentage: 0.85 }] },
    options: {
      ...reduced,
      parsing: false,
      normalized: true,
      scales: {
        x: {
          type: 'linear',
          offset: false,
          min: 0.5,
          ticks: { maxTicksLimit: 9, precision: 0, includeBounds: false },
          border: { display: false },
        },
        y: { type: 'logarithmic', ticks: { callback: powerOfTen }, border: { display: false } },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          displayColors: false,
          callbacks: {
            title: ([item]) => (item ? `singular value ${item.parsed.x}` : ''),
            label: (item) => item.parsed.y.toPrecision(4),
          },
        },
        cut: {},
      },
    },
    plugins: [cut],
  });
  const paint = ([dataset]) => {
    const { rank } = chart.options.plugins.cut;
    dataset.backgroundColor = dataset.data.map((bar) => colour(!rank || bar.x <= rank ? 'accent' : 'accent-soft'));
  };
  keep(chart, paint);
  return {
    show(values, rank, text) {
      const bars = values.map((y, i) => ({ x: i + 1, y })).filter((bar) => bar.y > 0);
      chart.data.datasets[0].data = bars;
      chart.options.plugins.cut = { rank, text };
      chart.options.scales.x.max = values.length + 0.5;
      chart.options.scales.y.min = bars.length > 0 ? bars.at(-1).y / 1.5 : undefined;
      paint(chart.data.datasets);
      chart.update('none');
      describe(canvas, bars.length, bars.length > 0 ? `${bars.length} singular values from ${bars[0].y} down to ${bars.at(-1).y}; ${text}` : 'no spectrum yet');
    },
  };
}
