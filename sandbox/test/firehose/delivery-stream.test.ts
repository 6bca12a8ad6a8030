import { readdirSync } from 'fs';
import { each, FUNCTION_ARN, LAKE, ok, STREAM, StreamUnderTest, TRANSFORM } from './stream-under-test';
import { StreamDefinition, StreamSurroundings } from '../../src/firehose';

const open_: StreamUnderTest[] = [];
const open = async (definition: Partial<StreamDefinition> = {}, more: Partial<StreamSurroundings> = {}) => {
  const made = new StreamUnderTest(definition, more);
  open_.push(made);
  return made.open();
};
afterEach(async () => { for (const made of open_.splice(0)) { await made.stream.stop(); made.remove(); } });
const KIB = 1024, MIB = 1024 * 1024;

describe('puts', () => {
  test('a record of 1,000 KiB is taken, one byte more is refused', async () => {
    const { stream } = await open();
    await expect(stream.putRecord(Buffer.alloc(1000 * KIB))).resolves.toEqual({ RecordId: expect.stringMatching(/^\d{56}$/) });
    await expect(stream.putRecord(Buffer.alloc(1000 * KIB + 1))).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining('1024001') });
  });

  test.each([[500, 1, undefined], [501, 1, 'ValidationException'], [0, 1, 'ValidationException'], [5, 4 * MIB / 5 - 1, undefined], [5, 4 * MIB / 5 + 1, 'InvalidArgumentException']])(
    '%d records of %d bytes at once: %s', async (records, bytes, refused) => {
      const { stream } = await open();
      const put = stream.putRecordBatch(Array.from({ length: records }, () => Buffer.alloc(bytes)));
      if (refused) await expect(put).rejects.toMatchObject({ name: refused });
      else expect((await put).RequestResponses.filter(answer => 'RecordId' in answer)).toHaveLength(records);
    });

  test('of a batch that is more than may wait, each record has its own answer; after delivery there is room again', async () => {
    const under = await open({}, { backlogBytes: 10 });
    expect(await under.stream.putRecordBatch(['12345', '1234567', '12345'].map(text => Buffer.from(text)))).toEqual({
      FailedPutCount: 1,
      RequestResponses: [{ RecordId: expect.anything() }, { ErrorCode: 'ServiceUnavailableException', ErrorMessage: expect.stringContaining('Slow down') }, { RecordId: expect.anything() }],
    });
    await expect(under.stream.putRecord(Buffer.from('x'))).rejects.toMatchObject({ name: 'ServiceUnavailableException' });
    await under.stream.flush();
    await under.texts('x');
  });

  test('ids are different, in order, also after a restart', async () => {
    const under = await open();
    const ids = await under.texts('a', 'b');
    await under.stream.stop();
    await under.clock.move(0.001);
    await under.open();
    ids.push(...await under.texts('c'));
    expect([...new Set(ids)].sort()).toEqual(ids);
  });

  test('after a stop nothing is taken', async () => {
    const { stream } = await open();
    await stream.stop();
    await expect(stream.putRecord(Buffer.from('x'))).rejects.toMatchObject({ name: 'ServiceUnavailableException' });
  });
});

