import { randomUUID } from 'crypto';
import { DeployedFunction } from './deployed-function';
import { FinishedEvent, sendToDeadLetter, sendToDestination } from './destination';
import { asynchronousSettingsOf, FunctionDirectory, FunctionTarget } from './function-directory';
import { InvocationResult } from './lambda-function';
import { Account, AwsError } from '../account';
import { Journal } from '../firehose/journal';

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const DEFAULT_RETRIES = 2;
const DEFAULT_EVENT_AGE_SECONDS = 6 * 3600;
const RETRY_WAITS_SECONDS = [60, 120];
/** Where it is throttled: doubled from the first to the last. */
const THROTTLED_WAIT_SECONDS = 1;
const LONGEST_THROTTLED_WAIT_SECONDS = 300;
const SHORTEST_WAIT_MS = 50;

export interface AsynchronousOptions {
  readonly functions: FunctionDirectory;
  /** Waits of Lambda are multiplied by it. */
  readonly waitFactor: number;
}

interface Event {
  readonly name: string;
  readonly qualifier?: string;
  readonly requestId: string;
  /** JSON text. */
  readonly payload: string;
  readonly attempts: number;
}

interface Kept extends Event { readonly sequence: number; readonly acceptedAt: number }

/**
 * Events that functions are invoked with while nobody waits: on disk until they are handled, repeated where the function fails.
 *
 * An event whose handling was cut off by the end of the process is handled again: at least once, as in Lambda.
 */
export class AsynchronousInvocations {
  private readonly running = new Set<Promise<void>>();
  private readonly waiting = new Map<number, () => void>();
  private opened: Promise<{ journal: Journal; events: Kept[] }> | undefined;
  private lastSequence = 0;
  private stopped = false;

  constructor(private readonly account: Account, private readonly options: AsynchronousOptions) {}

  /** Goes on with what an earlier process left. */
  async start(): Promise<void> {
    const { events } = await this.open();
    for (const event of events) this.run(event);
  }

  /** Answers once the event is on disk. @returns the id of the request */
  async accept({ function: { definition: { name } }, qualifier }: FunctionTarget, payload: string): Promise<string> {
    const event: Event = { name, qualifier, requestId: randomUUID(), payload, attempts: 0 };
    this.run(await this.keep(event, this.account.clock.now()));
    return event.requestId;
  }

