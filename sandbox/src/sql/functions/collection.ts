import { toText, toTruncatedInt } from '../conversion';
import { parseJson, writeJson } from '../json';
import { isArray, Value } from '../value';
import { between, of, SqlFunction } from './function';

const LARGEST_TRANSFORM = 128 * 1024;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html */
export const COLLECTION: Record<string, SqlFunction> = {
  get: of(2, (collection, key) => {
    if (collection instanceof Map) return typeof key === 'string' ? collection.get(key) : undefined;
    if (typeof collection !== 'string' && !isArray(collection)) return undefined;
    const index = toTruncatedInt(key);
    // "1E-3" is not index 0 of an array by accident: it converts, as the page says.
    return index === undefined ? undefined : collection[Number(index)];
  }),
  get_or_default: between(1, 2, ([value, otherwise]) => value ?? otherwise),
  isnull: of(1, value => value === null),
  isundefined: of(1, value => value === undefined),
  // `*` is handled where the function is compiled: there it means the bytes of the payload.
  encode: of(2, (value, scheme) => {
    const text = toText(value);
    return text === undefined || scheme !== 'base64' ? undefined : Buffer.from(text).toString('base64');
  }),
  decode: of(2, (value, scheme) => scheme === 'base64' ? decode(toText(value)) : undefined),
  transform: of(3, (mode, object, array) => {
    if (mode !== 'enrichArray' || !(object instanceof Map) || !isArray(array)) return undefined;
    if (!array.every(item => item instanceof Map)) return undefined;
    const result = array.map(item => new Map([...item, ...object]));
    return Buffer.byteLength(writeJson(result)) > LARGEST_TRANSFORM ? undefined : result;
  }),
};

/** What is JSON becomes a value, anything else a string; NULL what is not base64. */
function decode(text: string | undefined): Value {
  if (text === undefined) return undefined;
  if (!BASE64.test(text) || text.length % 4 === 1 || (text.includes('=') && text.length % 4 !== 0)) return null;
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  const parsed = parseJson(decoded);
  return parsed.json ? parsed.value : decoded;
}
