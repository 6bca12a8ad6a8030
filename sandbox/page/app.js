import { get, Unreachable } from './api.js';
import { h, linkTo, setText } from './element.js';
import { plural } from './format.js';
import { alarms } from './views/alarms.js';
import { denied } from './views/denied.js';
import { devices } from './views/devices.js';
import { lake } from './views/lake.js';
import { logs } from './views/logs.js';
import { notes } from './views/notes.js';
import { objects } from './views/objects.js';
import { overview } from './views/overview.js';
import { provisioning } from './views/provisioning.js';
import { queues } from './views/queues.js';
import { rules } from './views/rules.js';
import { series } from './views/series.js';
import { tables } from './views/tables.js';
import { trial } from './views/trial.js';

/** In the order of the navigation; the first is the one without a path. */
const VIEWS = [overview, devices, denied, provisioning, rules, queues, alarms, objects, lake, tables, series, logs, trial, notes];
const STATUS_MILLISECONDS = 2000;
const main = document.getElementById('main');
const trouble = document.getElementById('trouble');
const links = new Map();
let current;

for (const { path, title } of VIEWS) {
  const mark = h('span.mark', {});
  const anchor = h('a', { href: path === '' ? '#/' : linkTo(path) }, h('span', {}, title), mark);
  links.set(path, { anchor, mark });
  document.getElementById('views').append(h('li', {}, anchor));
}
document.getElementById('skip').addEventListener('click', event => {
  event.preventDefault();
  main.focus();
});
addEventListener('hashchange', () => show(true));
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) current?.refresh();
});
show(false);
void watchStatus();

function show(wasAsked) {
  current?.end();
  const [path = '', ...given] = location.hash.replace(/^#\/?/, '').split('/').map(decoded);
  const view = VIEWS.find(each => each.path === path) ?? overview;
  for (const [name, { anchor }] of links) {
    if (name === view.path) anchor.setAttribute('aria-current', 'page');
    else anchor.removeAttribute('aria-current');
  }
  links.get(view.path).anchor.scrollIntoView({ block: 'nearest', inline: 'center' });
  tell('');
  const heading = h('h1', { tabindex: '-1' }, view.title);
  const region = h('div.view', {});
  main.replaceChildren(heading, region);
  const opened = view.open(region, given, name => { heading.textContent = name; document.title = `${name} – Sandbox`; });
  document.title = `${heading.textContent} – Sandbox`;
  current = running(opened);
  if (wasAsked) {
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

/** Asks anew every so often while the page can be seen, one question after the other. */
function running({ refresh, every = 2000, close }) {
  let ended = false;
  let timer;
  let asking = false;
  const run = async () => {
    clearTimeout(timer);
    if (ended || asking || !refresh) return;
    asking = true;
    try {
      await refresh();
      if (!ended) tell('');
    } catch (error) {
      if (!ended && !(error instanceof Unreachable)) tell(error.message);
    }
    asking = false;
    if (!ended && !document.hidden && every > 0) timer = setTimeout(run, every);
  };
  void run();
  return {
    refresh: run,
    end: () => {
      ended = true;
      clearTimeout(timer);
      close?.();
    },
  };
}

/** Marks in the navigation and the line at the top, whatever is shown. */
async function watchStatus() {
  if (!document.hidden) {
    try {
      const status = await get('status');
      setText(document.getElementById('stacks'), `${status.stacks.map(({ name }) => name).join(', ')} · ${status.account} · ${status.region}`);
      live('live', `${plural(status.connected, 'device')} connected`);
      mark('devices', status.connected);
      mark('denied', status.totals.mqttDenial + status.totals.iamDenial, 'bad');
      mark('rules', status.totals.ruleFailure, 'bad');
      mark('queues', status.queued);
      mark('alarms', status.alarms.length, 'bad');
      mark('notes', status.notModelled);
    } catch (error) {
      live('gone', error instanceof Unreachable ? 'no answer' : 'trouble');
      if (error instanceof Unreachable) tell(error.message);
    }
  }
  setTimeout(watchStatus, STATUS_MILLISECONDS);
}

function mark(path, number, tone = 'plain') {
  const { mark: element } = links.get(path);
  setText(element, number > 0 ? number > 9999 ? '9999+' : String(number) : '');
  element.dataset.tone = tone;
}

function live(state, text) {
  const element = document.getElementById('live');
  if (element.dataset.state === 'gone' && state === 'live') tell('');
  element.dataset.state = state;
  setText(document.getElementById('live-text'), text);
}

function tell(message) {
  setText(trouble, message);
  trouble.hidden = message === '';
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
