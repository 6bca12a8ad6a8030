import { GetFunctionCommand, GetFunctionConfigurationCommand, InvokeCommand, InvokeCommandInput, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ACCOUNT, arnOf, lambda, REGION, role, until, World } from './world';
import { DeployedStack } from '../../src/assembly/deployment';
import { LambdaService } from '../../src/lambda';

let world: World;
let client: LambdaClient;
let stack: DeployedStack;

beforeAll(async () => {
  world = new World();
  await world.listen();
  world.add(new LambdaService(world.account, { queueByArn: () => undefined }));
  stack = await world.deploy({
    Role: role(),
    Silent: role([], { logs: false }),
    Foreign: role([], { service: 'ec2.amazonaws.com' }),
    Echo: lambda('echo', 'index.echo', { Description: 'says it again', MemorySize: 256, Environment: { Variables: { TABLE: 'devices' } }, Architectures: ['arm64'], TracingConfig: { Mode: 'Active' } }),
    Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Echo' } } },
    Alias: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Echo' }, Name: 'live', FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] } } },
    Says: lambda('says', 'index.says'),
    Fails: lambda('fails', 'index.fails'),
    Waits: lambda('waits', 'index.waits', { ReservedConcurrentExecutions: 1, Timeout: 1 }),
    Environment: lambda('environment', 'index.environment', { Environment: { Variables: { TABLE: 'devices' } } }),
    Inline: lambda('inline', 'index.handler', { Code: { ZipFile: 'exports.handler = async () => "inline";' } }),
    Mute: lambda('mute', 'index.says', { Role: { 'Fn::GetAtt': ['Silent', 'Arn'] } }),
    NotOurs: lambda('not-ours', 'index.echo', { Role: { 'Fn::GetAtt': ['Foreign', 'Arn'] } }),
    Java: lambda('java', 'Main::handle', { Runtime: 'java21' }),
    Absent: lambda('absent', 'index.handler', { Code: { S3Bucket: 'assets', S3Key: 'other.zip' } }),
    Python: lambda('python', 'main.handler', { Runtime: 'python3.13', Environment: { Variables: { TABLE: 'devices' } } }),
    PythonFails: lambda('python-fails', 'main.fails', { Runtime: 'python3.13' }),
    PythonEnds: lambda('python-ends', 'main.ends', { Runtime: 'python3.13' }),
    PythonWaits: lambda('python-waits', 'main.waits', { Runtime: 'python3.13', Timeout: 1 }),
    PythonAbsent: lambda('python-absent', 'absent.handler', { Runtime: 'python3.13' }),
    Permission: { Type: 'AWS::Lambda::Permission', Properties: { FunctionName: { Ref: 'Echo' }, Action: 'lambda:InvokeFunction', Principal: 'iot.amazonaws.com', SourceArn: `arn:aws:iot:${REGION}:${ACCOUNT}:rule/r` } },
  });
  await world.start();
  client = new LambdaClient({ endpoint: world.endpoint, region: REGION, credentials: { accessKeyId: 'AKIAOPERATOR', secretAccessKey: 'x' }, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await world.stop();
});

const invoke = (FunctionName: string, payload: unknown = {}, more: Partial<InvokeCommandInput> = {}) =>
  client.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(payload)), ...more }));
const answerOf = async (...args: Parameters<typeof invoke>) => JSON.parse((await invoke(...args)).Payload!.transformToString());
const logOf = (group: string) => world.account.logs.last(group, 100).map(({ message }) => message);

