import { assumptionsOf, callsOf, plainCallsOf } from './example-calls';
import { ChangeableTemplate, exampleTemplate, ExampleZone } from './example-zone';
import { Decision } from '../../src/iam';

const decisionsOf = (zone: ExampleZone) => callsOf(zone).map(call => zone.directory.authorize(call));
const assumedIn = (zone: ExampleZone) => assumptionsOf(zone).map(({ role, service, context }) => zone.directory.canAssume(role, service, context));
const refused = (decisions: Decision[]) => decisions.filter(({ decision }) => decision === 'deny').map(({ reason }) => reason);

test('every call that the bundled example makes is allowed by its own template, and nothing of it is not modelled', async () => {
  const zone = await ExampleZone.deploy();
  expect(refused(decisionsOf(zone))).toEqual([]);
  expect(decisionsOf(zone).length).toBeGreaterThan(70);
  expect(zone.directory.unmodelled).toEqual([]);
});

test('each service may assume its roles, for its own rule or template and account alone', async () => {
  const zone = await ExampleZone.deploy();
  const roles = Object.values(exampleTemplate().Resources).filter(({ Type }) => Type === 'AWS::IAM::Role');
  expect(refused(assumedIn(zone))).toEqual([]);
  expect(new Set(assumptionsOf(zone).map(({ role }) => role)).size).toBe(roles.length);
  for (const { role, service, context } of assumptionsOf(zone)) {
    for (const key of Object.keys(context)) {
      expect(zone.directory.canAssume(role, service, { ...context, [key]: 'another' }).decision).toBe('deny');
    }
    expect(zone.directory.canAssume(role, 'ec2.amazonaws.com', context).decision).toBe('deny');
  }
});

test('the same calls without TLS are denied where a policy of a resource says so', async () => {
  const zone = await ExampleZone.deploy();
  for (const call of plainCallsOf(zone)) expect(zone.directory.authorize(call)).toMatchObject({ decision: 'deny', cause: 'explicit-deny' });
});

describe('a template with one statement less', () => {
  const POLICIES = ['PolicyDocument', 'AssumeRolePolicyDocument', 'ResourcePolicy'];
  const places = Object.entries(exampleTemplate().Resources).filter(([, { Type }]) => !Type.startsWith('AWS::IoT::')).flatMap(([id, { Properties }]) =>
    POLICIES.filter(property => Properties?.[property]).flatMap(property =>
      (Properties[property].Statement as { Effect: string }[]).map(({ Effect }, at) => [id, property, at, Effect] as const)));
  const without = (id: string, property: string, at: number): ChangeableTemplate => {
    const template = exampleTemplate();
    template.Resources[id].Properties[property].Statement.splice(at, 1);
    return template;
  };

  test('there are statements to take away', () => {
    expect(places.length).toBeGreaterThan(60);
  });

  test.each(places.filter(([, , , effect]) => effect === 'Allow'))('%s %s %i: a call is denied, with action and resource named', async (id, property, at) => {
    const zone = await ExampleZone.deploy(without(id, property, at));
    const denied = [...decisionsOf(zone), ...assumedIn(zone)].filter(({ decision }) => decision === 'deny');
    expect(denied.length).toBeGreaterThan(0);
    for (const { cause, reason, action, resource } of denied) {
      expect(cause).toBe('implicit-deny');
      expect(reason).toContain(`may not ${action} on ${resource}: `);
    }
  });

  test.each(places.filter(([, , , effect]) => effect === 'Deny'))('%s %s %i: a call without TLS is no longer denied by it', async (id, property, at) => {
    const zone = await ExampleZone.deploy(without(id, property, at));
    expect(plainCallsOf(zone).filter(call => zone.directory.authorize(call).cause !== 'explicit-deny')).toHaveLength(1);
  });

  test('the permission of the hook: AWS IoT cannot call it', async () => {
    const template = exampleTemplate();
    const [id] = Object.entries(template.Resources).find(([, { Type }]) => Type === 'AWS::Lambda::Permission')!;
    template.Resources[id].Type = 'Custom::Nothing';
    const zone = await ExampleZone.deploy(template);
    expect(refused(decisionsOf(zone))).toEqual([
      `iot.amazonaws.com may not lambda:InvokeFunction on ${zone.arn('ZoneProvisioningHookHandlerFunction')}: only a policy of the resource lets a service in, and there is none`,
    ]);
  });
});

test('a grant that is narrowed to another table says what is allowed instead', async () => {
  const template = exampleTemplate();
  const [, policy] = Object.entries(template.Resources).find(([id]) => id.startsWith('ZoneProvisioningHookHandlerRoleDefaultPolicy'))!;
  policy.Properties.PolicyDocument.Statement[1].Action = ['dynamodb:GetItem'];
  const zone = await ExampleZone.deploy(template);
  const [reason, ...others] = refused(decisionsOf(zone));
  expect(others).toEqual([]);
  const table = zone.arn('ZoneRegistryTable');
  expect(reason).toMatch(/^role Sensors-ZoneProvisioningHook\S+ may not dynamodb:UpdateItem on /);
  expect(reason).toContain(`dynamodb:UpdateItem on ${table}: its statements allow dynamodb:GetItem on ${table} (statement 1 of ZoneProvisioningHookHandlerRoleDefaultPolicy`);
});
