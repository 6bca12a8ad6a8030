import { App, CfnParameter, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import {
  PropertyAlias, SiteWiseAssetModel, SiteWiseAssetModelProps, SiteWiseDataType, SiteWiseMetric, SiteWiseVariable,
} from '../../src';
import { pathsAndTypes } from '../template';

const TYPE = 'AWS::IoTSiteWise::AssetModel';
const temperature = { name: 'Temperature', unit: 'C', valueFrom: 'measurements.temperature' };

function synth(props: SiteWiseAssetModelProps = {}) {
  const stack = new Stack(new App(), 'Plant');
  const model = new SiteWiseAssetModel(stack, 'Press', props);
  return { stack, model, template: () => Template.fromStack(stack) };
}

function propertiesOf(props: SiteWiseAssetModelProps) {
  return Object.values(synth(props).template().findResources(TYPE))[0].Properties.AssetModelProperties;
}

describe('model', () => {
  test('is kept when the stack is deleted, has a name of its own and nothing else by default', () => {
    const { template } = synth();
    template().hasResource(TYPE, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    template().hasResourceProperties(TYPE, {
      AssetModelName: Match.stringLikeRegexp('^Plant-Press-[0-9A-F]{8}$'),
      AssetModelProperties: [],
      AssetModelHierarchies: Match.absent(),
      AssetModelDescription: Match.absent(),
    });
  });

  test('goes with the stack if asked to', () => {
    synth({ removalPolicy: RemovalPolicy.DESTROY }).template().hasResource(TYPE, { DeletionPolicy: 'Delete' });
  });

  test('takes a name, a description and an external id', () => {
    synth({ assetModelName: 'Press', description: 'A press', externalId: 'press-1' }).template().hasResourceProperties(TYPE, {
      AssetModelName: 'Press', AssetModelDescription: 'A press', AssetModelExternalId: 'press-1',
    });
  });

  test('two of them in one stack have two names', () => {
    const { stack, template } = synth();
    new SiteWiseAssetModel(stack, 'Press2');
    const names = Object.values(template().findResources(TYPE)).map(({ Properties }) => Properties.AssetModelName);
    expect(new Set(names).size).toBe(2);
  });

  test('guards its logical ids', () => {
    const { stack, model } = synth({ measurements: [temperature] });
    model.addAsset('Press7', { device: 'press-07' });
    expect(pathsAndTypes(stack)).toEqual([`Press -> ${TYPE}`, 'Press/Press7 -> AWS::IoTSiteWise::Asset']);
  });

  test.each([
    ['assetModelName', 256], ['description', 2048],
  ])('takes a %s of %i characters, and fails for one more', (prop, max) => {
    synth({ [prop]: 'x'.repeat(max) });
    expect(() => synth({ [prop]: 'x'.repeat(max + 1) })).toThrow(
      `Plant/Press: '${prop}' must be 1 to ${max} characters of text without control characters, got "${'x'.repeat(max + 1)}": shorten it by 1 characters`);
  });

  test.each(['a1', 'a.b:c-d', 'x'.repeat(128)])('takes the external id %s', externalId => {
    synth({ externalId });
  });

  test.each(['a', 'x'.repeat(129), '-a', 'a-', 'a b'])('fails for the external id %s', externalId => {
    expect(() => synth({ externalId })).toThrow(/'externalId' must be 2 to 128 characters of letters, digits and _-\.: with no -\.: at either end/);
  });

  test('lets tokens pass that its checks would refuse', () => {
    const stack = new Stack(new App(), 'Plant');
    const long = Lazy.string({ produce: () => 'x'.repeat(300) });
    const model = new SiteWiseAssetModel(stack, 'Press', {
      assetModelName: long, externalId: new CfnParameter(stack, 'Id').valueAsString, measurements: [{ name: long, valueFrom: Lazy.string({ produce: () => '{}' }) }],
    });
    expect(stack.resolve(model.assetModelName)).toHaveLength(300);
  });
});

describe('properties', () => {
  test('have their type, unit and a logical id that is their name', () => {
    expect(propertiesOf({
      attributes: [{ name: 'Serial', defaultValue: 'none' }, { name: 'Year', dataType: SiteWiseDataType.INTEGER }],
      measurements: [temperature, { name: 'On', dataType: SiteWiseDataType.BOOLEAN, logicalId: 'Occupied', externalId: 'on.1' }],
    })).toEqual([
      { Name: 'Serial', LogicalId: 'Serial', DataType: 'STRING', Type: { TypeName: 'Attribute', Attribute: { DefaultValue: 'none' } } },
      { Name: 'Year', LogicalId: 'Year', DataType: 'INTEGER', Type: { TypeName: 'Attribute', Attribute: {} } },
      { Name: 'Temperature', LogicalId: 'Temperature', DataType: 'DOUBLE', Unit: 'C', Type: { TypeName: 'Measurement' } },
      { Name: 'On', LogicalId: 'Occupied', ExternalId: 'on.1', DataType: 'BOOLEAN', Type: { TypeName: 'Measurement' } },
    ]);
  });

  test('of which there are 200 at most, and 201 fail', () => {
    const of = (count: number) => ({ measurements: Array.from({ length: count }, (_, at) => ({ name: `m${at}` })) });
    expect(propertiesOf(of(200))).toHaveLength(200);
    expect(() => synth({ ...of(200), attributes: [{ name: 'Serial' }] })).toThrow(
      'Plant/Press: \'measurements\' must be at most 200 properties with attributes, transforms and metrics, got 201: move some to the model of a child asset');
  });

  test('take a name of 256 characters, and fail for one more', () => {
    synth({ measurements: [{ name: 'n'.repeat(256) }] });
    expect(() => synth({ measurements: [{ name: 'n'.repeat(257) }] })).toThrow(/'measurements\[0\]\.name' must be 1 to 256 characters .*shorten it by 1 characters/);
    expect(() => synth({ measurements: [{ name: '' }] })).toThrow(/'measurements\[0\]\.name' must be 1 to 256 characters/);
    expect(() => synth({ measurements: [{ name: 'a\tb' }] })).toThrow(/'measurements\[0\]\.name' .*remove the characters "\\t"/);
  });

  test('fail for the same name twice, whatever they are', () => {
    expect(() => synth({ attributes: [{ name: 'Temperature' }], measurements: [temperature] })).toThrow(
      'Plant/Press: \'measurements[0].name\' must be unique in its model, got "Temperature": change it here or at attributes[0]');
  });

  test('fail for the same logical id twice', () => {
    expect(() => synth({ attributes: [{ name: 'T', logicalId: 'Temperature' }], measurements: [temperature] })).toThrow(
      'Plant/Press: \'measurements[0].logicalId\' must be unique in its model, got "Temperature": change it here or at attributes[0]');
  });

  test('list every problem at once', () => {
    expect(() => synth({ measurements: [{ name: '', unit: '' }], externalId: 'x' })).toThrow(/externalId[^]*name[^]*unit/);
  });

  test('fail for a place in the message that would end the template', () => {
    expect(() => synth({ measurements: [{ name: 'T', valueFrom: 'get({"a": 1}, "a")' }] })).toThrow(
      'Plant/Press: \'measurements[0].valueFrom\' must be an AWS IoT SQL expression without braces and line breaks, '
      + 'got "get({\\"a\\": 1}, \\"a\\")": write the expression alone, such as measurements.temperature');
    expect(() => synth({ measurements: [{ name: 'T', valueFrom: ' ' }] })).toThrow(
      'Plant/Press: \'measurements[0].valueFrom\' must be an AWS IoT SQL expression, got " ": write where the value is in the message, such as measurements.temperature');
  });
});

describe('formulas', () => {
  const transform = { name: 'Fahrenheit', unit: 'F', expression: 't * 1.8 + 32', variables: { t: SiteWiseVariable.ofProperty('Temperature') } };
  const metric: SiteWiseMetric = { name: 'Mean', expression: 'avg(t)', variables: { t: SiteWiseVariable.ofProperty('Temperature') }, window: Duration.minutes(5) };

  test('refer to properties by logical id', () => {
    expect(propertiesOf({ measurements: [{ ...temperature, logicalId: 'Temp' }], transforms: [transform], metrics: [metric] }).slice(1)).toEqual([
      {
        Name: 'Fahrenheit',
        LogicalId: 'Fahrenheit',
        DataType: 'DOUBLE',
        Unit: 'F',
        Type: { TypeName: 'Transform', Transform: { Expression: 't * 1.8 + 32', Variables: [{ Name: 't', Value: { PropertyLogicalId: 'Temp' } }] } },
      },
      {
        Name: 'Mean',
        LogicalId: 'Mean',
        DataType: 'DOUBLE',
        Type: { TypeName: 'Metric', Metric: { Expression: 'avg(t)', Variables: [{ Name: 't', Value: { PropertyLogicalId: 'Temp' } }], Window: { Tumbling: { Interval: '5m' } } } },
      },
    ]);
  });

  test.each([
    [Duration.minutes(1), '1m'], [Duration.minutes(90), '90m'], [Duration.hours(18), '18h'], [Duration.days(2), '2d'], [Duration.days(7), '1w'],
  ])('write the window %s as %s', (window, interval) => {
    const [, { Type }] = propertiesOf({ measurements: [temperature], metrics: [{ ...metric, window }] });
    expect(Type.Metric.Window).toEqual({ Tumbling: { Interval: interval } });
  });

  test('write the offset of the window', () => {
    const daily = { ...metric, window: Duration.days(1), offset: Duration.hours(18) };
    const [, { Type }] = propertiesOf({ measurements: [temperature], metrics: [daily] });
    expect(Type.Metric.Window).toEqual({ Tumbling: { Interval: '1d', Offset: '18h' } });
  });

  test.each([Duration.seconds(0), Duration.seconds(59), Duration.seconds(90), Duration.minutes(7 * 24 * 60 + 1)])('fail for the window %s', window => {
    expect(() => synth({ measurements: [temperature], metrics: [{ ...metric, window }] })).toThrow(
      `Plant/Press: 'metrics[0].window' must be whole minutes from 1 minute to 7 days, got "${window.toHumanString()}": pass Duration.minutes(15), for example`);
  });

  test.each([Duration.minutes(5), Duration.seconds(30)])('fail for the offset %s in a window of 5 minutes', offset => {
    expect(() => synth({ measurements: [temperature], metrics: [{ ...metric, offset }] })).toThrow(
      `Plant/Press: 'metrics[0].offset' must be whole minutes, at least 1 and shorter than the window, got "${offset.toHumanString()}": pass a shorter offset, or leave it out`);
  });

  test('fail for a property that the model does not have, and for themselves', () => {
    expect(() => synth({ transforms: [transform], measurements: [{ name: 'Pressure' }] })).toThrow(
      'Plant/Press: \'transforms[0].variables.t\' must be another property of this model, got "Temperature": write one of Pressure');
    expect(() => synth({ transforms: [{ ...transform, variables: { t: SiteWiseVariable.ofProperty('Fahrenheit') } }] })).toThrow(
      'Plant/Press: \'transforms[0].variables.t\' must be another property of this model, got "Fahrenheit": declare it first');
  });

  test('take 1 to 10 variables', () => {
    const of = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`v${at}`, SiteWiseVariable.ofProperty('Temperature')]));
    synth({ measurements: [temperature], transforms: [{ ...transform, variables: of(10) }] });
    [0, 11].forEach(count => expect(() => synth({ measurements: [temperature], transforms: [{ ...transform, variables: of(count) }] })).toThrow(
      `'transforms[0].variables' must be 1 to 10 variables, got ${count}: split the formula over two properties, or name what it computes from`));
  });

  test('fail for a variable name with capitals', () => {
    expect(() => synth({ measurements: [temperature], transforms: [{ ...transform, variables: { Temp: transform.variables.t } }] })).toThrow(
      /'transforms\[0\]\.variables' must be 1 to 64 characters of lower-case letters, digits and underscores, a letter first, got "Temp"/);
  });

  test('take an expression of 1,024 characters, and fail for one more', () => {
    synth({ measurements: [temperature], transforms: [{ ...transform, expression: 't'.repeat(1024) }] });
    expect(() => synth({ measurements: [temperature], transforms: [{ ...transform, expression: 't'.repeat(1025) }] }))
      .toThrow(/'transforms\[0\]\.expression' must be 1 to 1024 characters, .*shorten it by 1 characters/);
  });
});

