// The cluster and its brokers.
import { get } from '../api.js';
import { h } from '../dom.js';
import { ago, byteRate, bytes, count, many, percent, time } from '../format.js';
import { chart } from '../chart.js';
import { badge, head, meter, section, table, tile, tiles, waiting } from '../parts.js';
import { levels, rates, sample } from '../samples.js';

export function cluster() {
  let known = null;
  let lost = [];

  const load = async signal => {
    known = await get(['cluster'], {}, signal);
    lost = (await get(['debug', 'ghosts'], {}, signal)).ghosts;
    const sizes = known.brokers.map(broker => broker.logBytes);
    // Without one of them the sum would fall and rise again.
    if (sizes.every(size => size !== null && size !== undefined)) {
      sample(
        `cluster ${known.clusterId} bytes`,
        sizes.reduce((sum, size) => sum + size, 0),
      );
    }
  };

  const render = () => (known === null ? [head({ title: 'Cluster' }), waiting(6)] : view(known, lost));

  return { title: 'Cluster', load, render };
}

function view(known, lost) {
  const name = `cluster ${known.clusterId} bytes`;
  return [
    head({
      title: 'Cluster',
      badges: verdict(known),
      lead: [
        h('span', { class: 'mono' }, known.clusterId),
        ` · answered by node ${known.nodeId}, dwal ${known.version}`,
      ],
    }),
    tiles(
      tile('Brokers', brokersUp(known), { kind: known.brokers.some(broker => broker.fenced) ? 'warn' : null }),
      tile('Topics', count(known.topics), { href: '#/topics' }),
      tile('Partitions', count(known.partitions)),
      tile('Under-replicated', count(known.underReplicatedPartitions), {
        kind: known.underReplicatedPartitions ? 'warn' : null,
        href: '#/topics?troubled=1',
      }),
      tile('Without a leader', count(known.leaderlessPartitions), {
        kind: known.leaderlessPartitions ? 'bad' : null,
        href: '#/topics?troubled=1',
      }),
    ),
    section(
      'Brokers',
      {},
      table(
        'Brokers',
        [
          { name: 'Broker', cell: broker => brokerName(broker, known) },
          {
            name: 'Address',
            half: true,
            cell: broker => h('span', { class: 'mono' }, `${broker.host}:${broker.port}`),
          },
          {
            name: 'Rack',
            cell: broker =>
              broker.rack
                ? h('bdi', { class: 'cut rack', title: broker.rack }, broker.rack)
                : h('span', { class: 'quiet' }, 'none'),
          },
          { name: 'Leaders', number: true, cell: broker => leaders(broker, known) },
          { name: 'Replicas', number: true, cell: broker => count(broker.replicas) },
          { name: 'Logs', number: true, cell: broker => bytes(broker.logBytes) },
          { name: 'Disk', wide: true, cell: disk },
        ],
        known.brokers,
        { keyOf: broker => broker.id, rowClass: broker => broker.fenced && 'dim' },
      ),
    ),
    lost.length > 0 && lostClients(lost, known.nodeId),
    section(
      'Written',
      { note: 'Seen while this console is open' },
      h(
        'div',
        { class: 'charts' },
        chart(rates(name), { title: 'Growth of all logs', format: byteRate }),
        chart(levels(name), { title: 'Size of all logs', format: bytes }),
      ),
    ),
  ];
}

/** Clients that ask again and again where to go, and never come there. */
function lostClients(lost, nodeId) {
  return section(
    'Clients that get lost',
    {
      note:
        `They ask node ${nodeId} again and again where to go, and never come there: ` +
        'most likely they cannot reach what advertised.listeners says.',
    },
    table(
      'Clients that get lost',
      [
        { name: 'Client', cell: each => h('bdi', { class: 'mono' }, each.clientId || '(no name)') },
        { name: 'From', half: true, cell: each => h('span', { class: 'mono' }, each.clientAddress) },
        { name: 'Sent to', half: true, cell: each => h('span', { class: 'mono' }, each.sentTo.join(', ')) },
        { name: 'For', cell: each => h('bdi', { class: 'mono' }, each.topics.join(', ')) },
        { name: 'Listener', cell: each => each.listener },
        { name: 'Times', number: true, cell: each => count(each.asked) },
        { name: 'Last', number: true, cell: each => h('time', { title: time(each.lastTime) }, ago(each.lastTime)) },
      ],
      lost,
      { keyOf: each => `${each.clientAddress} ${each.clientId}` },
    ),
  );
}

function verdict(known) {
  if (known.leaderlessPartitions)
    return badge('bad', `${many(known.leaderlessPartitions, 'partition')} without a leader`);
  if (known.underReplicatedPartitions)
    return badge('warn', `${many(known.underReplicatedPartitions, 'partition')} under-replicated`);
  if (known.brokers.some(broker => broker.fenced)) return badge('warn', 'A broker is fenced');
  return badge('ok', known.brokers.length > 1 ? 'All replicas in sync' : 'All partitions have a leader');
}

function brokersUp(known) {
  const up = known.brokers.filter(broker => !broker.fenced).length;
  return up === known.brokers.length ? count(up) : `${up} of ${known.brokers.length}`;
}

function brokerName(broker, known) {
  return h(
    'span',
    { class: 'named short' },
    h('a', { href: `#/config/${broker.id}`, title: 'Its configuration' }, `Broker ${broker.id}`),
    broker.fenced ? badge('warn', 'fenced', 'The controller does not hear of it: it leads nothing') : null,
    broker.id === known.controllerId && badge('info', 'controller'),
    broker.id === known.nodeId && badge('quiet', 'answers'),
  );
}

function leaders(broker, known) {
  const all = known.brokers.reduce((sum, each) => sum + (each.leaders ?? 0), 0);
  return h(
    'span',
    { class: 'metered' },
    count(broker.leaders),
    known.brokers.length > 1 &&
      meter(all ? broker.leaders / all : 0, `leads ${count(broker.leaders)} of ${count(all)} partitions`),
  );
}

function disk(broker) {
  if (!broker.diskTotalBytes) return h('span', { class: 'quiet' }, 'not told');
  const used = 1 - broker.diskUsableBytes / broker.diskTotalBytes;
  const kind = used > 0.95 ? 'bad' : used > 0.85 ? 'warn' : null;
  return h(
    'span',
    { class: 'metered' },
    h('span', { class: 'nowrap' }, `${bytes(broker.diskUsableBytes)} free`),
    meter(used, `${percent(used)} of ${bytes(broker.diskTotalBytes)} used`, kind),
    h('span', { class: 'quiet nowrap' }, percent(used)),
  );
}
