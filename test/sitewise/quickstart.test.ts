import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as quickstart from './quickstart-models.json';
import { QuickstartSiteWise } from '../../examples/typescript/sitewise-quickstart';

const MODEL = 'AWS::IoTSiteWise::AssetModel';

function synth(devices?: { [model: string]: string[] }) {
  const stack = new Stack(new App(), 'Building');
  const sensors = new QuickstartSiteWise(stack, 'SiteWise', { devices });
  const logicalId = (construct: any) => stack.getLogicalId(construct.node.defaultChild);
  return { stack, sensors, logicalId, template: Template.fromStack(stack) };
}

const written = (alias: string, field: string, expression: string) => ({
  PropertyAlias: alias,
  PropertyValues: [{
    Value: { [field]: expression },
    Timestamp: { TimeInSeconds: '${floor(timestamp() / 1E3)}', OffsetInNanos: '${(timestamp() % 1E3) * 1E6}' },
    Quality: 'GOOD',
  }],
});

describe('the quickstart', () => {
  test.each(Object.entries(quickstart.models))('has the model %s with its attributes, measurements and units', (name, facts) => {
    const { sensors, template, logicalId } = synth();
    const model = sensors.models.find(({ node }) => node.id === name)!;
    const { Properties } = template.findResources(MODEL)[logicalId(model)];
    expect(Properties.AssetModelProperties).toEqual([
      ...Object.entries(facts.attributes).map(([attribute, type]) => expect.objectContaining({ Name: attribute, DataType: type, Type: { TypeName: 'Attribute', Attribute: {} } })),
      ...Object.entries(facts.measurements).map(([measurement, { type, ...rest }]: [string, any]) => ({
        Name: measurement, LogicalId: measurement, DataType: type, Type: { TypeName: 'Measurement' }, ...rest.unit ? { Unit: rest.unit } : {},
      })),
    ]);
  });

  test('has a root model above the four, and no other', () => {
    const { sensors, template, logicalId } = synth();
    template.resourceCountIs(MODEL, 5);
    template.hasResourceProperties(MODEL, {
      AssetModelName: Match.stringLikeRegexp(quickstart.root.name),
      AssetModelHierarchies: quickstart.root.children.map(name => ({
        Name: name, LogicalId: name, ChildAssetModelId: { 'Fn::GetAtt': [logicalId(sensors.models.find(({ node }) => node.id === name)), 'AssetModelId'] },
      })),
    });
  });

  test('writes each measurement once to <deviceId><Measurement>, from data/#', () => {
    const payloads = Object.values(synth().template.findResources('AWS::IoT::TopicRule')).map(({ Properties }) => Properties.TopicRulePayload);
    expect(payloads.map(({ Sql, Actions }) => [Sql, Actions.map((action: any) => action.IotSiteWise.PutAssetPropertyValueEntries)])).toEqual([
      [
        "SELECT * FROM 'data/#' WHERE NOT isUndefined(device.deviceId) AND NOT isUndefined(cast(measurements.temperature as Decimal))",
        [[written('${device.deviceId}Temperature', 'DoubleValue', '${cast(measurements.temperature as Decimal)}')]],
      ],
      [
        "SELECT * FROM 'data/#' WHERE NOT isUndefined(device.deviceId) AND NOT isUndefined(cast(measurements.occupied as Boolean))",
        [[written('${device.deviceId}Occupancy', 'BooleanValue', '${cast(measurements.occupied as Boolean)}')]],
      ],
      [
        "SELECT * FROM 'data/#' WHERE NOT isUndefined(device.deviceId) AND NOT isUndefined(cast(measurements.humidity as Decimal))",
        [[written('${device.deviceId}Humidity', 'DoubleValue', '${cast(measurements.humidity as Decimal)}')]],
      ],
    ]);
    expect(Object.keys(quickstart.ruleOfTheSeed.values).sort()).toEqual(['Humidity', 'Occupancy', 'Temperature']);
  });

  test('gives the sensors of a customer aliases and a place below the root', () => {
    const { sensors, stack, template } = synth({ RuuviTag: ['ffcfed4dd3ab'] });
    template.hasResourceProperties('AWS::IoTSiteWise::Asset', {
      AssetProperties: [{ LogicalId: 'Temperature', Alias: 'ffcfed4dd3abTemperature' }, { LogicalId: 'Humidity', Alias: 'ffcfed4dd3abHumidity' }],
    });
    template.hasResourceProperties('AWS::IoTSiteWise::Asset', { AssetHierarchies: [Match.objectLike({ LogicalId: 'RuuviTag' })] });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({
          Action: 'iotsitewise:BatchPutAssetPropertyValue',
          Condition: { StringLike: { 'iotsitewise:assetHierarchyPath': Match.arrayWith([{ 'Fn::Join': ['', ['/', stack.resolve(sensors.root.assetId)]] }]) } },
        })]),
      },
    });
  });
});
