import { IoTClient } from '@aws-sdk/client-iot';
import * as fc from 'fast-check';
import { LoopbackIot } from './loopback-iot';
import { CREATE_FAILED, CustomResourceEvent } from '../../src/private/custom-resource/answer';
import { detachEverywhere, PolicyCalls } from '../../src/thing-policy/detach-handler/core';
import { handler, makeWork, policyCalls } from '../../src/thing-policy/detach-handler/index';

const targetsOf = (count: number) => Array.from({ length: count }, (_, at) => `arn:aws:iot:us-east-1:123456789012:cert/${at}`);
const tags = [{ Key: 'team', Value: 'plant' }, { Key: 'cdk-iot-landing-zone:detach-on-delete', Value: 'l' }];
const arnOf = (policy: string) => `arn:aws:iot:us-east-1:123456789012:policy/${policy}`;
const versions = () => [1, 2, 3].map(id => ({ versionId: String(id), isDefaultVersion: id === 2 }));

let iot: LoopbackIot;
let calls: PolicyCalls;
beforeAll(async () => {
  iot = await LoopbackIot.start();
  calls = policyCalls(new IoTClient({ endpoint: iot.url, maxAttempts: 2 }));
});
afterAll(() => iot.stop());
beforeEach(() => {
  iot.requests.length = iot.answers.length = 0;
  iot.interfere = undefined;
  iot.policies.clear();
  iot.policies.set('fleet', { tags, targets: targetsOf(7), versions: versions() });
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(() => jest.restoreAllMocks());

const event = (RequestType: CustomResourceEvent['RequestType'], more: Partial<CustomResourceEvent> = {}): CustomResourceEvent => ({
  RequestType,
  ResponseURL: `${iot.url}/cloudformation`,
  StackId: 's',
  RequestId: 'r',
  LogicalResourceId: 'l',
  PhysicalResourceId: arnOf('fleet'),
  ResourceProperties: { PolicyArn: arnOf('fleet') },
  ...more,
});
const release = jest.fn(async (): Promise<void> => undefined);
const settle = async () => undefined;
const run = (what: CustomResourceEvent, timeLeft = () => true) => makeWork(calls, { timeLeft, settle, release, parallel: 5 })(what);
const fleet = () => iot.policies.get('fleet')!;

describe('a policy that stays', () => {
  const untouched = async (kept: typeof tags, what = event('Delete')) => {
    fleet().tags = kept;
    await expect(run(what)).resolves.toEqual({ physicalResourceId: arnOf('fleet') });
    expect(fleet()).toEqual({ tags: kept, targets: targetsOf(7), versions: versions() });
    expect(iot.requests).toEqual(['GET /tags']);
    expect(jest.mocked(console.log).mock.calls).toEqual([[JSON.stringify({ decision: 'kept', policy: arnOf('fleet') })]]);
  };

  test('keeps its devices when its removal policy becomes RETAIN, which takes the tag from it', () => untouched([]));

  test('keeps its devices when it has only tags of others', () => untouched([{ Key: 'team', Value: 'l' }]));

  test('keeps its devices when the custom resource has another logical id now', () => untouched(tags, event('Delete', { LogicalResourceId: 'before' })));

  test('keeps its devices when its tags cannot be read, and says so', async () => {
    iot.interfere = () => 429;
    await expect(run(event('Delete'))).rejects.toThrow('slow down');
    expect(fleet().targets).toEqual(targetsOf(7));
  });

  test.each(['fleet', 'renamed'])('keeps its devices when an old policy of another name goes, with the properties of %s', async properties => {
    iot.policies.set('renamed', { tags, targets: targetsOf(3), versions: [] });
    await run(event('Delete', { ResourceProperties: { PolicyArn: arnOf(properties) } }));
    expect(fleet().targets).toEqual([]);
    expect(iot.policies.get('renamed')!.targets).toEqual(targetsOf(3));
  });
});

describe('Delete', () => {
  test('detaches from the targets of every page, then deletes all versions but the default', async () => {
    await expect(run(event('Delete'))).resolves.toEqual({ physicalResourceId: arnOf('fleet') });
    expect(fleet()).toEqual({ tags, targets: [], versions: [{ versionId: '2', isDefaultVersion: true }] });
    const lists = iot.requests.filter(request => request === 'POST /policy-targets/fleet').length;
    expect(lists).toBe(4 + 1); // four pages of two, and one look that nothing is left
    expect(iot.requests.filter(request => request === 'POST /target-policies/fleet')).toHaveLength(7);
  });

  test('logs one line, with counts and no targets', async () => {
    await run(event('Delete'));
    expect(jest.mocked(console.log).mock.calls).toEqual([[JSON.stringify({ decision: 'detached', policy: arnOf('fleet'), targets: 7, versions: 2 })]]);
  });

  test('waits until AWS IoT lets the policy be deleted, after all is detached', async () => {
    release.mockImplementationOnce(async () => expect(fleet().targets).toEqual([]));
    await run(event('Delete'));
    expect(release).toHaveBeenCalledTimes(1);
  });

  test('has nothing to do, and nothing to wait for, where nothing is attached', async () => {
    iot.policies.set('fleet', { tags, targets: [], versions: versions().slice(1, 2) });
    await run(event('Delete'));
    expect(release).not.toHaveBeenCalled();
    expect(iot.requests).toEqual(['GET /tags', 'POST /policy-targets/fleet', 'GET /policies/fleet/version']);
  });

  test('succeeds when the policy is gone, and when it goes meanwhile', async () => {
    iot.policies.clear();
    await expect(run(event('Delete'))).resolves.toEqual({ physicalResourceId: arnOf('fleet') });
    expect(iot.requests).toEqual(['GET /tags']);
    iot.policies.set('fleet', { tags, targets: targetsOf(3), versions: versions() });
    iot.interfere = request => {
      if (request.startsWith('POST /target-policies')) iot.policies.clear();
      return undefined;
    };
    await expect(run(event('Delete'))).resolves.toEqual({ physicalResourceId: arnOf('fleet') });
  });

  test('takes certificates that are attached meanwhile too', async () => {
    let late = 2;
    iot.interfere = request => {
      if (request.startsWith('POST /target-policies') && late-- > 0) fleet().targets.push(`late${late}`);
      return undefined;
    };
    await run(event('Delete'));
    expect(fleet().targets).toEqual([]);
  });

  test('two runs at once end in the same state', async () => {
    iot.policies.set('fleet', { tags, targets: targetsOf(25), versions: versions() });
    await Promise.all([run(event('Delete')), run(event('Delete'))]);
    expect(fleet()).toEqual({ tags, targets: [], versions: [{ versionId: '2', isDefaultVersion: true }] });
  });

  test('stops in time, says what is left, and the next run goes on from there', async () => {
    let budget = 4;
    await expect(run(event('Delete'), () => budget-- > 0)).rejects.toThrow(/^time is over with \d target\(s\) left: delete the policy again to go on$/);
    expect(fleet().targets).toHaveLength(3);
    await run(event('Delete'));
    expect(fleet().targets).toEqual([]);
  });

  test('outlasts a throttle, and fails on one that stays', async () => {
    let throttled = 1;
    iot.interfere = request => request.startsWith('POST /target-policies') && throttled-- > 0 ? 429 : undefined;
    await run(event('Delete'));
    expect(fleet().targets).toEqual([]);
    iot.policies.set('fleet', { tags, targets: targetsOf(7), versions: versions() });
    iot.interfere = request => request.startsWith('POST /target-policies') ? 429 : undefined;
    await expect(run(event('Delete'))).rejects.toThrow('slow down');
    expect(fleet().targets).toHaveLength(7);
  });

  test('of a resource that was never made does nothing', async () => {
    await expect(run(event('Delete', { PhysicalResourceId: CREATE_FAILED }))).resolves.toEqual({ physicalResourceId: CREATE_FAILED });
    expect(iot.requests).toEqual([]);
  });
});

test.each(['Create', 'Update'] as const)('%s touches nothing, and makes the ARN of the policy the physical id', async type => {
  await expect(run(event(type, { ResourceProperties: { PolicyArn: arnOf('renamed') } }))).resolves.toEqual({ physicalResourceId: arnOf('renamed') });
  expect(iot.requests).toEqual([]);
});

describe('the list of targets lags behind', () => {
  test('waits before it asks again for what is detached already', async () => {
    const stale = [['a', 'b'], ['a', 'b'], ['b'], []];
    const waited = jest.fn(async () => undefined);
    const detach = jest.fn(async () => undefined);
    const lagging: PolicyCalls = { ...calls, targets: async () => stale.shift(), detach, oldVersions: async () => [] };
    await expect(detachEverywhere('fleet', lagging, { timeLeft: () => true, settle: waited, release, parallel: 2 })).resolves.toEqual({ targets: 2, versions: 0 });
    expect(waited).toHaveBeenCalledTimes(2);
    expect(detach).toHaveBeenCalledTimes(5);
  });
});

test('whatever the number of targets and wherever runs are cut off, repeating ends with none', async () => {
  const cutOffs = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 4 });
  await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: 40 }), cutOffs, async (count, budgets) => {
    const attached = new Set(targetsOf(count));
    const fake: PolicyCalls = {
      detacher: async () => 'l',
      targets: async () => [...attached],
      detach: async (_policy, target) => void attached.delete(target),
      oldVersions: async () => [],
      deleteVersion: async () => undefined,
    };
    const limits = (timeLeft: () => boolean) => ({ timeLeft, settle, release, parallel: 3 });
    for (let budget of budgets) await detachEverywhere('fleet', fake, limits(() => budget-- > 0)).catch(() => undefined);
    await detachEverywhere('fleet', fake, limits(() => true));
    expect(attached.size).toBe(0);
  }), { numRuns: 200 });
});

test('the handler itself calls AWS IoT and answers CloudFormation', async () => {
  process.env.AWS_ENDPOINT_URL_IOT = iot.url;
  const started = Date.now();
  await handler(event('Delete'), { getRemainingTimeInMillis: () => 30_300 });
  expect(Date.now() - started).toBeGreaterThan(290); // the wait after detaching, cut to the time that is left
  expect(iot.answers).toEqual([expect.objectContaining({ Status: 'SUCCESS', PhysicalResourceId: arnOf('fleet'), StackId: 's' })]);
  expect(fleet().targets).toEqual([]);
  fleet().targets = targetsOf(1);
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  await handler(event('Delete'), { getRemainingTimeInMillis: () => 29_000 });
  expect(iot.answers[1]).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('1 target(s) left') });
  delete process.env.AWS_ENDPOINT_URL_IOT;
});
