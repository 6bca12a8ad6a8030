/** So many measurements of a second are kept, however many messages come. */
const KEPT = 256;

export interface LatencyFigures { readonly median: number; readonly p95: number; readonly longest: number; readonly measured: number }

/** Milliseconds that something took, of the time since the figures were last taken: every one of them as likely kept as any other. */
export class LatencySample {
  private kept: number[] = [];
  private measured = 0;
  private longest = 0;

  constructor(private readonly random: () => number = Math.random) {}

  add(milliseconds: number): void {
    this.measured++;
    if (milliseconds > this.longest) this.longest = milliseconds;
    if (this.kept.length < KEPT) {
      this.kept.push(milliseconds);
    } else {
      const at = Math.floor(this.random() * this.measured);
      if (at < KEPT) this.kept[at] = milliseconds;
    }
  }

  /** Undefined where nothing was measured since the last time. */
  take(): LatencyFigures | undefined {
    const { kept, measured, longest } = this;
    if (measured === 0) return undefined;
    [this.kept, this.measured, this.longest] = [[], 0, 0];
    kept.sort((a, b) => a - b);
    const rank = (share: number) => kept[Math.min(kept.length - 1, Math.floor(share * kept.length))];
    return { median: rank(0.5), p95: rank(0.95), longest, measured };
  }
}
