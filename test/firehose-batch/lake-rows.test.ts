import { spawnSync } from 'child_process';
import { readFileSync } from 'fs';
import * as path from 'path';
import * as fc from 'fast-check';
import { bytesOf, requestOf } from './transform-cases';
import { readLakeRowPlan, TRANSFORM_ENV } from '../../src/firehose-batch/handler/env';
import { flattenerOf, transform } from '../../src/firehose-batch/handler/index';

const PLAN = {
  deviceIdKeys: ['device_device_id', 'device_id', 'serial_number'],
  eventTimeKeys: ['event_time', 'ts', 'timestamp', 'time'],
  columns: { double: ['temp'], string: ['serial', 'note'], bigint: ['big'], int: ['count'], boolean: ['occupied'], timestamp: ['seen'] },
};
const SAMPLES = readFileSync(path.join(__dirname, 'fixtures/telemetry-samples.ndjson'), 'utf8').trimEnd().split('\n')
  .map(line => line.slice(line.indexOf('"payload":') + '"payload":'.length, -1));
/** What the rule adds, at the end of each object. */
const ADDED = '"iot_topic":"data/t/x","iot_timestamp":1795248005678,"iot_client_id":"c","iot_trace_id":"0a","iot_thing_name":"t"';

const rowsOf = (payload: string, partitionKeys?: string) => {
  const flattener = flattenerOf({ [TRANSFORM_ENV.lakeRows]: JSON.stringify(PLAN), [TRANSFORM_ENV.partitionKeys]: partitionKeys });
  const [record] = transform(requestOf([payload]), flattener).records;
  expect(record.result).toBe('Ok');
  return bytesOf(record.data).trimEnd().split('\n').map(line => JSON.parse(line));
};
const rowOf = (fields: string) => rowsOf(`{${fields}${fields && ','}${ADDED}}`)[0];

test('has who, where and when in columns, and they are in no map', () => {
  expect(rowOf('"temp":81.5')).toEqual({
    thing_name: 't',
    client_id: 'c',
    topic: 'data/t/x',
    device_id: 't',
    trace_id: '0a',
    event_time: '2026-11-21 08:00:05.678',
    arrival_time: '2026-11-21 08:00:05.678',
    measurements: { temp: 81.5 },
    attributes: {},
    temp: 81.5,
  });
});

test('brings the samples back with the values that went in', () => {
  const maps = SAMPLES.flatMap(payload => rowsOf(payload)).map(({ measurements, attributes }) => [measurements, attributes]);
  expect(maps).toEqual([
    [{ measurements_battery_level: 100, measurements_temperature: 19.02734375, measurements_humidity: 47.7890625, measurements_rssi: -63 },
      { device_gateway_id: 'C0300A1930-00366', device_device_id: 'ac233fa2129e', device_capability_model_id: 'urn:rigado:S1_Sensor:2', device_dtmi: 'dtmi:rigado:S1Sensor;1' }],
    [{ measurements_occupied: 1, measurements_count: 3 }, {
      device_gateway_id: 'C0300A1930-00366',
      device_device_id: 'ffcfed4dd3ab',
      device_capability_model_id: 'urn:rigado:S40_Occupancy:1',
      measurements_occupied: 'true',
      measurements_last_change: '2026-11-20T08:00:00Z',
    }],
    [{ ts: 1795248000123, temp: 81.5, vibration_x: 0.01, vibration_y: -0.02, vibration_z: 9.81 }, { alarms: '["overheat","door"]', serial: 'PR-07' }],
    [{ ts: 1795248000456, temp_2: 80 }, { temp: 'n/a', empty: '{}', list: '[{"k":1},{"k":2}]' }],
    [{ ts: 1795248001000, température: 21.25, big: 9007199254740992, neg: -0, exp: 1e-7 }, { 名前: '温度計', emoji: '🌡️', big: '9007199254740993' }],
    [{ ts: 1795248002000, temp: 81.6 }, {}],
    [{ ts: 1795248003000, temp: 81.7 }, {}],
  ]);
});

test.each([
  ['"deviceId":"d1"', 'd1'], ['"device":{"deviceId":"d2"},"device_id":"d1"', 'd2'], ['"device_id":"d1","device":{"device_id":"d2"}', 'd2'],
  ['"serialNumber":17', '17'], ['"deviceId":""', 't'], ['"deviceId":null', 't'], ['"deviceId":["x"]', 't'],
])('%s is of the device %s', (fields, device) => {
  expect(rowOf(fields).device_id).toBe(device);
});

test.each([
  ['1795248000', '2026-11-21 08:00:00.000'], ['1795248000.5', '2026-11-21 08:00:00.500'], ['1795248000123', '2026-11-21 08:00:00.123'],
  ['1795248000123456', '2026-11-21 08:00:00.123'], ['1795248000123456789', '2026-11-21 08:00:00.123'],
  ['"2026-11-21T08:00:00Z"', '2026-11-21 08:00:00.000'], ['"2026-11-21T09:00:00.25+01:00"', '2026-11-21 08:00:00.250'], ['"2026-11-21 08:00"', '2026-11-21 08:00:00.000'],
])('an event at %s was at %s', (value, time) => {
  expect(rowOf(`"ts":${value}`).event_time).toBe(time);
});

