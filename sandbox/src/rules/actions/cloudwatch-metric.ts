import { ActionFailure, MakeAction } from '../action';

/** `CloudwatchMetric`: a datapoint. */
export const cloudwatchMetric: MakeAction = properties => {
  const name = properties.field('MetricName');
  const namespace = properties.field('MetricNamespace');
  const unit = properties.field('MetricUnit');
  const value = properties.field('MetricValue');
  const time = properties.optionalField('MetricTimestamp');
  return {
    failedAction: 'CloudwatchMetricAction',
    resource: properties.text('MetricName'),
    roleArn: properties.text('RoleArn'),
    call(result) {
      const MetricName = name(result);
      const text = value(result);
      if (text.trim() === '' || !Number.isFinite(Number(text))) throw new ActionFailure(`MetricValue must be a number, got ${JSON.stringify(text)}`);
      const seconds = time ? Number(time(result)) : Math.floor(result.message.context.timestamp / 1000);
      const MetricData = [{ MetricName, Value: Number(text), Unit: unit(result), Timestamp: seconds }];
      return { service: 'monitoring', operation: 'PutMetricData', resource: MetricName, input: { Namespace: namespace(result), MetricData } };
    },
  };
};
