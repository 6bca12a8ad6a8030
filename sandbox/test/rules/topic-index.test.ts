import * as fc from 'fast-check';
import { TopicIndex } from '../../src/rules/topic-index';
import { compileTopicFilter } from '../../src/sql';

const level = fc.constantFrom('a', 'b', '$aws', '', '+');
const topic = fc.array(level, { minLength: 1, maxLength: 5 }).map(levels => levels.join('/'));
const filter = fc.tuple(fc.array(fc.constantFrom('a', 'b', '$aws', '', '+'), { maxLength: 4 }), fc.boolean())
  .map(([levels, open]) => [...levels, ...open || levels.length === 0 ? ['#'] : []].join('/'));

test('finds exactly the filters that match, each once', () => {
  fc.assert(fc.property(fc.uniqueArray(filter, { maxLength: 12 }), topic, (filters, published) => {
    const index = new TopicIndex<string>();
    filters.forEach(text => index.add(text, text));
    expect(index.find(published).sort()).toEqual(filters.filter(text => compileTopicFilter(text)(published.split('/'))).sort());
  }), { numRuns: 2000 });
});
