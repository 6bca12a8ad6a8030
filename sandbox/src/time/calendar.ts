export const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
/** Monday is the first day, as ISO 8601 counts. */
export const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
export const DAY_MS = 86_400_000;

/** A moment on the calendar and clock of one zone. */
export interface LocalTime {
  /** 0 is 1 BC. */
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  /** 1 is Monday. */
  readonly dayOfWeek: number;
  readonly dayOfYear: number;
  /** The year that the ISO week belongs to. */
  readonly weekYear: number;
  readonly week: number;
}

/** From milliseconds since 1970 of local time. */
export function localTime(milliseconds: number): LocalTime {
  const date = new Date(milliseconds);
  const year = date.getUTCFullYear();
  const dayOfWeek = (date.getUTCDay() + 6) % 7 + 1;
  // The Thursday of a week tells its year.
  const thursday = new Date(milliseconds + (4 - dayOfWeek) * DAY_MS);
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: date.getUTCMilliseconds(),
    dayOfWeek,
    dayOfYear: dayOfYear(milliseconds, year),
    weekYear: thursday.getUTCFullYear(),
    week: Math.floor((dayOfYear(thursday.getTime(), thursday.getUTCFullYear()) - 1) / 7) + 1,
  };
}

/** Midnight at the beginning of a day, in milliseconds of local time. Undefined for a day that the month has not. */
export function midnight(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined;
}

function dayOfYear(milliseconds: number, year: number): number {
  return Math.floor((milliseconds - midnight(year, 1, 1)!) / DAY_MS) + 1;
}
