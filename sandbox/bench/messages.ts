import * as path from 'path';
import { Load } from './load';
import { MeasuredProcess } from './measured-process';
import { median } from './median';
import { payload } from './payload';
import { Row } from './row';
import { RunningZone } from './running-zone';

export interface Zones {
  /** Cloud assembly of a rule, a batch and a transform, and nothing else. */
  readonly pipeline: string;
  /** That of the bundled example. */
  readonly example: string;
}

interface Outcome {
  /** Acknowledged, and in a delivered file, in a second. */
  readonly acknowledged: number;
  readonly delivered: number;
  /** Of the time that two processors have, from the first message to the last file. */
  readonly shareOfClients: number;
  readonly shareOfBroker: number;
  readonly microseconds: number;
}

const BARE_BROKER = ['-r', 'ts-node/register/transpile-only'];
const TARGET = 5_000;
const PROCESSORS = 2;
/** Files are delivered once a second, so that the last of them is not waited for. */
const SOON = ['--buffer-seconds', '1'];

/** QoS 1 over TLS with client certificates, 256 bytes; the sandbox beside the broker that is inside of it, the two in turns. */
export async function messages({ pipeline, example }: Zones, amount: number, runs: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const connections of [1, 200]) {
    const of = (assembly: string) => measured(assembly, connections, amount, runs);
    const alone = await of(pipeline);
    const whole = await of(example);
    const name = `messages a second, ${connections} connection${connections === 1 ? '' : 's'}`;
    rows.push(
      { what: `${name}, rule, batch and transform: to the delivered file`, measured: textOf(alone.zone), target: `at least ${TARGET}`, met: alone.zone.delivered >= TARGET },
      { what: `${name}, bundled example (3 rules, Parquet, raw copy, SiteWise): to the delivered file`, measured: textOf(whole.zone) },
      { what: `${name}, bare broker: acknowledged`, measured: `${alone.bare.acknowledged.toFixed(0)} (clients have ${percent(alone.bare.shareOfClients)} of both processors)` },
    );
  }
  return rows;
}

async function measured(assembly: string, connections: number, amount: number, runs: number): Promise<{ zone: Outcome; bare: Outcome }> {
  const zone = await RunningZone.start(assembly, SOON);
  const bare = await bareBroker(zone.authorityFolder);
  const devices = await zone.fleet(connections);
  const loads = { zone: new Load(), bare: new Load() };
  await loads.zone.connect(zone.target, devices);
  await loads.bare.connect({ ...zone.target, port: bare.port }, devices);
  const inFlight = Math.max(10, Math.floor(2_000 / connections));
  const outcomes = { zone: [] as Outcome[], bare: [] as Outcome[] };
  let delivered = 0;
  // The first round warms both up.
  for (let run = 0; run <= runs; run++) {
    delivered += amount;
    const ofZone = await outcome(amount, () => loads.zone.publish(amount, payload(), inFlight), zone, () => zone.delivered(delivered));
    const ofBare = await outcome(amount, () => loads.bare.publish(amount, payload(), inFlight), bare.process, () => Promise.resolve());
    if (run === 0) continue;
    outcomes.zone.push(ofZone);
    outcomes.bare.push(ofBare);
  }
  for (const load of [loads.zone, loads.bare]) load.end();
  await bare.process.end();
  await zone.end();
  return { zone: medianOf(outcomes.zone), bare: medianOf(outcomes.bare) };
}

async function outcome(
  amount: number, publish: () => ReturnType<Load['publish']>, broker: Pick<MeasuredProcess, 'usage'>, until: () => Promise<void>,
): Promise<Outcome> {
  const before = (await broker.usage()).processorSeconds;
  const begun = process.hrtime.bigint();
  const { seconds, processorSeconds } = await publish();
  await until();
  const whole = Number(process.hrtime.bigint() - begun) / 1e9;
  const used = (await broker.usage()).processorSeconds - before;
  return {
    acknowledged: amount / seconds,
    delivered: amount / whole,
    shareOfClients: processorSeconds / whole / PROCESSORS,
    shareOfBroker: used / whole / PROCESSORS,
    microseconds: used / amount * 1e6,
  };
}

/** The broker of the sandbox alone, with the same authority. */
export async function bareBroker(authority: string): Promise<{ process: MeasuredProcess; port: number }> {
  const files = ['server.pem', 'server.key.pem', 'ca.pem'].map(name => path.join(authority, name));
  const bare = new MeasuredProcess(path.join(__dirname, 'bare-broker.ts'), files, BARE_BROKER);
  return { process: bare, port: Number((await bare.written(/port (\d+)/))[1]) };
}

function medianOf(outcomes: readonly Outcome[]): Outcome {
  const of = (member: keyof Outcome) => median(outcomes.map(each => each[member]));
  return {
    acknowledged: of('acknowledged'), delivered: of('delivered'), shareOfClients: of('shareOfClients'), shareOfBroker: of('shareOfBroker'), microseconds: of('microseconds'),
  };
}

function textOf({ delivered, acknowledged, shareOfClients, shareOfBroker, microseconds }: Outcome): string {
  return `${delivered.toFixed(0)} (acknowledged ${acknowledged.toFixed(0)}; of both processors clients have ${percent(shareOfClients)}, `
    + `the sandbox's process ${percent(shareOfBroker)}: ${microseconds.toFixed(0)} µs a message)`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
