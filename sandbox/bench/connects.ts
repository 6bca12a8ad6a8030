import { Load } from './load';
import { median } from './median';
import { bareBroker } from './messages';
import { Row } from './row';
import { RunningZone } from './running-zone';

const CONNECTIONS = 300;
const AT_ONCE = 20;
const TARGET = 0.8;

/** New connections, TLS handshake and CONNECT, beside the bare broker in turns; presence events of the bundled example go to their queue. */
export async function connects(example: string, runs: number): Promise<Row[]> {
  const zone = await RunningZone.start(example);
  const bare = await bareBroker(zone.authorityFolder);
  const devices = await zone.fleet(CONNECTIONS);
  const load = new Load();
  const rates = { zone: [] as number[], bare: [] as number[] };
  for (let run = 0; run <= runs; run++) {
    for (const [name, port] of [['zone', zone.target.port], ['bare', bare.port]] as const) {
      const { seconds } = await load.connect({ ...zone.target, port }, devices, AT_ONCE);
      await load.disconnect();
      if (run > 0) rates[name].push(CONNECTIONS / seconds);
    }
  }
  load.end();
  await bare.process.end();
  await zone.end();
  const [ofZone, ofBare] = [median(rates.zone), median(rates.bare)];
  return [{
    what: `connects a second, ${AT_ONCE} at once, bundled example over the bare broker`,
    measured: `${(ofZone / ofBare * 100).toFixed(0)} % (${ofZone.toFixed(0)} and ${ofBare.toFixed(0)})`,
    target: `at least ${TARGET * 100} %`,
    met: ofZone / ofBare >= TARGET,
  }];
}
