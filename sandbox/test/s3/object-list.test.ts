import * as fc from 'fast-check';
import { compareKeys, KeyPage, pageOf } from '../../src/s3/object-list';

const key = fc.array(fc.constantFrom('a', 'b', '/', '//', 'é', '\uffff', '😀'), { minLength: 1, maxLength: 5 }).map(parts => parts.join(''));
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** All at once, in the plainest way. */
function naive(keys: readonly string[], prefix: string, delimiter: string): string[] {
  const found = keys.filter(one => one.startsWith(prefix)).map(one => {
    const rest = one.slice(prefix.length);
    return delimiter !== '' && rest.includes(delimiter) ? `common ${prefix}${rest.slice(0, rest.indexOf(delimiter) + delimiter.length)}` : `key ${one}`;
  });
  return [...new Set(found)].sort();
}

function entriesOf({ keys, commonPrefixes }: KeyPage): string[] {
  return [...keys.map(one => `key ${one}`), ...commonPrefixes.map(one => `common ${one}`)];
}

test('keys are in the order of their bytes', () => {
  fc.assert(fc.property(key, key, (a, b) => expect(Math.sign(compareKeys(a, b))).toBe(byBytes(a, b))));
});

test('page by page, a listing is what all keys at once make, whatever the delimiter and the size of a page', () => {
  fc.assert(fc.property(fc.uniqueArray(key), fc.constantFrom('', 'a', 'a/', '/'), fc.constantFrom('', '/', '//', 'b'), fc.integer({ min: 1, max: 4 }), (keys, prefix, delimiter, maximum) => {
    const sorted = keys.filter(one => one.startsWith(prefix)).sort(byBytes);
    const found: string[] = [];
    let after = '';
    for (;;) {
      const page = pageOf(sorted, { prefix, delimiter, after, maximum });
      const entries = entriesOf(page);
      found.push(...entries);
      if (page.next === undefined) break;
      expect(entries).toHaveLength(maximum);
      after = page.next;
    }
    expect(found.sort()).toEqual(naive(keys, prefix, delimiter));
  }), { numRuns: 2_000 });
});

test('a listing that starts after a key has what comes later, and none has no page', () => {
  expect(pageOf(['a', 'b/1', 'b/2', 'c'], { prefix: '', delimiter: '/', after: 'b/1', maximum: 10 })).toEqual({ keys: ['c'], commonPrefixes: ['b/'] });
  expect(pageOf(['a'], { prefix: '', delimiter: '', after: '', maximum: 0 })).toEqual({ keys: [], commonPrefixes: [] });
});
