import { Clock } from '../time/clock';

export interface Datapoint { readonly minute: number; sum: number; count: number; minimum: number; maximum: number }
export interface Dimensions { readonly [name: string]: string }

const MINUTE = 60_000;
const KEPT_MINUTES = 180;

/** Metrics of CloudWatch, a datapoint a minute, for three hours. */
export class MetricStore {
  private readonly series = new Map<string, Datapoint[]>();
  /** The same by what it was put with: most callers have the same object each time, which spares writing its key. */
  private readonly known = new WeakMap<Dimensions, Map<string, Datapoint[]>>();
  private readonly produced = new Set<string>();
  private readonly samplers = new Set<() => void>();

  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  /** @param dimensions - must not change afterwards */
  put(namespace: string, name: string, dimensions: Dimensions, value = 1): void {
    const points = this.seriesOf(namespace, name, dimensions);
    const minute = Math.floor(this.clock.now() / MINUTE) * MINUTE;
    let last = points.at(-1);
    if (last?.minute !== minute) {
      points.push(last = { minute, sum: 0, count: 0, minimum: Infinity, maximum: -Infinity });
      if (points.length > KEPT_MINUTES) points.shift();
    }
    last.sum += value;
    last.count++;
    last.minimum = Math.min(last.minimum, value);
    last.maximum = Math.max(last.maximum, value);
  }

  private seriesOf(namespace: string, name: string, dimensions: Dimensions): Datapoint[] {
    let known = this.known.get(dimensions);
    if (!known) this.known.set(dimensions, known = new Map());
    const metric = `${namespace}/${name}`;
    let points = known.get(metric);
    if (points) return points;
    this.produces(namespace, [name]);
    const key = keyOf(namespace, name, dimensions);
    points = this.series.get(key);
    if (!points) this.series.set(key, points = []);
    known.set(metric, points);
    return points;
  }

  /** Says that something here puts these metrics, so that no datapoint means that nothing happened. */
  produces(namespace: string, names: readonly string[]): void {
    for (const name of names) this.produced.add(`${namespace}/${name}`);
  }

  isProduced(namespace: string, name: string): boolean {
    return this.produced.has(`${namespace}/${name}`);
  }

  /** All of a time in one datapoint; undefined where there is none. @param from - milliseconds since 1970, inclusive; `to` is not */
  between(namespace: string, name: string, dimensions: Dimensions, from: number, to: number): Omit<Datapoint, 'minute'> | undefined {
    const points = this.datapoints(namespace, name, dimensions).filter(({ minute }) => minute >= from && minute < to);
    if (points.length === 0) return undefined;
    return points.reduce((all, { sum, count, minimum, maximum }) => ({
      sum: all.sum + sum, count: all.count + count, minimum: Math.min(all.minimum, minimum), maximum: Math.max(all.maximum, maximum),
    }), { sum: 0, count: 0, minimum: Infinity, maximum: -Infinity });
  }

  /** Is called before somebody looks at metrics, so that what is a state rather than an event can be put. Returns how to stop that. */
  onSample(sampler: () => void): () => void {
    this.samplers.add(sampler);
    return () => this.samplers.delete(sampler);
  }

  sample(): void {
    for (const sampler of this.samplers) sampler();
  }

  /** Oldest first. */
  datapoints(namespace: string, name: string, dimensions: Dimensions): readonly Datapoint[] {
    return this.series.get(keyOf(namespace, name, dimensions)) ?? [];
  }
}

function keyOf(namespace: string, name: string, dimensions: Dimensions): string {
  return JSON.stringify([namespace, name, ...Object.entries(dimensions).sort(([a], [b]) => a < b ? -1 : 1)]);
}
