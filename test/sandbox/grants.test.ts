import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { build, synthesize } from './running-zone';
import { run } from '../../sandbox/test/end-to-end/programs';

jest.setTimeout(120_000);

// The sandbox runs the bundled example with one grant less, and fails: each grant with FULL=1, otherwise one of each kind of role.
const SAMPLE = [
  /^ZoneTelemetryRuleRole firehose:PutRecord/, /^ZoneTelemetryStreamRole lambda:InvokeFunction/, /^ZoneProvisioningRole iot:RegisterThing/,
  /^ZoneProvisioningHookHandlerRole dynamodb:UpdateItem/, /^ZoneSiteWiseTemperatureRuleRole iotsitewise:/, /^ZoneConnectivityHandlerRole sqs:ReceiveMessage/,
];

/** Grants that no call of the scenario needs, by role and action, and why. */
const NOT_EXERCISED: readonly (readonly [RegExp, string])[] = [
  [/^\S+ sqs:(GetQueueUrl|GetQueueAttributes)$/, 'the grant of a queue in aws-cdk-lib holds it; AWS IoT and the handlers have the address and do not ask'],
  [/^\S+ sqs:ChangeMessageVisibility$/, 'only for what a handler could not do at once'],
  [/^ZoneErrorsRedriveRole sqs:SendMessage$/, 'only for failed presence events, whose topics are reserved'],
  [/^ZoneTelemetryStreamRole s3:(GetBucketLocation|ListBucket\w*|AbortMultipartUpload|GetObject)$/, 'Firehose documents it; the sandbox delivers each object by one PutObject'],
  [/^ZoneTelemetryStreamRole (logs:PutLogEvents|lambda:GetFunctionConfiguration|glue:GetTable|glue:GetTableVersion)$/, 'Firehose documents it; errors of delivery and the look at the table take other calls here'],
  [/^ZoneTelemetryRuleRole sqs:SendMessage$/, 'only when the stream refuses: test/sandbox/bundled-example.test.ts has that'],
  [/^ZoneProvisioningRole iot:/, 'for a device that enrols again, or a call of RegisterThing that the sandbox does in one with others'],
  [/^ZoneProvisioningClaimGeneratorRole (iot|secretsmanager):/, 'for a claim that is renewed or deleted'],
  [/^ZoneConnectivityHandlerRole dynamodb:GetItem$/, 'only where the conditional write does not say which item is there'],
  [/^ZoneConnectivityAlertHandlerRole /, 'the alert waits five minutes'],
  [/^ZoneOnboardingHandlerRole iot:(UpdateThing|ListCertificates)$/, 'for a thing that was there before, and to find what a call that was cut short has left'],
  [/^CompactionRole /, 'Glue jobs do not run in the sandbox'],
];

interface Statement { Effect: string; Action: string | string[] }
interface Resource {
  Type: string;
  DependsOn?: string | string[];
  Properties: { PolicyDocument: { Statement: Statement[] }; Roles: { Ref: string }[] };
}
interface Template { Resources: { [id: string]: Resource } }
interface Grant { readonly name: string; readonly role: string; readonly action: string; readonly policy: string; readonly at: number }
interface Found {
  readonly decisions: { readonly principal: string; readonly action: string; readonly resource: string; readonly decision: 'allow' | 'deny'; readonly reason: string }[];
  readonly failed: string[];
}

const folder = mkdtempSync(path.join(tmpdir(), 'grants-'));
const whole = path.join(folder, 'whole');
build();
synthesize(whole);
const templateFile = (assembly: string) => path.join(assembly, 'Sensors.template.json');
const template = () => JSON.parse(readFileSync(templateFile(whole), 'utf8')) as Template;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Functions that a service calls in its own name. */
const permissions = Object.keys(template().Resources).filter(id => template().Resources[id].Type === 'AWS::Lambda::Permission');
const actionsOf = ({ Action }: Statement) => [Action].flat();
const grants: Grant[] = Object.entries(template().Resources).filter(([, { Type }]) => Type === 'AWS::IAM::Policy').flatMap(([policy, { Properties }]) =>
  Properties.PolicyDocument.Statement.flatMap((statement, at) => actionsOf(statement).map(action => {
    const role = Properties.Roles[0].Ref;
    return { name: `${role.slice(0, -8)} ${action}`, role, action, policy, at };
  })));
