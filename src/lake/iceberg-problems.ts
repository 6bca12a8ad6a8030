import { LakeFormat } from './lake-column';
import { Problem } from '../private/validation';

/**
 * Why there are no tables of Iceberg.
 *
 * @see https://docs.aws.amazon.com/firehose/latest/dev/apache-iceberg-considerations.html
 */
export function icebergProblems(format?: LakeFormat): Problem[] {
  if (format !== LakeFormat.ICEBERG) return [];
  return [{
    prop: 'format',
    got: format,
    allowed: 'JSON_LINES or PARQUET, since Firehose delivers only to Iceberg tables that Iceberg\'s own GlueCatalog API made, and CloudFormation makes none of these',
    fix: 'pass LakeFormat.PARQUET; a Glue or Spark job may copy closed hours into an Iceberg table',
  }];
}
