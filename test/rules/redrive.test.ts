import * as fc from 'fast-check';
import { LoopbackEndpoint } from './loopback-endpoint';
import { handler } from '../../src/rules/handler';
import { parse, readRequest, routeOf } from '../../src/rules/handler/core';
import { readEnvironment } from '../../src/rules/handler/env';

const enoughTime = { getRemainingTimeInMillis: () => 300_000 };

function ruleError(overrides: object = {}): string {
  return JSON.stringify({
    ruleName: 'Zone_Rule',
    topic: 'data/press-07/telemetry',
    cloudwatchTraceId: '00000000-0000-4000-8000-000000000001',
    clientId: 'press-07',
    base64OriginalPayload: Buffer.from('{"temp":81.5}').toString('base64'),
    failures: [{ failedAction: 'FirehoseAction', failedResource: 'stream', errorMessage: 'throttled' }],
    ...overrides,
  });
}

describe('redrive function', () => {
  let endpoint: LoopbackEndpoint;
  let logged: jest.SpyInstance;

  beforeAll(async () => {
    endpoint = await LoopbackEndpoint.start();
    process.env.AWS_ENDPOINT_URL = endpoint.url;
    process.env.AWS_MAX_ATTEMPTS = '1';
    process.env.ERROR_QUEUE_URL = `${endpoint.url}/123456789012/errors`;
    process.env.RULE_QUEUE_URLS = JSON.stringify({ Presence: `${endpoint.url}/123456789012/presence` });
  });
  afterAll(() => endpoint.stop());

  beforeEach(() => {
    endpoint.clear();
    logged = jest.spyOn(console, 'log').mockImplementation();
  });
  afterEach(() => logged.mockRestore());

  test('publishes the original bytes to the one rule that failed, and removes the message', async () => {
    const bytes = Buffer.from([0, 255, 1, 254]);
    endpoint.add(ruleError({ base64OriginalPayload: bytes.toString('base64') }));

    expect(await handler({}, enoughTime)).toEqual({ redriven: 1, left: [], leftCount: 0, drained: true });
    expect(endpoint.published).toEqual([{ topic: '$aws/rules/Zone_Rule/data/press-07/telemetry', payload: bytes.toString('base64') }]);
    expect(endpoint.errors).toEqual([]);
  });

  test('sends what fails again at once only once, and leaves it visible', async () => {
    endpoint.onPublish = () => endpoint.addAt(Date.now() + 1_000, ruleError());
    endpoint.add(ruleError());

    const report = await handler({}, enoughTime);

    expect(report).toEqual({
      redriven: 1, leftCount: 1, drained: true, left: [{ messageId: 'm1', ruleName: 'Zone_Rule', reason: 'it came after this run began, so it may have failed again: see why, then invoke again' }],
    });
    expect(endpoint.published).toHaveLength(1);
    expect(endpoint.errors.map(({ visible }) => visible)).toEqual([true]);
  });

  test('sends messages of a rule on a reserved topic to its queue as they came', async () => {
    endpoint.add(ruleError({ ruleName: 'Presence', topic: '$aws/events/presence/connected/press-07' }));

    expect(await handler({}, enoughTime)).toMatchObject({ redriven: 1 });
    expect(endpoint.sent).toEqual([{ queueUrl: `${endpoint.url}/123456789012/presence`, body: '{"temp":81.5}' }]);
    expect(endpoint.published).toEqual([]);
  });

  test('leaves what it cannot send in the queue, visible, and says why', async () => {
    endpoint.add('no json', ruleError({ topic: '$aws/events/presence/connected/x' }), ruleError(), ruleError({ base64OriginalPayload: 'no base64!' }));
    endpoint.refused.add('$aws/rules/Zone_Rule/data/press-07/telemetry');

    const report = await handler({}, enoughTime);
    expect(report).toMatchObject({ redriven: 0, leftCount: 4, drained: true });
    expect(report.left.map(({ reason }) => reason)).toEqual(expect.arrayContaining([
      'the message is not JSON',
      'the topic $aws/events/presence/connected/x is reserved',
      'base64OriginalPayload is not base64',
      expect.stringContaining('not allowed'),
    ]));
    expect(endpoint.errors.map(({ visible }) => visible)).toEqual([true, true, true, true]);
  });

  test('does only the rule that was asked for', async () => {
    endpoint.add(ruleError(), ruleError({ ruleName: 'Other' }));
    expect(await handler({ ruleName: 'Other' }, enoughTime)).toMatchObject({ redriven: 1, leftCount: 1 });
    expect(endpoint.published.map(({ topic }) => topic)).toEqual(['$aws/rules/Other/data/press-07/telemetry']);
  });

  test('sends nothing in a dry run, and tells why each message failed', async () => {
    endpoint.add(ruleError());
    expect(await handler({ dryRun: true }, enoughTime)).toMatchObject({
      redriven: 0, left: [{ ruleName: 'Zone_Rule', reason: 'dry run; it failed because of FirehoseAction: throttled' }],
    });
    expect(endpoint.published).toEqual([]);
    expect(endpoint.errors).toHaveLength(1);
  });

  test('stops at maxMessages and says that the queue holds more', async () => {
    endpoint.add(...Array.from({ length: 25 }, () => ruleError()));
    expect(await handler({ maxMessages: 10 }, enoughTime)).toMatchObject({ redriven: 10, drained: false });
    expect(endpoint.errors).toHaveLength(15);
  });

  test.each([[1, 1], [15, 15]])('maxMessages %d takes exactly %d of 25', async (maxMessages, redriven) => {
    endpoint.add(...Array.from({ length: 25 }, () => ruleError()));
    expect(await handler({ maxMessages }, enoughTime)).toMatchObject({ redriven, drained: false });
    expect(endpoint.errors).toHaveLength(25 - redriven);
  });

  test('reports although a message cannot be made visible again', async () => {
    endpoint.add('no json', ruleError());
    endpoint.refusesRelease = true;
    expect(await handler({}, enoughTime)).toMatchObject({ redriven: 1, leftCount: 1 });
  });

  test('does not guess at base64 that was cut off', async () => {
    endpoint.add(ruleError({ base64OriginalPayload: 'QUJDR' }));
    expect(await handler({}, enoughTime)).toMatchObject({ redriven: 0, left: [{ reason: 'base64OriginalPayload is not base64' }] });
  });

  test('starts no further batch when its time runs out', async () => {
    endpoint.add(...Array.from({ length: 25 }, () => ruleError()));
    const remaining = [300_000, 10_000];
    expect(await handler({}, { getRemainingTimeInMillis: () => remaining.shift()! })).toMatchObject({ redriven: 10, drained: false });
  });

  test('logs one line without any payload', async () => {
    endpoint.add(ruleError());
    await handler({}, enoughTime);
    expect(logged.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
      { decision: 'redrive', redriven: 1, leftCount: 0, drained: true, dryRun: false },
    ]);
  });
});

