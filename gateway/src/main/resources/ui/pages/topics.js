// All topics.
import { fewAtOnce, get } from '../api.js';
import { h } from '../dom.js';
import { bytes, count, many, rate } from '../format.js';
import { sparkline } from '../chart.js';
import { badge, filter, head, pager, state, table, waiting } from '../parts.js';
import { last, rates, sample } from '../samples.js';

const ON_A_PAGE = 25;

export const topicHref = (name, more = '') => `#/topics/${encodeURIComponent(name)}${more}`;

export const recordsSeries = topic => `topic ${topic.id ?? topic.name} records`;

export const bytesSeries = topic => `topic ${topic.id ?? topic.name} bytes`;

const sum = (partitions, value) =>
  partitions.some(each => value(each) === null || value(each) === undefined)
    ? null
    : partitions.reduce((total, each) => total + value(each), 0);

/** Notes how many records a topic has had, and how large its log is; gives both. Null: not all leaders answer. */
export function measure(topic) {
  const ends = sum(topic.partitions, each => each.highWatermark);
  const size = sum(topic.partitions, each => each.sizeBytes);
  const starts = sum(topic.partitions, each => each.logStartOffset);
  sample(recordsSeries(topic), ends);
  sample(bytesSeries(topic), size);
  return { records: ends === null || starts === null ? null : ends - starts, size };
}

export function topics(page) {
  let all = null;
  let sought = '';
  let internal = false;
  let troubled = page.query.get('troubled') === '1';
  let at = 0;
  const measured = new Map();

  const matching = () =>
    all.filter(
      topic =>
        (internal || !topic.internal || troubled) &&
        (!troubled || isTroubled(topic)) &&
        topic.name.toLowerCase().includes(sought.toLowerCase()),
    );
  const shown = () => matching().slice(at * ON_A_PAGE, (at + 1) * ON_A_PAGE);

  const load = async signal => {
    all = (await get(['topics'], {}, signal)).topics.sort((one, other) => (one.name < other.name ? -1 : 1));
    page.update();
    await fewAtOnce(shown(), async topic => {
      try {
        measured.set(topic.name, measure(await get(['topics', topic.name], {}, signal)));
      } catch (error) {
        // One that was just deleted, or has no leader, is no reason not to show the others.
        if (error.status === undefined) throw error;
      }
    });
  };

  const narrow = text => {
    sought = text;
    at = 0;
    page.update();
    page.refresh();
  };

  const toolbar = () =>
    h(
      'div',
      { class: 'toolbar', key: 'toolbar' },
      filter('Find a topic', sought, narrow),
      h(
        'label',
        { class: 'check' },
        h('input', {
          type: 'checkbox',
          checked: internal,
          onchange: event => ((internal = event.target.checked), narrow(sought)),
        }),
        'Internal topics',
      ),
      h(
        'label',
        { class: 'check' },
        h('input', {
          type: 'checkbox',
          checked: troubled,
          onchange: event => ((troubled = event.target.checked), narrow(sought)),
        }),
        'Only with trouble',
      ),
      h('span', { class: 'quiet', role: 'status' }, many(matching().length, 'topic')),
    );

  const columns = [
    {
      name: 'Topic',
      cell: topic =>
        h(
          'span',
          { class: 'named' },
          h('a', { class: 'mono', href: topicHref(topic.name) }, h('bdi', null, topic.name)),
          topic.internal && badge('quiet', 'internal'),
        ),
    },
    { name: 'Health', half: true, cell: health },
    { name: 'Partitions', number: true, cell: topic => count(topic.partitions) },
    { name: 'Replicas', number: true, cell: topic => count(topic.replicationFactor) },
    { name: 'Records', number: true, cell: topic => count(measured.get(topic.name)?.records) },
    { name: 'Size', number: true, cell: topic => bytes(measured.get(topic.name)?.size) },
    {
      name: 'Records in',
      number: true,
      wide: true,
      cell: topic => {
        const pairs = rates(recordsSeries(topic));
        return h(
          'span',
          { class: 'metered' },
          h('span', { class: 'rate' }, rate(last(pairs))),
          sparkline(pairs, 'Records per second', rate),
        );
      },
    },
  ];

  const render = () => {
    if (all === null) return [head({ title: 'Topics' }), waiting(6)];
    const rows = shown();
    return [
      head({ title: 'Topics' }),
      toolbar(),
      rows.length ? table('Topics', columns, rows, { keyOf: topic => topic.name }) : empty(),
      pager(at, Math.ceil(matching().length / ON_A_PAGE), to => ((at = to), page.update(), page.refresh())),
    ];
  };

  const empty = () => {
    if (sought) return state('', 'No topic has that in its name', `Nothing matches “${sought}”.`);
    if (troubled)
      return state('', 'No topic is in trouble', 'All partitions have a leader, and all replicas are in sync.');
    return state(
      '',
      'There are no topics yet',
      'A topic comes with its first record, or by hand:',
      h('pre', { class: 'sample' }, 'bin/dwal topics create orders --partitions 3'),
    );
  };

  return { title: 'Topics', load, render };
}

const isTroubled = topic => topic.leaderlessPartitions + topic.underReplicatedPartitions > 0;

function health(topic) {
  if (topic.leaderlessPartitions)
    return badge(
      'bad',
      `${topic.leaderlessPartitions} leaderless`,
      `${many(topic.leaderlessPartitions, 'partition')} without a leader`,
    );
  if (topic.underReplicatedPartitions)
    return badge(
      'warn',
      `${topic.underReplicatedPartitions} behind`,
      `${many(topic.underReplicatedPartitions, 'partition')} with replicas out of sync`,
    );
  return badge('ok', 'in sync');
}
