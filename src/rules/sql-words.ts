import { Token } from 'aws-cdk-lib';
import { Problem } from '../private/validation';

/**
 * Words of AWS IoT SQL that end or change an expression wherever they stand. Its reference knows no quotes around field names; only
 * get() takes a name as text.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-reference.html
 */
const WORDS = ['select', 'from', 'where', 'as', 'and', 'or', 'not', 'in', 'exists', 'case', 'when', 'then', 'else', 'end'];
/** These are values: a field of that name is never read. */
const LITERALS = ['true', 'false', 'null', 'undefined'];
const PATH = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;

/** The first word of a field's path that the SQL takes for its own; nothing for other expressions and for tokens. */
export function sqlWordIn(path: string): string | undefined {
  if (Token.isUnresolved(path) || !PATH.test(path)) return undefined;
  return path.split('.').find(name => [...WORDS, ...LITERALS].includes(name.toLowerCase()));
}

/** Refuses a field whose path has a word of the SQL. A literal alone is no field, but an expression that may be meant. */
export function sqlWordProblems(prop: string, path: string | undefined): Problem[] {
  const word = path === undefined || LITERALS.includes(path.toLowerCase()) ? undefined : sqlWordIn(path);
  return word === undefined ? [] : [{
    prop,
    got: path,
    allowed: `a field without ${word}, a word of AWS IoT SQL`,
    fix: `let devices send it under another name, or read it from inside an object: get(values, ${JSON.stringify(word)})`,
  }];
}