describe('request', () => {
  test.each([undefined, null, {}])('%p means up to 1,000 messages of any rule', event => {
    expect(readRequest(event)).toEqual({ maxMessages: 1_000, ruleName: undefined, dryRun: false });
  });

  test.each([1, 10_000])('%p messages are accepted', maxMessages => {
    expect(readRequest({ maxMessages }).maxMessages).toBe(maxMessages);
  });

  test.each([
    [{ maxMessages: 0 }, '\'maxMessages\' must be a whole number from 1 to 10000, got 0: invoke again for more'],
    [{ maxMessages: 10_001 }, '\'maxMessages\' must be a whole number from 1 to 10000, got 10001: invoke again for more'],
    [{ dryRun: 'yes' }, '\'dryRun\' must be true or false, got "yes": leave it out to redrive'],
    [{ ruleName: 1 }, '\'ruleName\' must be text, got 1: leave it out for all rules'],
    [{ max: 1 }, 'the event must hold only maxMessages, ruleName and dryRun, got ["max"]: remove them'],
    [[], 'the event must be an object, got []: invoke with {}'],
  ])('fails for %j and says what to pass', (event, message) => {
    expect(() => readRequest(event)).toThrow(new Error(message));
  });

  test('fails without the URL of the queue and names the variable', () => {
    expect(() => readEnvironment({})).toThrow('ERROR_QUEUE_URL must be the URL of the error queue, got undefined');
  });
});

test('any text is either a message with its bytes or a reason, never an exception', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.uint8Array().map(bytes => ruleError({ base64OriginalPayload: Buffer.from(bytes).toString('base64') }))), body => {
    const parsed = parse(body);
    expect('error' in parsed ? parsed.error.payload : parsed.unreadable).toBeTruthy();
  }));
});

test('a message never reaches another rule than its own', () => {
  fc.assert(fc.property(fc.string({ minLength: 1 }), fc.stringMatching(/^[a-zA-Z0-9_]{1,20}$/), (topic, ruleName) => {
    const route = routeOf({ ruleName, topic, payload: new Uint8Array(), failure: '' }, {});
    expect(route.to === 'nowhere' || (route.to === 'rule' && route.topic.startsWith(`$aws/rules/${ruleName}/`))).toBe(true);
  }));
});
