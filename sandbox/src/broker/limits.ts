/* Limits of the message broker. https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits */

export const MAX_PAYLOAD_BYTES = 128 * 1024;
const MAX_TOPIC_BYTES = 256;
const MAX_SLASHES = 7;
const MAX_CLIENT_ID_BYTES = 128;
const MAX_SUBSCRIPTIONS = 50;
const MAX_FILTERS = 8;

/** `$aws/rules/<rule>/` does not count towards the limits of a topic. */
const BASIC_INGEST = /^\$aws\/rules\/([^/]+)\//;

/** What the broker does not take of a publish; undefined where it takes it. */
export function publishProblem({ topic, qos, payloadBytes }: { topic: string; qos: number; payloadBytes: number }): string | undefined {
  if (qos > 1) return `QoS ${qos} is not supported: publish with QoS 0 or 1`;
  if (payloadBytes > MAX_PAYLOAD_BYTES) return `the payload has ${payloadBytes} bytes, ${MAX_PAYLOAD_BYTES} are allowed`;
  return topicProblem(topic);
}

/** The same for topics and topic filters. */
export function topicProblem(topic: string): string | undefined {
  const counted = topic.replace(BASIC_INGEST, '');
  const bytes = Buffer.byteLength(counted);
  if (bytes > MAX_TOPIC_BYTES) return `the topic has ${bytes} bytes, ${MAX_TOPIC_BYTES} are allowed`;
  const slashes = counted.split('/').length - 1;
  // Topics of AWS's own, such as those of named shadows, have more levels.
  if (slashes > MAX_SLASHES && !counted.startsWith('$aws/')) return `the topic has ${slashes} slashes, ${MAX_SLASHES} are allowed`;
  return undefined;
}

export function clientIdProblem(clientId: string): string | undefined {
  const bytes = Buffer.byteLength(clientId);
  return bytes > MAX_CLIENT_ID_BYTES ? `the client id has ${bytes} bytes, ${MAX_CLIENT_ID_BYTES} are allowed` : undefined;
}

export function subscriptionProblem(topicFilter: string, subscriptions: number): string | undefined {
  return subscriptions >= MAX_SUBSCRIPTIONS ? `the connection has ${subscriptions} subscriptions, ${MAX_SUBSCRIPTIONS} are allowed` : topicProblem(topicFilter);
}

/** Of one SUBSCRIBE. */
export function filtersProblem(filters: number): string | undefined {
  return filters > MAX_FILTERS ? `the SUBSCRIBE has ${filters} filters, ${MAX_FILTERS} are allowed` : undefined;
}

/** Name of the rule, and the topic that it sees; undefined for other topics. */
export function basicIngest(topic: string): { ruleName: string; topic: string } | undefined {
  const [prefix, ruleName] = BASIC_INGEST.exec(topic) ?? [];
  return prefix === undefined ? undefined : { ruleName, topic: topic.slice(prefix.length) };
}
