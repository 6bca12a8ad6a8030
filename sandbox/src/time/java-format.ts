import { DAYS, LocalTime, localTime, MONTHS } from './calendar';
import { splitPattern, withoutOptional } from './pattern';
import { formatOffset, Zone } from './zone';

/** How often each letter may stand in a row. java.time has more letters: fields of weeks that depend on a locale, and parts of the day. */
const COUNTS: Record<string, readonly number[]> = {
  ...lettersUpTo('GMLQqEXxZ', 5),
  ...lettersUpTo('uyAnN', 19),
  ...lettersUpTo('dHkKhms', 2),
  ...lettersUpTo('S', 9),
  ...lettersUpTo('z', 4),
  ...lettersUpTo('D', 3),
  ...lettersUpTo('a', 1),
  V: [2],
  O: [1, 4],
};

/** What is wrong with a pattern of java.time, or not modelled. */
export function problemOfJavaPattern(pattern: string): string | undefined {
  const parts = splitPattern(pattern);
  if (parts === undefined || /[{}#]/.test(pattern.replace(/'[^']*'/g, ''))) return 'not a pattern of java.time';
  for (const part of parts) {
    if (!('letter' in part)) continue;
    if (!Object.hasOwn(COUNTS, part.letter)) return `the letter ${part.letter} is not modelled`;
    if (!COUNTS[part.letter].includes(part.count)) return `${part.count} letters ${part.letter} in a row are not a pattern of java.time`;
  }
  return undefined;
}

/**
 * Writes a moment by a pattern of java.time.
 *
 * @see https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/time/format/DateTimeFormatter.html#patterns
 */
export function formatJavaTime(pattern: string, milliseconds: number, zone: Zone): string {
  const time = localTime(milliseconds + zone.offsetAt(milliseconds));
  const parts = splitPattern(withoutOptional(pattern)) ?? [];
  return parts.map(part => 'text' in part ? part.text : field(part.letter, part.count, time, milliseconds, zone)).join('');
}

function field(letter: string, count: number, time: LocalTime, milliseconds: number, zone: Zone): string {
  const number = (value: number) => String(value).padStart(count, '0');
  const millisecondOfDay = ((time.hour * 60 + time.minute) * 60 + time.second) * 1000 + time.millisecond;
  switch (letter) {
    case 'G': return count === 4 ? 'Anno Domini' : count === 5 ? 'A' : 'AD';
    case 'u': case 'y': return count === 2 ? String(time.year % 100).padStart(2, '0') : number(time.year);
    case 'D': return number(time.dayOfYear);
    case 'M': case 'L': return count < 3 ? number(time.month) : name(MONTHS[time.month - 1], count);
    case 'd': return number(time.day);
    case 'Q': case 'q': return quarter(Math.ceil(time.month / 3), count);
    case 'E': return name(DAYS[time.dayOfWeek - 1], Math.max(count, 3));
    case 'a': return time.hour < 12 ? 'AM' : 'PM';
    case 'H': return number(time.hour);
    case 'k': return number(time.hour || 24);
    case 'K': return number(time.hour % 12);
    case 'h': return number(time.hour % 12 || 12);
    case 'm': return number(time.minute);
    case 's': return number(time.second);
    case 'S': return String(time.millisecond).padStart(3, '0').padEnd(9, '0').slice(0, count);
    case 'A': return number(millisecondOfDay);
    case 'n': return number(time.millisecond * 1e6);
    case 'N': return number(millisecondOfDay * 1e6);
    case 'V': return zone.id;
    case 'z': return zone.nameAt(milliseconds, count < 4 ? 'short' : 'long');
    default: return offset(letter, count, zone.offsetAt(milliseconds));
  }
}

function name(full: string, count: number): string {
  return count === 5 ? full[0] : count === 4 ? full : full.slice(0, 3);
}

function quarter(value: number, count: number): string {
  if (count === 3) return `Q${value}`;
  return count === 4 ? `${['1st', '2nd', '3rd', '4th'][value - 1]} quarter` : String(value).padStart(count === 5 ? 1 : count, '0');
}

/** `O`, `X`, `x` and `Z`: offsets of whole minutes, as all zones have today. */
function offset(letter: string, count: number, milliseconds: number): string {
  if (letter === 'O') return milliseconds === 0 ? 'GMT' : `GMT${count === 4 ? formatOffset(milliseconds, ':') : shortOffset(milliseconds)}`;
  if (letter === 'Z') return count === 4 ? offset('O', 4, milliseconds) : count === 5 ? offset('X', 5, milliseconds) : formatOffset(milliseconds, '');
  if (letter === 'X' && milliseconds === 0) return 'Z';
  if (count === 1) return formatOffset(milliseconds, '').replace(/00$/, '');
  return formatOffset(milliseconds, count === 3 || count === 5 ? ':' : '');
}

function shortOffset(milliseconds: number): string {
  return formatOffset(milliseconds, ':').replace(/^([+-])0/, '$1').replace(/:00$/, '');
}

function lettersUpTo(letters: string, most: number): Record<string, readonly number[]> {
  const counts = Array.from({ length: most }, (_, at) => at + 1);
  return Object.fromEntries([...letters].map(letter => [letter, counts]));
}
