// The demo, in one command on a fresh clone. Until node_modules exists, only what Node.js itself has may be used here.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const MINIMUM_NODE = 20;

const major = Number(process.versions.node.split('.')[0]);
if (major < MINIMUM_NODE) {
  console.error(`Node.js must be version ${MINIMUM_NODE} or newer, got ${process.version}: install a supported one, then run this again.`);
  process.exit(1);
}

if (!installed()) run('Installing what is missing (about a minute)', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
run('Bundling the Lambda handlers', process.execPath, [bin('projen', 'bin/projen'), 'pre-compile'], true);
run('', process.execPath, ['-r', 'ts-node/register/transpile-only', join('demo', 'show.ts'), ...process.argv.slice(2)]);

/** Whether node_modules holds what package-lock.json names, by npm's own record of what it installed. */
function installed() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => path === '' || optional || present[path]?.version === version);
}

function bin(name, file) {
  return join(dirname(createRequire(join(root, 'package.json')).resolve(`${name}/package.json`)), file);
}

function run(title, command, args, quiet = false) {
  if (title) console.log(`- ${title}`);
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    shell: process.platform === 'win32' && command === 'npm',
    env: { ...process.env, TS_NODE_PROJECT: join(root, 'tsconfig.dev.json') },
  });
  if (result.status === 0) return;
  if (quiet) console.error(String(result.stdout), String(result.stderr));
  console.error(result.error ? `${command} could not be started: ${result.error.message}` : `${command} ${args[0]} ended with ${result.status ?? result.signal}.`);
  process.exit(1);
}
