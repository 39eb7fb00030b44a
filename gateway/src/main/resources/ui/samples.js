// What was seen over time: numbers sampled while the console is open, kept in memory and, for a reload, in the
// session's storage.

const STORED = 'dwal.samples';
const MOST_SAMPLES = 120;
const MOST_SERIES = 400;
/** Between samples further apart than this nothing is known: the line has a gap there. */
export const GAP_MS = 30_000;

const series = load();
let dirty = false;

function load() {
  try {
    const stored = JSON.parse(sessionStorage.getItem(STORED) ?? '[]');
    return new Map(stored.filter(([name, points]) => typeof name === 'string' && Array.isArray(points)));
  } catch {
    return new Map();
  }
}

function store() {
  if (!dirty) return;
  dirty = false;
  try {
    sessionStorage.setItem(STORED, JSON.stringify([...series]));
  } catch {
    // Full or forbidden: then it lasts until the next reload.
  }
}

setInterval(store, 10_000);
addEventListener('pagehide', store);

/** Notes value for name at the time at; null, or the same moment again, is not noted. */
export function sample(name, value, at = Date.now()) {
  if (value === null || value === undefined) return;
  const points = series.get(name) ?? [];
  if (points.length && at - points.at(-1)[0] < 500) return;
  points.push([at, value]);
  if (points.length > MOST_SAMPLES) points.shift();
  // Moved behind the others: those in use outlive those that are not.
  series.delete(name);
  series.set(name, points);
  while (series.size > MOST_SERIES) series.delete(series.keys().next().value);
  dirty = true;
}

/** [time, value] pairs, oldest first; a null value is a gap. */
export function levels(name) {
  const result = [];
  for (const [at, value] of series.get(name) ?? []) {
    const before = result.at(-1);
    if (before && at - before[0] > GAP_MS) result.push([at - 1, null]);
    result.push([at, value]);
  }
  return result;
}

/** [time, change per second] pairs of what only grows; what shrinks (a topic made anew) counts as nothing. */
export function rates(name) {
  const result = [];
  const points = series.get(name) ?? [];
  for (let i = 1; i < points.length; i++) {
    const [before, from] = points[i - 1];
    const [at, to] = points[i];
    const unknown = at - before > GAP_MS;
    result.push([at, unknown ? null : Math.max(0, ((to - from) * 1000) / (at - before))]);
  }
  return result;
}

/** The last value of pairs; null if there is none that is fresh. */
export function last(pairs) {
  const point = pairs.at(-1);
  return point && Date.now() - point[0] < GAP_MS ? point[1] : null;
}
