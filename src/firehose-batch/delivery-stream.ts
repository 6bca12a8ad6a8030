import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { Delivery } from './delivery';
import { literalFolder } from './object-prefix';
import { DataLake } from '../lake/data-lake';
import { LakeFormat } from '../lake/lake-column';
import { LakeTable } from '../lake/lake-table';
import { acknowledgeInlinePolicy, acknowledgeKeyUse, acknowledgeLogWithoutKey, acknowledgeWildcards } from '../private/acknowledge';
import { allowLogsToUse } from '../private/key-policy';
import { trustedService } from '../private/trust';

/**
 * A batch for the transform. Rows may be several times the size of their messages, and Lambda answers at most 6 MB, so
 * it is the smallest whole number; what grows further still is refused by the transform, never lost.
 */
const TRANSFORM_BUFFER_MB = 1;
const TRANSFORM_RETRIES = 3;
const MAX_TRANSFORM_WAIT_SECONDS = 60;

export interface PipelineStreamProps {
  readonly delivery: Delivery;
  readonly bucket: s3.IBucket;
  /** @default - the original records are not kept */
  readonly rawBucket?: s3.IBucket;
  /** @default - records are delivered as they came */
  readonly transformFunction?: lambda.IFunction;
  /** @default - no conversion */
  readonly table?: LakeTable;
  /** @default - IAM alone decides who reads the table */
  readonly lake?: DataLake;
  /** @default - keys of AWS */
  readonly encryptionKey?: kms.IKey;
  /** @default logs.RetentionDays.ONE_MONTH */
  readonly logRetention?: logs.RetentionDays;
}

/**
 * The stream, its role and its logs.
 *
 * Not the DeliveryStream of aws-cdk-lib: that leaves a Mapping in the template which nothing uses here and which
 * CloudFormation's linter reports.
 */
