import { Size, SizeRoundingBehavior, Token } from 'aws-cdk-lib';
import { columnProblems } from './column-problems';
import { DataLakeProps } from './data-lake-options';
import { glueScheduleProblems } from './glue-schedule';
import { icebergProblems } from './iceberg-problems';
import { LakeColumn, LakeFormat } from './lake-column';
import { LakeDeviceType } from './lake-device-type';
import { RESERVED_FOLDERS } from './lake-folders';
import { LONG_COLUMNS } from './lake-views';
import { firstDayProblems, partitionProjection, projectionProblems } from './partition-projection';
import { DECLARABLE_TYPES, ROW_COLUMNS } from './row-columns';
import { columnName } from '../firehose-batch/columns';
import { LakeRowPlan } from '../firehose-batch/lake-row-plan';
import { errorPrefixProblems, folderBesideRows, literalFolder, prefixProblems } from '../firehose-batch/object-prefix';
import { partitionProblems } from '../firehose-batch/partition-keys';
import { DurationRule, durationProblems, kindProblems, Kinds, Problem, textProblems } from '../private/validation';

const KINDS: Kinds<DataLakeProps> = { lists: ['columns', 'deviceTypes', 'lifecycleRules'], textLists: ['deviceIdKeys', 'eventTimeKeys', 'partitionBy'] };
const RETENTION: DurationRule = { min: 1, max: 36_500, unit: 'days', allowed: 'from 1 to 36500 days', fix: 'pass Duration.days(1) to Duration.days(36500)' };
/** @see https://docs.aws.amazon.com/athena/latest/ug/workgroups-setting-control-limits-cloudwatch.html */
const MIN_SCAN_BYTES = 10_000_000;
/** Names of Glue have 255; the rest is room for what is added to them. */
const DEVICE_TYPE_NAME = { max: 200, pattern: /^[a-z0-9_]+$/, characters: 'lower-case letters, digits and underscores' };
const TAKEN_TABLES = ['telemetry', 'telemetry_long', 'telemetry_wide', 'raw', 'errors', 'errors_decoded'];
const DEVICE_TYPE_COLUMNS = ['string', 'double', 'bigint', 'int', 'boolean'];
/** All environment variables of a function have 4 KB together. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_PLAN_BYTES = 3_500;
const BUCKET_OPTIONS = ['rowRetention', 'rawRetention', 'errorRetention', 'resultRetention', 'lifecycleRules', 'serverAccessLogsBucket'] as const;

/** Where a lake keeps what, with every default filled in. */
export interface LakePlaces {
  readonly prefix: string;
  readonly rawPrefix: string;
  readonly errorPrefix: string;
  readonly partitionBy: string[];
  readonly firstDay: string;
}

export function lakeProblems(props: DataLakeProps, places: LakePlaces, rowPlan: () => LakeRowPlan): Problem[] {
  const kinds = kindProblems(props, KINDS);
  if (kinds.length > 0) return kinds;
  const { prefix, rawPrefix, errorPrefix, partitionBy, firstDay } = places;
  const partitions = partitionProblems(partitionBy, prefix);
  const malformed = partitions.length > 0 ? [] : prefixProblems('prefix', prefix);
  const projection = partitions.length + malformed.length > 0 ? [] : projectionProblems(prefix, firstDay);
  return [
    ...formatProblems(props.format),
    ...partitions,
    ...malformed,
    ...projection,
    ...partitionNameProblems(prefix, firstDay),
    ...prefixProblems('rawPrefix', rawPrefix),
    ...errorPrefixProblems('errorPrefix', errorPrefix),
    ...firstDayProblems(prefix, firstDay),
    ...folderProblems(props, places),
    ...reservedFolderProblems(props, places),
    ...declaredProblems('columns', props.columns ?? [], prefix, ROW_COLUMNS, DECLARABLE_TYPES),
    ...(props.deviceTypes ?? []).flatMap((type, at, all) => deviceTypeProblems(type, at, all, prefix)),
    ...keyProblems('deviceIdKeys', props.deviceIdKeys),
    ...keyProblems('eventTimeKeys', props.eventTimeKeys),
    ...planProblems(rowPlan()),
    ...(['rowRetention', 'rawRetention', 'errorRetention', 'resultRetention'] as const).flatMap(prop => durationProblems(prop, props[prop], RETENTION)),
    ...scanProblems(props.scanLimit),
    ...glueScheduleProblems('crawlerSchedule', props.crawlerSchedule),
    ...bucketProblems(props),
  ];
}

