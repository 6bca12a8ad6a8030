/** What time it is, and being called later. Tests pass one that they move. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Returns how to take that back. */
  after(milliseconds: number, call: () => void): () => void;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  after: (milliseconds, call) => {
    const timer = setTimeout(call, milliseconds);
    return () => clearTimeout(timer);
  },
};
