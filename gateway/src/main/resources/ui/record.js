// One record: a line that tells what it is, and all of it on demand. What stands in it comes from strangers.
import { h, svg } from './dom.js';
import { bytes, count, iso, many, time } from './format.js';
import { button, icon } from './parts.js';

const PREVIEW = 240;
const MOST_TEXT = 64 * 1024;
const MOST_HEX = 4 * 1024;

const encoder = new TextEncoder();

/** The bytes of a value of the interface; null for null. */
export function bytesOf(value) {
  if (value === null || value === undefined) return null;
  if ('base64' in value) return Uint8Array.from(atob(value.base64), character => character.charCodeAt(0));
  return encoder.encode(textOf(value));
}

/** The text of a value; null if it is null, or not text. */
export function textOf(value) {
  if (value === null || value === undefined || 'base64' in value) return null;
  return 'string' in value ? value.string : JSON.stringify(value.json);
}

const isNull = value => value === null || value === undefined;

/** Some of a value, in one line. */
export function preview(value) {
  if (isNull(value)) return h('span', { class: 'quiet' }, 'null');
  const text = textOf(value);
  if (text === null) {
    const all = bytesOf(value);
    return h('span', { class: 'binary' }, `${hexOf(all.subarray(0, 12))}${all.length > 12 ? ' …' : ''}`);
  }
  if (text === '') return h('span', { class: 'quiet' }, 'empty');
  return h('bdi', null, text.length > PREVIEW ? text.slice(0, PREVIEW) + '…' : text);
}

const hexOf = all => Array.from(all, each => each.toString(16).padStart(2, '0')).join(' ');

const sizeOf = record => (bytesOf(record.key)?.length ?? 0) + (bytesOf(record.value)?.length ?? 0);

/** Which records of a list are open, and how each is looked at. */
export function openRecords() {
  const open = new Map();
  return {
    has: id => open.has(id),
    toggle: id => (open.has(id) ? open.delete(id) : open.set(id, {})),
    of: id => open.get(id),
    clear: () => open.clear(),
  };
}

export const recordId = record => `${record.partition}-${record.offset}`;

/** A record in a list; open says which are open, update draws anew. */
export function recordRow(record, { open, update, several }) {
  const id = recordId(record);
  const isOpen = open.has(id);
  const toggle = () => {
    open.toggle(id);
    update();
  };
  return h(
    'li',
    { class: `record${isOpen ? ' open' : ''}`, key: id },
    h(
      'button',
      { type: 'button', 'aria-expanded': String(isOpen), 'aria-controls': `record-${id}`, onclick: toggle },
      icon('open'),
      h(
        'span',
        { class: 'offset' },
        several && h('span', { class: 'quiet' }, `${record.partition} / `),
        count(record.offset),
      ),
      h('time', { class: 'when', datetime: iso(record.timestamp) || null }, time(record.timestamp)),
      h('span', { class: 'key mono' }, preview(record.key)),
      h('span', { class: 'value mono' }, preview(record.value)),
      h('span', { class: 'size' }, bytes(sizeOf(record))),
    ),
    isOpen && h('div', { class: 'detail', id: `record-${id}` }, detail(record, open.of(id), update)),
  );
}

function detail(record, look, update) {
  return [
    h(
      'dl',
      { class: 'facts' },
      fact('Partition', record.partition),
      fact('Offset', count(record.offset)),
      fact(record.timestampType === 'LogAppendTime' ? 'Appended' : 'Created', [
        time(record.timestamp),
        h('span', { class: 'quiet' }, ` ${record.timestamp}`),
      ]),
    ),
    h('h3', null, 'Headers'),
    record.headers?.length
      ? h(
          'dl',
          { class: 'headers mono' },
          record.headers.map(header =>
            h('div', null, h('dt', null, h('bdi', null, header.name)), h('dd', null, preview(header.value))),
          ),
        )
      : h('p', { class: 'quiet' }, 'None'),
    part('Key', record.key, (look.key ??= {}), update),
    part('Value', record.value, (look.value ??= {}), update),
  ];
}

const fact = (name, value) => h('div', null, h('dt', null, name), h('dd', null, value));

