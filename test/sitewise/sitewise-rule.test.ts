import { App, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as fc from 'fast-check';
import {
  PropertyAlias, RuleErrorQueue, SiteWiseAssetModel, SiteWiseDataType, SiteWiseEntry, SiteWiseGrouping, SiteWiseMeasurement, SiteWiseQuality,
  SiteWiseRule, SiteWiseRuleProps, SiteWiseStaleValues, SiteWiseTimestamp,
} from '../../src';
import { pathsAndTypes } from '../template';

const TEMPERATURE: SiteWiseMeasurement = { name: 'Temperature', valueFrom: 'temp' };
const OCCUPIED: SiteWiseMeasurement = { name: 'Occupied', dataType: SiteWiseDataType.BOOLEAN };
const ARRIVAL = { TimeInSeconds: '${floor(timestamp() / 1E3)}', OffsetInNanos: '${(timestamp() % 1E3) * 1E6}' };

function plant(...measurements: SiteWiseMeasurement[][]) {
  const stack = new Stack(new App(), 'Plant');
  return { stack, models: measurements.map((some, at) => new SiteWiseAssetModel(stack, `Model${at}`, { measurements: some })) };
}

function synth(props: Partial<SiteWiseRuleProps> = {}) {
  const { stack, models } = plant([TEMPERATURE, OCCUPIED]);
  const rule = new SiteWiseRule(stack, 'Rule', { models, ...props });
  return { stack, rule, template: () => Template.fromStack(stack) };
}

/** SQL and entries of each rule, by its construct id. */
function rulesOf(stack: Stack) {
  const rules = Object.entries(Template.fromStack(stack).findResources('AWS::IoT::TopicRule'));
  const idOf = (logicalId: string) => stack.node.findAll().find(node => 'logicalId' in node && stack.resolve(node.logicalId) === logicalId)!.node.scope!.node.id;
  return Object.fromEntries(rules.map(([logicalId, { Properties }]) => [idOf(logicalId), {
    sql: Properties.TopicRulePayload.Sql,
    actions: Properties.TopicRulePayload.Actions.map((action: any) => action.IotSiteWise.PutAssetPropertyValueEntries),
  }]));
}

const written = (alias: string, value: object, more: object = {}) => ({
  PropertyAlias: alias, PropertyValues: [{ Value: value, Timestamp: ARRIVAL, Quality: 'GOOD', ...more }],
});

describe('entries', () => {
  test('follow from the models, one rule per value that runs only where the message has the value in its type', () => {
    expect(rulesOf(synth().stack)).toEqual({
      TemperatureRule: {
        sql: "SELECT * FROM 'data/#' WHERE NOT isUndefined(topic(2)) AND NOT isUndefined(cast(temp as Decimal))",
        actions: [[written('/${topic(2)}/Temperature', { DoubleValue: '${cast(temp as Decimal)}' })]],
      },
      OccupiedRule: {
        sql: "SELECT * FROM 'data/#' WHERE NOT isUndefined(topic(2)) AND NOT isUndefined(cast(Occupied as Boolean))",
        actions: [[written('/${topic(2)}/Occupied', { BooleanValue: '${cast(Occupied as Boolean)}' })]],
      },
    });
  });

  test('of text need neither a cast nor a null', () => {
    const { stack, models } = plant([{ name: 'state', dataType: SiteWiseDataType.STRING }]);
    new SiteWiseRule(stack, 'Rule', { models });
    expect(rulesOf(stack).StateRule).toEqual({
      sql: "SELECT * FROM 'data/#' WHERE NOT isUndefined(topic(2)) AND NOT isUndefined(state) AND NOT isNull(state)",
      actions: [[written('/${topic(2)}/state', { StringValue: '${state}' })]],
    });
  });

  test('that two models agree on are written once', () => {
    const { stack, models } = plant([TEMPERATURE], [TEMPERATURE, OCCUPIED], [TEMPERATURE]);
    new SiteWiseRule(stack, 'Rule', { models });
    expect(Object.keys(rulesOf(stack))).toEqual(['TemperatureRule', 'OccupiedRule']);
    expect(rulesOf(stack).TemperatureRule.actions).toEqual([[expect.anything()]]);
  });

  test('with one value for two aliases share a rule and an action', () => {
    const stack = new Stack(new App(), 'Plant');
    const models = ['A', 'B'].map(name => new SiteWiseAssetModel(stack, name, {
      assetModelName: name, measurements: [TEMPERATURE], propertyAlias: PropertyAlias.of('{model}/{device}/{measurement}'),
    }));
    new SiteWiseRule(stack, 'Rule', { models });
    const { TemperatureRule: { actions: [entries] } } = rulesOf(stack);
    expect(entries.map((entry: any) => entry.PropertyAlias)).toEqual(['A/${topic(2)}/Temperature', 'B/${topic(2)}/Temperature']);
  });

  test('of models that tell their messages apart have rules of their own', () => {
    const stack = new Stack(new App(), 'Plant');
    const models = ['A', 'B'].map(name => new SiteWiseAssetModel(stack, name, {
      measurements: [{ ...TEMPERATURE, dataType: name === 'A' ? SiteWiseDataType.DOUBLE : SiteWiseDataType.INTEGER }], messageFilter: `kind = '${name}' OR kind = 'all'`,
    }));
    new SiteWiseRule(stack, 'Rule', { models });
    const rules = rulesOf(stack);
    expect(Object.keys(rules)).toEqual([expect.stringMatching(/^Temperature[0-9a-f]{8}Rule$/), expect.stringMatching(/^Temperature[0-9a-f]{8}Rule$/)]);
    expect(Object.values(rules).map(({ sql }) => sql)).toEqual([
      "SELECT * FROM 'data/#' WHERE (kind = 'A' OR kind = 'all') AND NOT isUndefined(topic(2)) AND NOT isUndefined(cast(temp as Decimal))",
      "SELECT * FROM 'data/#' WHERE (kind = 'B' OR kind = 'all') AND NOT isUndefined(topic(2)) AND NOT isUndefined(cast(temp as Int))",
    ]);
  });

  test('of one alias with two types fail', () => {
    const { stack, models } = plant([TEMPERATURE], [{ ...TEMPERATURE, dataType: SiteWiseDataType.INTEGER }]);
    expect(() => new SiteWiseRule(stack, 'Rule', { models })).toThrow(
      'Plant/Rule: \'models\' must be of one opinion on the type of /${topic(2)}/Temperature, got ["DOUBLE","INTEGER"]: '
      + 'give the measurements one dataType, or tell their messages apart by the messageFilter of the models');
  });

  test('can be those of assets that exist already; each value has its rule', () => {
    const { template, stack } = synth({
      models: undefined,
      entries: [
        { propertyAlias: '/press/temp', values: [{ valueFrom: 'get(samples, 0).t' }, { valueFrom: 'get(samples, 1).t', dataType: SiteWiseDataType.INTEGER }] },
        { assetId: 'a', propertyId: 'p', values: [{ valueFrom: 'p', quality: SiteWiseQuality.BAD }] },
      ],
    });
    template().resourceCountIs('AWS::IoT::TopicRule', 3);
    expect(rulesOf(stack)).toEqual({
      GetSamples0TRule: {
        sql: "SELECT * FROM 'data/#' WHERE NOT isUndefined(cast(get(samples, 0).t as Decimal))",
        actions: [[written('/press/temp', { DoubleValue: '${cast(get(samples, 0).t as Decimal)}' })]],
      },
      GetSamples1TRule: {
        sql: "SELECT * FROM 'data/#' WHERE NOT isUndefined(cast(get(samples, 1).t as Int))",
        actions: [[written('/press/temp', { IntegerValue: '${cast(get(samples, 1).t as Int)}' })]],
      },
      PRule: {
        sql: "SELECT * FROM 'data/#' WHERE NOT isUndefined(cast(p as Decimal))",
        actions: [[{ AssetId: 'a', PropertyId: 'p', PropertyValues: [{ Value: { DoubleValue: '${cast(p as Decimal)}' }, Timestamp: ARRIVAL, Quality: 'BAD' }] }]],
      },
    });
  });

  test('fail for none', () => {
    const message = /^Plant\/Rule: 'models' must be models with at least one measurement, got \[.*\]: add measurements, or pass entries$/;
    expect(() => synth({ models: [] })).toThrow(message);
    expect(() => synth({ models: undefined })).toThrow(message);
    const { stack, models } = plant([]);
    expect(() => new SiteWiseRule(stack, 'Rule', { models })).toThrow(message);
    expect(() => synth({ entries: [{ propertyAlias: 'a', values: [] }] })).toThrow('Plant/Rule: \'entries[0].values\' must be at least 1 value, got 0: add one');
  });

  test('fail for a measurement whose name is no field and that does not say where it is', () => {
    const { stack, models } = plant([TEMPERATURE, { name: 'Outlet temp' }]);
    expect(() => new SiteWiseRule(stack, 'Rule', { models })).toThrow(
      'Plant/Rule: \'models[0].measurements[1].valueFrom\' must be given for a measurement called "Outlet temp", got undefined: '
      + 'say where the value is, such as get(values, "Outlet temp")');
  });

  test('may have a measurement called as a part of this construct', () => {
    const { stack, models } = plant([{ name: 'Errors' }, { name: 'Role' }, { name: '温度', valueFrom: 't' }]);
    new SiteWiseRule(stack, 'Rule', { models });
    expect(Object.keys(rulesOf(stack))).toEqual(['ErrorsRule', 'RoleRule', 'ValueRule']);
  });
});

describe('grouping per message', () => {
  test('writes all values by one action of one rule, for messages that have at least one', () => {
    expect(rulesOf(synth({ grouping: SiteWiseGrouping.PER_MESSAGE }).stack)).toEqual({
      MessagesRule: {
        sql: "SELECT * FROM 'data/#' WHERE NOT isUndefined(topic(2)) AND ((NOT isUndefined(cast(temp as Decimal))) OR (NOT isUndefined(cast(Occupied as Boolean))))",
        actions: [[
          written('/${topic(2)}/Temperature', { DoubleValue: '${cast(temp as Decimal)}' }),
          written('/${topic(2)}/Occupied', { BooleanValue: '${cast(Occupied as Boolean)}' }),
        ]],
      },
    });
  });

  test('spreads any number of entries over actions of 10 and rules of 10 actions, in order, none lost', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 250 }), count => {
      const entries: SiteWiseEntry[] = Array.from({ length: count }, (_, at) => ({ propertyAlias: `/p${at}`, values: [{ valueFrom: `v${at}` }] }));
      const { stack } = synth({ models: undefined, entries, grouping: SiteWiseGrouping.PER_MESSAGE });
      const rules = Object.values(rulesOf(stack));
      rules.forEach(({ actions }) => expect(actions.length).toBeLessThanOrEqual(10));
      const actions = rules.flatMap(rule => rule.actions);
      actions.forEach(some => expect(some.length).toBeLessThanOrEqual(10));
      expect(actions.flat().map((each: any) => each.PropertyAlias)).toEqual(entries.map(({ propertyAlias }) => propertyAlias));
      expect(rules).toHaveLength(Math.ceil(count / 100));
    }), { numRuns: 12, examples: [[100], [101]] });
  });

  test('names the second rule of a kind of message after the first', () => {
    const entries = Array.from({ length: 101 }, (_, at) => ({ propertyAlias: `/p${at}`, values: [{ valueFrom: `v${at}` }] }));
    expect(Object.keys(rulesOf(synth({ models: undefined, entries, grouping: SiteWiseGrouping.PER_MESSAGE }).stack))).toEqual(['MessagesRule', 'MessagesRule2']);
  });
});

