import { get } from '../api.js';
import { DataTable } from '../data-table.js';
import { h, link } from '../element.js';
import { badge, count, time, timeText } from '../format.js';
import { keysOf } from '../records.js';

export const rules = {
  path: 'rules',
  title: 'Rules',
  open(region) {
    const number = (label, name) => ({ label, class: 'number', text: rule => count(rule[name]) });
    const table = new DataTable({
      label: 'Rules',
      key: rule => rule.name,
      columns: [
        { label: 'Rule', class: 'name', text: rule => rule.name + (rule.isDisabled ? ' (disabled)' : ''), node: (_rule, text) => h('code', {}, text) },
        number('Matches', 'matches'), number('Actions run', 'actionsRun'),
        { label: 'Actions failed', class: 'number', text: rule => count(rule.actionsFailed), node: (rule, text) => rule.actionsFailed > 0 ? badge(text, 'bad') : text },
        { label: 'Actions', text: rule => rule.actions.join(', ') },
        { label: 'On failure', text: rule => rule.errorAction ?? 'nothing' },
        { label: 'SQL', class: 'wide', text: rule => rule.sql, node: (_rule, text) => h('code.sql', {}, text) },
      ],
      empty: h('p', {}, 'The template has no topic rule (AWS::IoT::TopicRule).'),
    });
    const failures = new DataTable({
      label: 'Failures',
      key: record => record.key,
      columns: [
        { label: 'Time', class: 'time', text: record => timeText(record.time), node: record => time(record.time) },
        { label: 'Rule', class: 'name', text: record => record.rule, node: (_record, text) => h('code', {}, text) },
        { label: 'Action', text: record => record.action === 'SQL' ? 'none: the statement' : record.action },
        { label: 'Error action', text: record => record.errorAction, node: (_record, text) => badge(text, text === 'done' ? 'good' : 'bad') },
        { label: 'Topic', class: 'name', text: record => record.topic, node: (_record, text) => h('code', {}, text) },
        { label: 'Why', class: 'wide', text: record => record.message },
      ],
      empty: h('p', {}, 'No action failed, and every message could be read, since the start.'),
    });
    region.append(h('p.explain', {}, link('Try it', 'try'), ' shows what each rule makes of a message.'), table.element, h('h2', {}, 'Failures'), failures.element);
    let known;
    return {
      async refresh() {
        const [overview, activity] = await Promise.all([get('rules'), get('activity', { kinds: 'ruleFailure', known })]);
        table.update(overview.rules);
        known = activity.total;
        if (!activity.unchanged) failures.update(keysOf(activity.records));
      },
    };
  },
};
