import { Duration, Size, SizeRoundingBehavior, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { Delivery } from './delivery';
import { FirehoseBatchPipelineProps } from './firehose-batch-options';
import { errorPrefixProblems, folderBesideRows, prefixPairProblems, prefixProblems } from './object-prefix';
import { partitionProblems } from './partition-keys';
import { ADDED_COLUMNS, selectsValue, telemetrySqlProblems } from './telemetry-sql';
import { columnProblems } from '../lake/column-problems';
import { icebergProblems } from '../lake/iceberg-problems';
import { LakeFormat } from '../lake/lake-column';
import { DurationRule, durationProblems, numberProblems, Problem } from '../private/validation';

/** @see https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html */
const INTERVAL_SECONDS = { min: 0, minPartitioned: 60, max: 900 };
/** @see https://docs.aws.amazon.com/firehose/latest/dev/enable-record-format-conversion.html */
const SIZE_MIB = { min: 1, minConverted: 64, max: 128 };
/** S3 counts in days; a hundred years is longer than anything keeps data. */
const RETENTION: DurationRule = { min: 1, max: 36_500, unit: 'days', allowed: 'from 1 to 36500 days', fix: 'pass Duration.days(1) to Duration.days(36500)' };
/** 1,000 KiB. @see https://docs.aws.amazon.com/firehose/latest/dev/limits.html */
const RECORD = { min: 1, max: 1_024_000, unit: 'bytes' };
const FILE_EXTENSION = { max: 128, pattern: /^\.[0-9a-z!\-_.*'()]+$/ };

/** Options that say how a stream delivers, which a given stream has said already. */
const DELIVERY_OPTIONS: (keyof FirehoseBatchPipelineProps)[] = [
  'transform', 'bufferingInterval', 'bufferingSize', 'format', 'compression', 'fileExtension', 'prefix', 'errorPrefix', 'bucket', 'rawBackup', 'rawBucket', 'rawPrefix',
  'rawRetention', 'errorRetention', 'serverAccessLogsBucket', 'columns', 'table', 'partitionBy', 'logRetention', 'lake',
];

/** Options that say what a given lake has said already. */
const LAKE_OPTIONS: (keyof FirehoseBatchPipelineProps)[] = [
  'transform', 'format', 'compression', 'prefix', 'errorPrefix', 'bucket', 'rawBackup', 'rawBucket', 'rawPrefix', 'rawRetention', 'errorRetention', 'serverAccessLogsBucket',
  'columns', 'table', 'partitionBy',
];

export function pipelineProblems(props: FirehoseBatchPipelineProps, delivery: Delivery): Problem[] {
  return [
    ...telemetrySqlProblems(props),
    ...ownSqlProblems(props),
    ...batchProblems(props),
    ...numberProblems('estimatedRecordBytes', props.estimatedRecordBytes, RECORD),
    ...(props.deliveryStream ? ownStreamProblems(props) : deliveryProblems(props, delivery)),
  ];
}

function ownSqlProblems(props: FirehoseBatchPipelineProps): Problem[] {
  return props.sql === undefined ? [] : leftOut(props, ['topicFilter', 'thingNameTopicLevel', 'batchField'], 'your sql says it', 'write it into sql');
}

function batchProblems({ sql, batchMode, batchField }: FirehoseBatchPipelineProps): Problem[] {
  if (batchMode === false && batchField !== undefined) {
    return [{ prop: 'batchMode', got: batchMode, allowed: 'true or left out with batchField', fix: 'remove one of them' }];
  }
  if (!batchMode || batchField !== undefined || (sql !== undefined && selectsValue(sql))) return [];
  // Firehose gets nothing, and nobody an error, when the result is no array.
  return [{ prop: 'batchMode', got: batchMode, allowed: 'used with an sql that selects an array', fix: 'pass batchField, or sql with SELECT VALUE and an array' }];
}

function ownStreamProblems(props: FirehoseBatchPipelineProps): Problem[] {
  return leftOut(props, DELIVERY_OPTIONS, 'your deliveryStream says it', 'set it on your stream');
}

function deliveryProblems(props: FirehoseBatchPipelineProps, delivery: Delivery): Problem[] {
  if (props.lake) {
    const given = leftOut(props, LAKE_OPTIONS, 'your lake says it', 'set it on the lake');
    return [...given, ...bufferingProblems(delivery), ...extensionProblems(delivery.fileExtension)];
  }
  const partitions = partitionProblems(delivery.partitionBy, delivery.prefix);
  // Our own prefix is made of the keys, and wrong where they are.
  const isPrefixToBlame = props.prefix !== undefined || partitions.length === 0;
  return [
    ...bufferingProblems(delivery),
    ...durationProblems('rawRetention', props.rawRetention, RETENTION),
    ...durationProblems('errorRetention', props.errorRetention, RETENTION),
    ...isPrefixToBlame ? prefixProblems('prefix', delivery.prefix) : [],
    ...errorPrefixProblems('errorPrefix', delivery.errorPrefix),
    ...prefixPairProblems('errorPrefix', delivery.prefix, delivery.errorPrefix),
    ...prefixProblems('rawPrefix', delivery.rawPrefix),
    ...partitions,
    ...extensionProblems(delivery.fileExtension),
    ...transformProblems(delivery),
    ...formatProblems(props, delivery),
    ...bucketProblems(props),
    ...retentionProblems(props, delivery),
  ];
}

function bufferingProblems({ interval, size, partitionBy, format }: Delivery): Problem[] {
  const isPartitioned = partitionBy.length > 0;
  const min = isPartitioned ? INTERVAL_SECONDS.minPartitioned : INTERVAL_SECONDS.min;
  return [
    ...durationProblems('bufferingInterval', interval, {
      min,
      max: INTERVAL_SECONDS.max,
      allowed: `from ${min} to ${INTERVAL_SECONDS.max} seconds${isPartitioned ? ' with partitionBy' : ''}`,
      fix: `pass Duration.seconds(${min}) to Duration.minutes(15)`,
    }),
    ...sizeProblems(size, isPartitioned || format === LakeFormat.PARQUET),
  ];
}

/** A token passes when it is in mebibytes; CDK cannot convert one from another unit, and does not tell its unit. */
function sizeProblems(size: Size, isConverted: boolean): Problem[] {
  const min = isConverted ? SIZE_MIB.minConverted : SIZE_MIB.min;
  const allowed = `whole MiB from ${min} to ${SIZE_MIB.max}${isConverted ? ' with Parquet or partitionBy' : ''}`;
  const prop = 'bufferingSize';
  if (size.isUnresolved()) {
    if (isInMebibytes(size)) return [];
    return [{ prop, got: 'a token in another unit', allowed: `${allowed}, or a token in mebibytes`, fix: 'pass Size.mebibytes(token)' }];
  }
  const mebibytes = size.toMebibytes({ rounding: SizeRoundingBehavior.NONE });
  if (Number.isInteger(mebibytes) && mebibytes >= min && mebibytes <= SIZE_MIB.max) return [];
  return [{ prop, got: `${mebibytes} MiB`, allowed, fix: `pass Size.mebibytes(${min}) to Size.mebibytes(${SIZE_MIB.max})` }];
}

function isInMebibytes(token: Size): boolean {
  try {
    token.toMebibytes();
    return true;
  } catch {
    return false;
  }
}

function extensionProblems(extension?: string): Problem[] {
  if (extension === undefined || Token.isUnresolved(extension)) return [];
  if (extension.length <= FILE_EXTENSION.max && FILE_EXTENSION.pattern.test(extension)) return [];
  return [{
    prop: 'fileExtension',
    got: extension,
    allowed: `a full stop and then at most ${FILE_EXTENSION.max - 1} characters of 0-9 a-z ! - _ . * ' ( )`,
    fix: 'write it like \'.json.gz\'',
  }];
}

function transformProblems({ transform, partitionBy }: Delivery): Problem[] {
  if (partitionBy.length === 0 || transform._isFlatten || transform._function) return [];
  return [{ prop: 'transform', got: 'RecordTransform.none()', allowed: 'a function with partitionBy, which finds the keys', fix: 'leave transform out, or pass a function of yours' }];
}

function formatProblems(props: FirehoseBatchPipelineProps, { format, prefix }: Delivery): Problem[] {
  const problems: Problem[] = [];
  // The table checks them too, but counts from the columns of the rule.
  const added = props.sql === undefined ? Object.keys(ADDED_COLUMNS) : [];
  if (!props.table && props.columns?.length) problems.push(...columnProblems(props.columns, prefix, added));
  if (props.table) problems.push(...leftOut(props, ['bucket', 'prefix', 'format', 'columns'], 'your table says it', 'set it on the table'));
  problems.push(...icebergProblems(props.format));
  if (format !== LakeFormat.PARQUET) return problems;
  if (!props.table && !props.columns?.length) {
    problems.push({ prop: 'format', got: format, allowed: 'given with columns, which Parquet writes', fix: 'pass columns, or a table' });
  }
  if (props.compression) problems.push(...leftOut(props, ['compression'], 'Parquet compresses itself', 'remove it'));
  return problems;
}

function bucketProblems(props: FirehoseBatchPipelineProps): Problem[] {
  const problems: Problem[] = [];
  if (props.bucket ?? props.table) {
    problems.push(...leftOut(props, ['serverAccessLogsBucket', 'errorRetention', 'rawRetention'], 'your bucket is used as it is', 'set it on your bucket'));
  }
  if (props.rawBackup === false) problems.push(...leftOut(props, ['rawBucket', 'rawPrefix', 'rawRetention'], 'there is no raw backup', 'remove rawBackup: false'));
  return problems;
}

/** A retention that no rule of the bucket could keep must not look as if it did. */
function retentionProblems(props: FirehoseBatchPipelineProps, { prefix, errorPrefix, rawPrefix }: Delivery): Problem[] {
  if (props.bucket ?? props.table) return [];
  const homeless = (retention: 'rawRetention' | 'errorRetention', option: 'rawPrefix' | 'errorPrefix', given: string) =>
    Token.isUnresolved(given) || Token.isUnresolved(prefix) || folderBesideRows(given, prefix) !== undefined ? []
      : leftOut(props, [retention], `${option} has no folder without rows, and a rule would delete these too`, `begin ${option} with a folder of its own, such as '${option === 'rawPrefix' ? 'raw/' : 'errors/'}'`);
  return [
    ...homeless('errorRetention', 'errorPrefix', errorPrefix),
    ...props.rawBucket ? leftOut(props, ['rawRetention'], 'your rawBucket is used as it is', 'set it on your bucket') : homeless('rawRetention', 'rawPrefix', rawPrefix),
  ];
}

/** One problem for each of the options that is given although something else decides it. */
function leftOut(props: FirehoseBatchPipelineProps, names: (keyof FirehoseBatchPipelineProps)[], why: string, fix: string): Problem[] {
  return names.filter(name => props[name] !== undefined).map(name => ({ prop: name, got: shown(props[name]), allowed: `left out, since ${why}`, fix }));
}

/** Lengths of time say how long they are, constructs where they are, other objects what they are. */
function shown(value: unknown): unknown {
  if (typeof (value as Duration | undefined)?.toHumanString === 'function') return (value as Duration).toHumanString();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Construct.isConstruct(value) ? value.node.path : value.constructor.name;
}