describe('device', () => {
  test.each([['data/#', 'topic(2)'], ['+/data', 'topic(1)'], ['plant/7/+/telemetry/#', 'topic(3)']])('of a message on %s is %s', (topicFilter, level) => {
    expect(rulesOf(synth({ topicFilter }).stack).TemperatureRule).toMatchObject({
      sql: expect.stringContaining(`FROM '${topicFilter}' WHERE NOT isUndefined(${level}) AND`), actions: [[{ PropertyAlias: `/\${${level}}/Temperature` }]],
    });
  });

  test('can be in the message', () => {
    expect(rulesOf(synth({ deviceId: 'device.deviceId' }).stack).TemperatureRule).toMatchObject({
      sql: expect.stringContaining('NOT isUndefined(device.deviceId)'), actions: [[{ PropertyAlias: '/${device.deviceId}/Temperature' }]],
    });
  });

  test('must be given where the topic says nothing', () => {
    expect(() => synth({ topicFilter: 'data' })).toThrow(
      'Plant/Rule: \'deviceId\' must be given where the topic filter has no wildcard, got undefined: pass topic(2), device.deviceId or whatever says which device a message is from');
    synth({ topicFilter: 'data', deviceId: 'clientid()' });
    expect(() => synth({ topicFilter: Lazy.string({ produce: () => 'data/#' }) })).toThrow(/'deviceId' must be given/);
  });

  test('fails for an expression that would end the template', () => {
    expect(() => synth({ deviceId: 'a}b' })).toThrow(/'deviceId' must be an AWS IoT SQL expression without braces and line breaks, got "a}b"/);
  });
});

