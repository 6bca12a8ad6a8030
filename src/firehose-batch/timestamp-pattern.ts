/** A piece of a pattern of Java's DateTimeFormatter. */
export type PatternPart = { readonly literal: string } | { readonly letter: string; readonly count: number };

/**
 * How often a pattern letter may stand in a row.
 *
 * @see https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/time/format/DateTimeFormatter.html#patterns
 */
const COUNTS: { readonly [letters: string]: readonly number[] } = {
  GMLQqEe: upTo(5),
  c: [1, 3, 4, 5],
  uyYAnNg: upTo(19),
  D: upTo(3),
  dhHkKmsw: upTo(2),
  FWa: [1],
  B: [1, 4, 5],
  S: upTo(9),
  V: [2],
  vO: [1, 4],
  z: upTo(4),
  XxZ: upTo(5),
};
/** Kept by Java for later. */
const RESERVED = '{}#';
const ANYTHING = /'(?:[^']|'')*'|'|([A-Za-z])\1*|[^A-Za-z']/g;

/** The pieces of a pattern, or nothing where Java would refuse it. */
export function patternParts(pattern: string): PatternPart[] | undefined {
  const parts: PatternPart[] = [];
  let optional = 0;
  for (const [text] of pattern.matchAll(ANYTHING)) {
    if (text === '\'' || RESERVED.includes(text)) return undefined;
    if (text.startsWith('\'')) {parts.push({ literal: text === '\'\'' ? '\'' : text.slice(1, -1).replaceAll('\'\'', '\'') });} else if (text === '[') {optional += 1;} else if (text === ']') {
      optional -= 1;
      if (optional < 0) return undefined;
    } else if (/[A-Za-z]/.test(text)) {
      if (!mayRepeat(text.charAt(0), text.length)) return undefined;
      parts.push({ letter: text.charAt(0), count: text.length });
    } else {parts.push({ literal: text });}
  }
  return parts;
}

function mayRepeat(letter: string, count: number): boolean {
  return Object.entries(COUNTS).some(([letters, counts]) => letters.includes(letter) && counts.includes(count));
}

function upTo(max: number): number[] {
  return Array.from({ length: max }, (_, index) => index + 1);
}
