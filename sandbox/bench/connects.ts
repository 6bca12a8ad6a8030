import { Load } from './load';
import { median } from './median';
import { bareBroker, Zones } from './messages';
import { Row } from './row';
import { RunningZone } from './running-zone';

const CONNECTIONS = 300;
const AT_ONCE = 20;
const TARGET = 0.8;
const PROCESSORS = 2;
const QUIET_SECONDS = 1;
const QUIET_SHARE = 0.1;

interface Outcome { readonly rate: number; readonly shareOfClients: number; readonly milliseconds: number }

/** New connections, TLS handshake and CONNECT, beside the bare broker in turns. Presence events of the bundled example go into its table meanwhile. */
export async function connects({ pipeline, example }: Zones, runs: number): Promise<Row[]> {
  return [
    await row('without a rule for presence events', pipeline, runs),
    await row('bundled example, every presence event into its table', example, runs),
  ];
}

async function row(name: string, assembly: string, runs: number): Promise<Row> {
  const zone = await RunningZone.start(assembly);
  const bare = await bareBroker(zone.authorityFolder);
  const devices = await zone.fleet(CONNECTIONS);
  const load = new Load();
  const outcomes = { zone: [] as Outcome[], bare: [] as Outcome[] };
  for (let run = 0; run <= runs; run++) {
    for (const [side, port, broker] of [['zone', zone.target.port, zone], ['bare', bare.port, bare.process]] as const) {
      await quiet(zone);
      const before = (await broker.usage()).processorSeconds;
      const { seconds, processorSeconds } = await load.connect({ ...zone.target, port }, devices, AT_ONCE);
      const used = (await broker.usage()).processorSeconds - before;
      await load.disconnect();
      if (run === 0) continue;
      outcomes[side].push({ rate: CONNECTIONS / seconds, shareOfClients: processorSeconds / seconds / PROCESSORS, milliseconds: used / CONNECTIONS * 1e3 });
    }
  }
  load.end();
  await bare.process.end();
  await zone.end();
  const of = (side: 'zone' | 'bare', member: keyof Outcome) => median(outcomes[side].map(each => each[member]));
  const text = (side: 'zone' | 'bare') => {
    const [rate, milliseconds, share] = [of(side, 'rate').toFixed(0), of(side, 'milliseconds').toFixed(1), (of(side, 'shareOfClients') * 100).toFixed(0)];
    return `${rate}, ${milliseconds} ms of its process each, clients with ${share} % of both processors`;
  };
  const ratio = of('zone', 'rate') / of('bare', 'rate');
  return {
    what: `connects a second, ${AT_ONCE} at once, over the bare broker: ${name}`,
    measured: `${(ratio * 100).toFixed(0)} % (${text('zone')}; bare broker ${text('bare')})`,
    target: `at least ${TARGET * 100} %`,
    met: ratio >= TARGET,
  };
}

/** The presence events of one round are not worked off while the next one is measured. */
async function quiet(zone: RunningZone): Promise<void> {
  for (let before = -1; ;) {
    const { processorSeconds } = await zone.usage();
    if (before >= 0 && processorSeconds - before < QUIET_SECONDS * QUIET_SHARE) return;
    before = processorSeconds;
    await new Promise(resolve => setTimeout(resolve, QUIET_SECONDS * 1e3));
  }
}
