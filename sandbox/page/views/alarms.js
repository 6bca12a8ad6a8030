import { get } from '../api.js';
import { DataTable } from '../data-table.js';
import { h } from '../element.js';
import { badge, time, timeText } from '../format.js';

const TONE = { ALARM: 'bad', OK: 'good', INSUFFICIENT_DATA: 'plain' };
const ORDER = ['ALARM', 'INSUFFICIENT_DATA', 'OK'];

export const alarms = {
  path: 'alarms',
  title: 'Alarms',
  open(region) {
    const table = new DataTable({
      label: 'Alarms',
      key: alarm => alarm.name,
      columns: [
        { label: 'State', text: alarm => alarm.notEvaluated ? 'not evaluated' : alarm.state, node: (alarm, text) => badge(text, alarm.notEvaluated ? 'warn' : TONE[alarm.state]) },
        { label: 'Alarm', class: 'name', text: alarm => alarm.name },
        { label: 'Since', class: 'time', text: alarm => timeText(alarm.updatedAt), node: alarm => time(alarm.updatedAt) },
        {
          label: 'Why, and what it is for',
          class: 'wide',
          text: alarm => `${alarm.notEvaluated ?? alarm.reason}\n${alarm.description ?? ''}`,
          node: (_alarm, text) => text.split('\n').map((line, at) => h(at === 0 ? 'div' : 'div.sql', {}, line)),
        },
        { label: 'Metrics', text: alarm => alarm.metrics.join(', ') },
        { label: 'Threshold', class: 'number', text: alarm => String(alarm.threshold) },
      ],
      empty: h('p', {}, 'The template has no alarm (AWS::CloudWatch::Alarm).'),
    });
    region.append(h('p.explain', {}, 'Alarms are evaluated each minute, on metrics that exist here.'), table.element);
    return {
      async refresh() {
        const { alarms: all } = await get('alarms');
        table.update(all.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.name.localeCompare(b.name)));
      },
    };
  },
};
