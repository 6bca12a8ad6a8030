import { get } from '../api.js';
import { DataTable } from '../data-table.js';
import { h, link } from '../element.js';
import { time, timeText } from '../format.js';
import { keysOf } from '../records.js';

export const denied = {
  path: 'denied',
  title: 'Denied actions',
  open(region) {
    const when = { label: 'Time', class: 'time', text: record => timeText(record.time), node: record => time(record.time) };
    const code = (label, name) => ({ label, text: record => record[name] ?? '', node: (_record, text) => h('code', {}, text) });
    const why = { label: 'Why, and the nearest statement', class: 'wide', text: record => record.reason };
    const devices = new DataTable({
      label: 'Denied by policies of AWS IoT',
      key: record => record.key,
      columns: [when, { label: 'Device', class: 'name', text: record => record.thingName ?? record.clientId, node: (_record, text) => link(text, 'devices', text) }, code('Action', 'action'), code('Resource', 'resource'), why],
      empty: h('p', {}, 'No device was denied anything since the start. Publish on the topic of another device to see one: AWS IoT ends such a connection, and so does the sandbox.'),
    });
    const roles = new DataTable({
      label: 'Denied by IAM',
      key: record => record.key,
      columns: [when, code('Caller', 'caller'), code('Action', 'action'), code('Resource', 'resource'), why],
      empty: h('p', {}, 'No role was denied anything since the start: the template grants what functions, rules and streams asked for.'),
    });
    region.append(h('h2', {}, 'Devices, by policies of AWS IoT'), devices.element, h('h2', {}, 'Roles and services, by IAM'), roles.element);
    const known = {};
    const load = async (kind, table) => {
      const { total, unchanged, records } = await get('activity', { kinds: kind, known: known[kind] });
      known[kind] = total;
      if (!unchanged) table.update(keysOf(records));
    };
    return { refresh: () => Promise.all([load('mqttDenial', devices), load('iamDenial', roles)]) };
  },
};
