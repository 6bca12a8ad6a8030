import { Annotations, Duration, Names, Size, Stack } from 'aws-cdk-lib';
import * as athena from 'aws-cdk-lib/aws-athena';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lakeformation from 'aws-cdk-lib/aws-lakeformation';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { AthenaView } from './athena-view';
import { DataLakeProps } from './data-lake-options';
import { LakePlaces, lakeProblems } from './data-lake-problems';
import { createLakeBucket } from './lake-bucket';
import { LakeColumn, LakeColumnType, LakeFormat } from './lake-column';
import { LakeCrawler } from './lake-crawler';
import { LakeDeviceType } from './lake-device-type';
import { RESULT_FOLDER, wideFolder } from './lake-folders';
import { lakeQueries } from './lake-queries';
import { LakeTable } from './lake-table';
import { deviceTypeView, errorView, LakeView, longView, wideView } from './lake-views';
import { DEFAULT_FIRST_DAY, partitionProjection } from './partition-projection';
import { QueryWorkgroup } from './query-workgroup';
import { DEFAULT_DEVICE_ID_KEYS, DEFAULT_EVENT_TIME_KEYS, ERROR_COLUMNS, ROW_COLUMNS } from './row-columns';
import {
  DEFAULT_ERROR_PREFIX, DEFAULT_ERROR_RETENTION, DEFAULT_RAW_PREFIX, DEFAULT_RAW_RETENTION, rowPrefix,
} from '../firehose-batch/delivery-places';
import { LakeRowPlan } from '../firehose-batch/lake-row-plan';
import { folderBesideRows, literalFolder, partitionKeysOf } from '../firehose-batch/object-prefix';
import { ADDED_COLUMNS } from '../firehose-batch/telemetry-sql';
import { throwOnProblems } from '../private/validation';

export type { DataLakeOptions, DataLakeProps } from './data-lake-options';

/** Of a message only what the rule adds has a name for certain. */
const RAW_COLUMNS = Object.entries(ADDED_COLUMNS).map(([name, type]): LakeColumn => ({ name, type: LakeColumnType.of(type) }));
const DEFAULT_SCAN_LIMIT = Size.gibibytes(100);
const DEFAULT_RESULT_RETENTION = Duration.days(30);

/**
 * A lake of device data that any kind of device fits into: bucket, Glue database and tables, a workgroup of Athena, views and saved queries.
 *
 * A row holds one message: who, where and when in columns, its numbers in the map `measurements` and its texts in the map `attributes`, by
 * the flattened path of their keys. A new kind of device needs no change. A FirehoseBatchPipeline with this `lake` writes the rows, as Parquet.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
 * @example
 * import { Stack } from 'aws-cdk-lib';
 * import { DataLake, FirehoseBatchPipeline, LakeColumnType } from 'cdk-iot-landing-zone';
 *
 * declare const stack: Stack;
 *
 * const lake = new DataLake(stack, 'Lake', {
 *   columns: [{ name: 'measurements_temperature', type: LakeColumnType.DOUBLE, comment: 'degrees Celsius' }],
 * });
 * new FirehoseBatchPipeline(stack, 'Telemetry', { lake });
 */
export class DataLake extends Construct {
  /** The bucket of the rows, of what failed and of the results of queries. */
  readonly bucket: s3.IBucket;
  /** The bucket of the original records; undefined without a raw backup. */
  readonly rawBucket?: s3.IBucket;
  /** Prefix of the rows. */
  readonly prefix: string;
  /** Prefix of the original records. */
  readonly rawPrefix: string;
  /** Prefix of what failed. */
  readonly errorPrefix: string;
  /** What partitions the rows beside the time of arrival. */
  readonly partitionBy: string[];
  /** Name of the Glue database. */
  readonly databaseName: string;
  /** The table of the rows, `telemetry`. */
  readonly table: LakeTable;
  /** The table of the original records, `raw`; undefined without a raw backup, or where its prefix hides the partitions. */
  readonly rawTable?: LakeTable;
  /** The table of what failed, `errors`; undefined where its prefix hides the partitions. */
  readonly errorTable?: LakeTable;
  /** Kinds of devices with wide tables. */
  readonly deviceTypes: LakeDeviceType[];
  /** Name of the workgroup of Athena. */
  readonly workgroupName: string;

  /**
   * How the transform makes rows.
   *
   * @internal
   */
  readonly _rowPlan: LakeRowPlan;

  private readonly firstDay: string;
  private readonly isGoverned: boolean;

