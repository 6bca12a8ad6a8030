import { spawnSync } from 'child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { median, root, Row } from './measure';

const LOADS = 15;
/** Handlers that must start without the AWS SDK. */
const WITHOUT_SDK = ['firehose-batch'];
const TARGET_MS = 30;

/** How much longer than an empty handler each bundle takes to load, in new processes, and its size. */
export function loading(): Row[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'zone-bench-'));
  const empty = path.join(folder, 'index.js');
  writeFileSync(empty, 'exports.handler = async () => undefined;');
  const assets = readdirSync(path.join(root, 'assets')).filter(asset => existsSync(path.join(root, 'assets', asset, 'index.js')));
  const files = new Map([['', empty], ...assets.map(asset => [asset, path.join(root, 'assets', asset, 'index.js')] as const)]);
  const times = new Map([...files.keys()].map(name => [name, [] as number[]]));
  for (let run = 0; run < LOADS; run++) for (const [name, file] of files) times.get(name)!.push(load(file));
  rmSync(folder, { recursive: true, force: true });
  const emptyMs = median(times.get('')!);
  return assets.map(asset => {
    const more = median(times.get(asset)!) - emptyMs;
    const kib = statSync(files.get(asset)!).size / 1024;
    const limited = WITHOUT_SDK.includes(asset);
    return {
      what: `load of assets/${asset} over an empty handler; size`,
      measured: `${more.toFixed(1)} ms more; ${kib.toFixed(0)} KiB`,
      ...(limited ? { target: `at most ${TARGET_MS} ms, no SDK`, met: more <= TARGET_MS } : {}),
    };
  });
}

function load(file: string): number {
  const code = `const t = process.hrtime.bigint(); require(${JSON.stringify(file)}); console.log(Number(process.hrtime.bigint() - t) / 1e6);`;
  return Number(spawnSync(process.execPath, ['-e', code], { encoding: 'utf8', env: { ...process.env, AWS_REGION: 'us-east-1' } }).stdout);
}
