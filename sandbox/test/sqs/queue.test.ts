import { EventSourceMapping, SqsRecord } from '../../src/sqs/event-source-mapping';
import { Queue, QueueChange, QueueDefinition } from '../../src/sqs/queue';

let clock = 1_700_000_000_000;
const queues = new Map<string, Queue>();
const changes: QueueChange[] = [];
const queue = (name: string, more: Partial<QueueDefinition> = {}) => {
  const made = new Queue({
    name, url: `https://queue/${name}`, arn: `arn:aws:sqs:eu-west-1:111122223333:${name}`, visibilityTimeoutSeconds: 30, retentionSeconds: 345_600, delaySeconds: 0, ...more,
  }, { now: () => clock, queueByArn: arn => queues.get(arn), onChange: change => changes.push(change) });
  queues.set(made.definition.arn, made);
  return made;
};
const bodies = (received: { body: string }[]) => received.map(({ body }) => body);
const later = (seconds: number) => { clock += seconds * 1000; };
beforeEach(() => {
  queues.clear();
  changes.splice(0);
});

test('a message that is received is invisible until its timeout ends, then comes again with a higher count', () => {
  const work = queue('work');
  work.send('a');
  expect(work.receive(10)[0].attributes.ApproximateReceiveCount).toBe('1');
  later(29.999);
  expect(work.receive(10)).toEqual([]);
  later(0.001);
  expect(work.receive(10)[0].attributes.ApproximateReceiveCount).toBe('2');
});

test('only the newest receipt deletes; deleting twice is no error; a foreign handle is one', () => {
  const work = queue('work');
  work.send('a');
  const [{ receiptHandle: old }] = work.receive(1);
  later(30);
  const [{ receiptHandle }] = work.receive(1);
  work.delete(old);
  expect(work.counts.inFlight).toBe(1);
  work.delete(receiptHandle);
  work.delete(receiptHandle);
  expect(work.counts).toMatchObject({ visible: 0, inFlight: 0 });
  expect(() => work.delete('nonsense')).toThrow('The input receipt handle "nonsense" is not a valid receipt handle.');
});

test('a message received maxReceiveCount times goes to the dead-letter queue with its id and age', () => {
  const dead = queue('dead');
  const work = queue('work', { redrive: { deadLetterQueueArn: dead.definition.arn, maxReceiveCount: 2 } });
  const { messageId } = work.send('a');
  const sent = String(clock);
  for (let time = 0; time < 2; time++, later(30)) expect(bodies(work.receive(10))).toEqual(['a']);
  expect(work.receive(10)).toEqual([]);
  expect(dead.receive(10)).toMatchObject([{ messageId, body: 'a', attributes: { SentTimestamp: sent, ApproximateReceiveCount: '1' } }]);
});

test('a dead-letter queue that is not there loses nothing', () => {
  const work = queue('work', { redrive: { deadLetterQueueArn: 'arn:gone', maxReceiveCount: 1 } });
  work.send('a');
  work.receive(1);
  later(30);
  expect(bodies(work.receive(1))).toEqual(['a']);
});

test('a message is forgotten after the retention period', () => {
  const work = queue('work', { retentionSeconds: 60 });
  work.send('a');
  later(60);
  expect(work.counts.visible).toBe(1);
  later(0.001);
  expect(work.counts.visible).toBe(0);
});

test('a receive that leaves its messages visible gives each of them once, and they can be received again', () => {
  const work = queue('work');
  work.send('a');
  work.send('b');
  expect(bodies(work.receive(10, 0)).sort()).toEqual(['a', 'b']);
  expect(bodies(work.receive(10)).sort()).toEqual(['a', 'b']);
  expect(work.counts).toMatchObject({ visible: 0, inFlight: 2 });
});

test('a delayed message is counted as such and comes when its delay is over', () => {
  const work = queue('work', { delaySeconds: 5 });
  work.send('a');
  work.send('now', { delaySeconds: 0 });
  expect(work.counts).toMatchObject({ visible: 1, delayed: 1, inFlight: 0 });
  later(5);
  expect(bodies(work.receive(10)).sort()).toEqual(['a', 'now']);
});

test.each([
  ['too long', 'x'.repeat(1024 * 1024 + 1), /shorter than 1048576 bytes/],
  ['empty', '', /MessageBody/],
  ['with a control character', 'a\u0001', /Invalid characters/],
])('a body that is %s is refused', (_name, body, message) => {
  expect(() => queue('work').send(body)).toThrow(message);
});

