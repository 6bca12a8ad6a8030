import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { App, FileSystem, Stack } from 'aws-cdk-lib';
import * as s3assets from 'aws-cdk-lib/aws-s3-assets';
import { addResources } from './l1-resources';
import { root } from './measure';

/**
 * One synthesis in a process of its own.
 *
 * `zones N` makes N zero-prop zones from the compiled library; `l1 FILE DIR…` makes the resources of a template as L1
 * constructs and stages the same asset folders, which `zones N FILE` has written with it. Both count from before the first construct is loaded by name.
 */
const [mode, ...args] = process.argv.slice(2);
const outdir = mkdtempSync(path.join(tmpdir(), 'zone-bench-'));
const started = process.hrtime.bigint();
const memoryBefore = used();

const app = new App({ outdir });
if (mode === 'zones') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { LandingZone } = require('../lib') as typeof import('../src');
  for (let zone = 0; zone < Number(args[0]); zone++) new LandingZone(new Stack(app, `Plant${zone}`), 'Zone');
} else {
  const stack = new Stack(app, 'Plant0');
  addResources(stack, args[0]);
  args.slice(1).forEach((folder, index) => new s3assets.Asset(stack, `Asset${index}`, { path: folder, exclude: ['*.map'] }));
}
const assembly = app.synth();
const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
const heapBytes = used() - memoryBefore;

const { Resources, Outputs } = assembly.stacks[0].template;
if (mode === 'zones' && args[1]) writeFileSync(args[1], JSON.stringify({ Resources, Outputs, Assets: stagedFolders() }));
rmSync(outdir, { recursive: true, force: true });
console.log(JSON.stringify({ milliseconds, heapBytes, resources: Object.keys(Resources).length }));

function used(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
}

/** The folders of `assets/` that the zone staged: the other side stages these and no more. */
function stagedFolders(): string[] {
  const manifest = readFileSync(path.join(outdir, 'Plant0.assets.json'), 'utf8');
  const folders = readdirSync(path.join(root, 'assets')).map(asset => path.join(root, 'assets', asset));
  return folders.filter(folder => manifest.includes(FileSystem.fingerprint(folder, { exclude: ['*.map'] })));
}
