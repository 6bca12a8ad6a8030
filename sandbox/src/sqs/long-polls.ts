import { Queue } from './queue';
import { Clock } from '../time/clock';

/** Receives that wait for a message. */
export class LongPolls {
  private readonly waiting = new Set<() => void>();
  private ended = false;

  constructor(private readonly clock: Clock) {}

  /**
   * Answers when a message may be there; false where the time is over or all is ended.
   *
   * @param until - milliseconds since 1970
   */
  async wait(queue: Queue, until: number): Promise<boolean> {
    const left = until - this.clock.now();
    if (this.ended || left <= 0) return false;
    await new Promise<void>(resolve => {
      const done = () => {
        cancel();
        unsubscribe();
        this.waiting.delete(done);
        resolve();
      };
      const cancel = this.clock.after(Math.min(left, queue.nextVisibleIn ?? Infinity), done);
      const unsubscribe = queue.onVisible(done);
      this.waiting.add(done);
    });
    return true;
  }

  end(): void {
    this.ended = true;
    for (const done of [...this.waiting]) done();
  }
}
