// The console: which page is shown, how it is kept fresh, and what surrounds it.
import { h, fill } from './dom.js';
import { Unreachable, get } from './api.js';
import { clock } from './format.js';
import { button, head, icon, state } from './parts.js';
import { cluster } from './pages/cluster.js';
import { topics } from './pages/topics.js';
import { topic } from './pages/topic.js';
import { messages } from './pages/messages.js';
import { topicConfig, brokerConfig } from './pages/config.js';
import { groups, group } from './pages/groups.js';
import { slow } from './pages/slow.js';

const REFRESH_MS = 5_000;
/** At first faster, so that there is a rate to see. */
const FIRST_MS = [1_000, 2_000];

const SECTIONS = [
  { name: 'Cluster', href: '#/', icon: 'cluster', key: 'c' },
  { name: 'Topics', href: '#/topics', icon: 'topics', key: 't' },
  { name: 'Groups', href: '#/groups', icon: 'groups', key: 'g' },
  { name: 'Slow', more: ' requests', href: '#/slow', icon: 'slow', key: 's' },
  { name: 'Config', more: 'uration', href: '#/config', icon: 'config', key: 'o' },
];

/** Pages by path; a segment that begins with ':' is a name. */
const PAGES = [
  ['', cluster],
  ['topics', topics],
  ['topics/:topic', topic],
  ['topics/:topic/messages', messages],
  ['topics/:topic/config', topicConfig],
  ['groups', groups],
  ['groups/:group', group],
  ['slow', slow],
  ['config', brokerConfig],
  ['config/:broker', brokerConfig],
];

const main = document.getElementById('main');
const bar = document.getElementById('bar');
const banner = document.getElementById('banner');
const help = document.getElementById('help');
const toasts = document.getElementById('toasts');

/** What the whole console knows: who answers, and whether. */
const node = { id: null, version: '', write: false, since: Date.now(), lost: null };
let current = null;
let timer = 0;

// ---- which page

function route() {
  const [path, search] = location.hash.replace(/^#\/?/, '').split('?');
  const segments = path.split('/').filter(Boolean).map(decode);
  for (const [pattern, make] of PAGES) {
    const names = pattern.split('/').filter(Boolean);
    if (names.length === segments.length && names.every((name, i) => name.startsWith(':') || name === segments[i])) {
      const params = Object.fromEntries(
        names.map((name, i) => [name.slice(1), segments[i]]).filter((each, i) => names[i].startsWith(':')),
      );
      return { make, path, params, query: new URLSearchParams(search ?? '') };
    }
  }
  return { make: nowhere, path, params: {}, query: new URLSearchParams() };
}

function decode(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

const nowhere = () => ({
  title: 'Nothing here',
  render: () => [
    head({ title: 'Nothing here' }),
    state(
      '',
      'There is no such page',
      'The address may have been mistyped.',
      h('a', { class: 'button', href: '#/' }, 'To the cluster'),
    ),
  ],
});

function navigate() {
  const to = route();
  if (current?.path === to.path && current.page.moved) {
    current.query = to.query;
    current.page.moved(to.query);
    refresh();
    return;
  }
  leave();
  const view = {
    path: to.path,
    query: to.query,
    leaving: new AbortController(),
    error: null,
    loaded: false,
    loads: 0,
    working: false,
  };
  view.page = to.make({
    params: to.params,
    query: to.query,
    node,
    toast,
    /** Draws anew from what is known. */
    update: () => view === current && draw(),
    /** Asks the node anew. */
    refresh: () => view === current && refresh(),
    go,
  });
  const first = current === null;
  current = view;
  draw();
  scrollTo(0, 0);
  if (!first) main.querySelector('h1')?.focus({ preventScroll: true });
  refresh();
}

function leave() {
  current?.leaving.abort();
  current?.page.close?.();
}

/** Goes to hash, in place of the present entry of the history or as a new one. */
function go(hash, { replace = false } = {}) {
  if (location.hash === hash) return navigate();
  if (!replace) {
    location.hash = hash;
    return undefined;
  }
  history.replaceState(null, '', hash);
  return navigate();
}

// ---- keeping it fresh

async function refresh() {
  clearTimeout(timer);
  const view = current;
  if (view.working) view.again = true;
  else {
    do {
      view.again = false;
      await load(view);
    } while (view.again && view === current);
  }
  if (view === current) {
    clearTimeout(timer);
    const pause = view.page.every ?? FIRST_MS[view.loads++] ?? REFRESH_MS;
    timer = setTimeout(() => document.hidden || refresh(), pause);
  }
}

async function load(view) {
  view.working = true;
  try {
    await view.page.load?.(view.leaving.signal);
    if (view !== current) return;
    view.error = null;
    view.loaded = true;
    if (view.page.load) answered();
  } catch (error) {
    if (view !== current || view.leaving.signal.aborted) return;
    view.error = error;
    if (error instanceof Unreachable) unanswered(error);
    else answered();
    if (!('status' in error) && !(error instanceof Unreachable)) console.error(error);
  } finally {
    view.working = false;
  }
  draw();
}

function answered() {
  node.since = Date.now();
  if (node.lost || node.id === null) introduce();
  node.lost = null;
}

function unanswered(error) {
  node.lost = error;
}

/** Who answers, and what it lets the console do. */
async function introduce() {
  try {
    const [cluster, settings] = await Promise.all([get(['cluster']), get(['ui', 'settings'])]);
    Object.assign(node, { id: cluster.nodeId, version: cluster.version, write: settings.write === true });
    drawBar();
    if (current) draw();
  } catch {
    // Asked again with the next answer.
  }
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && current) refresh();
});

