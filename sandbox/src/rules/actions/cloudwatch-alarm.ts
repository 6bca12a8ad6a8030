import { MakeAction } from '../action';

/** `CloudwatchAlarm`: sets the state of an alarm until it is next evaluated. */
export const cloudwatchAlarm: MakeAction = properties => {
  const alarm = properties.field('AlarmName');
  const state = properties.field('StateValue');
  const reason = properties.field('StateReason');
  return {
    failedAction: 'CloudwatchAlarmAction',
    resource: properties.text('AlarmName'),
    roleArn: properties.text('RoleArn'),
    call(result) {
      const AlarmName = alarm(result);
      return { service: 'monitoring', operation: 'SetAlarmState', resource: AlarmName, input: { AlarmName, StateValue: state(result), StateReason: reason(result) } };
    },
  };
};
