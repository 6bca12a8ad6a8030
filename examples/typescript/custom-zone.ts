import { App, Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { acknowledgeFindings } from './custom-zone-findings';
import {
  IngestRule, IRuleAction, LakeColumnType, LakeFormat, LandingZone, RuleActionConfig, SiteWiseAssetModel, SiteWiseVariable, SqsAction,
} from '../../src';

/** An action that the library has no class for. */
class LogAction implements IRuleAction {
  constructor(private readonly logGroup: logs.ILogGroup) {}

  public bind(rule: IngestRule): RuleActionConfig {
    this.logGroup.grantWrite(rule.role);
    return { configuration: { cloudwatchLogs: { logGroupName: this.logGroup.logGroupName, roleArn: rule.role.roleArn } } };
  }
}

// A zone that takes what a company has already: its key, its bucket, its own decision about which devices get in.
const app = new App();
const stack = new Stack(app, 'Presses', { description: 'Landing zone for the presses of our plants' });

const key = new kms.Key(stack, 'Key', { description: 'Device data', enableKeyRotation: true });

const bucket = new s3.Bucket(stack, 'Lake', {
  encryption: s3.BucketEncryption.KMS,
  encryptionKey: key,
  bucketKeyEnabled: true,
  blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  versioned: true,
});

const hook = new lambda.Function(stack, 'Hook', {
  description: 'Lets in presses, by their serial number',
  runtime: lambda.Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: lambda.Code.fromInline('exports.handler = async ({ parameters }) => ({ allowProvisioning: /^PR-[0-9]{6}$/.test(parameters.SerialNumber) });'),
  timeout: Duration.seconds(5),
});

const press = new SiteWiseAssetModel(stack, 'Press', {
  measurements: [
    { name: 'Temperature', unit: 'C', valueFrom: 'temperature' },
    { name: 'Pressure', unit: 'bar', valueFrom: 'pressure' },
  ],
});
const hall = new SiteWiseAssetModel(stack, 'Hall', {
  hierarchies: [{ name: 'Presses', childModel: press }],
  metrics: [{
    name: 'Mean temperature',
    unit: 'C',
    window: Duration.minutes(15),
    expression: 'avg(t)',
    variables: { t: SiteWiseVariable.ofChildren('Presses', 'Temperature') },
  }],
});
hall.addAsset('North', { children: [press.addAsset('Press7', { device: 'PR-000007' })] });

const zone = new LandingZone(stack, 'Zone', {
  zoneName: 'presses',
  encryptionKey: key,
  provisioning: { hook, attributes: { firmware: '${FirmwareVersion}' } },
  telemetry: {
    bucket,
    bufferingInterval: Duration.minutes(5),
    format: LakeFormat.PARQUET,
    columns: [
      { name: 'temperature', type: LakeColumnType.DOUBLE, comment: 'Degrees Celsius' },
      { name: 'pressure', type: LakeColumnType.DOUBLE, comment: 'Bar' },
    ],
  },
  connectivity: { historyRetention: Duration.days(30) },
  siteWise: { models: [press], topicFilter: 'data/+/telemetry' },
});

// A rule of our own beside those of the zone; what fails waits in the same queue.
const overheated = new sqs.Queue(stack, 'OverheatedQueue', { encryptionMasterKey: key, enforceSSL: true, retentionPeriod: Duration.days(14) });
const logGroup = new logs.LogGroup(stack, 'OverheatedLog', { retention: logs.RetentionDays.ONE_MONTH });
new IngestRule(stack, 'Overheated', {
  sql: "SELECT *, topic(2) AS thing FROM 'data/+/telemetry' WHERE temperature > 90",
  actions: [new SqsAction(overheated), new LogAction(logGroup)],
  errorQueue: zone.errors,
});

acknowledgeFindings({ bucket, hook, overheated, logGroup });

app.synth();
