/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAXIMUM_KEY_BYTES = 1024;
/** File systems take names of 255 bytes; the rest is room for what tells a file from a folder. */
const MAXIMUM_NAME = 200;
const PLAIN = /[A-Za-z0-9!_.*'()=, +@:-]/;
/** Ends a folder that holds the rest of a name too long for one. */
const CONTINUED = '%+';
/** What an empty part of a key becomes: `a//b`, `a/`. */
const EMPTY = '%';
/** Ends a file whose key is also the beginning of another: `a` beside `a/b`. */
export const BESIDE_FOLDER = '%file';

/** A request that S3 would refuse; `name` is its code. */
export class S3Error extends Error {
  constructor(public override readonly name: 'KeyTooLongError' | 'InvalidArgument' | 'NoSuchBucket' | 'NoSuchKey' | 'InvalidBucketName', message: string) {
    super(message);
  }
}

/**
 * The path of an object below its bucket's folder: the key as it is, where file systems take it.
 *
 * `%` and what a file system might refuse is written as `%XX`, so that no key leaves the folder and different keys have
 * different paths (on a file system that tells capitals from small letters).
 *
 * @throws S3Error for a key that S3 would refuse
 */
export function pathOfKey(key: string): string[] {
  const bytes = Buffer.from(key);
  if (bytes.length === 0) throw new S3Error('InvalidArgument', 'The key of an object is not empty.');
  if (bytes.length > MAXIMUM_KEY_BYTES) throw new S3Error('KeyTooLongError', `Your key is too long: ${bytes.length} bytes, at most ${MAXIMUM_KEY_BYTES}.`);
  if (bytes.toString() !== key) throw new S3Error('InvalidArgument', 'The key of an object is text in UTF-8.');
  return key.split('/').flatMap(namesOf);
}

/** The key of a path that `pathOfKey` made. */
export function keyOfPath(names: readonly string[]): string {
  let key = '';
  names.forEach((name, index) => {
    const last = index === names.length - 1;
    if (name.endsWith(CONTINUED)) key += decoded(name.slice(0, -CONTINUED.length));
    else key += decoded(last && name.endsWith(BESIDE_FOLDER) ? name.slice(0, -BESIDE_FOLDER.length) : name) + (last ? '' : '/');
  });
  return key;
}

function namesOf(part: string): string[] {
  if (part === '') return [EMPTY];
  if (part === '.' || part === '..') return [part.replaceAll('.', '%2E')];
  // The bytes of one character stay together: half of them could not be read back.
  const units = [...part].map(character => PLAIN.test(character) ? character : [...Buffer.from(character)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''));
  const names = [''];
  for (const unit of units) {
    if (names.at(-1)!.length + unit.length > MAXIMUM_NAME) names.push('');
    names[names.length - 1] += unit;
  }
  return names.map((name, index) => index === names.length - 1 ? ending(name, names.length) : name + CONTINUED);
}

/** What is left of a long name could be `.` or `..`, too. */
function ending(name: string, names: number): string {
  return names > 1 && /^\.{1,2}$/.test(name) ? name.replaceAll('.', '%2E') : name;
}

function decoded(name: string): string {
  return name === EMPTY ? '' : decodeURIComponent(name);
}
