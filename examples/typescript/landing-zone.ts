import { App, Duration, Stack, Validations } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { QuickstartModels } from './sitewise-quickstart';
import { FleetThingGroup, FleetThingType, LakeColumnType, LakeCompaction, LandingZone } from '../../src';

// The bundled example: gateways in buildings, each with a handful of sensors. A gateway is the thing; it publishes a message per sensor to
// data/<gateway>/<sensor>. Rows go to the lake, values to SiteWise, and somebody hears of it when something is wrong.
const app = new App();
const stack = new Stack(app, 'Sensors', { description: 'Landing zone for the sensors of our buildings' });

const pager = new sns.Topic(stack, 'Pager', { displayName: 'Sensors', enforceSSL: true });
// enforceSSL gives the topic a policy, which takes the place of the one that lets alarms of the account in.
pager.addToResourcePolicy(new iam.PolicyStatement({
  principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
  actions: ['sns:Publish'],
  resources: [pager.topicArn],
  conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
}));

// cdk-nag asks for a customer key, and a finding that is meant needs a reason beside it.
Validations.of(pager).acknowledge(...['NIST.800.53.R5', 'HIPAA.Security', 'PCI.DSS.321'].map(pack => ({
  id: `${pack}-SNSEncryptedKMS`, reason: 'Messages name clients and alarms, and are not kept; alarms cannot use the key of SNS, and a customer key costs extra.',
})));

const sensors = new QuickstartModels(stack, 'SiteWise', {
  devices: { S1Sensor: ['ac233fa2129e'], RS40OccupancySensor: ['ffcfed4dd3ab'], RuuviTag: ['d4ca6e1c0b2f'], HoboMX100: ['c3b5f1a9e7d4'] },
});

const zone = new LandingZone(stack, 'Zone', {
  zoneName: 'sensors',
  alarmActions: [new SnsAction(pager)],
  registry: { reprovisionWindow: Duration.hours(1) },
  provisioning: {
    thingType: FleetThingType.create({ description: 'Gateway that sensors talk to' }),
    thingGroups: [FleetThingGroup.create({ description: 'All gateways' })],
    attributes: { model: '${Model}' },
    parameterDefaults: { Model: 'unknown' },
    deviceConfiguration: { telemetryTopic: 'data' },
  },
  lake: {
    columns: [
      { name: 'device_gateway_id', type: LakeColumnType.STRING, comment: 'Serial number of the gateway' },
      { name: 'device_capability_model_id', type: LakeColumnType.STRING, comment: 'Kind of sensor' },
      { name: 'measurements_temperature', type: LakeColumnType.DOUBLE, comment: 'Degrees Celsius' },
      { name: 'measurements_humidity', type: LakeColumnType.DOUBLE, comment: 'Per cent, relative' },
      { name: 'measurements_occupied', type: LakeColumnType.BOOLEAN, comment: 'Whether somebody is in the room' },
      { name: 'measurements_battery_level', type: LakeColumnType.DOUBLE, comment: 'Per cent' },
    ],
    deviceTypes: [{
      name: 's1_sensor',
      attribute: 'device_capability_model_id',
      values: ['urn:rigado:S1_Sensor:2'],
      columns: [
        { name: 'measurements_temperature', type: LakeColumnType.DOUBLE, comment: 'Degrees Celsius' },
        { name: 'measurements_humidity', type: LakeColumnType.DOUBLE, comment: 'Per cent, relative' },
      ],
    }],
  },
  connectivity: { historyRetention: Duration.days(30), offlineAlertTopic: pager, offlineAlertQuietPeriod: Duration.minutes(5) },
  siteWise: sensors.ruleOptions,
  onboarding: {},
});

// Every night, the small files of the day before become few.
new LakeCompaction(stack, 'Compaction', { lake: zone.lake!, alarmActions: [new SnsAction(pager)] });

app.synth();
