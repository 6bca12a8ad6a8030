import { readFileSync } from 'fs';
import * as path from 'path';
import * as fc from 'fast-check';
import { bytesOf, requestOf } from './transform-cases';
import { Flattener } from '../../src/firehose-batch/handler/core';
import { TRANSFORM_ENV, readPartitionKeys } from '../../src/firehose-batch/handler/env';
import { handler, transform } from '../../src/firehose-batch/handler/index';

const LAMBDA_LIMIT = 6_291_456;
const SAMPLES = readFileSync(path.join(__dirname, 'fixtures/telemetry-samples.ndjson'), 'utf8').trimEnd().split('\n')
  .map(line => line.slice(line.indexOf('"payload":') + '"payload":'.length, -1));

const clean = async (...payloads: (string | Uint8Array)[]) =>
  (await handler(requestOf(payloads))).records.map(record => ({ result: record.result, text: bytesOf(record.data) }));
const lineFor = async (payload: string) => {
  const [{ result, text }] = await clean(payload);
  expect(result).toBe('Ok');
  return text;
};

let written: string[] = [];
beforeEach(() => {
  written = [];
  jest.spyOn(process.stdout, 'write').mockImplementation(line => written.push(String(line)) > 0);
});
afterEach(() => jest.restoreAllMocks());

describe('rows', () => {
  test('of the samples', async () => {
    expect(await clean(...SAMPLES)).toMatchObject([
      {
        text: '{"device_gateway_id":"C0300A1930-00366","device_device_id":"ac233fa2129e","device_capability_model_id":"urn:rigado:S1_Sensor:2",'
        + '"device_dtmi":"dtmi:rigado:S1Sensor;1","measurements_battery_level":100,"measurements_temperature":19.02734375,'
        + '"measurements_humidity":47.7890625,"measurements_rssi":-63}\n',
      },
      {
        text: '{"device_gateway_id":"C0300A1930-00366","device_device_id":"ffcfed4dd3ab","device_capability_model_id":"urn:rigado:S40_Occupancy:1",'
        + '"measurements_occupied":true,"measurements_count":3,"measurements_last_change":"2026-11-20T08:00:00Z"}\n',
      },
      { text: '{"ts":1795248000123,"temp":81.5,"vibration_x":0.01,"vibration_y":-0.02,"vibration_z":9.81,"alarms":"[\\"overheat\\",\\"door\\"]","serial":"PR-07"}\n' },
      { text: '{"ts":1795248000456,"temp":"n/a","temp_2":80,"nested_a_b_c":null,"empty":null,"list":"[{\\"k\\":1},{\\"k\\":2}]"}\n' },
      { text: '{"ts":1795248001000,"température":21.25,"名前":"温度計","emoji":"🌡️","big":9007199254740993,"neg":-0.0,"exp":1e-7}\n' },
      { text: '{"ts":1795248002000,"temp":81.6}\n{"ts":1795248003000,"temp":81.7}\n' },
    ]);
  });

  test.each([
    ['one newline at its end, not two', '{"a":1}\n', '{"a":1}\n'],
    ['one line for each object of several', '{"a":1}{"a":2}\n{"a":3}\r\n', '{"a":1}\n{"a":2}\n{"a":3}\n'],
    ['one line for each element of an array', ' [ {"a":1} , {"b":2} ] ', '{"a":1}\n{"b":2}\n'],
    ['numbers as they were written', '{"a":9007199254740993,"b":-0.0,"c":1.0,"d":1E400,"e":0.1000000000000000055}', '{"a":9007199254740993,"b":-0.0,"c":1.0,"d":1E400,"e":0.1000000000000000055}\n'],
    ['strings as they were written', '{"a":"\\u00e9\\n\\ud83c","b":"é😀"}', '{"a":"\\u00e9\\n\\ud83c","b":"é😀"}\n'],
    ['numbers in arrays as they were written', '{"a":[ 9007199254740993, "x\\"y" ]}', '{"a":"[ 9007199254740993, \\"x\\\\\\"y\\" ]"}\n'],
    ['null for an empty object', '{"a":{},"b":{ },"c":{"d":{}}}', '{"a":null,"b":null,"c_d":null}\n'],
    ['nothing for nothing', '{}', '{}\n'],
    ['the last of two values of one key', '{"a":1,"b":2,"a":3}', '{"b":2,"a":3}\n'],
    ['keys by what they say, not by how they are escaped', '{"\\u0061":1,"a":2}', '{"a":2}\n'],
    ['keys that objects have from birth', '{"__proto__":{"x":1},"constructor":2,"toString":3}', '{"proto_x":1,"constructor":2,"to_string":3}\n'],
  ])('have %s', async (_claim, payload, rows) => {
    expect(await lineFor(payload)).toBe(rows);
    expect(await lineFor(payload)).toBe(rows); // the second time with what was learnt
  });

  test('keep what is deeper than 32 levels as JSON text', async () => {
    const deep = `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`;
    expect(await lineFor(deep)).toBe(`{"${Array(32).fill('a').join('_')}":"{\\"a\\":1}"}\n`);
  });
});