function formatProblems(format?: LakeFormat): Problem[] {
  switch (format) {
    case undefined:
    case LakeFormat.PARQUET: return [];
    case LakeFormat.ICEBERG: return icebergProblems(format);
    default: return [{
      prop: 'format', got: format, allowed: 'LakeFormat.PARQUET, which has the types of the rows', fix: 'leave it out, or use a FirehoseBatchPipeline without a lake',
    }];
  }
}

/** Queries of one folder must not read another, and no rule may delete what is in another. */
function folderProblems({ rawBackup, rawBucket, rowRetention }: DataLakeProps, { prefix, rawPrefix, errorPrefix }: LakePlaces): Problem[] {
  const others = [['errorPrefix', errorPrefix], ...(rawBackup ?? true) && !rawBucket ? [['rawPrefix', rawPrefix]] : []];
  const overlapping = others.filter(([, other]) => !Token.isUnresolved(other) && !Token.isUnresolved(prefix)
    && (folderBesideRows(other, prefix) === undefined || literalFolder(other).startsWith(literalFolder(prefix))));
  const rows = literalFolder(prefix);
  return [
    ...overlapping.map(([prop, got]) => ({ prop, got, allowed: `in a folder beside '${rows}', in which queries read everything as rows`, fix: `begin it with a folder of its own, such as '${prop === 'rawPrefix' ? 'raw/' : 'errors/'}'` })),
    ...rowRetention && rows === '' ? [{ prop: 'prefix', got: prefix, allowed: 'in a folder, with rowRetention', fix: 'begin it with a folder such as \'telemetry/\'' }] : [],
  ];
}

/** What the rules and jobs of the lake delete by its folder must not hold what a stream wrote. */
function reservedFolderProblems({ rawBackup, rawBucket }: DataLakeProps, { prefix, rawPrefix, errorPrefix }: LakePlaces): Problem[] {
  const given = [['prefix', prefix], ['errorPrefix', errorPrefix], ...(rawBackup ?? true) && !rawBucket ? [['rawPrefix', rawPrefix]] : []];
  return given.filter(([, text]) => RESERVED_FOLDERS.some(folder => text.startsWith(folder))).map(([prop, got]) => ({
    prop, got, allowed: `outside ${RESERVED_FOLDERS.join(', ')}, where the lake deletes what it made itself`, fix: 'begin it with another folder',
  }));
}

/** The long view has columns of its own beside those of the partitions. */
function partitionNameProblems(prefix: string, firstDay: string): Problem[] {
  const taken = LONG_COLUMNS.map(({ name }) => name);
  return (partitionProjection(prefix, firstDay)?.columns ?? []).filter(({ name }) => taken.includes(name)).map(({ name }) => ({
    prop: 'prefix',
    got: prefix,
    allowed: `without a partition called ${taken.join(' or ')}, which the view telemetry_long has as columns of a measurement`,
    fix: `rename the key, to site_${name} for instance`,
  }));
}

function declaredProblems(prop: string, columns: LakeColumn[], prefix: string, taken: readonly LakeColumn[], types: string[]): Problem[] {
  if (columns.length === 0) return [];
  return [
    ...columnProblems(columns, prefix, taken.map(({ name }) => name)).map(problem => ({ ...problem, prop: problem.prop.replace(/^columns/, prop) })),
    ...columns.flatMap(({ type }, at) => Token.isUnresolved(type.name) || types.includes(type.name) ? [] : [{
      prop: `${prop}[${at}].type`, got: type.name, allowed: `one of ${types.join(', ')}`, fix: 'lists and objects are JSON text in the map of attributes: read them with json_extract',
    }]),
    ...columns.flatMap(({ name }, at) => Token.isUnresolved(name) ? [{
      prop: `${prop}[${at}].name`, got: 'a token', allowed: 'known at synthesis, since the transform has to find it', fix: 'write the name out',
    }] : []),
  ];
}

