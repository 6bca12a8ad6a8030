import { createHash, randomUUID } from 'crypto';

export interface MessageAttribute { readonly DataType: string; readonly StringValue?: string; readonly BinaryValue?: string }
export interface MessageAttributes { readonly [name: string]: MessageAttribute }

/** A message as a consumer receives it. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  readonly attributes: { readonly [name: string]: string };
  readonly messageAttributes: MessageAttributes;
}

export interface QueueDefinition {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly visibilityTimeoutSeconds: number;
  readonly retentionSeconds: number;
  readonly delaySeconds: number;
  /** How long a receive without a wait time of its own waits for a message. */
  readonly receiveWaitSeconds?: number;
  /** What a body and its attributes may have; SQS's own limit where it is not told. */
  readonly maximumMessageBytes?: number;
  /** Where a message goes that was received this often without being deleted. */
  readonly redrive?: { readonly deadLetterQueueArn: string; readonly maxReceiveCount: number };
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const MAXIMUM_MESSAGE_BYTES = 1024 * 1024;

export class QueueError extends Error {
  constructor(public override readonly name: 'InvalidMessageContents' | 'InvalidParameterValue' | 'ReceiptHandleIsInvalid' | 'QueueDoesNotExist', message: string) {
    super(message);
  }
}

interface Message {
  readonly messageId: string;
  readonly body: string;
  readonly messageAttributes: MessageAttributes;
  readonly sentAt: number;
  readonly senderId: string;
  readonly firstVisibleAt: number;
  visibleAt: number;
  receiveCount: number;
  firstReceivedAt?: number;
  /** Changes with each receive; only the last one may delete the message. */
  receiptHandle?: string;
}

export interface SentMessage {
  readonly kind: 'sent';
  readonly messageId: string;
  readonly body: string;
  readonly messageAttributes: MessageAttributes;
  readonly sentAt: number;
  readonly senderId: string;
  /** Later than `sentAt` where the message is delayed. */
  readonly firstVisibleAt: number;
}

/** What a journal keeps of a queue: enough to go on after the process was killed. */
export type QueueChange = SentMessage | { readonly kind: 'gone'; readonly messageId: string };

/** Metrics of AWS/SQS that count. */
export type QueueMetric = 'NumberOfMessagesSent' | 'NumberOfMessagesReceived' | 'NumberOfEmptyReceives' | 'NumberOfMessagesDeleted';

/** What a queue needs around it; `now` moves in tests. */
export interface QueueSurroundings {
  now(): number;
  queueByArn(arn: string): Queue | undefined;
  onChange?(change: QueueChange): void;
  onMetric?(metric: QueueMetric, by: number): void;
}

/**
 * A standard queue of SQS: at least once, in no promised order, invisible while somebody works on it.
 *
 * Where SQS samples its servers, this looks at all messages: a short poll that finds nothing means that there is nothing.
 */
export class Queue {
  /** Those that can be received, and those that are delayed or at work on. The second are few, and looked through. */
  private readonly visible = new Map<string, Message>();
  private readonly invisible = new Map<string, Message>();
  /** No message was sent before. */
  private earliest = Infinity;
  private readonly listeners = new Set<() => void>();

  constructor(private current: QueueDefinition, private readonly surroundings: QueueSurroundings) {}

  public get definition(): QueueDefinition {
    return this.current;
  }

  /** Takes other settings, as SetQueueAttributes does. */
  public redefine(changes: Partial<QueueDefinition>): void {
    this.current = { ...this.current, ...changes };
  }

  /** What a journal needs to put all messages back. */
  public get contents(): SentMessage[] {
    return this.all.map(asSent);
  }

