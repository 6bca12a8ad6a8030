import { parseArgs } from 'util';
import { CLAIM, DEVICE } from './command-line/certificate-commands';
import { Command, CommandInput, UsageError } from './command-line/command';
import { DEMO } from './command-line/demo-command';
import { helpOf, helpOfAll } from './command-line/help';
import { OUTPUTS } from './command-line/outputs-command';
import { PUBLISH, QUERY, SQL } from './command-line/query-commands';
import { START } from './command-line/start-command';

export const COMMANDS: readonly Command[] = [START, DEMO, OUTPUTS, CLAIM, DEVICE, PUBLISH, QUERY, SQL];

/** Runs one command and returns its exit code: 0 done, 1 it failed, 2 wrong words. */
export async function main(
  args: readonly string[], print: (text: string) => void = console.log, complain: (text: string) => void = console.error,
): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    (name === undefined ? complain : print)(helpOfAll(COMMANDS));
    return name === undefined ? 2 : 0;
  }
  const command = COMMANDS.find(each => each.name === name);
  if (!command) {
    complain(`there is no command '${name}'\n\n${helpOfAll(COMMANDS)}`);
    return 2;
  }
  try {
    const input = inputOf(command, rest, print);
    if (input.isSet('help')) {
      print(helpOf(command));
      return 0;
    }
    return await command.run(input);
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    if (process.env.DEBUG !== undefined && error instanceof Error) complain(error.stack ?? '');
    return error instanceof UsageError ? 2 : 1;
  }
}

function inputOf(command: Command, args: readonly string[], print: (text: string) => void): CommandInput {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        ...Object.fromEntries(command.options.map(({ name, value, multiple = false }) => [name, { type: value === undefined ? 'boolean' as const : 'string' as const, multiple }])),
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${helpOf(command)}`);
  }
  const values = parsed.values as { [name: string]: string | boolean | (string | boolean)[] | undefined };
  const [argument, ...others] = parsed.positionals;
  const isHelp = values.help === true;
  if (!isHelp && others.length > 0) throw new UsageError(`one argument at most, got also ${others.join(' ')}\n\n${helpOf(command)}`);
  if (!isHelp && argument !== undefined && !command.argument) throw new UsageError(`'${command.name}' takes no argument, got ${argument}\n\n${helpOf(command)}`);
  if (!isHelp && argument === undefined && command.argument && !command.argument.isOptional) throw new UsageError(`<${command.argument.name}> is missing\n\n${helpOf(command)}`);
  const text = (option: string) => typeof values[option] === 'string' ? values[option] : undefined;
  return {
    argument,
    text,
    texts: option => [values[option] ?? []].flat().map(String),
    isSet: option => values[option] === true,
    number: option => {
      const given = text(option);
      if (given === undefined) return undefined;
      if (given.trim() === '' || !Number.isFinite(Number(given))) throw new UsageError(`--${option} must be a number, got ${given}`);
      return Number(given);
    },
    print,
  };
}