test('rows are the same after more keys than are remembered', () => {
  const rows = new Flattener();
  const manyKeys = JSON.stringify(Object.fromEntries(Array.from({ length: 20_001 }, (_, index) => [`key${index}`, index])));
  const samples = [...SAMPLES, '{"temp":1,"Temp":2}'].map(text => Buffer.from(text).toString('latin1'));
  const before = samples.map(text => rows.clean(text));
  expect(rows.clean(manyKeys)).toMatchObject({ rows: 1 });
  expect(samples.map(text => rows.clean(text))).toEqual(before);
});

describe('long keys', () => {
  const nested = (...keys: string[]) => keys.reduceRight<unknown>((value, key) => ({ [key]: value }), 1);
  const resultOf = async (...keys: string[]) => (await clean(JSON.stringify(nested(...keys))))[0].result;
  /** Characters that are normalized in the course of the work. */
  const normalizedBy = (work: () => unknown) => {
    const { normalize } = String.prototype;
    let characters = 0;
    const spy = jest.spyOn(String.prototype, 'normalize').mockImplementation(function (this: string, form) {
      characters += this.length;
      return normalize.call(this, form);
    });
    work();
    spy.mockRestore();
    return characters;
  };

  test('of 1,024 characters are names, one more is refused', async () => {
    expect(await resultOf('é'.repeat(1_024))).toBe('Ok');
    expect(written).toEqual([]);
    expect(await clean(`{"${'é'.repeat(1_025)}":1}`)).toEqual([{ result: 'ProcessingFailed', text: `{"${'é'.repeat(1_025)}":1}` }]);
    expect(written).toEqual(['{"stream":"test","records":1,"refused":1,"reasons":{"key too long":1}}\n']);
  });

  test('make paths of 4,096 characters, one more is refused', async () => {
    const four = ['a', 'b', 'c', 'd'].map(letter => letter.repeat(1_024));
    expect(await resultOf(...four)).toBe('Ok');
    expect(await resultOf(...four, 'e')).toBe('ProcessingFailed');
    expect(JSON.parse(written.join(''))).toMatchObject({ reasons: { 'key too long': 1 } });
  });

  test('are refused without being normalized', () => {
    const text = `{"a${'\\u0315\\u0300'.repeat(50_000)}":1}`;
    expect(normalizedBy(() => expect(new Flattener().clean(text)).toEqual({ reason: 'key too long' }))).toBe(0);
  });

  test('are normalized once, not again for each key inside', () => {
    const inside = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, 1]));
    const text = JSON.stringify({ ['xY'.repeat(500)]: inside });
    const rows = new Flattener();
    expect(normalizedBy(() => expect(rows.clean(text)).toMatchObject({ rows: 1 }))).toBeLessThanOrEqual(3 * text.length);
    expect(normalizedBy(() => rows.clean(text))).toBe(0);
  });

  test('are forgotten after 8 million characters', () => {
    const fresh = (record: number) => JSON.stringify(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`${record}x${index}`.padEnd(1_000, 'y'), 1])));
    const rows = new Flattener();
    const learnt = Array.from({ length: 40 }, (_, record) => normalizedBy(() => rows.clean(fresh(record))));
    expect(Math.min(...learnt)).toBeGreaterThan(0);
    expect(normalizedBy(() => rows.clean(fresh(39)))).toBe(0);
    expect(normalizedBy(() => rows.clean(fresh(0)))).toBe(learnt[0]);
  });
});

