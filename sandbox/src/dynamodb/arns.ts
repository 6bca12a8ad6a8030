import { Json } from '../json';

const NAMES = new Set(['TableArn', 'LatestStreamArn', 'StreamArn', 'IndexArn', 'LastEvaluatedStreamArn']);

/**
 * Writes the ARNs that an engine answers as those of the account. Items are not looked into: they may hold any text.
 *
 * @param from - how the engine's begin
 * @param to - how the account's begin: `arn:aws:dynamodb:eu-west-1:111122223333:`
 */
export function withArnsOf(value: Json, from: string, to: string): Json {
  if (Array.isArray(value)) return value.map(item => withArnsOf(item, from, to));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) =>
    [name, NAMES.has(name) && typeof inner === 'string' && inner.startsWith(from) ? to + inner.slice(from.length) : withArnsOf(inner, from, to)]));
}
