import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as fc from 'fast-check';
import {
  IngestRule, SiteWiseAction, SiteWiseActionProps, SiteWiseAssetModel, SiteWiseDataType, SiteWiseEntry, SiteWiseQuality, SiteWiseTimestamp,
} from '../../src';

const entry: SiteWiseEntry = { propertyAlias: '/${topic(2)}/temperature', values: [{ valueFrom: 'temp' }] };

function synth(props: Partial<SiteWiseActionProps> = {}) {
  const stack = new Stack(new App(), 'Plant');
  const rule = new IngestRule(stack, 'Rule', { sql: "SELECT * FROM 'data/#'", actions: [new SiteWiseAction({ entries: [entry], ...props })] });
  return { stack, rule, template: Template.fromStack(stack) };
}

function actionOf(props: Partial<SiteWiseActionProps>) {
  const [{ Properties }] = Object.values(synth(props).template.findResources('AWS::IoT::TopicRule'));
  return Properties.TopicRulePayload.Actions[0].IotSiteWise;
}

function valueOf(value: SiteWiseEntry['values'][0]) {
  return actionOf({ entries: [{ ...entry, values: [value] }] }).PutAssetPropertyValueEntries[0].PropertyValues[0];
}

describe('action', () => {
  test('writes a number with the time of arrival by default', () => {
    const { stack, rule, template } = synth();
    template.hasResourceProperties('AWS::IoT::TopicRule', {
      TopicRulePayload: {
        Actions: [{
          IotSiteWise: {
            PutAssetPropertyValueEntries: [{
              PropertyAlias: '/${topic(2)}/temperature',
              PropertyValues: [{
                Value: { DoubleValue: '${cast(temp as Decimal)}' },
                Timestamp: { TimeInSeconds: '${floor(timestamp() / 1E3)}', OffsetInNanos: '${(timestamp() % 1E3) * 1E6}' },
                Quality: 'GOOD',
              }],
            }],
            RoleArn: stack.resolve(rule.role.roleArn),
          },
        }],
      },
    });
  });

  test.each([
    [SiteWiseDataType.DOUBLE, { DoubleValue: '${cast(v as Decimal)}' }],
    [SiteWiseDataType.INTEGER, { IntegerValue: '${cast(v as Int)}' }],
    [SiteWiseDataType.BOOLEAN, { BooleanValue: '${cast(v as Boolean)}' }],
    [SiteWiseDataType.STRING, { StringValue: '${v}' }],
  ])('writes exactly one value of type %s', (dataType, value) => {
    expect(valueOf({ valueFrom: 'v', dataType }).Value).toEqual(value);
  });

  test('takes the time of the device, or that of arrival for a message without', () => {
    const millis = '(CASE isUndefined(cast(ts as Decimal)) WHEN true THEN timestamp() ELSE cast(ts as Decimal) END)';
    expect(valueOf({ valueFrom: 'v', timestamp: SiteWiseTimestamp.fromEpochMillis('ts') }).Timestamp).toEqual({
      TimeInSeconds: `\${floor(${millis} / 1E3)}`, OffsetInNanos: `\${floor((${millis} % 1E3) * 1E6)}`,
    });
    expect(valueOf({ valueFrom: 'v', timestamp: SiteWiseTimestamp.fromEpochSeconds('ts') }).Timestamp.TimeInSeconds).toContain('ELSE cast(ts as Decimal) * 1E3 END');
    expect(valueOf({ valueFrom: 'v', timestamp: SiteWiseTimestamp.fromText('at', "yyyy-MM-dd'T'HH:mm:ssX") }).Timestamp.TimeInSeconds)
      .toContain('ELSE time_to_epoch(at, "yyyy-MM-dd\'T\'HH:mm:ssX") END');
  });

  test('takes the quality from the message, GOOD where it says nothing', () => {
    expect(valueOf({ valueFrom: 'v', quality: SiteWiseQuality.fromMessage('q') }).Quality).toBe("${CASE isUndefined(q) WHEN true THEN 'GOOD' ELSE upper(q) END}");
    expect(valueOf({ valueFrom: 'v', quality: SiteWiseQuality.UNCERTAIN }).Quality).toBe('UNCERTAIN');
    expect(valueOf({ valueFrom: 'v', quality: SiteWiseQuality.BAD }).Quality).toBe('BAD');
  });

  test('names a property by the ids of asset and property', () => {
    const { PutAssetPropertyValueEntries: [written] } = actionOf({ entries: [{ assetId: 'a', propertyId: 'p', values: entry.values }] });
    expect(written).toMatchObject({ AssetId: 'a', PropertyId: 'p' });
    expect(written).not.toHaveProperty('PropertyAlias');
  });
});