describe('a record that is not rows', () => {
  test.each([
    '', ' ', 'hello', '42', '"text"',
    'null', '[1]', '[', '[{},', '[{},]', '[{}', '{"a":1', '{"a"}', '{"a":}', '{"a":1,}', '{a:1}', '{"a":01}', '{"a":1.}', '{"a":.5}', '{"a":+1}', '{"a":1e}',
    '{"a":-}', '{"a":"\t"}', '{"a":"\\x"}', '{"a":"\\u12g4"}', '{"a":tru}', '{"a":[1,]}', '{"a":[}]}', '{"a":1}x', '{"a":1},{"a":2}', '\ufeff{"a":1}', '{"a":NaN}', '[[{"a":1}]]', '{"a":[1}',
  ])('%j fails with the bytes that came', async payload => {
    expect(await clean(payload, '{"ok":1}')).toEqual([{ result: 'ProcessingFailed', text: payload }, { result: 'Ok', text: '{"ok":1}\n' }]);
  });

  test('of bytes that are not UTF-8 fails with the same bytes', async () => {
    const bytes = Buffer.from('{"a":"\xff"}', 'latin1');
    const { records } = await handler(requestOf([bytes]));
    expect(records).toEqual([{ recordId: '49670000', result: 'ProcessingFailed', data: bytes.toString('base64') }]);
  });

  test('nested 100,000 levels deep does not stop the others', async () => {
    const deep = `{"a":${'['.repeat(100_000)}`;
    expect((await clean(deep, '{"a":1}')).map(({ result }) => result)).toEqual(['ProcessingFailed', 'Ok']);
    expect(await clean(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, '{"a":1}')).toHaveLength(2);
  });

  test('shows in the log as a line that is JSON alone, with its stream and reason and without its content', async () => {
    await clean('secret', '{"a":1}', 'secret');
    expect(written).toEqual(['{"stream":"test","records":3,"refused":2,"reasons":{"no JSON objects":2}}\n']);
  });

  test('is all that is logged', async () => {
    await clean('{"a":1}', '[]');
    expect(written).toEqual([]);
  });

  test('is dropped when it is an array without elements', async () => {
    expect(await clean('[ ]')).toEqual([{ result: 'Dropped', text: '[ ]' }]);
  });
});

