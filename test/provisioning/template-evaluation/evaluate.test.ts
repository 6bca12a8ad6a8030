import { evaluateTemplate, Flow, ProvisioningError } from './evaluate';
import { bodyProblems } from '../../../src/provisioning/template-checks';
import { JsonObject } from '../../../src/provisioning/template-document';
import examples from '../fixtures/provisioning-templates.json';

interface Example {
  readonly id: string;
  readonly flow: string;
  readonly template: unknown;
  readonly parameters: object;
  readonly builtin: object;
  readonly existing?: object;
  readonly ambiguous?: boolean;
  readonly expect: {
    readonly thing?: { readonly ThingGroups?: string[] };
    readonly certificate?: object;
    readonly policy?: object;
    readonly policies?: object[];
    readonly deviceConfiguration?: object;
    readonly error?: string;
  };
}

const run = (example: Example) => evaluateTemplate({
  template: example.template as JsonObject,
  flow: example.flow as Flow,
  parameters: example.parameters as Record<string, string>,
  builtin: example.builtin as Record<string, string>,
  existing: example.existing,
});
const all = (examples as unknown as Example[]).filter(({ ambiguous }) => !ambiguous);

test.each(all.filter(({ expect: { error } }) => !error).map(example => [example.id, example] as const))('%s evaluates as AWS documents it', (_id, example) => {
  const { thing, certificate, policies, deviceConfiguration } = run(example);
  const sorted = (state?: { readonly ThingGroups?: readonly string[] }) =>
    state?.ThingGroups ? { ...state, ThingGroups: [...state.ThingGroups].sort() } : state;
  expect(sorted(thing)).toEqual(sorted(example.expect.thing));
  expect(certificate).toEqual(example.expect.certificate);
  expect(policies).toEqual(example.expect.policies ?? (example.expect.policy ? [example.expect.policy] : []));
  expect(deviceConfiguration).toEqual(example.expect.deviceConfiguration);
});

test.each(all.filter(({ expect: { error } }) => error).map(example => [example.id, example] as const))('%s is refused', (_id, example) => {
  const code = example.expect.error === 'ResourceConflictsException' ? 'ResourceConflictsException' : 'InvalidRequest';
  expect(() => run(example)).toThrow(ProvisioningError);
  expect(() => run(example)).toThrow(expect.objectContaining({ code }));
});

// What is wrong for every device is found at synth; what depends on the device is not.
const WRONG_AT_SYNTH = ['FNC-14', 'FNC-39', 'OVR-13', 'PAR-07', 'RSC-09', 'RSC-20'];

test.each(all.filter(({ flow }) => flow !== 'api').map(example => [example.id, example] as const))('%s is found at synth exactly if no device could register', (id, example) => {
  const problems = bodyProblems(example.template as JsonObject, example.flow === 'jitp');
  expect({ id, wrong: problems.length > 0 }).toEqual({ id, wrong: WRONG_AT_SYNTH.includes(id) });
});
