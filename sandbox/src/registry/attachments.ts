import { RecordFile } from './record-file';
import { Json } from '../json';

/** What is attached to what, found from both sides at once; each pair may say how. */
export class Attachments<How extends Json = true> {
  private readonly byHolder = new Map<string, Map<string, How>>();
  private readonly byItem = new Map<string, Set<string>>();

  constructor(private readonly kind: string, private readonly file?: RecordFile, private readonly changed: () => void = () => undefined) {
    for (const [key, how] of file?.entries(kind) ?? []) {
      const [holder, item] = JSON.parse(key) as [string, string];
      this.link(holder, item, how as How);
    }
  }

  add(holder: string, item: string, how: How): void {
    if (this.how(holder, item) === how) return;
    this.file?.put(this.kind, JSON.stringify([holder, item]), how);
    this.link(holder, item, how);
    this.changed();
  }

  remove(holder: string, item: string): void {
    if (this.how(holder, item) === undefined) return;
    this.file?.put(this.kind, JSON.stringify([holder, item]), undefined);
    without(this.byHolder, holder, item);
    without(this.byItem, item, holder);
    this.changed();
  }

  removeHolder(holder: string): void {
    for (const item of this.itemsOf(holder)) this.remove(holder, item);
  }

  removeItem(item: string): void {
    for (const holder of this.holdersOf(item)) this.remove(holder, item);
  }

  how(holder: string, item: string): How | undefined {
    return this.byHolder.get(holder)?.get(item);
  }

  itemsOf(holder: string): string[] {
    return [...this.byHolder.get(holder)?.keys() ?? []];
  }

  holdersOf(item: string): string[] {
    return [...this.byItem.get(item) ?? []];
  }

  private link(holder: string, item: string, how: How): void {
    const items = this.byHolder.get(holder) ?? new Map<string, How>();
    this.byHolder.set(holder, items.set(item, how));
    this.byItem.set(item, (this.byItem.get(item) ?? new Set<string>()).add(holder));
  }
}

function without(index: Map<string, Map<string, unknown> | Set<string>>, key: string, value: string): void {
  const found = index.get(key);
  found?.delete(value);
  if (found?.size === 0) index.delete(key);
}
