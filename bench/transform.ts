import * as path from 'path';
import { median, root, Row } from './measure';

interface Outcome { records: { recordId: string; result: string; data: string }[] }

const ROUNDS = 60;
const RECORDS = 1_000;
const BUNDLE = path.join(root, 'assets/firehose-batch/index.js');

/** What a lake tells the function: which columns stand beside the maps. */
const LAKE_ROWS = JSON.stringify({
  deviceIdKeys: ['device_device_id'], eventTimeKeys: ['ts'], columns: { double: ['measurements_temperature', 'measurements_humidity'], string: ['device_gateway_id'] },
});

/** The shipped transform against reading the batch (base64, JSON.parse), and against copying it as JSON: flat rows, and rows of a lake. */
export async function transform(): Promise<Row[]> {
  const flat = await measured('transform');
  process.env.LAKE_ROWS = LAKE_ROWS;
  // It reads its variables once, so that the other mode is another copy of it.
  delete require.cache[BUNDLE];
  const lake = await measured('transform to rows of a lake');
  delete process.env.LAKE_ROWS;
  return [...flat, ...lake];
}

async function measured(what: string): Promise<Row[]> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { handler } = require(BUNDLE) as { handler: (event: object, context: object) => Promise<Outcome> };
  const event = {
    invocationId: 'bench',
    deliveryStreamArn: 'arn:aws:firehose:us-east-1:123456789012:deliverystream/bench',
    region: 'us-east-1',
    records: Array.from({ length: RECORDS }, (_, index) => ({
      recordId: String(index), approximateArrivalTimestamp: 1_795_248_000_000, data: Buffer.from(JSON.stringify(message(index))).toString('base64'),
    })),
  };
  const context = { getRemainingTimeInMillis: () => 60_000 };
  const ours: number[] = [];
  const bare: number[] = [];
  const copied: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await timed(async () => handler(event, context)));
    bare.push(await timed(async () => read(event)));
    copied.push(await timed(async () => copy(event)));
  }
  const warm = ROUNDS / 2; // the first half lets the compiler warm up on both
  const [oursMs, bareMs, copiedMs] = [ours, bare, copied].map(times => median(times.slice(warm)));
  const { records } = await handler(event, context);
  const ok = records.filter(({ result }) => result === 'Ok').length;
  return [
    {
      what: `${what} of ${RECORDS} records (${ok} Ok) over base64 and JSON.parse of the same`,
      measured: `${(oursMs / bareMs).toFixed(2)} times (${(oursMs * 1000 / RECORDS).toFixed(1)} µs a record)`,
      target: 'at most 2 times',
      met: oursMs / bareMs <= 2,
    },
    { what: 'the same over base64, JSON.parse and JSON.stringify', measured: `${(oursMs / copiedMs).toFixed(2)} times` },
  ];
}

/** Decode, parse, encode: what even a transform that changes nothing must do. */
function read(event: { records: { recordId: string; data: string }[] }): Outcome {
  return {
    records: event.records.map(({ recordId, data }) => {
      const bytes = Buffer.from(data, 'base64');
      return { recordId, result: JSON.parse(bytes.toString('utf8')) ? 'Ok' : 'Dropped', data: bytes.toString('base64') };
    }),
  };
}

function copy(event: { records: { recordId: string; data: string }[] }): Outcome {
  return {
    records: event.records.map(({ recordId, data }) => ({
      recordId, result: 'Ok', data: Buffer.from(JSON.stringify(JSON.parse(Buffer.from(data, 'base64').toString('utf8'))) + '\n').toString('base64'),
    })),
  };
}

/** The message of the quickstart seed, with what the rule adds to it. */
function message(index: number): object {
  return {
    device: { gatewayId: 'C0300A1930-00366', deviceId: `ac233fa2${index}`, capabilityModelId: 'urn:rigado:S1_Sensor:2', dtmi: 'dtmi:rigado:S1Sensor;1' },
    measurements: { batteryLevel: 100, temperature: 19.02734375 + index / 1000, humidity: 47.7890625, rssi: -63 },
    topic: `data/C0300A1930-00366/ac233fa2${index}`,
    received_at: 1_795_248_000_000 + index,
    client_id: `press-${index}`,
    trace_id: '00000000-0000-4000-8000-000000000001',
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - started) / 1e6;
}
