import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/** An alarm that is on while a metric is at a threshold or above. No data means that nothing happened, so it is off then. */
export function alarmFrom(threshold: number, metric: cloudwatch.IMetric, alarmDescription: string): cloudwatch.AlarmProps {
  return {
    metric,
    threshold,
    alarmDescription,
    evaluationPeriods: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  };
}
