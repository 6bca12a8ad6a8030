import { Duration } from 'aws-cdk-lib';

const TIME_FOLDERS = 'dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/';

export const DEFAULT_ERROR_PREFIX = 'errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/';
export const DEFAULT_RAW_PREFIX = `raw/${TIME_FOLDERS}`;
export const DEFAULT_RAW_RETENTION = Duration.days(90);
export const DEFAULT_ERROR_RETENTION = Duration.days(365);

/** The prefix of rows, with a folder for each partition key before the time. */
export function rowPrefix(partitionBy: readonly string[]): string {
  return `telemetry/${partitionBy.map(key => `${key}=!{partitionKeyFromLambda:${key}}/`).join('')}${TIME_FOLDERS}`;
}