describe('any request', () => {
  const asRows = fc.oneof(fc.object(), fc.array(fc.object(), { maxLength: 3 }));
  const json = fc.oneof(fc.json(), asRows.map(value => JSON.stringify(value)));
  const payload = fc.oneof(fc.uint8Array(), fc.string(), json);

  test('is answered record by record, once and in order, whatever the bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.array(payload), async payloads => {
      const event = requestOf(payloads);
      const { records } = await handler(event);
      expect(records.map(({ recordId }) => recordId)).toEqual(event.records.map(({ recordId }) => recordId));
      records.forEach((record, index) => {
        if (record.result !== 'Ok') expect(record.data).toBe(event.records[index].data);
      });
    }), { numRuns: 300 });
  });

  test('is cleaned the second time to what it was cleaned to the first time', async () => {
    await fc.assert(fc.asyncProperty(json, async text => {
      const [once] = await clean(text);
      if (once.result === 'Ok') expect(await clean(once.text)).toEqual([once]);
    }), { numRuns: 1000 });
  });

  test('gives the same columns and values in any order of keys', async () => {
    const keys = fc.constantFrom('temp', 'Temp', 'TEMP', 'temp_2', 'te mp', 'temp_x', 'deviceId', 'device_id', '名前', 'x');
    const entries = fc.uniqueArray(fc.tuple(keys, fc.oneof(fc.integer(), fc.dictionary(keys, fc.integer()))), { selector: ([key]) => key });
    const shuffles = entries.chain(some => fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })));
    await fc.assert(fc.asyncProperty(shuffles, async ([some, shuffled]) => {
      const [one, other] = await clean(...[some, shuffled].map(list => JSON.stringify(Object.fromEntries(list))));
      expect(JSON.parse(other.text)).toEqual(JSON.parse(one.text));
    }), { numRuns: 500 });
  });

  test('is read as JSON.parse reads it', async () => {
    const mutant = fc.tuple(json, fc.nat(), fc.constantFrom('', ',', '"', '}', ']', '{', '0', '-', '\\', 'e', ' ')).map(([text, place, by]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + by + text.slice(at + 1);
    });
    await fc.assert(fc.asyncProperty(mutant, async text => {
      let rows: unknown;
      try {
        rows = JSON.parse(text);
      } catch {
        rows = undefined;
      }
      const list = Array.isArray(rows) ? rows : [rows];
      const areRows = list.every(row => typeof row === 'object' && row !== null && !Array.isArray(row));
      const [{ result }] = await clean(text);
      // Several objects after one another are rows, though not one JSON text.
      if (rows !== undefined) expect(result).toBe(!areRows ? 'ProcessingFailed' : list.length === 0 ? 'Dropped' : 'Ok');
      else if (result === 'Ok') expect(text).toMatch(/[}\]]\s*[[{]/);
    }), { numRuns: 2000 });
  });
});

describe('a response', () => {
  const sizeOf = (response: unknown) => Buffer.byteLength(JSON.stringify(response));
  /** Every nested value repeats the long name of its parent, so that rows grow far beyond their messages. */
  const growing = (nameLength: number, values: number) => {
    const entries = Array.from({ length: values }, (_, index) => [`k${index}`, 1]);
    return JSON.stringify({ ['n'.repeat(nameLength)]: Object.fromEntries(entries) });
  };

  test('never exceeds the limit of Lambda, and what does not fit fails with the bytes that came', async () => {
    const payloads = Array.from({ length: 40 }, (_, index) => index % 2 === 0 ? growing(200, 2_000) : '{"a":1}');
    const event = requestOf(payloads);
    const response = await handler(event);
    expect(sizeOf(response)).toBeLessThanOrEqual(LAMBDA_LIMIT);
    expect(response.records.map(({ recordId }) => recordId)).toEqual(event.records.map(({ recordId }) => recordId));
    const results = response.records.map(({ result }) => result);
    const refused = results.filter(result => result === 'ProcessingFailed').length;
    expect(refused).toBeGreaterThan(0);
    expect(JSON.parse(written.join(''))).toEqual({ stream: 'test', records: 40, refused, reasons: { 'no room in the response': refused } });
    expect(results.slice(0, 8)).toEqual(Array(8).fill('Ok'));
    response.records.forEach((record, index) => {
      if (index % 2 === 1) expect(record.result).toBe('Ok');
      else if (record.result !== 'Ok') expect(record.data).toBe(event.records[index].data);
    });
  });

  test('refuses a single record whose rows alone are too large', async () => {
    expect((await clean(growing(230, 25_000)))[0].result).toBe('ProcessingFailed');
    expect(written).toEqual(['{"stream":"test","records":1,"refused":1,"reasons":{"too large":1}}\n']);
  });

  test('fits when nothing but originals do', async () => {
    const response = await handler(requestOf(Array.from({ length: 4 }, () => 'x'.repeat(1_170_000))));
    expect(sizeOf(response)).toBeLessThanOrEqual(LAMBDA_LIMIT);
    expect(response.records.every(({ result, data }) => result === 'ProcessingFailed' && data !== '')).toBe(true);
  });

  test('leaves out data rather than records when the request was larger than Lambda allows', async () => {
    const response = await handler(requestOf(Array.from({ length: 9 }, () => 'x'.repeat(1_000_000))));
    expect(sizeOf(response)).toBeLessThanOrEqual(LAMBDA_LIMIT);
    expect(response.records).toHaveLength(9);
    expect(JSON.parse(written.join(''))).toMatchObject({ refused: 9, reasons: { 'no JSON objects': 9 } });
  });

  test('counts each refused record once, also where its original is no smaller than its rows', async () => {
    const response = await handler(requestOf(Array.from({ length: 9 }, () => `{"a":"${'x'.repeat(600_000)}"}`)));
    const refused = response.records.filter(({ result }) => result === 'ProcessingFailed').length;
    expect(sizeOf(response)).toBeLessThanOrEqual(LAMBDA_LIMIT);
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(9);
    expect(JSON.parse(written.join(''))).toMatchObject({ refused, reasons: { 'no room in the response': refused } });
  });

  test('stays small for any mix of messages that grow', async () => {
    const message = fc.tuple(fc.integer({ min: 1, max: 240 }), fc.integer({ min: 0, max: 3_000 })).map(([name, values]) => growing(name, values));
    await fc.assert(fc.asyncProperty(fc.array(message, { minLength: 10, maxLength: 60 }), async payloads => {
      expect(sizeOf(await handler(requestOf(payloads)))).toBeLessThanOrEqual(LAMBDA_LIMIT);
    }), { numRuns: 8 });
  });
});

