import { DAYS, LocalTime, localTime, MONTHS } from './calendar';
import { splitPattern } from './pattern';
import { formatOffset, Zone } from './zone';

/**
 * Writes a moment by a pattern of Joda-Time. Undefined for a letter that Joda-Time does not know.
 *
 * @see https://www.joda.org/joda-time/apidocs/org/joda/time/format/DateTimeFormat.html
 */
export function formatTime(pattern: string, milliseconds: number, zone: Zone): string | undefined {
  const parts = splitPattern(pattern);
  if (parts === undefined || pattern === '') return undefined;
  const time = localTime(milliseconds + zone.offsetAt(milliseconds));
  let text = '';
  for (const part of parts) {
    const piece = 'text' in part ? part.text : field(part.letter, part.count, time, milliseconds, zone);
    if (piece === undefined) return undefined;
    text += piece;
  }
  return text;
}

function field(letter: string, count: number, time: LocalTime, milliseconds: number, zone: Zone): string | undefined {
  const number = (value: number) => `${value < 0 ? '-' : ''}${String(Math.abs(value)).padStart(count, '0')}`;
  const yearOfEra = time.year > 0 ? time.year : 1 - time.year;
  switch (letter) {
    case 'G': return time.year > 0 ? 'AD' : 'BC';
    case 'C': return number(Math.floor(yearOfEra / 100));
    case 'Y': return count === 2 ? twoDigits(yearOfEra) : number(yearOfEra);
    case 'y': return count === 2 ? twoDigits(time.year) : number(time.year);
    case 'x': return count === 2 ? twoDigits(time.weekYear) : number(time.weekYear);
    case 'w': return number(time.week);
    case 'e': return number(time.dayOfWeek);
    case 'E': return name(DAYS[time.dayOfWeek - 1], count);
    case 'D': return number(time.dayOfYear);
    case 'M': return count < 3 ? number(time.month) : name(MONTHS[time.month - 1], count);
    case 'd': return number(time.day);
    case 'a': return time.hour < 12 ? 'AM' : 'PM';
    case 'K': return number(time.hour % 12);
    case 'h': return number(time.hour % 12 || 12);
    case 'H': return number(time.hour);
    case 'k': return number(time.hour || 24);
    case 'm': return number(time.minute);
    case 's': return number(time.second);
    case 'S': return String(time.millisecond).padStart(3, '0').padEnd(count, '0').slice(0, count);
    case 'z': return zone.nameAt(milliseconds, count < 4 ? 'short' : 'long');
    case 'Z': return count > 2 ? zone.id : formatOffset(zone.offsetAt(milliseconds), count === 2 ? ':' : '');
    default: return undefined;
  }
}

function twoDigits(year: number): string {
  return String(Math.abs(year) % 100).padStart(2, '0');
}

function name(full: string, count: number): string {
  return count < 4 ? full.slice(0, 3) : full;
}
