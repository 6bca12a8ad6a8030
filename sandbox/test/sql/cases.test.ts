import { messageOf } from './example';
import { compileRule } from '../../src/sql';

const UNDEFINED = Symbol('Undefined');
type Case = readonly [expression: string, expected: unknown, payload?: unknown];

/** What `expression` is, taken over the text of the outgoing payload so that no digit is lost. */
function valueOf(expression: string, payload: unknown): unknown {
  const outcome = compileRule(`SELECT ${expression} AS r FROM 'a/b'`).evaluate(messageOf({ topic: 'a/b', payload }));
  if (!outcome.match || !(outcome.value instanceof Map)) throw new Error('no object came out');
  return outcome.value.has('r') ? JSON.parse(outcome.payload.toString()).r : UNDEFINED;
}

/** By the page that says it, all at https://docs.aws.amazon.com/iot/latest/developerguide/ */
const CASES: Record<string, Case[]> = {
  'iot-sql-functions.html#iot-func-abs': [['abs(-5)', 5], ['abs("-5.123")', 5.123], ['abs(null)', UNDEFINED], ['abs(true)', UNDEFINED]],
  'iot-sql-functions.html#iot-func-acos': [['acos(2)', UNDEFINED], ['asin(-2)', UNDEFINED], ['acos(1)', 0]],
  'iot-sql-functions.html#iot-func-bitand': [['bitand(13, 5)', 5], ['bitand(13.7, "5.9")', 5], ['bitxor(13, 5)', 8], ['bitor(8, null)', UNDEFINED], ['bitnot(13)', 2]],
  'iot-sql-functions.html#iot-sql-function-cast': [
    ['cast(true as Int)', 1], ['cast(-1.2 as Int)', -2], ['cast("5E-12" as Decimal)', 5e-12], ['cast("+5" as Decimal)', UNDEFINED], ['cast(".5" as Decimal)', UNDEFINED],
    ['cast(null as String)', UNDEFINED], ['cast([1, "a", null, true] as String)', '[1,"a",null,true]'], ['cast({"a": 1.5} as nvarchar)', '{"a":1.5}'],
    ['cast(-0.5 as Bool)', true], ['cast(0.0 as Boolean)', false], ['cast(false as Decimal)', 0], ['cast("x" as Text)', 'x'],
  ],
  'iot-sql-functions.html#iot-func-ceil': [['ceil(1.2)', 2], ['ceil("-1.2")', -1], ['floor(-0.5)', -1], ['floor("2.9")', 2], ['ceil(7)', 7]],
  'iot-sql-functions.html#iot-func-chr': [['chr(65)', 'A'], ['chr("65.9")', 'A'], ['chr(128)', UNDEFINED], ['chr(true)', UNDEFINED]],
  'iot-sql-functions.html#iot-func-concat': [
    ['concat()', UNDEFINED], ['concat([1, 2, 3], "hello", [4, 5, 6])', [1, 2, 3, 'hello', 4, 5, 6]], ['concat("he", "is", "man")', 'heisman'], ['concat(1, "hello")', '1hello'],
    ['concat("a", nope)', UNDEFINED],
  ],
  'iot-sql-functions.html#iot-sql-encode-payload': [['encode("a", "base64")', 'YQ=='], ['encode({"a": 1}, "base64")', 'eyJhIjoxfQ=='], ['encode("a", "hex")', UNDEFINED], ['encode(*, "base64")', 'eyJhIjoxfQ==', { a: 1 }]],
  'iot-sql-functions.html#iot-sql-decode-base64': [['decode("WzEsMl0=", "base64")', [1, 2]], ['decode("aGk=", "base64")', 'hi'], ['decode("a", "base64")', null]],
  'iot-sql-functions.html#iot-func-endswith': [['endswith("cat", "at")', true], ['endswith(123, 23)', true], ['startswith("ranger", "ran")', true], ['startswith("a", null)', UNDEFINED]],
  'iot-sql-functions.html#iot-sql-function-get': [
    ['get({"a": "b"}, "a")', 'b'], ['get({"1": "b"}, 1)', UNDEFINED], ['get(["a", "b", "c"], 1)', 'b'], ['get(["a"], -1)', UNDEFINED], ['get(o, "with space").x', 1, { o: { 'with space': { x: 1 } } }],
    ['get(o, "__proto__")', UNDEFINED, { o: { a: 1 } }], ['get([1], "x")', UNDEFINED],
  ],
  'iot-sql-functions.html#iot-sql-function-hash': [
    ['md2("hello")', 'a9046c73e00331af68917d3804f70655'], ['md5(deviceid)', 'e37f81fb397e595c4aeb5645b8cbbbd1', { deviceid: 'iot123' }],
    ['sha224("")', 'd14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f'], ['md2("")', '8350e5a3e24c153df2275c9f80692773'], ['sha1(null)', UNDEFINED],
  ],
  'iot-sql-functions.html#iot-sql-function-indexof': [['indexof("abcd", "x")', -1], ['indexof(12345, 34)', 2]],
  'iot-sql-functions.html#iot-sql-function-isNull': [['isNull(5)', false], ['isNull(nope)', false], ['isUndefined(null)', false], ['isUndefined(abs("x"))', true]],
  'iot-sql-functions.html#iot-sql-function-length': [['length(false)', 5], ['length([1, 2])', 5], ['length(null)', UNDEFINED], ['numbytes("€")', 3]],
  'iot-sql-functions.html#iot-func-log': [['log(100)', 2], ['ln(0)', UNDEFINED], ['ln(-1)', UNDEFINED], ['sqrt(9)', 3], ['sqrt(-1)', UNDEFINED], ['power(2, 5)', 32], ['power("x", 1)', UNDEFINED]],
  'iot-sql-functions.html#iot-func-lower': [['lower(["HELLO"])', '["hello"]'], ['upper(["hello"])', '["HELLO"]'], ['upper(null)', UNDEFINED]],
  'iot-sql-functions.html#iot-func-lpad': [['lpad("a", -5)', 'a'], ['lpad("a", "1.9")', ' a'], ['length(lpad("a", 1001))', 1001], ['rpad(null, 1)', UNDEFINED]],
  'iot-sql-functions.html#iot-func-mod': [['mod(8, 3)', 2], ['remainder(-8, 3)', -2], ['mod(8, 0)', UNDEFINED], ['mod("8.5", 3)', 2.5], ['8 % 0', UNDEFINED]],
  'iot-sql-functions.html#iot-func-nanvl': [['nanvl(null, 3)', 3], ['nanvl("x", 3)', 'x'], ['nanvl(sqrt(-1), 3)', 3]],
  'iot-sql-functions.html#iot-func-regex-matches': [
    ['regexp_matches("aaaa", "a{2,}")', true], ['regexp_matches("aaaa", "b")', false], ['regexp_matches("a", "[")', UNDEFINED], ['regexp_matches("x1", "\\d$")', true],
    ['regexp_matches("ABC", "(?i)abc")', true], ['regexp_matches("äB", "\\p{Upper}")', true], ['regexp_matches(123, 2)', true],
  ],
  'iot-sql-functions.html#iot-func-regex-replace': [
    ['regexp_replace("abcd", "bc", "x")', 'axd'], ['regexp_replace("a-b-c", "-", "$0$0")', 'a--b--c'], ['regexp_replace("abc", "b", "$1")', UNDEFINED], ['regexp_replace("aaa", "a", "\\$")', '$$$'],
  ],
  'iot-sql-functions.html#iot-func-regex-substr': [['regexp_substr("hihihello", "hi")', 'hi'], ['regexp_substr("a", "b")', UNDEFINED]],
  'iot-sql-functions.html#iot-func-replace': [['replace("abcdabcd", "b", "x")', 'axcdaxcd'], ['replace("a$b", "$", "$$")', 'a$$b'], ['replace("abc", "", "x")', 'abc'], ['replace("a", null, "b")', UNDEFINED]],
  'iot-sql-functions.html#iot-func-round': [['Round(-1.5)', -2], ['round(2.5)', 3], ['ROUND("1.49")', 1], ['sign("-0.1")', -1], ['sign(0)', 0]],
  'iot-sql-functions.html#iot-func-substring': [
    ['substring("012345", 2.745)', '2345'], ['substring(123, 2)', '3'], ['substring(true, 1.2)', 'rue'], ['substring(false, -2.411E247)', 'false'], ['substring("012345", 1, 3)', '12'],
    ['substring("012345", -50, 50)', '012345'], ['substring("012345", 3, 1)', ''], ['substring("a", "x")', UNDEFINED], ['substring("012345", 1, -1)', ''],
  ],
  'iot-sql-functions.html#iot-func-trunc': [['trunc(2.3123, 2)', 2.31], ['trunc(2.888, 2)', 2.88], ['trunc(2.00, 5)', 2], ['trunc(-2.9, -1)', -2], ['trunc("2.19", 1.9)', 2.1], ['trunc(2.5, "1")', UNDEFINED]],
  'iot-sql-functions.html#iot-sql-function-parse-time': [
    ['parse_time("yyyy.MM.dd G \'at\' HH:mm:ss z", 1497028786000)', '2017.06.09 AD at 17:19:46 UTC'], ['parse_time("EEEE d MMM yy, h a", 0, "Asia/Tokyo")', 'Thursday 1 Jan 70, 9 AM'],
    ['parse_time("xxxx-\'W\'ww-e", 1609459200000)', '2020-W53-5'], ['parse_time("yyyy-MM-dd\'T\'HH:mm:ssZZ", 1719835200000, "Europe/Berlin")', '2024-07-01T14:00:00+02:00'],
    ['parse_time("HH", 0, "+05:30")', '05'], ['parse_time("HH", 0, "Mars/Olympus")', UNDEFINED], ['parse_time("QQ", 0)', UNDEFINED], ['parse_time("z", 1719835200000, "Europe/Berlin")', 'CEST'],
  ],
  'iot-sql-functions.html#iot-sql-function-time-to-epoch': [
    ['time_to_epoch("18 December 2015", "dd MMMM yyyy")', 1450396800000], ['time_to_epoch("2007-12-03 10:15:30.592 America/Los_Angeles", "yyyy-MM-dd HH:mm:ss.SSS z")', 1196705730592],
    ['time_to_epoch("20240229T235959Z", "yyyyMMdd\'T\'HHmmssX")', 1709251199000], ['time_to_epoch("2023-02-29", "yyyy-MM-dd")', UNDEFINED], ['time_to_epoch("2024-01-01x", "yyyy-MM-dd")', UNDEFINED],
    ['time_to_epoch("2024-01-01 02:30 PM +0100", "yyyy-MM-dd hh:mm a Z")', 1704115800000],
  ],
  'iot-sql-functions.html#iot-function-topic': [['topic()', 'a/b'], ['topic(1)', 'a'], ['topic(3)', UNDEFINED], ['topic(0)', UNDEFINED], ['topic("2")', 'b'], ['topic(1, 2)', UNDEFINED]],
  'iot-sql-functions.html#iot-sql-function-clientid': [['clientid()', 'device-1'], ['accountid()', '123456789012'], ['sql_version()', '2016-03-23'], ['principal()', UNDEFINED], ['timestamp()', 1700000000000]],
  'iot-sql-functions.html#iot-func-transform': [
    ['transform("enrichArray", {"key": a.d}, v)', [{ x: 3, key: 1 }, { y: 4, key: 1 }], { a: { d: 1 }, v: [{ x: 3 }, { y: 4 }] }], ['transform("enrichArray", {"a": 1}, [1])', UNDEFINED],
    ["transform('enrichArray', (select a, b from data2), (select value c from data2))", [{ x: 1, a: 'f', b: 's' }], { data2: { a: 'f', b: 's', c: [{ x: 1 }] } }],
  ],
  'iot-sql-data-types.html': [
    ['9007199254740993 + 1', JSON.parse('9007199254740994')], ['0.1 + 0.2', 0.3], ['1.10 * 3', 3.3], ['nope', UNDEFINED], ['{"a": nope, "b": null}', { b: null }], ['[1, nope, 2]', [1, 2]],
    ['1E999 * 10', UNDEFINED], ['0 * -5', 0], ['cast(-0.0 as String)', '0'],
    ['cast(1000000000000000000000000000000000.5 + 0.0 as String)', '1000000000000000000000000000000000'], ['cast(1000000000000000000000000000000001.5 + 0.0 as String)', '1000000000000000000000000000000002'],
    ['cast(0.0000001 as String)', '1E-7'], ['cast(1.50 as String)', '1.50'], ['cast(1.5E40 as String)', '1.5E+40'], ['cast(0.000001 as String)', '0.000001'], ['1 / 3.0', 0.3333333333333333], ['length("")', 0], ['length(1, 2)', UNDEFINED],
  ],
  'iot-sql-operators.html': [
    ['"5" + 3', '53'], ['5 + [1]', UNDEFINED], ['"a" + null', UNDEFINED], ['"10" - "4.5"', 5.5], ['3 - 5 * 2', -7], ['(3 - 5) * 2', -4], ['-(-3)', 3], ['7 / 2', 3], ['-7 / 2', -3], ['7 / 0', UNDEFINED], ['7.0 / 2', 3.5],
    ['"b" > "a"', UNDEFINED], ['"10" > 9', true], ['[1] < [2]', UNDEFINED], ['true = "true"', false], ['null = null', true], ['null <> null', false], ['[1, [2]] = [1.0, [2]]', true],
    ['NOT "FALSE"', true], ['true AND nope', UNDEFINED], ['true OR nope', UNDEFINED], ['NOT 1 = 2', true], ['1 < 2 AND 2 < 3 OR false', true],
    ['3 in arr', true, { arr: [1, 2, 3, 'three', 5.7, null] }], ['4 in arr', false, { arr: [1] }], ['4 not in arr', true, { arr: [1] }], ['1 in 1', UNDEFINED],
    ['exists(select * from e where foo = 2)', true, { foo: 4, e: [{ foo: 1 }, { foo: 2 }] }], ['exists(select * from e where foo = 3)', false, { foo: 3, e: [{ foo: 1 }] }],
    ['2 in (select n from e)', true, { e: [{ n: 1 }, { n: 2 }] }],
  ],
  'iot-sql-case.html': [
    ["CASE color WHEN 'green' THEN 'go' WHEN 'yellow' THEN 'caution' ELSE 'off' END", 'caution', { color: 'yellow' }], ['CASE nope WHEN 1 THEN 2 ELSE 3 END', UNDEFINED],
    ['CASE 1 WHEN 1 THEN "first" WHEN 1 THEN "second" END', 'first'], ['CASE WHEN t > 5 THEN "hot" ELSE "cold" END', 'hot', { t: 6 }],
  ],
  'iot-sql-nested-queries.html': [
    ["(SELECT v FROM e WHERE n = 'temperature')", [{ v: 22.5 }], { e: [{ n: 'temperature', v: 22.5 }, { n: 'light', v: 135 }] }], ['(SELECT VALUE x.n FROM e AS x)', [1, 2], { e: [{ n: 1 }, { n: 2 }] }],
    ['(SELECT * FROM o.inner)', { a: 1 }, { o: { inner: { a: 1 } } }], ['(SELECT v FROM nope)', UNDEFINED], ['(SELECT VALUE v FROM e WHERE v > limit)', [3], { limit: 2, e: [{ v: 1 }, { v: 3 }] }],
  ],
  'iot-sql-literals.html': [["{'latitude': get(p, 0), 'longitude': get(p, 1)}", { latitude: 47.606, longitude: -122.332 }, { p: [47.606, -122.332] }], ['[]', []], ["'it''s'", "it's"], ['"say \\"hi\\""', 'say "hi"']],
  'iot-sql-json.html': [['foo.bar', 1, { foo: { bar: 1 } }], ['foo.bar', UNDEFINED, { foo: [1] }], ['Foo', UNDEFINED, { foo: 1 }], ['value', 1, { value: 1 }], ['set.from', 2, { set: { from: 2 } }]],
};

describe.each(Object.entries(CASES))('%s', (_page, cases) => {
  test.each(cases.map(([expression, expected, payload = {}]) => [expression, expected, payload] as const))(
    '%s', (expression, expected, payload) => expect(valueOf(expression, payload)).toEqual(expected),
  );
});

test('there are at least 60 cases beside the examples', () => expect(Object.values(CASES).flat().length).toBeGreaterThan(60));
