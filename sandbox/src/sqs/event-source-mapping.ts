import { Queue, ReceivedMessage } from './queue';

/** One record of the event that a function receives. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: { readonly [name: string]: string };
  readonly messageAttributes: { readonly [name: string]: { stringValue?: string; binaryValue?: string; dataType: string } };
  readonly md5OfBody: string;
  readonly eventSource: 'aws:sqs';
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

export interface MappingDefinition {
  readonly batchSize: number;
  /** How long a batch that is not full waits for more. */
  readonly batchingWindowSeconds: number;
  /** Whether the function says which messages failed (`ReportBatchItemFailures`). */
  readonly reportsFailures: boolean;
  /** Batches at once; Lambda begins with five. */
  readonly maximumConcurrency: number;
  readonly region: string;
}

/** Invokes the function; `undefined` where it failed or was throttled. */
export type Invoke = (event: { Records: SqsRecord[] }) => Promise<string | undefined>;

/** Polls a queue for a function: batches, deletes what succeeded, and leaves the rest to become visible again. */
export class EventSourceMapping {
  private readonly running = new Set<Promise<void>>();
  private readonly unsubscribe: () => void;
  private window: NodeJS.Timeout | undefined;
  private wake: NodeJS.Timeout | undefined;
  private gathered: ReceivedMessage[] = [];
  private stopped = false;

  constructor(private readonly queue: Queue, private readonly definition: MappingDefinition, private readonly invoke: Invoke) {
    this.unsubscribe = queue.onVisible(() => this.poll());
    this.poll();
  }

  /** Stops polling and waits for the batches under way. */
  public async stop(): Promise<void> {
    this.stopped = true;
    this.unsubscribe();
    clearTimeout(this.window);
    clearTimeout(this.wake);
    for (const { receiptHandle } of this.gathered.splice(0)) this.queue.changeVisibility(receiptHandle, 0);
    await Promise.all(this.running);
  }

  private poll(): void {
    if (this.stopped) return;
    const { batchSize, batchingWindowSeconds, maximumConcurrency } = this.definition;
    while (this.running.size < maximumConcurrency) {
      this.gathered.push(...this.queue.receive(batchSize - this.gathered.length));
      if (this.gathered.length === 0) break;
      if (this.gathered.length < batchSize && batchingWindowSeconds > 0) {
        this.window ??= setTimeout(() => this.dispatch(), batchingWindowSeconds * 1000);
        break;
      }
      this.dispatch();
    }
    this.wakeWhenVisible();
  }

  private dispatch(): void {
    clearTimeout(this.window);
    this.window = undefined;
    const batch = this.gathered;
    this.gathered = [];
    if (batch.length === 0) return;
    const run = this.handle(batch).finally(() => {
      this.running.delete(run);
      this.poll();
    });
    this.running.add(run);
  }

  private async handle(batch: ReceivedMessage[]): Promise<void> {
    const { arn } = this.queue.definition;
    const answer = await this.invoke({ Records: batch.map(message => recordOf(message, arn, this.definition.region)) }).catch(() => undefined);
    const failed = failedIds(answer, batch, this.definition.reportsFailures);
    // What failed stays invisible until its visibility timeout ends, as in Lambda.
    for (const { messageId, receiptHandle } of batch) if (!failed.has(messageId)) this.queue.delete(receiptHandle);
  }

  /** What failed becomes visible without anybody sending it. */
  private wakeWhenVisible(): void {
    clearTimeout(this.wake);
    const wait = this.queue.nextVisibleIn;
    if (wait !== undefined) this.wake = setTimeout(() => this.poll(), Math.min(wait + 1, 2 ** 31 - 1));
  }
}

function recordOf(message: ReceivedMessage, eventSourceARN: string, awsRegion: string): SqsRecord {
  const { messageId, receiptHandle, body, attributes, messageAttributes, md5OfBody } = message;
  return {
    messageId,
    receiptHandle,
    body,
    attributes,
    messageAttributes: Object.fromEntries(Object.entries(messageAttributes)
      .map(([name, { DataType, StringValue, BinaryValue }]) => [name, { stringValue: StringValue, binaryValue: BinaryValue, dataType: DataType }])),
    md5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion,
  };
}

/**
 * Ids of the messages that the function did not handle.
 *
 * All of them where the invocation failed, or where its report is malformed or names an id that was not in the batch.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
function failedIds(answer: string | undefined, batch: ReceivedMessage[], reportsFailures: boolean): Set<string> {
  const all = new Set(batch.map(({ messageId }) => messageId));
  if (answer === undefined) return all;
  if (!reportsFailures) return new Set();
  const report: unknown = JSON.parse(answer);
  const { batchItemFailures = null } = (report ?? {}) as { batchItemFailures?: unknown };
  if (batchItemFailures === null) return new Set();
  if (!Array.isArray(batchItemFailures)) return all;
  const ids = batchItemFailures.map(item => (item as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  return ids.every(id => typeof id === 'string' && all.has(id)) ? new Set(ids as string[]) : all;
}
