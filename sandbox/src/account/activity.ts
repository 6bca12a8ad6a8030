import { EventEmitter } from 'events';
import { Denial } from '../broker/mqtt-broker';
import { PresenceEvent } from '../broker/presence';
import { ProvisioningDecision } from '../provisioning/fleet-provisioning';
import { Clock } from '../time/clock';

/** What is recorded of what happens, by kind. Nothing here holds a payload, key, token or certificate. */
export interface ActivityRecords {
  /** A device may not. */
  mqttDenial: Omit<Denial, 'time'>;
  /** A role or service may not. */
  iamDenial: { readonly caller: string; readonly action: string; readonly resource: string; readonly reason: string };
  provisioning: Omit<ProvisioningDecision, 'time'>;
  presence: PresenceEvent;
  /** An object of a delivery stream is in its bucket. */
  delivery: { readonly stream: string; readonly bucket: string; readonly key: string; readonly bytes: number; readonly records: number; readonly output: 'data' | 'error' | 'backup' };
  /** An action of a rule failed; the error action gets it where there is one. */
  ruleFailure: { readonly rule: string; readonly topic: string; readonly action: string; readonly resource: string; readonly message: string; readonly errorAction: 'done' | 'failed' | 'none' };
  invocationFailure: { readonly functionName: string; readonly errorType: string; readonly message: string };
  alarm: { readonly name: string; readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'; readonly reason: string };
  /** What nobody in AWS would see, such as a journal that ends in the middle of a record. */
  problem: { readonly message: string };
}

export type ActivityKind = keyof ActivityRecords;
export type Recorded<K extends ActivityKind = ActivityKind> = { readonly kind: K; readonly time: number } & ActivityRecords[K];

/** How often, since the start. */
export type Counter = 'messagesIn' | 'bytesIn' | 'ruleMatches' | 'actionsRun' | 'actionsFailed' | 'recordsDelivered' | 'recordsFailed' | 'connects' | 'disconnects' | 'invocations';

const KEPT = 500;

/** What happens in the sandbox, for whoever watches: the last records of each kind, how many there were, and counters. */
export class Activity {
  private readonly kept = new Map<ActivityKind, Recorded[]>();
  private readonly totals = new Map<ActivityKind, number>();
  private readonly counters = new Map<Counter, number>();
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  record<K extends ActivityKind>(kind: K, record: ActivityRecords[K]): void {
    const recorded = { ...record, kind, time: this.clock.now() } as unknown as Recorded;
    let list = this.kept.get(kind);
    if (!list) this.kept.set(kind, list = []);
    list.push(recorded);
    if (list.length > KEPT) list.shift();
    this.totals.set(kind, (this.totals.get(kind) ?? 0) + 1);
    this.emitter.emit('record', recorded);
  }

  count(counter: Counter, by = 1): void {
    this.counters.set(counter, (this.counters.get(counter) ?? 0) + by);
  }

  counter(counter: Counter): number {
    return this.counters.get(counter) ?? 0;
  }

  /** The last ones, oldest first. */
  last<K extends ActivityKind>(kind: K): readonly Recorded<K>[] {
    return (this.kept.get(kind) ?? []) as unknown as Recorded<K>[];
  }

  total(kind: ActivityKind): number {
    return this.totals.get(kind) ?? 0;
  }

  /** Calls back for each record from now on. Returns how to stop that. */
  watch(listener: (record: Recorded) => void): () => void {
    this.emitter.on('record', listener);
    return () => this.emitter.off('record', listener);
  }
}
