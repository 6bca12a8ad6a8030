export interface ListOptions {
  readonly prefix: string;
  /** Keys that agree up to its next occurrence after the prefix are told as one common prefix; empty for none. */
  readonly delimiter: string;
  /** Only keys after this one; a common prefix that was told last is passed over whole. */
  readonly after: string;
  readonly maximum: number;
}

export interface KeyPage {
  readonly keys: string[];
  readonly commonPrefixes: string[];
  /** The last key or common prefix of this page, where there is more. */
  readonly next?: string;
}

/**
 * One page of a listing.
 *
 * @param sorted - keys that begin with the prefix, in the order of their bytes
 */
export function pageOf(sorted: readonly string[], { prefix, delimiter, after, maximum }: ListOptions): KeyPage {
  const keys: string[] = [];
  const commonPrefixes: string[] = [];
  let last: string | undefined;
  for (let at = after === '' ? 0 : firstAfter(sorted, after); at < sorted.length; at++) {
    const key = sorted[at];
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const common = end < 0 ? undefined : key.slice(0, end + delimiter.length);
    if (common !== undefined && (common === last || common === after)) continue;
    if (keys.length + commonPrefixes.length >= maximum) return { keys, commonPrefixes, ...last !== undefined && { next: last } };
    if (common === undefined) keys.push(key);
    else commonPrefixes.push(common);
    last = common ?? key;
  }
  return { keys, commonPrefixes };
}

/** Where JavaScript's order of texts is not the one of their bytes. */
const BEYOND = /[\ud800-\uffff]/;

/** By bytes, as S3 sorts. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  if (BEYOND.test(a) && BEYOND.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

function firstAfter(sorted: readonly string[], after: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (compareKeys(sorted[middle], after) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
