/** A time zone: by its name, or a fixed offset. */
export interface Zone {
  readonly id: string;
  /** Milliseconds that local time is ahead of UTC at this moment. */
  offsetAt(milliseconds: number): number;
  /** `CET`, `Central European Time`: as Java has them. */
  nameAt(milliseconds: number, style: 'short' | 'long'): string;
}

const known = new Map<string, Zone | undefined>();

/** `UTC`, `America/Belize`, `+01:00`, `UTC+1`, `EST`. Undefined where there is no such zone. */
export function zoneOf(id: string): Zone | undefined {
  if (!known.has(id)) known.set(id, fixedZone(id) ?? namedZone(id));
  return known.get(id);
}

/** `+01:00` and such. */
export function formatOffset(offset: number, colon: string): string {
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${colon}${two(minutes % 60)}`;
}

function fixedZone(id: string): Zone | undefined {
  if (id === 'Z' || id === 'UTC' || id === 'GMT' || id === 'UT') return fixed(id === 'Z' ? 'Z' : id, 0, id === 'GMT' ? 'GMT' : 'UTC');
  const match = /^(UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?$/.exec(id);
  if (!match) return undefined;
  const offset = (Number(match[3]) * 3600 + Number(match[4] ?? 0) * 60 + Number(match[5] ?? 0)) * 1000;
  if (offset > 18 * 3_600_000) return undefined;
  const signed = match[2] === '-' ? -offset : offset;
  return fixed(id, signed, formatOffset(signed, ':'));
}

function fixed(id: string, offset: number, name: string): Zone {
  return { id, offsetAt: () => offset, nameAt: (_, style) => style === 'long' && name === 'UTC' ? 'Coordinated Universal Time' : name };
}

function namedZone(id: string): Zone | undefined {
  // Intl takes names in any case, Java does not.
  if (!/^[A-Z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/.test(id)) return undefined;
  let parts: Intl.DateTimeFormat;
  try {
    parts = new Intl.DateTimeFormat('en-US', {
      timeZone: id, hourCycle: 'h23', era: 'short', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    });
  } catch {
    return undefined;
  }
  return { id, offsetAt: milliseconds => offsetOf(parts, milliseconds), nameAt: (milliseconds, style) => nameOf(id, milliseconds, style) };
}

function offsetOf(format: Intl.DateTimeFormat, milliseconds: number): number {
  const field = Object.fromEntries(format.formatToParts(milliseconds).map(({ type, value }) => [type, value]));
  const year = field.era === 'BC' ? 1 - Number(field.year) : Number(field.year);
  const local = new Date(0);
  local.setUTCFullYear(year, Number(field.month) - 1, Number(field.day));
  local.setUTCHours(Number(field.hour), Number(field.minute), Number(field.second));
  return local.getTime() - Math.floor(milliseconds / 1000) * 1000;
}

/** English has short names for the zones of its own countries only, country by country. */
const LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA', 'en-NZ', 'ja-JP', 'ko-KR'];

function nameOf(id: string, milliseconds: number, style: 'short' | 'long'): string {
  const names = (style === 'long' ? ['en-US'] : LOCALES).map(locale => {
    const format = new Intl.DateTimeFormat(locale, { timeZone: id, timeZoneName: style });
    return format.formatToParts(milliseconds).find(({ type }) => type === 'timeZoneName')!.value;
  });
  return names.find(name => !/^(GMT|UTC)[+-]/.test(name)) ?? names[0];
}
