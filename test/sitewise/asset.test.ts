import { App, CfnParameter, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { PropertyAlias, SiteWiseAsset, SiteWiseAssetModel, SiteWiseAssetModelProps, SiteWiseAssetOptions } from '../../src';

const TYPE = 'AWS::IoTSiteWise::Asset';
const measurements = [{ name: 'Temperature' }, { name: 'Humidity' }];

function plant(props: SiteWiseAssetModelProps = {}) {
  const stack = new Stack(new App(), 'Plant');
  const press = new SiteWiseAssetModel(stack, 'Press', { measurements, ...props });
  const idOf = (construct: any) => stack.getLogicalId(construct.node.defaultChild);
  return { stack, press, idOf, template: () => Template.fromStack(stack) };
}

function synth(options: SiteWiseAssetOptions) {
  const { press, template } = plant();
  return { asset: press.addAsset('Asset', options), template };
}

describe('asset', () => {
  test('is made after its model, is kept when the stack is deleted, and has no alias without a device', () => {
    const { press, idOf, template } = plant();
    press.addAsset('Asset');
    template().hasResource(TYPE, {
      DeletionPolicy: 'Retain',
      DependsOn: [idOf(press)],
      Properties: {
        AssetModelId: { 'Fn::GetAtt': [idOf(press), 'AssetModelId'] },
        AssetName: Match.stringLikeRegexp('^Plant-Press-Asset-[0-9A-F]{8}$'),
        AssetProperties: Match.absent(),
        AssetHierarchies: Match.absent(),
      },
    });
  });

  test('goes with the stack if asked to', () => {
    synth({ removalPolicy: RemovalPolicy.DESTROY }).template().hasResource(TYPE, { DeletionPolicy: 'Delete' });
  });

  test('takes a name, a description and an external id', () => {
    synth({ assetName: 'Press 7', description: 'Left', externalId: 'press-7' }).template().hasResourceProperties(TYPE, {
      AssetName: 'Press 7', AssetDescription: 'Left', AssetExternalId: 'press-7',
    });
  });

  test('publishes new values if asked to, with or without a device', () => {
    synth({ notifications: true }).template().hasResourceProperties(TYPE, {
      AssetProperties: [{ LogicalId: 'Temperature', NotificationState: 'ENABLED' }, { LogicalId: 'Humidity', NotificationState: 'ENABLED' }],
    });
  });

  test('fails for a name over 256 characters, a description over 2,048 and a short external id', () => {
    expect(() => synth({ assetName: 'x'.repeat(257), description: 'x'.repeat(2049), externalId: 'a' })).toThrow(
      /^Plant\/Press\/Asset: 'assetName' must be 1 to 256 .*\n'description' must be 1 to 2048 .*\n'externalId' must be 2 to 128 /);
    synth({ assetName: 'x'.repeat(256), description: 'x'.repeat(2048), externalId: 'ab' });
  });

  test('can stand anywhere in the tree', () => {
    const { stack, press, template } = plant();
    new SiteWiseAsset(stack, 'Elsewhere', { model: press, device: 'press-07' });
    template().resourceCountIs(TYPE, 1);
  });
});

describe('aliases', () => {
  test('are made for each measurement from the pattern of the model', () => {
    const { asset, template } = synth({ device: 'press-07' });
    template().hasResourceProperties(TYPE, {
      AssetProperties: [{ LogicalId: 'Temperature', Alias: '/press-07/Temperature' }, { LogicalId: 'Humidity', Alias: '/press-07/Humidity' }],
    });
    expect(asset.propertyAlias('Humidity')).toBe('/press-07/Humidity');
  });

  test('hold the name of the model where the pattern says so, and a $ as it is', () => {
    const { press } = plant({ assetModelName: 'Press', propertyAlias: PropertyAlias.of('{model}/{device}/{measurement}') });
    expect(press.addAsset('Asset', { device: 'a$&b' }).propertyAlias('Temperature')).toBe('Press/a$&b/Temperature');
  });

  test('name the property by its logical id', () => {
    const { press, template } = plant({ measurements: [{ name: 'Temperature', logicalId: 'Temp' }] });
    press.addAsset('Asset', { device: 'd' });
    template().hasResourceProperties(TYPE, { AssetProperties: [{ LogicalId: 'Temp', Alias: '/d/Temperature' }] });
  });

  test('fail for two assets of one device, in one model or two', () => {
    const { stack, press } = plant();
    press.addAsset('Asset', { device: 'd' });
    expect(() => press.addAsset('Other', { device: 'd' })).toThrow(
      'Plant/Press/Other: \'device\' must be a device that no other asset has, got "d": alias /d/Temperature is that of Plant/Press/Asset');
    const oven = new SiteWiseAssetModel(stack, 'Oven', { measurements: [{ name: 'Temperature' }] });
    expect(() => oven.addAsset('Asset', { device: 'd' })).toThrow(/alias \/d\/Temperature is that of Plant\/Press\/Asset/);
  });

  test('fail when they are over 2,048 characters', () => {
    const device = 'd'.repeat(2048 - '//Temperature'.length);
    synth({ device });
    expect(() => synth({ device: `${device}d` })).toThrow(/'device' must be 1 to 2048 characters of the whole property alias, .*: shorten it by 1 characters/);
  });

  test('take a device that is known at deployment only', () => {
    const { stack, press, template } = plant();
    press.addAsset('Asset', { device: new CfnParameter(stack, 'Serial').valueAsString });
    template().hasResourceProperties(TYPE, {
      AssetProperties: Match.arrayWith([{ LogicalId: 'Temperature', Alias: { 'Fn::Join': ['', ['/', { Ref: 'Serial' }, '/Temperature']] } }]),
    });
  });

  test('fail to be told without a device, and for what is no measurement', () => {
    expect(() => synth({}).asset.propertyAlias('Temperature')).toThrow(
      'Plant/Press/Asset: \'measurement\' must be a measurement with an alias, got "Temperature": pass device to the asset first');
    expect(() => synth({ device: 'd' }).asset.propertyAlias('Pressure')).toThrow(/got "Pressure": pass the name of a measurement/);
  });
});

describe('children', () => {
  function halls() {
    const { stack, press, idOf, template } = plant();
    const hall = new SiteWiseAssetModel(stack, 'Hall', { hierarchies: [{ name: 'Presses', logicalId: 'P', childModel: press }] });
    return { stack, press, hall, idOf, template };
  }

  test('are made before their parent, in the hierarchy that leads to their model', () => {
    const { press, hall, idOf, template } = halls();
    const child = press.addAsset('Press7');
    hall.addAsset('North', { children: [child] });
    template().hasResource(TYPE, {
      DependsOn: [idOf(hall), idOf(child)].sort(),
      Properties: { AssetHierarchies: [{ LogicalId: 'P', ChildAssetId: { 'Fn::GetAtt': [idOf(child), 'AssetId'] } }] },
    });
  });

  test('can come later', () => {
    const { press, hall, template } = halls();
    hall.addAsset('North').addChild(press.addAsset('Press7'));
    template().hasResourceProperties(TYPE, { AssetHierarchies: [Match.objectLike({ LogicalId: 'P' })] });
  });

  test('fail where no hierarchy leads to their model', () => {
    const { press, hall } = halls();
    const north = hall.addAsset('North');
    expect(() => press.addAsset('Press7').addChild(north)).toThrow(
      'Plant/Press/Press7: \'child\' must be an asset of a child model, got "Plant/Hall/North": declare a hierarchy to Plant/Hall in Plant/Press');
  });

  test('need the name of the hierarchy where two lead to their model', () => {
    const { stack, press, template } = halls();
    const hall = new SiteWiseAssetModel(stack, 'Both', { hierarchies: ['Left', 'Right'].map(name => ({ name, childModel: press })) });
    const north = hall.addAsset('North');
    expect(() => north.addChild(press.addAsset('Press7'))).toThrow(
      'Plant/Both/North: \'hierarchy\' must be one of Left, Right, got undefined: say in which hierarchy the child is');
    expect(() => north.addChild(press.addAsset('Press8'), 'Up')).toThrow(/'hierarchy' must be one of Left, Right, got "Up"/);
    north.addChild(press.addAsset('Press9'), 'Right');
    template().hasResourceProperties(TYPE, { AssetHierarchies: [Match.objectLike({ LogicalId: 'Right' })] });
  });
});
