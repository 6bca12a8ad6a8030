import { compileRule, Message, MessageContext, SqlError } from '../../src/sql';

/** One example of what a statement makes of a message. */
export interface Example {
  readonly id: string;
  readonly sql: string;
  readonly topic: string;
  /** JSON, or `{"base64": …}` for bytes. */
  readonly payload: unknown;
  readonly expect: {
    /** What goes out, by value; `{approx, tol}` and `{pattern}` may stand inside. */
    readonly result?: unknown;
    /** Nothing was selected, which is still a match. */
    readonly undefined?: boolean;
    readonly noMatch?: boolean;
    readonly reason?: string;
    readonly raw?: { readonly base64: string };
    /** The statement is refused. */
    readonly error?: string;
  };
  readonly context?: Partial<MessageContext>;
  readonly transport?: string;
  readonly ruleName?: string;
  /** A substitution template that is evaluated on the message. */
  readonly template?: string;
  readonly field?: string;
  /** The page of the AWS IoT Developer Guide. */
  readonly source: string;
}

/** Fails where the example does not come out as it says. */
export function check(example: Example): void {
  const { sql, expect: expected, template } = example;
  if (expected.error !== undefined) {
    expect(() => compileRule(sql)).toThrow(SqlError);
    return;
  }
  const rule = compileRule(sql, { name: example.ruleName });
  const message = messageOf(example);
  const outcome = rule.evaluate(message);
  if (expected.noMatch) {
    expect(outcome).toMatchObject({ match: false, ...expected.reason !== undefined && { reason: expected.reason } });
    return;
  }
  if (!outcome.match) throw new Error(`no match: ${outcome.reason}`);
  if (template !== undefined) expectLike(rule.template(template, { doubledDollar: example.field === 'republish.topic' }).evaluate(message), expected.result);
  else if (expected.raw) expect(outcome.payload.toString('base64')).toBe(expected.raw.base64);
  else if (expected.undefined) expect(outcome.payload.toString()).toBe(/^\s*select\s+value\b/i.test(sql) ? '' : '{}');
  else expectLike(JSON.parse(outcome.payload.toString()), expected.result);
}

export function messageOf({ topic, payload, context, transport }: Pick<Example, 'topic' | 'payload' | 'context' | 'transport'>): Message {
  const overMqtt = transport !== 'http' && { clientId: 'device-1', traceId: '12345678-1234-1234-1234-123456789012' };
  return new Message(topic, bytesOf(payload), { timestamp: 1_700_000_000_000, accountId: '123456789012', ...overMqtt, ...context });
}

function bytesOf(payload: unknown): Buffer {
  if (typeof payload === 'object' && payload !== null && 'base64' in payload && Object.keys(payload).length === 1) {
    return Buffer.from(String(payload.base64), 'base64');
  }
  return Buffer.from(JSON.stringify(payload));
}

function expectLike(actual: unknown, expected: unknown): void {
  if (typeof expected === 'object' && expected !== null && !Array.isArray(expected)) {
    if ('approx' in expected && 'tol' in expected) {
      expect(Math.abs(Number(actual) - Number(expected.approx))).toBeLessThanOrEqual(Number(expected.tol));
      return;
    }
    if ('pattern' in expected) {
      expect(actual).toMatch(new RegExp(String(expected.pattern)));
      return;
    }
    const object = actual as Record<string, unknown>;
    expect(Object.keys(object).sort()).toEqual(Object.keys(expected).sort());
    for (const [key, value] of Object.entries(expected)) expectLike(object[key], value);
  } else if (Array.isArray(expected)) {
    expect(actual).toHaveLength(expected.length);
    expected.forEach((value, at) => expectLike((actual as unknown[])[at], value));
  } else {
    expect(actual).toEqual(expected);
  }
}
