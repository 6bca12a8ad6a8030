import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { JsonObject } from '../../src/json';
import { Sandbox } from '../../src/sandbox';
import { Identity, VirtualDevice } from '../../src/virtual-fleet/virtual-device';

const arnOf = (name: string, attribute = 'Arn'): JsonObject => ({ 'Fn::GetAtt': [name, attribute] });
const iot = (resource: string): JsonObject => ({ 'Fn::Sub': `arn:aws:iot:\${AWS::Region}:\${AWS::AccountId}:${resource}` });
const allow = (Action: string | string[], Resource: JsonObject | JsonObject[] | string): JsonObject => ({ Effect: 'Allow', Action, Resource });
const policy = (PolicyName: string, ...Statement: JsonObject[]): JsonObject => ({ Type: 'AWS::IoT::Policy', Properties: { PolicyName, PolicyDocument: { Version: '2012-10-17', Statement } } });

const FLEET = {
  Parameters: { 'SerialNumber': { Type: 'String' }, 'AWS::IoT::Certificate::Id': { Type: 'String' } },
  Resources: {
    thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'SerialNumber' }, AttributePayload: { line: 'north' } } },
    certificate: { Type: 'AWS::IoT::Certificate', Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' }, Status: 'ACTIVE' } },
    policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyName: 'Things' } },
  },
};

/** A small site: devices that enrol, a rule into a lake, a table and SiteWise, a queue for errors, and one thing that is not modelled. */
const RESOURCES: JsonObject = {
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: ['iot.amazonaws.com', 'firehose.amazonaws.com'] }, Action: 'sts:AssumeRole' }] },
      Policies: [{ PolicyName: 'all', PolicyDocument: { Version: '2012-10-17', Statement: [allow('*', '*')] } }],
    },
  },
  Things: policy('Things',
    allow('iot:Connect', iot('client/${!iot:Connection.Thing.ThingName}')),
    allow('iot:Publish', iot('topic/things/${!iot:Connection.Thing.ThingName}/*'))),
  Claims: policy('Claims', allow('iot:*', '*')),
  Fleet: { Type: 'AWS::IoT::ProvisioningTemplate', Properties: { TemplateName: 'Fleet', Enabled: true, ProvisioningRoleArn: arnOf('Role'), TemplateBody: JSON.stringify(FLEET) } },
  Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'lake' } },
  Database: { Type: 'AWS::Glue::Database', Properties: { CatalogId: { Ref: 'AWS::AccountId' }, DatabaseInput: { Name: 'site' } } },
  Table: {
    Type: 'AWS::Glue::Table',
    Properties: {
      CatalogId: { Ref: 'AWS::AccountId' },
      DatabaseName: { Ref: 'Database' },
      TableInput: {
        Name: 'telemetry',
        TableType: 'EXTERNAL_TABLE',
        StorageDescriptor: {
          Location: 's3://lake/telemetry/',
          Columns: [{ Name: 'thing', Type: 'string' }, { Name: 't', Type: 'double' }],
          InputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          OutputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          SerdeInfo: { SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
        },
      },
    },
  },
  Stream: {
    Type: 'AWS::KinesisFirehose::DeliveryStream',
    Properties: {
      DeliveryStreamName: 'telemetry',
      ExtendedS3DestinationConfiguration: {
        BucketARN: arnOf('Bucket'),
        RoleARN: arnOf('Role'),
        Prefix: 'telemetry/',
        ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/',
        S3BackupMode: 'Enabled',
        S3BackupConfiguration: { BucketARN: arnOf('Bucket'), RoleARN: arnOf('Role'), Prefix: 'raw/', CompressionFormat: 'GZIP' },
        BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 64 },
        DataFormatConversionConfiguration: {
          InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
          OutputFormatConfiguration: { Serializer: { ParquetSerDe: {} } },
          SchemaConfiguration: { DatabaseName: { Ref: 'Database' }, TableName: { Ref: 'Table' }, RoleARN: arnOf('Role') },
        },
      },
    },
  },
  Latest: {
    Type: 'AWS::DynamoDB::Table',
    Properties: { TableName: 'Latest', BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions: [{ AttributeName: 'ThingName', AttributeType: 'S' }], KeySchema: [{ AttributeName: 'ThingName', KeyType: 'HASH' }] },
  },
  Errors: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'errors' } },
  Model: { Type: 'AWS::IoTSiteWise::AssetModel', Properties: { AssetModelName: 'pump', AssetModelProperties: [{ LogicalId: 't', Name: 'Temperature', DataType: 'DOUBLE', Unit: 'C', Type: { TypeName: 'Measurement' } }] } },
  Pump: { Type: 'AWS::IoTSiteWise::Asset', Properties: { AssetName: 'pump 1', AssetModelId: arnOf('Model', 'AssetModelId'), AssetProperties: [{ LogicalId: 't', Alias: 'pump-1/t' }] } },
  Telemetry: {
    Type: 'AWS::IoT::TopicRule',
    Properties: {
      RuleName: 'telemetry',
      TopicRulePayload: {
        Sql: "SELECT *, topic(2) AS thing FROM 'things/+/telemetry'",
        AwsIotSqlVersion: '2016-03-23',
        Actions: [{ Firehose: { DeliveryStreamName: { Ref: 'Stream' }, RoleArn: arnOf('Role'), Separator: '\n' } }],
      },
    },
  },
  Newest: {
    Type: 'AWS::IoT::TopicRule',
    Properties: {
      RuleName: 'newest',
      TopicRulePayload: {
        Sql: "SELECT t, note, topic(2) AS ThingName, 'hot' AS Status FROM 'things/+/telemetry' WHERE t > 30",
        AwsIotSqlVersion: '2016-03-23',
        Actions: [
          { DynamoDBv2: { PutItem: { TableName: { Ref: 'Latest' } }, RoleArn: arnOf('Role') } },
          { IotSiteWise: { RoleArn: arnOf('Role'), PutAssetPropertyValueEntries: [{ PropertyAlias: '${topic(2)}/t', PropertyValues: [{ Timestamp: { TimeInSeconds: '${floor(timestamp() / 1E3)}' }, Value: { DoubleValue: '${t}' } }] }] } },
        ],
        ErrorAction: { Sqs: { QueueUrl: { Ref: 'Errors' }, RoleArn: arnOf('Role'), UseBase64: false } },
      },
    },
  },
  Alarm: {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: 'errors',
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: arnOf('Errors', 'QueueName') }],
      Statistic: 'Maximum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
    },
  },
  Network: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
};

