import { ArnFormat, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Conflict, Factors, pairwiseRows, Row } from './pairwise';
import {
  ClaimCertificate, DeviceRegistryOptions, FirehoseBatchPipelineOptions, FleetBillingGroup, FleetProvisioningOptions, FleetThingGroup,
  FleetThingType,
  LakeColumnType, LakeFormat, LakeTable, LandingZoneProps, LifecycleConnectivityTableOptions, OnboardingIdentity, ProvisioningTemplateBody,
  ProvisioningTemplateType,
  RecordTransform, SiteWiseAssetModel, SiteWiseGrouping, SiteWiseRuleOptions, SiteWiseStaleValues, SiteWiseTimestamp,
  ThingOverride, ThingPolicyOptions,
} from '../../src';
import { fullProps } from '../landing-zone/full-zone';

/** What each level of each factor adds to the props of a zone. The first level of each is the default. */
const LEVELS = {
  name: { none: () => ({}), given: () => ({ zoneName: 'plant' }) },
  key: {
    none: () => ({}),
    own: (stack: Stack) => ({ encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }) }),
    imported: (stack: Stack) => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', arn(stack, 'kms', 'key', '1b2c3d4e-0000-4000-8000-1b2c3d4e5f60')) }),
  },
  removal: { retain: () => ({}), destroy: () => ({ removalPolicy: RemovalPolicy.DESTROY }) },
  alarms: { silent: () => ({}), topic: (stack: Stack) => ({ alarmActions: [new SnsAction(pager(stack))] }) },
  policy: {
    none: () => ({}),
    everything: () => policy({ retainedMessages: true, roleAlias: 'press', policyName: 'presses' }),
    least: () => policy({
      namedShadows: ['settings'],
      classicShadow: false,
      jobs: false,
      defenderMetrics: false,
      lastWill: false,
      persistentSessions: false,
      commandTopics: [],
      telemetryOverBroker: false,
    }),
    mute: () => policy({ telemetryTopics: [] }),
  },
  registry: { once: () => ({}), again: () => registry({ reprovisionWindow: Duration.hours(1) }) },
  body: {
    none: () => ({}),
    typed: () => provisioning({
      thingType: FleetThingType.create(),
      thingGroups: [FleetThingGroup.create(), FleetThingGroup.named('all')],
      billingGroup: FleetBillingGroup.create(),
      attributes: { line: 'seven' },
      attributesOverride: ThingOverride.MERGE,
      description: 'Presses',
    }),
    raw: () => provisioning({ templateBody: ProvisioningTemplateBody.fromJson(RAW_BODY) }),
  },
  onboarding: {
    generated: () => ({}),
    awsKeys: () => provisioning({ claimKeysFromAws: true, claimClientIdPrefix: 'factory-', deviceConfiguration: { topic: 'data' } }),
    csr: () => provisioning({ claimCertificate: ClaimCertificate.fromCsr(CSR) }),
    arn: (stack: Stack) => provisioning({ claimCertificate: ClaimCertificate.fromCertificateArn(arn(stack, 'iot', 'cert', 'a1'.repeat(32))) }),
    trustedUser: () => provisioning({ claimCertificate: ClaimCertificate.none() }),
    jitp: () => provisioning({ templateType: ProvisioningTemplateType.JITP }),
  },
  api: {
    none: () => ({}),
    cognito: () => ({ onboarding: {} }),
    issuer: () => ({ onboarding: { identity: OnboardingIdentity.issuer('https://login.example.com/plant', ['line']), corsAllowOrigins: ['https://line.example.com'] } }),
  },
  hook: {
    registry: () => ({}),
    own: (stack: Stack) => provisioning({ hook: theirFunction(stack, 'Hook') }),
    any: () => provisioning({ allowAnyDevice: true }),
  },
  role: {
    derived: () => ({}),
    managed: () => provisioning({ registrationManagedPolicy: true }),
    own: (stack: Stack) => provisioning({ provisioningRole: iam.Role.fromRoleArn(stack, 'Registrar', arn(stack, 'iam', 'role', 'registrar', '')) }),
  },
  source: {
    none: () => ({}),
    filter: () => telemetry({ topicFilter: 'plants/+/data/+', thingNameTopicLevel: 4 }),
    batch: () => telemetry({ batchField: 'readings' }),
    sql: () => telemetry({ sql: "SELECT *, topic() AS iot_topic FROM 'data/#' WHERE temperature > 0" }),
  },
  stream: {
    ours: () => ({}),
    given: (stack: Stack) => telemetry({
      deliveryStream: firehose.CfnDeliveryStream.fromDeliveryStreamArn(stack, 'Stream', arn(stack, 'firehose', 'deliverystream', 'theirs')),
    }),
  },
  transform: {
    flatten: () => ({}),
    own: (stack: Stack) => telemetry({ transform: RecordTransform.fromFunction(theirFunction(stack, 'Transform')) }),
    none: () => telemetry({ transform: RecordTransform.none() }),
  },
  format: {
    gzip: () => ({}),
    plain: () => telemetry({ compression: firehose.Compression.UNCOMPRESSED, columns: COLUMNS }),
    parquet: () => telemetry({ format: LakeFormat.PARQUET, columns: COLUMNS }),
  },
  partitions: { time: () => ({}), site: () => telemetry({ partitionBy: ['site'], bufferingInterval: Duration.minutes(5), bufferingSize: Size.mebibytes(64) }) },
  lake: {
    ours: () => ({}),
    logged: (stack: Stack) => telemetry({ serverAccessLogsBucket: s3.Bucket.fromBucketName(stack, 'AccessLogs', 'access-logs-of-theirs') }),
    given: (stack: Stack) => telemetry({ bucket: s3.Bucket.fromBucketName(stack, 'Lake', 'lake-of-theirs') }),
    table: (stack: Stack) => telemetry({
      table: new LakeTable(stack, 'Table', {
        bucket: s3.Bucket.fromBucketName(stack, 'Lake', 'lake-of-theirs'), prefix: 'rows/day=!{timestamp:yyyy-MM-dd}/', columns: COLUMNS, format: LakeFormat.PARQUET,
      }),
    }),
  },
  raw: {
    beside: () => ({}),
    none: () => telemetry({ rawBackup: false }),
    apart: (stack: Stack) => telemetry({ rawBucket: s3.Bucket.fromBucketName(stack, 'Raw', 'originals-of-theirs'), rawPrefix: 'theirs/' }),
  },
  retention: { usual: () => ({}), given: () => telemetry({ errorRetention: Duration.days(7), logRetention: logs.RetentionDays.ONE_WEEK }) },
  table: {
    ours: () => ({}),
    streamed: () => connectivity({ stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES }),
    given: (stack: Stack) => connectivity({ table: dynamodb.Table.fromTableName(stack, 'Table1', 'connectivity-of-theirs') }),
  },
  history: { none: () => ({}), month: () => connectivity({ historyRetention: Duration.days(30) }) },
  alerts: {
    none: () => ({}),
    topic: (stack: Stack) => connectivity({ offlineAlertTopic: pager(stack), offlineAlertQuietPeriod: Duration.seconds(0) }),
  },
  clients: { none: () => ({}), all: () => connectivity({ ignoredClientIdPrefixes: [], maxConcurrency: 2 }) },
  handler: { ours: () => ({}), own: (stack: Stack) => connectivity({ handler: theirFunction(stack, 'Handler') }) },
  siteWise: {
    none: () => ({}),
    models: (stack: Stack) => siteWise({ models: [press(stack)] }),
    perMessage: (stack: Stack) => siteWise({
      models: [press(stack)], grouping: SiteWiseGrouping.PER_MESSAGE, timestamp: SiteWiseTimestamp.fromEpochMillis('ts'), staleValues: SiteWiseStaleValues.DROP,
    }),
    entries: () => siteWise({ entries: [{ propertyAlias: '/${topic(2)}/temperature', values: [{ valueFrom: 'temperature' }] }], rootAssets: [], enabled: false }),
  },
  errors: { usual: () => ({}), week: () => ({ errors: { retentionPeriod: Duration.days(7) } }) },
} satisfies Record<string, Record<string, (stack: Stack) => LandingZoneProps>>;

