import * as fc from 'fast-check';
import examples from './examples.json';
import { compileErrorPrefix, compilePrefix, PrefixError } from '../../src/firehose';

const toS3 = examples.filter(({ destination }) => destination !== 'Redshift');
const arrival = new Date('2024-02-29T23:04:05.678Z');
const at = (pattern: string, timeZone = 'UTC') => compilePrefix(`!{timestamp:${pattern}}`).evaluate({ arrival, timeZone });

test.each(toS3.map(example => [example.id, example.note, example] as const))('%s of the Firehose guide: %s', (_id, _note, example) => {
  const { prefix, errorOutputPrefix, expect: expected } = example;
  const evaluate = () => {
    const context = { arrival: new Date(example.timestamp), timeZone: example.timeZone, errorOutputType: example.errorOutputType };
    return { prefix: compilePrefix(prefix ?? undefined).evaluate(context), errorPrefix: compileErrorPrefix(errorOutputPrefix ?? '').evaluate(context) };
  };
  if ('invalid' in expected) expect(evaluate).toThrow(PrefixError);
  else if (!('valid' in expected)) expect(evaluate()).toMatchObject(expected);
  else expect(evaluate).not.toThrow();
});

test.each([
  ['yy/u/yyyyy', '24/2024/02024'], ['M MM MMM MMMM MMMMM', '2 02 Feb February F'], ['D DDD', '60 060'], ['E EEEE EEEEE', 'Thu Thursday T'], ['Q qqq QQQQ', '1 Q1 1st quarter'],
  ['h a K k H', '11 PM 11 23 23'], ['mm:ss.SSS SSSSSS S', '04:05.678 678000 6'], ['n A', '678000000 83045678'], ['G GGGG', 'AD Anno Domini'], ["'at' HH''mm", "at 23'04"], ["yyyy['['MM]", '2024[02'],
  ['VV z X XXX x Z ZZZZZ O', 'UTC UTC Z Z +00 +0000 Z GMT'],
])('%s is %s', (pattern, expected) => expect(at(pattern)).toBe(expected));

test('names and offsets are those of the zone at the moment', () => {
  expect(at('dd HH VV z x xxx O OOOO', 'Europe/Berlin')).toBe('01 00 Europe/Berlin CET +01 +01:00 GMT+1 GMT+01:00');
  expect(at('dd HH:mm XX', 'Asia/Kolkata')).toBe('01 04:34 +0530');
});

test.each([
  ['a/!{timestamp:bbbb}/', 'the letter b is not modelled'], ['a/!{timestamp:YYYY}/', 'the letter Y is not modelled'], ["a/!{timestamp:'open}/", 'not a pattern of java.time'],
  ['a/!{timestamp:HHH}/', '3 letters H in a row are not a pattern of java.time'], ['a/!{time:yyyy}/', 'not an expression of Firehose'], ['a/!{firehose:error-output-type}/', 'no value of an object prefix'],
])('%s: %s', (prefix, problem) => expect(() => compilePrefix(prefix)).toThrow(problem));

test('partition keys are named, and put in; nothing is appended then', () => {
  const prefix = compilePrefix('a/!{partitionKeyFromLambda:site}/!{partitionKeyFromQuery:line}/');
  expect(prefix.partitionKeys).toEqual(['site', 'line']);
  expect(prefix.evaluate({ arrival, partitionKeys: { site: 'n', line: '7' } })).toBe('a/n/7/');
});

test('a random string has eleven characters and differs', () => {
  const prefix = compilePrefix('!{firehose:random-string}/');
  expect(prefix.evaluate({ arrival })).toMatch(/^.{11}\/$/);
  expect(prefix.evaluate({ arrival })).not.toBe(prefix.evaluate({ arrival }));
});

test('a time zone that does not exist is an error', () => {
  expect(() => compilePrefix('a/').evaluate({ arrival, timeZone: 'Mars/Olympus' })).toThrow('not a time zone: Mars/Olympus');
});

test('any prefix is evaluated or refused by a PrefixError', () => {
  const piece = fc.constantFrom('a/', '!{', '}', 'timestamp:', 'yyyy', 'firehose:random-string', "'", 'partitionKeyFromQuery:k', '[', '!', '{', 'Q', 'VV');
  fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), pieces => {
    try {
      expect(typeof compilePrefix(pieces.join('')).evaluate({ arrival })).toBe('string');
    } catch (error) {
      expect(error).toBeInstanceOf(PrefixError);
    }
  }), { numRuns: 2_000 });
});
