import { check, Example } from './example';
import examples from './examples.json';

describe('examples of the AWS IoT Developer Guide', () => {
  test.each((examples as Example[]).map(example => [example.id, example.source, example] as const))('%s (%s)', (_id, _source, example) => check(example));
});
