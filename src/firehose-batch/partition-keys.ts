import { Token } from 'aws-cdk-lib';
import { columnName } from './columns';
import { partitionKeysOf } from './object-prefix';
import { Problem } from '../private/validation';

/** Of one stream. @see https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html */
const MAX_ACTIVE_PARTITIONS = 500;
/** Devices, and what there is one of for each of them or for each message. */
const THING = 'thing|device|client|gateway|sensor|certificate|session|message';
/** The same, where another word has to say so: a unit may be one of measurement, and hardware a model. */
const PART = 'dev|gw|cert|msg|node|unit|asset|machine|equipment|meter|chip|hw|hardware|tag|tracker|vehicle|robot|event|record|request|transaction|packet|trace|correlation|sequence';
const ID = 'id|identifier|uuid|guid|uid|number|no|nr|num|key|arn|address|addr';
/** Names that single something out whatever stands before them. */
const UNIQUE = 'serial|sn|imei|imsi|iccid|meid|msisdn|mac|ip|uuid|guid|udid|uid|eui|deveui|vin|topic|principal|arn|fingerprint|thumbprint|seq|sequence|counter|latitude|longitude|lat|lon|lng';
const TIME = 'time|datetime|timestamp|ts|at|epoch|unixtime|uptime';
const TIME_UNIT = 'ms|s|us|ns|sec|seconds|millis|micros|nanos|utc|gmt|iso|local|unix|epoch';
/** Things of which a company has few, so that even their ids make few folders. */
const GROUP = 'site|tenant|line|plant|region|area|zone|customer|org|organization|organisation|company|factory|building|hall|floor|fleet|group|team|project|account|country|city|model|product|version';
const ONE_PER_GROUP = new RegExp(`(^|_)(${GROUP})_?(${ID}|name|arn)$`);
/** Names whose values are as many as the devices, or as the messages. */
const ONE_PER_DEVICE = new RegExp([
  '^(id|identifier)$',
  `(^|_)(${THING})s?(_?(${ID}|name|serial|sn|eui))?s?$`,
  `(^|_)(${PART})_?(${ID}|serial|sn|eui)s?$`,
  '(^|_)(dev|gw)_?names?$',
  `(^|_)(${UNIQUE})(_?(${ID}))?s?$`,
  `(^|_)(${TIME})(_?(${TIME_UNIT}))?s?$`,
].join('|'));

/** Checks what a stream is partitioned by, given or named in the prefix. */
export function partitionProblems(partitionBy: string[], prefix: string): Problem[] {
  // A list that is a token has one element, wherever that is spread to.
  if (partitionBy.some(key => Token.isUnresolved(key) || Token.isUnresolved([key]))) return [tokenProblem()];
  const names = partitionBy.flatMap(nameProblems);
  if (names.length > 0) return names;
  return partitionBy.length === 0 ? unannouncedProblems(prefix) : agreementProblems(partitionBy, prefix);
}

function tokenProblem(): Problem {
  return {
    prop: 'partitionBy', got: 'a token', allowed: 'columns whose names are known at synthesis, since the prefix has them', fix: 'write the names of the columns out',
  };
}

function nameProblems(key: string, index: number, keys: string[]): Problem[] {
  const prop = `partitionBy[${index}]`;
  const name = columnName([key]);
  if (ONE_PER_DEVICE.test(name) && !ONE_PER_GROUP.test(name)) {
    return [{
      prop,
      got: key,
      allowed: `a column with few values: a stream has ${MAX_ACTIVE_PARTITIONS} active partitions, and the rest fails`,
      fix: 'partition by site, line or tenant, and find the device or the time by its column',
    }];
  }
  if (key === '' || name !== key) {
    const fix = /[\p{L}\p{N}]/u.test(key) ? `write ${JSON.stringify(name)}` : 'write the name of a column, such as "site"';
    return [{ prop, got: key, allowed: 'a column as the transform names it, in snake_case', fix }];
  }
  return keys.indexOf(key) === index ? [] : [{ prop, got: key, allowed: 'different from the other columns', fix: 'remove it' }];
}

function unannouncedProblems(prefix: string): Problem[] {
  const keys = partitionKeysOf(prefix);
  if (keys.length === 0) return [];
  return [{ prop: 'prefix', got: prefix, allowed: 'a prefix without partition keys, since partitionBy is empty', fix: `pass partitionBy: ${JSON.stringify(keys)}` }];
}

function agreementProblems(partitionBy: string[], prefix: string): Problem[] {
  if (prefix.includes('!{partitionKeyFromQuery:')) {
    return [{ prop: 'prefix', got: prefix, allowed: 'a prefix with keys from the transform', fix: 'write partitionKeyFromLambda in place of partitionKeyFromQuery' }];
  }
  const named = [...new Set(partitionKeysOf(prefix))].sort();
  // What a token holds is not known yet.
  if (named.join() === [...partitionBy].sort().join() || Token.isUnresolved(prefix)) return [];
  return [{ prop: 'prefix', got: prefix, allowed: `a prefix with the partition keys ${partitionBy.join(', ')} and no others`, fix: 'name each as !{partitionKeyFromLambda:…}' }];
}