// ---- drawing

function draw() {
  const { page, error, loaded, path } = current;
  document.title = `${page.title} · dwal`;
  const broken = error && !loaded;
  fill(
    main,
    h(
      'div',
      { class: `page${node.lost && loaded ? ' stale' : ''}`, key: path },
      broken ? failure(page, error) : page.render(error),
    ),
  );
  drawBanner();
  drawBar();
}

function failure(page, error) {
  const retry = button('Try again', refresh, { kind: 'primary', icon: 'refresh' });
  if (error instanceof Unreachable) {
    return [
      head({ title: page.title }),
      state(
        'error',
        'The node does not answer',
        `${location.host} gave no answer. It may be stopped, starting, or cut off from here; ` +
          'this page asks again every few seconds.',
        retry,
      ),
    ];
  }
  const gone = error.status === 404;
  return [
    head({ title: page.title }),
    state(
      'error',
      gone ? 'This is not there' : (error.title ?? 'Something went wrong'),
      error.message,
      error.error && h('p', { class: 'mono quiet' }, error.error),
      h('div', { class: 'actions' }, retry, h('a', { class: 'button', href: '#/' }, 'To the cluster')),
    ),
  ];
}

function drawBanner() {
  const shown = node.lost && current.loaded;
  banner.hidden = !shown;
  if (!shown) return;
  fill(
    banner,
    icon('off'),
    h('span', null, `${node.lost.message}. What you see is from ${clock(node.since)}.`),
    button('Try again', refresh),
  );
}