describe('topic filter', () => {
  test.each(['data/#/more', 'data/a+', ''])('fails for %s', topicFilter => {
    expect(() => synth({ topicFilter, deviceId: 'clientid()' })).toThrow(/^Plant\/Rule: 'topicFilter' must be /);
  });

  test('fails for a quote, which would end it in the SQL', () => {
    expect(() => synth({ topicFilter: "o'clock/+" })).toThrow(
      'Plant/Rule: \'topicFilter\' must be a topic filter without single quotes, got "o\'clock/+": put + in the place of that level');
  });

  test('may be a token', () => {
    const { stack } = synth({ topicFilter: Lazy.string({ produce: () => "o'clock" }), deviceId: 'clientid()' });
    expect(rulesOf(stack).TemperatureRule.sql).toContain("FROM 'o'clock'");
  });
});

describe('time and quality', () => {
  test('are those of the measurement, or else those of the rule', () => {
    const { stack, models } = plant([TEMPERATURE, { ...OCCUPIED, timestamp: SiteWiseTimestamp.arrival(), quality: SiteWiseQuality.GOOD }]);
    new SiteWiseRule(stack, 'Rule', { models, timestamp: SiteWiseTimestamp.fromEpochMillis('ts'), quality: SiteWiseQuality.UNCERTAIN });
    const rules = rulesOf(stack);
    expect(rules.OccupiedRule.actions).toEqual([[written('/${topic(2)}/Occupied', { BooleanValue: '${cast(Occupied as Boolean)}' })]]);
    expect(rules.TemperatureRule.actions[0][0].PropertyValues[0]).toMatchObject({ Quality: 'UNCERTAIN', Timestamp: { TimeInSeconds: expect.stringContaining('cast(ts as Decimal)') } });
  });

  test('that SiteWise does not accept are sent, so that they show in the error queue', () => {
    expect(rulesOf(synth({ timestamp: SiteWiseTimestamp.fromEpochMillis('ts') }).stack).TemperatureRule.sql).not.toContain('604800000');
  });

  test('that SiteWise does not accept can be dropped', () => {
    const millis = '(CASE isUndefined(cast(ts as Decimal)) WHEN true THEN timestamp() ELSE cast(ts as Decimal) END)';
    const drop = { staleValues: SiteWiseStaleValues.DROP };
    expect(rulesOf(synth({ ...drop, timestamp: SiteWiseTimestamp.fromEpochMillis('ts') }).stack).TemperatureRule.sql).toBe(
      "SELECT * FROM 'data/#' WHERE NOT isUndefined(topic(2)) AND NOT isUndefined(cast(temp as Decimal)) "
      + `AND ${millis} >= timestamp() - ${Duration.days(7).toMilliseconds()} AND ${millis} <= timestamp() + ${Duration.minutes(10).toMilliseconds()}`);
    expect(rulesOf(synth(drop).stack).TemperatureRule.sql).not.toContain('604800000');
  });

  test('fail for expressions that would end the template', () => {
    expect(() => synth({ timestamp: SiteWiseTimestamp.fromEpochMillis('}'), quality: SiteWiseQuality.fromMessage('}') }))
      .toThrow(/'timestamp\.expression' must be .*\n'quality\.expression' must be /);
  });
});

