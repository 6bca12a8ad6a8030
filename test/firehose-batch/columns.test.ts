import * as fc from 'fast-check';
import { columnName, columnNameBelow, distinctNames } from '../../src/firehose-batch/columns';

const key = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('temp', 'Temp', 'TEMP', 'temp_2', 'Temp_2', 'a b', '🌡️', '名前'));

describe('a column name', () => {
  test.each([
    [['batteryLevel'], 'battery_level'],
    [['capabilityModelId'], 'capability_model_id'],
    [['HTTPServer'], 'http_server'],
    [['PM2.5'], 'pm2_5'],
    [['temp2Max'], 'temp2_max'],
    [['device', 'gatewayId'], 'device_gateway_id'],
    [['already_clean_1'], 'already_clean_1'],
    [['  odd -- name!'], 'odd_name'],
    [['Küche Süd'], 'küche_süd'],
    [['名前'], '名前'],
    [['m²'], 'm2'],
    [['🌡️'], 'u1f321_ufe0f'],
    [[''], 'unnamed'],
    [['a', '', 'b'], 'a_unnamed_b'],
  ])('of %j is %s', (path, name) => {
    expect(columnName(path)).toBe(name);
  });

  test('stays as it is when it is cleaned again', () => {
    fc.assert(fc.property(fc.array(key, { minLength: 1, maxLength: 4 }), path => {
      const name = columnName(path);
      expect(columnName([name])).toBe(name);
    }), { numRuns: 2000 });
  });

  test('is short enough for Glue, and long names that differ at the end stay different', () => {
    const [first, second] = ['a', 'b'].map(end => columnName(['x'.repeat(400) + end]));
    expect(first).toHaveLength(240);
    expect(first).not.toBe(second);
    expect(columnName([first])).toBe(first);
  });

  test('that is long is cut between characters and stays as it is when it is cleaned again', () => {
    const part = fc.constantFrom('x', '_', '𐐨', '𝐀', 'ﷺ', 'Σ', '\u0315\u0300', '名前', '2', 'Z');
    const longKey = fc.array(part, { minLength: 60, maxLength: 400 }).map(parts => parts.join(''));
    fc.assert(fc.property(fc.array(longKey, { minLength: 1, maxLength: 3 }), path => {
      const name = columnName(path);
      expect(name.length).toBeLessThanOrEqual(240);
      expect(name).not.toMatch(/__|\p{Cs}/u);
      expect(columnName([name])).toBe(name);
    }), { numRuns: 1000 });
  });

  test('below another name is that of the whole path', () => {
    fc.assert(fc.property(fc.array(key, { maxLength: 3 }), key, (parents, last) => {
      expect(columnNameBelow(columnName(parents), last)).toBe(columnName([...parents, last]));
    }), { numRuns: 1000 });
  });
});

describe('colliding names', () => {
  const namesFor = (paths: string[][]) => {
    const columns = paths.map(path => ({ path, name: columnName(path) }));
    const names = distinctNames(columns);
    return Object.fromEntries(columns.map(column => [JSON.stringify(column.path), names.get(column)!]));
  };

  test('leave the name to the key that is already clean', () => {
    expect(namesFor([['Temp'], ['temp'], ['TEMP']])).toEqual({ '["temp"]': 'temp', '["TEMP"]': 'temp_2', '["Temp"]': 'temp_3' });
  });

  test('do not take a name that another key has', () => {
    expect(namesFor([['Temp'], ['temp'], ['temp_2']])).toEqual({ '["temp"]': 'temp', '["temp_2"]': 'temp_2', '["Temp"]': 'temp_3' });
    expect(namesFor([['Temp'], ['temp'], ['Temp_2']])).toEqual({ '["temp"]': 'temp', '["Temp_2"]': 'temp_2', '["Temp"]': 'temp_3' });
  });

  test('of a nested and a flat key leave it to the flat one', () => {
    expect(namesFor([['a', 'b'], ['a_b']])).toEqual({ '["a_b"]': 'a_b', '["a","b"]': 'a_b_2' });
  });

  test('are found by looking up each a few times, however many keys want one name', () => {
    const paths = Array.from({ length: 3_000 }, (_, index) => ({ path: ['-'.repeat(index), 'a'], name: 'a' }));
    const has = jest.spyOn(Set.prototype, 'has');
    const names = distinctNames(paths);
    const lookups = has.mock.calls.length;
    has.mockRestore();
    expect(lookups).toBeLessThanOrEqual(3 * paths.length);
    expect(paths.map(path => names.get(path))).toEqual(['a', ...Array.from({ length: 2_999 }, (_, index) => `a_${index + 2}`)]);
  });

  test('end the same in any order of the keys, and are all different', () => {
    const paths = fc.uniqueArray(fc.array(key, { minLength: 1, maxLength: 2 }), { selector: path => JSON.stringify(path), maxLength: 8 });
    const twoOrders = paths.chain(some => fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })));
    fc.assert(fc.property(twoOrders, ([some, shuffled]) => {
      const names = namesFor(some);
      expect(namesFor(shuffled)).toEqual(names);
      expect(new Set(Object.values(names)).size).toBe(some.length);
    }), { numRuns: 1000 });
  });
});