describe('role', () => {
  const RESOURCES = ['asset', 'time-series'].map(type => ({
    'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iotsitewise:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, `:${type}/*`]],
  }));
  const ERRORS = { Action: ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'], Effect: 'Allow', Resource: Match.anyValue() };

  test('may write values in this account and Region, and nothing else', () => {
    synth().template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [ERRORS, { Action: 'iotsitewise:BatchPutAssetPropertyValue', Effect: 'Allow', Resource: RESOURCES, Condition: Match.absent() }],
        Version: '2012-10-17',
      },
      Roles: [{ Ref: Match.stringLikeRegexp('^RuleRole') }],
    });
  });

  test('may write below the root assets only, where they are given', () => {
    const stack = new Stack(new App(), 'Plant');
    const root = new SiteWiseAssetModel(stack, 'Hall').addAsset('North');
    new IngestRule(stack, 'Rule', { sql: "SELECT * FROM 'data/#'", actions: SiteWiseAction.split({ entries: Array(11).fill(entry), rootAssets: [root] }) });
    const id = stack.resolve(root.assetId);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [ERRORS, {
          Action: 'iotsitewise:BatchPutAssetPropertyValue',
          Effect: 'Allow',
          Resource: RESOURCES,
          Condition: { StringLike: { 'iotsitewise:assetHierarchyPath': [{ 'Fn::Join': ['', ['/', id]] }, { 'Fn::Join': ['', ['/', id, '/*']] }] } },
        }],
        Version: '2012-10-17',
      },
      Roles: [{ Ref: Match.stringLikeRegexp('^RuleRole') }],
    });
  });

  test('takes 100 root assets, and fails for one more', () => {
    const stack = new Stack(new App(), 'Plant');
    const hall = new SiteWiseAssetModel(stack, 'Hall');
    const assets = Array.from({ length: 101 }, (_, at) => hall.addAsset(`A${at}`));
    const rule = new IngestRule(stack, 'Rule', { sql: "SELECT * FROM 'data/#'", actions: [new SiteWiseAction({ entries: [entry], rootAssets: assets.slice(1) })] });
    expect(() => rule.addAction(new SiteWiseAction({ entries: [entry], rootAssets: assets }))).toThrow(
      'Plant/Rule: \'rootAssets\' must be at most 100 assets, got 101: put them below one root asset, or pass [] to allow every asset of the account');
  });
});

describe('limits', () => {
  test('are 10 entries of 10 values; more fail when one action is to take them', () => {
    synth({ entries: Array(10).fill({ ...entry, values: Array(10).fill(entry.values[0]) }) });
    expect(() => synth({ entries: Array(11).fill(entry) })).toThrow(
      'Plant/Rule: \'entries\' must be 1 to 10 in one action, got 11: use SiteWiseAction.split, or let a SiteWiseRule spread them');
    expect(() => synth({ entries: [{ ...entry, values: Array(11).fill(entry.values[0]) }] })).toThrow(
      'Plant/Rule: \'entries[0].values\' must be 1 to 10 in one action, got 11: use SiteWiseAction.split, or let a SiteWiseRule spread them');
  });

  test('fail for no entries and for no values', () => {
    expect(() => synth({ entries: [] })).toThrow('Plant/Rule: \'entries\' must be 1 to 10 in one action, got 0: add one');
    expect(() => synth({ entries: [{ ...entry, values: [] }] })).toThrow('Plant/Rule: \'entries[0].values\' must be 1 to 10 in one action, got 0: add one');
  });

  test.each([{}, { propertyAlias: 'a', assetId: 'b' }, { assetId: 'a' }, { propertyId: 'p' }])('fail for a property named as %j', property => {
    expect(() => synth({ entries: [{ ...property, values: entry.values }] })).toThrow(
      `Plant/Rule: 'entries[0]' must be named by propertyAlias, or by assetId and propertyId, got ${JSON.stringify(property)}: pass one of the two ways`);
  });

  test('take an alias of 2,048 characters, fail for one more, and let tokens pass', () => {
    synth({ entries: [{ ...entry, propertyAlias: 'x'.repeat(2048) }] });
    expect(() => synth({ entries: [{ ...entry, propertyAlias: 'x'.repeat(2049) }] })).toThrow(/'entries\[0\]\.propertyAlias' must be 1 to 2048 characters .*shorten it by 1 characters/);
    synth({ entries: [{ ...entry, propertyAlias: Lazy.string({ produce: () => 'x'.repeat(2049) }) }] });
  });

  test('fail for expressions that would end the template', () => {
    expect(() => synth({ entries: [{ ...entry, values: [{ valueFrom: 'a}', timestamp: SiteWiseTimestamp.fromEpochMillis('{'), quality: SiteWiseQuality.fromMessage('') }] }] }))
      .toThrow(/'entries\[0\]\.values\[0\]\.valueFrom' must be .*\n'entries\[0\]\.values\[0\]\.timestamp\.expression' must be .*\n'entries\[0\]\.values\[0\]\.quality\.expression' must be /);
    expect(() => synth({ entries: [{ ...entry, values: [{ valueFrom: 'a', timestamp: SiteWiseTimestamp.fromText('at', '"') }] }] }))
      .toThrow('timestamp.pattern\' must be a pattern without double quotes, got "\\"": put literal text into single quotes');
  });
});

test('split then join gives the entries, in order, and no action is over a limit', () => {
  const entries = fc.array(fc.record({
    propertyAlias: fc.string({ minLength: 1 }),
    values: fc.array(fc.record({ valueFrom: fc.string() }), { minLength: 1, maxLength: 35 }),
  }), { maxLength: 120 });
  fc.assert(fc.property(entries, given => {
    const actions = SiteWiseAction.split({ entries: given });
    const flat = (some: SiteWiseEntry[]) => some.flatMap(({ propertyAlias, values }) => values.map(({ valueFrom }) => [propertyAlias, valueFrom]));
    expect(flat(actions.flatMap(action => action.entries))).toEqual(flat(given));
    actions.forEach(action => {
      expect(action.entries.length).toBeLessThanOrEqual(10);
      action.entries.forEach(({ values }) => expect(values.length).toBeLessThanOrEqual(10));
    });
    const parts = given.reduce((sum, { values }) => sum + Math.ceil(values.length / 10), 0);
    expect(actions).toHaveLength(Math.ceil(parts / 10));
  }));
});
