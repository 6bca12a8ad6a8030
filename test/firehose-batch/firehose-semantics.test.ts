import examples from './fixtures/firehose-semantics.json';
import { bytesOf, requestOf } from './transform-cases';
import { handler } from '../../src/firehose-batch/handler/index';

beforeEach(() => jest.spyOn(process.stdout, 'write').mockReturnValue(true));
afterEach(() => jest.restoreAllMocks());

/** What Firehose makes of the answer, as the guide says. */
async function delivered(payloads: string[]) {
  const event = requestOf(payloads);
  const { records } = await handler(event);
  const answers = new Map(records.map(record => [record.recordId, record]));
  const of = (result: string) => event.records.filter(({ recordId }) => answers.get(recordId)?.result === result);
  return {
    ids: records.map(({ recordId }) => recordId),
    object: of('Ok').map(({ recordId }) => bytesOf(answers.get(recordId)!.data)).join(''),
    failed: of('ProcessingFailed').length,
    dropped: of('Dropped').length,
  };
}

test.each(examples.firehoseTransforms)('$id: the records of this request are answered, so none is missing ($note)', async ({ records }) => {
  const payloads = records.map(({ data }) => bytesOf(data));
  const { ids, failed } = await delivered(payloads);
  expect(ids).toHaveLength(records.length);
  expect(failed).toBe(records.length); // none of the examples is JSON
});

test('an object holds each row on one line, with no empty line, though the rule adds a newline too', async () => {
  const { object } = await delivered(['{"a":1}\n', '[{"a":2},{"a":3}]\n', 'bad\n', '{"a":4}\n']);
  expect(object).toBe('{"a":1}\n{"a":2}\n{"a":3}\n{"a":4}\n');
});

test('an answer has the fields of the guide and no others', async () => {
  const shape = examples.firehoseRecordShapes.find(({ id }) => id === 'REC-04')!;
  const response = await handler(requestOf(['{"a":1}', 'bad']));
  expect(Object.keys(response)).toEqual(shape.fields);
  response.records.forEach(record => expect(Object.keys(record).sort()).toEqual([...shape.nested!.records!].sort()));
});
