import { Annotations, Duration, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { Delivery, deliveryOf } from './delivery';
import { DEFAULT_ERROR_RETENTION, DEFAULT_RAW_RETENTION } from './delivery-places';
import { PipelineStream } from './delivery-stream';
import { FirehoseAction } from './firehose-action';
import { FirehoseBatchPipelineProps } from './firehose-batch-options';
import { TRANSFORM_ENV } from './handler/env';
import { folderBesideRows, literalFolder } from './object-prefix';
import { createDeliveryAlarms, createRuleAlarms } from './pipeline-alarms';
import { pipelineProblems } from './pipeline-problems';
import { countRefusedRecords, refusedRecords } from './refused-records';
import { ADDED_COLUMNS, DEFAULT_TOPIC_FILTER, telemetrySql } from './telemetry-sql';
import { createLakeBucket } from '../lake/lake-bucket';
import { LakeColumn, LakeColumnType, LakeFormat } from '../lake/lake-column';
import { LakeTable } from '../lake/lake-table';
import { addActions } from '../private/acknowledge';
import { HandlerFunction } from '../private/handler-function';
import { throwOnProblems } from '../private/validation';
import { IngestRule } from '../rules/ingest-rule';

export type { FirehoseBatchPipelineOptions, FirehoseBatchPipelineProps } from './firehose-batch-options';

/** Firehose bills each record as a multiple of it. @see https://aws.amazon.com/firehose/pricing/ */
const BILLED_BYTES = 5_120;
/** Firehose waits five minutes; a batch takes a fraction of a second. */
const TRANSFORM_TIMEOUT = Duration.minutes(1);
const TRANSFORM_MEMORY_MIB = 512;

/**
 * Device messages, in batches, to S3: a topic rule, a Firehose stream, a transform, and a bucket with the rows, the
 * originals and what failed, each under a prefix of its own.
 *
 * Delivery is at least once: a message may show twice, with the same `iot_trace_id`.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/kinesis-firehose-rule-action.html
 * @example
 * import { Duration, Stack } from 'aws-cdk-lib';
 * import { FirehoseBatchPipeline, LakeColumnType, LakeFormat } from 'cdk-iot-landing-zone';
 *
 * declare const stack: Stack;
 *
 * new FirehoseBatchPipeline(stack, 'Telemetry', {
 *   topicFilter: 'data/+/telemetry',
 *   bufferingInterval: Duration.minutes(5),
 *   format: LakeFormat.PARQUET,
 *   columns: [{ name: 'temperature', type: LakeColumnType.DOUBLE, comment: 'Degrees Celsius' }],
 * });
 */
export class FirehoseBatchPipeline extends Construct {
  /** The rule, for Basic Ingest, further actions and the policy of the devices. */
  readonly rule: IngestRule;
  /** The topics for Basic Ingest, with the wildcards of the topic filter: `$aws/rules/<rule>/data/#`. */
  readonly basicIngestTopic: string;
  /** The stream, for its name and its L1. */
  readonly stream: firehose.IDeliveryStreamRef;
  /** The bucket of the rows and of what failed; none with a stream of yours. */
  readonly bucket?: s3.IBucket;
  /** The bucket of the originals; none without a raw backup and with a stream of yours. */
  readonly rawBucket?: s3.IBucket;
  /** The transform, for its metrics and its L1; none where records stay as they are and with a stream of yours. */
  readonly transformFunction?: lambda.IFunction;
  /** The table over the rows, if there are columns. */
  readonly table?: LakeTable;
  /**
   * In alarm when the rule cannot read messages or is throttled, and when data is late, is refused, or fails to be
   * written. With a stream of yours those of the rule only.
   */
  readonly alarms: cloudwatch.IAlarm[];

  private readonly delivery: Delivery;
  private readonly hasBuiltInTransform: boolean;

  constructor(scope: Construct, id: string, props: FirehoseBatchPipelineProps = {}) {
    super(scope, id);
    this.delivery = deliveryOf(props);
    this.hasBuiltInTransform = !props.deliveryStream && this.delivery.transform._isFlatten;
    throwOnProblems(this, pipelineProblems(props, this.delivery));
    this.warnOfSmallRecords(props);
    this.warnOfRisks(props);

    if (props.deliveryStream) {
      this.stream = props.deliveryStream;
    } else {
      this.bucket = props.lake?.bucket ?? props.table?.bucket ?? props.bucket ?? this.createBucket(props);
      this.rawBucket = props.lake ? props.lake.rawBucket : props.rawBackup ?? true ? props.rawBucket ?? this.bucket : undefined;
      this.table = props.lake?.table ?? props.table ?? this.createTable(props);
      this.transformFunction = this.delivery.transform._function ?? this.createTransform(props);
      this.stream = this.createStream(props);
    }
    this.rule = this.createRule(props);
    const alarms = [...props.deliveryStream ? [] : createDeliveryAlarms(this, this.delivery), ...createRuleAlarms(this)];
    alarms.forEach(alarm => addActions(alarm, props.alarmActions ?? []));
    this.alarms = alarms;
    this.basicIngestTopic = this.rule.basicIngestTopicFor(props.sql === undefined ? props.topicFilter ?? DEFAULT_TOPIC_FILTER : '#');
  }

  /**
   * The topic that a device publishes to in order to save the messaging charge (Basic Ingest). Nobody can subscribe to it.
   *
   * @param topic the topic as the rule shall see it, such as `data/press-07/telemetry`
   */
  public basicIngestTopicFor(topic: string): string {
    return this.rule.basicIngestTopicFor(topic);
  }

  /**
   * Lets somebody read the rows, and decrypt them where there is a key.
   *
   * @param grantee who may
   */
  public grantRead(grantee: iam.IGrantable): iam.Grant {
    return this.grantReadOf(this.bucket, this.delivery.prefix, grantee);
  }

  /**
   * Lets somebody read the original records.
   *
   * @param grantee who may
   */
  public grantReadRaw(grantee: iam.IGrantable): iam.Grant {
    return this.grantReadOf(this.rawBucket, this.delivery.rawPrefix, grantee);
  }

  /**
   * Lets somebody read the records that failed.
   *
   * @param grantee who may
   */
  public grantReadErrors(grantee: iam.IGrantable): iam.Grant {
    return this.grantReadOf(this.bucket, this.delivery.errorPrefix, grantee);
  }

  /**
   * Lets a program put records on the stream, to reprocess what failed for instance.
   *
   * @param grantee who may
   */
  public grantPutRecords(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['firehose:PutRecord', 'firehose:PutRecordBatch'],
      resourceArns: [this.stream.deliveryStreamRef.deliveryStreamArn],
    });
  }

  /**
   * A metric of the stream.
   *
   * @param metricName as AWS names it
   * @param options how to aggregate
   * @see https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
   */
  public metric(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Firehose',
      metricName,
      dimensionsMap: { DeliveryStreamName: this.stream.deliveryStreamRef.deliveryStreamName },
      ...options,
    }).attachTo(this);
  }

  /**
   * Records that the stream took.
   *
   * @param options how to aggregate
   */
  public metricIncomingRecords(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('IncomingRecords', { statistic: 'Sum', ...options });
  }

  /**
   * Bytes that the stream took, before its rounding to 5 KB a record, which the bill has.
   *
   * @param options how to aggregate
   */
  public metricIncomingBytes(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('IncomingBytes', { statistic: 'Sum', ...options });
  }

  /**
   * Records that the stream refused, because it was sent more than its quota.
   *
   * @param options how to aggregate
   */
  public metricThrottledRecords(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ThrottledRecords', { statistic: 'Sum', ...options });
  }

  /**
   * Share of writes to S3 that succeeded, from 0 to 1.
   *
   * @param options how to aggregate
   */
  public metricDeliverySuccess(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('DeliveryToS3.Success', { statistic: 'Average', ...options });
  }

  /**
   * Age of the oldest record that is not in S3 yet, in seconds.
   *
   * @param options how to aggregate
   */
  public metricDataFreshness(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('DeliveryToS3.DataFreshness', { statistic: 'Maximum', ...options });
  }

  /**
   * Share of calls of the transform that succeeded, from 0 to 1. Records that it refused do not count as failed calls;
   * `metricRefusedRecords` counts them.
   *
   * @param options how to aggregate
   */
  public metricTransformSuccess(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ExecuteProcessing.Success', { statistic: 'Average', ...options });
  }

  /**
   * Records that the built-in transform refused and that went to the error prefix. Fails where there is no such transform.
   *
   * @param options how to aggregate
   */
  public metricRefusedRecords(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    if (!this.hasBuiltInTransform) {
      throw new Error(`${this.node.path}: only the built-in transform counts the records that it refuses: count them in your own function, if you have one`);
    }
    return refusedRecords(this.stream.deliveryStreamRef.deliveryStreamName, options).attachTo(this);
  }

  /**
   * Rows that did not fit the columns and went to the error prefix. Only with Parquet.
   *
   * @param options how to aggregate
   */
  public metricFailedConversions(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('FailedConversion.Records', { statistic: 'Sum', ...options });
  }

  /**
   * 1 while records go to the error prefix because there are too many partitions. Only with `partitionBy`.
   *
   * @param options how to aggregate
   */
  public metricPartitionCountExceeded(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('PartitionCountExceeded', { statistic: 'Maximum', ...options });
  }

  private createBucket(props: FirehoseBatchPipelineProps): s3.Bucket {
    const expiring = (prefix: string, expiration: Duration): s3.LifecycleRule[] => {
      const folder = folderBesideRows(prefix, this.delivery.prefix);
      return folder === undefined ? [] : [{ prefix: folder, expiration }];
    };
    const keepsRaw = (props.rawBackup ?? true) && !props.rawBucket;
    return createLakeBucket(this, {
      ...props,
      lifecycleRules: [
        ...expiring(this.delivery.errorPrefix, props.errorRetention ?? DEFAULT_ERROR_RETENTION),
        ...keepsRaw ? expiring(this.delivery.rawPrefix, props.rawRetention ?? DEFAULT_RAW_RETENTION) : [],
      ],
    });
  }

  private createTable({ columns, sql }: FirehoseBatchPipelineProps): LakeTable | undefined {
    if (!columns?.length) return undefined;
    const added = sql === undefined ? Object.entries(ADDED_COLUMNS).map(([name, type]): LakeColumn => ({ name, type: LakeColumnType.of(type) })) : [];
    return new LakeTable(this, 'Table', {
      bucket: this.bucket!, prefix: this.delivery.prefix, format: this.delivery.format, columns: [...added, ...columns],
    });
  }

  private createTransform({ encryptionKey, logRetention, lake }: FirehoseBatchPipelineProps): lambda.IFunction | undefined {
    const { partitionBy } = this.delivery;
    if (!this.hasBuiltInTransform) return undefined;
    const handler = new HandlerFunction(this, 'Transform', {
      asset: 'firehose-batch',
      description: 'Flattens device messages into rows',
      timeout: TRANSFORM_TIMEOUT,
      onFailure: 'Firehose calls it, repeats a failed call and then puts the records of it below the error prefix of the bucket, with an alarm.',
      memoryMiB: TRANSFORM_MEMORY_MIB,
      environment: {
        ...partitionBy.length > 0 ? { [TRANSFORM_ENV.partitionKeys]: partitionBy.join() } : {},
        ...lake ? { [TRANSFORM_ENV.lakeRows]: JSON.stringify(lake._rowPlan) } : {},
      },
      encryptionKey,
      logRetention,
    });
    countRefusedRecords(handler.logGroup);
    return handler.function;
  }

  private createStream(props: FirehoseBatchPipelineProps): firehose.CfnDeliveryStream {
    return new PipelineStream(this, 'Stream', {
      delivery: this.delivery,
      bucket: this.bucket!,
      rawBucket: this.rawBucket,
      transformFunction: this.transformFunction,
      table: this.table,
      lake: props.lake,
      encryptionKey: props.encryptionKey,
      logRetention: props.logRetention,
    }).stream;
  }

  private createRule(props: FirehoseBatchPipelineProps): IngestRule {
    const action = new FirehoseAction(this.stream, { batchMode: props.batchMode ?? props.batchField !== undefined });
    return new IngestRule(this, 'Rule', {
      ruleName: props.ruleName,
      description: `Puts messages on the stream of ${this.node.path}`,
      sql: props.sql ?? telemetrySql(props),
      actions: [action],
      errorQueue: props.errorQueue,
    });
  }

  private warnOfSmallRecords({ estimatedRecordBytes: bytes }: FirehoseBatchPipelineProps): void {
    if (bytes === undefined || Token.isUnresolved(bytes) || bytes >= BILLED_BYTES / 2) return;
    Annotations.of(this).addWarningV2('cdk-iot-landing-zone:small-records',
      `Firehose bills each record of ${bytes} bytes as 5 KB, ${Math.floor(BILLED_BYTES / bytes)} times its size: let devices send several readings as one message, without batchField`);
  }

  private warnOfRisks(props: FirehoseBatchPipelineProps): void {
    // A lake has checked its own.
    if (props.deliveryStream || props.lake) return;
    const { prefix, errorPrefix, rawPrefix, compression, fileExtension, format } = this.delivery;
    const folder = literalFolder(prefix);
    const hasRawBeside = (props.rawBackup ?? true) && !props.rawBucket;
    const others = [errorPrefix, ...hasRawBeside ? [rawPrefix] : []];
    if (!Token.isUnresolved(prefix) && others.some(other => other.startsWith(folder))) {
      Annotations.of(this).addWarningV2('cdk-iot-landing-zone:prefixes-overlap',
        `'${folder}' holds what failed or the originals as well as the rows, so that queries read them as rows: give the prefixes different first folders`);
    }
    const isGzip = format === LakeFormat.JSON_LINES && compression === firehose.Compression.GZIP;
    if (isGzip && fileExtension !== undefined && !Token.isUnresolved(fileExtension) && !fileExtension.endsWith('.gz')) {
      Annotations.of(this).addWarningV2('cdk-iot-landing-zone:extension-without-gz',
        `Athena and Spark read GZIP objects only if their names end with .gz: '${fileExtension}' hides it`);
    }
  }

  private grantReadOf(bucket: s3.IBucket | undefined, prefix: string, grantee: iam.IGrantable): iam.Grant {
    if (!bucket) throw new Error(`${this.node.path}: there is no such bucket in this pipeline: grant on the bucket of your stream`);
    return bucket.grantRead(grantee, `${literalFolder(prefix)}*`);
  }
}
