// One topic: its partitions, and where they lie.
import { get } from '../api.js';
import { h, heard } from '../dom.js';
import { byteRate, bytes, count, rate } from '../format.js';
import { chart } from '../chart.js';
import { badge, head, pager, section, table, tabs, tile, tiles, waiting } from '../parts.js';
import { last, levels, rates, sample } from '../samples.js';
import { bytesSeries, measure, recordsSeries, topicHref } from './topics.js';

const ON_A_PAGE = 50;

/** The head of all pages of a topic. */
export function topicHead(name, here, { badges, actions } = {}) {
  return [
    head({ trail: [['Topics', '#/topics']], title: name, mono: true, badges, actions }),
    tabs('Topic', [
      ['Partitions', topicHref(name), here === 'partitions'],
      ['Messages', topicHref(name, '/messages'), here === 'messages'],
      ['Configuration', topicHref(name, '/config'), here === 'config'],
    ]),
  ];
}

export function topic(page) {
  const { topic: name } = page.params;
  let known = null;
  let measured = null;
  let at = 0;

  const load = async signal => {
    known = await get(['topics', name], {}, signal);
    measured = measure(known);
    for (const each of known.partitions.slice(at * ON_A_PAGE, (at + 1) * ON_A_PAGE))
      sample(partitionSeries(each), each.highWatermark);
  };

  const partitionSeries = partition => `${recordsSeries(known)} ${partition.partition}`;

  const view = () => {
    const behind = known.partitions.filter(each => each.inSyncReplicas.length < each.replicas.length).length;
    const leaderless = known.partitions.filter(each => each.leader < 0).length;
    const shown = known.partitions.slice(at * ON_A_PAGE, (at + 1) * ON_A_PAGE);
    return [
      topicHead(name, 'partitions', {
        badges: [verdict(leaderless, behind), known.internal && badge('quiet', 'internal')],
      }),
      tiles(
        tile('Records', count(measured.records), { href: topicHref(name, '/messages') }),
        tile('Size', bytes(measured.size)),
        tile('Records in', rate(last(rates(recordsSeries(known))))),
        tile('Partitions', count(known.partitions.length)),
        tile('Replicas', count(Math.max(0, ...known.partitions.map(each => each.replicas.length)))),
      ),
      section(
        'Throughput',
        { note: 'Seen while this console is open' },
        h(
          'div',
          { class: 'charts' },
          chart(rates(recordsSeries(known)), { title: 'Records in', format: rate }),
          chart(rates(bytesSeries(known)), { title: 'Growth of the log', format: byteRate }),
          chart(levels(bytesSeries(known)), { title: 'Size of the log', format: bytes }),
        ),
      ),
      section('Layout', { actions: legend() }, layout(shown)),
      section(
        'Partitions',
        {},
        partitions(shown),
        pager(at, Math.ceil(known.partitions.length / ON_A_PAGE), to => ((at = to), page.update())),
      ),
    ];
  };

  const partitions = shown =>
    table(
      'Partitions',
      [
        {
          name: 'Partition',
          cell: each =>
            h(
              'a',
              { href: topicHref(name, `/messages?p=${each.partition}`), title: 'Its messages' },
              `Partition ${each.partition}`,
            ),
        },
        { name: 'Leader', cell: each => (each.leader < 0 ? badge('bad', 'none') : `Broker ${each.leader}`) },
        { name: 'Epoch', number: true, cell: each => count(each.leaderEpoch) },
        { name: 'In sync', cell: each => inSync(each) },
        { name: 'First offset', number: true, cell: each => count(each.logStartOffset) },
        { name: 'End', number: true, cell: each => count(each.highWatermark) },
        { name: 'Size', number: true, cell: each => bytes(each.sizeBytes) },
        { name: 'Records in', number: true, cell: each => rate(last(rates(partitionSeries(each)))) },
      ],
      shown,
      { keyOf: each => each.partition },
    );

  const render = () => (known === null ? [topicHead(name, 'partitions'), waiting(6)] : view());

  return { title: name, load, render };
}

function verdict(leaderless, behind) {
  if (leaderless) return badge('bad', `${leaderless} without a leader`);
  return behind ? badge('warn', `${behind} under-replicated`) : badge('ok', 'in sync');
}

function inSync(partition) {
  const behind = partition.replicas.filter(id => !partition.inSyncReplicas.includes(id));
  const all = `${partition.inSyncReplicas.length} of ${partition.replicas.length}`;
  return behind.length ? h('span', { class: 'named' }, all, badge('warn', `without ${behind.join(', ')}`)) : all;
}

// ---- brokers × partitions

const PLACES = {
  leader: ['L', 'leader'],
  insync: ['✓', 'in sync'],
  behind: ['!', 'out of sync'],
  none: ['', 'no replica'],
};

function place(partition, broker) {
  if (!partition.replicas.includes(broker)) return 'none';
  if (partition.leader === broker) return 'leader';
  return partition.inSyncReplicas.includes(broker) ? 'insync' : 'behind';
}

function legend() {
  return h(
    'div',
    { class: 'legend' },
    ['leader', 'insync', 'behind'].map(kind =>
      h('span', null, h('i', { class: `place ${kind}`, 'aria-hidden': 'true' }, PLACES[kind][0]), PLACES[kind][1]),
    ),
  );
}

function layout(partitions) {
  const brokers = [...new Set(partitions.flatMap(each => each.replicas))].sort((one, other) => one - other);
  return h(
    'div',
    { class: 'layout', tabindex: '0', role: 'region', 'aria-label': 'Where the replicas are; scrolls sideways' },
    h(
      'table',
      null,
      h('caption', { class: 'heard' }, 'Replicas: brokers by partitions'),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          h('th', { scope: 'col' }, 'Broker'),
          partitions.map(each =>
            h(
              'th',
              { scope: 'col', class: each.leader < 0 && 'bad', title: each.leader < 0 ? 'No leader' : null },
              each.partition,
            ),
          ),
        ),
      ),
      h(
        'tbody',
        null,
        brokers.map(broker =>
          h(
            'tr',
            null,
            h('th', { scope: 'row' }, broker),
            partitions.map(each => {
              const [sign, text] = PLACES[place(each, broker)];
              return h(
                'td',
                { title: `Partition ${each.partition} on broker ${broker}: ${text}` },
                h('span', { class: `place ${place(each, broker)}`, 'aria-hidden': 'true' }, sign),
                heard(text),
              );
            }),
          ),
        ),
      ),
    ),
  );
}