const COLUMNS = [{ name: 'temperature', type: LakeColumnType.DOUBLE, comment: 'Degrees Celsius' }];
/** Its form only: no template is deployed with it. */
const CSR = '-----BEGIN CERTIFICATE REQUEST-----\nMIH0\n-----END CERTIFICATE REQUEST-----\n';
const RAW_BODY = JSON.stringify({
  Parameters: { 'SerialNumber': { Type: 'String' }, 'AWS::IoT::Certificate::Id': { Type: 'String' } },
  Resources: {
    thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'SerialNumber' } } },
    certificate: { Type: 'AWS::IoT::Certificate', Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' }, Status: 'Active' } },
    policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyName: 'theirs' } },
  },
});

/** What the library refuses, and says why. */
const CONFLICTS: Conflict[] = [
  ...['transform=own', 'transform=none', 'format=plain', 'format=parquet', 'partitions=site', 'lake=logged', 'lake=given', 'lake=table', 'raw=none', 'raw=apart',
    'retention=given'].map((level): Conflict => ['stream=given', level]),
  ['partitions=site', 'transform=none'],
  ['lake=table', 'format=plain'], ['lake=table', 'format=parquet'], ['lake=table', 'partitions=site'], ['lake=table', 'retention=given'], ['lake=given', 'retention=given'],
  ['handler=own', 'history=month'],
  ['onboarding=jitp', 'hook=own'], ['onboarding=jitp', 'hook=any'], ['onboarding=jitp', 'body=raw'], ['onboarding=awsKeys', 'body=raw'],
];

