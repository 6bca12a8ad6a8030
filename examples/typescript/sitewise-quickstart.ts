import { Construct } from 'constructs';
import {
  PropertyAlias, RuleErrorQueue, SiteWiseAsset, SiteWiseAssetModel, SiteWiseDataType, SiteWiseMeasurement, SiteWiseRule,
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

export interface QuickstartSiteWiseProps {
  /** Serial numbers of the sensors that get an asset, by the name of their model. */
  readonly devices?: { readonly [model: string]: string[] };
  readonly errorQueue?: RuleErrorQueue;
}

/** The sensors of a building: four models below one root, and a rule for `data/#` that writes to `<deviceId><Measurement>`. */
export class QuickstartSiteWise extends Construct {
  readonly models: SiteWiseAssetModel[];
  readonly root: SiteWiseAsset;
  readonly rule: SiteWiseRule;

  constructor(scope: Construct, id: string, props: QuickstartSiteWiseProps = {}) {
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

    this.rule = new SiteWiseRule(this, 'Rule', {
      models: this.models,
      topicFilter: 'data/#',
      deviceId: 'device.deviceId',
      rootAssets: [this.root],
      errorQueue: props.errorQueue,
    });
  }
}
