import { createHash } from 'crypto';

/** Glue allows 255; the rest is room for the suffix of a collision. */
const MAX_NAME_CHARACTERS = 240;
const HASH_CHARACTERS = 8;

/**
 * The column of a path of keys: lower-case snake_case, joined with underscores.
 *
 * Letters and digits of every script stay. A name that is made of nothing else, such as an emoji, becomes the code
 * points of its characters. Applying it to its own result changes nothing.
 */
export function columnName(path: readonly string[]): string {
  const name = settled(path.map(segmentName).join('_'));
  if (name.length <= MAX_NAME_CHARACTERS) return name;
  const hash = createHash('sha256').update(JSON.stringify(path)).digest('hex').slice(0, HASH_CHARACTERS);
  const kept = [...name].reduce((head, character) => head.length + character.length <= MAX_NAME_CHARACTERS - HASH_CHARACTERS - 1 ? head + character : head, '');
  return settled(`${kept}_${hash}`);
}

function segmentName(key: string): string {
  const name = settled(key);
  if (/[\p{L}\p{N}]/u.test(name)) return name;
  return key === '' ? 'unnamed' : [...key].map(character => `u${character.codePointAt(0)!.toString(16)}`).join('_');
}

/** Some letters change twice, such as capitals that have no lower case of their own, so the steps repeat until nothing changes. */
function settled(name: string): string {
  const next = snakeCase(name);
  return next === name ? name : settled(next);
}

function snakeCase(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, '_')
    .replace(/^_+|_+$/g, '');
}

/** A path of keys that one row holds, and the column that it would have alone. */
export interface PathColumn {
  readonly path: readonly string[];
  readonly name: string;
}

/**
 * Column names for the paths of one row, all different, and the same in whatever order the keys come.
 *
 * A key that already is its column's name keeps it. Of the others that want one name the first in the order of their
 * paths gets it, if it is free, and the rest get the first free of `name_2`, `name_3`, ...
 */
export function distinctNames<T extends PathColumn>(paths: readonly T[]): Map<T, string> {
  const names = new Map<T, string>();
  const taken = new Set<string>();
  const give = (path: T, name: string): void => {
    names.set(path, name);
    taken.add(name);
  };
  const isExact = ({ path, name }: T): boolean => path.length === 1 && path[0] === name;
  paths.filter(isExact).forEach(path => give(path, path.name));

  const others = paths.filter(path => !isExact(path)).map(path => ({ path, order: JSON.stringify(path.path) }));
  others.sort((a, b) => a.order < b.order ? -1 : 1);
  others.forEach(({ path }) => {
    if (!taken.has(path.name)) give(path, path.name);
  });
  others.filter(({ path }) => !names.has(path)).forEach(({ path }) => {
    let suffix = 2;
    while (taken.has(`${path.name}_${suffix}`)) suffix += 1;
    give(path, `${path.name}_${suffix}`);
  });
  return names;
}
