import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { IngestRule } from '../rules/ingest-rule';

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html */
const MAX_METRICS = 10;

const AT_ONCE = {
  threshold: 1,
  evaluationPeriods: 1,
  comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
};

/**
 * Alarms on what no error action tells of. All rules read the same messages, so that what one cannot read, none can; each may be
 * throttled alone.
 */
export function createRuleAlarms(scope: Construct, rules: IngestRule[]): cloudwatch.Alarm[] {
  const groups = Array.from({ length: Math.ceil(rules.length / MAX_METRICS) }, (_, at) => rules.slice(at * MAX_METRICS, (at + 1) * MAX_METRICS));
  return [
    new cloudwatch.Alarm(scope, 'ParseErrorAlarm', {
      ...AT_ONCE,
      metric: rules[0].metricParseErrors(),
      alarmDescription: 'Devices send messages that are not JSON, which the rules lose. The logs of AWS IoT say on which topic.',
    }),
    ...groups.map((group, at) => new cloudwatch.Alarm(scope, `ThrottleAlarm${at === 0 ? '' : at + 1}`, {
      ...AT_ONCE,
      metric: throttledOf(group),
      alarmDescription: 'AWS IoT throttles the rules and drops messages. Ask for a higher quota of rule evaluations, or write more values per rule.',
    })),
  ];
}

function throttledOf(rules: IngestRule[]): cloudwatch.IMetric {
  if (rules.length === 1) return rules[0].metricThrottled();
  return new cloudwatch.MathExpression({
    // A rule that was never throttled has no data; a sum over all metrics leaves it out.
    expression: 'SUM(METRICS())',
    usingMetrics: Object.fromEntries(rules.map((rule, at) => [`rule${at + 1}`, rule.metricThrottled()])),
    label: 'RuleMessageThrottled',
    period: Duration.minutes(5),
  });
}
