import { mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { alternate, inProcess, median, Row } from './measure';

interface Synthesis { milliseconds: number; heapBytes: number; resources: number }

const RUNS = 7;
const ZONES = 100;

/** A zone against its own template as L1 resources, and many zones against one. The validator is off. */
export function synthesis(): Row[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'zone-bench-'));
  const template = path.join(folder, 'template.json');
  const one = inProcess<Synthesis>('zone-process.ts', 'zones', '1', template);
  const assets = JSON.parse(readFileSync(template, 'utf8')).Assets as string[];
  const { first: zone, second: l1 } = alternate(RUNS,
    () => inProcess<Synthesis>('zone-process.ts', 'zones', '1'),
    () => inProcess<Synthesis>('zone-process.ts', 'l1', template, ...assets));
  const many = [1, 2, 3].map(() => inProcess<Synthesis>('zone-process.ts', 'zones', String(ZONES)));
  rmSync(folder, { recursive: true, force: true });

  const zoneMs = median(zone.map(({ milliseconds }) => milliseconds));
  const l1Ms = median(l1.map(({ milliseconds }) => milliseconds));
  const eachMs = median(many.map(({ milliseconds }) => milliseconds)) / ZONES;
  const zoneMiB = median(zone.map(({ heapBytes }) => heapBytes)) / 2 ** 20;
  const eachMiB = median(many.map(({ heapBytes }) => heapBytes)) / ZONES / 2 ** 20;
  return [
    {
      what: `synthesis of the zero-prop zone (${one.resources} resources) over the same template as L1`,
      measured: `${(zoneMs / l1Ms).toFixed(2)} times (${zoneMs.toFixed(0)} ms, ${l1Ms.toFixed(0)} ms)`,
      target: 'at most 1.3 times',
      met: zoneMs / l1Ms <= 1.3,
    },
    { what: `time a zone, ${ZONES} in one app, over the first`, measured: `${(eachMs / zoneMs).toFixed(2)} times (${eachMs.toFixed(0)} ms each)`, target: 'at most 1 times', met: eachMs <= zoneMs },
    { what: `heap a zone, ${ZONES} in one app, over the first`, measured: `${(eachMiB / zoneMiB).toFixed(2)} times (${eachMiB.toFixed(1)} MiB each)`, target: 'at most 1 times', met: eachMiB <= zoneMiB },
  ];
}
