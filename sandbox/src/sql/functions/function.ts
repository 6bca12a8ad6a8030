import { Message } from '../message';
import { Value } from '../value';

/** A function of AWS IoT SQL. With another number of arguments its result is Undefined, as AWS says. */
export interface SqlFunction {
  readonly least: number;
  readonly most: number;
  call(args: readonly Value[], message: Message): Value;
}

/** A function of exactly as many values as `call` takes. */
export function of(count: number, call: (...args: Value[]) => Value): SqlFunction {
  return { least: count, most: count, call: args => call(...args) };
}

export function between(least: number, most: number, call: (args: readonly Value[]) => Value): SqlFunction {
  return { least, most, call };
}

/** A function that answers from what is known of the message. */
export function ofMessage(most: number, call: (message: Message, args: readonly Value[]) => Value, least = 0): SqlFunction {
  return { least, most, call: (args, message) => call(message, args) };
}