  /** How many messages can be received, and how many somebody is at work on. */
  public get counts(): { visible: number; inFlight: number; delayed: number; oldestSeconds: number } {
    const now = this.settle();
    const delayed = [...this.invisible.values()].filter(({ receiveCount }) => receiveCount === 0).length;
    const oldest = this.all.reduce((least, { sentAt }) => Math.min(least, sentAt), now);
    return { visible: this.visible.size, inFlight: this.invisible.size - delayed, delayed, oldestSeconds: (now - oldest) / 1000 };
  }

  /** @throws QueueError for a body that SQS refuses */
  public send(body: string, { messageAttributes = {}, delaySeconds = this.definition.delaySeconds, senderId = 'sandbox' }: {
    messageAttributes?: MessageAttributes; delaySeconds?: number; senderId?: string;
  } = {}): { messageId: string; md5OfBody: string } {
    checkBody(body, messageAttributes, this.definition.maximumMessageBytes ?? MAXIMUM_MESSAGE_BYTES);
    const now = this.surroundings.now();
    const visibleAt = now + delaySeconds * 1000;
    const messageId = randomUUID();
    const message: Message = { messageId, body, messageAttributes, sentAt: now, senderId, firstVisibleAt: visibleAt, visibleAt, receiveCount: 0 };
    this.keep(message);
    this.surroundings.onMetric?.('NumberOfMessagesSent', 1);
    return { messageId: message.messageId, md5OfBody: md5(body) };
  }

  /** Puts back what a journal kept; it is visible once its first delay is over, because whoever was at work on it is gone. */
  public restore(change: QueueChange): void {
    if (change.kind === 'gone') this.remove(change.messageId);
    else this.put({ ...change, visibleAt: change.firstVisibleAt, receiveCount: 0 });
  }

  /** Takes up to `maximum` messages, invisible to others for the visibility timeout. Messages received too often go to the dead-letter queue. */
  public receive(maximum: number, visibilityTimeoutSeconds = this.definition.visibilityTimeoutSeconds): ReceivedMessage[] {
    const now = this.settle();
    const taken: Message[] = [];
    for (const message of this.visible.values()) {
      if (taken.length === maximum) break;
      if (!this.wasDeadLettered(message)) taken.push(message);
    }
    const received = taken.map(message => {
      message.receiveCount++;
      message.firstReceivedAt ??= now;
      message.receiptHandle = `${message.messageId}#${randomUUID()}`;
      this.show(message, visibilityTimeoutSeconds);
      return this.asReceived(message);
    });
    this.surroundings.onMetric?.(received.length > 0 ? 'NumberOfMessagesReceived' : 'NumberOfEmptyReceives', Math.max(1, received.length));
    return received;
  }

  /** Deleting twice is no error; a handle of an earlier receive deletes nothing, as a standard queue may do. */
  public delete(receiptHandle: string): void {
    const message = this.messageOf(receiptHandle);
    if (message?.receiptHandle !== receiptHandle) return;
    this.drop(message);
    this.surroundings.onMetric?.('NumberOfMessagesDeleted', 1);
  }

  public changeVisibility(receiptHandle: string, seconds: number): void {
    const message = this.messageOf(receiptHandle);
    if (message?.receiptHandle !== receiptHandle) return;
    this.show(message, seconds);
    if (seconds === 0) this.notify();
  }

  public purge(): void {
    this.all.forEach(message => this.drop(message));
  }

