import { Command, CommandOption } from './command';

export const PROGRAM = 'iot-landing-zone-sandbox';

/** All commands, a line each. */
export function helpOfAll(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(command => usageOf(command).length)) + 2;
  return [
    `${PROGRAM} <command>: runs the template of an IoT landing zone on this machine, without an AWS account`,
    '',
    ...commands.map(command => `  ${usageOf(command).padEnd(width)}${command.text}`),
    '',
    `${PROGRAM} <command> --help tells its options.`,
  ].join('\n');
}

export function helpOf(command: Command): string {
  return [
    `${PROGRAM} ${usageOf(command)}${command.options.length > 0 ? ' [options]' : ''}`,
    '',
    command.text,
    ...command.options.length > 0 ? ['', ...command.options.flatMap(lines)] : [],
  ].join('\n');
}

/** The same for the README. */
export function tableOf(command: Command): string {
  return [
    `### \`${usageOf(command)}\``, '', `${command.text[0].toUpperCase()}${command.text.slice(1)}.`,
    ...command.options.length === 0 ? [] : ['', '| option | what it does | without it |', '|---|---|---|', ...command.options.map(option =>
      `| \`${flagOf(option)}\` | ${option.text}${option.multiple ? '; may be given more than once' : ''} | ${option.standard ?? ''} |`)],
  ].join('\n');
}

function usageOf({ name, argument }: Command): string {
  return argument ? `${name} ${argument.isOptional ? `[${argument.name}]` : `<${argument.name}>`}` : name;
}

function flagOf({ name, value }: CommandOption): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

function lines(option: CommandOption): string[] {
  const without = option.standard === undefined ? '' : ` (without it: ${option.standard})`;
  return [`  ${flagOf(option)}`, `      ${option.text}${option.multiple ? '; may be given more than once' : ''}${without}`];
}
