import { COLLECTION } from './collection';
import { CONTEXT } from './context';
import { SqlFunction } from './function';
import { NUMERIC } from './numeric';
import { TEXT } from './text';
import { TIME } from './time';

/** Every function that needs nothing but its arguments and the message, by its name in lower case. */
export const FUNCTIONS: ReadonlyMap<string, SqlFunction> = new Map(Object.entries({ ...NUMERIC, ...TEXT, ...COLLECTION, ...CONTEXT, ...TIME }));
