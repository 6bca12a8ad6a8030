import { readFileSync } from 'fs';
import * as path from 'path';
import { pathToFileURL } from 'url';
import { OnboardingZone } from './onboarding-zone';
import { firehose, iotdata } from '../../sandbox/test/end-to-end/clients';
import { eventually } from '../../sandbox/test/end-to-end/programs';
import { noSpark, python, SCRIPT } from '../lake/compaction/spark';

// What devices send goes through the bundled example into its lake. Spark reads and compacts the same files with FULL=1, where it is there.
const FULL = process.env.FULL === '1';
jest.setTimeout(600_000);

interface Message { readonly topic: string; readonly payload: string }
const SAMPLES: Message[] = readFileSync(path.join(__dirname, '../firehose-batch/fixtures/telemetry-samples.ndjson'), 'utf8').trimEnd().split('\n')
  .map(line => ({ topic: (JSON.parse(line) as Message).topic, payload: line.slice(line.indexOf('"payload":') + '"payload":'.length, -1) }));
/** AWS does not say what the SQL of the rule makes of a message that is an array, so that one goes to the stream. */
const isArray = ({ payload }: Message) => payload.startsWith('[');
const BAD = 'not JSON: température';

type Maps = [topic: string | null, measurements: { [name: string]: number }, attributes: { [name: string]: string }];
const RIGADO = 'urn:rigado:';
const EXPECTED: Maps[] = [
  ['data/C0300A1930-00366/ac233fa2129e',
    { measurements_battery_level: 100, measurements_temperature: 19.02734375, measurements_humidity: 47.7890625, measurements_rssi: -63 },
    { device_gateway_id: 'C0300A1930-00366', device_device_id: 'ac233fa2129e', device_capability_model_id: `${RIGADO}S1_Sensor:2`, device_dtmi: 'dtmi:rigado:S1Sensor;1' }],
  ['data/C0300A1930-00366/ffcfed4dd3ab', { measurements_occupied: 1, measurements_count: 3 }, {
    device_gateway_id: 'C0300A1930-00366',
    device_device_id: 'ffcfed4dd3ab',
    device_capability_model_id: `${RIGADO}S40_Occupancy:1`,
    measurements_occupied: 'true',
    measurements_last_change: '2026-11-20T08:00:00Z',
  }],
  ['data/press-07/telemetry', { ts: 1795248000123, temp: 81.5, vibration_x: 0.01, vibration_y: -0.02, vibration_z: 9.81 }, { alarms: '["overheat","door"]', serial: 'PR-07' }],
  ['data/press-08/telemetry', { ts: 1795248000456, temp_2: 80 }, { temp: 'n/a', empty: '{}', list: '[{"k":1},{"k":2}]' }],
  ['data/küche-1/telemetry', { ts: 1795248001000, température: 21.25, big: 9007199254740992, neg: 0, exp: 1e-7 }, { 名前: '温度計', emoji: '🌡️', big: '9007199254740993' }],
  [null, { ts: 1795248002000, temp: 81.6 }, {}],
  [null, { ts: 1795248003000, temp: 81.7 }, {}],
];
/** In an order of its own; a zero without its sign, which JSON of JavaScript does not write either. */
const sorted = (rows: Maps[]) => rows.map(([topic, measurements, attributes]): Maps => [
  topic, Object.fromEntries(Object.entries(measurements).map(([name, value]) => [name, value + 0])), attributes,
]).sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

let zone: OnboardingZone;
let template: { Resources: { [id: string]: { Type: string; Properties: any } } };
const resources = (type: string) => Object.values(template.Resources).filter(({ Type }) => Type === type).map(({ Properties }) => Properties);

interface Entry { readonly key: string; readonly value: unknown }
const query = async (sql: string): Promise<{ [name: string]: any }[]> => {
  const { out, err, code } = await zone.running.command('query', sql, '--json');
  if (code !== 0) throw new Error(`${sql}\n${err}`);
  return out.split('\n').filter(line => line !== '').map(line => JSON.parse(line) as { [name: string]: any });
};
const ofEntries = (entries: Entry[]) => Object.fromEntries(entries.map(({ key, value }) => [key, value]));
const mapsByQuery = async () => sorted((await query('SELECT topic, measurements, attributes FROM telemetry'))
  .map(({ topic, measurements, attributes }) => [topic, ofEntries(measurements), ofEntries(attributes)] as Maps));

beforeAll(async () => {
  zone = await OnboardingZone.start();
  template = JSON.parse(readFileSync(path.join(zone.folder, 'assembly', 'Sensors.template.json'), 'utf8'));
  const broker = new iotdata.IoTDataPlaneClient(zone.running.client);
  const stream = new firehose.FirehoseClient(zone.running.client);
  const { DeliveryStreamNames } = await stream.send(new firehose.ListDeliveryStreamsCommand({}));
  const put = (text: string) => stream.send(new firehose.PutRecordCommand({ DeliveryStreamName: DeliveryStreamNames![0], Record: { Data: Buffer.from(`${text}\n`) } }));
  for (const message of SAMPLES) {
    if (isArray(message)) await put(message.payload);
    else await broker.send(new iotdata.PublishCommand({ topic: message.topic, payload: Buffer.from(message.payload), qos: 1 }));
  }
  await put(BAD);
  await eventually('all rows', async () => (await mapsByQuery()).length === EXPECTED.length);
}, 300_000);
afterAll(() => zone?.stop());

