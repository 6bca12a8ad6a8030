import { randomUUID } from 'crypto';
import { DeployedFunction } from './deployed-function';
import { InvocationResult } from './lambda-function';
import { Account, AwsError } from '../account';

/** What became of an asynchronous event. */
export interface FinishedEvent {
  readonly functionArn: string;
  readonly requestId: string;
  /** JSON text. */
  readonly payload: string;
  readonly attempts: number;
  readonly condition: 'Success' | 'RetriesExhausted' | 'EventAgeExceeded';
  /** Of the last attempt; undefined where there was none. */
  readonly result?: InvocationResult;
  readonly version: string;
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
export function invocationRecord({ functionArn, requestId, payload, attempts, condition, result, version }: FinishedEvent, now: number): object {
  return {
    version: '1.0',
    timestamp: new Date(now).toISOString(),
    requestContext: { requestId, functionArn: /:function:[^:]+$/.test(functionArn) ? `${functionArn}:$LATEST` : functionArn, condition, approximateInvokeCount: attempts },
    requestPayload: JSON.parse(payload) as unknown,
    ...result && {
      responseContext: { statusCode: 200, executedVersion: version, ...result.failure && { functionError: 'Unhandled' } },
      responsePayload: JSON.parse(result.payload) as unknown,
    },
  };
}

/** Sends the record to a queue, topic or function, as the role of the function. @throws AwsError where that fails */
export async function sendToDestination(account: Account, deployed: DeployedFunction, destinationArn: string, event: FinishedEvent): Promise<void> {
  await send(account, deployed, destinationArn, JSON.stringify(invocationRecord(event, account.clock.now())), {});
}

/**
 * Sends the event itself with its error in attributes, as dead-letter queues get it.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
 */
export async function sendToDeadLetter(account: Account, deployed: DeployedFunction, targetArn: string, event: FinishedEvent): Promise<void> {
  const { payload, requestId, result } = event;
  await send(account, deployed, targetArn, payload, {
    RequestID: { DataType: 'String', StringValue: requestId },
    ErrorCode: { DataType: 'Number', StringValue: result ? '200' : '429' },
    ErrorMessage: { DataType: 'String', StringValue: (result?.failure?.errorMessage ?? 'the event is too old').slice(0, 1024) },
  });
}

async function send(account: Account, deployed: DeployedFunction, arn: string, text: string, attributes: object): Promise<void> {
  const role = deployed.role();
  const [, , service, , owner, resource] = arn.split(':');
  if (service === 'sqs') {
    const QueueUrl = `${account.endpointUrl}/${owner}/${resource}`;
    const fifo = resource.endsWith('.fifo') ? { MessageGroupId: deployed.definition.name, MessageDeduplicationId: randomUUID() } : {};
    await account.call('sqs', 'SendMessage', { QueueUrl, MessageBody: text, MessageAttributes: attributes, ...fifo }, role);
  } else if (service === 'sns') {
    await account.call('sns', 'Publish', { TopicArn: arn, Message: text, MessageAttributes: attributes }, role);
  } else if (service === 'lambda') {
    await account.call('lambda', 'Invoke', { FunctionName: arn, InvocationType: 'Event', Payload: Buffer.from(text) }, role);
  } else {
    throw new AwsError('InvalidParameterValueException', `the destination ${arn} is not modelled: queues, topics and functions are`);
  }
}
