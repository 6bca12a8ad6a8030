import { get, post } from '../api.js';
import { h, setText } from '../element.js';
import { badge, pretty, timeText } from '../format.js';

const EXAMPLE = 'things/pump-1/telemetry';

export const trial = {
  path: 'try',
  title: 'Try it',
  open(region) {
    const topic = h('input', { id: 'topic', type: 'text', required: true, autocomplete: 'off', spellcheck: 'false', value: remembered('topic', EXAMPLE) });
    const payload = h('textarea', { id: 'payload', rows: '6', spellcheck: 'false', value: remembered('payload', '{\n  "temperature": 21.5\n}') });
    const statement = h('textarea', { id: 'sql', rows: '4', spellcheck: 'false', placeholder: "SELECT *, topic(2) AS thing FROM 'things/+/telemetry'", value: remembered('sql', '') });
    const outcome = h('p.sum', { role: 'status' }, '');
    const results = h('div.results', { 'aria-label': 'Results', role: 'region' });
    const buttons = [];
    const run = async work => {
      buttons.forEach(button => { button.disabled = true; });
      for (const [name, field] of [['topic', topic], ['payload', payload], ['sql', statement]]) sessionStorage.setItem(`try-${name}`, field.value);
      try {
        if (topic.value.trim() === '') throw new Error('A message needs a topic.');
        await work({ topic: topic.value.trim(), payload: payload.value });
        outcome.removeAttribute('data-tone');
      } catch (error) {
        outcome.dataset.tone = 'bad';
        setText(outcome, error.message);
        results.replaceChildren();
      }
      buttons.forEach(button => { button.disabled = false; });
    };
    const show = answer => results.replaceChildren(...resultsOf(answer));
    const attempt = () => run(async message => {
      show(await post('trial', { ...message, sql: statement.value }));
      setText(outcome, 'Tried; nothing was sent.');
    });
    const publish = () => run(async message => {
      await post('publish', message);
      setText(outcome, `Published to ${message.topic} at ${timeText(Date.now())}. The rules that have it now:`);
      show(await post('trial', message));
    });
    buttons.push(h('button.first', { type: 'submit' }, 'Try the rules'), h('button', { type: 'button', onclick: publish }, 'Publish'));
    region.append(
      h('form.stack', { onsubmit: event => { event.preventDefault(); void attempt(); } },
        h('label', { for: 'topic' }, 'Topic', topic), h('label', { for: 'payload' }, 'Payload', payload),
        h('label', { for: 'sql' }, 'SQL of your own, if any', statement), h('p.bar', {}, buttons)),
      h('p.explain', {}, '“Try the rules” sends nothing. “Publish” is a message of the operator, from no device: rules and subscribers get it.'),
      outcome, results);
    return {
      every: 0,
      async refresh() {
        const example = remembered('topic', undefined) === undefined && exampleTopic((await get('rules')).rules);
        if (example && topic.value === EXAMPLE) topic.value = example;
      },
    };
  },
};

/** A topic that the first rule about devices takes. */
function exampleTopic(rules) {
  const filter = rules.map(({ sql }) => /\bFROM\s+'([^']+)'/i.exec(sql)?.[1]).find(from => from !== undefined && !from.startsWith('$'));
  return filter?.replace('#', filter.includes('+') ? 'telemetry' : 'pump-1/telemetry').replace('+', 'pump-1').replaceAll('+', 'x');
}

function remembered(name, otherwise) {
  return sessionStorage.getItem(`try-${name}`) ?? otherwise;
}

function resultsOf({ statement, rules }) {
  const matching = rules.filter(({ match }) => match);
  const others = rules.filter(({ match }) => !match);
  return [
    ...statement ? [h('h2', {}, 'Your statement'), statementResult(statement)] : [],
    h('h2', {}, rules.length === 0 ? 'The template has no rule' : matching.length === 0 ? 'No rule of the template matches' : `Rules that match: ${matching.length} of ${rules.length}`),
    ...matching.map(({ rule, output, actions }) => h('article.record', { 'aria-label': rule },
      h('h3', {}, h('code', {}, rule)), h('pre', {}, pretty(output)),
      actions.map(({ type, call, input, problem }) => h('details', {}, h('summary', {}, badge(type, problem ? 'bad' : 'plain'), ' ', problem ?? call), input ? h('pre', {}, JSON.stringify(input, null, 2)) : null)))),
    others.length === 0 ? null : h('details', { open: matching.length === 0 }, h('summary', {}, `${others.length} that do not match, and why`),
      h('ul.reasons', {}, others.map(({ rule, reason }) => h('li', {}, h('code', {}, rule), `: ${reason}`)))),
  ].filter(part => part !== null);
}

function statementResult({ match, output, reason, error }) {
  if (error) return h('p.wrong', {}, `Line ${error.line}, column ${error.column}: ${error.message}`);
  return match ? h('pre', {}, pretty(output)) : h('p.explain', {}, `No match: ${reason}.`);
}
