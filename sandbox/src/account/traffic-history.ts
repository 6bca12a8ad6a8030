import { Activity, Counter } from './activity';
import { LatencyFigures, LatencySample } from './latency-sample';
import { Clock } from '../time/clock';

/** One second of traffic. */
export interface TrafficSecond {
  /** When it ended, milliseconds. */
  readonly time: number;
  readonly messagesIn: number;
  readonly bytesIn: number;
  readonly recordsDelivered: number;
  readonly recordsFailed: number;
  readonly actionsFailed: number;
  readonly invocations: number;
  /** From taking a message to the last of its actions; absent where no message ended. */
  readonly latency?: LatencyFigures;
}

const COUNTERS = ['messagesIn', 'bytesIn', 'recordsDelivered', 'recordsFailed', 'actionsFailed', 'invocations'] as const satisfies readonly Counter[];
type Counts = { readonly [counter in typeof COUNTERS[number]]: number };
const SECOND = 1000;
/** A quarter of an hour. */
const KEPT = 900;

/** Traffic second by second, so that a page which opens later has something to show. It reads a few counters a second, and no more. */
export class TrafficHistory {
  /** How long messages took; whoever takes messages in adds to it. */
  readonly latency = new LatencySample();
  private readonly seconds: TrafficSecond[] = [];
  private before = ofEach(() => 0);
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly activity: Activity, private readonly clock: Pick<Clock, 'now'>) {}

  start(): void {
    this.timer ??= setInterval(() => this.sample(), SECOND).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Seconds that ended after a time, oldest first. */
  since(time: number): TrafficSecond[] {
    return this.seconds.filter(second => second.time > time);
  }

  /** Ends a second. */
  sample(): void {
    const now = ofEach(counter => this.activity.counter(counter));
    const grown = ofEach(counter => now[counter] - this.before[counter]);
    this.before = now;
    const latency = this.latency.take();
    this.seconds.push({ time: this.clock.now(), ...grown, ...latency && { latency } });
    if (this.seconds.length > KEPT) this.seconds.shift();
  }
}

function ofEach(value: (counter: typeof COUNTERS[number]) => number): Counts {
  return Object.fromEntries(COUNTERS.map(counter => [counter, value(counter)])) as Counts;
}
