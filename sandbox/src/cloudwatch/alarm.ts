import { Datapoint, Dimensions } from './metric-store';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
export const STATISTICS = ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount'] as const;
export type Statistic = typeof STATISTICS[number];
export const COMPARISONS = {
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
};
export const MISSING = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;

export interface AlarmMetric { readonly namespace: string; readonly name: string; readonly dimensions: Dimensions; readonly statistic: Statistic }

export interface AlarmDefinition {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  /** More than one: their sum, leaving out those that have no data. */
  readonly metrics: readonly AlarmMetric[];
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly comparison: keyof typeof COMPARISONS;
  readonly missing: typeof MISSING[number];
  readonly actions: { readonly [state in AlarmState]: readonly string[] };
}

export interface Verdict { readonly state: AlarmState; readonly reason: string }

export function statisticOf({ sum, count, minimum, maximum }: Omit<Datapoint, 'minute'>, statistic: Statistic): number {
  return { Sum: sum, Average: sum / count, Minimum: minimum, Maximum: maximum, SampleCount: count }[statistic];
}

/**
 * What an alarm says of its newest periods. Where AWS looks at a few more periods to make up for missing ones, this does not.
 *
 * @param values - one for each evaluation period, oldest first; undefined where there is no data
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function verdictOf(definition: AlarmDefinition, values: readonly (number | undefined)[], before: AlarmState): Verdict {
  const { threshold, comparison, missing, datapointsToAlarm } = definition;
  const present = values.filter(value => value !== undefined);
  if (present.length === 0 && missing === 'missing') return { state: 'INSUFFICIENT_DATA', reason: `Insufficient Data: ${values.length} datapoints were unknown.` };
  if (present.length === 0 && missing === 'ignore') return { state: before, reason: `Unchanged: ${values.length} datapoints were unknown.` };
  const breaching = values.filter(value => value === undefined ? missing === 'breaching' : COMPARISONS[comparison](value, threshold)).length;
  const state = breaching >= datapointsToAlarm ? 'ALARM' : 'OK';
  const [plural, verb] = values.length > 1 ? ['s', 'were'] : ['', 'was'];
  if (present.length === 0) {
    const as = missing === 'breaching' ? 'Breaching' : 'NonBreaching';
    return { state, reason: `Threshold Crossed: no datapoints were received for ${values.length} period${plural} and ${values.length} missing datapoint${plural} ${verb} treated as [${as}].` };
  }
  return { state, reason: `Threshold Crossed: ${breaching} out of the last ${values.length} datapoint${plural} [${present.join(', ')}] breached the threshold (${threshold}, ${comparison}); ${datapointsToAlarm} needed for ALARM.` };
}
