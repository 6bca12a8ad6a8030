import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { FunctionDefinition } from '../../src/lambda/function-definition';
import { LambdaFunction, ThrottledError } from '../../src/lambda/lambda-function';

const folder = mkdtempSync(path.join(tmpdir(), 'function-'));
const made: LambdaFunction[] = [];
let lines: string[] = [];

writeFileSync(path.join(folder, 'index.js'), `
  let calls = 0;
  exports.echo = async event => ({ event, calls: ++calls });
  exports.environment = async () => process.env;
  exports.context = async (event, context) => ({ ...context, remaining: context.getRemainingTimeInMillis() });
  exports.callback = (event, context, callback) => setTimeout(() => callback(null, 'called back'), 5);
  exports.throws = async () => { throw new TypeError('not so'); };
  exports.nothing = async () => undefined;
  exports.crash = async () => process.exit(3);
  exports.never = () => new Promise(() => setInterval(() => {}, 1000));
  exports.busy = () => { for (;;); };
  exports.wait = event => new Promise(resolve => setTimeout(() => resolve(process.pid), event));
  exports.large = async () => 'x'.repeat(6 * 1024 * 1024);
  exports.log = async () => { console.log('said'); console.error('complained'); };
  exports.notAFunction = 5;
`);
writeFileSync(path.join(folder, 'module.mjs'), 'export const handler = async () => import.meta.url.slice(0, 5);');
writeFileSync(path.join(folder, 'broken.js'), 'throw new RangeError("at load");');

function lambda(handler: string, more: Partial<FunctionDefinition> = {}): LambdaFunction {
  const made_ = new LambdaFunction({
    name: 'echo',
    arn: 'arn:aws:lambda:eu-west-1:111122223333:function:echo',
    version: '$LATEST',
    handler,
    codeFolder: folder,
    timeoutSeconds: 10,
    memoryMiB: 256,
    environment: { TABLE: 'devices' },
    logGroupName: '/aws/lambda/echo',
    ...more,
  }, {
    region: 'eu-west-1', endpointUrl: 'http://127.0.0.1:4566', credentials: { accessKeyId: 'ASIA1', secretAccessKey: 'secret', sessionToken: 'token' },
  }, line => lines.push(line));
  made.push(made_);
  return made_;
}
const answer = async (handler: string, event: unknown = {}) => JSON.parse((await lambda(handler).invoke(event)).payload);

beforeEach(() => { lines = []; });
afterEach(() => made.splice(0).forEach(one => one.stop()));
afterAll(() => rmSync(folder, { recursive: true }));

test('the answer is what the handler returned, and the next call finds the same process', async () => {
  const echo = lambda('index.echo');
  expect(JSON.parse((await echo.invoke({ a: 'ü' })).payload)).toEqual({ event: { a: 'ü' }, calls: 1 });
  expect(JSON.parse((await echo.invoke(2)).payload)).toEqual({ event: 2, calls: 2 });
});

test('ES modules, callbacks and handlers that return nothing work', async () => {
  expect(await answer('module.handler')).toBe('file:');
  expect(await answer('index.callback')).toBe('called back');
  expect(await answer('index.nothing')).toBe(null);
});