describe('objects', () => {
  test('records are put together without anything between them when the first has waited long enough, under the time of its arrival', async () => {
    const under = await open();
    await under.texts('a');
    await under.clock.move(30);
    await under.texts('b');
    await under.clock.move(29.9);
    expect(under.objects.size).toBe(0);
    await under.clock.move(0.1);
    expect(under.contents('')).toEqual({ 'lake/data/2026/11/21/10/2026-11-21-10-59-50': 'ab' });
    expect([...under.objects.keys()][0]).toMatch(/\/telemetry-1-2026-11-21-10-59-50-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  test('so many bytes are an object at once, and what comes then is another', async () => {
    const under = await open({ destination: { ...LAKE, bufferBytes: 3 } });
    await under.texts('a', 'bc', 'd');
    await under.clock.move(0);
    expect(Object.values(under.contents(''))).toEqual(['abc']);
    await under.clock.move(60);
    expect([...under.objects.values()].map(String)).toEqual(['abc', 'd']);
  });

  test.each([
    [{ compression: 'GZIP' as const }, /\/2026\/11\/21\/10\/[^/]+\.gz$/], [{ compression: 'GZIP' as const, fileExtension: '.json.gz' }, /[0-9a-f]{12}\.json\.gz$/],
    [{ timeZone: 'Asia/Tokyo' }, /\/2026\/11\/21\/19\/telemetry-1-2026-11-21-19-59-50-/], [{ prefix: 'x/!{timestamp:yyyy}-!{firehose:random-string}/' }, /^lake\/x\/2026-[^/]{11}\/telemetry/],
    [{ prefix: undefined }, /^lake\/2026\/11\/21\/10\/telemetry/],
  ])('%j names them so', async (destination, name) => {
    const under = await open({ destination: { ...LAKE, ...destination } });
    await under.texts('a');
    await under.stream.flush();
    expect([...under.objects.keys()][0]).toMatch(name);
    expect(Object.values(under.contents(''))).toEqual(['a']);
  });

  test('a delimiter follows each record', async () => {
    const under = await open({ delimiter: '\n' });
    await under.texts('a', 'b');
    await under.stream.flush();
    expect(Object.values(under.contents(''))).toEqual(['a\nb\n']);
  });

  test('a bucket that cannot be written is tried again until it can; the log says so', async () => {
    const under = await open();
    const { put } = under;
    let attempts = 0;
    under.put = async (...args) => { if (++attempts < 4) throw Object.assign(new Error('no'), { name: 'AccessDenied' }); return put(...args); };
    await under.texts('a');
    await under.clock.move(60 + 1 + 2 + 4);
    expect(Object.values(under.contents(''))).toEqual(['a']);
    expect(under.log).toHaveLength(3);
    expect(under.log[0]).toEqual({ group: '/firehose', stream: 'delivery', deliveryStreamARN: STREAM.arn, destination: 'arn:aws:s3:::lake', deliveryStreamVersionId: 1, message: 'no', errorCode: 'S3.AccessDenied' });
  });

  test('who asks for a delivery that fails is told why, at once and while it is tried on; the next one that works says nothing', async () => {
    const under = await open();
    const { put } = under;
    under.put = async () => { throw Object.assign(new Error('role may not s3:PutObject'), { name: 'AccessDenied' }); };
    await under.texts('a');
    const told = 'telemetry could not deliver 1 record to s3://lake, and tries again: role may not s3:PutObject';
    await expect(under.stream.flush()).rejects.toThrow(told);
    await expect(under.stream.flush()).rejects.toThrow(told);
    under.put = put;
    await under.clock.move(60);
    await under.stream.flush();
    expect(Object.values(under.contents(''))).toEqual(['a']);
  });

  test('the backup gets every record as it came, under its own names', async () => {
    const under = await open({ transform: TRANSFORM, backup: { ...LAKE, bucket: 'raw', prefix: 'raw/', compression: 'GZIP' } });
    under.invoke = each(text => text === 'b' ? { result: 'Dropped' } : ok(text.toUpperCase()));
    await under.texts('a', 'b');
    await under.stream.flush();
    expect(under.contents('raw/')).toEqual({ 'raw/raw/2026/11/21/10/2026-11-21-10-59-50.gz': 'ab' });
    expect(Object.values(under.contents('lake/'))).toEqual(['A']);
  });
});

describe('transform', () => {
  test('the function gets what Firehose sends, after its own time of waiting', async () => {
    const under = await open({ transform: TRANSFORM });
    const [recordId] = await under.texts('a');
    await under.clock.move(9.9);
    expect(under.events).toEqual([]);
    await under.clock.move(0.1);
    expect(under.events).toEqual([{
      invocationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      deliveryStreamArn: STREAM.arn,
      region: 'eu-west-1',
      records: [{ recordId, approximateArrivalTimestamp: Date.parse('2026-11-21T10:59:50Z'), data: 'YQ==' }],
    }]);
  });

  test('no request is larger than 6 MB, in base64 and with all that is around it', async () => {
    const under = await open({ transform: { ...TRANSFORM, bufferBytes: 3 * MIB } });
    for (let batch = 0; batch < 80; batch++) await under.stream.putRecordBatch(Array.from({ length: 500 }, () => Buffer.alloc(50)));
    await under.stream.flush();
    expect(under.events.length).toBeGreaterThan(1);
    expect(under.events.flatMap(({ records }) => records)).toHaveLength(40_000);
    for (const event of under.events) expect(JSON.stringify(event).length).toBeLessThanOrEqual(6 * MIB);
  });

  test.each([
    ['an error of the function', async () => ({ payload: '{}', failure: { errorType: 'E', errorMessage: 'm' } }), 'Lambda.FunctionError'],
    ['a throttled invocation', async () => { throw Object.assign(new Error('Rate Exceeded'), { name: 'TooManyRequestsException' }); }, 'Lambda.InvokeLimitExceeded'],
    ['a function that is not there', () => { throw Object.assign(new Error('not found'), { name: 'ResourceNotFoundException' }); }, 'Lambda.ResourceNotFound'],
    ['a missing permission', async () => { throw Object.assign(new Error('denied'), { name: 'AccessDeniedException' }); }, 'Lambda.InvokeAccessDenied'],
    ['an answer over 6 MB', async () => ({ payload: ' '.repeat(6 * MIB + 1) }), 'Lambda.FunctionError'],
  ])('%s is tried four times, then all of the batch is in the error output', async (_name, invoke, errorCode) => {
    const under = await open({ transform: TRANSFORM });
    under.invoke = invoke;
    await under.texts('a', 'b');
    await under.clock.move(70);
    expect(under.events).toHaveLength(4);
    expect(under.contents('lake/data/')).toEqual({});
    expect(under.errors('processing-failed')).toEqual([]);
    await under.clock.move(60);
    expect(under.errors('processing-failed')).toMatchObject(['a', 'b'].map(text => ({
      attemptsMade: 4,
      arrivalTimestamp: Date.parse('2026-11-21T10:59:50Z'),
      errorCode,
      errorMessage: expect.anything(),
      attemptEndingTimestamp: Date.parse('2026-11-21T11:00:00.7Z'),
      rawData: Buffer.from(text).toString('base64'),
      lambdaARN: FUNCTION_ARN,
    })));
    expect(under.log).toMatchObject([{ errorCode, processor: FUNCTION_ARN }]);
  });

  test('an invocation that succeeds when it is tried again is a success', async () => {
    const under = await open({ transform: TRANSFORM });
    const good = under.invoke;
    let calls = 0;
    under.invoke = async (...args) => ++calls < 4 ? { payload: '', failure: { errorType: 'E', errorMessage: '' } } : good(...args);
    await under.texts('a');
    await under.clock.move(71);
    expect(Object.values(under.contents('lake/'))).toEqual(['a']);
  });

  test.each<[string, (recordId: string) => unknown, string]>([
    ['no JSON', () => undefined, 'Lambda.JsonProcessingException'], ['no list of records', () => ({}), 'Lambda.FunctionError'],
    ['a result that is none', recordId => ({ records: [{ recordId, result: 'ok', data: '' }] }), 'Lambda.FunctionError'],
    ['data that is no base64', recordId => ({ records: [{ recordId, result: 'Ok', data: 'a?' }] }), 'Lambda.FunctionError'],
    ['no data', recordId => ({ records: [{ recordId, result: 'Ok' }] }), 'Lambda.FunctionError'],
    ['a record twice', recordId => ({ records: [{ recordId, ...ok('x') }, { recordId, ...ok('x') }] }), 'Lambda.DuplicatedRecordId'],
    ['another id', () => ({ records: [{ recordId: 'other', ...ok('x') }] }), 'Lambda.MissingRecordId'],
  ])('an answer with %s is final', async (_name, answer, errorCode) => {
    const under = await open({ transform: TRANSFORM });
    under.invoke = async (_arn, event) => ({ payload: JSON.stringify(answer((event as { records: { recordId: string }[] }).records[0].recordId)) ?? 'no JSON' });
    await under.texts('a');
    await under.stream.flush();
    expect(under.errors('processing-failed')).toMatchObject([{ errorCode, attemptsMade: 1, rawData: 'YQ==' }]);
    expect(under.objects.size).toBe(1);
  });

  test('at most five invocations are under way', async () => {
    const under = await open({ transform: { ...TRANSFORM, bufferBytes: 1 } });
    let now = 0, most = 0;
    under.invoke = async (...args) => {
      most = Math.max(most, ++now);
      await new Promise(resolve => setTimeout(resolve, 5));
      now--;
      return each(text => ok(text))(...args);
    };
    await Promise.all(Array.from({ length: 20 }, (_, index) => under.texts(String(index))));
    await under.stream.flush();
    expect(most).toBe(5);
  });
});

describe('dynamic partitioning', () => {
  const partitioned: Partial<StreamDefinition> = {
    transform: TRANSFORM, dynamicPartitioning: true, destination: { ...LAKE, prefix: 'site=!{partitionKeyFromLambda:site}/!{timestamp:yyyy}/' },
  };
  const bySite = each(text => ok(text, { metadata: { partitionKeys: { site: text.slice(0, text.indexOf(':')) } } }));

  test('each partition has its own buffer and its own objects', async () => {
    const under = await open({ ...partitioned, destination: { ...partitioned.destination!, bufferBytes: 6 } });
    under.invoke = bySite;
    await under.texts('a:1', 'b:2', 'a:3');
    await under.clock.move(10);
    expect(under.contents('lake/')).toEqual({ 'lake/site=a/2026/2026-11-21-10-59-50': 'a:1a:3' });
    await under.clock.move(60);
    expect(under.contents('lake/site=b')).toEqual({ 'lake/site=b/2026/2026-11-21-10-59-50': 'b:2' });
  });

  test('a record without its keys is in the error output', async () => {
    const under = await open(partitioned);
    under.invoke = each(text => ok(text, text === 'none' ? {} : { metadata: { partitionKeys: { site: '' } } }));
    await under.texts('none', 'empty');
    await under.stream.flush();
    expect(under.errors('partitioning-failed').map(({ errorCode }) => errorCode)).toEqual(Array(2).fill('DynamicPartitioning.MetadataExtractionFailed'));
  });

  test('the 501st active partition is refused; what is delivered is active no more', async () => {
    const under = await open(partitioned);
    under.invoke = bySite;
    const put = (from: number, count: number) => under.stream.putRecordBatch(Array.from({ length: count }, (_, index) => Buffer.from(`${from + index}:x`)));
    await put(0, 500);
    await put(500, 1);
    await put(0, 1);
    await under.clock.move(10);
    await under.clock.move(60);
    expect(under.errors('partitioning-failed')).toMatchObject([{ errorCode: 'DynamicPartitioning.ActivePartitionsLimitExceeded', rawData: Buffer.from('500:x').toString('base64') }]);
    await put(500, 1);
    await under.stream.flush();
    expect(under.errors('partitioning-failed')).toHaveLength(1);
    expect(Object.keys(under.contents('lake/site='))).toHaveLength(501);
  });

  test.each<[string, Partial<StreamDefinition>]>([
    ['keys without dynamic partitioning', { dynamicPartitioning: false, destination: partitioned.destination }], ['dynamic partitioning without keys', { dynamicPartitioning: true }],
    ['a time zone that is none', { destination: { ...LAKE, timeZone: 'Mars/Olympus' } }], ['an expression that is none', { destination: { ...LAKE, prefix: '!{x}' } }],
  ])('%s: the stream is refused', async (_name, definition) => {
    const under = new StreamUnderTest(definition);
    await expect(under.open()).rejects.toMatchObject({ name: 'PrefixError' });
    under.remove();
  });
});

describe('stop and start', () => {
  test('a stop delivers what waits, and leaves nothing in the journal', async () => {
    const under = await open({ transform: TRANSFORM });
    await under.texts('a', 'b');
    await under.stream.stop();
    expect(Object.values(under.contents('lake/'))).toEqual(['ab']);
    expect(readdirSync(under.folder)).toEqual([]);
  });

  test('what could not be written at the stop is delivered after the next start, once, with the time of its arrival', async () => {
    const under = await open();
    const { put } = under;
    under.put = async () => { throw new Error('disk full'); };
    const ids = await under.texts('a', 'b');
    await under.stream.stop();
    await under.clock.move(7200);
    under.put = put;
    await under.open();
    await under.stream.flush();
    expect(under.contents('')).toEqual({ 'lake/data/2026/11/21/10/2026-11-21-10-59-50': 'ab' });
    await under.stream.stop();
    await under.open();
    await under.stream.flush();
    expect(under.objects.size).toBe(1);
    expect(ids).toHaveLength(2);
  });

  test('a journal that cannot be written fails each put, and nothing of it is delivered', async () => {
    const under = await open();
    under.remove();
    expect(await under.stream.putRecordBatch([Buffer.from('a'), Buffer.from('b')])).toMatchObject({
      FailedPutCount: 2, RequestResponses: [{ ErrorCode: 'ServiceUnavailableException', ErrorMessage: expect.stringContaining('ENOENT') }, {}],
    });
    await under.stream.flush();
    expect(under.objects.size).toBe(0);
  });
});
