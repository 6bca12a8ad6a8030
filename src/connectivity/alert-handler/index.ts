import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { claimFor, mayAlert, messageFor, releaseFor, sentFor, Verdict, verdictOn } from './core';
import { required } from '../../private/environment';
import { LifecycleEvent } from '../handler/core';
import { CONNECTIVITY_ENV } from '../handler/env';
import { eventsOf } from '../handler/events';
import { ConditionalUpdate, record } from '../handler/item';
import { conditionalUpdates } from '../handler/table';

export interface Deps {
  readonly update: ConditionalUpdate;
  readonly publish: (message: string, disconnectReason: string) => Promise<void>;
  readonly now: () => number;
  readonly log: (line: Record<string, unknown>) => void;
}

type Outcome = Verdict | 'sent' | 'ignored';

/**
 * Looks at disconnects again after the quiet period, and sends an alert for those that still are the state of their client.
 *
 * Once for each disconnect, however often its message comes. Only an invocation that dies between sending and noting so
 * makes a second alert: the other order would make none.
 */
export const makeHandler = (deps: Deps) => async (batch: SQSEvent): Promise<SQSBatchResponse> => {
  const failed: string[] = [];
  for (const { messageId, event } of eventsOf(batch, deps.log, failed)) {
    const { clientId, sessionIdentifier } = event;
    try {
      const decision = await decide(event, deps);
      deps.log({ decision, clientId, sessionIdentifier });
      // Should the other invocation fail, this message comes again when the claim of that one is over.
      if (decision === 'claimed') failed.push(messageId);
    } catch (error) {
      // Whatever stopped this alert must not stop the others; the message comes again.
      const { name, message } = error as Error;
      deps.log({ decision: 'failed', clientId, messageId, reason: `${name}: ${message}` });
      failed.push(messageId);
    }
  }
  return { batchItemFailures: failed.map(itemIdentifier => ({ itemIdentifier })) };
};

async function decide(event: LifecycleEvent, deps: Deps): Promise<Outcome> {
  if (!mayAlert(event)) return 'ignored';
  const verdict = await claim(event, deps);
  if (verdict !== 'unknown') return verdict ?? send(event, deps);
  // The presence events have piled up longer than the quiet period. Writing this one here is harmless and decides now.
  await record(event, deps.update, deps.now);
  return await claim(event, deps) ?? send(event, deps);
}

async function claim(event: LifecycleEvent, { update, now }: Deps): Promise<Verdict | undefined> {
  const refusedBy = await update(claimFor(event, now()));
  return refusedBy && verdictOn(event, refusedBy);
}

async function send(event: LifecycleEvent, { update, publish, now }: Deps): Promise<Outcome> {
  try {
    await publish(messageFor(event, now()), event.disconnectReason ?? 'UNKNOWN');
  } catch (error) {
    await update(releaseFor(event));
    throw error;
  }
  await update(sentFor(event, now()));
  return 'sent';
}

function realDeps(env: Record<string, string | undefined>): Deps {
  const sns = new SNSClient({});
  const TopicArn = required(env, CONNECTIVITY_ENV.alertTopicArn);
  return {
    update: conditionalUpdates(new DynamoDBClient({}), required(env, CONNECTIVITY_ENV.tableName)),
    publish: async (Message, reason) => {
      // Subscribers filter by the reason.
      const MessageAttributes = { disconnectReason: { DataType: 'String', StringValue: reason } };
      await sns.send(new PublishCommand({ TopicArn, Message, MessageAttributes, Subject: 'Device offline' }));
    },
    now: Date.now,
    log: line => console.log(JSON.stringify(line)),
  };
}

let run: ReturnType<typeof makeHandler> | undefined;
/** Built at the first event, so that importing this file does nothing. */
export const handler = async (event: SQSEvent): Promise<SQSBatchResponse> => (run ??= makeHandler(realDeps(process.env)))(event);