test('the process sees its own variables and those that Lambda sets, and nothing of ours', async () => {
  process.env.SECRET_OF_THE_MACHINE = 'x';
  const environment = await answer('index.environment');
  delete process.env.SECRET_OF_THE_MACHINE;
  expect(environment).toMatchObject({ TABLE: 'devices', AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', AWS_ACCESS_KEY_ID: 'ASIA1', TZ: ':UTC' });
  for (const name of ['SECRET_OF_THE_MACHINE', 'PATH', 'HOME', 'AWS_PROFILE']) expect(environment).not.toHaveProperty(name);
});

test('the context is Lambda\'s', async () => {
  const context = await answer('index.context');
  expect(context).toMatchObject({ functionName: 'echo', functionVersion: '$LATEST', memoryLimitInMB: '256', logGroupName: '/aws/lambda/echo', invokedFunctionArn: expect.stringContaining(':function:echo') });
  expect(context.awsRequestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(context.logStreamName).toMatch(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
  expect(context.remaining).toBeLessThanOrEqual(10_000);
  expect(context.remaining).toBeGreaterThan(0);
});

test.each<[string, string, object]>([
  ['an error of the handler', 'index.throws', { errorType: 'TypeError', errorMessage: 'not so', trace: expect.arrayContaining([expect.stringContaining('index.js')]) }],
  ['a process that ends', 'index.crash', { errorType: 'Runtime.ExitError', errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]+ Error: Runtime exited with error: exit status 3$/) }],
  ['a file that is not there', 'absent.handler', { errorType: 'Runtime.ImportModuleError', errorMessage: "Error: Cannot find module 'absent'", trace: expect.anything() }],
  ['an export that is not there', 'index.absent', { errorType: 'Runtime.HandlerNotFound', errorMessage: 'index.absent is undefined or not exported', trace: expect.anything() }],
  ['an export that is no function', 'index.notAFunction', { errorType: 'Runtime.HandlerNotFound', errorMessage: 'index.notAFunction is undefined or not exported', trace: expect.anything() }],
  ['code that fails while it loads', 'broken.handler', { errorType: 'RangeError', errorMessage: 'at load', trace: expect.anything() }],
  ['an answer over 6 MB', 'index.large', { errorType: 'Function.ResponseSizeTooLarge', errorMessage: expect.stringContaining('6291456 bytes') }],
])('%s is an answer with the error, as Lambda gives it', async (_name, handler, error) => {
  const result = await lambda(handler).invoke({});
  expect(JSON.parse(result.payload)).toEqual(error);
  expect(result.failure).toBeDefined();
});

test.each(['index.never', 'index.busy'])('%s is ended when its time is over, and the next call gets a new process', async handler => {
  const slow = lambda(handler, { timeoutSeconds: 1 });
  for (let call = 0; call < 2; call++) {
    const { payload } = await slow.invoke({});
    expect(JSON.parse(payload)).toEqual({ errorType: 'Sandbox.Timedout', errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]+ Task timed out after 1\.00 seconds$/) });
  }
});

test('a function goes on after its process crashed', async () => {
  const flaky = lambda('index.wait', { timeoutSeconds: 1 });
  expect((await flaky.invoke(5000)).failure?.errorType).toBe('Sandbox.Timedout');
  expect((await flaky.invoke(1)).failure).toBeUndefined();
});

test('invocations at once have processes of their own; above the reserved concurrency they are throttled', async () => {
  const two = lambda('index.wait', { reservedConcurrency: 2 });
  const under = [two.invoke(300), two.invoke(300)];
  await expect(two.invoke(1)).rejects.toThrow(ThrottledError);
  const pids = (await Promise.all(under)).map(({ payload }) => payload);
  expect(new Set(pids).size).toBe(2);
  expect(pids).toContain((await two.invoke(1)).payload);
  await expect(lambda('index.echo', { reservedConcurrency: 0 }).invoke({})).rejects.toThrow('reserved concurrency of 0');
});

test('more invocations than processes wait for their turn, and each is answered', async () => {
  const pool = lambda('index.wait');
  const pids = (await Promise.all(Array.from({ length: 20 }, () => pool.invoke(20)))).map(({ payload }) => payload);
  expect(pids).toHaveLength(20);
  expect(new Set(pids).size).toBeLessThanOrEqual(8);
});

test('what the function writes is in its log, between START and REPORT', async () => {
  await lambda('index.log').invoke({});
  await new Promise(resolve => setTimeout(resolve, 50));
  expect(lines[0]).toMatch(/^START RequestId: [0-9a-f-]+ Version: \$LATEST$/);
  expect(lines).toEqual(expect.arrayContaining(['said', 'complained', expect.stringMatching(/^REPORT RequestId: .*\tDuration: \d+ ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\tMax Memory Used: \d+ MB$/)]));
});
