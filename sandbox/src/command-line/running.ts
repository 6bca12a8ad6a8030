import { existsSync, readFileSync } from 'fs';
import * as path from 'path';
import { CommandInput, CommandOption, UsageError } from './command';

export const DEFAULT_STATE = '.iot-sandbox';
export const STATE: CommandOption = { name: 'state', value: 'FOLDER', text: 'folder that holds what outlives a run', standard: DEFAULT_STATE };

/** What a sandbox writes of itself into its state folder while it runs. */
export interface RunningSandbox {
  readonly pid: number;
  readonly endpointUrl: string;
  readonly mqttHost: string;
  readonly mqttPort: number;
  readonly region: string;
  readonly account: string;
}

export function runningFile(state: string): string {
  return path.join(state, 'running.json');
}

/** The sandbox that runs over a state folder. @throws UsageError where none does */
export function runningIn(state: string): RunningSandbox {
  const file = runningFile(path.resolve(state));
  if (existsSync(file)) {
    const running = JSON.parse(readFileSync(file, 'utf8')) as RunningSandbox;
    try {
      process.kill(running.pid, 0);
      return running;
    } catch { /* it was killed; told below */ }
  }
  throw new UsageError(`no sandbox runs over the state folder ${path.resolve(state)}: start one with 'start', or name its folder with --state`);
}

/** Asks the sandbox that runs. @throws Error with what it says */
export async function ask(input: CommandInput, call: string, body: object = {}): Promise<any> {
  const running = runningIn(input.text('state') ?? DEFAULT_STATE);
  const [method, name] = call.split(' ');
  const query = method === 'GET' ? `?${new URLSearchParams(body as Record<string, string>).toString()}` : '';
  const response = await fetch(`${running.endpointUrl}/-/api/${name}${query}`, {
    method, ...method === 'POST' && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
  }).catch(error => {
    throw new Error(`the sandbox at ${running.endpointUrl} does not answer: ${(error as Error).message}`);
  });
  const answer = await response.json() as { message?: string };
  if (!response.ok) throw new Error(answer.message ?? `the sandbox answered ${response.status}`);
  return answer;
}
