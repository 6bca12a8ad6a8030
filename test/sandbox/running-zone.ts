import { ChildProcess, spawn, spawnSync } from 'child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'fs';
import * as path from 'path';
import { Ended, eventually, run } from '../../sandbox/test/end-to-end/programs';

const ROOT = path.join(__dirname, '..', '..');
const SANDBOX = path.join(ROOT, 'sandbox');
const COMMAND = path.join(SANDBOX, 'bin', 'sandbox.js');

/** The cloud assembly of the bundled example, with its handlers. */
export function synthesize(folder: string): void {
  const made = spawnSync(process.execPath, ['-r', 'ts-node/register/transpile-only', path.join('examples', 'typescript', 'landing-zone.ts')], {
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      ...process.env,
      TS_NODE_PROJECT: path.join(ROOT, 'tsconfig.dev.json'),
      CDK_OUTDIR: folder,
      CDK_VALIDATION: 'false',
      CDK_CONTEXT_JSON: JSON.stringify((JSON.parse(readFileSync(path.join(ROOT, 'cdk.json'), 'utf8')) as { context: object }).context),
    },
  });
  if (made.status !== 0) throw new Error(made.stderr);
}

/** Compiles the sandbox as its users get it; the second of two tests that come at once waits for the first. */
export function build(): void {
  const lock = path.join(SANDBOX, 'lib.lock');
  for (let waited = 0; ; waited++) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      // Whoever made it is gone after ten minutes.
      if (Date.now() - statSync(lock, { throwIfNoEntry: false })?.mtimeMs! > 600_000) rmSync(lock, { recursive: true, force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    }
  }
  try {
    const built = spawnSync(process.execPath, [path.join('node_modules', 'typescript', 'bin', 'tsc'), '--build'], { cwd: SANDBOX, encoding: 'utf8' });
    if (built.status !== 0) throw new Error(built.stdout);
  } finally {
    rmSync(lock, { recursive: true });
  }
}

/** A sandbox in a process of its own, as its command starts it. */
export class RunningZone {
  static async start(assembly: string, state: string, options: readonly string[] = []): Promise<RunningZone> {
    const child = spawn(process.execPath, [COMMAND, 'start', '--assembly', assembly, '--state', state, '--port', '0', '--mqtt-port', '0', '--dynamodb', 'dynalite', ...options]);
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', data => void (printed += String(data)));
    await eventually('the start of the sandbox', () => {
      if (child.exitCode !== null) throw new Error(printed);
      return printed.includes('Ctrl+C ends it') && existsSync(path.join(state, 'running.json'));
    }, 120);
    return new RunningZone(child, state, printed, () => printed);
  }

  readonly endpoint: string;
  readonly mqttPort: number;
  private readonly ended: Promise<void>;

  private constructor(private readonly child: ChildProcess, readonly state: string, readonly started: string, private readonly output: () => string) {
    const { endpointUrl, mqttPort } = JSON.parse(readFileSync(path.join(state, 'running.json'), 'utf8')) as { endpointUrl: string; mqttPort: number };
    this.endpoint = endpointUrl;
    this.mqttPort = mqttPort;
    this.ended = new Promise(resolve => child.once('exit', () => resolve()));
  }

  /** All that it has printed until now. */
  get printed(): string {
    return this.output();
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** What a client of AWS is made with. */
  get client() {
    return { endpoint: this.endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'operator', secretAccessKey: 'operator' }, maxAttempts: 1, disableHostPrefix: true };
  }

  /** A command of the sandbox, asked of this one. */
  command(name: string, ...args: string[]): Promise<Ended> {
    return run(process.execPath, [COMMAND, name, ...args, '--state', this.state]);
  }

  /** Ends it and waits until it is gone. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.child.kill(signal);
    await this.ended;
  }
}
