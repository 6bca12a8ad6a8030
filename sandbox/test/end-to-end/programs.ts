import { execFile, spawnSync } from 'child_process';
import * as path from 'path';

/** What a program printed and how it ended; it never throws. */
export interface Ended { readonly code: number; readonly out: string; readonly err: string }

export function run(program: string, args: readonly string[], env: { readonly [name: string]: string } = {}, seconds = 60): Promise<Ended> {
  return new Promise(resolve => {
    execFile(program, [...args], { env: { ...process.env, ...env }, timeout: seconds * 1000, maxBuffer: 16 * 1024 * 1024 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, out, err });
    });
  });
}

/** Whether a program of somebody else is there; where it is not, the test says so by name and checks nothing. */
export function isThere(program: string, args: readonly string[] = ['--version']): boolean {
  return spawnSync(program, [...args]).error === undefined;
}

/** A test that needs a program, told by its name where that is missing. */
export function needing(program: string, install: string): typeof test {
  if (isThere(program)) return test;
  const told = ((name: string) => test(`${program} is not here (${install}), so that nobody checks: ${name}`, () => undefined)) as unknown as typeof test;
  return told;
}

export interface Enrolment {
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly clientId: string;
  readonly flow: 'keys' | 'csr';
  readonly template: string;
  readonly parameters: { readonly [name: string]: string };
  /** `<thing>` in it is the name that the device got. */
  readonly topic?: string;
  readonly payload?: string;
}

export interface EnrolledDevice {
  readonly certificatePem: string;
  readonly privateKey: string;
  readonly thingName: string;
  readonly certificateId: string;
  readonly deviceConfiguration?: { readonly [name: string]: string };
}

/** Enrols a device by AWS's device SDK, in a process of its own. @throws Error with what the SDK said */
export async function enrolBySdk(enrolment: Enrolment): Promise<EnrolledDevice> {
  const { code, out, err } = await run(process.execPath, [path.join(__dirname, 'device-sdk.cjs'), JSON.stringify(enrolment)]);
  if (code !== 0) throw new Error(out || err);
  return JSON.parse(out) as EnrolledDevice;
}

/** Waits for an event that somebody else brings about. @returns the first value that is neither undefined nor false */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined | false> | T | undefined | false, seconds = 60): Promise<T> {
  const ends = Date.now() + seconds * 1000;
  let failure: unknown;
  while (Date.now() < ends) {
    try {
      const found = await ask();
      if (found !== undefined && found !== false) return found;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  throw new Error(`${what} did not come in ${seconds} s${failure === undefined ? '' : `: ${String(failure)}`}`);
}
