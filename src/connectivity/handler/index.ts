import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { LifecycleEvent, withoutSuperseded } from './core';
import { CONNECTIVITY_ENV } from './env';
import { eventsOf } from './events';
import { ConditionalUpdate, historyItem, Item, record } from './item';
import { conditionalUpdates } from './table';
import { required } from '../../private/environment';

/** Clients that one invocation writes at the same time; the events of one client go one after the other. */
const CLIENTS_AT_ONCE = 16;

export interface Deps {
  readonly update: ConditionalUpdate;
  /** Keeps a row of history; absent where there is no history table. */
  readonly keep?: (row: Item) => Promise<void>;
  readonly historyRetentionSeconds?: number;
  readonly now: () => number;
  readonly log: (line: Record<string, unknown>) => void;
}

interface Group {
  readonly messageIds: string[];
  readonly events: LifecycleEvent[];
}

/**
 * Writes a batch of presence events. Events that are malformed, or that could not be written, are answered as failed:
 * SQS delivers them again and at last moves them to the dead-letter queue. The others of the batch are done.
 */
export const makeHandler = (deps: Deps) => async (batch: SQSEvent): Promise<SQSBatchResponse> => {
  const failed: string[] = [];
  const groups = new Map<string, Group>();
  for (const { messageId, event } of eventsOf(batch, deps.log, failed)) {
    const { clientId } = event;
    const group = groups.get(clientId) ?? { messageIds: [], events: [] };
    groups.set(clientId, group);
    group.messageIds.push(messageId);
    group.events.push(event);
  }
  await forEach([...groups.values()], CLIENTS_AT_ONCE, async group => {
    try {
      await write(group.events, deps);
    } catch (error) {
      // Whatever stopped this client must not stop the others; the messages come again.
      const { name, message } = error as Error;
      deps.log({ decision: 'failed', clientId: group.events[0].clientId, messageIds: group.messageIds, reason: `${name}: ${message}` });
      failed.push(...group.messageIds);
    }
  });
  return { batchItemFailures: failed.map(itemIdentifier => ({ itemIdentifier })) };
};

async function write(events: LifecycleEvent[], deps: Deps): Promise<void> {
  const { update, keep, historyRetentionSeconds, now, log } = deps;
  if (keep) for (const event of events) await keep(historyItem(event, historyRetentionSeconds!));
  for (const event of withoutSuperseded(events)) {
    const place = await record(event, update, now);
    const { clientId, kind, versionNumber, sessionIdentifier, disconnectReason } = event;
    log({ decision: place, clientId, kind, versionNumber, sessionIdentifier, disconnectReason });
  }
}

async function forEach<T>(items: T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  // Workers share one iterator, so each takes the next item that nobody has begun.
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, async () => {
    for (const item of queue) await work(item);
  }));
}

function realDeps(env: Record<string, string | undefined>): Deps {
  const client = new DynamoDBClient({});
  const historyTableName = env[CONNECTIVITY_ENV.historyTableName];
  return {
    update: conditionalUpdates(client, required(env, CONNECTIVITY_ENV.tableName)),
    now: Date.now,
    log: line => console.log(JSON.stringify(line)),
    ...historyTableName !== undefined && {
      keep: async (row: Item) => { await client.send(new PutItemCommand({ TableName: historyTableName, Item: row })); },
      historyRetentionSeconds: seconds(required(env, CONNECTIVITY_ENV.historyRetentionSeconds)),
    },
  };
}

function seconds(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number <= 0) throw new Error(`${CONNECTIVITY_ENV.historyRetentionSeconds} is not a number of seconds`);
  return number;
}

let run: ReturnType<typeof makeHandler> | undefined;
/** Built at the first event, so that importing this file does nothing. */
export const handler = async (event: SQSEvent): Promise<SQSBatchResponse> => (run ??= makeHandler(realDeps(process.env)))(event);
