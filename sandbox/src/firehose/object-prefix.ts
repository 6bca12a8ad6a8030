import { formatJavaTime, problemOfJavaPattern } from '../time/java-format';
import { Zone, zoneOf } from '../time/zone';

/** The moment and the place of an object. */
export interface PrefixContext {
  /** Arrival of the oldest record. */
  readonly arrival: Date;
  /** UTC where absent. */
  readonly timeZone?: string;
  /** Of an error prefix only, such as `processing-failed`. */
  readonly errorOutputType?: string;
  readonly partitionKeys?: { readonly [key: string]: string };
  readonly randomString?: () => string;
}

/** A prefix of Firehose, ready for objects. */
export interface CompiledPrefix {
  /** Keys of dynamic partitioning that it names, in its order: whoever evaluates it has to have them all. */
  readonly partitionKeys: readonly string[];
  evaluate(context: PrefixContext): string;
}

type PrefixPart = { readonly literal: string } | { readonly namespace: string; readonly value: string };

/** A prefix that Firehose would not take, or a letter of a timestamp that is not modelled. */
export class PrefixError extends Error {
  readonly name = 'PrefixError';
}

/** `!{` and what follows up to the brace that closes it, or to the end where none does. */
const EXPRESSION = /!\{[^}]*\}?/g;
const WELL_FORMED = /^!\{(timestamp|firehose|partitionKeyFromQuery|partitionKeyFromLambda):([^}]+)\}$/;
const APPENDED = 'yyyy/MM/dd/HH/';
const LONGEST_EVALUATED = 512;
const RANDOM_STRING_CHARACTERS = 11;
const FIREHOSE_VALUES = { object: ['random-string'], error: ['random-string', 'error-output-type'] };

/**
 * Reads the prefix of delivered objects. Only one without any expression gets the date of arrival appended.
 *
 * @see https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
 * @throws PrefixError
 */
export function compilePrefix(prefix: string | undefined): CompiledPrefix {
  const parts = partsOf(prefix ?? '', 'object');
  const dated = parts.some(part => 'namespace' in part) ? parts : [...parts, { namespace: 'timestamp', value: APPENDED }];
  return compiled(dated);
}

/** Reads the prefix of objects with records that failed. Nothing is appended to it. @throws PrefixError */
export function compileErrorPrefix(prefix: string): CompiledPrefix {
  const parts = partsOf(prefix, 'error');
  if (parts.some(part => 'namespace' in part) && !parts.some(part => 'namespace' in part && part.value === 'error-output-type')) {
    throw new PrefixError(`an error prefix with an expression has !{firehose:error-output-type}: ${prefix}`);
  }
  if (partitionKeysIn(parts).length > 0) throw new PrefixError(`an error prefix has no partition keys: ${prefix}`);
  return compiled(parts);
}

export function evaluatePrefix(prefix: string | undefined, context: PrefixContext): string {
  return compilePrefix(prefix).evaluate(context);
}

export function evaluateErrorPrefix(prefix: string, context: PrefixContext): string {
  return compileErrorPrefix(prefix).evaluate(context);
}

function compiled(parts: readonly PrefixPart[]): CompiledPrefix {
  const { length } = concatenated(parts, { arrival: new Date(0), errorOutputType: 'processing-failed' }, zoneNamed('UTC'));
  if (length > LONGEST_EVALUATED) throw new PrefixError(`a prefix has at most ${LONGEST_EVALUATED} characters after its expressions are evaluated, not ${length}`);
  return {
    partitionKeys: partitionKeysIn(parts),
    evaluate: context => concatenated(parts, context, zoneNamed(context.timeZone ?? 'UTC')),
  };
}

function concatenated(parts: readonly PrefixPart[], context: PrefixContext, zone: Zone): string {
  return parts.map(part => 'literal' in part ? part.literal : evaluate(part.namespace, part.value, context, zone)).join('');
}

function partsOf(prefix: string, kind: keyof typeof FIREHOSE_VALUES): PrefixPart[] {
  const parts: PrefixPart[] = [];
  let end = 0;
  for (const { 0: expression, index } of prefix.matchAll(EXPRESSION)) {
    const [, namespace, value] = WELL_FORMED.exec(expression) ?? [];
    if (namespace === undefined) throw new PrefixError(`not an expression of Firehose: ${expression}`);
    const problem = namespace === 'timestamp' ? problemOfJavaPattern(value) : undefined;
    if (problem !== undefined) throw new PrefixError(`${problem}: ${expression}`);
    if (namespace === 'firehose' && !FIREHOSE_VALUES[kind].includes(value)) throw new PrefixError(`no value of an ${kind} prefix: ${expression}`);
    parts.push({ literal: prefix.slice(end, index) }, { namespace, value });
    end = index + expression.length;
  }
  return [...parts, { literal: prefix.slice(end) }];
}

function partitionKeysIn(parts: readonly PrefixPart[]): string[] {
  return parts.flatMap(part => 'namespace' in part && part.namespace.startsWith('partitionKey') ? [part.value] : []);
}

function zoneNamed(name: string): Zone {
  const zone = zoneOf(name);
  if (!zone) throw new PrefixError(`not a time zone: ${name}`);
  return zone;
}

function evaluate(namespace: string, value: string, context: PrefixContext, zone: Zone): string {
  if (namespace === 'timestamp') return formatJavaTime(value, context.arrival.getTime(), zone);
  if (namespace !== 'firehose') return context.partitionKeys?.[value] ?? '';
  return value === 'error-output-type' ? context.errorOutputType ?? '' : (context.randomString ?? randomString)();
}

function randomString(): string {
  return crypto.randomUUID().slice(0, RANDOM_STRING_CHARACTERS);
}
