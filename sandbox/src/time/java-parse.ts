import { DAY_MS, DAYS, midnight, MONTHS } from './calendar';
import { PatternPart, splitPattern, withoutOptional } from './pattern';
import { Zone, zoneOf } from './zone';

/** What a text said, field by field. */
interface Fields {
  year?: number;
  month?: number;
  day?: number;
  dayOfYear?: number;
  dayOfWeek?: number;
  hour?: number;
  hourOfHalf?: number;
  afternoon?: boolean;
  minute?: number;
  second?: number;
  nanosecond?: number;
  beforeChrist?: boolean;
  zone?: Zone;
}

/**
 * Reads a time by a pattern of java.time (JDK 11), in UTC where it names no zone. Undefined where the text does not fit.
 *
 * @see https://docs.oracle.com/en/java/javase/11/docs/api/java.base/java/time/format/DateTimeFormatter.html
 */
export function parseTime(text: string, pattern: string): number | undefined {
  const parts = splitPattern(withoutOptional(pattern));
  if (parts === undefined) return undefined;
  const fields: Fields = {};
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const end = 'text' in part ? literal(text, at, part.text) : field(text, at, part, parts[index + 1], fields);
    if (end === undefined) return undefined;
    at = end;
  }
  return at === text.length ? moment(fields) : undefined;
}

function literal(text: string, at: number, expected: string): number | undefined {
  return text.startsWith(expected, at) ? at + expected.length : undefined;
}

type Letters = { readonly letter: string; readonly count: number };

function field(text: string, at: number, { letter, count }: Letters, next: PatternPart | undefined, fields: Fields): number | undefined {
  // Fields that touch have exactly the width of their letters.
  const touching = next !== undefined && 'letter' in next && !'zVOXxZGaE'.includes(next.letter);
  const number = (least: number, most: number, set: (value: number) => void, widest = 19): number | undefined => {
    const digits = /^\d+/.exec(text.slice(at, at + (touching || count > 1 && letter !== 'y' && letter !== 'u' ? count : widest)))?.[0] ?? '';
    const value = Number(digits);
    if (digits.length < count || value < least || value > most) return undefined;
    set(value);
    return at + digits.length;
  };
  switch (letter) {
    case 'y': case 'u': return count === 2
      ? number(0, 99, value => { fields.year = 2000 + value; })
      : number(letter === 'y' ? 1 : 0, 999_999_999, value => { fields.year = value; }, count === 4 ? 4 : 10);
    case 'M': case 'L': return count < 3
      ? number(1, 12, value => { fields.month = value; }, 2)
      : word(text, at, MONTHS, count, index => { fields.month = index + 1; });
    case 'd': return number(1, 31, value => { fields.day = value; }, 2);
    case 'D': return number(1, 366, value => { fields.dayOfYear = value; }, 3);
    case 'E': return word(text, at, DAYS, count, index => { fields.dayOfWeek = index + 1; });
    case 'H': return number(0, 23, value => { fields.hour = value; }, 2);
    case 'k': return number(1, 24, value => { fields.hour = value % 24; }, 2);
    case 'K': return number(0, 11, value => { fields.hourOfHalf = value; }, 2);
    case 'h': return number(1, 12, value => { fields.hourOfHalf = value % 12; }, 2);
    case 'm': return number(0, 59, value => { fields.minute = value; }, 2);
    case 's': return number(0, 59, value => { fields.second = value; }, 2);
    case 'n': case 'N': return letter === 'n' ? number(0, 999_999_999, value => { fields.nanosecond = value; }, 9) : undefined;
    case 'S': return fraction(text, at, count, fields);
    case 'a': return word(text, at, ['AM', 'PM'], 4, index => { fields.afternoon = index === 1; });
    case 'G': return word(text, at, ['AD', 'BC'], 4, index => { fields.beforeChrist = index === 1; });
    case 'z': case 'V': case 'O': case 'X': case 'x': case 'Z': return zone(text, at, letter, fields);
    default: return undefined;
  }
}

