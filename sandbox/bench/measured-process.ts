import { ChildProcess, fork } from 'child_process';
import { once } from 'events';
import * as path from 'path';

export interface Usage { readonly rss: number; readonly heapUsed: number; readonly external: number; readonly processorSeconds: number }

/** A folder for a CPU profile of each process. */
const { PROFILE } = process.env;

/** A process of ours that tells what it uses. */
export class MeasuredProcess {
  private readonly child: ChildProcess;
  private output = '';
  private readonly ended: Promise<unknown>;

  /** @param options - for Node.js, such as `-r ts-node/register/transpile-only` */
  constructor(script: string, args: readonly string[], options: readonly string[] = []) {
    this.child = fork(script, [...args], {
      execArgv: ['--expose-gc', ...PROFILE === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', PROFILE], '-r', path.join(__dirname, 'probe.cjs'), ...options], stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.ended = once(this.child, 'exit');
    for (const stream of [this.child.stdout!, this.child.stderr!]) stream.on('data', (data: Buffer) => { this.output += data.toString(); });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Waits until it has written something. @throws Error with all its output where it ends before */
  async written(pattern: RegExp): Promise<RegExpExecArray> {
    const ended = this.ended.then(() => { throw new Error(`${this.child.spawnargs.join(' ')} ended:\n${this.output}`); });
    ended.catch(() => undefined);
    for (;;) {
      const found = pattern.exec(this.output);
      if (found) return found;
      await Promise.race([once(this.child.stdout!, 'data'), ended]);
    }
  }

  /** After a garbage collection. */
  async usage(): Promise<Usage> {
    this.child.send('usage');
    for (;;) {
      const [message] = await once(this.child, 'message') as [{ usage?: Usage }];
      if (message.usage) return message.usage;
    }
  }

  async end(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
  }
}
