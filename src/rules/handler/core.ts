/** The message that AWS IoT hands to an error action. `topic` is that of the original message. */
export interface RuleError {
  readonly ruleName: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Why the action failed, as AWS IoT words it. */
  readonly failure: string;
}

export type Parsed = { readonly error: RuleError } | { readonly unreadable: string };

/**
 * Reads a message of the error queue. One that is not in AWS IoT's shape is reported and stays in the queue.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
 */
export function parse(body: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { unreadable: 'the message is not JSON' };
  }
  if (typeof value !== 'object' || value === null) return { unreadable: 'the message is not an object' };
  const { ruleName, topic, base64OriginalPayload, failures } = value as Record<string, unknown>;
  if (typeof ruleName !== 'string' || ruleName === '') return { unreadable: 'ruleName is missing' };
  if (typeof topic !== 'string' || topic === '') return { unreadable: 'topic is missing' };
  if (typeof base64OriginalPayload !== 'string') return { unreadable: 'base64OriginalPayload is missing' };
  if (base64OriginalPayload.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64OriginalPayload)) return { unreadable: 'base64OriginalPayload is not base64' };
  return { error: { ruleName, topic, payload: Buffer.from(base64OriginalPayload, 'base64'), failure: failureOf(failures) } };
}

function failureOf(failures: unknown): string {
  const first = Array.isArray(failures) ? failures[0] as Record<string, unknown> | undefined : undefined;
  return [first?.failedAction, first?.errorMessage].filter(text => typeof text === 'string').join(': ') || 'no reason given';
}

export type Route =
  | { readonly to: 'rule'; readonly topic: string }
  | { readonly to: 'queue'; readonly queueUrl: string }
  | { readonly to: 'nowhere'; readonly reason: string };

/**
 * Where a message goes so that its own rule sees it, and no other.
 *
 * Basic Ingest reaches one rule by its name. A reserved topic cannot be published to, so rules on such topics have a
 * queue that stands for their action.
 */
export function routeOf({ ruleName, topic }: RuleError, ruleQueues: Readonly<Record<string, string>>): Route {
  if (Object.hasOwn(ruleQueues, ruleName)) return { to: 'queue', queueUrl: ruleQueues[ruleName] };
  const prefix = `$aws/rules/${ruleName}/`;
  if (topic.startsWith(prefix)) return { to: 'rule', topic };
  if (topic.startsWith('$')) return { to: 'nowhere', reason: `the topic ${topic} is reserved` };
  return { to: 'rule', topic: prefix + topic };
}

export interface RedriveRequest {
  readonly maxMessages: number;
  readonly ruleName?: string;
  readonly dryRun: boolean;
}

const DEFAULT_MESSAGES = 1_000;
const MAX_MESSAGES = 10_000;

/** Reads what the operator invoked the function with. A wrong word stops it before anything is sent. */
export function readRequest(event: unknown): RedriveRequest {
  const given = event ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) throw new Error(`the event must be an object, got ${JSON.stringify(event)}: invoke with {}`);
  const { maxMessages = DEFAULT_MESSAGES, ruleName, dryRun = false, ...others } = given as Record<string, unknown>;
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw new Error(`the event must hold only maxMessages, ruleName and dryRun, got ${JSON.stringify(unknown)}: remove them`);
  if (!Number.isInteger(maxMessages) || (maxMessages as number) < 1 || (maxMessages as number) > MAX_MESSAGES) {
    throw new Error(`'maxMessages' must be a whole number from 1 to ${MAX_MESSAGES}, got ${JSON.stringify(maxMessages)}: invoke again for more`);
  }
  if (ruleName !== undefined && typeof ruleName !== 'string') throw new Error(`'ruleName' must be text, got ${JSON.stringify(ruleName)}: leave it out for all rules`);
  if (typeof dryRun !== 'boolean') throw new Error(`'dryRun' must be true or false, got ${JSON.stringify(dryRun)}: leave it out to redrive`);
  return { maxMessages: maxMessages as number, ruleName, dryRun };
}
