import * as path from 'path';

/** One option of a command; `--help` and the README are written from it. */
export interface CommandOption {
  readonly name: string;
  /** What stands for its value; an option without is a switch. */
  readonly value?: string;
  readonly text: string;
  readonly standard?: string;
  /** May be given more than once. */
  readonly multiple?: boolean;
}

export interface CommandInput {
  readonly argument?: string;
  text(option: string): string | undefined;
  texts(option: string): string[];
  number(option: string): number | undefined;
  isSet(option: string): boolean;
  print(text: string): void;
}

export interface Command {
  readonly name: string;
  readonly argument?: { readonly name: string; readonly isOptional?: boolean };
  readonly text: string;
  readonly options: readonly CommandOption[];
  /** Returns the exit code. */
  run(input: CommandInput): Promise<number>;
}

/** What to type for another command: the file where that was run, as in a clone of this repository, else the program of the package. */
export function programName(): string {
  const file = process.argv[1] ?? '';
  return path.basename(file) === 'sandbox.js' ? `node ${path.relative(process.cwd(), file)}` : 'npx iot-landing-zone-sandbox';
}

/** Wrong words on the command line. */
export class UsageError extends Error {}
