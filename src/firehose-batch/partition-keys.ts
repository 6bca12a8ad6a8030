import { columnName } from './columns';
import { partitionKeysOf } from './object-prefix';
import { Problem } from '../private/validation';

/** Of one stream. @see https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html */
const MAX_ACTIVE_PARTITIONS = 500;
/** Names whose values are as many as the devices, or as the messages. */
const ONE_PER_DEVICE = new RegExp([
  '(^|_)(thing|device|client|gateway|sensor|certificate|session|message)(_?(id|name|serial|uuid|number|no|key))?$',
  '(^|_)(serial|imei|imsi|iccid|mac|uuid|guid|eui|topic|principal)(_?(number|no|address|id))?$',
  '(^|_)(trace_?id|timestamp|ts)$',
].join('|'));

/** Checks what a stream is partitioned by, given or named in the prefix. */
export function partitionProblems(partitionBy: string[], prefix: string): Problem[] {
  return [
    ...partitionBy.flatMap(nameProblems),
    ...partitionBy.length === 0 ? unannouncedProblems(prefix) : agreementProblems(partitionBy, prefix),
  ];
}

function nameProblems(key: string, index: number): Problem[] {
  const prop = `partitionBy[${index}]`;
  if (columnName([key]) !== key) {
    return [{ prop, got: key, allowed: 'a column as the transform names it, in snake_case', fix: `write ${JSON.stringify(columnName([key]))}` }];
  }
  if (!ONE_PER_DEVICE.test(key)) return [];
  return [{
    prop,
    got: key,
    allowed: `a column with few values: a stream has ${MAX_ACTIVE_PARTITIONS} active partitions, and the rest fails`,
    fix: 'partition by site, line or tenant, and find the device by its column',
  }];
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
  if (named.join() === [...partitionBy].sort().join()) return [];
  return [{ prop: 'prefix', got: prefix, allowed: `a prefix with the partition keys ${partitionBy.join(', ')} and no others`, fix: 'name each as !{partitionKeyFromLambda:…}' }];
}
