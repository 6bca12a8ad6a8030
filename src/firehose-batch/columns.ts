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
  return path.reduce(columnNameBelow, '');
}

/**
 * The column of a key inside of an object whose own name is known, which spares to settle its ancestors again.
 *
 * @param parent the name of the object, empty for the row itself
 */
export function columnNameBelow(parent: string, key: string): string {
  const segment = segmentName(key);
  // Nothing changes across an underscore, so what is joined of settled names is settled, and so is the start of one.
  const name = parent === '' ? segment : `${parent}_${segment}`;
  if (name.length <= MAX_NAME_CHARACTERS) return name;
  const hash = createHash('sha256').update(JSON.stringify([parent, key])).digest('hex').slice(0, HASH_CHARACTERS);
  const kept = name.slice(0, MAX_NAME_CHARACTERS - HASH_CHARACTERS - 1).replace(/_?[\ud800-\udbff]?$/, '');
  return `${kept}_${hash}`;
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

  const others = paths.filter(path => !isExact(path)).sort((a, b) => comparePaths(a.path, b.path));
  others.forEach(path => {
    if (!taken.has(path.name)) give(path, path.name);
  });
  // Where the search for a name goes on: all before it are taken, and thousands of keys may want one name.
  const next = new Map<string, number>();
  others.filter(path => !names.has(path)).forEach(path => {
    let suffix = next.get(path.name) ?? 2;
    while (taken.has(`${path.name}_${suffix}`)) suffix += 1;
    next.set(path.name, suffix + 1);
    give(path, `${path.name}_${suffix}`);
  });
  return names;
}

/** Key by key: thousands of paths may share one long key, and their texts would repeat it. */
function comparePaths(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((key, index) => key !== b[index]);
  if (at < 0) return a.length - b.length;
  return b[at] === undefined || a[at] > b[at] ? 1 : -1;
}
