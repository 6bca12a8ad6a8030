import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { RecordTransform } from './record-transform';
import { DataLake } from '../lake/data-lake';
import { LakeColumn, LakeFormat } from '../lake/lake-column';
import { LakeTable } from '../lake/lake-table';
import { RuleErrorQueue } from '../rules/rule-error-queue';

/** Options of a FirehoseBatchPipeline. */
export interface FirehoseBatchPipelineOptions {
  /**
   * Which messages are taken: an MQTT topic filter without single quotes, backslashes and control characters.
   *
   * @default 'data/#'
   */
  readonly topicFilter?: string;

  /**
   * Which level of the topic names the thing, from 1 to 8, for the column `iot_thing_name`.
   *
   * @default - the first level that the topic filter leaves open, `topic(2)` for `data/#`; clientid() if it leaves none open
   */
  readonly thingNameTopicLevel?: number;

  /**
   * Name of the array inside each message whose at most 500 elements become one record each. Turns `batchMode` on.
   *
   * Names may be joined by dots. A message without that array is lost without an error.
   *
   * @default - each message is one record
   * @see https://docs.aws.amazon.com/iot/latest/developerguide/kinesis-firehose-rule-action.html
   */
  readonly batchField?: string;

  /**
   * Your own statement instead of the one that `topicFilter`, `thingNameTopicLevel` and `batchField` make.
   *
   * @default - the message, and `topic()`, `timestamp()`, `clientid()`, `traceid()` and the thing name as `iot_…`
   */
  readonly sql?: string;

  /**
   * Whether your `sql` selects an array whose elements become one record each. It has to be a `SELECT VALUE`.
   *
   * @default - true with `batchField`, else false
   */
  readonly batchMode?: boolean;

  /**
   * About how many bytes one record has: a message with what the rule adds, or one element of `batchField`. From 1 to
   * 1,024,000, the limit of Firehose. It changes nothing but warns where most of the bill is rounding, below 2,560.
   *
   * @default - no warning
   * @see https://aws.amazon.com/firehose/pricing/
   */
  readonly estimatedRecordBytes?: number;

  /**
   * Name of the rule: 1 to 128 letters, digits and underscores. Devices that use Basic Ingest have it in their topic.
   *
   * @default - made from the path of the construct and the name of the stack
   */
  readonly ruleName?: string;

  /**
   * Your own stream, which then is used as it is: only the rule is made. No other option of the delivery may be given.
   *
   * @default - a new stream, encrypted, with its own role
   */
  readonly deliveryStream?: firehose.IDeliveryStreamRef;

  /**
   * What happens to records on their way.
   *
   * @default RecordTransform.flatten()
   */
  readonly transform?: RecordTransform;

  /**
   * How long records wait before they are written as one object, from 0 to 900 seconds; at least 60 with `partitionBy`.
   * A longer wait makes fewer and larger objects.
   *
   * @default Duration.seconds(60)
   */
  readonly bufferingInterval?: Duration;

  /**
   * At how much data an object is written even before that, from 1 to 128 MiB; at least 64 with Parquet or `partitionBy`.
   *
   * @default Size.mebibytes(64)
   */
  readonly bufferingSize?: Size;

  /**
   * How objects are written. Parquet needs `columns`, or a `table`, which brings its own format.
   *
   * @default LakeFormat.JSON_LINES
   */
  readonly format?: LakeFormat;

  /**
   * How JSON lines are compressed. Parquet always uses Snappy inside.
   *
   * @default firehose.Compression.GZIP
   */
  readonly compression?: firehose.Compression;

  /**
   * What object names end with: a full stop and characters of `0-9a-z!-_.*'()`. Athena and Spark tell compressed JSON by it.
   *
   * @default - '.json.gz', or what fits the compression; '.parquet' for Parquet
   */
  readonly fileExtension?: string;

  /**
   * Prefix of the delivered objects. Time in it is the arrival of the oldest record in the object, in UTC.
   *
   * At most 512 characters after evaluation. Give it a timestamp: without one, Firehose appends `yyyy/MM/dd/HH/`.
   *
   * @default - 'telemetry/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/', with a folder for each partition key before the time
   * @see https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
   */
  readonly prefix?: string;

  /**
   * Prefix of objects that hold records that failed. With any expression it needs `!{firehose:error-output-type}`.
   *
   * @default 'errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/'
   */
  readonly errorPrefix?: string;

  /**
   * Your own bucket. Its encryption, lifecycle and logs stay yours; name its key to the import if it has one.
   *
   * @default - a new bucket: encrypted, versioned, closed to the public, TLS only
   */
  readonly bucket?: s3.IBucket;

  /**
   * Whether the original records are kept as well. Firehose cannot stop that on a stream that has it; a new stream can.
   *
   * @default true
   */
  readonly rawBackup?: boolean;

  /**
   * Your own bucket for the original records.
   *
   * @default - the bucket of the delivered objects
   */
  readonly rawBucket?: s3.IBucket;

  /**
   * Prefix of the original records.
   *
   * @default 'raw/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/'
   */
  readonly rawPrefix?: string;

  /**
   * After how many days original records are deleted, 1 to 36,500. Only in the bucket that the pipeline makes, and only where `rawPrefix`
   * begins with a folder that holds no rows: with another prefix they stay.
   *
   * @default Duration.days(90)
   */
  readonly rawRetention?: Duration;

  /**
   * After how many days records that failed are deleted, 1 to 36,500. Only in the bucket that the pipeline makes, and only where
   * `errorPrefix` begins with a folder that holds no rows: with another prefix they stay.
   *
   * @default Duration.days(365)
   */
  readonly errorRetention?: Duration;

  /**
   * Bucket for the access logs of the bucket that the pipeline makes.
   *
   * @default - no access logs
   */
  readonly serverAccessLogsBucket?: s3.IBucket;

  /**
   * Columns of the rows. With them the pipeline makes a LakeTable, to which it adds the `iot_…` columns of its own SQL.
   *
   * @default - no table
   */
  readonly columns?: LakeColumn[];

  /**
   * Your own table, which says the bucket, prefix and format.
   *
   * @default - a new one if there are `columns`
   */
  readonly table?: LakeTable;

  /**
   * Columns, as the transform names them, whose values become folders: sites, lines, tenants. A stream takes 500
   * combinations of values at once and sends the rest to the error prefix, so never devices. Firehose can neither switch
   * this on nor off on a stream that exists.
   *
   * @default - partitions by time only
   * @see https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html
   */
  readonly partitionBy?: string[];

  /**
   * How long the logs of deliveries and of the transform are kept.
   *
   * @default logs.RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;
}

/** Properties of a FirehoseBatchPipeline. */
export interface FirehoseBatchPipelineProps extends FirehoseBatchPipelineOptions {
  /**
   * The lake that takes the rows: it says bucket, prefixes, columns and form of them, so that options of these may not be given.
   *
   * @default - flat rows in a bucket of the pipeline, with a table if there are `columns`
   */
  readonly lake?: DataLake;

  /**
   * Where messages go that the stream did not take.
   *
   * @default - a new RuleErrorQueue below the rule
   */
  readonly errorQueue?: RuleErrorQueue;

  /**
   * Key that encrypts the bucket, the stream, the logs and the environment of the transform.
   *
   * @default - keys of S3, Firehose and CloudWatch Logs, at no charge
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the bucket that the pipeline makes, when the construct is removed. DESTROY deletes its objects too.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * What happens when deliveries fail or lag behind.
   *
   * @default - the alarms show in CloudWatch and tell nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}
