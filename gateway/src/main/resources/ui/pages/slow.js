// The slowest requests that the node remembers, each with where its time went.
import { get } from '../api.js';
import { h } from '../dom.js';
import { ago, bytes, duration, many, time } from '../format.js';
import { badge, head, select, state, waiting } from '../parts.js';

/** Stages in the order in which a request meets them; others come behind them. */
const STAGES = [
  'turn',
  'decode',
  'create',
  'open',
  'queue',
  'handle',
  'append',
  'sync',
  'replication',
  'order',
  'write',
  'throttle',
];

/** By which door a request came, other than Kafka's; its api is METHOD PATTERN or SERVICE/METHOD. */
const doorOf = api => (/^[A-Z]+ \//.test(api) ? 'HTTP' : api.includes('/') ? 'gRPC' : null);

const colour = name => `stage s${STAGES.indexOf(name) < 0 ? 'x' : STAGES.indexOf(name)}`;

export function slow(page) {
  let known = null;
  let api = '';
  let order = 'slowest';

  const load = async signal => {
    known = (await get(['debug', 'slow'], {}, signal)).requests;
  };

  const shown = () =>
    known
      .filter(each => !api || each.api === api)
      .sort((one, other) => (order === 'slowest' ? other.totalMs - one.totalMs : other.time - one.time));

  const render = () => {
    const title = head({
      title: 'Slow requests',
      lead:
        page.node.id !== null &&
        `The slowest that node ${page.node.id} has answered lately, and where their time went.`,
    });
    if (known === null) return [title, waiting(6)];
    if (known.length === 0) return [title, state('', 'Nothing to tell', 'No request has been slow enough to be kept.')];
    const apis = [...new Set(known.map(each => each.api))].sort();
    const rows = shown();
    const most = Math.max(...rows.map(each => each.totalMs), 0.001);
    return [
      title,
      h(
        'div',
        { class: 'toolbar', key: 'toolbar' },
        h(
          'label',
          { class: 'inline' },
          'API',
          select(api, [['', 'All'], ...apis.map(each => [each, each])], value => ((api = value), page.update())),
        ),
        h(
          'label',
          { class: 'inline' },
          'Order',
          select(
            order,
            [
              ['slowest', 'Slowest first'],
              ['latest', 'Latest first'],
            ],
            value => ((order = value), page.update()),
          ),
        ),
        h('span', { class: 'quiet', role: 'status' }, many(rows.length, 'request')),
      ),
      legend(rows),
      h(
        'ol',
        { class: 'slows', key: 'slows' },
        rows.map(each => request(each, most)),
      ),
    ];
  };

  return { title: 'Slow requests', load, render };
}

function legend(rows) {
  const used = [...new Set(rows.flatMap(each => each.stages.map(stage => stage.name)))].sort(
    (one, other) => place(one) - place(other),
  );
  return h(
    'div',
    { class: 'legend', key: 'legend' },
    used.map(name => h('span', null, h('i', { class: colour(name), 'aria-hidden': 'true' }), name)),
  );
}

const place = name => (STAGES.indexOf(name) < 0 ? STAGES.length : STAGES.indexOf(name));

function request(each, most) {
  const door = doorOf(each.api);
  const parts = each.stages.filter(stage => stage.ms > 0);
  const told = parts.map(stage => `${stage.name} ${duration(stage.ms)}`).join(', ');
  return h(
    'li',
    { class: 'slow', key: `${each.time}-${each.api}-${each.totalMs}-${each.clientAddress}` },
    h(
      'div',
      { class: 'slow-head' },
      h('strong', { class: 'total' }, duration(each.totalMs)),
      h('span', { class: 'api' }, each.api, !door && h('span', { class: 'quiet' }, ` v${each.version}`)),
      door && badge('quiet', door),
      each.topic &&
        h(
          'span',
          { class: 'mono' },
          h('bdi', null, each.topic),
          each.partition === undefined || each.partition === null ? null : ` / ${each.partition}`,
        ),
      each.bytes ? h('span', { class: 'quiet' }, bytes(each.bytes)) : null,
      (each.waitedFor ?? []).map(id => badge('warn', `waited for broker ${id}`)),
      h(
        'span',
        { class: 'quiet from' },
        !door && [h('bdi', null, each.clientId || 'no client id'), ' at '],
        each.clientAddress,
        ' · ',
        h('time', { title: time(each.time) }, ago(each.time)),
      ),
    ),
    h('p', { class: 'cause' }, each.cause),
    h(
      'div',
      {
        class: 'stages',
        role: 'img',
        'aria-label': told || 'no stages',
        style: { width: `${Math.max(2, (each.totalMs / most) * 100).toFixed(1)}%` },
      },
      parts.map(stage =>
        h('span', {
          class: colour(stage.name),
          title: `${stage.name}: ${duration(stage.ms)}`,
          style: { 'flex-grow': String(stage.ms) },
        }),
      ),
    ),
  );
}
