import { STREAM, StreamUnderTest, TRANSFORM, TransformEvent } from './stream-under-test';
import examples from './transform-examples.json';

/** Records of the examples have ids of their own; the stream gives others. */
interface Returned { recordId: string; metadata?: object }
const ID = /"r(\d)"/g;

test.each(examples.map(example => [example.id, example.note, example] as const))('%s: %s', async (_id, _note, example) => {
  const keys = 'partitionKeys' in example.expect;
  const destination = { ...STREAM.destination, ...keys && { prefix: 'lake/!{partitionKeyFromLambda:site}/' } };
  const under = await new StreamUnderTest({ transform: TRANSFORM, delimiter: '|', dynamicPartitioning: keys, destination }).open();
  const { lambda } = example as { lambda: { returns?: { records: Returned[] } | string; returnsBytes?: number; durationSeconds?: number } };
  under.invoke = async (_arn, event) => {
    const { records } = event as TransformEvent;
    if (lambda.durationSeconds) await new Promise<void>(resolve => under.clock.after(lambda.durationSeconds! * 1000, resolve));
    if (lambda.returnsBytes) return { payload: JSON.stringify('x'.repeat(lambda.returnsBytes)) };
    if (typeof lambda.returns === 'string') return { payload: JSON.stringify(lambda.returns) };
    const idOf = (_text: string, number: string) => JSON.stringify(records[Number(number) - 1].recordId);
    return { payload: JSON.stringify(lambda.returns ?? {}).replace(ID, idOf) };
  };
  const expected = example.expect as unknown as { destination: [string, string][]; processingFailed: { recordId: string; errorCode?: string }[] };
  await under.stream.putRecordBatch(example.records.map(({ data }) => Buffer.from(data, 'base64')));
  await under.clock.move(10 + 60 + 4 * 301 + 60);
  await under.stream.stop();

  expect(Object.values(under.contents(keys ? 'lake/lake/hh/' : 'lake/data/')).join('')).toBe(expected.destination.map(([, text]) => `${text}|`).join(''));
  const raw = (recordId: string) => example.records.find(record => record.recordId === recordId)!.data;
  expect(under.errors('processing-failed')).toEqual(expected.processingFailed.map(({ recordId, errorCode }) =>
    expect.objectContaining({ rawData: raw(recordId), errorCode: errorCode ?? expect.any(String) })));
  under.remove();
});
