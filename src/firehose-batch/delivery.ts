import { Duration, Size } from 'aws-cdk-lib';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import { DEFAULT_ERROR_PREFIX, DEFAULT_RAW_PREFIX, rowPrefix } from './delivery-places';
import { FirehoseBatchPipelineProps } from './firehose-batch-options';
import { RecordTransform } from './record-transform';
import { LakeFormat } from '../lake/lake-column';

const DEFAULT_INTERVAL = Duration.seconds(60);
const DEFAULT_SIZE = Size.mebibytes(64);

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
  // A lake says where everything is, a table where the rows are.
  const { lake } = props;
  const partitionBy = lake?.partitionBy ?? props.partitionBy ?? [];
  const table = lake?.table ?? props.table;
  const format = table?.format ?? props.format ?? LakeFormat.JSON_LINES;
  const compression = props.compression ?? firehose.Compression.GZIP;
  return {
    transform: props.transform ?? RecordTransform.flatten(),
    interval: props.bufferingInterval ?? DEFAULT_INTERVAL,
    size: props.bufferingSize ?? DEFAULT_SIZE,
    format,
    compression,
    fileExtension: props.fileExtension ?? defaultExtension(format, compression),
    prefix: table?.prefix ?? props.prefix ?? rowPrefix(partitionBy),
    errorPrefix: lake?.errorPrefix ?? props.errorPrefix ?? DEFAULT_ERROR_PREFIX,
    rawPrefix: lake?.rawPrefix ?? props.rawPrefix ?? DEFAULT_RAW_PREFIX,
    partitionBy,
  };
}

function defaultExtension(format: LakeFormat, compression: firehose.Compression): string | undefined {
  if (format === LakeFormat.PARQUET) return '.parquet';
  if (compression === firehose.Compression.GZIP) return '.json.gz';
  // Firehose names the others after their compression.
  return compression === firehose.Compression.UNCOMPRESSED ? '.json' : undefined;
}
