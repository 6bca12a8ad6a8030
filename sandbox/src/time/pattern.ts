/** A run of one letter, or text as it is. */
export type PatternPart = { readonly letter: string; readonly count: number } | { readonly text: string };

/** Splits a pattern of Joda-Time or of java.time: letters mean something, quotes keep text, two quotes are one. */
export function splitPattern(pattern: string): PatternPart[] | undefined {
  const parts: PatternPart[] = [];
  for (let at = 0; at < pattern.length;) {
    const character = pattern[at];
    if (character === '\'') {
      const end = closingQuote(pattern, at);
      if (end === undefined) return undefined;
      parts.push({ text: end === at + 1 ? '\'' : pattern.slice(at + 1, end).replace(/''/g, '\'') });
      at = end + 1;
    } else if (/[A-Za-z]/.test(character)) {
      let count = 1;
      while (pattern[at + count] === character) count++;
      parts.push({ letter: character, count });
      at += count;
    } else {
      parts.push({ text: character });
      at++;
    }
  }
  return parts;
}

/** Optional sections of java.time are taken as given: their brackets alone go. */
export function withoutOptional(pattern: string): string {
  return pattern.replace(/'[^']*'|[[\]]/g, part => part.startsWith('\'') ? part : '');
}

function closingQuote(pattern: string, opening: number): number | undefined {
  if (pattern[opening + 1] === '\'') return opening + 1;
  for (let at = opening + 1; at < pattern.length; at++) {
    if (pattern[at] !== '\'') continue;
    if (pattern[at + 1] !== '\'') return at;
    at++;
  }
  return undefined;
}
