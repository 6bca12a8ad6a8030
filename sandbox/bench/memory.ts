import { Load } from './load';
import { payload } from './payload';
import { Row } from './row';
import { RunningZone } from './running-zone';

const CONNECTIONS = 20;
const SAMPLES = 10;
const MIB = 2 ** 20;
/** More than this between the second and the last sample is no flat line. */
const GROWTH_MIB = 20;

/** Memory of the sandbox's process after a garbage collection, ten times on the way to so many messages. */
export async function memory(example: string, amount: number): Promise<Row[]> {
  const zone = await RunningZone.start(example, ['--buffer-seconds', '1']);
  const load = new Load();
  await load.connect(zone.target, await zone.fleet(CONNECTIONS));
  const heap: number[] = [];
  const rss: number[] = [];
  for (let sample = 1; sample <= SAMPLES; sample++) {
    await load.publish(amount / SAMPLES, payload(), 100);
    await zone.delivered(amount / SAMPLES * sample);
    const usage = await zone.usage();
    heap.push(usage.heapUsed / MIB);
    rss.push(usage.rss / MIB);
  }
  load.end();
  await zone.end();
  const growth = heap[SAMPLES - 1] - heap[1];
  const list = (values: number[]) => values.map(value => value.toFixed(0)).join(', ');
  return [{
    what: `heap after each tenth of ${amount.toLocaleString('en')} messages through the bundled example`,
    measured: `${list(heap)} MiB (resident ${list(rss)} MiB)`,
    target: `flat: at most ${GROWTH_MIB} MiB more after the second`,
    met: growth <= GROWTH_MIB,
  }];
}