describe('partition keys', () => {
  const partitionOf = (payload: string, keys = ['site']) => transform(requestOf([payload]), new Flattener(keys)).records[0];

  test.each([
    ['the value of the column', '{"Site":"hamburg"}', 'hamburg'],
    ['a number', '{"site":7}', '7'],
    ['unknown without the column', '{"temp":1}', 'unknown'],
    ['unknown for null', '{"site":null}', 'unknown'],
    ['unknown for an empty text', '{"site":""}', 'unknown'],
    ['no way out of the folder', '{"site":"../../etc/x=1"}', '__.._etc_x_1'],
    ['letters of every script', '{"site":"küche"}', 'küche'],
    ['at most 100 characters', `{"site":"${'x'.repeat(200)}"}`, 'x'.repeat(100)],
    ['never half a character at the end', `{"site":"x${'𠮷'.repeat(100)}"}`, `x${'𠮷'.repeat(49)}`],
    ['one value for rows that agree', '[{"site":"a"},{"site":"a"}]', 'a'],
    ['the clean key where names collide', '{"Site":"b","site":"a"}', 'a'],
  ])('are %s', (_claim, payload, value) => {
    expect(partitionOf(payload)).toMatchObject({ result: 'Ok', metadata: { partitionKeys: { site: value } } });
  });

  test('that differ between the rows of one record make it fail', () => {
    expect(partitionOf('[{"site":"a"},{"site":"b"}]').result).toBe('ProcessingFailed');
  });

  test('come from the environment, and are none without it', () => {
    expect(readPartitionKeys({})).toEqual([]);
    expect(readPartitionKeys({ [TRANSFORM_ENV.partitionKeys]: 'site,line' })).toEqual(['site', 'line']);
    expect(() => readPartitionKeys({ [TRANSFORM_ENV.partitionKeys]: '' })).toThrow('PARTITION_KEYS must be column names separated by commas, got ""');
    expect(() => readPartitionKeys({ [TRANSFORM_ENV.partitionKeys]: 'site,' })).toThrow('PARTITION_KEYS must be column names separated by commas, got "site,"');
  });
});
