import { App, Stack, Validations } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { LandingZone, LandingZoneProps } from '../src';
import { fullProps } from './landing-zone/full-zone';

/** Findings of the AwsSolutions pack that nobody gave a reason for. */
function findings(props: (stack: Stack) => LandingZoneProps): string[] {
  const app = new App();
  const stack = new Stack(app, 'Plant');
  new LandingZone(stack, 'Zone', props(stack));
  return violationsOf(app, stack);
}

function violationsOf(app: App, stack: Stack): string[] {
  return new AwsSolutionsChecks(app).validateScope(stack).violations
    .flatMap(({ ruleName, violatingResources }) => violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`));
}

test.each<[string, (stack: Stack) => LandingZoneProps]>([
  ['no props', () => ({})],
  ['all options', fullProps],
  ['a customer key', stack => ({ ...fullProps(stack), encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }) })],
])('cdk-nag AwsSolutions finds nothing without a reason in a zone with %s', (_name, props) => {
  expect(findings(props)).toEqual([]);
});

test('the check sees a finding outside the zone, so an empty list means something', () => {
  const app = new App();
  const stack = new Stack(app, 'Plant');
  new s3.Bucket(stack, 'Open');
  expect(violationsOf(app, stack)).toEqual(expect.arrayContaining([expect.stringContaining('AwsSolutions-S10')]));
});

test('every reason is a sentence that stands by itself', () => {
  const app = new App();
  const stack = new Stack(app, 'Plant');
  new LandingZone(stack, 'Zone', fullProps(stack));
  const reasons = stack.node.findAll().flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY).flatMap(({ data }) => Object.values<string>(data));
  expect(reasons.length).toBeGreaterThan(5);
  for (const reason of reasons) expect(reason).toMatch(/^[A-Z].{30,}\.$/);
});
