import examples from '../../sandbox/test/provisioning-template/examples.json';
import { bodyProblems } from '../../src/provisioning/template-checks';
import { JsonObject } from '../../src/provisioning/template-document';

/** Examples of AWS's pages: the sandbox evaluates the same ones. */
const all = (examples as { id: string; flow: string; template: unknown; ambiguous?: boolean }[]).filter(({ ambiguous }) => !ambiguous);

// What is wrong for every device is found at synth; what depends on the device is not.
const WRONG_AT_SYNTH = ['FNC-14', 'FNC-39', 'OVR-13', 'PAR-07', 'RSC-09', 'RSC-20'];

test.each(all.filter(({ flow }) => flow !== 'api').map(example => [example.id, example] as const))('%s is found at synth exactly if no device could register', (id, example) => {
  const problems = bodyProblems(example.template as JsonObject, example.flow === 'jitp');
  expect({ id, wrong: problems.length > 0 }).toEqual({ id, wrong: WRONG_AT_SYNTH.includes(id) });
});