describe('hierarchies', () => {
  function plant(metrics: SiteWiseMetric[] = [], transforms: any[] = []) {
    const stack = new Stack(new App(), 'Plant');
    const press = new SiteWiseAssetModel(stack, 'Press', { measurements: [{ ...temperature, logicalId: 'Temp' }] });
    const hall = new SiteWiseAssetModel(stack, 'Hall', { hierarchies: [{ name: 'Presses', logicalId: 'P', childModel: press }], metrics, transforms });
    return { stack, press, hall, template: Template.fromStack(stack) };
  }
  const mean = { name: 'Mean', expression: 'avg(t)', window: Duration.hours(1) };

  test('lead to child models that are made first', () => {
    const { stack, press, template } = plant();
    const child = stack.getLogicalId(press.node.defaultChild as any);
    template.hasResource(TYPE, {
      DependsOn: [child],
      Properties: { AssetModelHierarchies: [{ Name: 'Presses', LogicalId: 'P', ChildAssetModelId: { 'Fn::GetAtt': [child, 'AssetModelId'] } }] },
    });
  });

  test('let metrics see the children', () => {
    plant([{ ...mean, variables: { t: SiteWiseVariable.ofChildren('Presses', 'Temperature') } }]).template.hasResourceProperties(TYPE, {
      AssetModelProperties: [Match.objectLike({
        Type: Match.objectLike({ Metric: Match.objectLike({ Variables: [{ Name: 't', Value: { PropertyLogicalId: 'Temp', HierarchyLogicalId: 'P' } }] }) }),
      })],
    });
  });

  test('fail for a transform over children, an unknown hierarchy and an unknown property of the children', () => {
    const variables = { t: SiteWiseVariable.ofChildren('Presses', 'Temperature') };
    expect(() => plant([], [{ name: 'T', expression: 't', variables }])).toThrow(
      'Plant/Hall: \'transforms[0].variables.t\' must be a property of the same model, got "Presses": make it a metric: only metrics see child assets');
    expect(() => plant([{ ...mean, variables: { t: SiteWiseVariable.ofChildren('Ovens', 'Temperature') } }])).toThrow(
      'Plant/Hall: \'metrics[0].variables.t\' must be a hierarchy of this model, got "Ovens": write one of Presses');
    expect(() => plant([{ ...mean, variables: { t: SiteWiseVariable.ofChildren('Presses', 'Humidity') } }])).toThrow(
      'Plant/Hall: \'metrics[0].variables.t\' must be a property of the children in Presses, got "Humidity": write one of Temperature');
  });
});