test.each(['-1', '0', '1e30', 'null', 'true', '"soon"', '"2026-13-01"', '[1795248000]', '{}'])('an event at %s was when it arrived', value => {
  expect(rowOf(`"ts":${value}`).event_time).toBe('2026-11-21 08:00:05.678');
});

test('arrived when Firehose says so, where the rule does not', () => {
  expect(rowsOf('{"a":1}')[0]).toMatchObject({ thing_name: null, topic: null, trace_id: null, arrival_time: '2026-11-21 08:00:00.000' });
});

describe('a declared column', () => {
  test('stands beside the maps', () => {
    expect(rowOf('"big":9007199254740993,"count":3,"occupied":false,"serial":"PR","note":5,"seen":1795248000')).toMatchObject({
      count: 3, occupied: false, serial: 'PR', note: '5', seen: '2026-11-21 08:00:00.000', attributes: { big: '9007199254740993', occupied: 'false' }, measurements: { occupied: 0 },
    });
    expect(bytesOf(transform(requestOf(['{"big":9007199254740993}']), flattenerOf({ LAKE_ROWS: JSON.stringify(PLAN) })).records[0].data)).toContain('},"big":9007199254740993}');
  });

  test.each(['"temp":"n/a"', '"count":2147483648', '"count":1.5', '"count":true', '"big":9223372036854775808', '"occupied":1', '"seen":"never"', '"serial":null', '"temp":1e999'])(
    'is left out for %s, which would fail the conversion of the whole row', field => {
      const name = /"(\w+)"/.exec(field)![1];
      expect(rowOf(field)).not.toHaveProperty(name);
    });
});

test('a number that is infinite as a double is text only', () => {
  expect(rowOf('"x":1e999')).toMatchObject({ measurements: {}, attributes: { x: '1e999' } });
});

test('keys of partitions are found as in flat rows', () => {
  const flattener = flattenerOf({ LAKE_ROWS: JSON.stringify(PLAN), PARTITION_KEYS: 'site' });
  expect(transform(requestOf(['{"site":"north","Site":"south"}']), flattener).records[0].metadata).toEqual({ partitionKeys: { site: 'north' } });
});

test('any message makes rows that fit: maps of numbers and of texts, and declared columns of their type', () => {
  const keys = fc.oneof(fc.constantFrom('temp', 'Temp', 'big', 'count', 'occupied', 'serial', 'ts', 'iot_x', '__proto__'), fc.string());
  const value = fc.oneof(fc.jsonValue(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.bigInt().map(Number).filter(Number.isFinite));
  fc.assert(fc.property(fc.dictionary(keys, value), message => {
    for (const row of rowsOf(JSON.stringify(message))) {
      for (const number of Object.values(row.measurements)) expect(typeof number).toBe('number');
      for (const text of Object.values(row.attributes)) expect(typeof text).toBe('string');
      for (const [name, type] of [['temp', 'number'], ['big', 'number'], ['count', 'number'], ['occupied', 'boolean'], ['serial', 'string']]) {
        if (name in row) expect(typeof row[name]).toBe(type);
      }
    }
  }), { numRuns: 500 });
});

test('a number that was sent is a measurement, whatever else the message holds', () => {
  fc.assert(fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.oneof(fc.integer(), fc.boolean(), fc.string())), message => {
    const [{ measurements, attributes }] = rowsOf(JSON.stringify(message));
    for (const [key, sent] of Object.entries(message)) {
      if (typeof sent === 'number') expect(measurements[key]).toBe(sent);
      if (typeof sent === 'boolean') expect([measurements[key], attributes[key]]).toEqual([Number(sent), String(sent)]);
      if (typeof sent === 'string') expect(attributes[key]).toBe(sent);
    }
  }));
});

test('a plan that is none is told by the name of its variable', () => {
  expect(readLakeRowPlan({})).toBeUndefined();
  for (const text of ['', '{', '{}', '{"deviceIdKeys":[]}']) {
    expect(() => readLakeRowPlan({ LAKE_ROWS: text })).toThrow(`LAKE_ROWS must be JSON with deviceIdKeys, eventTimeKeys and columns, got ${JSON.stringify(text)}`);
  }
});

test('a time without a zone is UTC, wherever the function runs', () => {
  // The zone of a process is read at its start.
  const asked = 'console.log(require("./src/firehose-batch/handler/timestamps").timestampOf(JSON.stringify("2026-11-21T08:00:00"), true))';
  const { stdout, stderr } = spawnSync(process.execPath, ['-r', 'ts-node/register/transpile-only', '-e', asked], {
    cwd: path.join(__dirname, '../..'), encoding: 'utf8', env: { ...process.env, TZ: 'America/New_York', TS_NODE_PROJECT: 'tsconfig.dev.json' },
  });
  expect([stdout.trim(), stderr]).toEqual(['"2026-11-21 08:00:00.000"', '']);
});
