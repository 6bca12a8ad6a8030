// The demo, in one command on a fresh clone. Until node_modules exists, only what Node.js itself has may be used here.
//   npm run demo            from claim to lake query, on the bundled example
//   npm run demo -- --stay  keeps it up for your own clients
//   npm run explain         what the example deploys, what it may do and what it costs
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sandbox = join(root, 'sandbox');
const MINIMUM_NODE = [20, 19];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor < MINIMUM_NODE[1])) {
  console.error(`Node.js must be version ${MINIMUM_NODE.join('.')} or newer, got ${process.version}: install a supported one, then run this again.`);
  process.exit(1);
}

const [what, ...args] = process.argv.slice(2);
install(root, 'the library');
run('Bundling the Lambda handlers', process.execPath, [bin('projen', 'bin/projen'), 'pre-compile'], { quiet: true });
if (what === 'explain') {
  run('', process.execPath, ['-r', 'ts-node/register/transpile-only', join('demo', 'show.ts'), ...args]);
} else {
  demo(what === undefined ? [] : [what, ...args]);
}

function demo(given) {
  install(sandbox, 'the sandbox');
  run('Compiling the sandbox', process.execPath, [bin('typescript', 'bin/tsc', sandbox), '--build'], { quiet: true, cwd: sandbox });
  run('Synthesizing the bundled example, examples/typescript/landing-zone.ts', process.execPath,
    ['-r', 'ts-node/register/transpile-only', join('examples', 'typescript', 'landing-zone.ts')],
    { env: { CDK_OUTDIR: join(root, 'cdk.out'), CDK_VALIDATION: 'false', CDK_CONTEXT_JSON: JSON.stringify(context()) } });
  // Each demo begins anew, unless it is told which state to go on with.
  const state = given.includes('--state') ? [] : ['--state', join(root, '.iot-sandbox'), '--fresh'];
  // Nobody waits for these ports where nothing stays up.
  const ports = given.includes('--stay') ? [] : ['--port', '0', '--mqtt-port', '0'];
  const child = spawn(process.execPath, [join(sandbox, 'bin', 'sandbox.js'), 'demo', '--assembly', join(root, 'cdk.out'), ...state, ...ports, ...given], { cwd: root, stdio: 'inherit' });
  // The terminal sends Ctrl+C to the child as well, which ends by itself.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => { process.exitCode = signal ? 1 : code; });
}

function context() {
  return { ...JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')).context, 'aws:cdk:enable-path-metadata': true };
}

function install(folder, what) {
  if (!installed(folder)) run(`Installing what is missing of ${what} (about a minute)`, 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
}

/** Whether node_modules holds what package-lock.json names, by npm's own record of what it installed. */
function installed(folder) {
  const record = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => path === '' || optional || present[path]?.version === version);
}

function bin(name, file, folder = root) {
  return join(dirname(createRequire(join(folder, 'package.json')).resolve(`${name}/package.json`)), file);
}

function run(title, command, parameters, { quiet = false, cwd = root, env = {} } = {}) {
  if (title) console.log(`- ${title}`);
  const result = spawnSync(command, parameters, {
    cwd,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    shell: process.platform === 'win32' && command === 'npm',
    env: { ...process.env, TS_NODE_PROJECT: join(root, 'tsconfig.dev.json'), ...env },
  });
  if (result.status === 0) return;
  if (quiet) console.error(String(result.stdout), String(result.stderr));
  console.error(result.error ? `${command} could not be started: ${result.error.message}` : `${command} ${parameters[0]} ended with ${result.status ?? result.signal}.`);
  process.exit(1);
}
