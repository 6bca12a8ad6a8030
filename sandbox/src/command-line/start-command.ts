import { Command, CommandInput, UsageError } from './command';
import { DEFAULT_STATE, STATE } from './running';
import { startText } from './start-text';
import type { SandboxOptions } from '../sandbox-options';

/** Runs until it is ended by SIGINT or SIGTERM. */
export const START: Command = {
  name: 'start',
  text: 'runs the stacks of a cloud assembly until Ctrl+C',
  options: [
    { name: 'assembly', value: 'FOLDER', text: 'cloud assembly, as \'cdk synth\' writes it', standard: 'cdk.out' },
    { name: 'stack', value: 'ID', text: 'run this stack and those that it depends on', standard: 'all stacks', multiple: true },
    STATE,
    { name: 'port', value: 'PORT', text: 'port of the page and of the services, 0 for a free one', standard: '8880' },
    { name: 'mqtt-port', value: 'PORT', text: 'port of the message broker, 0 for a free one', standard: '8883' },
    { name: 'host', value: 'ADDRESS', text: 'loopback address to listen on', standard: '127.0.0.1' },
    { name: 'account', value: 'ID', text: 'account of stacks that do not name one', standard: '123456789012' },
    { name: 'region', value: 'REGION', text: 'Region of stacks that do not name one', standard: 'eu-west-1' },
    { name: 'parameter', value: 'STACK.NAME=VALUE', text: 'value of a parameter of a template', standard: 'its default', multiple: true },
    { name: 'dynamodb', value: 'ENGINE', text: 'what runs tables: local (DynamoDB Local, needs Java 17), dynalite, or auto', standard: 'auto' },
    { name: 'buffer-seconds', value: 'SECONDS', text: 'delivery streams wait no longer than this for more records', standard: 'as the template says' },
    { name: 'duplicate-presence', value: 'SHARE', text: 'so much of the presence events, 0 to 1, come twice', standard: '0' },
    { name: 'reorder-presence', value: 'SHARE', text: 'so much of the presence events, 0 to 1, come in another order', standard: '0' },
  ],
  async run(input) {
    const options = optionsOf(input);
    const begun = Date.now();
    const { Sandbox } = await import('../sandbox.js');
    const sandbox = await Sandbox.start(options);
    input.print(startText(sandbox, Date.now() - begun));
    const signal = await new Promise<string>(resolve => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name));
    });
    input.print(`${signal}: delivering what the streams hold`);
    await sandbox.stop();
    return 0;
  },
};

export function optionsOf(input: CommandInput): SandboxOptions {
  const dynamodb = input.text('dynamodb') ?? 'auto';
  if (dynamodb !== 'auto' && dynamodb !== 'local' && dynamodb !== 'dynalite') throw new UsageError(`--dynamodb must be auto, local or dynalite, got ${dynamodb}`);
  return {
    assembly: input.text('assembly'),
    stacks: input.texts('stack'),
    state: input.text('state') ?? DEFAULT_STATE,
    host: input.text('host'),
    port: input.number('port'),
    mqttPort: input.number('mqtt-port'),
    account: input.text('account'),
    region: input.text('region'),
    parameters: parametersOf(input.texts('parameter')),
    dynamodb,
    bufferSeconds: input.number('buffer-seconds'),
    presenceFaults: { duplicate: input.number('duplicate-presence'), reorder: input.number('reorder-presence') },
  };
}

function parametersOf(given: readonly string[]): { [stackId: string]: { [name: string]: string } } {
  const parameters: { [stackId: string]: { [name: string]: string } } = {};
  for (const text of given) {
    const [, stack, name, value] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(text) ?? [];
    if (stack === undefined) throw new UsageError(`--parameter must be STACK.NAME=VALUE, got ${text}`);
    (parameters[stack] ??= {})[name] = value;
  }
  return parameters;
}
