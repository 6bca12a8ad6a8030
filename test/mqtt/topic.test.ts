import { Token } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { topicFilterProblems, topicProblems } from '../../src/mqtt/topic';
import { describeProblem } from '../../src/private/validation';

const topic = (value: string) => topicProblems('topic', value).map(describeProblem);
const filter = (value: string) => topicFilterProblems('filter', value).map(describeProblem);

describe('length of topics and filters', () => {
  test.each(['a', 'a'.repeat(256), '/', '1/2/3/4/5/6/7/8', 'Straße'])('accepts %j', value => {
    expect(topic(value)).toEqual([]);
    expect(filter(value)).toEqual([]);
  });

  test('counts bytes of UTF-8, not characters', () => {
    expect(topic('ß'.repeat(128))).toEqual([]);
    expect(topic('ß'.repeat(129))).toEqual([`'topic' must be 1 to 256 bytes of UTF-8, got "${'ß'.repeat(129)}": shorten it by 2 bytes`]);
  });

  test('fails for an empty topic, and says what to write', () => {
    expect(topic('')).toEqual(['\'topic\' must be 1 to 256 bytes of UTF-8, got "": write at least one character']);
    expect(filter('')).toEqual(['\'filter\' must be 1 to 256 bytes of UTF-8, got "": write at least one character']);
  });

  test('fails for 257 bytes', () => {
    expect(topic('a'.repeat(257))[0]).toContain('shorten it by 1 bytes');
  });

  test('fails for 8 slashes, and says how many levels to leave out', () => {
    expect(filter('1/2/3/4/5/6/7/8/9')).toEqual(['\'filter\' must be a topic with at most 7 slashes, got "1/2/3/4/5/6/7/8/9": leave 1 level(s) out']);
  });

  test('does not count the prefix of Basic Ingest', () => {
    expect(topic('$aws/rules/MyRule/1/2/3/4/5/6/7/8')).toEqual([]);
    expect(topic(`$aws/rules/MyRule/${'a'.repeat(256)}`)).toEqual([]);
    expect(topic('$aws/rules/MyRule/1/2/3/4/5/6/7/8/9')).toHaveLength(1);
    expect(topic('$aws/rules/MyRule/')[0]).toContain('write at least one character');
  });

  test('fails for the character that MQTT forbids', () => {
    expect(topic('a\0b')).toEqual(['\'topic\' must be text without the character U+0000, got "a\\u0000b": remove it']);
  });
});

describe('wildcards', () => {
  test.each(['a/+', 'a/#', '+', '#', 'a+b', 'a/b#'])('fails for the topic %j', value => {
    expect(topic(value)).toEqual([`'topic' must be a topic without + and #, got "${value}": name the topic itself: wildcards work in topic filters only`]);
  });

  test.each(['#', '+', '+/+', 'a/+/b', 'a/#', '+/#', '/+', '$aws/events/presence/connected/+', '$aws/rules/r/+/#'])('accepts the filter %j', value => {
    expect(filter(value)).toEqual([]);
  });

  test.each(['a+', 'a/b+/c', 'a#', '#/a', 'a/#/b', '##', '++', '+#', 'a/+#'])('fails for the filter %j', value => {
    expect(filter(value)).toEqual([
      `'filter' must be a topic filter with + and # as whole levels and # as the last level, got "${value}": put each wildcard between slashes, and # at the end`,
    ]);
  });

  test('a filter without wildcards is valid when it is valid as a topic', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', '/', '+', '#', '$', 'ß') }), value => {
      fc.pre(!/[+#]/.test(value));
      expect(filter(value).length).toBe(topic(value).length);
    }));
  });

  test('every join of valid levels is a valid filter', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('+', 'a', '', 'b c', '$x'), { minLength: 1, maxLength: 7 }), fc.boolean(), (levels, all) => {
      const value = [...levels, ...(all ? ['#'] : [])].join('/');
      fc.pre(value.length > 0);
      expect(filter(value)).toEqual([]);
    }));
  });
});

test('tokens and absent values pass', () => {
  const token = `#/${Token.asString({ Ref: 'Topic' })}/a+`;
  expect(topicProblems('topic', token)).toEqual([]);
  expect(topicFilterProblems('filter', token)).toEqual([]);
  expect(topicProblems('topic', undefined)).toEqual([]);
  expect(topicFilterProblems('filter', undefined)).toEqual([]);
});