  constructor(scope: Construct, id: string, props: DataLakeProps = {}) {
    super(scope, id);
    const places = placesOf(props);
    throwOnProblems(this, lakeProblems(props, places, () => rowPlanOf(props)));
    this.prefix = places.prefix;
    this.rawPrefix = places.rawPrefix;
    this.errorPrefix = places.errorPrefix;
    this.partitionBy = places.partitionBy;
    this.firstDay = places.firstDay;
    this.deviceTypes = props.deviceTypes ?? [];
    this.isGoverned = props.lakeFormation ?? false;
    this._rowPlan = rowPlanOf(props);

    this.bucket = props.bucket ?? this.createBucket(props);
    this.rawBucket = props.rawBackup ?? true ? props.rawBucket ?? this.bucket : undefined;
    this.databaseName = this.createDatabase();
    this.table = this._table('Telemetry', 'telemetry', this.bucket, this.prefix, [...ROW_COLUMNS, ...props.columns ?? []], LakeFormat.PARQUET);
    this.rawTable = this.rawBucket && this.sideTable('Raw', 'raw', this.rawBucket, this.rawPrefix, RAW_COLUMNS);
    this.errorTable = this.sideTable('Errors', 'errors', this.bucket, this.errorPrefix, ERROR_COLUMNS);
    this.createViews(props.columns ?? []);
    this.workgroupName = this.createWorkgroup(props).ref;
    if (props.crawlerSchedule) this.createCrawler(props);
  }

  /**
   * Lets somebody ask the lake: run queries in its workgroup, read every table, and write and read results.
   *
   * Where Lake Formation governs the catalog, grant DESCRIBE and SELECT on all tables of the database there as well.
   *
   * @param grantee who may
   */
  public grantQuery(grantee: iam.IGrantable): iam.Grant {
    const stack = Stack.of(this);
    const arnOf = (service: string, resource: string, resourceName?: string) => stack.formatArn({ service, resource, resourceName });
    [this.prefix, this.errorPrefix, ...this.rawBucket === this.bucket ? [this.rawPrefix] : []]
      .forEach(prefix => this.bucket.grantRead(grantee, `${literalFolder(prefix)}*`));
    if (this.deviceTypes.length > 0) this.bucket.grantRead(grantee, `${wideFolder(this.prefix)}*`);
    if (this.rawBucket && this.rawBucket !== this.bucket) this.rawBucket.grantRead(grantee, `${literalFolder(this.rawPrefix)}*`);
    this.bucket.grantRead(grantee, `${RESULT_FOLDER}*`);
    this.bucket.grantPut(grantee, `${RESULT_FOLDER}*`);
    // Athena looks into `default` whatever the query. https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
    iam.Grant.addToPrincipal({
      grantee,
      actions: ['glue:GetDatabase', 'glue:GetDatabases'],
      resourceArns: [arnOf('glue', 'catalog'), arnOf('glue', 'database', 'default'), arnOf('glue', 'database', this.databaseName)],
    });
    iam.Grant.addToPrincipal({
      grantee,
      actions: ['glue:GetPartitions', 'glue:GetTable', 'glue:GetTables'],
      resourceArns: [arnOf('glue', 'catalog'), arnOf('glue', 'database', this.databaseName), arnOf('glue', 'table', `${this.databaseName}/*`)],
    });
    return iam.Grant.addToPrincipal({
      grantee,
      actions: [
        'athena:BatchGetNamedQuery', 'athena:GetNamedQuery', 'athena:GetQueryExecution', 'athena:GetQueryResults', 'athena:GetWorkGroup', 'athena:ListNamedQueries',
        'athena:ListQueryExecutions', 'athena:StartQueryExecution', 'athena:StopQueryExecution',
      ],
      resourceArns: [arnOf('athena', 'workgroup', this.workgroupName)],
    });
  }

  /**
   * Lets a role of a stream read the table where Lake Formation governs it; what depends on that waits for the construct that comes back.
   *
   * @internal
   */
  public _permit(scope: Construct, role: iam.IRole): Construct | undefined {
    if (!this.isGoverned) return undefined;
    return new lakeformation.CfnPrincipalPermissions(scope, 'TablePermission', {
      principal: { dataLakePrincipalIdentifier: role.roleArn },
      resource: { table: { catalogId: Stack.of(this).account, databaseName: this.databaseName, name: this.table.tableName } },
      permissions: ['DESCRIBE', 'SELECT'],
      permissionsWithGrantOption: [],
    });
  }

  /**
   * A table in the database of the lake.
   *
   * @internal
   */
  public _table(
    id: string, tableName: string, bucket: s3.IBucket, prefix: string, columns: readonly LakeColumn[], format: LakeFormat,
  ): LakeTable {
    return new LakeTable(this, id, {
      bucket, prefix, format, tableName, columns: [...columns], databaseName: this.databaseName, firstDay: this.firstDay,
    });
  }

