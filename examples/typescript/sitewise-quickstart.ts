import { Construct } from 'constructs';
import {
  PropertyAlias, RuleErrorQueue, SiteWiseAsset, SiteWiseAssetModel, SiteWiseDataType, SiteWiseMeasurement, SiteWiseRule,
  SiteWiseRuleOptions,
} from '../../src';

/** Each measurement is written once; models share it. */
const TEMPERATURE: SiteWiseMeasurement = { name: 'Temperature', unit: 'C', valueFrom: 'measurements.temperature' };
const HUMIDITY: SiteWiseMeasurement = { name: 'Humidity', unit: 'RH', valueFrom: 'measurements.humidity' };
const OCCUPANCY: SiteWiseMeasurement = { name: 'Occupancy', dataType: SiteWiseDataType.BOOLEAN, valueFrom: 'measurements.occupied' };

const SENSORS: { [model: string]: SiteWiseMeasurement[] } = {
  HoboMX100: [TEMPERATURE],
  RS40OccupancySensor: [OCCUPANCY],
  RuuviTag: [TEMPERATURE, HUMIDITY],
  S1Sensor: [TEMPERATURE],
};

export interface QuickstartModelsProps {
  /** Serial numbers of the sensors that get an asset, by the name of their model. */
  readonly devices?: { readonly [model: string]: string[] };
}

/** The sensors of a building: four models below one root, with an asset for each known sensor. */
export class QuickstartModels extends Construct {
  readonly models: SiteWiseAssetModel[];
  readonly root: SiteWiseAsset;
  /** What a rule needs to write the values: from `data/#` to `<deviceId><Measurement>`. */
  readonly ruleOptions: SiteWiseRuleOptions;

  constructor(scope: Construct, id: string, props: QuickstartModelsProps = {}) {
    super(scope, id);
    this.models = Object.entries(SENSORS).map(([name, measurements]) => new SiteWiseAssetModel(this, name, {
      attributes: [{ name: 'DeviceId' }],
      measurements,
      propertyAlias: PropertyAlias.of('{device}{measurement}'),
    }));
    const sensors = new SiteWiseAssetModel(this, 'Sensors', {
      hierarchies: this.models.map(childModel => ({ name: childModel.node.id, childModel })),
    });
    this.root = sensors.addAsset('All');
    this.models.forEach(model => props.devices?.[model.node.id]?.forEach(device => this.root.addChild(model.addAsset(device, { device }))));
    this.ruleOptions = { models: this.models, topicFilter: 'data/#', deviceId: 'device.deviceId', rootAssets: [this.root] };
  }
}

export interface QuickstartSiteWiseProps extends QuickstartModelsProps {
  readonly errorQueue?: RuleErrorQueue;
}

/** The models with a rule of their own, without the rest of a landing zone. */
export class QuickstartSiteWise extends Construct {
  readonly models: SiteWiseAssetModel[];
  readonly root: SiteWiseAsset;
  readonly rule: SiteWiseRule;

  constructor(scope: Construct, id: string, props: QuickstartSiteWiseProps = {}) {
    super(scope, id);
    const { models, root, ruleOptions } = new QuickstartModels(this, 'Models', props);
    this.models = models;
    this.root = root;
    this.rule = new SiteWiseRule(this, 'Rule', { ...ruleOptions, errorQueue: props.errorQueue });
  }
}
