import { get } from '../api.js';
import { DataTable } from '../data-table.js';
import { h, link } from '../element.js';
import { badge, time, timeText } from '../format.js';
import { keysOf } from '../records.js';

export const provisioning = {
  path: 'provisioning',
  title: 'Provisioning',
  open(region) {
    const table = new DataTable({
      label: 'Provisioning decisions',
      key: record => record.key,
      columns: [
        { label: 'Time', class: 'time', text: record => timeText(record.time), node: record => time(record.time) },
        { label: 'Decision', text: record => record.decision, node: (_record, text) => badge(text, text === 'registered' ? 'good' : 'bad') },
        { label: 'Client', class: 'name', text: record => record.clientId, node: (_record, text) => h('code', {}, text) },
        { label: 'Thing', class: 'name', text: record => record.thingName ?? '', node: (_record, text) => text === '' ? '' : link(text, 'devices', text) },
        { label: 'Why', class: 'wide', text: record => record.reason ?? '' },
        { label: 'Template', text: record => record.templateName },
        { label: 'Certificate', text: record => record.certificateId ?? '', node: (_record, text) => text === '' ? '' : h('code', { title: text }, `${text.slice(0, 10)}…`) },
      ],
      empty: [h('p', {}, 'No device has asked to be provisioned since the start. ', h('code', {}, 'claim'), ' writes the files of the claim certificate, with which a device asks.')],
    });
    region.append(table.element);
    let known;
    return {
      async refresh() {
        const { total, unchanged, records } = await get('activity', { kinds: 'provisioning', known });
        known = total;
        if (!unchanged) table.update(keysOf(records));
      },
    };
  },
};