export class PipelineStream extends Construct {
  readonly stream: firehose.CfnDeliveryStream;
  private readonly role: iam.Role;
  private readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, props: PipelineStreamProps) {
    super(scope, id);
    this.logGroup = this.createLogGroup(props.logRetention ?? logs.RetentionDays.ONE_MONTH, props.encryptionKey);
    this.role = this.createRole(props);
    this.stream = this.createStream(props);
    // The role's policy is a resource of its own; without it the stream fails on its first check of the bucket or the table.
    this.stream.node.addDependency(this.role);
    if (props.table) this.stream.node.addDependency(props.table);
    const permission = props.lake?._permit(this, this.role);
    if (permission) this.stream.node.addDependency(permission);
  }

  private createLogGroup(retention: logs.RetentionDays, encryptionKey?: kms.IKey): logs.LogGroup {
    if (encryptionKey) allowLogsToUse(this, encryptionKey);
    const logGroup = new logs.LogGroup(this, 'Logs', { retention, encryptionKey, removalPolicy: RemovalPolicy.DESTROY });
    if (!encryptionKey) acknowledgeLogWithoutKey(logGroup);
    return logGroup;
  }

  private createRole(props: PipelineStreamProps): iam.Role {
    const { bucket, rawBucket, delivery, transformFunction, table, encryptionKey } = props;
    // Its own ARN as aws:SourceArn would make a cycle: the stream needs the role first.
    const role = new iam.Role(this, 'Role', {
      assumedBy: trustedService(this, 'firehose.amazonaws.com'),
      description: `Delivers the records of ${this.node.path}`,
    });
    const folders = [literalFolder(delivery.prefix), literalFolder(delivery.errorPrefix)];
    writeTo(role, bucket, [...folders, ...rawBucket === bucket ? [literalFolder(delivery.rawPrefix)] : []]);
    if (rawBucket && rawBucket !== bucket) writeTo(role, rawBucket, [literalFolder(delivery.rawPrefix), literalFolder(delivery.errorPrefix)]);
    role.addToPolicy(new iam.PolicyStatement({ actions: ['logs:PutLogEvents'], resources: [this.logGroup.logGroupArn] }));
    if (transformFunction) allowCalls(role, transformFunction);
    if (delivery.format === LakeFormat.PARQUET) table?.grantReadSchema(role);
    encryptionKey?.grantEncryptDecrypt(role);
    acknowledgeKeyUse(role);
    acknowledgeInlinePolicy(role);
    return role;
  }

  private createStream(props: PipelineStreamProps): firehose.CfnDeliveryStream {
    const { bucket, rawBucket, delivery, encryptionKey } = props;
    const bufferingHints = { intervalInSeconds: delivery.interval.toSeconds(), sizeInMBs: delivery.size.toMebibytes() };
    return new firehose.CfnDeliveryStream(this, 'Resource', {
      deliveryStreamType: 'DirectPut',
      deliveryStreamEncryptionConfigurationInput: encryptionKey
        ? { keyType: 'CUSTOMER_MANAGED_CMK', keyArn: encryptionKey.keyArn }
        : { keyType: 'AWS_OWNED_CMK' },
      extendedS3DestinationConfiguration: {
        bucketArn: bucket.bucketArn,
        roleArn: this.role.roleArn,
        prefix: delivery.prefix,
        errorOutputPrefix: delivery.errorPrefix,
        bufferingHints,
        // Parquet compresses inside its files; Firehose refuses a second time around them.
        compressionFormat: delivery.format === LakeFormat.PARQUET ? undefined : delivery.compression.value,
        fileExtension: delivery.fileExtension,
        encryptionConfiguration: encryptionOf(bucket),
        cloudWatchLoggingOptions: this.logTo('Delivery'),
        processingConfiguration: this.processing(props),
        dataFormatConversionConfiguration: this.conversion(props),
        dynamicPartitioningConfiguration: delivery.partitionBy.length > 0 ? { enabled: true } : undefined,
        s3BackupMode: rawBucket ? 'Enabled' : 'Disabled',
        s3BackupConfiguration: rawBucket && {
          bucketArn: rawBucket.bucketArn,
          roleArn: this.role.roleArn,
          prefix: delivery.rawPrefix,
          errorOutputPrefix: delivery.errorPrefix,
          bufferingHints,
          compressionFormat: firehose.Compression.GZIP.value,
          encryptionConfiguration: encryptionOf(rawBucket),
          cloudWatchLoggingOptions: this.logTo('RawBackup'),
        },
      },
    });
  }

  private processing({ transformFunction, delivery }: PipelineStreamProps): firehose.CfnDeliveryStream.ProcessingConfigurationProperty | undefined {
    if (!transformFunction) return undefined;
    const interval = delivery.interval;
    const wait = interval.isUnresolved() ? MAX_TRANSFORM_WAIT_SECONDS : Math.min(interval.toSeconds(), MAX_TRANSFORM_WAIT_SECONDS);
    const parameters = {
      LambdaArn: transformFunction.functionArn,
      RoleArn: this.role.roleArn,
      NumberOfRetries: String(TRANSFORM_RETRIES),
      BufferSizeInMBs: String(TRANSFORM_BUFFER_MB),
      BufferIntervalInSeconds: String(wait),
    };
    return {
      enabled: true,
      processors: [{ type: 'Lambda', parameters: Object.entries(parameters).map(([parameterName, parameterValue]) => ({ parameterName, parameterValue })) }],
    };
  }

  private conversion({ table, delivery }: PipelineStreamProps): firehose.CfnDeliveryStream.DataFormatConversionConfigurationProperty | undefined {
    if (!table || delivery.format !== LakeFormat.PARQUET) return undefined;
    return {
      enabled: true,
      inputFormatConfiguration: { deserializer: { openXJsonSerDe: {} } },
      outputFormatConfiguration: { serializer: { parquetSerDe: {} } },
      schemaConfiguration: {
        catalogId: Stack.of(this).account,
        databaseName: table.databaseName,
        tableName: table.tableName,
        region: Stack.of(this).region,
        roleArn: this.role.roleArn,
        // Follows changes of the table.
        versionId: 'LATEST',
      },
    };
  }

  private logTo(id: string): firehose.CfnDeliveryStream.CloudWatchLoggingOptionsProperty {
    const logStream = new logs.LogStream(this, `${id}Log`, { logGroup: this.logGroup, removalPolicy: RemovalPolicy.DESTROY });
    return { enabled: true, logGroupName: this.logGroup.logGroupName, logStreamName: logStream.logStreamName };
  }
}

/** Only its own folders. @see https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3 */
function writeTo(role: iam.Role, bucket: s3.IBucket, folders: string[]): void {
  role.addToPolicy(new iam.PolicyStatement({
    actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
    resources: [bucket.bucketArn],
  }));
  const write = new iam.PolicyStatement({
    actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
    resources: [...new Set(folders)].map(folder => bucket.arnForObjects(`${folder}*`)),
  });
  role.addToPolicy(write);
  acknowledgeWildcards(role, [write], 'Firehose chooses the names of the objects; the statement is for the folders of this stream in one bucket.');
  bucket.encryptionKey?.grantEncryptDecrypt(role);
}

/** With and without a version. @see https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3 */
function allowCalls(role: iam.Role, transformFunction: lambda.IFunction): void {
  const call = new iam.PolicyStatement({
    actions: ['lambda:GetFunctionConfiguration', 'lambda:InvokeFunction'],
    resources: transformFunction.resourceArnsForGrantInvoke,
  });
  role.addToPolicy(call);
  acknowledgeWildcards(role, [call], 'Firehose may call the function by its ARN with a version or an alias after it; the statement names one function.');
}

/** The key of the bucket, where it has one that is known here; else what the bucket does by default. */
function encryptionOf({ encryptionKey }: s3.IBucket): firehose.CfnDeliveryStream.EncryptionConfigurationProperty | undefined {
  return encryptionKey && { kmsEncryptionConfig: { awskmsKeyArn: encryptionKey.keyArn } };
}
