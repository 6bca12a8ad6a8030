import { get } from '../api.js';
import { DataTable } from '../data-table.js';
import { h, link } from '../element.js';
import { time, timeText } from '../format.js';
import { keysOf } from '../records.js';

export const logs = {
  path: 'logs',
  title: 'Logs',
  open(region, [group], setTitle) {
    return group === undefined ? groups(region) : tail(region, group, setTitle);
  },
};

function groups(region) {
  const table = new DataTable({
    label: 'Log groups',
    key: group => group.name,
    columns: [
      { label: 'Group', class: 'name', text: group => group.name, node: group => link(group.name, 'logs', group.name) },
      { label: 'Last line', class: 'time', text: group => timeText(group.lastTime), node: group => time(group.lastTime) },
    ],
    empty: h('p', {}, 'No log group yet: functions and streams make theirs with the first line.'),
  });
  region.append(table.element);
  return { refresh: async () => table.update((await get('log-groups')).groups.sort((a, b) => (b.lastTime ?? 0) - (a.lastTime ?? 0) || a.name.localeCompare(b.name))) };
}

function tail(region, group, setTitle) {
  setTitle(group);
  const find = h('input', { type: 'search', id: 'find', autocomplete: 'off', spellcheck: 'false', oninput: () => show() });
  const table = new DataTable({
    label: 'Lines, newest first',
    key: line => line.key,
    columns: [
      { label: 'Time', class: 'time', text: line => timeText(line.time), node: line => time(line.time) },
      { label: 'Line', class: 'wide', text: line => line.message, node: (_line, text) => h('code.line', {}, text.trimEnd()) },
    ],
    empty: h('p', {}, 'No line fits; only lines since the start are shown.'),
  });
  region.append(h('p.back', {}, link('← all log groups', 'logs')), h('form.bar', { role: 'search', onsubmit: event => event.preventDefault() }, h('label', { for: 'find' }, 'Lines with', find)), table.element);
  let lines = [];
  const show = () => table.update(lines.filter(({ message }) => message.toLowerCase().includes(find.value.toLowerCase())));
  return {
    async refresh() {
      lines = keysOf((await get('log', { group, limit: 200 })).lines).reverse();
      show();
    },
  };
}
