import { Lazy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { evaluateErrorPrefix, evaluatePrefix } from '../../sandbox/src/firehose/object-prefix';
import examples from '../../sandbox/test/firehose/examples.json';
import { errorPrefixProblems, literalFolder, partitionKeysOf, prefixPairProblems, prefixProblems } from '../../src/firehose-batch/object-prefix';
import { patternParts } from '../../src/firehose-batch/timestamp-pattern';
import { describeProblem } from '../../src/private/validation';

const toS3 = examples.filter(({ destination }) => destination !== 'Redshift');
const problemsOf = (prefix: string | null, errorPrefix: string | null) => [
  ...prefixProblems('prefix', prefix ?? undefined),
  ...errorPrefixProblems('errorPrefix', errorPrefix ?? undefined),
  ...prefixPairProblems('errorPrefix', prefix ?? undefined, errorPrefix ?? undefined),
].map(describeProblem);

test.each(toS3.map(example => [example.id, example.note, example] as const))('%s of the guide: %s', (_id, _note, example) => {
  const { prefix, errorOutputPrefix, expect: expected } = example;
  const problems = problemsOf(prefix, errorOutputPrefix);
  if ('invalid' in expected) {
    expect(problems).not.toEqual([]);
    return;
  }
  expect(problems).toEqual([]);
  const context = { arrival: new Date(example.timestamp), timeZone: example.timeZone, errorOutputType: example.errorOutputType };
  if ('prefix' in expected) expect(evaluatePrefix(prefix ?? undefined, context)).toBe(expected.prefix);
  if ('errorPrefix' in expected) expect(evaluateErrorPrefix(errorOutputPrefix!, context)).toBe(expected.errorPrefix);
});

describe('a prefix', () => {
  test.each([
    ['a/!{timestamp:yyyy', "'prefix' must be !{namespace:value} wherever it has !{, with the namespace timestamp, firehose, partitionKeyFromQuery or "
      + 'partitionKeyFromLambda, got "a/!{timestamp:yyyy": mend "!{timestamp:yyyy"'],
    ['a/!{time:yyyy}/', "'prefix' must be !{namespace:value} wherever it has !{, with the namespace timestamp, firehose, partitionKeyFromQuery or "
      + 'partitionKeyFromLambda, got "a/!{time:yyyy}/": mend "!{time:yyyy}"'],
    ['a/!{timestamp:yyyy-MM-ddTHH}/', "'prefix' must be a prefix whose timestamps are patterns of Java's DateTimeFormatter, such as yyyy-MM-dd, "
      + 'got "a/!{timestamp:yyyy-MM-ddTHH}/": mend "yyyy-MM-ddTHH", and put letters that are no pattern in single quotes'],
    ['a/!{firehose:error-output-type}/', "'prefix' must be a prefix with no other value of !{firehose:} than random-string, "
      + 'got "a/!{firehose:error-output-type}/": remove !{firehose:error-output-type}: error-output-type works in the error prefix only'],
  ])('%s is refused', (prefix, message) => {
    expect(prefixProblems('prefix', prefix).map(describeProblem)).toEqual([message]);
  });

  test.each([[511, 0], [512, 0], [513, 1]])('of %i characters after evaluation has %i problems', (length, problems) => {
    const prefix = `${'x'.repeat(length - 14)}!{timestamp:yyyy/MM/dd/HH/}`;
    expect(prefixProblems('prefix', prefix)).toHaveLength(problems);
    if (problems > 0) expect(describeProblem(prefixProblems('prefix', prefix)[0])).toMatch(/at most 512 characters after its expressions are evaluated.*: shorten it by 1 characters$/);
  });

  test('that is a token passes', () => {
    const token = Lazy.string({ produce: () => 'a/!{nonsense' });
    expect([...prefixProblems('prefix', token), ...errorPrefixProblems('errorPrefix', token), ...prefixPairProblems('errorPrefix', token, undefined)]).toEqual([]);
  });

  test('tells its folder and its partition keys', () => {
    expect(literalFolder('a/b/c!{timestamp:yyyy}/')).toBe('a/b/');
    expect(literalFolder('!{timestamp:yyyy}/a/')).toBe('');
    expect(partitionKeysOf('a/!{partitionKeyFromLambda:site}/!{timestamp:yyyy}/!{partitionKeyFromQuery:line}')).toEqual(['site', 'line']);
  });
});

describe('an error prefix', () => {
  test.each([
    ['e/!{timestamp:yyyy}/', "'errorPrefix' must be a prefix with !{firehose:error-output-type}, since it has an expression, "
      + 'got "e/!{timestamp:yyyy}/": add !{firehose:error-output-type}/'],
    ['e/!{firehose:error-output-type}/!{partitionKeyFromLambda:site}/', "'errorPrefix' must be a prefix without partition keys, which records that failed "
      + 'do not have, got "e/!{firehose:error-output-type}/!{partitionKeyFromLambda:site}/": remove !{partitionKeyFromLambda:…}'],
  ])('%s is refused', (prefix, message) => {
    expect(errorPrefixProblems('errorPrefix', prefix).map(describeProblem)).toEqual([message]);
  });

  test('has to be there as soon as the prefix has an expression', () => {
    expect(prefixPairProblems('errorPrefix', 'a/', undefined)).toEqual([]);
    expect(prefixPairProblems('errorPrefix', 'a/!{timestamp:yyyy}/', undefined).map(describeProblem)).toEqual([
      "'errorPrefix' must be given where the prefix has an expression, with !{firehose:error-output-type} in it, got undefined: "
      + "pass 'errors/!{firehose:error-output-type}/'",
    ]);
  });
});

describe('a timestamp pattern', () => {
  test.each(['yyyy', 'yyyy/MM/dd/HH/', "yyyy-MM-dd'T'HH", "''", "'it''s'", 'DDD', 'SSSSSSSSS', 'VV', 'xxx', '[HH]', 'O', 'OOOO'])('%s is taken', pattern => {
    expect(patternParts(pattern)).toBeDefined();
  });

  test.each(['T', 'yyyy-MM-ddTHH', 'ddd', 'HHH', 'DDDD', 'V', 'MMMMMM', 'SSSSSSSSSS', "'open", 'HH]', 'yyyy#', 'b', 'OO', 'cc'])('%s is refused', pattern => {
    expect(patternParts(pattern)).toBeUndefined();
  });

  test('of any text ends, and literals in quotes always pass', () => {
    fc.assert(fc.property(fc.string(), text => {
      patternParts(text);
      const literal = patternParts(`'x${text.replaceAll('\'', '\'\'')}'`);
      expect(literal).toEqual([{ literal: `x${text}` }]);
    }));
  });
});
