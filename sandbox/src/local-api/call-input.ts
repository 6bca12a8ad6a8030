import { LocalApiError } from './local-api';

export type CallInput = { readonly [name: string]: unknown };

/** @throws LocalApiError where it is missing or empty */
export function textOf(input: CallInput, name: string): string {
  const text = optionalText(input, name);
  if (text === undefined || text === '') throw new LocalApiError(`'${name}' must be a text, got ${JSON.stringify(input[name])}`);
  return text;
}

export function optionalText(input: CallInput, name: string): string | undefined {
  return typeof input[name] === 'string' ? input[name] : undefined;
}

/** A whole number from 0, which a query parameter has as text. @throws LocalApiError for anything else */
export function countOf(input: CallInput, name: string, otherwise: number, most = Infinity): number {
  const given = input[name];
  if (given === undefined || given === '') return otherwise;
  const number = Number(given);
  if (!Number.isInteger(number) || number < 0) throw new LocalApiError(`'${name}' must be a whole number from 0, got ${JSON.stringify(given)}`);
  return Math.min(number, most);
}

/** What a service refuses is told, and no fault of the sandbox. */
export async function refusing<T>(run: () => Promise<T> | T): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof LocalApiError) throw error;
    throw new LocalApiError((error as Error).message);
  }
}
