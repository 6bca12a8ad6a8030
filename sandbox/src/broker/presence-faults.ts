import { PresenceEvent } from './presence';

/** How often events of presence come twice, and after the next one: AWS promises neither once nor in order. Shares from 0 to 1. */
export interface PresenceFaults {
  readonly duplicate?: number;
  readonly reorder?: number;
}

/** An event that waits for the next one waits no longer than this. */
const MOST_HELD_MS = 1_000;

/** Tells events on, some of them twice or out of order. */
export class FaultyPresence {
  private held: PresenceEvent | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param random - from 0 to 1, without 1 */
  constructor(
    private readonly faults: PresenceFaults, private readonly tell: (event: PresenceEvent) => void, private readonly random = Math.random,
  ) {}

  take(event: PresenceEvent): void {
    const { duplicate = 0, reorder = 0 } = this.faults;
    if (this.held === undefined && this.random() < reorder) {
      this.held = event;
      this.timer = setTimeout(() => this.release(), MOST_HELD_MS);
      return;
    }
    this.tell(event);
    if (this.random() < duplicate) this.tell(event);
    this.release();
  }

  /** Tells what is held back. */
  release(): void {
    clearTimeout(this.timer);
    const event = this.held;
    this.held = undefined;
    if (event) this.tell(event);
  }
}
