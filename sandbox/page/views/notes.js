import { get } from '../api.js';
import { h } from '../element.js';
import { time } from '../format.js';
import { plainTable } from './devices.js';

export const notes = {
  path: 'notes',
  title: 'Not modelled',
  open(region) {
    const body = h('div');
    region.append(h('p.explain', {}, 'This is no AWS. What of the template does not run here, or has no effect, is listed; the README of the sandbox tells what is modelled.'), body);
    let before;
    return {
      every: 5000,
      async refresh() {
        const answer = await get('notes');
        const text = JSON.stringify(answer);
        if (text === before) return;
        before = text;
        const section = (title, list, none, show) => [h('h2', {}, title), list.length === 0 ? h('div.empty', {}, h('p', {}, none)) : show()];
        body.replaceChildren(
          ...section('Resources that do not run', answer.notModelled, 'All resources of the template run.', () => plainTable('Resources that do not run', ['Path', 'Logical id', 'Type', 'Needed by'],
            answer.notModelled.map(({ path, logicalId, type, neededBy }) => [path, logicalId, h('code', {}, type), neededBy.join(', ')]))),
          ...section('What the sandbox noted', answer.problems, 'Nothing.', () => plainTable('What the sandbox noted', ['Time', 'Note'], answer.problems.map(({ time: at, message }) => [time(at), h('span.lines', {}, message)]))),
          ...section('Not looked at by IAM', answer.iam, 'Nothing: all policies of the template are understood.', () => h('ul.reasons', {}, answer.iam.map(sentence => h('li', {}, sentence)))),
          ...section('Properties without effect', answer.withoutEffect, 'None.', () => plainTable('Properties without effect', ['Resource', 'Properties'], answer.withoutEffect.map(({ resource, properties }) => [resource, properties.join(', ')]))),
        );
      },
    };
  },
};
