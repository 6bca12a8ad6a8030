import { toText, toTruncatedInt } from '../conversion';
import { between, of, SqlFunction } from './function';
import { parseTime } from '../../time/java-parse';
import { formatTime } from '../../time/joda-format';
import { zoneOf } from '../../time/zone';

/** What a date of JavaScript can be. */
const LAST_MILLISECOND = 8.64e15;

/** @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-sql-function-parse-time */
export const TIME: Record<string, SqlFunction> = {
  parse_time: between(2, 3, args => {
    const pattern = toText(args[0]);
    const milliseconds = toTruncatedInt(args[1]);
    const zone = args.length === 3 ? zoneOf(toText(args[2]) ?? '') : zoneOf('UTC');
    if (pattern === undefined || milliseconds === undefined || zone === undefined) return undefined;
    return Math.abs(Number(milliseconds)) > LAST_MILLISECOND ? undefined : formatTime(pattern, Number(milliseconds), zone);
  }),
  time_to_epoch: of(2, (text, pattern) => {
    const time = toText(text);
    const layout = toText(pattern);
    return time === undefined || layout === undefined ? undefined : parseTime(time, layout);
  }),
};
