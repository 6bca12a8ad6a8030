import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { alarmFrom } from '../private/alarm';
import { IngestRule } from '../rules/ingest-rule';

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html */
const MAX_METRICS = 10;

/**
 * Alarms on what no error action tells of. All rules read the same messages, so that what one cannot read, none can; each may be
 * throttled alone.
 */
export function createRuleAlarms(scope: Construct, rules: IngestRule[]): cloudwatch.Alarm[] {
  const groups = Array.from({ length: Math.ceil(rules.length / MAX_METRICS) }, (_, at) => rules.slice(at * MAX_METRICS, (at + 1) * MAX_METRICS));
  return [
    new cloudwatch.Alarm(scope, 'ParseErrorAlarm', alarmFrom(1, rules[0].metricParseErrors(),
      'Devices send messages that are not JSON, which the rules lose. The logs of AWS IoT say on which topic.')),
    ...groups.map((group, at) => new cloudwatch.Alarm(scope, `ThrottleAlarm${at === 0 ? '' : at + 1}`, alarmFrom(1, throttledOf(group),
      'AWS IoT throttles the rules and drops messages. Ask for a higher quota of rule evaluations, or write more values per rule.'))),
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
