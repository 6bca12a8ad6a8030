import { Clock } from '../time/clock';

export interface BatchBufferOptions<Item> {
  readonly clock: Clock;
  readonly bytes: number;
  readonly seconds: number;
  /** Batches that are handled at once; others wait. */
  readonly atOnce: number;
  handle(items: Item[]): Promise<void>;
  /** Called when nothing is in it any more, waiting or being handled. */
  onIdle?(): void;
}

/** Gathers items until they are so many bytes, or until the first of them has waited so long. */
export class BatchBuffer<Item> {
  private items: Item[] = [];
  private gathered = 0;
  private cancel: (() => void) | undefined;
  private running = 0;
  private readonly queue: Item[][] = [];
  private readonly whenIdle: (() => void)[] = [];

  constructor(private readonly options: BatchBufferOptions<Item>) {}

  add(item: Item, bytes: number): void {
    const { clock, seconds } = this.options;
    this.items.push(item);
    this.gathered += bytes;
    if (this.gathered >= this.options.bytes) this.cut();
    else this.cancel ??= clock.after(seconds * 1000, () => this.cut());
  }

  /** Handles what there is now, and answers when that and all before it is done. */
  async flush(): Promise<void> {
    this.cut();
    if (this.running > 0) await new Promise<void>(resolve => this.whenIdle.push(resolve));
  }

  private cut(): void {
    this.cancel?.();
    this.cancel = undefined;
    this.gathered = 0;
    if (this.items.length > 0) this.queue.push(this.items);
    this.items = [];
    this.next();
  }

  private next(): void {
    while (this.running < this.options.atOnce && this.queue.length > 0) {
      this.running++;
      void this.options.handle(this.queue.shift()!).finally(() => {
        this.running--;
        this.next();
        if (this.running > 0) return;
        for (const resolve of this.whenIdle.splice(0)) resolve();
        if (this.items.length === 0) this.options.onIdle?.();
      });
    }
  }
}
