// Settings in force, of a topic and of a broker, and which of them are not the default.
import { get } from '../api.js';
import { h } from '../dom.js';
import { many } from '../format.js';
import { badge, filter, head, select, state, waiting } from '../parts.js';
import { topicHead } from './topic.js';

const SOURCES = {
  DYNAMIC_TOPIC_CONFIG: 'set for this topic',
  DYNAMIC_BROKER_CONFIG: 'set at run time, this broker',
  DYNAMIC_DEFAULT_BROKER_CONFIG: 'set at run time, all brokers',
  DYNAMIC_BROKER_LOGGER_CONFIG: 'set at run time, logger',
  DYNAMIC_CLIENT_METRICS_CONFIG: 'set for client metrics',
  DYNAMIC_GROUP_CONFIG: 'set for the group',
  STATIC_BROKER_CONFIG: 'set in the node’s configuration',
  DEFAULT_CONFIG: 'default',
};

/** A list of settings; the ones that somebody has set come first. */
function settings(page) {
  let sought = '';
  let onlySet = false;
  const open = new Set();

  const matching = all =>
    all
      .filter(
        each =>
          (!onlySet || !each.isDefault) &&
          (each.name.includes(sought.toLowerCase()) || (each.value ?? '').toLowerCase().includes(sought.toLowerCase())),
      )
      .sort((one, other) => one.isDefault - other.isDefault || (one.name < other.name ? -1 : 1));

  const row = each => {
    const id = `config-${each.name}`;
    const toggle = () => {
      if (!open.delete(each.name)) open.add(each.name);
      page.update();
    };
    const text = prose(each.documentation);
    return h(
      'li',
      { class: each.isDefault ? 'config' : 'config set', key: each.name },
      h(
        'div',
        { class: 'config-name' },
        text
          ? h(
              'button',
              {
                type: 'button',
                class: 'mono',
                'aria-expanded': String(open.has(each.name)),
                'aria-controls': id,
                onclick: toggle,
              },
              h('bdi', null, each.name),
            )
          : h('bdi', { class: 'mono' }, each.name),
      ),
      h('div', { class: 'config-value mono' }, value(each)),
      h(
        'div',
        { class: 'config-source' },
        each.isDefault
          ? h('span', { class: 'quiet' }, 'default')
          : badge('info', SOURCES[each.source] ?? each.source.toLowerCase().replaceAll('_', ' ')),
        each.readOnly && h('span', { class: 'quiet', title: 'Changes with a new start only' }, 'fixed at the start'),
      ),
      open.has(each.name) &&
        h(
          'div',
          { class: 'config-doc', id },
          h('p', null, text),
          h(
            'p',
            { class: 'quiet' },
            each.type.toLowerCase(),
            each.defaultValue !== undefined && `, by default ${each.defaultValue || 'none'}`,
          ),
        ),
    );
  };

  return all => {
    const rows = matching(all);
    return [
      h(
        'div',
        { class: 'toolbar', key: 'toolbar' },
        filter('Find a setting', sought, text => ((sought = text), page.update())),
        h(
          'label',
          { class: 'check' },
          h('input', {
            type: 'checkbox',
            checked: onlySet,
            onchange: event => ((onlySet = event.target.checked), page.update()),
          }),
          'Only what is not the default',
        ),
        h(
          'span',
          { class: 'quiet', role: 'status' },
          `${many(rows.length, 'setting')}, ${rows.filter(each => !each.isDefault).length} not the default`,
        ),
      ),
      rows.length
        ? h('ul', { class: 'configs', key: 'configs' }, rows.map(row))
        : state(
            '',
            onlySet && !sought ? 'Everything is as by default' : 'No such setting',
            onlySet && !sought ? 'Nobody has set anything here.' : `Nothing matches “${sought}”.`,
          ),
    ];
  };
}

function value(each) {
  if (each.sensitive) return h('span', { class: 'quiet' }, 'hidden');
  if (each.value === null || each.value === undefined) return h('span', { class: 'quiet' }, 'none');
  return each.value === '' ? h('span', { class: 'quiet' }, 'empty') : h('bdi', null, each.value);
}

/** Kafka's documentation has tags for a web page; here it is text. */
function prose(html) {
  return (html ?? '')
    .replace(/<\/?(p|li|ul|br)[^>]*>/g, ' ')
    .replace(/<[^>]*>/g, '')
    .replace(/&(lt|gt|amp|quot);/g, (all, name) => ({ lt: '<', gt: '>', amp: '&', quot: '"' })[name])
    .replace(/\s+/g, ' ')
    .trim();
}

export function topicConfig(page) {
  const { topic: name } = page.params;
  let known = null;
  const list = settings(page);
  return {
    title: `Configuration of ${name}`,
    every: 30_000,
    load: async signal => {
      known = (await get(['topics', name, 'configs'], {}, signal)).configs;
    },
    render: () => [topicHead(name, 'config'), known === null ? waiting(8) : list(known)],
  };
}

export function brokerConfig(page) {
  let cluster = null;
  let known = null;
  const list = settings(page);
  const load = async signal => {
    cluster = await get(['cluster'], {}, signal);
    known = (await get(['brokers', id(), 'configs'], {}, signal)).configs;
  };
  const id = () => page.params.broker ?? cluster.nodeId;
  const choice = () =>
    cluster &&
    h(
      'label',
      { class: 'inline' },
      'Broker',
      select(
        id(),
        cluster.brokers.map(each => [each.id, `${each.id} (${each.host}:${each.port})`]),
        value => page.go(`#/config/${value}`),
      ),
    );
  return {
    title: 'Configuration',
    every: 30_000,
    load,
    render: () => [head({ title: 'Configuration', actions: choice() }), known === null ? waiting(8) : list(known)],
  };
}
