import { Token } from 'aws-cdk-lib';
import { PatternPart, patternParts } from './timestamp-pattern';
import { Problem } from '../private/validation';

/** Of a prefix after its expressions are evaluated. @see https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html */
const MAX_EVALUATED_CHARACTERS = 512;
const RANDOM_STRING_CHARACTERS = 11;
const LONGEST_ERROR_TYPE = 'format-conversion-failed';
const ERROR_TYPE = '!{firehose:error-output-type}';
const PARTITION_NAMESPACES = ['partitionKeyFromQuery', 'partitionKeyFromLambda'];
/** `!{` and what follows up to the brace that closes it, or to the end where none does. */
const EXPRESSION = /!\{[^}]*\}?/g;
const WELL_FORMED = /^!\{(timestamp|firehose|partitionKeyFromQuery|partitionKeyFromLambda):([^}]+)\}$/;

/** A piece of an S3 prefix of Firehose. */
export type PrefixPart = { readonly literal: string } | { readonly namespace: string; readonly value: string };

/** The pieces of a prefix, or the text that looks like an expression and is none. */
export function prefixParts(prefix: string): PrefixPart[] | { readonly malformed: string } {
  const parts: PrefixPart[] = [];
  let end = 0;
  for (const { 0: expression, index } of prefix.matchAll(EXPRESSION)) {
    const [, namespace, value] = WELL_FORMED.exec(expression) ?? [];
    if (namespace === undefined) return { malformed: expression };
    if (index > end) parts.push({ literal: prefix.slice(end, index) });
    parts.push({ namespace, value });
    end = index + expression.length;
  }
  if (end < prefix.length) parts.push({ literal: prefix.slice(end) });
  return parts;
}

/** Checks the prefix of delivered objects. Tokens pass. */
export function prefixProblems(prop: string, prefix: string | undefined): Problem[] {
  return checked(prop, prefix, parts => [
    ...lengthProblems(prop, prefix!, parts),
    ...timestampProblems(prop, prefix!, parts),
    ...firehoseValueProblems(prop, prefix!, parts, ['random-string'], 'error-output-type works in the error prefix only'),
  ]);
}

/** Checks the prefix of objects that hold what failed. Tokens pass. */
export function errorPrefixProblems(prop: string, prefix: string | undefined): Problem[] {
  return checked(prop, prefix, parts => [
    ...lengthProblems(prop, prefix!, parts),
    ...timestampProblems(prop, prefix!, parts),
    ...firehoseValueProblems(prop, prefix!, parts, ['random-string', 'error-output-type'], 'use one of these'),
    ...errorTypeProblems(prop, prefix!, parts),
    ...noPartitionProblems(prop, prefix!, parts),
  ]);
}

/** Checks that what fails has a place of its own, which Firehose asks for as soon as the prefix has an expression. */
export function prefixPairProblems(errorProp: string, prefix: string | undefined, errorPrefix: string | undefined): Problem[] {
  if (prefix === undefined || Token.isUnresolved(prefix) || errorPrefix !== undefined || !prefix.includes('!{')) return [];
  return [{
    prop: errorProp, got: errorPrefix, allowed: `given where the prefix has an expression, with ${ERROR_TYPE} in it`, fix: `pass 'errors/${ERROR_TYPE}/'`,
  }];
}

/** The folders that all objects below a prefix share: what stands before its first expression, up to the last slash. */
export function literalFolder(prefix: string): string {
  const literal = prefix.split('!{', 1)[0];
  return literal.slice(0, literal.lastIndexOf('/') + 1);
}

/** The folder of a prefix if no rows are in it, so that a rule for it deletes none; a prefix that begins with an expression has no folder. */
export function folderBesideRows(prefix: string, rows: string): string | undefined {
  const folder = literalFolder(prefix);
  return folder === '' || literalFolder(rows).startsWith(folder) ? undefined : folder;
}

/** The partition keys that a prefix names, in its order. */
export function partitionKeysOf(prefix: string): string[] {
  const parts = prefixParts(prefix);
  if ('malformed' in parts) return [];
  return parts.flatMap(part => 'namespace' in part && PARTITION_NAMESPACES.includes(part.namespace) ? [part.value] : []);
}

function checked(prop: string, prefix: string | undefined, check: (parts: PrefixPart[]) => Problem[]): Problem[] {
  if (prefix === undefined || Token.isUnresolved(prefix)) return [];
  const parts = prefixParts(prefix);
  if (!('malformed' in parts)) return check(parts);
  return [{
    prop,
    got: prefix,
    allowed: '!{namespace:value} wherever it has !{, with the namespace timestamp, firehose, partitionKeyFromQuery or partitionKeyFromLambda',
    fix: `mend ${JSON.stringify(parts.malformed)}`,
  }];
}

function lengthProblems(prop: string, prefix: string, parts: PrefixPart[]): Problem[] {
  const length = parts.reduce((sum, part) => sum + evaluatedLength(part), 0);
  if (length <= MAX_EVALUATED_CHARACTERS) return [];
  return [{
    prop,
    got: prefix,
    allowed: `at most ${MAX_EVALUATED_CHARACTERS} characters after its expressions are evaluated`,
    fix: `shorten it by ${length - MAX_EVALUATED_CHARACTERS} characters`,
  }];
}

function evaluatedLength(part: PrefixPart): number {
  if ('literal' in part) return part.literal.length;
  if (part.namespace === 'timestamp') return (patternParts(part.value) ?? []).reduce((sum, piece) => sum + typicalLength(piece), 0);
  if (part.value === 'random-string') return RANDOM_STRING_CHARACTERS;
  return part.namespace === 'firehose' ? LONGEST_ERROR_TYPE.length : 1;
}

function typicalLength(part: PatternPart): number {
  return 'literal' in part ? part.literal.length : part.count;
}

function timestampProblems(prop: string, prefix: string, parts: PrefixPart[]): Problem[] {
  return parts.flatMap(part => {
    if (!('namespace' in part) || part.namespace !== 'timestamp' || patternParts(part.value) !== undefined) return [];
    return [{
      prop,
      got: prefix,
      allowed: 'a prefix whose timestamps are patterns of Java\'s DateTimeFormatter, such as yyyy-MM-dd',
      fix: `mend ${JSON.stringify(part.value)}, and put letters that are no pattern in single quotes`,
    }];
  });
}

function firehoseValueProblems(prop: string, prefix: string, parts: PrefixPart[], values: string[], fix: string): Problem[] {
  const wrong = parts.flatMap(part => 'namespace' in part && part.namespace === 'firehose' && !values.includes(part.value) ? [part.value] : []);
  return wrong.map(value => ({
    prop, got: prefix, allowed: `a prefix with no other value of !{firehose:} than ${values.join(' and ')}`, fix: `remove !{firehose:${value}}: ${fix}`,
  }));
}

function errorTypeProblems(prop: string, prefix: string, parts: PrefixPart[]): Problem[] {
  if (prefix.includes(ERROR_TYPE) || !parts.some(part => 'namespace' in part)) return [];
  return [{ prop, got: prefix, allowed: `a prefix with ${ERROR_TYPE}, since it has an expression`, fix: `add ${ERROR_TYPE}/` }];
}

function noPartitionProblems(prop: string, prefix: string, parts: PrefixPart[]): Problem[] {
  const keys = parts.flatMap(part => 'namespace' in part && PARTITION_NAMESPACES.includes(part.namespace) ? [part.namespace] : []);
  if (keys.length === 0) return [];
  return [{ prop, got: prefix, allowed: 'a prefix without partition keys, which records that failed do not have', fix: `remove !{${keys[0]}:…}` }];
}
