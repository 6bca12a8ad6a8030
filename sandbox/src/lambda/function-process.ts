import { ChildProcess, fork, spawn } from 'child_process';
import { Socket } from 'net';
import * as path from 'path';
import { createInterface } from 'readline';
import { FromRuntime, FunctionFailure, ToRuntime } from './runtime-messages';
import { OWN_GROUP, yielding } from '../child-process';

export interface ProcessOptions {
  readonly environment: { readonly [name: string]: string };
  readonly workingFolder: string;
  /** Path of the Python that runs it; Node.js where it is not told. */
  readonly python?: string;
  /** A line that the function wrote to its standard output or error. */
  onLog(line: string): void;
}

/** How an invocation ended. A process that timed out or crashed is of no more use. */
export type Outcome = { readonly memoryMiB?: number } & (
  | { readonly payload: string }
  | { readonly failure: FunctionFailure; readonly ended: boolean });

const RUNTIMES = path.join(__dirname, '../../runtime');

/** One process of a function: it takes one invocation at a time, as an execution environment of Lambda does. */
export class FunctionProcess {
  private readonly child: ChildProcess;
  private readonly started: Promise<FunctionFailure | undefined>;
  private readonly send: (message: ToRuntime) => void;
  private settle: ((outcome: Outcome) => void) | undefined;
  private exit: string | undefined;

  constructor(options: ProcessOptions) {
    let onMessage: (message: FromRuntime) => void = () => undefined;
    const told = (message: FromRuntime) => onMessage(message);
    const { child, send } = options.python === undefined ? forkNode(options, told) : spawnPython(options, options.python, told);
    this.child = yielding(child);
    this.send = send;
    for (const stream of [child.stdout!, child.stderr!]) createInterface({ input: stream }).on('line', line => options.onLog(line));
    this.started = new Promise(resolve => {
      onMessage = message => {
        if (message.type === 'ready') resolve(undefined);
        else if (message.type === 'failed') resolve(message.error);
        else if (message.type === 'result') this.settle?.({ payload: message.payload, memoryMiB: message.memoryMiB });
        else this.settle?.({ failure: message.error, ended: false, memoryMiB: message.memoryMiB });
      };
      const onEnd = (reason: string) => {
        this.exit = reason;
        resolve(exitError(reason));
        this.settle?.({ failure: exitError(reason), ended: true });
      };
      child.on('error', error => onEnd(error.message));
      child.on('exit', (code, signal) => onEnd(signal ? `signal: ${signal}` : `exit status ${code}`));
    });
  }

  /** Whether it can take another invocation. */
  public get usable(): boolean {
    return this.exit === undefined;
  }

  /** Runs one invocation to its end, which is at `deadline` at the latest. */
  public async invoke(message: ToRuntime, timeoutSeconds: number): Promise<Outcome> {
    let timer: NodeJS.Timeout | undefined;
    const outcome = new Promise<Outcome>(resolve => { this.settle = resolve; });
    const timeout = new Promise<Outcome>(resolve => {
      timer = setTimeout(() => resolve({
        failure: { errorType: 'Sandbox.Timedout', errorMessage: `Task timed out after ${timeoutSeconds.toFixed(2)} seconds` }, ended: true,
      }), Math.max(0, message.deadline - Date.now()));
    });
    const run = async (): Promise<Outcome> => {
      const failure = await this.started;
      if (failure) return { failure, ended: true };
      this.send(message);
      return outcome;
    };
    const result = await Promise.race([run(), timeout]);
    clearTimeout(timer);
    this.settle = undefined;
    if ('failure' in result && result.ended) this.end();
    return result;
  }

  public end(): void {
    this.exit ??= 'ended';
    this.child.kill('SIGKILL');
  }
}

interface Started { readonly child: ChildProcess; send(message: ToRuntime): void }

function forkNode({ environment, workingFolder }: ProcessOptions, onMessage: (message: FromRuntime) => void): Started {
  const child = fork(path.join(RUNTIMES, 'node.cjs'), {
    ...OWN_GROUP, cwd: workingFolder, env: { ...environment }, execArgv: ['--enable-source-maps'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  child.on('message', message => onMessage(message as FromRuntime));
  // A process that is gone is told by its exit.
  return { child, send: message => { if (child.connected) child.send(message, () => undefined); } };
}

/** Python has no channel to its parent of its own: messages are lines of JSON on a fourth descriptor, in both directions. */
function spawnPython({ environment, workingFolder }: ProcessOptions, python: string, onMessage: (message: FromRuntime) => void): Started {
  const child = spawn(python, ['-u', path.join(RUNTIMES, 'python.py')], {
    ...OWN_GROUP, cwd: workingFolder, env: { ...environment, PYTHONDONTWRITEBYTECODE: '1' }, stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const channel = child.stdio[3] as Socket;
  channel.on('error', () => undefined);
  createInterface({ input: channel }).on('line', line => onMessage(JSON.parse(line) as FromRuntime)).on('error', () => undefined);
  return { child, send: message => { channel.write(`${JSON.stringify(message)}\n`); } };
}

function exitError(reason: string): FunctionFailure {
  return { errorType: 'Runtime.ExitError', errorMessage: `Error: Runtime exited with error: ${reason}` };
}
