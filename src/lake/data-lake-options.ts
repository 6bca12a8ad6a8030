import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { LakeColumn, LakeFormat } from './lake-column';
import { LakeDeviceType } from './lake-device-type';

/** Options of a DataLake. */
export interface DataLakeOptions {
  /**
   * Measurements and attributes that become columns beside the maps, by their flattened path: `measurements_temperature`.
   * Types string, double, float, bigint, int, smallint, tinyint, boolean or timestamp. A value that does not fit is null there; the maps have it.
   *
   * @default - the maps hold everything
   */
  readonly columns?: LakeColumn[];

  /**
   * Kinds of devices that get wide tables: a view of each, and with a LakeCompaction a table.
   *
   * @default - no wide tables
   */
  readonly deviceTypes?: LakeDeviceType[];

  /**
   * Flattened paths in which a message may name its device, by precedence.
   *
   * @default ['device_device_id', 'device_id', 'serial_number']
   */
  readonly deviceIdKeys?: string[];

  /**
   * Flattened paths in which a message may say when its event was, by precedence: seconds, milliseconds, microseconds or nanoseconds since
   * 1970, told apart by their size, or a text as ISO 8601 has it.
   *
   * @default ['event_time', 'ts', 'timestamp', 'time']
   */
  readonly eventTimeKeys?: string[];

  /**
   * How rows are written. Only Parquet: Firehose delivers to Iceberg tables that Iceberg's own GlueCatalog API made, and CloudFormation
   * has no such API; JSON lines have no place for the types.
   *
   * @default LakeFormat.PARQUET
   */
  readonly format?: LakeFormat;

  /**
   * Your own bucket. Its encryption, lifecycle and logs stay yours; name its key to the import if it has one.
   *
   * @default - a new bucket: encrypted, versioned, closed to the public, TLS only
   */
  readonly bucket?: s3.IBucket;

  /**
   * Your own bucket for the original records.
   *
   * @default - the bucket of the rows
   */
  readonly rawBucket?: s3.IBucket;

  /**
   * Whether the original records are kept as well, with a table over them.
   *
   * @default true
   */
  readonly rawBackup?: boolean;

  /**
   * Prefix of the rows, as LakeTable takes it: folders, then `name=!{…}/` for each partition column.
   *
   * @default - 'telemetry/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/', with a folder for each of `partitionBy` before the time
   */
  readonly prefix?: string;

  /**
   * Prefix of the original records. It has a table where LakeTable can find its partitions.
   *
   * @default 'raw/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/'
   */
  readonly rawPrefix?: string;

  /**
   * Prefix of what failed. It has a table where LakeTable can find its partitions.
   *
   * @default 'errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/'
   */
  readonly errorPrefix?: string;

  /**
   * Flattened paths whose values become folders, such as site or tenant. Every query has to name them in its WHERE. A stream takes 500
   * combinations of values at once, so never devices.
   *
   * @default - partitions by time of arrival only
   */
  readonly partitionBy?: string[];

  /**
   * The day of the oldest object, `yyyy-MM-dd`. Queries do not look for partitions before it.
   *
   * @default '2026-01-01'
   */
  readonly firstDay?: string;

  /**
   * After how many days rows are deleted, in the wide tables as well, 1 to 36,500. Only in the bucket that the lake makes.
   *
   * @default - rows are kept
   */
  readonly rowRetention?: Duration;

  /**
   * After how many days original records are deleted, 1 to 36,500. Only in the bucket that the lake makes.
   *
   * @default Duration.days(90)
   */
  readonly rawRetention?: Duration;

  /**
   * After how many days records that failed are deleted, 1 to 36,500. Only in the bucket that the lake makes.
   *
   * @default Duration.days(365)
   */
  readonly errorRetention?: Duration;

  /**
   * Further lifecycle rules of the bucket that the lake makes, to move rows to cheaper storage for instance.
   *
   * @default - what the retentions say
   */
  readonly lifecycleRules?: s3.LifecycleRule[];

  /**
   * Bucket for the access logs of the bucket that the lake makes.
   *
   * @default - no access logs
   */
  readonly serverAccessLogsBucket?: s3.IBucket;

  /**
   * How much one query may read before Athena stops it, from 10 MB. Athena bills by the bytes read.
   *
   * @default Size.gibibytes(100)
   */
  readonly scanLimit?: Size;

  /**
   * After how many days results of queries are deleted, 1 to 36,500. Only in the bucket that the lake makes.
   *
   * @default Duration.days(30)
   */
  readonly resultRetention?: Duration;

  /**
   * When, as a cron expression, a Glue crawler looks for columns that nobody declared, and writes a table `crawled_…` with what it found. Crawlers are paid by the
   * run, 10 minutes at least; the tables of the lake do not need one.
   *
   * @default - no crawler
   */
  readonly crawlerSchedule?: events.Schedule;

  /**
   * Whether Lake Formation governs the catalog of this account, so that a stream needs its permission on the table as well as that of IAM.
   * The role that deploys has to be an administrator of Lake Formation. Who asks the lake is not permitted there: grant DESCRIBE and SELECT on
   * all tables of its database to the principals of `grantQuery` in Lake Formation as well.
   *
   * @default false
   */
  readonly lakeFormation?: boolean;
}

/** Properties of a DataLake. */
export interface DataLakeProps extends DataLakeOptions {
  /**
   * Key that encrypts the bucket and the results of queries.
   *
   * @default - keys of S3, at no charge
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the bucket that the lake makes, when the construct is removed. DESTROY deletes its objects too.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}
