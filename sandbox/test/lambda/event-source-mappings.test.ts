import { existsSync, mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { lambda, role, until, World } from './world';
import { LambdaService } from '../../src/lambda';
import { EventFilter } from '../../src/lambda/event-filter';
import { Queue } from '../../src/sqs/queue';

const ARN = 'arn:aws:sqs:eu-west-1:111122223333:jobs';
const POLLS = [{ Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], Resource: ARN }];
const folder = mkdtempSync(path.join(tmpdir(), 'mapping-'));
let file: string;
let queue: Queue;
let world: World;

async function start(
  Properties: object, { statements = POLLS, variables = {} }: { statements?: typeof POLLS; variables?: object } = {},
): Promise<void> {
  world = new World();
  await world.listen();
  world.add(new LambdaService(world.account, { queueByArn: arn => arn === ARN ? queue : undefined }));
  await world.deploy({
    Role: role(statements),
    Consumer: lambda('consumer', 'index.consumes', { Environment: { Variables: { FILE: file, ...variables } } }),
    Mapping: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { EventSourceArn: ARN, FunctionName: { Ref: 'Consumer' }, ...Properties } },
  });
  await world.start();
}
const batches = (): string[][] => existsSync(file) ? JSON.parse(readFileSync(file, 'utf8') || '[]') : [];
const left = () => { const { visible, inFlight } = queue.counts; return visible + inFlight; };

beforeEach(() => {
  file = path.join(folder, String(Math.random()));
  queue = new Queue({ name: 'jobs', url: 'http://127.0.0.1/jobs', arn: ARN, visibilityTimeoutSeconds: 30, retentionSeconds: 3600, delaySeconds: 0 },
    { now: () => Date.now(), queueByArn: () => undefined });
});
afterEach(async () => world.stop());
afterAll(() => rmSync(folder, { recursive: true }));

test('messages come in batches, and only those that the function reports stay', async () => {
  for (const body of ['a', 'bad', 'c']) queue.send(body);
  await start({ BatchSize: 5, FunctionResponseTypes: ['ReportBatchItemFailures'] });
  await until(() => left() === 1);
  expect(batches()).toEqual([['a', 'bad', 'c']]);
});

test('what filters leave out is deleted, also where the function fails on the rest', async () => {
  for (const n of [1, 9, 2]) queue.send(JSON.stringify({ n }));
  await start({ FilterCriteria: { Filters: [{ Pattern: '{"body":{"n":[{"numeric":[">",5]}]}}' }] } }, { variables: { FAILS_WHOLE: '1' } });
  await until(() => left() === 1);
  expect(batches()).toEqual([['{"n":9}']]);
});

test('a role that may not poll polls nothing, and the denial names what is missing', async () => {
  queue.send('a');
  await start({}, { statements: [{ Action: ['sqs:ReceiveMessage', 'sqs:GetQueueAttributes'], Resource: ARN }] });
  expect(world.account.activity.last('iamDenial').map(({ action, resource }) => [action, resource])).toEqual([['sqs:DeleteMessage', ARN]]);
  expect(queue.counts).toMatchObject({ visible: 1, inFlight: 0 });
});

test('a mapping that is not enabled polls nothing', async () => {
  queue.send('a');
  await start({ Enabled: false });
  expect(queue.counts).toMatchObject({ visible: 1, inFlight: 0 });
});

test.each<[object, string]>([
  [{ EventSourceArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/1' }, 'only queues of SQS are modelled'],
  [{ BatchSize: 11 }, 'must be at least 1 where BatchSize is over 10, which is 11'],
  [{ ScalingConfig: { MaximumConcurrency: 1 } }, 'must be a whole number from 2 to 1000, got 1'],
  [{ FilterCriteria: { Filters: [{ Pattern: '{"$or":[]}' }] } }, '$or is not modelled'],
])('%j is refused', async (properties, message) => {
  await expect(start(properties)).rejects.toThrow(message);
});

test.each<[object, object, boolean]>([
  [{ body: { kind: ['a', 'b'] } }, { kind: 'b' }, true],
  [{ body: { kind: [{ prefix: 'al' }] } }, { kind: 'alarm' }, true],
  [{ body: { kind: [{ 'anything-but': ['a'] }] } }, { kind: 'a' }, false],
  [{ body: { kind: [{ exists: false }] } }, {}, true],
  [{ body: { a: { b: [1] }, c: ['x'] } }, { a: { b: 1 }, c: 'y' }, false],
])('%j on %j: %s', async (pattern, body, expected) => {
  expect(EventFilter.of(JSON.stringify(pattern)).matchesMessage({ body: JSON.stringify(body) })).toBe(expected);
});
