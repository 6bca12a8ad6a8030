import { get } from '../api.js';
import { DataTable } from '../data-table.js';
import { h, link, setText } from '../element.js';
import { badge, count, time, timeText, valueText } from '../format.js';

const TONE = { connected: 'good', disconnected: 'plain', never: 'plain' };
const WORD = { connected: 'connected', disconnected: 'disconnected', never: 'not seen' };

export const devices = {
  path: 'devices',
  title: 'Devices',
  open(region, [name], setTitle) {
    return name === undefined ? list(region) : detail(region, name, setTitle);
  },
};

function list(region) {
  const find = h('input', { type: 'search', id: 'find', autocomplete: 'off', spellcheck: 'false', oninput: () => view.refresh() });
  const state = h('select', { id: 'state', onchange: () => view.refresh() },
    [['', 'all'], ['connected', 'connected'], ['disconnected', 'disconnected'], ['never', 'not seen since the start']].map(([value, text]) => h('option', { value }, text)));
  const sum = h('p.sum', { role: 'status' }, '');
  const table = new DataTable({
    label: 'Devices',
    key: row => row.name,
    columns: [
      { label: 'Name', class: 'name', text: row => row.name, node: row => link(row.name, 'devices', row.name) },
      { label: 'Connection', text: row => WORD[row.state], node: row => badge(WORD[row.state], TONE[row.state]) },
      { label: 'Since', class: 'time', text: row => timeText(row.since), node: row => time(row.since) },
      { label: 'Why it ended', text: row => row.reason ?? '' },
      { label: 'In the table', text: row => row.inTable ?? '–' },
      { label: 'Certificate', text: row => row.certificates.map(({ id, status }) => `${id}${status}`).join(), node: row => row.certificates.map(certificateNode)[0] ?? '–' },
      { label: 'Thing', text: row => row.isThing ? 'yes' : 'no thing, a client alone' },
    ],
    empty: [h('p', {}, 'No device fits. ', 'A device appears when it has enrolled or connected.')],
  });
  region.append(h('form.bar', { role: 'search', onsubmit: event => event.preventDefault() },
    h('label', { for: 'find' }, 'Name or certificate', find), h('label', { for: 'state' }, 'Connection', state)), sum, table.element);
  let latest = 0;
  const view = {
    async refresh() {
      const asked = ++latest;
      const { counts, total, devices: rows } = await get('devices', { find: find.value.trim(), state: state.value });
      if (asked !== latest) return;
      setText(sum, `${count(counts.connected)} connected, ${count(counts.disconnected)} disconnected, ${count(counts.never)} not seen since the start${rows.length < total ? `; the first ${rows.length} of ${count(total)} that fit` : ''}`);
      table.update(rows);
    },
  };
  return view;
}

function certificateNode({ id, status }) {
  return h('span', {}, h('code', { title: id }, `${id.slice(0, 10)}…`), ' ', status === 'ACTIVE' ? null : badge(status, 'warn'));
}

function detail(region, name, setTitle) {
  setTitle(name);
  const body = h('div');
  region.append(h('p.back', {}, link('← all devices', 'devices')), body);
  let before;
  return {
    async refresh() {
      const device = await get('device', { name });
      const text = JSON.stringify(device);
      if (text === before) return;
      before = text;
      body.replaceChildren(...parts(device));
    },
  };
}

function parts({ thing, client, certificates, tables, denials }) {
  const facts = pairs => h('dl.facts', {}, pairs.filter(([, value]) => value !== undefined && value !== '').map(([key, value]) => h('div', {}, h('dt', {}, key), h('dd', {}, value))));
  return [
    h('h2', {}, 'Connection'),
    client ? facts([
      ['State', badge(client.connected ? 'connected' : 'disconnected', client.connected ? 'good' : 'plain')],
      ['Connected since', client.connected ? time(client.connectedSince) : undefined],
      ['Disconnected since', client.connected ? undefined : time(client.disconnectedSince)],
      ['Why it ended', client.connected ? undefined : client.disconnectReason],
      ['Client id', h('code', {}, client.clientId)],
      ['Address', `${client.sourceIp}${client.sourcePort ? `:${client.sourcePort}` : ''}`],
      ['Session', client.cleanSession ? 'clean' : 'persistent'],
      ['Keep alive', `${client.keepAliveSeconds} s`],
    ]) : h('p.empty', {}, 'It has not connected since the sandbox started.'),
    h('h2', {}, 'Thing'),
    thing ? facts([
      ['Type', thing.type], ['Groups', thing.groups.join(', ')], ['ARN', h('code', {}, thing.arn)],
      ...Object.entries(thing.attributes).map(([key, value]) => [`Attribute ${key}`, value]),
    ]) : h('p.empty', {}, 'There is no thing of this name: only a client connected with it, as a device does with its claim.'),
    h('h2', {}, 'Certificates'),
    certificates.length === 0 ? h('p.empty', {}, 'No certificate is attached: nobody can connect as this thing.') : plainTable('Certificates', ['Id', 'Status', 'Policies', 'Made', 'Valid until', 'Attached'],
      certificates.map(({ id, status, policies, createdAt, validTo, attachment }) => [
        h('code', {}, id), badge(status, status === 'ACTIVE' ? 'good' : 'warn'), policies.join(', ') || 'none', time(createdAt), time(validTo),
        attachment === 'EXCLUSIVE_THING' ? 'exclusively' : attachment ? 'not exclusively' : 'no',
      ])),
    h('h2', {}, 'Presence, newest first'),
    client && client.history.length > 0 ? plainTable('Presence', ['Time', 'Event', 'Version', 'Reason', 'Session'], [...client.history].reverse().map(event => [
      time(event.timestamp), badge(event.eventType, event.eventType === 'connected' ? 'good' : 'plain'), valueText(event.versionNumber), valueText(event.disconnectReason), h('code', {}, valueText(event.sessionIdentifier).slice(0, 8)),
    ])) : h('p.empty', {}, 'No event since the start.'),
    ...tables.flatMap(({ table, items }) => {
      const columns = [...new Set(items.flatMap(item => Object.keys(item)))];
      return [h('h2', {}, 'In ', link(table, 'tables', table)), plainTable(table, columns, items.map(item => columns.map(column => valueText(item[column]))))];
    }),
    h('h2', {}, 'Denied'),
    denials.length === 0 ? h('p.empty', {}, 'Nothing of it was denied since the start.') : plainTable('Denied', ['Time', 'Action', 'Resource', 'Why'],
      denials.map(({ time: at, action, resource, reason }) => [time(at), h('code', {}, action), h('code', {}, resource), reason])),
  ];
}

export function plainTable(label, columns, rows) {
  return h('div.scroll', { role: 'region', 'aria-label': label, tabindex: '0' }, h('table', {},
    h('thead', {}, h('tr', {}, columns.map(column => h('th', { scope: 'col' }, column)))),
    h('tbody', {}, rows.map(row => h('tr', {}, row.map(cell => h('td', {}, h('div.cell', {}, cell))))))));
}
