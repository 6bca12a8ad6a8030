import { ChildProcess, fork } from 'child_process';
import * as path from 'path';
import type { Engine } from './engine';
import { OWN_GROUP, yielding } from '../child-process';

const RUNTIME = path.join(__dirname, '../../runtime/dynalite.cjs');
/** The files may be those of a process that was killed a moment ago, and has not let go of them. */
const ATTEMPTS = 20;
const BETWEEN_ATTEMPTS_MS = 250;

/**
 * Starts dynalite in a process of its own, so that its work takes nothing from the message broker. What it acknowledged was written to a file
 * before, and is there after a kill of both processes.
 *
 * @throws Error with what it printed, where it does not start
 */
export async function startDynalite(folder: string): Promise<Engine> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await started(folder);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await new Promise(resolve => setTimeout(resolve, BETWEEN_ATTEMPTS_MS));
    }
  }
}

async function started(folder: string): Promise<Engine> {
  const child = yielding(fork(RUNTIME, [folder], { ...OWN_GROUP, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] }));
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  const port = await portOf(child);
  const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1';
  const account = (process.env.AWS_ACCOUNT_ID ?? '0000-0000-0000').replace(/\D/g, '');
  return {
    name: 'dynalite',
    port,
    arnPrefix: `arn:aws:dynamodb:${region}:${account}:`,
    ended,
    stop: async () => {
      if (child.connected) child.send('stop');
      await ended;
    },
  };
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stderr!.on('data', (data: Buffer) => { output = (output + data.toString()).slice(-10_000); });
    child.once('message', message => resolve((message as { port: number }).port));
    child.once('error', reject);
    child.once('close', code => reject(new Error(`dynalite ended with ${code}: ${output.trim()}`)));
  });
}
