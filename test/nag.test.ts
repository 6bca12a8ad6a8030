import { readFileSync, writeFileSync } from 'fs';
import * as path from 'path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, HIPAASecurityChecks, NagPack, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';
import { LandingZone, LandingZoneProps } from '../src';
import { reasonsTable } from './judges/reasons';
import { fullProps } from './landing-zone/full-zone';

const PACKS: [string, new (app: App) => NagPack][] = [
  ['AwsSolutions', AwsSolutionsChecks], ['NIST 800-53 R5', NIST80053R5Checks], ['HIPAA Security', HIPAASecurityChecks], ['PCI DSS', PCIDSS321Checks],
];
const ZONES: [string, (stack: Stack) => LandingZoneProps][] = [
  ['no props', () => ({})],
  ['all options', fullProps],
  ['a customer key', stack => ({ ...fullProps(stack), encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }) })],
];

/** Findings of a pack that nobody gave a reason for. */
function violationsOf(app: App, stack: Stack, pack: new (app: App) => NagPack): string[] {
  return new pack(app).validateScope(stack).violations
    .flatMap(({ ruleName, violatingResources }) => violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`));
}

// The matrix of options is judged by `npm run judges`.
describe.each(PACKS)('cdk-nag, pack %s', (_pack, pack) => {
  test.each(ZONES)('finds nothing without a reason in a zone with %s', (_zone, props) => {
    const app = new App();
    const stack = new Stack(app, 'Plant');
    new LandingZone(stack, 'Zone', props(stack));
    expect(violationsOf(app, stack, pack)).toEqual([]);
  });

  test('sees a bucket of the user, so a reason of ours covers nothing outside the zone', () => {
    const app = new App();
    const stack = new Stack(app, 'Plant');
    new LandingZone(stack, 'Zone');
    new s3.Bucket(stack, 'Open');
    expect(violationsOf(app, stack, pack)).toContainEqual(expect.stringMatching(/(S10|S3BucketSSLRequestsOnly) .*Open/));
  });
});

test('with alarm actions, a customer key and a bucket for access logs, no reason is left that speaks of these options', () => {
  const stack = new Stack(new App(), 'Plant');
  const zone = new LandingZone(stack, 'Zone', {
    ...fullProps(stack),
    encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
    telemetry: { serverAccessLogsBucket: new s3.Bucket(stack, 'Logs') },
  });
  expect(reasonsBelow(zone).filter(reason => /the option (alarmActions|encryptionKey|serverAccessLogsBucket)/.test(reason))).toEqual([]);
});

test('every reason is a sentence that stands by itself', () => {
  const stack = new Stack(new App(), 'Plant');
  const reasons = reasonsBelow(new LandingZone(stack, 'Zone', fullProps(stack)));
  expect(reasons.length).toBeGreaterThan(5);
  for (const reason of reasons) expect(reason).toMatch(/^[A-Z].{30,}\.$/);
});

test('the page of decisions lists every reason that is in the code, and no other', () => {
  const page = path.join(__dirname, '../decisions/06-findings-with-reasons.md');
  const table = /(?<=<!-- reasons -->\n)[^]*(?=<!-- \/reasons -->)/;
  const expected = `${reasonsTable()}\n`;
  if (process.env.WRITE_REASONS) writeFileSync(page, readFileSync(page, 'utf8').replace(table, () => expected));
  expect(table.exec(readFileSync(page, 'utf8'))?.[0]).toBe(expected);
});

function reasonsBelow(zone: LandingZone): string[] {
  return zone.node.findAll().flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY).flatMap(({ data }) => Object.values<string>(data));
}
