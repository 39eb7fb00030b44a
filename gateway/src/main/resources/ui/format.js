// Numbers, sizes and times as people read them.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const three = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

export const NONE = '–';

const missing = value => value === null || value === undefined || Number.isNaN(value);

export const count = value => (missing(value) ? NONE : whole.format(value));

export const compact = value => (missing(value) ? NONE : Math.abs(value) < 10_000 ? count(value) : short.format(value));

/** One of several: 1 topic, 2 topics. */
export const many = (value, one, several = one + 's') => count(value) + ' ' + (value === 1 ? one : several);

export function bytes(value) {
  if (missing(value)) return NONE;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let unit = 0;
  let scaled = value;
  for (; Math.abs(scaled) >= 1000 && unit < units.length - 1; unit++) scaled /= 1024;
  return (unit === 0 ? whole : three).format(scaled) + ' ' + units[unit];
}

export const rate = value => (missing(value) ? NONE : (value > 0 && value < 10 ? three : short).format(value) + '/s');

export const byteRate = value => (missing(value) ? NONE : bytes(value) + '/s');

export function duration(ms) {
  if (missing(ms)) return NONE;
  if (ms < 1000) return (ms < 100 ? three : whole).format(ms) + ' ms';
  const seconds = ms / 1000;
  if (seconds < 60) return three.format(seconds) + ' s';
  if (seconds < 3600) return Math.floor(seconds / 60) + ' min ' + Math.floor(seconds % 60) + ' s';
  if (seconds < 86_400) return Math.floor(seconds / 3600) + ' h ' + Math.floor((seconds % 3600) / 60) + ' min';
  return Math.floor(seconds / 86_400) + ' d ' + Math.floor((seconds % 86_400) / 3600) + ' h';
}

const two = number => String(number).padStart(2, '0');

const day = at => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

/** Date and time here, to the millisecond. */
export function time(ms) {
  if (missing(ms) || ms < 0) return 'no time';
  const at = new Date(ms);
  if (Number.isNaN(at.getTime())) return String(ms);
  return `${day(at)} ${clock(ms)}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

/** Time of day here. */
export function clock(ms) {
  const at = new Date(ms);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** For input type=datetime-local. */
export function localInput(ms) {
  const at = new Date(ms);
  return `${day(at)}T${clock(ms)}`;
}

export function iso(ms) {
  const at = new Date(ms);
  return missing(ms) || ms < 0 || Number.isNaN(at.getTime()) ? '' : at.toISOString();
}

export function ago(ms, now = Date.now()) {
  const passed = now - ms;
  if (passed < 1500) return 'just now';
  return duration(passed < 60_000 ? Math.floor(passed / 1000) * 1000 : passed) + ' ago';
}

export const percent = share =>
  missing(share) ? NONE : (share > 0 && share < 0.01 ? '< 1' : whole.format(share * 100)) + ' %';
