// Numbers, sizes and times as text.

const DASH = '–';
const known = (value) => value !== null && value !== undefined && Number.isFinite(value);

export const decimal = (value, digits) =>
  known(value) ? value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }) : DASH;

export const whole = (value) => decimal(value, 0);

export const percent = (value) => (known(value) ? `${(100 * value).toFixed(1)} %` : DASH);

export const small = (value) => (!known(value) ? DASH : value === 0 ? '0' : value.toExponential(2).replace('e-', 'e−'));

export function bytes(value) {
  if (!known(value)) return DASH;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const unit = value < 1 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), units.length - 1);
  const scaled = value / 1000 ** unit;
  return `${scaled.toFixed(unit === 0 || scaled >= 100 ? 0 : 1)} ${units[unit]}`;
}

export function duration(seconds) {
  if (!known(seconds)) return DASH;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 172800) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.round(s / 86400)} days`;
}

export const clock = (millis) =>
  new Date(millis).toLocaleString('en-GB', { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' });

export const words = (symbol) => symbol.toLowerCase().replaceAll('_', ' ');
