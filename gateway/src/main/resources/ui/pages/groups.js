// Consumer groups, and how far behind they are.
import { fewAtOnce, get } from '../api.js';
import { h } from '../dom.js';
import { compact, count, duration, many } from '../format.js';
import { chart, sparkline } from '../chart.js';
import { badge, filter, head, meter, pager, section, state, table, tile, tiles, waiting } from '../parts.js';
import { levels, sample } from '../samples.js';
import { topicHref } from './topics.js';

const ON_A_PAGE = 25;

const lagSeries = name => `group ${name} lag`;

const secondsSeries = name => `group ${name} seconds`;

/** How old the oldest record is that the group has not read; null: unknown. */
function oldest(partitions) {
  const known = partitions.map(each => each.lagSeconds).filter(each => each !== null && each !== undefined);
  return known.length ? Math.max(...known) : partitions.some(each => each.lag > 0) ? null : 0;
}

function measure(name, described) {
  sample(lagSeries(name), described.lag);
  sample(secondsSeries(name), oldest(described.partitions));
}

const seconds = value => (value === 0 ? '0 s' : duration(value === null || value === undefined ? null : value * 1000));

const STATES = {
  Stable: 'ok',
  Empty: 'quiet',
  Dead: 'quiet',
  Assigning: 'info',
  Reconciling: 'info',
  PreparingRebalance: 'warn',
  CompletingRebalance: 'warn',
};

const stateBadge = name =>
  badge(
    STATES[name] ?? 'quiet',
    String(name)
      .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
      .toLowerCase(),
  );

const groupHref = name => `#/groups/${encodeURIComponent(name)}`;

export function groups(page) {
  let all = null;
  let unanswered = [];
  let sought = '';
  let at = 0;
  const described = new Map();

  const matching = () => all.filter(each => each.group.toLowerCase().includes(sought.toLowerCase()));
  const shown = () => matching().slice(at * ON_A_PAGE, (at + 1) * ON_A_PAGE);

  const load = async signal => {
    const listed = await get(['groups'], {}, signal);
    unanswered = listed.unansweredBrokers;
    all = listed.groups.sort((one, other) => (one.group < other.group ? -1 : 1));
    page.update();
    await fewAtOnce(shown(), async ({ group: name }) => {
      try {
        const answer = await get(['groups', name], {}, signal);
        described.set(name, answer);
        measure(name, answer);
      } catch (error) {
        if (error.status === undefined) throw error;
      }
    });
  };

  const missing = () =>
    unanswered.length > 0 &&
    h(
      'p',
      { class: 'quiet', role: 'status', key: 'missing' },
      `${many(unanswered.length, 'broker')} did not answer (${unanswered.join(', ')}): groups that they coordinate are missing.`,
    );

  const columns = [
    {
      name: 'Group',
      cell: each =>
        h(
          'a',
          { class: 'mono', href: groupHref(each.group) },
          each.group === '' ? '(no name)' : h('bdi', null, each.group),
        ),
    },
    { name: 'State', half: true, cell: each => stateBadge(each.state) },
    { name: 'Type', cell: each => String(each.type ?? '').toLowerCase() || '–' },
    { name: 'Members', number: true, cell: each => count(described.get(each.group)?.members.length) },
    { name: 'Partitions', number: true, cell: each => count(described.get(each.group)?.partitions.length) },
    {
      name: 'Behind by time',
      number: true,
      cell: each => (described.has(each.group) ? seconds(oldest(described.get(each.group).partitions)) : '–'),
    },
    {
      name: 'Lag',
      number: true,
      wide: true,
      cell: each =>
        h(
          'span',
          { class: 'metered' },
          h('span', { class: 'rate' }, compact(described.get(each.group)?.lag)),
          sparkline(levels(lagSeries(each.group)), 'Lag in records', count),
        ),
    },
  ];

  const render = () => {
    if (all === null) return [head({ title: 'Groups' }), waiting(5)];
    if (all.length === 0) {
      return [
        head({ title: 'Groups' }),
        state(
          '',
          'There are no groups',
          'A group comes with the first consumer that names one:',
          h('pre', { class: 'sample' }, 'bin/dwal consume orders --group readers'),
        ),
        missing(),
      ];
    }
    const rows = shown();
    return [
      head({ title: 'Groups' }),
      h(
        'div',
        { class: 'toolbar', key: 'toolbar' },
        filter('Find a group', sought, text => ((sought = text), (at = 0), page.update(), page.refresh())),
        h('span', { class: 'quiet', role: 'status' }, many(matching().length, 'group')),
      ),
      missing(),
      rows.length
        ? table('Groups', columns, rows, { keyOf: each => each.group })
        : state('', 'No such group', `Nothing matches “${sought}”.`),
      pager(at, Math.ceil(matching().length / ON_A_PAGE), to => ((at = to), page.update(), page.refresh())),
    ];
  };

  return { title: 'Groups', load, render };
}

