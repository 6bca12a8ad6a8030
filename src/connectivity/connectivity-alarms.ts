import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { LifecycleConnectivityTable } from './lifecycle-connectivity-table';
import { addActions } from '../private/acknowledge';
import { alarmFrom } from '../private/alarm';

/** A queue that is full catches up within minutes; when it takes longer, the function does not run or is far too slow. */
const LAG_PATIENCE = Duration.minutes(15);

export interface ConnectivityAlarms {
  readonly failed: cloudwatch.IAlarm;
  readonly lag: cloudwatch.IAlarm;
  readonly storm?: cloudwatch.IAlarm;
  readonly throttle: cloudwatch.IAlarm[];
}

/** What tells that the table is wrong, behind, or that many clients come and go at once. */
export function createAlarms(part: LifecycleConnectivityTable, actions: cloudwatch.IAlarmAction[], stormThreshold?: number): ConnectivityAlarms {
  const create = (id: string, props: cloudwatch.AlarmProps) => {
    const alarm = new cloudwatch.Alarm(part, id, props);
    addActions(alarm, actions);
    return alarm;
  };
  // AWS IoT runs no error action for these events. Their other such loss, text that is no JSON, is none: AWS IoT alone writes them.
  const rules = { Connected: part.connectedRule, Disconnected: part.disconnectedRule, Alert: part.alertRule };
  return {
    failed: create('Alarm', alarmFrom(1, part.metricFailed(),
      'Presence events could not be written. The log of the function says why; mend the cause, then redrive the dead-letter queue.')),
    lag: create('LagAlarm', alarmFrom(LAG_PATIENCE.toSeconds(), part.metricLag(),
      'The table is behind: presence events wait. Look whether the function is throttled or slow; after four days they are lost.')),
    storm: stormThreshold === undefined ? undefined : create('StormAlarm', alarmFrom(stormThreshold, part.metricEvents(),
      'Many clients connect or disconnect at once: a site, a Region or a firmware may be in trouble.')),
    throttle: Object.entries(rules).flatMap(([event, rule]) => rule ? [create(`${event}ThrottleAlarm`, alarmFrom(1, rule.metricThrottled(),
      'AWS IoT throttles the rule and drops presence events, so clients may show in a state that they have left. Ask for a higher quota of rule evaluations.'))] : []),
  };
}
