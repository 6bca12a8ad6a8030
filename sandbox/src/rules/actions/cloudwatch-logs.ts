import { randomUUID } from 'crypto';
import { AwsError } from '../../account';
import { Decimal, Value } from '../../sql';
import { ActionFailure, MakeAction, RuleResult } from '../action';

/** `CloudwatchLogs`: a line; in batch mode each `{ timestamp, message }` of an array is one. The stream is named by AWS IoT. */
export const cloudwatchLogs: MakeAction = properties => {
  const group = properties.field('LogGroupName');
  const isBatch = properties.flag('BatchMode');
  const logStreamName = randomUUID();
  const created = new Set<string>();
  return {
    failedAction: 'CloudwatchLogsAction',
    resource: properties.text('LogGroupName'),
    roleArn: properties.text('RoleArn'),
    call(result) {
      const logGroupName = group(result);
      const logEvents = isBatch ? eventsOf(result) : [{ timestamp: result.message.context.timestamp, message: result.payload.toString('utf8') }];
      const input = { logGroupName, logStreamName, logEvents };
      return {
        service: 'logs',
        operation: 'PutLogEvents',
        resource: logGroupName,
        input,
        send: async (account, caller) => {
          if (!created.has(logGroupName)) {
            await account.call('logs', 'CreateLogStream', { logGroupName, logStreamName }, caller).catch(error => {
              if (!(error instanceof AwsError) || error.name !== 'ResourceAlreadyExistsException') throw error;
            });
            created.add(logGroupName);
          }
          return account.call('logs', 'PutLogEvents', input, caller);
        },
      };
    },
  };
};

function eventsOf({ value }: RuleResult): { timestamp: number; message: string }[] {
  if (!Array.isArray(value)) throw new ActionFailure('batchMode needs an array of { timestamp, message } as the result of the rule\'s SQL');
  return (value as readonly Value[]).map(element => {
    const timestamp = element instanceof Map ? element.get('timestamp') : undefined;
    const message = element instanceof Map ? element.get('message') : undefined;
    const time = timestamp instanceof Decimal ? Number(timestamp.toString()) : Number(timestamp ?? NaN);
    if (typeof message !== 'string' || Number.isNaN(time)) throw new ActionFailure('each element of a batch needs a numeric timestamp and a text as message');
    return { timestamp: time, message };
  });
}
