import { messageOf } from './example';
import { compileRule, Message, Outcome, RuleOptions } from '../../src/sql';

const context = { timestamp: 1_700_000_000_000, accountId: '123456789012' };

function run(sql: string, payload: string | Buffer, topic = 'a/b', options?: RuleOptions): Outcome {
  return compileRule(sql, options).evaluate(new Message(topic, Buffer.from(payload), context));
}

/** The outgoing payload as text; fails where there is none. */
function text(outcome: Outcome): string {
  if (!outcome.match) throw new Error(`no match: ${outcome.reason}`);
  return outcome.payload.toString();
}

describe('the outgoing payload', () => {
  test('keeps every digit of numbers that a double cannot hold', () => {
    expect(text(run("SELECT * FROM 'a/b'", '{"id": 12345678901234567890123, "t": 0.12345678901234567890123}')))
      .toBe('{"id":12345678901234567890123,"t":0.12345678901234567890123}');
    expect(text(run("SELECT id - 1 AS id FROM 'a/b'", '{"id": 12345678901234567890123}'))).toBe('{"id":12345678901234567890122}');
  });

  test('keeps the order of keys, also of those that look like numbers, and keys that JavaScript has a meaning for', () => {
    const payload = '{"b":1,"2":2,"1":3,"__proto__":4,"constructor":5,"a\\"b":6}';
    expect(text(run("SELECT * FROM 'a/b'", payload))).toBe(payload);
    expect(text(run("SELECT constructor, __proto__, toString FROM 'a/b'", payload))).toBe('{"constructor":5,"__proto__":4}');
  });

  test('has 10.0 as 10, as 2016-03-23 does', () => {
    expect(text(run("SELECT t, t / 4 AS q FROM 'a/b'", '{"t": 10.0}'))).toBe('{"t":10,"q":2.5}');
  });

  test('takes later items for earlier ones of the same key, and nested objects from dotted aliases', () => {
    expect(text(run("SELECT *, 15 AS speed FROM 'a/b'", '{"speed":1,"t":2}'))).toBe('{"speed":15,"t":2}');
    expect(text(run("SELECT foo.bar AS bar.baz, t AS bar.t FROM 'a/b'", '{"foo":{"bar":1},"t":2}'))).toBe('{"bar":{"baz":1,"t":2}}');
  });

  test('an alias into an object of the payload leaves the payload as it was', () => {
    const rule = compileRule("SELECT *, 1 AS coords.z FROM 'a/b'");
    const message = messageOf({ topic: 'a/b', payload: { coords: { x: 0 } } });
    expect(text(rule.evaluate(message))).toBe('{"coords":{"x":0,"z":1}}');
    expect(text(compileRule("SELECT * FROM 'a/b'").evaluate(message))).toBe('{"coords":{"x":0}}');
  });

  test('of SELECT VALUE is the value alone, and nothing where it is Undefined', () => {
    expect(text(run("SELECT VALUE color FROM 'a/b'", '{"color":"red"}'))).toBe('"red"');
    expect(text(run("SELECT VALUE arr FROM 'a/b'", '{"arr":[1,2]}'))).toBe('[1,2]');
    expect(text(run("SELECT VALUE nope FROM 'a/b'", '{}'))).toBe('');
  });
});

describe('payloads that are no JSON object', () => {
  test.each([['bytes that are no text', Buffer.from('fffe00', 'hex')], ['text', Buffer.from('hello')], ['nothing', Buffer.alloc(0)], ['a number', Buffer.from('80')]])(
    '%s: * hands the bytes on, names are Undefined, encode sees the bytes', (_name, payload) => {
      const outcome = run("SELECT * FROM 'a/b' WHERE timestamp() % 12 = 8", payload);
      expect(outcome).toEqual({ match: true, payload, value: undefined });
      expect(text(run("SELECT x, encode(*, 'base64') AS data FROM 'a/b'", payload))).toBe(JSON.stringify({ data: payload.toString('base64') }));
      expect(run("SELECT * FROM 'a/b' WHERE device_type = 'thermostat'", payload)).toEqual({ match: false, reason: 'where' });
    });

  test('an array goes through whole', () => expect(text(run("SELECT * FROM 'a/b'", '[{"a":1.50},2]'))).toBe('[{"a":1.50},2]'));

  test('a document nested beyond all sense counts as bytes, and hurts nobody', () => {
    const payload = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(run("SELECT * FROM 'a/b'", payload)).toMatchObject({ match: true, value: undefined });
  });
});

describe('SET', () => {
  test('variables see earlier variables, reach into objects, and are seen by nested SELECTs and templates', () => {
    const sql = "SET @s = device.sensors, @limit = @s.limit * 2 SELECT @s.t AS t, (SELECT VALUE v FROM e WHERE v > @limit) AS high FROM 'a/b' WHERE @limit > 1";
    const message = messageOf({ topic: 'a/b', payload: { device: { sensors: { t: 7, limit: 5 } }, e: [{ v: 9 }, { v: 11 }] } });
    const rule = compileRule(sql);
    expect(text(rule.evaluate(message))).toBe('{"t":7,"high":[11]}');
    expect(rule.template('over-${@limit}').evaluate(message)).toBe('over-10');
  });

  test('a variable is computed once for a message', () => {
    const [, first, second] = /"a":"(.*)","b":"(.*)"/.exec(text(run("SET @id = newuuid() SELECT @id AS a, @id AS b FROM 'a/b'", '{}')))!;
    expect(first).toBe(second);
  });
});

test('user properties of MQTT 5: by key as a list, or all of them as pairs in their order', () => {
  const userProperties = [['a', '1'], ['b', '2'], ['a', '3']] as const;
  const message = new Message('a/b', Buffer.from('{}'), { ...context, userProperties });
  const sql = "SELECT get_user_properties('a') AS a, get_user_properties('c') AS c, get_user_properties() AS everything FROM '#'";
  expect(text(compileRule(sql).evaluate(message))).toBe('{"a":["1","3"],"everything":[{"a":"1"},{"b":"2"},{"a":"3"}]}');
});

describe('which messages reach a rule', () => {
  test.each([
    ['a/#', 'a/b/c', true], ['a/#', 'a', false], ['#', 'a', true], ['#', '$aws/things/x', false], ['+/things', '$aws/things', false], ['$aws/#', '$aws/things/x', true],
    ['+/b', '/b', true], ['a/+', 'a/', true], ['a/+/c', 'a/b/c/d', false], ['a/b', 'a/b', true], ['a', 'A', false],
  ])('%s and %s: %s', (filter, topic, reaches) => expect(run(`SELECT * FROM '${filter}'`, '{}', topic).match).toBe(reaches));

  test('Basic Ingest reaches the rule that it names, whatever FROM says, and no other one', () => {
    const sql = "SELECT topic() AS t, topic(1) AS first FROM 'x/y'";
    expect(text(run(sql, '{}', '$aws/rules/Lake/data/pump/1', { name: 'Lake' }))).toBe('{"t":"data/pump/1","first":"data"}');
    expect(run(sql, '{}', '$aws/rules/Lake/x/y', { name: 'Other' })).toEqual({ match: false, reason: 'topic' });
    expect(run("SELECT * FROM '#'", '{}', '$aws/rules/Lake/x/y').match).toBe(false);
    expect(run('SELECT *', '{}', 'x/y', { name: 'Lake' }).match).toBe(false);
  });
});