// ---- key and value, each in up to three ways

function part(name, value, look, update) {
  if (isNull(value))
    return [
      h('h3', null, name),
      h('p', { class: 'quiet' }, name === 'Value' ? 'null (a tombstone, where the topic is compacted)' : 'null'),
    ];
  const all = bytesOf(value);
  const text = textOf(value);
  const ways = { ...(isJson(text) && { JSON: pretty }), ...(text !== null && { Text: plain }), Hex: hex };
  const way = look.way in ways ? look.way : Object.keys(ways)[0];
  const choose = next => () => {
    look.way = next;
    update();
  };
  return [
    h(
      'div',
      { class: 'part-head' },
      h('h3', null, name, h('span', { class: 'quiet' }, ` ${many(all.length, 'byte')}`)),
      h(
        'div',
        { class: 'choice', role: 'group', 'aria-label': `${name} as` },
        Object.keys(ways).map(each => button(each, choose(each), { pressed: each === way })),
      ),
      button('Copy', event => copy(event.currentTarget, text ?? hexOf(all)), {
        kind: 'bare',
        icon: 'copy',
        name: `Copy the ${name.toLowerCase()}`,
      }),
    ),
    ways[way](text, all, look, update),
  ];
}

async function copy(pressed, text) {
  let told = 'Copied';
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    told = 'Not allowed';
  }
  const word = pressed.lastChild;
  word.data = told;
  setTimeout(() => (word.data = 'Copy'), 1500);
}

/** Only objects and lists: a bare number or word reads best as it is. */
function isJson(text) {
  if (text === null || !/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const box = (name, ...children) => h('pre', { class: `box ${name}`, tabindex: '0' }, children);

function plain(text, all, look, update) {
  return box('text', cut(text, look, update));
}

function cut(text, look, update, draw = part => part) {
  const most = look.whole ? Infinity : MOST_TEXT;
  if (text.length <= most) return draw(text);
  const more = () => {
    look.whole = true;
    update();
  };
  return [draw(text.slice(0, most)), '\n… ', button(`Show all ${count(text.length)} characters`, more)];
}

function pretty(text, all, look, update) {
  return box('json', cut(indented(text), look, update, coloured));
}

/** The same JSON with line breaks: numbers stay as they were written, however long they are. */
export function indented(text) {
  const parts = [];
  let depth = 0;
  let opened = false;
  const line = () => parts.push('\n' + '  '.repeat(depth));
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g)) {
    const closes = token === '}' || token === ']';
    if (closes) depth--;
    // What is empty stays in one line.
    if (opened !== closes) line();
    opened = token === '{' || token === '[';
    if (opened) depth++;
    parts.push(token === ':' ? ': ' : token);
    if (token === ',') line();
  }
  return parts.join('');
}

function coloured(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|-?\d[\d.eE+-]*|true|false|null/g)) {
    const kind = match[2] ? 'name' : match[1] ? 'string' : 'literal';
    const token = match[1] ?? match[0];
    parts.push(text.slice(from, match.index), h('span', { class: kind }, token));
    from = match.index + token.length;
  }
  parts.push(text.slice(from));
  return parts;
}

function hex(text, all, look, update) {
  const most = look.hex ?? MOST_HEX;
  const lines = [];
  for (let at = 0; at < Math.min(all.length, most); at += 16) {
    const row = all.subarray(at, Math.min(at + 16, most));
    const shown = Array.from(row, each => (each >= 0x20 && each < 0x7f ? String.fromCharCode(each) : '·')).join('');
    lines.push(
      h('span', { class: 'at' }, at.toString(16).padStart(8, '0')),
      `  ${(hexOf(row.subarray(0, 8)) + '  ' + hexOf(row.subarray(8))).padEnd(49)}  `,
      h('span', { class: 'shown' }, shown),
      '\n',
    );
  }
  const more = () => {
    look.hex = most * 4;
    update();
  };
  return box(
    'hex',
    lines.length ? lines : h('span', { class: 'quiet' }, 'empty'),
    all.length > most && button(`More of ${bytes(all.length)}`, more),
  );
}