  /** Calls back when messages may have become visible. Returns how to stop that. */
  public onVisible(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Milliseconds until a message that is invisible now becomes visible; undefined where there is none. */
  public get nextVisibleIn(): number | undefined {
    const now = this.settle();
    let next = Infinity;
    for (const { visibleAt } of this.invisible.values()) next = Math.min(next, visibleAt);
    return next === Infinity ? undefined : next - now;
  }

  private get all(): Message[] {
    return [...this.visible.values(), ...this.invisible.values()];
  }

  private put(message: Message): void {
    this.earliest = Math.min(this.earliest, message.sentAt);
    (message.visibleAt > this.surroundings.now() ? this.invisible : this.visible).set(message.messageId, message);
  }

  private remove(messageId: string): boolean {
    return this.visible.delete(messageId) || this.invisible.delete(messageId);
  }

  /** Lets a message be seen in so many seconds. */
  private show(message: Message, seconds: number): void {
    this.remove(message.messageId);
    message.visibleAt = this.surroundings.now() + seconds * 1000;
    this.put(message);
  }

  private keep(message: Message): void {
    this.put(message);
    this.surroundings.onChange?.(asSent(message));
    this.notify();
  }

  private drop({ messageId }: Message): void {
    if (this.remove(messageId)) this.surroundings.onChange?.({ kind: 'gone', messageId });
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }

  private messageOf(receiptHandle: string): Message | undefined {
    const [messageId, receipt] = receiptHandle.split('#');
    if (!receipt) throw new QueueError('ReceiptHandleIsInvalid', `The input receipt handle "${receiptHandle}" is not a valid receipt handle.`);
    return this.visible.get(messageId) ?? this.invisible.get(messageId);
  }

  private wasDeadLettered(message: Message): boolean {
    const { redrive } = this.definition;
    if (!redrive || message.receiveCount < redrive.maxReceiveCount) return false;
    const target = this.surroundings.queueByArn(redrive.deadLetterQueueArn);
    // A dead-letter queue that is not there loses nothing: the message stays, as AWS does it.
    if (!target) return false;
    const now = this.surroundings.now();
    // First into the one queue, then out of the other: a journal that ends between the two has it twice, not nowhere.
    target.keep({ ...message, firstVisibleAt: now, visibleAt: now, receiveCount: 0, firstReceivedAt: undefined, receiptHandle: undefined });
    this.drop(message);
    return true;
  }

  /** Shows what became visible, and drops what is too old, by now, which it returns. The age counts from the first send, also in a dead-letter queue. */
  private settle(): number {
    const now = this.surroundings.now();
    for (const message of this.invisible.values()) {
      if (message.visibleAt > now) continue;
      this.invisible.delete(message.messageId);
      this.visible.set(message.messageId, message);
    }
    const oldest = now - this.definition.retentionSeconds * 1000;
    if (this.earliest < oldest) {
      this.all.filter(({ sentAt }) => sentAt < oldest).forEach(message => this.drop(message));
      this.earliest = this.all.reduce((least, { sentAt }) => Math.min(least, sentAt), Infinity);
    }
    return now;
  }

  private asReceived(message: Message): ReceivedMessage {
    const { messageId, body, messageAttributes, senderId, sentAt, receiveCount, firstReceivedAt } = message;
    return {
      messageId,
      receiptHandle: message.receiptHandle!,
      body,
      md5OfBody: md5(body),
      messageAttributes,
      attributes: {
        SenderId: senderId,
        SentTimestamp: String(sentAt),
        ApproximateReceiveCount: String(receiveCount),
        ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
      },
    };
  }
}

function asSent({ messageId, body, messageAttributes, sentAt, senderId, firstVisibleAt }: Message): SentMessage {
  return { kind: 'sent', messageId, body, messageAttributes, sentAt, senderId, firstVisibleAt };
}

function checkBody(body: string, attributes: MessageAttributes, maximumBytes: number): void {
  if (body === '') throw new QueueError('InvalidParameterValue', 'The request must contain the parameter MessageBody.');
  const bytes = Buffer.byteLength(body) + Object.entries(attributes)
    .reduce((sum, [name, { DataType, StringValue = '', BinaryValue = '' }]) => sum + name.length + DataType.length + Buffer.byteLength(StringValue) + BinaryValue.length, 0);
  if (bytes > maximumBytes) {
    throw new QueueError('InvalidParameterValue', `One or more parameters are invalid. Reason: Message must be shorter than ${maximumBytes} bytes.`);
  }
  // https://www.w3.org/TR/REC-xml/#charsets
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.test(body)) {
    throw new QueueError('InvalidMessageContents', 'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.');
  }
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