describe('rules', () => {
  test('are switched on, and off if asked to', () => {
    synth().template().allResourcesProperties('AWS::IoT::TopicRule', { TopicRulePayload: Match.objectLike({ RuleDisabled: false, AwsIotSqlVersion: '2016-03-23' }) });
    synth({ enabled: false }).template().allResourcesProperties('AWS::IoT::TopicRule', { TopicRulePayload: Match.objectLike({ RuleDisabled: true }) });
  });

  test('share one error queue', () => {
    const { template, rule, stack } = synth();
    template().resourceCountIs('AWS::SQS::Queue', 1);
    template().allResourcesProperties('AWS::IoT::TopicRule', {
      TopicRulePayload: Match.objectLike({ ErrorAction: { Sqs: Match.objectLike({ QueueUrl: stack.resolve(rule.errorQueue.queue.queueUrl) }) } }),
    });
  });

  test('use the error queue that is given', () => {
    const { stack, models } = plant([TEMPERATURE]);
    const errorQueue = new RuleErrorQueue(stack, 'Mine');
    const rule = new SiteWiseRule(stack, 'Rule', { models, errorQueue });
    expect(rule.errorQueue).toBe(errorQueue);
    Template.fromStack(stack).resourceCountIs('AWS::SQS::Queue', 1);
  });

  test('of two constructs in one stack do not collide', () => {
    const { stack, models } = plant([TEMPERATURE]);
    ['One', 'Two'].forEach(id => new SiteWiseRule(stack, id, { models }));
    const names = Object.values(Template.fromStack(stack).findResources('AWS::IoT::TopicRule')).map(({ Properties }) => Properties.RuleName);
    expect(new Set(names).size).toBe(2);
  });

  test('guard their logical ids', () => {
    const { stack, models } = plant([TEMPERATURE]);
    new SiteWiseRule(stack, 'Rule', { models, errorQueue: new RuleErrorQueue(stack, 'Errors') });
    expect(pathsAndTypes(stack).filter(path => path.startsWith('Rule/'))).toEqual([
      'Rule/ParseErrorAlarm -> AWS::CloudWatch::Alarm',
      'Rule/TemperatureRule/Role -> AWS::IAM::Role',
      'Rule/TemperatureRule/Role/DefaultPolicy -> AWS::IAM::Policy',
      'Rule/TemperatureRule/Rule -> AWS::IoT::TopicRule',
      'Rule/ThrottleAlarm -> AWS::CloudWatch::Alarm',
    ]);
  });

  test('that make a stack too large say that other grouping mends it', () => {
    const withValues = (count: number, grouping?: SiteWiseGrouping, context = {}) => {
      const stack = new Stack(new App({ context }), 'Plant');
      const entries = Array.from({ length: count }, (_, at) => ({ propertyAlias: `a${at}`, values: [{ valueFrom: `v${at}` }] }));
      new SiteWiseRule(stack, 'Rule', { entries, grouping });
      return () => Template.fromStack(stack);
    };
    expect(withValues(250)).toThrow("'grouping' must be PER_MESSAGE for so many values, got \"PER_VALUE\": its 250 rules are 750 of 791 resources, and a stack may have 500: "
      + 'group the values by SiteWiseGrouping.PER_MESSAGE, or spread them over several stacks');
    expect(withValues(250, SiteWiseGrouping.PER_MESSAGE)).not.toThrow();
    expect(withValues(6, undefined, { '@aws-cdk/core:stackResourceLimit': 5 })).toThrow('Number of resources');
    const all = Object.keys(withValues(3)().toJSON().Resources).length;
    expect(withValues(3, undefined, { '@aws-cdk/core:stackResourceLimit': all })).not.toThrow();
    expect(withValues(3, undefined, { '@aws-cdk/core:stackResourceLimit': all - 1 })).toThrow(`its 3 rules are 9 of ${all} resources, and a stack may have ${all - 1}`);
    expect(withValues(3, undefined, { '@aws-cdk/core:stackResourceLimit': 0 })).not.toThrow();
  });

  test('make no portal', () => {
    const types = pathsAndTypes(synth().stack).map(path => path.split(' -> ')[1]);
    expect(types.filter(type => type.startsWith('AWS::IoTSiteWise::'))).toEqual(['AWS::IoTSiteWise::AssetModel']);
  });
});

