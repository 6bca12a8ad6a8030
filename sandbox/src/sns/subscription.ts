import { FilteredAttributes, filterPolicy } from './filter-policy';
import { isObject, Json } from '../json';

/** Where notifications of these go is recorded, and nothing is sent. */
export const RECORDED_PROTOCOLS = ['email', 'email-json', 'sms', 'http', 'https'];
const PROTOCOLS = ['sqs', 'lambda', ...RECORDED_PROTOCOLS];

/** What a template or a client says of a subscription. */
export interface SubscriptionSettings {
  readonly Protocol: string;
  readonly Endpoint: string;
  readonly RawMessageDelivery?: Json;
  readonly FilterPolicy?: Json;
  readonly FilterPolicyScope?: Json;
  readonly RedrivePolicy?: Json;
}

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** The message alone, without the envelope. */
  readonly raw: boolean;
  /** Queue that gets what could not be delivered. */
  readonly deadLetterQueueArn?: string;
  accepts(attributes: FilteredAttributes): boolean;
}

/** @throws SubscriptionError naming the setting that is wrong or not modelled */
export function subscriptionOf(arn: string, topicArn: string, settings: SubscriptionSettings): Subscription {
  const { Protocol: protocol, Endpoint: endpoint, FilterPolicyScope: scope = 'MessageAttributes' } = settings;
  if (!PROTOCOLS.includes(protocol)) throw new SubscriptionError('Protocol', `must be one of ${PROTOCOLS.join(', ')}; ${JSON.stringify(protocol)} is not modelled`);
  if (typeof endpoint !== 'string' || endpoint === '') throw new SubscriptionError('Endpoint', 'must be there');
  if (scope !== 'MessageAttributes') throw new SubscriptionError('FilterPolicyScope', `${JSON.stringify(scope)} is not modelled, only MessageAttributes`);
  const policy = objectOf('FilterPolicy', settings.FilterPolicy);
  const target = objectOf('RedrivePolicy', settings.RedrivePolicy)?.deadLetterTargetArn;
  return {
    arn,
    topicArn,
    protocol,
    endpoint,
    raw: String(settings.RawMessageDelivery) === 'true',
    accepts: policy ? compiled(policy) : () => true,
    ...typeof target === 'string' && { deadLetterQueueArn: target },
  };
}

export class SubscriptionError extends Error {
  constructor(readonly setting: string, readonly problem: string) {
    super(`${setting} ${problem}`);
  }
}

function compiled(policy: { [name: string]: Json }): Subscription['accepts'] {
  try {
    return filterPolicy(policy);
  } catch (error) {
    throw new SubscriptionError('FilterPolicy', (error as Error).message);
  }
}

/** An object, or the JSON text of one. */
function objectOf(setting: string, given: Json | undefined): { [name: string]: Json } | undefined {
  if (given === undefined || given === null || given === '') return undefined;
  try {
    const read: unknown = typeof given === 'string' ? JSON.parse(given) : given;
    if (isObject(read)) return read;
  } catch { /* told below */ }
  throw new SubscriptionError(setting, `needs a JSON object, got ${JSON.stringify(given)}`);
}
