import { spawnSync } from 'child_process';
import { existsSync, readdirSync, readFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';

export const ROOT = path.join(__dirname, '../..');
export const DIST = path.join(ROOT, 'dist');
/**
 * Clean folders of the projects; what Maven's registry gave stays below `m2`. Outside of the repository, because jsii-docgen takes every
 * assembly below it, also an installed one.
 */
export const WORK = path.join(tmpdir(), 'cdk-iot-landing-zone-packages');
export const MANIFEST = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
export const VERSION: string = MANIFEST.version;
/** The oldest aws-cdk-lib that is supported: all four languages use it, so that their templates can be compared. */
export const FLOOR: { [peer: string]: string } = Object.fromEntries(
  Object.entries<string>(MANIFEST.peerDependencies).map(([name, range]) => [name, range.replace('^', '')]));
export const GO_MODULE = 'github.com/cdk-iot-landing-zone/cdk-iot-landing-zone-go/cdkiotlandingzone';
export const JAR_FOLDER = path.join(DIST, 'java/io/github/cdk-iot-landing-zone/cdk-iot-landing-zone', VERSION);

/** The one file in a folder of `dist/` that has this ending. */
export function artefact(folder: string, ending: string): string {
  const files = existsSync(folder) ? readdirSync(folder).filter(file => file.endsWith(ending)) : [];
  if (files.length !== 1) throw new Error(`${path.relative(ROOT, folder)} must hold one *${ending}, has ${files.length}: run npm run package:all`);
  return path.join(folder, files[0]);
}

/** Runs a program; the error has all that it wrote. */
export function run(cwd: string, program: string, args: string[], environment: { [name: string]: string } = {}): string {
  const { status, stdout, stderr, error } = attempt(cwd, program, args, environment);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed (${status ?? error?.message})\n${stdout.slice(-3_000)}\n${stderr.slice(-3_000)}`);
  return stdout;
}

export function attempt(cwd: string, program: string, args: string[], environment: { [name: string]: string } = {}) {
  return spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 15 * 60_000,
    env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20', JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION: '20', ...environment },
  });
}

export function missing(...programs: [program: string, argument: string][]): string[] {
  return programs.filter(([program, argument]) => spawnSync(program, [argument]).status !== 0).map(([program]) => program);
}
