// Messages of a topic: read at a place, sought by text in a bounded stretch, or followed as they come.
import { Problem, address, fewAtOnce, get, post } from '../api.js';
import { h, fill } from '../dom.js';
import { count, localInput, many, time } from '../format.js';
import { badge, button, field, select, state, waiting } from '../parts.js';
import { bytesOf, openRecords, recordRow, textOf } from '../record.js';
import { topicHead } from './topic.js';
import { topicHref } from './topics.js';

const ON_A_PAGE = 50;
const MOST_FOUND = 200;
const MOST_FOLLOWED = 300;
const STRETCHES = [1_000, 10_000, 100_000];

const FROM = [
  ['newest', 'Newest'],
  ['oldest', 'Oldest'],
  ['offset', 'Offset'],
  ['time', 'Time'],
];

export function messages(page) {
  const { topic: name } = page.params;
  let wanted = wish(page.query);
  let topic = null;
  let result = null;
  let problem = null;
  /** A search under way. */
  let hunt = null;
  let running = new AbortController();
  let tail = null;
  const open = openRecords();

  const load = async signal => {
    topic = await get(['topics', name], {}, signal);
    settle();
    if (wanted.follow) {
      tail ??= follow(name, wanted.partition, chosen().length, page.update);
      return;
    }
    running.abort();
    running = new AbortController();
    signal.addEventListener('abort', () => running.abort(), { once: true });
    problem = null;
    try {
      result = wanted.find ? await search(running.signal) : await read(running.signal);
    } catch (error) {
      if (running.signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      result = null;
      problem = error;
    }
  };

  /** A partition that there is; all of one is that one. */
  const settle = () => {
    const partitions = topic?.partitions ?? [];
    const all = wanted.partition === 'all' && partitions.length > 1;
    if (!all && partitions.length && !partitions.some(each => each.partition === wanted.partition))
      wanted.partition = partitions[0].partition;
  };

  const chosen = () =>
    topic.partitions.filter(each => wanted.partition === 'all' || each.partition === wanted.partition);

  const fetchRecords = (partition, query, signal) =>
    get(['topics', name, 'partitions', partition.partition, 'records'], { format: 'auto', ...query }, signal);

  /** Where reading begins. */
  const start = partition => {
    if (wanted.from === 'offset') return { offset: wanted.at };
    if (wanted.from === 'time') return { timestamp: wanted.at };
    return wanted.from === 'oldest' ? { offset: partition.logStartOffset ?? 0 } : { last: ON_A_PAGE };
  };

  /** A stretch of a partition, as many requests as it takes; each must lead on. */
  const fetchStretch = async (partition, from, most, signal, took) => {
    let query = from;
    let left = most;
    for (;;) {
      const answer = await fetchRecords(partition, { ...query, limit: Math.min(1000, left) }, signal);
      took(answer.records);
      left -= Math.max(1, answer.records.length);
      if (left <= 0 || answer.nextOffset >= answer.highWatermark || answer.nextOffset === query.offset) return answer;
      query = { offset: answer.nextOffset };
    }
  };

  const read = async signal => {
    const all = [];
    let end = null;
    await fewAtOnce(chosen(), async partition => {
      end = await fetchStretch(partition, start(partition), ON_A_PAGE, signal, records => all.push(...records));
    });
    return { records: sorted(all).slice(0, ON_A_PAGE), end: wanted.partition === 'all' ? null : end };
  };

  const sorted = records => {
    const several = wanted.partition === 'all';
    const direction = wanted.from === 'newest' ? -1 : 1;
    return records.sort(
      (one, other) =>
        direction *
        ((several && one.timestamp - other.timestamp) || one.partition - other.partition || one.offset - other.offset),
    );
  };

  // ---- search

  const search = async signal => {
    const partitions = chosen();
    const share = Math.ceil(wanted.stretch / partitions.length);
    hunt = { found: [], looked: 0 };
    await fewAtOnce(partitions, partition =>
      fetchStretch(partition, searchFrom(partition, share), share, signal, records => {
        hunt.found.push(...records.filter(matches));
        hunt.looked += records.length;
        page.update();
      }),
    );
    return endSearch();
  };

  const searchFrom = (partition, share) => {
    if (wanted.from !== 'newest') return start(partition);
    if (partition.highWatermark === null) return { last: share };
    return { offset: Math.max(partition.logStartOffset, partition.highWatermark - share) };
  };

  /** What was found so far. */
  const endSearch = () => {
    const { found, looked } = hunt;
    hunt = null;
    return { records: sorted(found).slice(0, MOST_FOUND), looked, more: found.length > MOST_FOUND };
  };

  const stopSearch = () => {
    running.abort();
    result = endSearch();
    page.update();
  };

  const matches = record => {
    const sought = wanted.find.toLowerCase();
    const has = value => (textOf(value) ?? latin(value)).toLowerCase().includes(sought);
    return (wanted.in !== 'value' && has(record.key)) || (wanted.in !== 'key' && has(record.value));
  };

  // ---- what is asked for

  const change = (more, options) => {
    wanted = { ...wanted, ...more };
    page.go(topicHref(name, '/messages' + written(wanted)), options);
  };

  const moved = query => {
    const before = wanted;
    wanted = wish(query);
    running.abort();
    hunt = null;
    settle();
    if (tail && (!wanted.follow || wanted.partition !== before.partition)) stopFollowing();
    open.clear();
    result = null;
    problem = null;
    page.update();
  };

  const stopFollowing = () => {
    tail?.close();
    tail = null;
  };

  const submit = event => {
    event.preventDefault();
    const form = new FormData(event.target);
    const next = {
      find: String(form.get('find') ?? '').trim(),
      in: form.get('in') ?? wanted.in,
      stretch: Number(form.get('stretch') ?? wanted.stretch),
      follow: false,
    };
    if (wanted.from === 'offset') next.at = Math.max(0, Math.trunc(Number(form.get('at'))) || 0);
    if (wanted.from === 'time') next.at = new Date(form.get('at')).getTime() || Date.now() - 3_600_000;
    change(next);
  };

  const from = value => {
    const at =
      value === 'offset'
        ? (chosen()[0]?.logStartOffset ?? 0)
        : value === 'time'
          ? Math.floor(Date.now() / 1000) * 1000 - 3_600_000
          : 0;
    wanted = { ...wanted, from: value, at };
    // Where a place must be told, the person tells it first.
    if (value === 'newest' || value === 'oldest') change({ follow: false });
    else page.update();
  };

  const controls = () => {
    const partitions = [
      ...(topic.partitions.length > 1 ? [['all', 'All']] : []),
      ...topic.partitions.map(each => [each.partition, each.partition]),
    ];
    return h(
      'form',
      { class: 'controls', key: 'controls', onsubmit: submit, 'aria-label': 'Which messages' },
      field(
        'Partition',
        select(
          wanted.partition,
          partitions,
          value =>
            change(
              value === 'all'
                ? { partition: 'all', ...(wanted.from === 'offset' && { from: 'newest', at: 0 }) }
                : { partition: Number(value) },
            ),
          { name: 'partition' },
        ),
      ),
      h(
        'div',
        { class: 'field', key: 'from' },
        h('span', { class: 'name', id: 'from-name' }, 'From'),
        h(
          'div',
          { class: 'choice', role: 'group', 'aria-labelledby': 'from-name' },
          FROM.filter(([each]) => each !== 'offset' || wanted.partition !== 'all').map(([each, text]) =>
            button(text, () => from(each), { pressed: !wanted.follow && wanted.from === each }),
          ),
          button('Live', () => change({ follow: !wanted.follow }), {
            kind: 'live',
            pressed: wanted.follow,
            title: 'Records as they come',
          }),
        ),
      ),
      !wanted.follow &&
        wanted.from === 'offset' &&
        field(
          'Offset',
          h('input', {
            name: 'at',
            type: 'number',
            min: '0',
            step: '1',
            inputmode: 'numeric',
            required: true,
            value: String(wanted.at),
          }),
        ),
      !wanted.follow &&
        wanted.from === 'time' &&
        field(
          'At or after',
          h('input', { name: 'at', type: 'datetime-local', step: '1', required: true, value: localInput(wanted.at) }),
        ),
      !wanted.follow && [
        field(
          'With text',
          h('input', {
            name: 'find',
            type: 'search',
            'data-filter': true,
            placeholder: 'any',
            autocomplete: 'off',
            spellcheck: 'false',
            value: wanted.find,
          }),
        ),
        field(
          'In',
          select(
            wanted.in,
            [
              ['key', 'key'],
              ['value', 'value'],
              ['both', 'either'],
            ],
            () => {},
            { name: 'in' },
          ),
        ),
        field(
          'Look through',
          select(
            wanted.stretch,
            STRETCHES.map(each => [each, count(each)]),
            () => {},
            { name: 'stretch' },
          ),
        ),
        h('button', { class: 'button primary', type: 'submit' }, wanted.find ? 'Search' : 'Read'),
      ],
    );
  };

  // ---- what came

  const list = (records, more) =>
    h(
      'div',
      { class: 'records', key: 'records' },
      h(
        'div',
        { class: 'record-head', 'aria-hidden': 'true' },
        ['', 'Offset', 'Time', 'Key', 'Value', 'Size'].map(each =>
          h('span', null, each),
        ),
      ),
      h(
        'ol',
        { ...more },
        records.map(record => recordRow(record, { open, update: page.update, several: wanted.partition === 'all' })),
      ),
    );

  const found = () => {
    if (hunt) return [searching(), waiting(3)];
    if (problem) return outOfRange();
    if (result === null) return waiting(5);
    const { records } = result;
    if (records.length === 0) return nothing();
    const told = wanted.find
      ? `${many(records.length, 'record')} found in ${count(result.looked)} looked at` +
        (result.more ? '; there are more' : '')
      : `${many(records.length, 'record')}, ${wanted.from === 'newest' ? 'newest' : 'oldest'} first`;
    return [h('p', { class: 'told', role: 'status', key: 'told' }, told, steps(records)), list(records)];
  };

  const searching = () =>
    h(
      'div',
      { class: 'told', key: 'searching', role: 'status' },
      `${many(hunt.found.length, 'record')} found so far`,
      h('progress', { max: wanted.stretch, value: hunt.looked, 'aria-label': 'Search' }),
      button('Stop', stopSearch),
    );

  /** To the records before and after, where offsets say what that is. */
  const steps = records => {
    if (result.end === null || wanted.find) return null;
    const offsets = records.map(record => record.offset);
    const first = Math.min(...offsets);
    const next = Math.max(...offsets) + 1;
    const to = at => change({ from: 'offset', at });
    return h(
      'span',
      { class: 'steps' },
      button('Older', () => to(Math.max(result.end.logStartOffset, first - ON_A_PAGE)), {
        disabled: first <= result.end.logStartOffset,
      }),
      button('Newer', () => to(next), { disabled: next >= result.end.highWatermark }),
    );
  };

  const outOfRange = () => {
    const partition = chosen()[0];
    const lies = problem.error === 'OFFSET_OUT_OF_RANGE' && partition.highWatermark !== null;
    const range =
      partition.highWatermark > partition.logStartOffset
        ? `This partition has the offsets ${count(partition.logStartOffset)} to ${count(partition.highWatermark - 1)}.`
        : 'This partition has no records.';
    return state(
      '',
      lies ? 'There is no such offset' : problem.title,
      lies ? range : problem.message,
      lies &&
        h(
          'div',
          { class: 'actions' },
          button('Oldest', () => change({ from: 'oldest', at: 0 })),
          button('Newest', () => change({ from: 'newest', at: 0 })),
        ),
    );
  };

  const nothing = () => {
    if (wanted.find)
      return state(
        '',
        'Nothing found',
        `None of ${many(result.looked, 'record')} has “${wanted.find}” in its ` +
          `${wanted.in === 'both' ? 'key or value' : wanted.in}. A longer stretch, or another place to begin, may.`,
      );
    if (wanted.from === 'time')
      return state(
        '',
        'Nothing since then',
        `There is no record from ${time(wanted.at)} on.`,
        button('Newest', () => change({ from: 'newest', at: 0 })),
      );
    const end = result.end;
    if (end && end.highWatermark > end.logStartOffset)
      return state(
        '',
        'This is the end',
        `The next record will have offset ${count(end.highWatermark)}.`,
        button('Newest', () => change({ from: 'newest', at: 0 })),
      );
    return state(
      '',
      'No records here yet',
      'They appear as soon as somebody writes some. To see them come, press Live.',
      h('pre', { class: 'sample' }, `echo hello | bin/dwal produce ${name}`),
    );
  };

  const following = () => {
    if (!tail) return waiting(3);
    const { records, status, total, paused, held } = tail.now();
    return [
      h(
        'div',
        { class: 'told', key: 'tail' },
        badge(status.kind, status.text, status.why),
        h('span', null, `${many(total, 'record')} since you came${paused && held ? `, ${count(held)} held back` : ''}`),
        status.why && h('span', { class: 'quiet' }, status.why),
        h(
          'span',
          { class: 'steps' },
          button(paused ? 'Go on' : 'Pause', () => tail.pause(!paused), { pressed: paused }),
        ),
      ),
      records.length
        ? list(records, { 'aria-label': 'Records, newest first' })
        : state('', 'Waiting for records', 'What is written from now on appears here.'),
    ];
  };

  const produce = () => page.node.write && button('Produce', () => produceDialog(name, topic, page), { icon: 'plus' });

  const render = () => {
    if (topic === null) return [topicHead(name, 'messages'), waiting(6)];
    return [topicHead(name, 'messages', { actions: produce() }), controls(), wanted.follow ? following() : found()];
  };

  return {
    title: `Messages of ${name}`,
    // What was read stays until somebody asks for something else.
    every: 3_600_000,
    load,
    render,
    moved,
    close: () => {
      running.abort();
      stopFollowing();
    },
  };
}

/** What the address asks for. */
function wish(query) {
  const number = (name, otherwise) => (/^\d{1,15}$/.test(query.get(name) ?? '') ? Number(query.get(name)) : otherwise);
  const from = FROM.some(([each]) => each === query.get('from')) ? query.get('from') : 'newest';
  return {
    partition: number('p', 'all'),
    from,
    at: number('at', 0),
    find: query.get('find') ?? '',
    in: ['key', 'value', 'both'].includes(query.get('in')) ? query.get('in') : 'key',
    stretch: STRETCHES.includes(number('among')) ? number('among') : STRETCHES[1],
    follow: query.get('live') === '1',
  };
}

function written(wanted) {
  const query = new URLSearchParams();
  if (wanted.partition !== 'all') query.set('p', wanted.partition);
  if (wanted.follow) query.set('live', '1');
  else {
    if (wanted.from !== 'newest') query.set('from', wanted.from);
    if (wanted.from === 'offset' || wanted.from === 'time') query.set('at', wanted.at);
    if (wanted.find) {
      query.set('find', wanted.find);
      query.set('in', wanted.in);
      query.set('among', wanted.stretch);
    }
  }
  const text = query.toString();
  return text ? `?${text}` : '';
}

/** Bytes that are no text, as characters, so that what is readable in them is found. */
const latin = value => Array.from(bytesOf(value) ?? [], each => String.fromCharCode(each)).join('');

// ---- records as they come

function follow(name, partition, partitions, update) {
  let records = [];
  let held = [];
  let total = 0;
  let paused = false;
  let drawing = 0;
  let status = { kind: 'quiet', text: 'connecting' };
  /** Why partitions are no longer among what comes. */
  const ended = new Map();

  const changed = () => {
    // Many may come at once; the eye needs a few pictures a second.
    drawing ||= setTimeout(() => {
      drawing = 0;
      update();
    }, 100);
  };

  const told = (kind, text, why) => {
    status = { kind, text, why };
    changed();
  };

  const came = record => {
    total++;
    if (paused) held = [record, ...held].slice(0, MOST_FOLLOWED);
    else records = [record, ...records].slice(0, MOST_FOLLOWED);
    changed();
  };

  const where = partition === 'all' ? ['topics', name] : ['topics', name, 'partitions', partition];
  const url = address([...where, 'stream'], { format: 'auto' });
  const stream = new EventSource(url);
  stream.onopen = () => {
    ended.clear();
    told('ok', 'live');
  };
  stream.onmessage = event => came(JSON.parse(event.data));
  stream.addEventListener('problem', event => {
    const problem = problemOf(event.data);
    ended.set(problem.partition, problem.detail);
    const all = [...ended].map(([id, why]) => `Partition ${id}: ${why}`).join('. ');
    if (ended.size < partitions) return told('warn', `live without ${[...ended.keys()].join(', ')}`, all);
    stream.close();
    told('bad', 'ended', all);
  });
  stream.onerror = async () => {
    if (stream.readyState !== EventSource.CLOSED) return told('warn', 'reconnecting', 'The node does not answer');
    told('bad', 'refused', 'The node did not take the request');
    told('bad', 'refused', await refusal(url));
  };

  return {
    now: () => ({
      records,
      held: held.length,
      total,
      paused,
      status: paused ? { kind: 'quiet', text: 'paused' } : status,
    }),
    pause: stop => {
      paused = stop;
      if (!paused) {
        records = [...held, ...records].slice(0, MOST_FOLLOWED);
        held = [];
      }
      update();
    },
    close: () => {
      clearTimeout(drawing);
      stream.close();
    },
  };
}

/** Why a stream is refused, which an EventSource does not tell. */
async function refusal(url) {
  const running = new AbortController();
  try {
    const answer = await fetch(url, { signal: running.signal, cache: 'no-store' });
    return answer.ok ? 'It was refused a moment ago; press Live again' : problemOf(await answer.text()).detail;
  } catch {
    return 'The node does not answer';
  } finally {
    running.abort();
  }
}

function problemOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { detail: text };
  }
}

