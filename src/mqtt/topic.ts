import { Token } from 'aws-cdk-lib';
import { Problem } from '../private/validation';

/** @see https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits */
export const TOPIC_LIMITS = { bytes: 256, slashes: 7 } as const;
/** What a device writes before the topic to reach one rule only; it counts neither for the bytes nor for the slashes. */
const BASIC_INGEST_PREFIX = /^\$aws\/rules\/[^/]+\//i;

/** Checks a topic that something is published to: a name without MQTT wildcards. Tokens pass. */
export function topicProblems(prop: string, value: string | undefined): Problem[] {
  if (value === undefined || Token.isUnresolved(value)) return [];
  return [...lengthProblems(prop, value), ...noWildcardProblems(prop, value)];
}

/** Checks a topic filter, as in a subscription or in the FROM of a rule: `+` and `#` only as whole levels, `#` only as the last. Tokens pass. */
export function topicFilterProblems(prop: string, value: string | undefined): Problem[] {
  if (value === undefined || Token.isUnresolved(value)) return [];
  return [...lengthProblems(prop, value), ...wildcardPlaceProblems(prop, value)];
}

function lengthProblems(prop: string, value: string): Problem[] {
  const topic = value.replace(BASIC_INGEST_PREFIX, '');
  const bytes = Buffer.byteLength(topic, 'utf8');
  const slashes = topic.split('/').length - 1;
  const problems: Problem[] = [];
  if (bytes < 1 || bytes > TOPIC_LIMITS.bytes) {
    const fix = bytes < 1 ? 'write at least one character' : `shorten it by ${bytes - TOPIC_LIMITS.bytes} bytes`;
    problems.push({ prop, got: value, allowed: `1 to ${TOPIC_LIMITS.bytes} bytes of UTF-8`, fix });
  }
  if (slashes > TOPIC_LIMITS.slashes) {
    problems.push({ prop, got: value, allowed: `a topic with at most ${TOPIC_LIMITS.slashes} slashes`, fix: `leave ${slashes - TOPIC_LIMITS.slashes} level(s) out` });
  }
  if (topic.includes('\0')) {
    problems.push({ prop, got: value, allowed: 'text without the character U+0000', fix: 'remove it' });
  }
  return problems;
}

function noWildcardProblems(prop: string, value: string): Problem[] {
  if (!/[+#]/.test(value)) return [];
  return [{ prop, got: value, allowed: 'a topic without + and #', fix: 'name the topic itself: wildcards work in topic filters only' }];
}

function wildcardPlaceProblems(prop: string, value: string): Problem[] {
  const levels = value.split('/');
  const misplaced = levels.some((level, at) => level.length > 1 ? /[+#]/.test(level) : level === '#' && at < levels.length - 1);
  if (!misplaced) return [];
  return [{ prop, got: value, allowed: 'a topic filter with + and # as whole levels and # as the last level', fix: 'put each wildcard between slashes, and # at the end' }];
}
