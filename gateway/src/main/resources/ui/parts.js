// What all pages are made of.
import { h, svg, heard } from './dom.js';

const ICONS = {
  cluster: 'M4 4h12v5H4zM4 11h12v5H4zM7 6.5h.01M7 13.5h.01',
  topics: 'M4 5h12M4 10h12M4 15h7',
  groups:
    'M7.5 9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 16c0-2.5 2-4.5 4.5-4.5S12 13.5 12 16' +
    'M13 9a2 2 0 1 0-.8-3.8M14 11.6c1.8.5 3 2.2 3 4.4',
  slow: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6v4l2.5 2',
  config: 'M4 6h7M15 6h1M4 14h1M9 14h7M13 4v4M7 12v4',
  sun:
    'M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM10 2.5v1.5M10 16v1.5M2.5 10H4' +
    'M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M15.3 4.7l-1 1M5.7 14.3l-1 1',
  moon: 'M16 11.5A6.5 6.5 0 1 1 8.5 4a5 5 0 0 0 7.5 7.5z',
  auto: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 3v14M10 6h3M10 10h4M10 14h3',
  keys: 'M3 5.5h14v9H3zM6 8.5h.01M9 8.5h.01M12 8.5h.01M14 8.5h.01M7 11.5h6',
  refresh: 'M15.5 8A6 6 0 1 0 16 11M16 4v4h-4',
  open: 'M7.5 5l5 5-5 5',
  copy: 'M7 7h9v9H7zM4 13V4h9',
  search: 'M9 14A5 5 0 1 0 9 4a5 5 0 0 0 0 10zM13 13l3.5 3.5',
  plus: 'M10 4v12M4 10h12',
  off: 'M3 3l14 14M5 8.5a7 7 0 0 1 2.5-1.6M10 6.3c2 0 3.7.8 5 2.2M7.5 11.3a3.6 3.6 0 0 1 2-1M10 14.5h.01',
};

export const icon = name =>
  svg(
    'svg',
    { class: 'icon', viewBox: '0 0 20 20', 'aria-hidden': 'true', focusable: 'false' },
    svg('path', { d: ICONS[name] }),
  );

/** The head of a page: where one is, what it is, what one can do. */
export function head({ trail, title, mono, badges, actions, lead }) {
  return h(
    'header',
    { class: 'head', key: 'head' },
    trail &&
      h(
        'nav',
        { class: 'trail', 'aria-label': 'Breadcrumb' },
        trail.map(([text, href]) => h('a', { href }, text)),
      ),
    h(
      'div',
      { class: 'title' },
      h('h1', { tabindex: '-1', class: mono && 'mono' }, h('bdi', null, title)),
      badges,
      actions && h('div', { class: 'actions' }, actions),
    ),
    lead && h('p', { class: 'lead' }, lead),
  );
}

export function tabs(label, entries) {
  return h(
    'nav',
    { class: 'tabs', 'aria-label': label, key: 'tabs' },
    entries.map(([text, href, here]) => h('a', { href, 'aria-current': here && 'page' }, text)),
  );
}

/** kind: ok, warn, bad, info or quiet. */
export const badge = (kind, text, title) => h('span', { class: `badge ${kind}`, title }, text);

/** A number with its name; an href makes it a link. */
export function tile(name, value, { kind, note, href } = {}) {
  const inside = [
    h('span', { class: 'name' }, name),
    h('span', { class: 'value' }, value),
    note && h('span', { class: 'note' }, note),
  ];
  return href
    ? h('a', { class: `tile ${kind ?? ''}`, href }, inside)
    : h('div', { class: `tile ${kind ?? ''}` }, inside);
}

export const tiles = (...all) => h('div', { class: 'tiles', key: 'tiles' }, all);

export function section(title, { key, actions, note }, ...children) {
  const id = 'section-' + (key ?? title).toLowerCase().replace(/[^a-z]+/g, '-');
  return h(
    'section',
    { class: 'section', 'aria-labelledby': id, key: key ?? title },
    h(
      'div',
      { class: 'section-head' },
      h('h2', { id }, title),
      note && h('p', null, note),
      actions && h('div', { class: 'actions' }, actions),
    ),
    children,
  );
}

