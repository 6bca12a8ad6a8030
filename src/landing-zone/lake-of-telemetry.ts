import { FirehoseBatchPipelineOptions } from '../firehose-batch/firehose-batch-options';
import { DataLakeOptions } from '../lake/data-lake-options';
import { LakeFormat } from '../lake/lake-column';
import { Problem } from '../private/validation';

/** Options of the telemetry that say where data is and what it is called: the lake of the zone takes them over. */
const LAKE_OPTIONS = [
  'bucket', 'rawBucket', 'rawBackup', 'prefix', 'rawPrefix', 'errorPrefix', 'columns', 'partitionBy', 'rawRetention', 'errorRetention', 'serverAccessLogsBucket',
] as const;
/** Options that say that rows are written in another way than that of a lake. */
const OWN_FORM_OPTIONS = ['deliveryStream', 'table', 'transform', 'compression'] as const;

/** Why telemetry goes into no lake, if it does not: an option that decides the form of the rows. */
function ownForm(telemetry: FirehoseBatchPipelineOptions): string | undefined {
  const given = OWN_FORM_OPTIONS.find(name => telemetry[name] !== undefined);
  return given ?? (telemetry.format !== undefined && telemetry.format !== LakeFormat.PARQUET ? 'format' : undefined);
}

/** The options of the lake, from both places; undefined where the telemetry has a form of its own. */
export function lakeOptions(telemetry: FirehoseBatchPipelineOptions = {}, lake: DataLakeOptions = {}): DataLakeOptions | undefined {
  if (ownForm(telemetry) !== undefined) return undefined;
  return { ...Object.fromEntries(LAKE_OPTIONS.map(name => [name, telemetry[name]])), ...defined(lake) };
}

/** What is left of the options of the telemetry when there is a lake. */
export function withoutLakeOptions(telemetry: FirehoseBatchPipelineOptions = {}): FirehoseBatchPipelineOptions {
  return Object.fromEntries(Object.entries(telemetry).filter(([name]) => name !== 'format' && !(LAKE_OPTIONS as readonly string[]).includes(name)));
}

export function lakeOptionProblems(telemetry: FirehoseBatchPipelineOptions = {}, lake?: DataLakeOptions): Problem[] {
  if (!lake) return [];
  const other = ownForm(telemetry);
  if (other !== undefined) {
    return [{ prop: 'lake', got: 'options', allowed: `left out, since telemetry.${other} says how rows are written`, fix: 'remove one of them' }];
  }
  return LAKE_OPTIONS.filter(name => telemetry[name] !== undefined && lake[name] !== undefined)
    .map(name => ({ prop: `lake.${name}`, got: 'a value', allowed: `left out, since telemetry.${name} says it`, fix: 'give it in one place' }));
}

function defined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
