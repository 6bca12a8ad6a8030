import { ChildProcess, fork } from 'child_process';
import * as path from 'path';

/** A device of the load: what it connects with, and the topic on which it publishes. */
export interface LoadDevice { readonly clientId: string; readonly cert: string; readonly key: string; readonly topic: string }
export interface Target { readonly host: string; readonly port: number; readonly ca: string }

export type LoadCommand =
  | { readonly do: 'connect'; readonly target: Target; readonly devices: readonly LoadDevice[]; readonly atOnce: number }
  | { readonly do: 'publish'; readonly messages: number; readonly payload: string; readonly inFlight: number }
  | { readonly do: 'disconnect' };

export interface LoadAnswer { readonly seconds: number; readonly processorSeconds: number; readonly problem?: string }

/** Clients in a process of their own, so that their processor time is counted apart. */
export class Load {
  private readonly child: ChildProcess = fork(path.join(__dirname, 'load-process.ts'), { execArgv: ['-r', 'ts-node/register/transpile-only'] });

  connect(target: Target, devices: readonly LoadDevice[], atOnce = 20): Promise<LoadAnswer> {
    return this.ask({ do: 'connect', target, devices, atOnce });
  }

  /** Publishes so many messages at QoS 1, spread over the connections; answers when the last one is acknowledged. */
  publish(messages: number, payload: string, inFlight: number): Promise<LoadAnswer> {
    return this.ask({ do: 'publish', messages, payload, inFlight });
  }

  disconnect(): Promise<LoadAnswer> {
    return this.ask({ do: 'disconnect' });
  }

  end(): void {
    this.child.kill('SIGKILL');
  }

  private ask(command: LoadCommand): Promise<LoadAnswer> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null) => reject(new Error(`the load ended with ${code}`));
      this.child.once('exit', onExit);
      this.child.once('message', (answer: LoadAnswer) => {
        this.child.off('exit', onExit);
        if (answer.problem === undefined) resolve(answer);
        else reject(new Error(answer.problem));
      });
      this.child.send(command);
    });
  }
}