export function group(page) {
  const { group: name } = page.params;
  let known = null;

  const load = async signal => {
    known = await get(['groups', name], {}, signal);
    measure(name, known);
  };

  const title = more => head({ trail: [['Groups', '#/groups']], title: name, mono: true, ...more });

  const view = () => {
    const most = Math.max(1, ...known.partitions.map(each => each.lag ?? 0));
    return [
      title({ badges: stateBadge(known.state) }),
      tiles(
        tile('Lag', compact(known.lag), { note: 'records' }),
        tile('Behind by', seconds(oldest(known.partitions)), { note: 'age of the oldest unread' }),
        tile('Members', count(known.members.length)),
        tile(
          'Coordinator',
          known.coordinator === null || known.coordinator < 0 ? 'none' : `Broker ${known.coordinator}`,
        ),
        tile('Type', String(known.type ?? '–').toLowerCase()),
      ),
      section(
        'Lag over time',
        { note: 'Seen while this console is open' },
        h(
          'div',
          { class: 'charts' },
          chart(levels(lagSeries(name)), { title: 'Records', format: compact }),
          chart(levels(secondsSeries(name)), { title: 'Time', format: seconds }),
        ),
      ),
      section(
        'Partitions',
        {},
        known.partitions.length
          ? partitions(most)
          : state('', 'Nothing committed', 'This group has no partitions and no committed offsets.'),
      ),
      section(
        'Members',
        {},
        known.members.length
          ? members()
          : state('', 'Nobody is here', 'The group has no members now; its committed offsets stay until they expire.'),
      ),
    ];
  };

  const partitions = most =>
    table(
      'Partitions',
      [
        {
          name: 'Partition',
          cell: each =>
            h(
              'a',
              {
                class: 'mono',
                href: topicHref(
                  each.topic,
                  `/messages?p=${each.partition}` +
                    (each.lag > 0 ? `&from=offset&at=${each.committedOffset ?? 0}` : ''),
                ),
                title: 'To the next record to be read',
              },
              h('bdi', null, each.topic),
              ` / ${each.partition}`,
            ),
        },
        {
          name: 'Committed',
          number: true,
          cell: each =>
            each.committedOffset === null || each.committedOffset < 0
              ? h('span', { class: 'quiet' }, 'nothing')
              : count(each.committedOffset),
        },
        { name: 'End', number: true, cell: each => count(each.highWatermark) },
        { name: 'Behind by', number: true, cell: each => seconds(each.lagSeconds) },
        {
          name: 'Lag',
          number: true,
          wide: true,
          cell: each =>
            h(
              'span',
              { class: 'metered' },
              h('span', { class: 'rate' }, count(each.lag)),
              meter((each.lag ?? 0) / most, `${count(each.lag)} records behind`),
            ),
        },
        {
          name: 'Member',
          wide: true,
          cell: each =>
            each.memberId
              ? h('span', { class: 'mono cut', title: each.memberId }, each.memberId)
              : h('span', { class: 'quiet' }, 'nobody'),
        },
      ],
      known.partitions,
      { keyOf: each => `${each.topic}-${each.partition}` },
    );

  const members = () =>
    table(
      'Members',
      [
        { name: 'Member', cell: each => h('span', { class: 'mono cut', title: each.memberId }, each.memberId) },
        { name: 'Client', half: true, cell: each => h('bdi', null, each.clientId) },
        { name: 'From', cell: each => h('span', { class: 'mono' }, String(each.clientHost ?? '').replace(/^\//, '')) },
        { name: 'Instance', cell: each => each.instanceId ?? h('span', { class: 'quiet' }, 'none') },
        {
          name: 'Partitions',
          number: true,
          cell: each =>
            h(
              'span',
              { title: each.partitions.map(one => `${one.topic} / ${one.partition}`).join(', ') },
              count(each.partitions.length),
            ),
        },
      ],
      known.members,
      { keyOf: each => each.memberId },
    );

  const render = () => (known === null ? [title(), waiting(6)] : view());

  return { title: `Group ${name}`, load, render };
}