  /** Starts nothing more; what is not done stays on disk. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const cancel of this.waiting.values()) cancel();
    await Promise.all(this.running);
    if (this.opened) await (await this.opened).journal.close();
  }

  private open() {
    this.opened ??= Journal.open({ folder: this.account.folder('lambda-events'), durability: 'disk' }).then(({ journal, records, damaged }) => {
      for (const file of damaged) this.account.activity.record('problem', { message: `asynchronous invocations: ${file} ends in the middle of an event that was not acknowledged` });
      const events = records.map(({ sequence, arrival, data }): Kept => ({ ...JSON.parse(data.toString('utf8')) as Event, sequence, acceptedAt: arrival }));
      this.lastSequence = events.reduce((greatest, { sequence }) => Math.max(greatest, sequence), this.lastSequence);
      return { journal, events };
    });
    return this.opened;
  }

  private async keep(event: Event, acceptedAt: number): Promise<Kept> {
    const { journal } = await this.open();
    // Above all that earlier processes gave, also those that are no longer in the journal.
    const sequence = this.lastSequence = Math.max(this.lastSequence + 1, Date.now() * 1000);
    await journal.accept([{ sequence, arrival: acceptedAt, data: Buffer.from(JSON.stringify(event)) }]);
    return { ...event, sequence, acceptedAt };
  }

  private async settle({ sequence }: Kept): Promise<void> {
    await (await this.open()).journal.settle([sequence]);
  }

  private run(event: Kept, throttled = 0): void {
    if (this.stopped) return;
    const run = this.handle(event, throttled)
      .catch(error => this.account.activity.record('problem', { message: `asynchronous invocation of ${event.name}: ${String(error)}` }))
      .finally(() => this.running.delete(run));
    this.running.add(run);
  }

  private async handle(event: Kept, throttled: number): Promise<void> {
    const target = this.targetOf(event);
    if (!target) return this.settle(event);
    const { maximumEventAgeSeconds = DEFAULT_EVENT_AGE_SECONDS, maximumRetryAttempts = DEFAULT_RETRIES } = asynchronousSettingsOf(target);
    const tooOld = () => this.account.clock.now() - event.acceptedAt > maximumEventAgeSeconds * 1000;
    let result: InvocationResult;
    try {
      if (tooOld()) return await this.finish(event, target, 'EventAgeExceeded');
      result = await target.function.invoke(JSON.parse(event.payload), { requestId: event.requestId, functionArn: target.arn });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const seconds = Math.min(LONGEST_THROTTLED_WAIT_SECONDS, THROTTLED_WAIT_SECONDS * 2 ** throttled);
      return this.later(event, seconds, () => this.run(event, throttled + 1));
    }
    // Cut off by the end of the sandbox: the next start repeats it.
    if (this.stopped && result.failure) return;
    const tried = { ...event, attempts: event.attempts + 1 };
    if (!result.failure) return this.finish(tried, target, 'Success', result);
    if (event.attempts >= maximumRetryAttempts) return this.finish(tried, target, 'RetriesExhausted', result);
    const { sequence, acceptedAt, ...next } = tried;
    const kept = await this.keep(next, acceptedAt);
    await this.settle(event);
    this.later(kept, RETRY_WAITS_SECONDS[Math.min(event.attempts, 1)], () => this.run(kept));
  }

  private later({ sequence }: Kept, seconds: number, call: () => void): void {
    if (this.stopped) return;
    this.waiting.set(sequence, this.account.clock.after(Math.max(SHORTEST_WAIT_MS, seconds * 1000 * this.options.waitFactor), () => {
      this.waiting.delete(sequence);
      call();
    }));
  }

  private targetOf({ name, qualifier }: Event): FunctionTarget | undefined {
    try {
      return this.options.functions.find(name, qualifier);
    } catch {
      this.account.activity.record('problem', { message: `an event for the function ${name} was left by an earlier start, and the function is no longer there: dropped` });
      return undefined;
    }
  }

  private async finish(event: Kept, target: FunctionTarget, condition: FinishedEvent['condition'], result?: InvocationResult): Promise<void> {
    const { requestId, payload, attempts } = event;
    const finished: FinishedEvent = { functionArn: target.arn, requestId, payload, attempts, condition, result, version: target.version };
    const { onSuccessArn, onFailureArn } = asynchronousSettingsOf(target);
    const { deadLetterArn } = target.function.definition;
    const put = (metric: string) => this.account.metrics.put('AWS/Lambda', metric, { FunctionName: event.name });
    const destination = condition === 'Success' ? onSuccessArn : onFailureArn;
    if (condition !== 'Success') put('AsyncEventsDropped');
    if (destination !== undefined) {
      await this.deliver(target.function, destination, () => sendToDestination(this.account, target.function, destination, finished), () => put('DestinationDeliveryFailures'));
    }
    if (condition !== 'Success' && deadLetterArn !== undefined) {
      await this.deliver(target.function, deadLetterArn, () => sendToDeadLetter(this.account, target.function, deadLetterArn, finished), () => put('DeadLetterErrors'));
    }
    await this.settle(event);
  }

  private async deliver({ definition: { name } }: DeployedFunction, arn: string, send: () => Promise<void>, failed: () => void): Promise<void> {
    try {
      await send();
    } catch (error) {
      failed();
      this.account.activity.record('problem', { message: `${name}: what became of an asynchronous event could not be sent to ${arn}: ${(error as Error).message}` });
    }
  }
}
