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

/** Wrong words on the command line. */
export class UsageError extends Error {}