function deviceTypeProblems({ name, attribute, values, columns }: LakeDeviceType, at: number, all: LakeDeviceType[], prefix: string): Problem[] {
  const prop = `deviceTypes[${at}]`;
  const isTaken = TAKEN_TABLES.includes(name) || all.findIndex(other => other.name === name || `${other.name}_live` === name) !== at;
  return [
    ...textProblems(`${prop}.name`, name, DEVICE_TYPE_NAME),
    ...Token.isUnresolved(name) ? [{ prop: `${prop}.name`, got: 'a token', allowed: 'known at synthesis, since queries have it', fix: 'write the name out' }] : [],
    ...isTaken ? [{ prop: `${prop}.name`, got: name, allowed: `different from ${TAKEN_TABLES.join(', ')} and from the other tables`, fix: 'rename it' }] : [],
    ...keyProblems(`${prop}.attribute`, [attribute]),
    ...values.length === 0 ? [{ prop: `${prop}.values`, got: values, allowed: 'at least one value', fix: 'name what the attribute is for this kind' }] : [],
    ...columns.length === 0 ? [{ prop: `${prop}.columns`, got: columns, allowed: 'at least one column', fix: 'name the measurements of this kind' }] : [],
    ...declaredProblems(`${prop}.columns`, columns, prefix, ROW_COLUMNS, DEVICE_TYPE_COLUMNS),
  ];
}

/** A key that no message can be flattened to would never be found. */
function keyProblems(prop: string, keys: string[] = []): Problem[] {
  return keys.flatMap((key, at) => {
    const place = prop.endsWith('attribute') ? prop : `${prop}[${at}]`;
    if (Token.isUnresolved(key)) return [{ prop: place, got: 'a token', allowed: 'known at synthesis, since the transform has to find it', fix: 'write the path out' }];
    const name = columnName([key]);
    if (key !== '' && name === key) return [];
    return [{ prop: place, got: key, allowed: 'a path as the transform flattens it, in snake_case', fix: key === '' ? 'write the name of a key' : `write ${JSON.stringify(name)}` }];
  });
}

function planProblems(plan: LakeRowPlan): Problem[] {
  const bytes = Buffer.byteLength(JSON.stringify(plan));
  if (bytes <= MAX_PLAN_BYTES) return [];
  return [{
    prop: 'columns',
    got: `${Object.values(plan.columns).flat().length} columns`,
    allowed: `names of at most ${MAX_PLAN_BYTES} bytes together with deviceIdKeys and eventTimeKeys, which the environment of a function holds`,
    fix: `take out ${bytes - MAX_PLAN_BYTES} bytes: the maps hold every measurement anyway`,
  }];
}

function scanProblems(limit?: Size): Problem[] {
  if (limit === undefined || limit.isUnresolved()) return [];
  const bytes = limit.toBytes({ rounding: SizeRoundingBehavior.NONE });
  if (Number.isInteger(bytes) && bytes >= MIN_SCAN_BYTES) return [];
  return [{ prop: 'scanLimit', got: `${bytes} bytes`, allowed: `whole bytes from ${MIN_SCAN_BYTES}`, fix: 'pass Size.mebibytes(10) or more' }];
}

function bucketProblems(props: DataLakeProps): Problem[] {
  const leftOut = (names: readonly (keyof DataLakeProps)[], why: string, fix: string) => names.filter(name => props[name] !== undefined)
    .map((name): Problem => ({ prop: name, got: 'a value', allowed: `left out, since ${why}`, fix }));
  return [
    ...props.bucket ? leftOut(BUCKET_OPTIONS, 'your bucket is used as it is', 'set it on your bucket') : [],
    ...props.rawBucket ? leftOut(props.bucket ? [] : ['rawRetention'], 'your rawBucket is used as it is', 'set it on your bucket') : [],
    ...props.rawBackup === false ? leftOut(['rawBucket', 'rawPrefix', 'rawRetention'], 'there is no raw backup', 'remove rawBackup: false') : [],
  ];
}
