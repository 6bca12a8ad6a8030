import { Decimal, Int, Numeric } from './decimal';

/** A JSON object. A Map: keys keep their order, and `__proto__` is one like any other. */
export type JsonObject = Map<string, Value>;
export type JsonArray = readonly Value[];

/** Every type of AWS IoT SQL; Undefined is `undefined`, Null is `null`. */
export type Value = undefined | null | boolean | string | Int | Decimal | JsonArray | JsonObject;

export function isNumeric(value: Value): value is Numeric {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Decimal;
}

export function isInt(value: Value): value is Int {
  return typeof value === 'number' || typeof value === 'bigint';
}

export function isArray(value: Value): value is JsonArray {
  return Array.isArray(value);
}