describe('alarms', () => {
  const entries = (count: number) => Array.from({ length: count }, (_, at) => ({ propertyAlias: `a${at}`, values: [{ valueFrom: `v${at}` }] }));
  const make = (count: number, props: Partial<SiteWiseRuleProps> = {}) => {
    const stack = new Stack(new App(), 'Plant');
    const rule = new SiteWiseRule(stack, 'Rule', { entries: entries(count), errorQueue: new RuleErrorQueue(stack, 'Errors'), ...props });
    return { stack, rule, alarms: Object.entries(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm')).filter(([id]) => id.startsWith('Rule')).map(([, { Properties }]) => Properties) };
  };
  const AT_ONCE = { Threshold: 1, EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData: 'notBreaching' };

  test('tell of messages that are not JSON, once for all rules, since all read the same', () => {
    const { rule, alarms } = make(3);
    expect(alarms.filter(({ MetricName }) => MetricName === 'ParseError')).toEqual([expect.objectContaining({
      ...AT_ONCE, Namespace: 'AWS/IoT', Statistic: 'Sum', Period: 300, Dimensions: [{ Name: 'RuleName', Value: rule.rules[0].ruleName }],
    })]);
  });

  test('tell of the one rule that is throttled', () => {
    const { rule, alarms } = make(1);
    expect(alarms[1]).toEqual(expect.objectContaining({
      ...AT_ONCE, MetricName: 'RuleMessageThrottled', Statistic: 'Sum', Dimensions: [{ Name: 'RuleName', Value: rule.rules[0].ruleName }],
    }));
  });

  test.each([[2, 1], [10, 1], [11, 2], [21, 3]])('tell which of %i rules is throttled with %i alarms, each rule in one', (count, expected) => {
    const { rule, alarms } = make(count);
    const throttle = alarms.filter(({ MetricName }) => MetricName !== 'ParseError');
    expect(throttle).toHaveLength(expected);
    throttle.forEach(alarm => expect(alarm).toEqual(expect.objectContaining(AT_ONCE)));
    const metrics = throttle.flatMap(({ Metrics, ...alarm }) => Metrics ?? [{ MetricStat: { Metric: alarm } }]);
    const watched = metrics.flatMap(({ MetricStat }) => MetricStat ?? []).map(({ Metric }) => [Metric.MetricName, Metric.Dimensions[0].Value]);
    expect(watched).toEqual(rule.rules.map(({ ruleName }) => ['RuleMessageThrottled', ruleName]));
    const sums = metrics.filter(({ Expression }) => Expression !== undefined);
    sums.forEach(sum => expect(sum).toMatchObject({ Expression: 'SUM(METRICS())', ReturnData: true }));
  });

  test('do what they are told, and are there for more of it', () => {
    const action = { bind: () => ({ alarmActionArn: 'arn:aws:sns:us-east-1:123456789012:pager' }) };
    const { rule, alarms } = make(11, { alarmActions: [action] });
    expect(alarms.map(({ AlarmActions }) => AlarmActions)).toEqual([['arn:aws:sns:us-east-1:123456789012:pager'], ['arn:aws:sns:us-east-1:123456789012:pager'], ['arn:aws:sns:us-east-1:123456789012:pager']]);
    expect(rule.alarms).toHaveLength(3);
  });
});

describe('words of AWS IoT SQL', () => {
  const field = (word: string) => `a field without ${word}, a word of AWS IoT SQL`;
  test.each(['select', 'SELECT', 'In', 'case', 'and', 'or', 'not', 'from', 'where', 'as', 'end', 'true', 'null'])('fail as the name of a measurement without a place: %s', (name) => {
    const { stack, models } = plant([{ name }]);
    expect(() => new SiteWiseRule(stack, 'Rule', { models })).toThrow(`'models[0].measurements[0].valueFrom' must be given for a measurement called "${name}"`);
  });

  test.each(['select', 'values.In', 'device.case.x'])('fail as a field: %s', (valueFrom) => {
    const word = valueFrom.split('.').find(name => /^(select|in|case)$/i.test(name))!;
    expect(() => synth({ models: undefined, entries: [{ propertyAlias: 'a', values: [{ valueFrom }] }] }))
      .toThrow(`'entries[0].values[0].valueFrom' must be ${field(word)}, got "${valueFrom}": let devices send it under another name, or read it from inside an object: get(values, "${word}")`);
    expect(() => synth({ deviceId: valueFrom })).toThrow(`'deviceId' must be ${field(word)}`);
    expect(() => plant([{ name: 'x', valueFrom }])).toThrow(`'measurements[0].valueFrom' must be ${field(word)}`);
  });

  test.each(['get(values, "select")', 'selected', 'inside.order', 'a AND NOT b', 'value', 'true'])('pass inside of other words and in expressions: %s', (valueFrom) => {
    expect(() => synth({ models: undefined, entries: [{ propertyAlias: 'a', values: [{ valueFrom }] }] })).not.toThrow();
  });
});

describe('scope of the roles', () => {
  function conditionOf(stack: Stack) {
    const statements = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    return statements.filter(({ Action }) => Action === 'iotsitewise:BatchPutAssetPropertyValue').map(({ Condition }) => Condition);
  }
  const below = (...ids: any[]) => ({
    StringLike: { 'iotsitewise:assetHierarchyPath': ids.flatMap(id => [{ 'Fn::Join': ['', ['/', id]] }, { 'Fn::Join': ['', ['/', id, '/*']] }]) },
  });

  test('is every asset of the account where a model has no asset here, and where entries are given', () => {
    expect(conditionOf(synth().stack)).toEqual([undefined, undefined]);
    const { stack, models } = plant([TEMPERATURE]);
    models[0].addAsset('A');
    new SiteWiseRule(stack, 'Rule', { models, entries: [{ propertyAlias: 'x', values: [{ valueFrom: 'temp' }] }] });
    expect(conditionOf(stack)).toEqual([undefined, undefined]);
  });

  test('is every asset of the account where one of two models has no asset here', () => {
    const { stack, models } = plant([TEMPERATURE], [OCCUPIED]);
    models[0].addAsset('A');
    new SiteWiseRule(stack, 'Rule', { models });
    expect(conditionOf(stack)).toEqual([undefined, undefined]);
  });

  test('is the roots of the assets here, with those that come after the rule', () => {
    const { stack, models } = plant([TEMPERATURE]);
    const hall = new SiteWiseAssetModel(stack, 'Hall', { hierarchies: [{ name: 'Presses', childModel: models[0] }] }).addAsset('North');
    const [first, second] = ['A', 'B'].map(id => models[0].addAsset(id, { device: id }));
    hall.addChild(first);
    new SiteWiseRule(stack, 'Rule', { models });
    hall.addChild(second);
    const alone = models[0].addAsset('C', { device: 'c' });
    expect(conditionOf(stack)).toEqual([below(stack.resolve(hall.assetId), stack.resolve(alone.assetId))]);
  });

  test('is the given root assets, or everything for []', () => {
    const { stack, models } = plant([TEMPERATURE]);
    const asset = models[0].addAsset('A');
    const other = new SiteWiseAssetModel(stack, 'Hall').addAsset('North');
    new SiteWiseRule(stack, 'Rule', { models, rootAssets: [other] });
    new SiteWiseRule(stack, 'Open', { models, rootAssets: [] });
    new SiteWiseRule(stack, 'Known', { models });
    expect(conditionOf(stack)).toEqual([below(stack.resolve(other.assetId)), undefined, below(stack.resolve(asset.assetId))]);
  });

  test('holds 100 root assets, and fails for one more that is given or found', () => {
    const { stack, models } = plant([TEMPERATURE]);
    const assets = Array.from({ length: 100 }, (_, at) => models[0].addAsset(`A${at}`, { device: `d${at}` }));
    new SiteWiseRule(stack, 'Rule', { models });
    Template.fromStack(stack);
    const { stack: late, models: lateModels } = plant([TEMPERATURE]);
    lateModels[0].addAsset('A');
    new SiteWiseRule(late, 'Rule', { models: lateModels });
    Array.from({ length: 100 }, (_, at) => lateModels[0].addAsset(`B${at}`));
    const message = '\'rootAssets\' must be at most 100 assets, got 101: put them below one root asset, or pass [] to allow every asset of the account';
    expect(() => Template.fromStack(late)).toThrow(message);
    expect(() => synth({ rootAssets: [...assets, assets[0]] })).toThrow(`Plant/Rule: ${message}`);
  });
});