describe('an invocation', () => {
  test('answers with what the handler returned, by name, ARN, version and alias', async () => {
    expect(await answerOf('echo', { a: 'ü' })).toEqual({ event: { a: 'ü' }, arn: arnOf('echo') });
    expect(await answerOf(arnOf('echo'))).toMatchObject({ arn: arnOf('echo') });
    expect(await answerOf(`${ACCOUNT}:function:echo`)).toMatchObject({ arn: arnOf('echo') });
    expect(await answerOf('echo:live')).toMatchObject({ arn: arnOf('echo:live') });
    expect(await answerOf(stack.resources.get('Alias')!.ref)).toMatchObject({ arn: arnOf('echo:live') });
    const { StatusCode, ExecutedVersion, FunctionError } = await invoke('echo', {}, { Qualifier: 'live' });
    expect({ StatusCode, ExecutedVersion, FunctionError }).toEqual({ StatusCode: 200, ExecutedVersion: '1', FunctionError: undefined });
  });

  test('of a function that fails is a success that tells of the error', async () => {
    const { StatusCode, FunctionError, Payload } = await invoke('fails');
    expect({ StatusCode, FunctionError }).toEqual({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(JSON.parse(Payload!.transformToString())).toMatchObject({ errorType: 'TypeError', errorMessage: 'not so' });
    expect(world.account.activity.last('invocationFailure').at(-1)).toMatchObject({ functionName: 'fails', errorType: 'TypeError', message: 'not so' });
  });

  test('that is dry or asynchronous has no answer', async () => {
    expect((await invoke('echo', {}, { InvocationType: 'DryRun' })).StatusCode).toBe(204);
    expect(await invoke('says', { line: 'said later' }, { InvocationType: 'Event' })).toMatchObject({ StatusCode: 202 });
    await until(() => logOf('/aws/lambda/says').includes('said later'));
  });

  test.each<[string, Parameters<typeof invoke>, object]>([
    ['a function that is not there', ['nobody'], { name: 'ResourceNotFoundException', message: `Function not found: ${arnOf('nobody')}` }],
    ['a version that is not there', ['echo:7'], { name: 'ResourceNotFoundException' }],
    ['a function of another Region', [arnOf('echo').replace(REGION, 'us-east-1')], { name: 'ResourceNotFoundException' }],
    ['two qualifiers', ['echo:live', {}, { Qualifier: '1' }], { name: 'InvalidParameterValueException' }],
    ['a payload that is not JSON', ['echo', {}, { Payload: Buffer.from('{') }], { name: 'InvalidRequestContentException' }],
    ['a payload over 1 MB for later', ['echo', 'x'.repeat(1024 * 1024), { InvocationType: 'Event' }], { name: 'RequestTooLargeException' }],
    ['a role that Lambda may not assume', ['not-ours'], { name: 'AccessDeniedException', message: expect.stringContaining('The role defined for the function cannot be assumed by Lambda.') }],
  ])('is refused for %s', async (_name, args, error) => {
    await expect(invoke(...args)).rejects.toMatchObject(error);
  });

  test('over the reserved concurrency is throttled with 429', async () => {
    const first = invoke('waits', { milliseconds: 500 });
    await until(async () => (await invoke('waits', { milliseconds: 0 }).then(() => undefined, error => error.name)) === 'TooManyRequestsException');
    await first;
    expect(world.account.metrics.datapoints('AWS/Lambda', 'Throttles', { FunctionName: 'waits' }).at(-1)!.sum).toBeGreaterThan(0);
  });

  test('that takes too long is ended', async () => {
    expect(await answerOf('waits', { milliseconds: 5000 })).toMatchObject({ errorMessage: expect.stringContaining('Task timed out after 1.00 seconds') });
  });

  test('counts', async () => {
    await invoke('echo');
    const sum = (name: string) => world.account.metrics.datapoints('AWS/Lambda', name, { FunctionName: 'echo' }).reduce((all, point) => all + point.sum, 0);
    expect([sum('Invocations') > 0, sum('Errors'), sum('ConcurrentExecutions') > 0]).toEqual([true, 0, true]);
    expect(world.account.activity.counter('invocations')).toBeGreaterThan(0);
  });
});

describe('who may invoke', () => {
  const caller = () => world.account.sessionOf(stack.resources.get('Role')!.attributes.Arn, 's');
  const service = (rule: string) => world.account.service('iot.amazonaws.com', { 'aws:SourceArn': `arn:aws:iot:${REGION}:${ACCOUNT}:rule/${rule}` });
  const call = (who: ReturnType<typeof caller>) => world.account.call('lambda', 'Invoke', { FunctionName: 'echo', Payload: Buffer.from('1') }, who);

  test('a role without a grant may not, and does not learn what is there', async () => {
    await expect(call(caller())).rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining(`lambda:InvokeFunction on resource: ${arnOf('echo')}`) });
    await expect(world.account.call('lambda', 'Invoke', { FunctionName: 'nobody' }, caller())).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('a service may as the permission of the function says', async () => {
    expect(JSON.parse(String((await call(service('r'))).Payload))).toMatchObject({ event: 1 });
    await expect(call(service('other'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('the process', () => {
  test('has the variables of the template, and credentials by which the account knows its role', async () => {
    const environment = await answerOf('environment');
    expect(environment).toMatchObject({ TABLE: 'devices', AWS_ENDPOINT_URL: world.endpoint, AWS_REGION: REGION });
    expect(world.account.callerBy(environment.AWS_ACCESS_KEY_ID).arn).toMatch(/^arn:aws:sts::111122223333:assumed-role\/Plant-Role-[0-9A-F]+\/environment$/);
    expect(environment).not.toHaveProperty('PATH');
  });

  test('runs code that stands in the template', async () => expect(await answerOf('inline')).toBe('inline'));

  test.each([['java', 'the runtime java21 is not modelled'], ['absent', 'its code, other.zip, is not in the assembly']])('of %s says why it cannot run', async (name, reason) => {
    expect(await answerOf(name)).toEqual({ errorType: 'Sandbox.CannotRun', errorMessage: expect.stringContaining(reason) });
    expect(world.account.activity.last('problem').map(({ message }) => message)).toContainEqual(expect.stringContaining(reason));
  });

  test('of Python gets the event and its context, and its output is in the log', async () => {
    expect(await answerOf('python', { a: 'ü' })).toEqual({ a: 'ü', name: 'python', arn: arnOf('python'), table: 'devices', remaining: expect.any(Number) });
    await until(() => logOf('/aws/lambda/python').includes('said ü') && logOf('/aws/lambda/python').includes('complained'));
  });

  test.each<[string, object]>([
    ['python-fails', { errorType: 'ValueError', errorMessage: 'not so', trace: expect.arrayContaining([expect.stringContaining('main.py')]) }],
    ['python-ends', { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('exit status 3') }],
    ['python-waits', { errorType: 'Sandbox.Timedout', errorMessage: expect.stringContaining('Task timed out after 1.00 seconds') }],
    ['python-absent', { errorType: 'Runtime.ImportModuleError', errorMessage: "Unable to import module 'absent': No module named 'absent'" }],
  ])('of %s that fails is told as Lambda tells it', async (name, error) => {
    expect(await answerOf(name)).toMatchObject(error);
  });
});

describe('the log', () => {
  test('is in the group of the function, with the memory that was used', async () => {
    await invoke('says', { line: 'hello' });
    await until(() => logOf('/aws/lambda/says').includes('hello'));
    expect(logOf('/aws/lambda/says')).toContainEqual(expect.stringMatching(/^REPORT RequestId: .*\tMemory Size: 128 MB\tMax Memory Used: \d+ MB$/));
  });

  test('is lost where the role may not write it, the function runs on, and one denial tells why', async () => {
    const denials = () => world.account.activity.last('iamDenial').filter(({ action }) => action.startsWith('logs:'));
    const before = denials().length;
    for (let call = 0; call < 2; call++) expect(await answerOf('mute', { line: 'unheard' })).toBe(null);
    expect(denials().length - before).toBe(1);
    expect(logOf('/aws/lambda/mute')).toEqual([]);
  });
});

test('properties without an effect are named', () => {
  expect(world.account.withoutEffect.get('Echo')).toEqual(['Architectures', 'TracingConfig']);
});

test('functions are described', async () => {
  expect(await client.send(new GetFunctionConfigurationCommand({ FunctionName: 'echo' }))).toMatchObject({
    FunctionName: 'echo', FunctionArn: arnOf('echo'), Runtime: 'nodejs24.x', Handler: 'index.echo', MemorySize: 256, Timeout: 10, Environment: { Variables: { TABLE: 'devices' } },
  });
  expect((await client.send(new GetFunctionCommand({ FunctionName: 'echo', Qualifier: 'live' }))).Configuration).toMatchObject({ Version: '1' });
  expect((await client.send(new ListFunctionsCommand({}))).Functions!.map(({ FunctionName }) => FunctionName)).toEqual(expect.arrayContaining(['echo', 'python', 'waits']));
});

test.each<[string, object, string]>([
  ['a timeout over 15 minutes', { Timeout: 901 }, 'Resources/F/Properties/Timeout: must be a whole number from 1 to 900, got 901'],
  ['a role that is not there', { Role: undefined }, 'Resources/F/Properties/Role: must be there'],
  ['variables over 4 KB', { Environment: { Variables: { A: 'x'.repeat(4096) } } }, 'Resources/F/Properties/Environment: variables have at most 4096 bytes, these have 4097'],
])('a template with %s is refused', async (_name, properties, message) => {
  await expect(world.deploy({ Role: role(), F: lambda('f', 'index.echo', properties) })).rejects.toThrow(message);
});
