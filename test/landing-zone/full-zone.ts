import { Duration, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as sns from 'aws-cdk-lib/aws-sns';
import {
  FleetBillingGroup, FleetThingGroup, FleetThingType, LakeColumnType, LakeFormat, LandingZoneProps, SiteWiseAssetModel,
} from '../../src';

/** Every part of a zone with its options on. */
export function fullProps(stack: Stack): LandingZoneProps {
  const pager = sns.Topic.fromTopicArn(stack, 'Pager', stack.formatArn({ service: 'sns', resource: 'pager' }));
  const model = new SiteWiseAssetModel(stack, 'Press', { measurements: [{ name: 'Temperature', unit: 'C' }, { name: 'Pressure', unit: 'bar' }] });
  model.addAsset('Press07', { device: 'press-07' });
  return {
    zoneName: 'plant',
    alarmActions: [new SnsAction(pager)],
    thingPolicy: { retainedMessages: true, roleAlias: 'press' },
    registry: { reprovisionWindow: Duration.hours(1) },
    provisioning: {
      thingType: FleetThingType.create(),
      thingGroups: [FleetThingGroup.create()],
      billingGroup: FleetBillingGroup.create(),
      attributes: { model: '${Model}' },
      deviceConfiguration: { topic: 'data' },
      claimKeysFromAws: true,
    },
    telemetry: {
      format: LakeFormat.PARQUET,
      columns: [{ name: 'temperature', type: LakeColumnType.DOUBLE }],
    },
    connectivity: {
      historyRetention: Duration.days(30), stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES, offlineAlertTopic: pager,
    },
    siteWise: { models: [model] },
    onboarding: { rateLimit: 20 },
    errors: { retentionPeriod: Duration.days(7) },
  };
}