test('all samples come back with the values that went in', async () => {
  expect(await mapsByQuery()).toEqual(sorted(EXPECTED));
  const columns = 'device_gateway_id, measurements_temperature, measurements_occupied, measurements_battery_level';
  expect(await query(`SELECT ${columns} FROM telemetry WHERE thing_name = 'C0300A1930-00366' ORDER BY device_id`)).toEqual([
    { device_gateway_id: 'C0300A1930-00366', measurements_temperature: 19.02734375, measurements_occupied: null, measurements_battery_level: 100 },
    { device_gateway_id: 'C0300A1930-00366', measurements_temperature: null, measurements_occupied: true, measurements_battery_level: null },
  ]);
});

test('every view and every named query of the template runs', async () => {
  const views = resources('AWS::Glue::Table').map(({ TableInput }) => TableInput).filter(({ TableType }) => TableType === 'VIRTUAL_VIEW').map(({ Name }) => String(Name));
  expect(views).toHaveLength(4);
  for (const view of views) expect([view, (await query(`SELECT * FROM ${view}`)).length > 0]).toEqual([view, true]);
  const queries = resources('AWS::Athena::NamedQuery').map(({ Name, QueryString }) => [String(Name), String(QueryString)]);
  const answers = Object.fromEntries(await Promise.all(queries.map(async ([name, sql]) => [name, await query(sql)] as const)));
  expect(Object.keys(answers)).toEqual(['Last value per device', 'Silent devices', 'Hourly averages', 'Data volume per topic']);
  expect(answers['Last value per device']).toContainEqual(expect.objectContaining({ thing_name: 'press-07', name: 'temp', value: 81.5 }));
  expect(answers['Hourly averages']).toContainEqual(expect.objectContaining({ thing_name: 'press-07', name: 'vibration_z', mean: 9.81 }));
  expect(answers['Data volume per topic'].find(({ topic }) => topic === 'data/press-07/telemetry')).toMatchObject({ messages: expect.anything(), readings: expect.anything() });
  expect(answers['Silent devices']).toEqual([]);
});

test('a record that could not be read is in the errors with its text', async () => {
  const [row] = await eventually('the error', async () => {
    const found = await query('SELECT error_type, errorcode, payload, CAST(arrival_time AS varchar) AS arrival FROM errors_decoded');
    return found.length > 0 && found;
  });
  expect(row).toMatchObject({ error_type: 'processing-failed', payload: expect.stringContaining(BAD), arrival: expect.stringMatching(/^20\d\d-/) });
});

test('Spark reads the same values out of the same files, and compacts them so that queries find the same', async () => {
  const reason = FULL ? noSpark() : 'Spark reads the lake only with FULL=1';
  if (reason !== undefined) return console.log(reason);
  const bucket = path.join(zone.running.state, 's3', 'buckets', zone.output('ZoneLakeBucket'), 'objects');
  const url = (name: string) => pathToFileURL(path.join(bucket, name)).href;
  const mapsBySpark = async () => {
    const { stdout, stderr } = await python([path.join(__dirname, 'lake_maps.py'), path.join(bucket, 'telemetry')]);
    const rows = stdout.split('\n').filter(line => line.startsWith('row ')).map(line => JSON.parse(line.slice(4)));
    if (rows.length === 0) throw new Error(stderr);
    return sorted(rows.map(({ topic = null, measurements, attributes }) => [topic, measurements, attributes] as Maps));
  };
  expect(await mapsBySpark()).toEqual(sorted(EXPECTED));

  const { DefaultArguments } = resources('AWS::Glue::Job')[0];
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().replace(/\..*/, '+00:00');
  const given = ['--partitions', '--device-types', '--settle-minutes', '--lookback-days'].flatMap(name => [name, String(DefaultArguments[name])]);
  const compacted = await python([SCRIPT, '--root', url('telemetry'), '--state', url('compaction/telemetry'), '--wide', url('wide/telemetry'), ...given, '--now', tomorrow]);
  expect([compacted.status, compacted.status === 0 ? '' : compacted.stderr]).toEqual([0, '']);
  expect(await mapsBySpark()).toEqual(sorted(EXPECTED));
  expect(await mapsByQuery()).toEqual(sorted(EXPECTED));
  expect(await query('SELECT thing_name, measurements_temperature, measurements_humidity FROM s1_sensor')).toEqual([
    { thing_name: 'C0300A1930-00366', measurements_temperature: 19.02734375, measurements_humidity: 47.7890625 },
  ]);
});