/**
 * A table that becomes cards where it is narrow. columns: {name, number?, wide?, half?, cell(row)}; the first names the
 * row; wide and half say how much of a card's width they take. Roles are told since cards are no table to a browser.
 */
export function table(label, columns, rows, { keyOf, rowClass } = {}) {
  return h(
    'div',
    { class: 'sheet', key: `table-${label}` },
    h(
      'table',
      { role: 'table', 'aria-label': label },
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          columns.map(column =>
            h('th', { role: 'columnheader', scope: 'col', class: column.number && 'number' }, column.name),
          ),
        ),
      ),
      h(
        'tbody',
        { role: 'rowgroup' },
        rows.map(row => tableRow(columns, row, keyOf, rowClass)),
      ),
    ),
  );
}

function tableRow(columns, row, keyOf, rowClass) {
  return h(
    'tr',
    { role: 'row', key: keyOf?.(row), class: rowClass?.(row) },
    columns.map((column, i) =>
      i === 0
        ? h('th', { role: 'rowheader', scope: 'row', class: column.number && 'number' }, column.cell(row))
        : h(
            'td',
            {
              role: 'cell',
              'data-name': column.name,
              class:
                [column.number && 'number', column.wide && 'wide', column.half && 'half'].filter(Boolean).join(' ') ||
                null,
            },
            column.cell(row),
          ),
    ),
  );
}

/** A page, or a part of one, in which there is nothing, or nothing yet, to see. */
export function state(kind, title, text, ...more) {
  return h(
    'div',
    { class: `state ${kind}`, key: `state-${title}` },
    h('div', { class: 'mark', 'aria-hidden': 'true' }, icon(kind === 'error' ? 'off' : 'search')),
    h('h2', null, title),
    text && h('p', null, text),
    more,
  );
}

/** Lines of grey where something will be. */
export function waiting(lines = 4) {
  return h(
    'div',
    { class: 'waiting', key: 'waiting', role: 'status' },
    heard('Loading'),
    Array.from({ length: lines }, (each, i) => h('div', { class: `bone b${i % 4}` })),
  );
}

/** A share of something as a bar. */
export function meter(share, label, kind) {
  const bounded = Math.min(1, Math.max(0, share || 0));
  return h(
    'span',
    { class: `meter ${kind ?? ''}`, role: 'img', 'aria-label': label, title: label },
    h('span', { class: 'filled', style: { width: `${(bounded * 100).toFixed(1)}%` } }),
  );
}

export function button(text, onclick, { kind, name, pressed, disabled, icon: drawn, title } = {}) {
  return h(
    'button',
    {
      type: 'button',
      class: `button ${kind ?? ''}`,
      onclick,
      'aria-label': name,
      'aria-pressed': pressed === undefined ? null : String(pressed),
      disabled,
      title,
    },
    drawn && icon(drawn),
    text,
  );
}

/** A named input. */
export function field(name, input, { hint } = {}) {
  return h(
    'label',
    { class: 'field', key: name },
    h('span', { class: 'name' }, name),
    input,
    hint && h('span', { class: 'hint' }, hint),
  );
}

export const select = (value, options, onchange, more) =>
  h(
    'select',
    { value: String(value), onchange: event => onchange(event.target.value), ...more },
    options.map(([of, text]) => h('option', { value: of, selected: String(of) === String(value) }, text)),
  );

/** An input that narrows a list down; '/' goes to it. */
export const filter = (label, value, oninput) =>
  h(
    'div',
    { class: 'filter' },
    icon('search'),
    h('input', {
      type: 'search',
      'data-filter': true,
      'aria-label': label,
      placeholder: label,
      autocomplete: 'off',
      spellcheck: 'false',
      value,
      oninput: event => oninput(event.target.value),
    }),
    h('kbd', { 'aria-hidden': 'true' }, '/'),
  );

/** Steps through a long list. */
export function pager(page, pages, go) {
  if (pages < 2) return null;
  return h(
    'nav',
    { class: 'pager', 'aria-label': 'Pages', key: 'pager' },
    button('Previous', () => go(page - 1), { disabled: page === 0 }),
    h('span', null, `${page + 1} of ${pages}`),
    button('Next', () => go(page + 1), { disabled: page >= pages - 1 }),
  );
}