test('a queue goes on from its journal after a kill: what was sent and not deleted is there, visible', () => {
  const work = queue('work');
  ['a', 'b', 'c'].forEach(body => work.send(body));
  const [first] = work.receive(2);
  work.delete(first.receiptHandle);
  const restored = queue('work');
  changes.slice().forEach(change => restored.restore(change));
  expect(bodies(restored.receive(10))).toEqual(['b', 'c']);
});

describe('an event source mapping', () => {
  const events: SqsRecord[][] = [];
  let answer: (records: SqsRecord[]) => string | undefined = () => 'null';
  const mappings: EventSourceMapping[] = [];
  const map = (source: Queue, more: object = {}) => {
    const mapping = new EventSourceMapping(source, { batchSize: 10, batchingWindowSeconds: 0, reportsFailures: true, maximumConcurrency: 5, region: 'eu-west-1', ...more }, async ({ Records }) => {
      events.push(Records);
      return answer(Records);
    });
    mappings.push(mapping);
    return mapping;
  };
  const settled = () => new Promise(resolve => setImmediate(() => setImmediate(resolve)));
  beforeEach(() => {
    events.splice(0);
    answer = () => 'null';
  });
  afterEach(() => Promise.all(mappings.splice(0).map(mapping => mapping.stop())));

  test('hands over records in the shape that AWS documents, and deletes what succeeded', async () => {
    const work = queue('work');
    work.send('hello', { messageAttributes: { Kind: { DataType: 'String', StringValue: 'x' } } });
    map(work);
    await settled();
    expect(events).toMatchObject([[{
      body: 'hello',
      md5OfBody: '5d41402abc4b2a76b9719d911017c592',
      eventSource: 'aws:sqs',
      eventSourceARN: work.definition.arn,
      awsRegion: 'eu-west-1',
      messageAttributes: { Kind: { stringValue: 'x', dataType: 'String' } },
      attributes: { ApproximateReceiveCount: '1' },
    }]]);
    expect(work.counts).toMatchObject({ visible: 0, inFlight: 0 });
  });

  test.each<[string, (records: SqsRecord[]) => string | undefined, string[]]>([
    ['those it reports', records => JSON.stringify({ batchItemFailures: [{ itemIdentifier: records[1].messageId }] }), ['b']],
    ['none, where the list is empty', () => '{"batchItemFailures":[]}', []],
    ['none, where it answers nothing', () => 'null', []],
    ['all, where it fails', () => undefined, ['a', 'b', 'c']],
    ['all, where it names a message that is not in the batch', () => '{"batchItemFailures":[{"itemIdentifier":"x"}]}', ['a', 'b', 'c']],
    ['all, where an id is empty', () => '{"batchItemFailures":[{"itemIdentifier":""}]}', ['a', 'b', 'c']],
    ['all, where the report is not a list', () => '{"batchItemFailures":{}}', ['a', 'b', 'c']],
  ])('of a batch there remain %s', async (_name, reply, left) => {
    const work = queue('work');
    ['a', 'b', 'c'].forEach(body => work.send(body));
    answer = reply;
    const mapping = map(work);
    await settled();
    await mapping.stop();
    later(30);
    expect(bodies(work.receive(10))).toEqual(left);
  });

  test('without reported failures an answer means that all succeeded', async () => {
    const work = queue('work');
    work.send('a');
    answer = ([{ messageId }]) => JSON.stringify({ batchItemFailures: [{ itemIdentifier: messageId }] });
    map(work, { reportsFailures: false });
    await settled();
    expect(work.counts).toMatchObject({ visible: 0, inFlight: 0 });
  });

  test('no batch is larger than the batch size', async () => {
    const work = queue('work');
    for (let at = 0; at < 25; at++) work.send(String(at));
    map(work);
    await settled();
    await settled();
    expect(events.map(({ length }) => length)).toEqual([10, 10, 5]);
  });

  test('stopped while it gathers a batch it gives the messages back', async () => {
    const work = queue('work');
    work.send('a');
    const mapping = map(work, { batchingWindowSeconds: 60 });
    expect(work.counts.inFlight).toBe(1);
    await mapping.stop();
    expect(work.counts).toMatchObject({ visible: 1, inFlight: 0 });
  });
});
