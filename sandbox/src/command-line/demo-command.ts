import { Command, CommandInput, programName, UsageError } from './command';
import { DEMO_QUERY, demoText } from './demo-text';
import { connectivityTableOf, lakeTableOf, only, telemetryStreamOf } from './demo-zone';
import { DEFAULT_STATE } from './running';
import { optionsOf, START } from './start-command';
import { startText } from './start-text';
import type { Sandbox } from '../sandbox';
import { StateFolder } from '../state-folder';
import type { FleetProgress } from '../virtual-fleet/virtual-fleet';

/** How long the connectivity of devices that dropped may take to be known. */
const SETTLE_MILLISECONDS = 20_000;

/** The main job, from claim to query, on a zone of cdk-iot-landing-zone. */
export const DEMO: Command = {
  name: 'demo',
  text: 'starts, lets virtual devices enrol, publish and misbehave for a while, and shows what came of it',
  options: [
    { name: 'devices', value: 'NUMBER', text: 'devices that enrol with the claim', standard: '25' },
    { name: 'unlisted', value: 'NUMBER', text: 'so many of them are not in the registry', standard: '3' },
    { name: 'seconds', value: 'SECONDS', text: 'how long they publish', standard: '60' },
    { name: 'fresh', text: 'removes what an earlier run left in the state folder' },
    { name: 'stay', text: 'keeps everything running for your own clients, until Ctrl+C' },
    ...START.options,
  ],
  async run(input) {
    const options = optionsOf(input);
    const fleet = fleetSizeOf(input);
    if (input.isSet('fresh')) StateFolder.empty(options.state ?? DEFAULT_STATE);
    const begun = Date.now();
    input.print('- Starting the sandbox on the template');
    const { Sandbox } = await import('../sandbox.js');
    const sandbox = await Sandbox.start(options);
    try {
      input.print(`\n${startText(sandbox, Date.now() - begun)}\n`);
      const outcome = await runOn(sandbox, fleet, input.print);
      await sandbox.flush();
      const table = await sandbox.query(DEMO_QUERY(lakeTableOf(sandbox)));
      const stays = input.isSet('stay');
      input.print(await demoText(sandbox, outcome, table, stays));
      if (stays) {
        const program = programName();
        input.print(`\nIt stays up for your own clients: ${sandbox.endpointUrl}/ has a page, from another terminal '${program} outputs' tells addresses, '${program} claim' writes certificate files. Ctrl+C ends it.`);
        await new Promise<void>(resolve => (['SIGINT', 'SIGTERM'] as const).forEach(signal => process.once(signal, () => resolve())));
        input.print('Delivering what the streams hold');
      }
    } finally {
      await sandbox.stop();
    }
    return 0;
  },
};

interface FleetSize { readonly devices: number; readonly unlisted: number; readonly seconds: number }

function fleetSizeOf(input: CommandInput): FleetSize {
  const size = { devices: whole(input, 'devices', 25), unlisted: whole(input, 'unlisted', 3), seconds: whole(input, 'seconds', 60) };
  if (size.unlisted > size.devices) throw new UsageError(`--unlisted must be at most --devices (${size.devices}), got ${size.unlisted}`);
  return size;
}

async function runOn(sandbox: Sandbox, fleet: FleetSize, print: (text: string) => void) {
  const { runFleet } = await import('../virtual-fleet/virtual-fleet.js');
  const { account } = sandbox;
  const claim = await sandbox.services.localApi.ask('POST claim', {}) as { certificatePem: string; privateKey: string };
  const registry = only(sandbox, 'AWS::DynamoDB::Table', /Registry/, 'a device registry').ref;
  const progress = new ProgressLine(print);
  const outcome = await runFleet({
    broker: sandbox.mqtt,
    claim,
    templateName: only(sandbox, 'AWS::IoT::ProvisioningTemplate', /./, 'a provisioning template').ref,
    ...fleet,
    register: async serialNumber => {
      const Item = { SerialNumber: { S: serialNumber }, Status: { S: 'REGISTERED' } };
      await account.call('dynamodb', 'PutItem', { TableName: registry, Item, ConditionExpression: 'attribute_not_exists(SerialNumber)' }, account.operator)
        .catch((error: Error) => {
          if (error.name !== 'ConditionalCheckFailedException') throw error;
        });
    },
    onProgress: state => progress.show(state),
  });
  progress.end();
  const DeliveryStreamName = telemetryStreamOf(sandbox);
  await account.call('firehose', 'PutRecord', { DeliveryStreamName, Record: { Data: Buffer.from('temperature=21') } }, account.operator);
  print('- Waiting until the connectivity of those that dropped is known');
  await settled(sandbox, outcome.dropped);
  return outcome;
}

/** The connectivity table follows presence events through a queue and a function. */
async function settled(sandbox: Sandbox, things: readonly string[]): Promise<void> {
  const { account } = sandbox;
  const table = connectivityTableOf(sandbox);
  const ends = Date.now() + SETTLE_MILLISECONDS;
  while (Date.now() < ends) {
    const states = await Promise.all(things.map(async thing => {
      const { Item } = await account.call('dynamodb', 'GetItem', { TableName: table, Key: { ClientID: { S: thing } } }, account.operator);
      return Item?.Status?.S as string | undefined;
    }));
    if (states.every(state => state === 'Disconnected')) return;
    await new Promise(resolve => setTimeout(resolve, 250));
  }
}

function whole(input: CommandInput, option: string, otherwise: number): number {
  const number = input.number(option) ?? otherwise;
  if (!Number.isInteger(number) || number < 0) throw new UsageError(`--${option} must be a whole number from 0, got ${number}`);
  return number;
}

/** How it goes: one line that changes on a terminal, elsewhere a line every ten seconds. */
class ProgressLine {
  private last = 0;
  private phase = '';

  constructor(private readonly print: (text: string) => void) {}

  show({ phase, enrolled, refused, published, malformed, connected, secondsLeft }: FleetProgress): void {
    const text = phase === 'enrol' ? `- Enrolling by claim: ${enrolled} let in, ${refused} refused`
      : `- ${connected} connected, ${published} messages acknowledged (${malformed} malformed)${phase === 'publish' ? `, ${secondsLeft} s left` : ''}`;
    if (process.stdout.isTTY) {
      if (this.phase === 'enrol' && phase !== 'enrol') process.stdout.write('\n');
      process.stdout.write(`\r\u001b[2K${text}`);
    } else if (Date.now() - this.last > 10_000 || this.phase !== phase) {
      this.print(text);
      this.last = Date.now();
    }
    this.phase = phase;
  }

  end(): void {
    if (process.stdout.isTTY) process.stdout.write('\n');
  }
}
