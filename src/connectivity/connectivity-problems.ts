import { Token } from 'aws-cdk-lib';
import { LifecycleConnectivityTableOptions } from './connectivity-options';
import { DurationRule, durationProblems, numberProblems, Problem, textProblems } from '../private/validation';

/** Clients of the console's MQTT test page. */
export const DEFAULT_IGNORED_PREFIXES = ['iotconsole'];

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const QUIET_PERIOD: DurationRule = { min: 0, max: 900, allowed: 'from 0 to 900 seconds', fix: 'pass Duration.minutes(15) or less' };
/** @see https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html */
const CONCURRENCY = { min: 2, max: 1_000, unit: 'invocations' };
const STORM = { min: 1, max: 100_000_000, unit: 'events' };
/** A hundred years: what is longer is a mistake, and no whole number of seconds that a time to live can hold. */
const HISTORY: DurationRule = {
  min: 86_400, max: 36_500 * 86_400, allowed: 'from 1 to 36500 days', fix: 'pass Duration.days(1) to Duration.days(36500), or leave it out for no history',
};
/** Keeps the statement readable, and far from the size limit of a rule. */
const MAX_PREFIXES = 20;
/** Clients whose id has `#` or `+` get no presence events; the rest would end or change the text in the SQL. */
const PREFIX = { max: 128, pattern: /^[^'"\\#+\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u, characters: 'any kind but quotes, backslashes, line breaks and other control characters, # and +' };

export function connectivityProblems(props: LifecycleConnectivityTableOptions): Problem[] {
  return [
    ...numberProblems('maxConcurrency', props.maxConcurrency, CONCURRENCY),
    ...durationProblems('offlineAlertQuietPeriod', props.offlineAlertQuietPeriod, QUIET_PERIOD),
    ...durationProblems('historyRetention', props.historyRetention, HISTORY),
    ...numberProblems('stormAlarmThreshold', props.stormAlarmThreshold, STORM),
    ...prefixListProblems('clientIdPrefixes', props.clientIdPrefixes),
    ...prefixListProblems('ignoredClientIdPrefixes', props.ignoredClientIdPrefixes),
    ...contradictions(props),
  ];
}

/** What the SQL asks of a client id, to be joined by AND. */
export function clientIdConditions(props: LifecycleConnectivityTableOptions): string[] {
  const { clientIdPrefixes = [], ignoredClientIdPrefixes = DEFAULT_IGNORED_PREFIXES } = props;
  const startsWith = (prefix: string) => `startswith(clientId, '${prefix}')`;
  const taken = clientIdPrefixes.map(startsWith).join(' OR ');
  return [...taken === '' ? [] : [clientIdPrefixes.length === 1 ? taken : `(${taken})`], ...ignoredClientIdPrefixes.map(prefix => `NOT ${startsWith(prefix)}`)];
}

function prefixListProblems(prop: 'clientIdPrefixes' | 'ignoredClientIdPrefixes', prefixes: string[] = []): Problem[] {
  // Such a list has one element, wherever that is spread to.
  if (prefixes.some(prefix => Token.isUnresolved([prefix]))) {
    return [{
      prop,
      got: 'a list known only at deployment',
      allowed: 'a list whose length is known at synthesis',
      fix: 'pass an array; each prefix in it may be a token',
    }];
  }
  return [
    ...prefixes.length <= MAX_PREFIXES ? [] : [{
      prop,
      got: prefixes.length,
      allowed: `at most ${MAX_PREFIXES} prefixes`,
      fix: 'name these clients by a common prefix',
    }],
    ...prefixes.flatMap((prefix, index) => textProblems(`${prop}[${index}]`, prefix, PREFIX)),
  ];
}

function contradictions(props: LifecycleConnectivityTableOptions): Problem[] {
  const problems: Problem[] = [];
  if (props.table && props.stream) {
    problems.push({ prop: 'stream', got: props.stream, allowed: 'left out beside \'table\'', fix: 'set the stream where that table is made' });
  }
  if (props.handler && props.historyRetention) {
    problems.push({
      prop: 'historyRetention', got: props.historyRetention.toHumanString(), allowed: 'left out beside \'handler\'', fix: 'let your function write its own history',
    });
  }
  if (props.offlineAlertQuietPeriod && !props.offlineAlertTopic) {
    problems.push({
      prop: 'offlineAlertTopic', got: undefined, allowed: 'set beside \'offlineAlertQuietPeriod\'', fix: 'pass the topic that alerts go to',
    });
  }
  if (props.offlineAlertTopic?.fifo) {
    problems.push({
      prop: 'offlineAlertTopic', got: props.offlineAlertTopic.node.path, allowed: 'a standard topic', fix: 'leave `fifo` out; alerts have no order',
    });
  }
  return problems;
}
