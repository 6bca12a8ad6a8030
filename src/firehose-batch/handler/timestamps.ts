/** Moments from 1970 to 9999, in milliseconds. */
const FIRST = Date.UTC(1970, 0, 1);
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
/** Seconds, milliseconds, microseconds and nanoseconds since 1970 differ by a factor of 1,000; no device sends times of the year 5138. */
const UNITS: readonly (readonly [below: number, milliseconds: number])[] = [[1e11, 1_000], [1e14, 1], [1e17, 1e-3], [1e20, 1e-6]];
const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

let secondOfText = NaN;
let textOfSecond = '';

/**
 * A moment as a timestamp column takes it, `"2026-11-21 08:00:00.123"` in UTC, or undefined for what is none.
 *
 * @param value - JSON: a number of seconds, milliseconds, microseconds or nanoseconds since 1970, or a text as ISO 8601 has it
 */
export function timestampOf(value: string, isText: boolean): string | undefined {
  if (!isText) return value === '' || value === 'null' ? undefined : timestampOfEpoch(Number(value));
  const text = value.slice(1, -1);
  if (!ISO.test(text)) return undefined;
  // Without a zone it is UTC, as all times of the lake.
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/.test(text.slice(10));
  const moment = Date.parse(text.length === 10 || hasZone ? text.replace(' ', 'T') : `${text.replace(' ', 'T')}Z`);
  return timestampOfNumber(moment);
}

function timestampOfEpoch(epoch: number): string | undefined {
  const unit = UNITS.find(([below]) => epoch < below);
  return epoch > 0 && unit !== undefined ? timestampOfNumber(Math.floor(epoch * unit[1])) : undefined;
}

/** @param milliseconds - since 1970 */
export function timestampOfNumber(milliseconds: number | undefined): string | undefined {
  if (milliseconds === undefined || !(milliseconds >= FIRST && milliseconds <= LAST)) return undefined;
  const second = Math.floor(milliseconds / 1_000);
  if (second !== secondOfText) {
    // Most messages of a batch are of the same second.
    const iso = new Date(second * 1_000).toISOString();
    textOfSecond = `"${iso.slice(0, 10)} ${iso.slice(11, 19)}.`;
    secondOfText = second;
  }
  return `${textOfSecond}${String(1_000 + milliseconds - second * 1_000).slice(1)}"`;
}
