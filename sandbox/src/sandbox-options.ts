import { isIP } from 'net';
import { AssemblyStack } from './assembly/cloud-assembly';
import { partitionOf } from './assembly/deployment';
import { Clock } from './time/clock';

/** How a sandbox is started; the command line has an option for each but the clock. */
export interface SandboxOptions {
  /** Folder of the cloud assembly, as `cdk synth` writes it. @default 'cdk.out' */
  readonly assembly?: string;
  /** Ids of the stacks to run; those that they depend on run as well. @default - all stacks of the assembly */
  readonly stacks?: readonly string[];
  /** Folder that holds all that outlives a run; a start over it continues. @default '.iot-sandbox' */
  readonly state?: string;
  /** Loopback address that everything listens on. @default '127.0.0.1' */
  readonly host?: string;
  /** Port of the page and of all services that are called over HTTP; 0 takes a free one. @default 8880 */
  readonly port?: number;
  /** Port of the message broker; 0 takes a free one. @default 8883 */
  readonly mqttPort?: number;
  /** Account of stacks that do not name one. @default '123456789012' */
  readonly account?: string;
  /** Region of stacks that do not name one. @default 'eu-west-1' */
  readonly region?: string;
  /** Values of parameters of the templates, by stack id and name. @default - their defaults */
  readonly parameters?: { readonly [stackId: string]: { readonly [name: string]: string } };
  /** What runs tables: DynamoDB Local needs Java. @default 'auto' - DynamoDB Local where there is Java 17 or newer, otherwise dynalite */
  readonly dynamodb?: 'auto' | 'local' | 'dynalite';
  /** Delivery streams wait no longer than this for more records, whatever the template says. @default - as the template says */
  readonly bufferSeconds?: number;
  /** Retries of asynchronous invocations wait so much of what Lambda does (about 1 and 2 minutes). @default 0.0167 - 1 and 2 seconds */
  readonly retryFactor?: number;
  /** How much of the presence events come twice, and how much in another order, from 0 to 1. @default - none */
  readonly presenceFaults?: { readonly duplicate?: number; readonly reorder?: number };
  /** @default - the clock of the machine */
  readonly clock?: Clock;
}

/** The options contradict each other, or the assembly. */
export class OptionError extends Error {
  public override readonly name = 'OptionError';
}

export function checkHost(host: string): string {
  const isLoopback = isIP(host) === 4 ? host.startsWith('127.') : host === '::1' || host === 'localhost';
  if (!isLoopback) throw new OptionError(`'host' must be a loopback address, got ${JSON.stringify(host)}: the sandbox checks no signatures, so that nobody else may reach it; pass 127.0.0.1`);
  return host;
}

export function checkPort(name: string, port: number): number {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new OptionError(`'${name}' must be a whole number from 0 to 65535, got ${JSON.stringify(port)}`);
  return port;
}

/** The stacks that were asked for, and those that they depend on, in the order of the assembly. */
export function chosenStacks(stacks: readonly AssemblyStack[], ids: readonly string[] | undefined, folder: string): AssemblyStack[] {
  if (stacks.length === 0) throw new OptionError(`the assembly ${folder} holds no stack: run 'cdk synth' on an app that has one`);
  if (ids === undefined || ids.length === 0) return [...stacks];
  const wanted = new Set<string>();
  const want = (id: string) => {
    const stack = stacks.find(({ id: own, stackName }) => own === id || stackName === id);
    if (!stack) throw new OptionError(`there is no stack '${id}' in ${folder}: there ${stacks.length === 1 ? 'is' : 'are'} ${stacks.map(each => each.id).join(', ')}`);
    if (wanted.has(stack.id)) return;
    wanted.add(stack.id);
    stack.dependsOn.forEach(want);
  };
  ids.forEach(want);
  return stacks.filter(({ id }) => wanted.has(id));
}

/** @throws OptionError for a share that is none */
export function checkShares(faults: SandboxOptions['presenceFaults'] = {}): void {
  for (const [name, share] of Object.entries(faults)) {
    if (share !== undefined && !(share >= 0 && share <= 1)) throw new OptionError(`'presenceFaults.${name}' (--${name}-presence) must be a share from 0 to 1, got ${share}`);
  }
}

/** Account and Region that all stacks are in. */
export function environmentOf(stacks: readonly AssemblyStack[], { account = '123456789012', region = 'eu-west-1' }: SandboxOptions) {
  if (!/^\d{12}$/.test(account)) throw new OptionError(`'account' must be 12 digits, got ${JSON.stringify(account)}`);
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) throw new OptionError(`'region' must be the name of a Region, such as eu-west-1, got ${JSON.stringify(region)}`);
  const places = new Set(stacks.map(stack => `${stack.account ?? account}/${stack.region ?? region}`));
  if (places.size > 1) {
    throw new OptionError(`a sandbox runs one account and Region, and the stacks are in ${[...places].join(', ')}: choose stacks of one of them with --stack`);
  }
  const [ownAccount, ownRegion] = [...places][0].split('/');
  return { account: ownAccount, region: ownRegion, partition: partitionOf(ownRegion) };
}