// ---- a test message

function produceDialog(name, topic, page) {
  const dialog = h('dialog', { 'aria-labelledby': 'produce-title', onclose: () => dialog.remove() });
  let failure = null;

  const send = async event => {
    event.preventDefault();
    const form = new FormData(event.target);
    failure = null;
    draw(true);
    try {
      const record = recordOf(form);
      const { offsets } = await post(['topics', name, 'records'], { records: [record] });
      dialog.close();
      const [{ partition, offset }] = offsets;
      page.toast(
        `Stored in partition ${partition} at offset ${count(offset)}`,
        h('a', { href: topicHref(name, `/messages?p=${partition}&from=offset&at=${offset}`) }, 'Show'),
      );
      page.refresh();
    } catch (error) {
      failure = error.message;
      draw(false);
    }
  };

  const draw = busy =>
    fill(
      dialog,
      h(
        'div',
        { class: 'dialog-head' },
        h('h2', { id: 'produce-title' }, 'Produce a test message'),
        button('Close', () => dialog.close()),
      ),
      h(
        'form',
        { class: 'form', onsubmit: send },
        field(
          'Partition',
          h(
            'select',
            { name: 'partition' },
            h('option', { value: '' }, 'By the key'),
            topic.partitions.map(each => h('option', { value: each.partition }, each.partition)),
          ),
        ),
        field('Key', h('input', { name: 'key', autocomplete: 'off', spellcheck: 'false', class: 'mono' }), {
          hint: 'Text; none if left empty',
        }),
        field('Value', h('textarea', { name: 'value', rows: '6', spellcheck: 'false', class: 'mono' })),
        field(
          'Headers',
          h('textarea', { name: 'headers', rows: '2', spellcheck: 'false', class: 'mono', placeholder: 'name: value' }),
          { hint: 'One in each line' },
        ),
        failure && h('p', { class: 'failed', role: 'alert' }, failure),
        h(
          'div',
          { class: 'actions' },
          h('button', { class: 'button primary', type: 'submit', disabled: busy }, busy ? 'Writing…' : 'Produce'),
        ),
      ),
    );

  draw(false);
  document.body.append(dialog);
  dialog.showModal();
}

function recordOf(form) {
  const record = { value: { string: form.get('value') } };
  if (form.get('key')) record.key = { string: form.get('key') };
  if (form.get('partition') !== '') record.partition = Number(form.get('partition'));
  const lines = form
    .get('headers')
    .split('\n')
    .filter(line => line.trim());
  if (lines.length) {
    record.headers = lines.map(line => {
      const colon = line.indexOf(':');
      if (colon < 1) throw new Error(`A header is written as name: value, not as “${line}”`);
      return { name: line.slice(0, colon).trim(), value: { string: line.slice(colon + 1).trim() } };
    });
  }
  return record;
}
