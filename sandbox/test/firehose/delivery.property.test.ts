import * as fc from 'fast-check';
import { each, LAKE, ok, StreamUnderTest, TRANSFORM } from './stream-under-test';

/** What happens to a stream, in any order. */
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('put' as const), sizes: fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 8 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('move' as const), seconds: fc.integer({ min: 1, max: 70 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('bucket' as const), broken: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('function' as const), mode: fc.constantFrom('good', 'error', 'forgetful') }) },
);

test('whatever fails and however often it stops: each accepted record is in the lake, in the errors or dropped, and in the backup', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), fc.boolean(), async (steps, partitioned) => {
    const prefix = partitioned ? 'data/!{partitionKeyFromLambda:site}/' : LAKE.prefix;
    const under = await new StreamUnderTest({
      transform: { ...TRANSFORM, bufferBytes: 500 },
      dynamicPartitioning: partitioned,
      destination: { ...LAKE, prefix, bufferBytes: 700, compression: 'GZIP' },
      backup: { ...LAKE, bucket: 'raw', bufferBytes: 900 },
    }).open();
    const { put } = under;
    const accepted: string[] = [];
    const dropped = new Set<string>();
    let mode = 'good';
    under.invoke = async (arn, event) => {
      if (mode === 'error') return { payload: '{}', failure: { errorType: 'E', errorMessage: 'm' } };
      const { payload } = await each(text => {
        const number = parseInt(text.slice(1), 10);
        if (number % 5 === 1) {
          dropped.add(text);
          return { result: 'Dropped' };
        }
        if (number % 5 === 2) return { result: 'ProcessingFailed' };
        return ok(text, { metadata: { partitionKeys: number % 5 === 3 ? {} : { site: String(number % 3) } } });
      })(arn, event);
      const { records } = JSON.parse(payload);
      return { payload: JSON.stringify({ records: mode === 'forgetful' ? records.slice(1) : records }) };
    };
    for (const one of steps) {
      if (one.kind === 'put') {
        const texts = one.sizes.map((size, index) => `<${accepted.length + index}:${'x'.repeat(size)}>`);
        const { FailedPutCount } = await under.stream.putRecordBatch(texts.map(text => Buffer.from(text)));
        expect(FailedPutCount).toBe(0);
        accepted.push(...texts);
      } else if (one.kind === 'move') {
        await under.clock.move(one.seconds);
      } else if (one.kind === 'restart') {
        await under.stream.stop();
        await under.open();
      } else if (one.kind === 'bucket') {
        under.put = one.broken ? async () => { throw new Error('broken'); } : put;
      } else {
        mode = one.mode;
      }
    }
    under.put = put;
    await under.stream.stop();
    await under.open();
    await under.stream.stop();

    const lake = Object.values(under.contents('lake/data')).join('');
    const errors = [...under.errors('processing-failed'), ...under.errors('partitioning-failed')].map(({ rawData }) => Buffer.from(rawData, 'base64').toString());
    const raw = Object.values(under.contents('raw/')).join('');
    for (const text of accepted) {
      expect(lake.includes(text) || errors.includes(text) || dropped.has(text)).toBe(true);
      expect(raw).toContain(text);
    }
    under.remove();
  }), { numRuns: 25 });
}, 120_000);
