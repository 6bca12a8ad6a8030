import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';

const NAMESPACE = 'IotLandingZone';
const METRIC_NAME = 'RefusedRecords';
/** The built-in transform writes the name of the stream into its line, so that two pipelines do not mix. */
const DIMENSION = 'DeliveryStreamName';

/** Counts what the built-in transform refuses: a call that refuses records is a success to Firehose and to Lambda. */
export function countRefusedRecords(logGroup: logs.ILogGroup): void {
  logGroup.addMetricFilter('Refused', {
    filterPattern: logs.FilterPattern.numberValue('$.refused', '>', 0),
    metricNamespace: NAMESPACE,
    metricName: METRIC_NAME,
    metricValue: '$.refused',
    dimensions: { [DIMENSION]: '$.stream' },
  });
}

export function refusedRecords(deliveryStreamName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: NAMESPACE,
    metricName: METRIC_NAME,
    dimensionsMap: { [DIMENSION]: deliveryStreamName },
    period: Duration.minutes(5),
    statistic: 'Sum',
    ...options,
  });
}