describe('alias pattern', () => {
  test('is /{device}/{measurement} by default', () => {
    expect(synth().model.propertyAlias.pattern).toBe('/{device}/{measurement}');
  });

  test.each([
    ['{measurement}', 'a pattern with {device} and {measurement}', 'add {device}, or two properties would share one alias'],
    ['{device}', 'a pattern with {device} and {measurement}', 'add {measurement}, or two properties would share one alias'],
    ['{device}{measurement}{site}', 'a pattern with no other braces than those of {device}, {model}, {measurement}', 'remove {site}'],
    ['{device}{measurement}}', 'a pattern with no other braces than those of {device}, {model}, {measurement}', 'remove }'],
    ['${device}{measurement}', 'a pattern with no other braces than those of {device}, {model}, {measurement}', 'remove $'],
  ])('fails for %s', (pattern, allowed, fix) => {
    expect(() => synth({ propertyAlias: PropertyAlias.of(pattern) })).toThrow(`Plant/Press: 'propertyAlias' must be ${allowed}, got ${JSON.stringify(pattern)}: ${fix}`);
  });

  test('takes 2,048 characters, and fails for one more', () => {
    const of = (length: number) => PropertyAlias.of('{device}{measurement}'.padEnd(length, 'x'));
    synth({ propertyAlias: of(2048) });
    expect(() => synth({ propertyAlias: of(2049) })).toThrow(/'propertyAlias' must be 1 to 2048 characters .*shorten it by 1 characters/);
  });
});
