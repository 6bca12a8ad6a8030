import { ChildProcess, fork } from 'child_process';
import * as path from 'path';
import { createInterface } from 'readline';
import { FromRuntime, FunctionFailure, ToRuntime } from './runtime-messages';

export interface ProcessOptions {
  readonly environment: { readonly [name: string]: string };
  readonly workingFolder: string;
  /** A line that the function wrote to its standard output or error. */
  onLog(line: string): void;
}

/** How an invocation ended. A process that timed out or crashed is of no more use. */
export type Outcome =
  | { readonly payload: string }
  | { readonly failure: FunctionFailure; readonly ended: boolean };

/** One process of a function: it takes one invocation at a time, as an execution environment of Lambda does. */
export class FunctionProcess {
  private readonly child: ChildProcess;
  private readonly started: Promise<FunctionFailure | undefined>;
  private settle: ((outcome: Outcome) => void) | undefined;
  private exit: string | undefined;

  constructor({ environment, workingFolder, onLog }: ProcessOptions) {
    this.child = fork(path.join(__dirname, '../../runtime/node.cjs'), {
      cwd: workingFolder, env: { ...environment }, execArgv: ['--enable-source-maps'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) createInterface({ input: stream }).on('line', onLog);
    this.started = new Promise(resolve => {
      this.child.on('message', (message: FromRuntime) => {
        if (message.type === 'ready') resolve(undefined);
        else if (message.type === 'failed') resolve(message.error);
        else if (message.type === 'result') this.settle?.({ payload: message.payload });
        else this.settle?.({ failure: message.error, ended: false });
      });
      const onEnd = (reason: string) => {
        this.exit = reason;
        resolve({ errorType: 'Runtime.ExitError', errorMessage: `Error: Runtime exited with error: ${reason}` });
        this.settle?.({ failure: { errorType: 'Runtime.ExitError', errorMessage: `Error: Runtime exited with error: ${reason}` }, ended: true });
      };
      this.child.on('error', error => onEnd(error.message));
      this.child.on('exit', (code, signal) => onEnd(signal ? `signal: ${signal}` : `exit status ${code}`));
    });
  }

  /** Whether it can take another invocation. */
  public get usable(): boolean {
    return this.exit === undefined && this.child.connected;
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
      this.child.send(message, error => { if (error) this.settle?.({ failure: { errorType: 'Runtime.ExitError', errorMessage: error.message }, ended: true }); });
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