function fraction(text: string, at: number, count: number, fields: Fields): number | undefined {
  const digits = text.slice(at, at + count);
  if (digits.length < count || !/^\d+$/.test(digits)) return undefined;
  fields.nanosecond = Number(digits.padEnd(9, '0').slice(0, 9));
  return at + count;
}

function word(text: string, at: number, words: readonly string[], count: number, set: (index: number) => void): number | undefined {
  const names = count === 3 || (count < 3 && words === DAYS) ? words.map(name => name.slice(0, 3)) : words;
  const index = names.findIndex(name => text.startsWith(name, at));
  if (index < 0) return undefined;
  set(index);
  return at + names[index].length;
}

/** Zones written short, which have no name of their own in the database. */
const SHORT_NAMES: Record<string, string> = {
  EST: 'America/New_York',
  EDT: 'America/New_York',
  CST: 'America/Chicago',
  CDT: 'America/Chicago',
  MST: 'America/Denver',
  MDT: 'America/Denver',
  PST: 'America/Los_Angeles',
  PDT: 'America/Los_Angeles',
  CET: 'Europe/Paris',
  CEST: 'Europe/Paris',
  EET: 'Europe/Helsinki',
  EEST: 'Europe/Helsinki',
  WET: 'Europe/Lisbon',
  WEST: 'Europe/Lisbon',
  BST: 'Europe/London',
  JST: 'Asia/Tokyo',
  IST: 'Asia/Kolkata',
  KST: 'Asia/Seoul',
  AEST: 'Australia/Sydney',
  AEDT: 'Australia/Sydney',
  NZST: 'Pacific/Auckland',
  NZDT: 'Pacific/Auckland',
};

function zone(text: string, at: number, letter: string, fields: Fields): number | undefined {
  const written = 'xXZ'.includes(letter) ? /^(?:Z|[+-]\d{2}(?::?\d{2}){0,2})/ : /^(?:(?:UTC|GMT|UT)?[+-]\d{1,2}(?::?\d{2}){0,2}|[A-Za-z][A-Za-z0-9_/]*(?:[+-]\d{1,2})?)/;
  const found = written.exec(text.slice(at))?.[0];
  if (found === undefined) return undefined;
  const id = letter === 'z' && Object.hasOwn(SHORT_NAMES, found) ? SHORT_NAMES[found] : found;
  fields.zone = zoneOf(id);
  return fields.zone === undefined ? undefined : at + found.length;
}

function moment(fields: Fields): number | undefined {
  const date = dateOf(fields);
  if (date === undefined) return undefined;
  const hour = fields.hour ?? (fields.hourOfHalf === undefined ? 0 : fields.hourOfHalf + (fields.afternoon ? 12 : 0));
  const clock = ((hour * 60 + (fields.minute ?? 0)) * 60 + (fields.second ?? 0)) * 1000 + Math.floor((fields.nanosecond ?? 0) / 1e6);
  const local = date + clock;
  if (!fields.zone) return local;
  // The offset at the local time taken for UTC is a guess, which the offset at the guess corrects.
  const guess = local - fields.zone.offsetAt(local);
  return local - fields.zone.offsetAt(guess);
}

function dateOf(fields: Fields): number | undefined {
  if (fields.year === undefined) return undefined;
  const year = fields.beforeChrist ? 1 - fields.year : fields.year;
  if (fields.dayOfYear !== undefined) {
    const first = midnight(year, 1, 1);
    return first === undefined ? undefined : first + (fields.dayOfYear - 1) * DAY_MS;
  }
  if (fields.month === undefined || fields.day === undefined) return undefined;
  const date = midnight(year, fields.month, fields.day);
  if (date === undefined || fields.dayOfWeek === undefined) return date;
  return (new Date(date).getUTCDay() + 6) % 7 + 1 === fields.dayOfWeek ? date : undefined;
}