/** The name of a role begins with the id that it has in the template, or as much of it as names hold. */
const isBy = (principal: string, { role }: Grant) => /(?:assumed-role|:role)\/Sensors-([^/]+)/.exec(principal)?.[1].startsWith(role.slice(0, 24)) ?? false;

async function found(assembly: string): Promise<Found> {
  const { code, out, err } = await run(process.execPath, [path.join(__dirname, 'grant-scenario.cjs'), assembly, path.join(assembly, 'state')], {}, 110);
  if (code !== 0) throw new Error(err || out);
  return JSON.parse(out.trim().split('\n').at(-1)!) as Found;
}

/** What comes of the scenario on a template that lacks something. */
async function foundWithout(takeAway: (lacking: Template) => void): Promise<Found> {
  const assembly = mkdtempSync(path.join(folder, 'lacking-'));
  cpSync(whole, assembly, { recursive: true, filter: source => !source.includes(`${path.sep}state`) });
  const lacking = template();
  takeAway(lacking);
  writeFileSync(templateFile(assembly), JSON.stringify(lacking));
  const all = await found(assembly);
  rmSync(assembly, { recursive: true });
  return all;
}

let exercised: Found;
beforeAll(async () => {
  exercised = await found(whole);
});
const isExercised = (grant: Grant) => exercised.decisions.some(({ principal, action }) => action === grant.action && isBy(principal, grant));

test('the whole template is denied nothing, and nothing fails', () => {
  expect(exercised.failed).toEqual([]);
  expect(exercised.decisions.filter(({ decision }) => decision === 'deny')).toEqual([]);
});

test('each grant is used by what a zone does, or told here with the reason', () => {
  const idle = grants.filter(grant => !isExercised(grant)).map(({ name }) => name);
  expect(idle.filter(name => !NOT_EXERCISED.some(([which]) => which.test(name)))).toEqual([]);
  expect(NOT_EXERCISED.filter(([which]) => !idle.some(name => which.test(name)))).toEqual([]);
  expect(grants.length - idle.length).toBeGreaterThan(50);
});

const chosen = process.env.FULL ? grants : SAMPLE.map(which => grants.find(({ name }) => which.test(name))!);

test.each(chosen)('without $name the sandbox denies it, and says so', async grant => {
  if (!isExercised(grant)) {
    expect(NOT_EXERCISED.some(([which]) => which.test(grant.name))).toBe(true);
    return;
  }
  const { decisions } = await foundWithout(lacking => {
    const { Statement: statements } = lacking.Resources[grant.policy].Properties.PolicyDocument;
    const left = actionsOf(statements[grant.at]).filter(action => action !== grant.action);
    if (left.length > 0) statements[grant.at].Action = left;
    else if (statements.length > 1) statements.splice(grant.at, 1);
    else statements[grant.at].Action = 'sts:GetCallerIdentity';
  });
  const denials = decisions.filter(({ decision }) => decision === 'deny');
  expect(denials).toContainEqual(expect.objectContaining({ action: grant.action, reason: expect.stringContaining(`may not ${grant.action} on `) }));
  expect(denials.filter(({ principal, action }) => action === grant.action && isBy(principal, grant)).length).toBeGreaterThan(0);
});

test.each(permissions)('without the permission %s the service may not call the function', async id => {
  const service = String((template().Resources[id].Properties as unknown as { Principal: string }).Principal);
  const { decisions } = await foundWithout(({ Resources }) => {
    delete Resources[id];
    for (const resource of Object.values(Resources)) resource.DependsOn = [resource.DependsOn ?? []].flat().filter(other => other !== id);
  });
  const denials = decisions.filter(({ decision }) => decision === 'deny');
  expect(denials).toContainEqual(expect.objectContaining({ principal: service, action: 'lambda:InvokeFunction' }));
});

test('all permissions of the example are taken away once', () => {
  expect(permissions).toHaveLength(2);
});
