import { Duration, Size } from 'aws-cdk-lib';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import { FirehoseBatchPipelineProps } from './firehose-batch-options';
import { RecordTransform } from './record-transform';
import { LakeFormat } from '../lake/lake-column';

const DEFAULT_INTERVAL = Duration.seconds(60);
const DEFAULT_SIZE = Size.mebibytes(64);
const DEFAULT_TIME_FOLDERS = 'dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/';
const DEFAULT_ERROR_PREFIX = 'errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/';
const DEFAULT_RAW_PREFIX = `raw/${DEFAULT_TIME_FOLDERS}`;

/** How a stream delivers, with every default filled in. */
export interface Delivery {
  readonly transform: RecordTransform;
  readonly interval: Duration;
  readonly size: Size;
  readonly format: LakeFormat;
  readonly compression: firehose.Compression;
  readonly fileExtension?: string;
  readonly prefix: string;
  readonly errorPrefix: string;
  readonly rawPrefix: string;
  readonly partitionBy: string[];
}

export function deliveryOf(props: FirehoseBatchPipelineProps): Delivery {
  const partitionBy = props.partitionBy ?? [];
  const format = props.table?.format ?? props.format ?? LakeFormat.JSON_LINES;
  const compression = props.compression ?? firehose.Compression.GZIP;
  const partitionFolders = partitionBy.map(key => `${key}=!{partitionKeyFromLambda:${key}}/`).join('');
  return {
    transform: props.transform ?? RecordTransform.flatten(),
    interval: props.bufferingInterval ?? DEFAULT_INTERVAL,
    size: props.bufferingSize ?? DEFAULT_SIZE,
    format,
    compression,
    fileExtension: props.fileExtension ?? defaultExtension(format, compression),
    prefix: props.table?.prefix ?? props.prefix ?? `telemetry/${partitionFolders}${DEFAULT_TIME_FOLDERS}`,
    errorPrefix: props.errorPrefix ?? DEFAULT_ERROR_PREFIX,
    rawPrefix: props.rawPrefix ?? DEFAULT_RAW_PREFIX,
    partitionBy,
  };
}

function defaultExtension(format: LakeFormat, compression: firehose.Compression): string | undefined {
  if (format === LakeFormat.PARQUET) return '.parquet';
  if (compression === firehose.Compression.GZIP) return '.json.gz';
  // Firehose names the others after their compression.
  return compression === firehose.Compression.UNCOMPRESSED ? '.json' : undefined;
}