export interface ZoneCase {
  readonly name: string;
  readonly row: Row;
  props(stack: Stack): LandingZoneProps;
}

/** The zones without props and with all of them, and zones in which all pairs of options meet. */
export function zoneCases(): ZoneCase[] {
  const factors: Factors = Object.fromEntries(Object.entries(LEVELS).map(([factor, levels]) => [factor, Object.keys(levels)]));
  const own: ZoneCase[] = [
    { name: 'Zero', row: {}, props: () => ({}) },
    { name: 'Full', row: {}, props: fullProps },
    { name: 'FullWithKey', row: {}, props: stack => ({ ...fullProps(stack), ...LEVELS.key.own(stack), removalPolicy: RemovalPolicy.DESTROY }) },
  ];
  const pairs = pairwiseRows(factors, CONFLICTS).map((row, index) => ({ name: `Zone${String(index).padStart(2, '0')}`, row, props: (stack: Stack) => propsOf(row, stack) }));
  return [...own, ...pairs];
}

function propsOf(row: Row, stack: Stack): LandingZoneProps {
  const parts = Object.entries(LEVELS).map(([factor, levels]) => (levels as Record<string, (stack: Stack) => any>)[row[factor]](stack));
  return parts.reduce((whole, part) => {
    // Options of the same part of the zone come from several factors; everything else from one.
    const merged = Object.entries(part).map(([prop, value]) => [prop, PARTS.has(prop) ? { ...whole[prop], ...value as object } : value]);
    return { ...whole, ...Object.fromEntries(merged) };
  }, {});
}

const PARTS = new Set(['thingPolicy', 'registry', 'provisioning', 'telemetry', 'connectivity', 'siteWise', 'errors']);
const policy = (thingPolicy: ThingPolicyOptions): LandingZoneProps => ({ thingPolicy });
const registry = (options: DeviceRegistryOptions): LandingZoneProps => ({ registry: options });
const provisioning = (options: FleetProvisioningOptions): LandingZoneProps => ({ provisioning: options });
const telemetry = (options: FirehoseBatchPipelineOptions): LandingZoneProps => ({ telemetry: options });
const connectivity = (options: LifecycleConnectivityTableOptions): LandingZoneProps => ({ connectivity: options });
const siteWise = (options: SiteWiseRuleOptions): LandingZoneProps => ({ siteWise: options });

function arn(stack: Stack, service: string, resource: string, resourceName: string, region?: string): string {
  return stack.formatArn({ service, resource, resourceName, region, account: '123456789012' });
}

function pager(stack: Stack): sns.ITopic {
  return stack.node.tryFindChild('Pager') as sns.ITopic | undefined ?? sns.Topic.fromTopicArn(stack, 'Pager', stack.formatArn({ service: 'sns', resource: 'pager' }));
}

/** A function of the user. Nothing of it is in the template. */
function theirFunction(stack: Stack, name: string): lambda.IFunction {
  const functionArn = stack.formatArn({ service: 'lambda', resource: 'function', resourceName: `${stack.stackName}-${name}`, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  return lambda.Function.fromFunctionAttributes(stack, name, { functionArn, sameEnvironment: true });
}

function press(stack: Stack): SiteWiseAssetModel {
  const model = new SiteWiseAssetModel(stack, 'Press', { measurements: [{ name: 'Temperature', unit: 'C' }, { name: 'Pressure', unit: 'bar' }] });
  model.addAsset('Press07', { device: 'press-07' });
  return model;
}
