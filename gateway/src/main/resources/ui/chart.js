// Lines over time, drawn as SVG.
import { h, svg } from './dom.js';
import { byteRate, bytes, clock } from './format.js';

const WINDOW_MS = 10 * 60_000;

/** Runs of points without a gap. */
function runs(pairs) {
  const all = [];
  let run = [];
  for (const pair of pairs) {
    if (pair[1] === null) {
      if (run.length) all.push(run);
      run = [];
    } else run.push(pair);
  }
  if (run.length) all.push(run);
  return all;
}

function paths(pairs, from, to, most, width, height) {
  const x = at => (((at - from) / (to - from)) * width).toFixed(1);
  const y = value => (height - 1 - (value / most) * (height - 3)).toFixed(1);
  return runs(pairs).map(run => {
    const line = run.map(([at, value], i) => (i ? 'L' : 'M') + x(at) + ' ' + y(value)).join('');
    if (run.length === 1) {
      const [at, value] = run[0];
      return { line: `M${x(at)} ${y(value)}h0.1`, area: '' };
    }
    return { line, area: `${line}L${x(run.at(-1)[0])} ${height}L${x(run[0][0])} ${height}Z` };
  });
}

function drawing(pairs, most, width, height, from, to) {
  return svg(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true', focusable: 'false' },
    paths(pairs, from, to, most, width, height).map(path => [
      path.area && svg('path', { class: 'area', d: path.area }),
      svg('path', { class: 'line', d: path.line, 'vector-effect': 'non-scaling-stroke' }),
    ]),
  );
}

const highest = pairs => pairs.reduce((most, pair) => Math.max(most, pair[1] ?? 0), 0);

/** The span shown: up to ten minutes, and no wider than what is known. */
function span(pairs) {
  const to = pairs.length ? pairs.at(-1)[0] : Date.now();
  const from = Math.max(to - WINDOW_MS, pairs.length ? pairs[0][0] : 0);
  return from < to ? [from, to] : [to - 60_000, to];
}

/** A small line without axes, for rows. */
export function sparkline(pairs, what, format) {
  const [from, to] = span(pairs);
  const shown = pairs.filter(([at]) => at >= from);
  const most = highest(shown);
  const now = shown.length ? shown.at(-1)[1] : null;
  const told = now === null ? `${what}: being measured` : `${what}: ${format(now)} now, ${format(most)} at most`;
  return h(
    'span',
    { class: 'spark', role: 'img', 'aria-label': told, title: told },
    drawing(shown, most || 1, 96, 24, from, to),
  );
}

/** A line with its scale; pointing at it tells the value there. */
export function chart(pairs, { title, format, key, note }) {
  const inBytes = format === bytes || format === byteRate;
  const [from, to] = span(pairs);
  const shown = pairs.filter(([at]) => at >= from);
  const most = nice(highest(shown), inBytes);
  const now = shown.length ? shown.at(-1)[1] : null;
  const known = shown.some(pair => pair[1] !== null);
  const told = known ? `${title}: ${format(now)} now, ${format(highest(shown))} at most` : `${title}: being measured`;
  return h(
    'figure',
    { class: 'chart', key: key ?? title },
    h(
      'figcaption',
      null,
      h('span', { class: 'what' }, title),
      h('span', { class: 'now' }, known ? format(now) : 'measuring…'),
    ),
    h(
      'div',
      {
        class: 'plot',
        role: 'img',
        'aria-label': told,
        onpointermove: event => point(event, shown, from, to, format),
        onpointerleave: unpoint,
      },
      h('span', { class: 'top', 'aria-hidden': 'true' }, known ? format(most) : ''),
      drawing(shown, most, 600, 120, from, to),
      h('span', { class: 'cross', owned: true, 'aria-hidden': 'true', hidden: true }),
    ),
    h(
      'div',
      { class: 'times', 'aria-hidden': 'true' },
      h('span', null, clock(from)),
      note && h('span', { class: 'note' }, note),
      h('span', null, clock(to)),
    ),
  );
}

/** A round number that is no smaller; of bytes, one that is round in KiB and so on. */
function nice(value, inBytes) {
  if (value <= 0) return 1;
  const unit = inBytes ? 1024 ** Math.max(0, Math.floor(Math.log2(value) / 10)) : 1;
  const scaled = value / unit;
  const power = 10 ** Math.floor(Math.log10(scaled));
  return [1, 2, 2.5, 5, 10].find(each => scaled <= each * power) * power * unit;
}

function point(event, pairs, from, to, format) {
  const plot = event.currentTarget;
  const cross = plot.querySelector('.cross');
  const box = plot.getBoundingClientRect();
  const at = from + ((event.clientX - box.left) / box.width) * (to - from);
  const nearest = pairs
    .filter(pair => pair[1] !== null)
    .reduce((best, pair) => (!best || Math.abs(pair[0] - at) < Math.abs(best[0] - at) ? pair : best), null);
  if (!nearest) return;
  const share = (nearest[0] - from) / (to - from);
  cross.hidden = false;
  cross.style.setProperty('left', `${share * 100}%`);
  cross.classList.toggle('left', share > 0.5);
  cross.dataset.told = `${format(nearest[1])} · ${clock(nearest[0])}`;
}

function unpoint(event) {
  event.currentTarget.querySelector('.cross').hidden = true;
}
