import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { ChangeMessageVisibilityCommand, DeleteMessageCommand, Message, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Context } from 'aws-lambda';
import { parse, readRequest, Route, routeOf, RuleError } from './core';
import { readEnvironment } from './env';

/** What the operator gets to read. */
export interface RedriveReport {
  readonly redriven: number;
  /** Messages that are in the queue still, with the reason of each; at most 100 are listed. */
  readonly left: { readonly messageId: string; readonly ruleName?: string; readonly reason: string }[];
  readonly leftCount: number;
  /** Whether the queue had nothing more to give. Invoke again while it is false. */
  readonly drained: boolean;
}

export interface RedriveDeps {
  /** Takes up to so many messages, at most 10. */
  readonly receive: (most: number) => Promise<Message[]>;
  readonly send: (route: Exclude<Route, { to: 'nowhere' }>, payload: Uint8Array) => Promise<void>;
  readonly remove: (message: Message) => Promise<void>;
  /** Makes a message visible again at once. */
  readonly release: (message: Message) => Promise<void>;
  readonly ruleQueues: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Why a message stays. */
interface Left {
  readonly ruleName?: string;
  readonly reason: string;
}

/** Room to finish the batch in hand, and to make the messages that stay visible again. */
const RESERVE_MS = 20_000;
const MAX_LISTED = 100;
/** SQS gives no more at once. */
const BATCH = 10;

export const makeHandler = (deps: RedriveDeps) => async (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<RedriveReport> => {
  const request = readRequest(event);
  const begun = deps.now();
  const left: (Left & { readonly message: Message })[] = [];
  let redriven = 0;
  let drained = false;
  while (!drained && redriven + left.length < request.maxMessages && context.getRemainingTimeInMillis() > RESERVE_MS) {
    const messages = await deps.receive(Math.min(BATCH, request.maxMessages - redriven - left.length));
    drained = messages.length === 0;
    await Promise.all(messages.map(async message => {
      const outcome = cameAfter(begun, message) ?? await redrive(message, request.ruleName, request.dryRun, deps);
      if (outcome === undefined) redriven++;
      else left.push({ message, ...outcome });
    }));
  }
  await inSlices(left, BATCH, ({ message }) => release(message, deps));
  const listed = left.slice(0, MAX_LISTED).map(({ message, ruleName, reason }) => ({ messageId: message.MessageId ?? 'unknown', ruleName, reason }));
  const report = { redriven, left: listed, leftCount: left.length, drained };
  console.log(JSON.stringify({ decision: 'redrive', redriven, leftCount: left.length, drained, dryRun: request.dryRun, ruleName: request.ruleName }));
  return report;
};

/** What still fails comes back at once: taken again in this run, it would go round until the time is over. */
function cameAfter(begun: number, { Attributes, Body }: Message): Left | undefined {
  if (Number(Attributes?.SentTimestamp ?? 0) <= begun) return undefined;
  const parsed = parse(Body ?? '');
  return { ...'error' in parsed && { ruleName: parsed.error.ruleName }, reason: 'it came after this run began, so it may have failed again: see why, then invoke again' };
}

/** Nothing when the message went through, otherwise why it stays. It is removed only after it was sent: twice rather than never. */
async function redrive(message: Message, onlyRule: string | undefined, dryRun: boolean, deps: RedriveDeps): Promise<Left | undefined> {
  const parsed = parse(message.Body ?? '');
  if ('unreadable' in parsed) return { reason: parsed.unreadable };
  const { ruleName } = parsed.error;
  if (onlyRule !== undefined && ruleName !== onlyRule) return { ruleName, reason: `not of rule ${onlyRule}` };
  const route = routeOf(parsed.error, deps.ruleQueues);
  if (route.to === 'nowhere') return { ruleName, reason: route.reason };
  if (dryRun) return { ruleName, reason: `dry run; it failed because of ${parsed.error.failure}` };
  return sent(message, parsed.error, route, deps);
}

async function sent(message: Message, error: RuleError, route: Exclude<Route, { to: 'nowhere' }>, deps: RedriveDeps): Promise<Left | undefined> {
  try {
    await deps.send(route, error.payload);
    await deps.remove(message);
    return undefined;
  } catch (failure) {
    // The broker or the queue refused it: it stays, and the operator reads why.
    return { ruleName: error.ruleName, reason: failure instanceof Error ? `${failure.name}: ${failure.message}` : String(failure) };
  }
}

/** A message that cannot be made visible now becomes so by itself when its visibility timeout ends: the report matters more. */
async function release(message: Message, deps: RedriveDeps): Promise<void> {
  try {
    await deps.release(message);
  } catch (failure) {
    console.log(JSON.stringify({ decision: 'visible-later', messageId: message.MessageId, reason: failure instanceof Error ? failure.name : String(failure) }));
  }
}

async function inSlices<T>(items: T[], size: number, work: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += size) await Promise.all(items.slice(start, start + size).map(work));
}

function realDeps(env: NodeJS.ProcessEnv): RedriveDeps {
  const { queueUrl: QueueUrl, ruleQueues } = readEnvironment(env);
  const sqs = new SQSClient({});
  const iot = new IoTDataPlaneClient({});
  return {
    ruleQueues,
    now: () => Date.now(),
    // Long polling asks all of SQS's servers: an empty answer then means an empty queue.
    receive: async most => (await sqs.send(new ReceiveMessageCommand({
      QueueUrl, MaxNumberOfMessages: most, WaitTimeSeconds: 2, MessageSystemAttributeNames: ['SentTimestamp'],
    }))).Messages ?? [],
    send: async (route, payload) => {
      if (route.to === 'rule') await iot.send(new PublishCommand({ topic: route.topic, payload, qos: 1 }));
      else await sqs.send(new SendMessageCommand({ QueueUrl: route.queueUrl, MessageBody: Buffer.from(payload).toString('utf8') }));
    },
    remove: async ({ ReceiptHandle }) => {
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    },
    release: async ({ ReceiptHandle }) => {
      await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    },
  };
}

let run: ReturnType<typeof makeHandler> | undefined;
/** Built at the first event, so that importing this file does nothing. */
export const handler = async (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<RedriveReport> =>
  (run ??= makeHandler(realDeps(process.env)))(event, context);