function drawBar() {
  const here = '#/' + (current?.path.split('/')[0] ?? '');
  fill(
    bar,
    h(
      'a',
      { class: 'brand', href: '#/', 'aria-label': 'dwal, to the cluster' },
      h('span', { class: 'logo', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')),
      h('span', null, 'dwal'),
    ),
    h(
      'nav',
      { class: 'sections', 'aria-label': 'Console' },
      SECTIONS.map(each =>
        h(
          'a',
          {
            href: each.href,
            'aria-current': here === each.href && 'page',
            title: `${each.name}${each.more ?? ''} (g ${each.key})`,
          },
          icon(each.icon),
          h('span', null, each.name, each.more && h('span', { class: 'more' }, each.more)),
        ),
      ),
    ),
    h(
      'div',
      { class: 'tools' },
      h(
        'span',
        { class: `alive ${node.lost ? 'lost' : ''}` },
        h('i', { 'aria-hidden': 'true' }),
        node.lost ? 'No answer' : node.id === null ? 'Connecting' : `Node ${node.id}`,
        node.version && h('span', { class: 'version' }, node.version),
      ),
      h(
        'div',
        { class: 'buttons' },
        themeButton(),
        button('', showHelp, {
          kind: 'bare',
          icon: 'keys',
          name: 'Keyboard shortcuts',
          title: 'Keyboard shortcuts (?)',
        }),
      ),
    ),
  );
}

// ---- scheme

const THEMES = { auto: 'as the system has it', light: 'light', dark: 'dark' };

const theme = () => document.documentElement.dataset.theme ?? 'auto';

function themeButton() {
  const now = theme();
  const icons = { auto: 'auto', light: 'sun', dark: 'moon' };
  return button('', nextTheme, {
    kind: 'bare',
    icon: icons[now],
    name: `Colours: ${THEMES[now]}`,
    title: `Colours: ${THEMES[now]} (d)`,
  });
}

function nextTheme() {
  const names = Object.keys(THEMES);
  const next = names[(names.indexOf(theme()) + 1) % names.length];
  if (next === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (next === 'auto') localStorage.removeItem('dwal.theme');
    else localStorage.setItem('dwal.theme', next);
  } catch {
    // It holds until the page is left, then.
  }
  drawBar();
}

// ---- messages to the person

function toast(text, more) {
  const shown = h('div', { class: 'toast' }, h('span', null, text), more);
  toasts.append(shown);
  setTimeout(() => shown.remove(), 8_000);
}

// ---- keyboard

const SHORTCUTS = [
  [['g', 'c'], 'Cluster'],
  [['g', 't'], 'Topics'],
  [['g', 'g'], 'Groups'],
  [['g', 's'], 'Slow requests'],
  [['g', 'o'], 'Configuration'],
  [['/'], 'Narrow down the list'],
  [['j'], 'Next row'],
  [['k'], 'Row before'],
  [['r'], 'Ask the node again'],
  [['d'], 'Colours: system, light, dark'],
  [['?'], 'These shortcuts'],
  [['Esc'], 'Close'],
];

function showHelp() {
  fill(
    help,
    h(
      'div',
      { class: 'dialog-head' },
      h('h2', { id: 'help-title' }, 'Keyboard shortcuts'),
      button('Close', () => help.close()),
    ),
    h(
      'dl',
      { class: 'shortcuts' },
      SHORTCUTS.map(([keys, text]) =>
        h(
          'div',
          null,
          h(
            'dt',
            null,
            keys.map(key => h('kbd', null, key)),
          ),
          h('dd', null, text),
        ),
      ),
    ),
  );
  help.showModal();
}

let goes = 0;

function onKey(event) {
  const typing = event.target.closest?.('input, select, textarea, dialog');
  if (event.key === 'Escape' && event.target.matches?.('[data-filter]')) event.target.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const second = Date.now() - goes < 1500 && SECTIONS.find(each => each.key === event.key);
  goes = event.key === 'g' && !second ? Date.now() : 0;
  if (second) go(second.href);
  else if (event.key === '?') showHelp();
  else if (event.key === '/') main.querySelector('[data-filter]')?.focus();
  else if (event.key === 'r') refresh();
  else if (event.key === 'd') nextTheme();
  else if (event.key === 'j' || event.key === 'k') step(event.key === 'j' ? 1 : -1);
  else return;
  event.preventDefault();
}

/** To the next thing to open in the page's list. */
function step(by) {
  const rows = [...main.querySelectorAll('tbody th a, .record > button')];
  const at = rows.indexOf(document.activeElement);
  rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
}

document.addEventListener('keydown', onKey);
document.getElementById('skip').addEventListener('click', event => {
  // The address names the page; its end is not ours to use for a place in it.
  event.preventDefault();
  main.focus();
});
help.addEventListener('click', event => event.target === help && help.close());
addEventListener('hashchange', navigate);
main.replaceChildren();
navigate();