/** A sandbox for tests of the page, with devices that enrol. */
export class PageZone {
  static async start(): Promise<PageZone> {
    const folder = mkdtempSync(path.join(tmpdir(), 'page-'));
    const artifacts = { Site: { type: 'aws:cloudformation:stack', environment: 'aws://111122223333/eu-west-1', properties: { templateFile: 'Site.template.json' } } };
    writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify({ version: '36.0.0', artifacts }));
    writeFileSync(path.join(folder, 'Site.template.json'), JSON.stringify({ Resources: RESOURCES }));
    const sandbox = await Sandbox.start({ assembly: folder, state: path.join(folder, 'state'), port: 0, mqttPort: 0, dynamodb: 'dynalite', account: '111122223333' });
    const { account } = sandbox;
    const { certificateArn, certificatePem, keyPair } = await account.call('iot', 'CreateKeysAndCertificate', { setAsActive: true }, account.operator);
    await account.call('iot', 'AttachPolicy', { policyName: 'Claims', target: certificateArn }, account.operator);
    return new PageZone(folder, sandbox, { certificatePem, privateKey: keyPair.PrivateKey });
  }

  private readonly devices: VirtualDevice[] = [];

  private constructor(private readonly folder: string, readonly sandbox: Sandbox, readonly claim: Identity) {}

  get url(): string {
    return this.sandbox.endpointUrl;
  }

  /** A device that has enrolled by claim and is connected. */
  async device(serialNumber: string): Promise<VirtualDevice> {
    const device = new VirtualDevice(serialNumber, this.sandbox.mqtt);
    this.devices.push(device);
    await device.enrol(this.claim, 'Fleet');
    await device.connect();
    return device;
  }

  async get(call: string): Promise<any> {
    return (await fetch(`${this.url}/-/api/${call}`)).json();
  }

  async stop(): Promise<void> {
    await Promise.all(this.devices.map(device => device.disconnect().catch(() => undefined)));
    await this.sandbox.stop();
    rmSync(this.folder, { recursive: true });
  }
}

/** Asks until it is so. @throws where it is not within 20 seconds */
export async function until<T>(ask: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  const ends = Date.now() + 20_000;
  for (;;) {
    const value = await ask();
    if (isSo(value)) return value;
    if (Date.now() > ends) throw new Error(`not so within 20 seconds; the last answer is ${JSON.stringify(value).slice(0, 2000)}`);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}
