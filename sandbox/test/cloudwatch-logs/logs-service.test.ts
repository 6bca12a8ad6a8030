import { LogsService } from '../../src/cloudwatch-logs';
import { FilterPattern } from '../../src/cloudwatch-logs/filter-pattern';
import { role, World } from '../lambda/world';

const matches = (pattern: string, line: unknown) => FilterPattern.of(pattern).match(typeof line === 'string' ? line : JSON.stringify(line)) !== undefined;

test.each<[string, unknown, boolean]>([
  ['{ $.decision = "DENY" }', { decision: 'DENY' }, true],
  ['{ $.decision = "DENY" }', { decision: 'ALLOW' }, false],
  ['{ $.decision = DENY }', { decision: 'DENY' }, true],
  ['{ $.decision = "D*" }', { decision: 'DENY' }, true],
  ['{ $.decision = "D*" }', 'DENY', false],
  ['{ $.refused > 0 }', { refused: 2 }, true],
  ['{ $.refused > 0 }', { refused: 0 }, false],
  ['{ $.refused > 0 }', { refused: '2' }, false],
  ['{ $.a = 1 && $.b = 2 || $.c = 3 }', { c: 3 }, true],
  ['{ $.a = 1 && ($.b = 2 || $.c = 3) }', { c: 3 }, false],
  ['{ ($.a = 1) && (($.b = 2) || ($.c = 3)) }', { a: 1, c: 3 }, true],
  ['{ $.list[1].name != "x" }', { list: [{}, { name: 'y' }] }, true],
  ['{ $.list[1].name != "x" }', { list: [] }, false],
  ['{ $.a IS NULL }', { a: null }, true],
  ['{ $.a NOT EXISTS }', {}, true],
  ['{ $.a IS TRUE }', { a: 'true' }, false],
  ['{ $.text = "a \\"b\\" (c) && d" }', { text: 'a "b" (c) && d' }, true],
  ['ERROR Timeout', 'a Timeout, an ERROR', true],
  ['ERROR -Timeout', 'a Timeout, an ERROR', false],
  ['?ERROR ?WARN', 'WARN it', true],
  ['?ERROR ?WARN', 'INFO it', false],
  ['"Task timed out"', 'Task timed out after', true],
  ['', 'anything', true],
])('%s on %j: %s', (pattern, line, expected) => expect(matches(pattern, line)).toBe(expected));

test.each(['[a, b]', '{ $.a = %x% }', '%ERROR%', '{ $.a }', '{ a = 1 }', '{ $.a = 1', '{ $.a > "x" }', '{ $.a = 1 && }', '{ ($.a = 1 }', '{ $.* = 1 }'])(
  '%s is refused, not ignored', pattern => expect(() => FilterPattern.of(pattern)).toThrow(/not modelled|ends with/));

describe('a template', () => {
  let world: World;
  beforeEach(async () => {
    world = new World();
    await world.listen();
    world.add(new LogsService(world.account));
  });
  afterEach(async () => world.stop());
  const filter = (Properties: object) => ({
    Group: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 30 } },
    Filter: { Type: 'AWS::Logs::MetricFilter', Properties: { LogGroupName: { Ref: 'Group' }, ...Properties } },
  });

  test('counts the lines of a group that match, with values and dimensions out of them', async () => {
    const { resources } = await world.deploy(filter({
      FilterPattern: '{ $.refused > 0 }',
      MetricTransformations: [{ MetricNamespace: 'Zone', MetricName: 'Refused', MetricValue: '$.refused', Dimensions: [{ Key: 'Stream', Value: '$.stream' }] }],
    }));
    const group = resources.get('Group')!;
    expect(group.attributes.Arn).toBe(`arn:aws:logs:eu-west-1:111122223333:log-group:${group.ref}:*`);
    for (const line of [{ refused: 2, stream: 'a' }, { refused: 3, stream: 'a' }, { refused: 9, stream: 'b' }, { refused: 1 }]) world.account.logs.write(group.ref, 's', JSON.stringify(line));
    world.account.logs.write('another', 's', JSON.stringify({ refused: 7, stream: 'a' }));
    const [point] = world.account.metrics.datapoints('Zone', 'Refused', { Stream: 'a' });
    expect({ sum: point.sum, count: point.count }).toEqual({ sum: 5, count: 2 });
    expect(world.account.withoutEffect.get('Group')).toEqual(['RetentionInDays']);
  });

  test.each<[string, object, string]>([
    ['a pattern of columns', { FilterPattern: '[a]', MetricTransformations: [{ MetricNamespace: 'Z', MetricName: 'M', MetricValue: '1' }] }, 'patterns of columns are not modelled'],
    ['a value that is no number', { FilterPattern: 'x', MetricTransformations: [{ MetricNamespace: 'Z', MetricName: 'M', MetricValue: 'one' }] }, 'MetricValue must be a number or a field'],
    ['no transformation', { FilterPattern: 'x' }, 'needs exactly one transformation'],
  ])('with %s is refused', async (_name, properties, message) => {
    await expect(world.deploy(filter(properties))).rejects.toThrow(message);
  });

  test('gives clients the lines that they may read', async () => {
    const { resources } = await world.deploy({ Role: role([{ Action: 'logs:FilterLogEvents', Resource: 'arn:aws:logs:eu-west-1:111122223333:log-group:app' }]) });
    for (const line of ['one', 'two', 'three']) world.account.logs.write('app', line === 'two' ? 'other' : 's', line);
    const caller = world.account.sessionOf(resources.get('Role')!.attributes.Arn, 'x');
    const call = (operation: string, input: object) => world.account.call('logs', operation, input, caller);
    expect((await call('FilterLogEvents', { logGroupName: 'app', filterPattern: '?one ?two' })).events.map((event: { message: string }) => event.message)).toEqual(['one', 'two']);
    await expect(call('GetLogEvents', { logGroupName: 'app', logStreamName: 's' })).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(world.account.logs.last('app', 1).map(({ message }) => message)).toEqual(['three']);
  });
});
