import { RecordFile } from './record-file';
import { Json } from '../json';

/** A map of one kind of record; every change is kept before it is seen, where there is a file. */
export class KeptMap<V> {
  private readonly records = new Map<string, V>();

  /** @param changed - called after each change */
  constructor(private readonly kind: string, private readonly file?: RecordFile, private readonly changed: () => void = () => undefined) {
    for (const [key, value] of file?.entries(kind) ?? []) this.records.set(key, value as unknown as V);
  }

  get(key: string): V | undefined {
    return this.records.get(key);
  }

  has(key: string): boolean {
    return this.records.has(key);
  }

  keys(): string[] {
    return [...this.records.keys()];
  }

  values(): V[] {
    return [...this.records.values()];
  }

  set(key: string, value: V): V {
    this.file?.put(this.kind, key, value as unknown as Json);
    this.records.set(key, value);
    this.changed();
    return value;
  }

  delete(key: string): void {
    if (!this.records.has(key)) return;
    this.file?.put(this.kind, key, undefined);
    this.records.delete(key);
    this.changed();
  }
}