  private createBucket(props: DataLakeProps): s3.Bucket {
    const expiring = (folder: string | undefined, expiration: Duration): s3.LifecycleRule[] =>
      folder === undefined ? [] : [{ prefix: folder, expiration }];
    const keepsRaw = (props.rawBackup ?? true) && !props.rawBucket;
    return createLakeBucket(this, {
      ...props,
      lifecycleRules: [
        ...[literalFolder(this.prefix), wideFolder(this.prefix)].flatMap(folder => props.rowRetention ? expiring(folder, props.rowRetention) : []),
        ...expiring(folderBesideRows(this.errorPrefix, this.prefix), props.errorRetention ?? DEFAULT_ERROR_RETENTION),
        ...keepsRaw ? expiring(folderBesideRows(this.rawPrefix, this.prefix), props.rawRetention ?? DEFAULT_RAW_RETENTION) : [],
        ...expiring(RESULT_FOLDER, props.resultRetention ?? DEFAULT_RESULT_RETENTION),
        ...props.lifecycleRules ?? [],
      ],
    });
  }

  private createDatabase(): string {
    const name = Names.uniqueResourceName(this, { maxLength: 255, separator: '_', allowedSpecialCharacters: '_' }).toLowerCase();
    return new glue.CfnDatabase(this, 'Database', {
      catalogId: Stack.of(this).account,
      databaseInput: { name, description: `Device data of ${this.node.path}` },
    }).ref;
  }

  /** A table over data that need not have one: a prefix of the user's may hide its partitions. */
  private sideTable(id: string, tableName: string, bucket: s3.IBucket, prefix: string, columns: readonly LakeColumn[]): LakeTable | undefined {
    if (partitionProjection(prefix, this.firstDay)) return this._table(id, tableName, bucket, prefix, columns, LakeFormat.JSON_LINES);
    Annotations.of(this).addWarningV2(`cdk-iot-landing-zone:noTable:${tableName}`,
      `there is no table '${tableName}', since its partitions do not follow from the prefix '${prefix}': write it as folders with name=!{timestamp:…}/ after them`);
    return undefined;
  }

  private createViews(declared: LakeColumn[]): void {
    const partitions = partitionsOf(this.prefix, this.firstDay);
    const create = (id: string, view: LakeView) => new AthenaView(this, id, { databaseName: this.databaseName, ...view });
    create('LongView', longView(partitions));
    create('WideView', wideView(declared, partitions));
    if (this.errorTable) create('ErrorView', errorView(partitionsOf(this.errorPrefix, this.firstDay)));
    this.deviceTypes.forEach(type => create(`${type.name}View`, deviceTypeView(type, partitions)));
  }

  private createWorkgroup({ scanLimit }: DataLakeProps): athena.CfnWorkGroup {
    return new QueryWorkgroup(this, 'Queries', {
      bucket: this.bucket,
      resultFolder: RESULT_FOLDER,
      scanLimit: scanLimit ?? DEFAULT_SCAN_LIMIT,
      databaseName: this.databaseName,
      queries: lakeQueries(partitionsOf(this.prefix, this.firstDay), partitionKeysOf(this.prefix)),
    }).workgroup;
  }

  private createCrawler({ crawlerSchedule, encryptionKey }: DataLakeProps): void {
    new LakeCrawler(this, 'Crawler', {
      bucket: this.bucket, folder: literalFolder(this.prefix), databaseName: this.databaseName, schedule: crawlerSchedule!, encryptionKey,
    });
  }
}

function placesOf(props: DataLakeProps): LakePlaces {
  const partitionBy = props.partitionBy ?? [];
  return {
    partitionBy,
    prefix: props.prefix ?? rowPrefix(partitionBy),
    rawPrefix: props.rawPrefix ?? DEFAULT_RAW_PREFIX,
    errorPrefix: props.errorPrefix ?? DEFAULT_ERROR_PREFIX,
    firstDay: props.firstDay ?? DEFAULT_FIRST_DAY,
  };
}

function rowPlanOf({ deviceIdKeys, eventTimeKeys, columns = [] }: DataLakeProps): LakeRowPlan {
  const byType: { [type: string]: string[] } = {};
  for (const { name, type } of columns) (byType[type.name] ??= []).push(name);
  return { deviceIdKeys: deviceIdKeys ?? DEFAULT_DEVICE_ID_KEYS, eventTimeKeys: eventTimeKeys ?? DEFAULT_EVENT_TIME_KEYS, columns: byType };
}

function partitionsOf(prefix: string, firstDay: string) {
  return partitionProjection(prefix, firstDay)!.columns;
}
