import { randomInt } from 'crypto';
import { isObject, JsonObject } from '../json';

const SETS = [
  ['ExcludeLowercase', 'abcdefghijklmnopqrstuvwxyz'],
  ['ExcludeUppercase', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  ['ExcludeNumbers', '0123456789'],
  ['ExcludePunctuation', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
] as const;
const LENGTH = 32;
const MAXIMUM_LENGTH = 4096;

/**
 * A value as `GenerateSecretString` describes it: a password, or a JSON object with a password at one key.
 *
 * @throws Error saying which property cannot be met
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html
 */
export function generatedText(options: JsonObject): string {
  const { SecretStringTemplate: template, GenerateStringKey: key } = options;
  if ((template === undefined) !== (key === undefined)) throw new Error('needs SecretStringTemplate and GenerateStringKey together, or neither');
  if (template === undefined) return password(options);
  const object: unknown = typeof template === 'string' ? parsed(template) : undefined;
  if (!isObject(object)) throw new Error(`needs a JSON object as SecretStringTemplate, got ${JSON.stringify(template)}`);
  return JSON.stringify({ ...object, [String(key)]: password(options) });
}

function password(options: JsonObject): string {
  const is = (name: string) => String(options[name]) === 'true';
  const length = Number(options.PasswordLength ?? LENGTH);
  if (!(Number.isInteger(length) && length >= 1 && length <= MAXIMUM_LENGTH)) throw new Error(`needs a PasswordLength from 1 to ${MAXIMUM_LENGTH}, got ${JSON.stringify(options.PasswordLength)}`);
  const excluded = typeof options.ExcludeCharacters === 'string' ? options.ExcludeCharacters : '';
  const sets = [...SETS.filter(([name]) => !is(name)).map(([, characters]) => characters), ...is('IncludeSpace') ? [' '] : []]
    .map(characters => [...characters].filter(character => !excluded.includes(character))).filter(characters => characters.length > 0);
  if (sets.length === 0) throw new Error('excludes all characters');
  const required = options.RequireEachIncludedType === undefined || is('RequireEachIncludedType') ? sets : [];
  if (required.length > length) throw new Error(`needs a PasswordLength of at least ${required.length}, one of each type, got ${length}`);
  const all = sets.flat();
  const chosen = Array.from({ length }, (_, at) => oneOf(required[at] ?? all));
  // What is required stands anywhere.
  for (let at = chosen.length - 1; at > 0; at--) {
    const other = randomInt(at + 1);
    [chosen[at], chosen[other]] = [chosen[other], chosen[at]];
  }
  return chosen.join('');
}

function oneOf(characters: readonly string[]): string {
  return characters[randomInt(characters.length)];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
