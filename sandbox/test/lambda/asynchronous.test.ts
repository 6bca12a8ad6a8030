import { existsSync, mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { arnOf, lambda, role, until, World } from './world';
import { LambdaService } from '../../src/lambda';

const files = mkdtempSync(path.join(tmpdir(), 'attempts-'));
const sent: { service: string; operation: string; input: { [name: string]: unknown }; caller: string }[] = [];
const queue = (name: string) => `arn:aws:sqs:eu-west-1:111122223333:${name}`;

/** A queue that takes what it gets, as its caller may. */
async function worldOf(folder?: string, waitFactor = 1 / 1000): Promise<World> {
  const world = new World(folder);
  await world.listen();
  world.add(new LambdaService(world.account, { queueByArn: () => undefined, waitFactor }));
  world.account.addService('sqs', {
    SendMessage: (input, caller) => {
      caller.authorize('sqs:SendMessage', queue(input.QueueUrl.split('/').at(-1)));
      sent.push({ service: 'sqs', operation: 'SendMessage', input, caller: caller.arn });
      return {};
    },
  });
  await world.deploy({
    Role: role([{ Action: 'sqs:SendMessage', Resource: [queue('failed'), queue('done'), queue('dead')] }]),
    Attempts: lambda('attempts', 'index.attempts', { DeadLetterConfig: { TargetArn: queue('dead') } }),
    Once: lambda('once', 'index.attempts'),
    Denied: lambda('denied', 'index.attempts'),
    Config: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: 'Once' },
        Qualifier: '$LATEST',
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: queue('failed') }, OnSuccess: { Destination: queue('done') } },
      },
    },
    DeniedConfig: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: { FunctionName: { Ref: 'Denied' }, Qualifier: '$LATEST', MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { Destination: queue('closed') } } },
    },
  });
  return world;
}
const send = (world: World, FunctionName: string, event: object) =>
  world.account.call('lambda', 'Invoke', { FunctionName, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(event)) }, world.account.operator);
const attemptsIn = (file: string) => existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;

beforeEach(() => { sent.splice(0); });
afterAll(() => rmSync(files, { recursive: true }));

test('an event that fails is tried three times and goes to the dead-letter queue with its error', async () => {
  const world = await worldOf();
  await world.start();
  const event = { file: path.join(files, 'a'), succeedsAt: 9 };
  await send(world, 'attempts', event);
  await until(() => sent.length > 0);
  expect(attemptsIn(event.file)).toBe(3);
  expect(JSON.parse(String(sent[0].input.MessageBody))).toEqual(event);
  expect(sent[0].input.MessageAttributes).toMatchObject({ ErrorCode: { StringValue: '200' }, ErrorMessage: { StringValue: 'attempt 3' } });
  expect(sent[0].caller).toMatch(/assumed-role\/Plant-Role-[0-9A-F]+\/attempts$/);
  await world.stop();
});

test('records of what succeeded and what failed have the shape of Lambda; one that may not be sent is told', async () => {
  const world = await worldOf();
  await world.start();
  const fails = { file: path.join(files, 'b'), succeedsAt: 9 };
  await send(world, 'once', fails);
  await until(() => sent.length === 1);
  await send(world, 'once', { file: path.join(files, 'c'), succeedsAt: 1 });
  await until(() => sent.length === 2);
  expect(sent.map(({ input }) => String(input.QueueUrl).split('/').at(-1))).toEqual(['failed', 'done']);
  expect(sent.map(({ input }) => JSON.parse(String(input.MessageBody)))).toMatchObject([
    {
      version: '1.0',
      requestContext: { functionArn: `${arnOf('once')}:$LATEST`, condition: 'RetriesExhausted', approximateInvokeCount: 1 },
      requestPayload: fails,
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType: 'Error', errorMessage: 'attempt 1' },
    },
    { requestContext: { condition: 'Success' }, responsePayload: 1 },
  ]);
  await send(world, 'denied', { ...fails, file: path.join(files, 'd') });
  const problems = () => world.account.activity.last('problem').map(({ message }) => message).join('\n');
  await until(() => problems().includes('could not be sent'));
  expect(problems()).toContain(`sqs:SendMessage on resource: ${queue('closed')}`);
  await world.stop();
});

test('an event that waits for its next attempt is gone on with after a restart', async () => {
  const first = await worldOf(undefined, 1000);
  await first.start();
  const event = { file: path.join(files, 'e'), succeedsAt: 2 };
  await send(first, 'attempts', event);
  await until(() => attemptsIn(event.file) === 1);
  await until(() => first.account.activity.total('invocationFailure') === 1);
  await first.stop({ keep: true });

  const second = await worldOf(first.folder);
  await second.start();
  await until(() => attemptsIn(event.file) === 2);
  await until(() => second.account.activity.counter('invocations') === 1);
  await second.stop({ keep: true });

  const third = await worldOf(first.folder);
  await third.start();
  await new Promise(resolve => setTimeout(resolve, 200));
  expect(attemptsIn(event.file)).toBe(2);
  await third.stop();
});
