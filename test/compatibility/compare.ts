import { spawnSync } from 'child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { gunzipSync } from 'zlib';

export const ROOT = path.join(__dirname, '../..');
/** What the last release promised; `npm run compat:baseline` writes it, at a release only. */
export const BASELINE = path.join(__dirname, 'baseline.jsii.gz');
/** Changes that are meant, each a key as jsii-diff prints it. Emptied at a release. */
const ACCEPTED = path.join(__dirname, 'accepted.txt');

export type Assembly = Record<string, any>;

export const readBaseline = (): Assembly => JSON.parse(gunzipSync(readFileSync(BASELINE)).toString('utf8'));
export const readCurrent = (): Assembly => JSON.parse(readFileSync(path.join(ROOT, '.jsii'), 'utf8'));

/** What an app that was written for `original` would trip over in `updated`: what jsii-diff says, nothing where all is well. */
export function breakingChanges(original: Assembly, updated: Assembly): string {
  // Outside of the repository, because jsii-docgen takes every assembly below it.
  const folder = mkdtempSync(path.join(tmpdir(), 'zone-compatibility-'));
  try {
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
    const [before, after] = Object.entries({ original, updated }).map(([name, assembly]) => packageOf(path.join(folder, name), assembly));
    const { status, stdout, stderr } = spawnSync(process.execPath, [
      path.join(ROOT, 'node_modules/jsii-diff/bin/jsii-diff'), before, after, '--error-on', 'all', '--keys', '--ignore-file', ACCEPTED,
    ], { cwd: ROOT, encoding: 'utf8', env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20' } });
    return status === 0 ? '' : `${stdout}\n${stderr}`.trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function packageOf(folder: string, assembly: Assembly): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, '.jsii'), JSON.stringify(assembly));
  const { name, version, dependencies } = assembly;
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name, version, main: 'index.js', jsii: {}, peerDependencies: dependencies }));
  return folder;
}
