import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Delivery } from './delivery';
import type { FirehoseBatchPipeline } from './firehose-batch-pipeline';
import { LakeFormat } from '../lake/lake-column';
import { alarmFrom } from '../private/alarm';

const { GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
/** Data that is older than its buffering interval and this is late. */
const FRESHNESS_PATIENCE = Duration.minutes(15);

/** What tells that a stream of ours is late, or that records do not arrive as rows. */
export function createDeliveryAlarms(pipeline: FirehoseBatchPipeline, delivery: Delivery): cloudwatch.Alarm[] {
  const interval = delivery.interval.isUnresolved() ? 0 : delivery.interval.toSeconds();
  return [
    new cloudwatch.Alarm(pipeline, 'FreshnessAlarm', telling(
      'Records wait longer than they should. Look at the log of the stream for errors of S3 or of the transform.',
      pipeline.metricDataFreshness(), GREATER_THAN_THRESHOLD, interval + FRESHNESS_PATIENCE.toSeconds(),
    )),
    new cloudwatch.Alarm(pipeline, 'DeliveryAlarm', telling(
      'Objects could not be written. Firehose tries again for 24 hours, then the data is lost.',
      pipeline.metricDeliverySuccess(), LESS_THAN_THRESHOLD, 1,
    )),
    ...pipeline.transformFunction ? [new cloudwatch.Alarm(pipeline, 'TransformAlarm', telling(
      'The transform failed. After its retries the records go to the error prefix.',
      pipeline.metricTransformSuccess(), LESS_THAN_THRESHOLD, 1,
    ))] : [],
    ...delivery.transform._isFlatten ? [new cloudwatch.Alarm(pipeline, 'RefusalAlarm', alarmFrom(1, pipeline.metricRefusedRecords(),
      'The transform refused records, which are in the error prefix. Lines with refused in its log say how many and why.'))] : [],
    ...delivery.format === LakeFormat.PARQUET ? [new cloudwatch.Alarm(pipeline, 'ConversionAlarm', telling(
      'Rows do not fit the columns of the table and went to the error prefix.',
      pipeline.metricFailedConversions(), GREATER_THAN_THRESHOLD, 0,
    ))] : [],
    ...delivery.partitionBy.length > 0 ? [new cloudwatch.Alarm(pipeline, 'PartitionAlarm', telling(
      'There are more partitions than Firehose keeps open; the records of the rest go to the error prefix.',
      pipeline.metricPartitionCountExceeded(), GREATER_THAN_THRESHOLD, 0,
    ))] : [],
  ];
}

/** AWS IoT runs no error action for these messages: nothing else tells of them. */
export function createRuleAlarms(pipeline: FirehoseBatchPipeline): cloudwatch.Alarm[] {
  return [
    new cloudwatch.Alarm(pipeline, 'ParseErrorAlarm', alarmFrom(1, pipeline.rule.metricParseErrors(),
      'Devices send messages that are not JSON, which the rule loses. The logs of AWS IoT say on which topic.')),
    new cloudwatch.Alarm(pipeline, 'ThrottleAlarm', alarmFrom(1, pipeline.rule.metricThrottled(),
      'AWS IoT throttles the rule and drops messages. Ask for a higher quota of rule evaluations, or send fewer and larger messages.')),
  ];
}

function telling(
  alarmDescription: string, metric: cloudwatch.Metric, comparisonOperator: cloudwatch.ComparisonOperator, threshold: number,
): cloudwatch.AlarmProps {
  return { ...alarmFrom(threshold, metric, alarmDescription), comparisonOperator };
}
