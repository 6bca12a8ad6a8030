import { ChildProcess, spawn } from 'child_process';
import { once } from 'events';
import { symlinkSync } from 'fs';
import * as path from 'path';
import { compileSources } from '../compiled-sources';

const PACKAGE = path.join(__dirname, '../..');

/** The package as it would be installed, compiled into a folder, to be run as a process that can be killed. */
export class CompiledSandbox {
  constructor(private readonly folder: string) {
    compileSources(path.join(PACKAGE, 'src'), path.join(folder, 'lib'));
    for (const name of ['node_modules', 'runtime', 'page', 'bin', 'package.json']) symlinkSync(path.join(PACKAGE, name), path.join(folder, name));
  }

  /** @param args - of the command `start` */
  start(args: readonly string[]): SandboxProcess {
    return new SandboxProcess(spawn(process.execPath, [
      '--preserve-symlinks-main', path.join(this.folder, 'bin/sandbox.js'), 'start', ...args,
    ], { stdio: ['ignore', 'pipe', 'pipe'], detached: true }));
  }
}

export class SandboxProcess {
  output = '';
  readonly ended: Promise<unknown>;

  constructor(private readonly child: ChildProcess) {
    this.ended = once(child, 'exit');
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data: Buffer) => { this.output += data.toString(); });
  }

  /** Resolves when it has told that everything runs. @throws Error with its output where it ends before */
  async isReady(): Promise<void> {
    const ended = this.ended.then(() => { throw new Error(`the sandbox ended before it was ready:\n${this.output}`); });
    ended.catch(() => undefined);
    while (!this.output.includes('Ctrl+C ends it')) await Promise.race([once(this.child.stdout!, 'data'), ended]);
  }

  /** What Ctrl+C in a terminal does: all processes of its group get it. */
  async interrupt(): Promise<void> {
    process.kill(-this.child.pid!, 'SIGINT');
    await this.ended;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
