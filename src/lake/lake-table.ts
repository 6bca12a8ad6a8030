import { Names, Stack } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { columnProblems } from './column-problems';
import { icebergProblems } from './iceberg-problems';
import { LakeColumn, LakeFormat } from './lake-column';
import { DEFAULT_FIRST_DAY, firstDayProblems, partitionProjection, projectionProblems } from './partition-projection';
import { errorPrefixProblems, prefixProblems } from '../firehose-batch/object-prefix';
import { Problem, textProblems, throwOnProblems } from '../private/validation';

const NAME = { max: 255, pattern: /^[a-z0-9_]+$/, characters: 'lower-case letters, digits and underscores' };

/** Iceberg is refused. */
type WrittenFormat = Exclude<LakeFormat, LakeFormat.ICEBERG>;

interface SerDe {
  readonly inputFormat: string;
  readonly outputFormat: string;
  readonly library: string;
  readonly parameters: { readonly [name: string]: string };
}
const SERDES: { readonly [format in WrittenFormat]: SerDe } = {
  [LakeFormat.JSON_LINES]: {
    inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
    library: 'org.openx.data.jsonserde.JsonSerDe',
    // Without it one truncated line fails every query over the object.
    parameters: { 'ignore.malformed.json': 'true' },
  },
  [LakeFormat.PARQUET]: {
    inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
    library: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
    parameters: { 'serialization.format': '1' },
  },
};

/** Properties of a LakeTable. */
export interface LakeTableProps {
  /** The bucket of the objects. */
  readonly bucket: s3.IBucket;

  /**
   * The prefix as Firehose has it: folders, then one `name=!{…}` for each partition column, with a slash after each.
   *
   * The folders may be tokens, the rest may not. Time stands in `!{timestamp:…}` with one of the patterns yyyy, MM, dd, HH, yyyy-MM, yyyy-MM-dd, yyyy-MM-dd-HH. A
   * `!{partitionKeyFromLambda:…}` makes a column that every query has to name in its WHERE. A folder `!{firehose:error-output-type}/` makes
   * the column `error_type`, for a table over what failed.
   */
  readonly prefix: string;

  /** The columns inside the objects. Those of the prefix follow from the prefix. */
  readonly columns: LakeColumn[];

  /**
   * How the objects are written.
   *
   * @default LakeFormat.JSON_LINES
   */
  readonly format?: LakeFormat;

  /**
   * Name of a Glue database that exists already.
   *
   * @default - a new database, named after the path of the construct
   */
  readonly databaseName?: string;

  /**
   * Name of the table: 1 to 255 lower-case letters, digits and underscores.
   *
   * @default 'telemetry'
   */
  readonly tableName?: string;

  /**
   * The day of the oldest object, `yyyy-MM-dd`. Queries do not look for partitions before it. It may be a token unless the
   * prefix has `!{timestamp:yyyy}` or `!{timestamp:yyyy-MM}`.
   *
   * @default '2026-01-01'
   */
  readonly firstDay?: string;
}

/**
 * A Glue table over the objects of a FirehoseBatchPipeline, for Athena and for the conversion to Parquet.
 *
 * Athena computes its partitions from the prefix (partition projection), so there is no crawler to pay and new data
 * shows at once. Spark and Glue jobs ignore projection and read the folders instead. Database and table are deleted
 * with the stack: they describe the data and hold none.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
 * @example
 * import { Stack } from 'aws-cdk-lib';
 * import * as s3 from 'aws-cdk-lib/aws-s3';
 * import { LakeColumnType, LakeTable } from 'cdk-iot-landing-zone';
 *
 * declare const stack: Stack;
 * declare const bucket: s3.IBucket;
 *
 * new LakeTable(stack, 'Table', {
 *   bucket,
 *   prefix: 'telemetry/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/',
 *   columns: [{ name: 'temperature', type: LakeColumnType.DOUBLE }],
 * });
 */
export class LakeTable extends Construct {
  /** The bucket of the objects. */
  readonly bucket: s3.IBucket;
  /** The prefix of the objects, with its expressions. */
  readonly prefix: string;
  /** How the objects are written. */
  readonly format: LakeFormat;
  /** Name of the Glue database. */
  readonly databaseName: string;
  /** Name of the table, for queries. */
  readonly tableName: string;

  constructor(scope: Construct, id: string, props: LakeTableProps) {
    super(scope, id);
    const firstDay = props.firstDay ?? DEFAULT_FIRST_DAY;
    throwOnProblems(this, problemsOf(props, firstDay));

    this.bucket = props.bucket;
    this.prefix = props.prefix;
    this.format = props.format ?? LakeFormat.JSON_LINES;
    this.databaseName = props.databaseName ?? this.createDatabase();
    this.tableName = this.createTable(props.tableName ?? 'telemetry', props.columns, firstDay);
  }

  /**
   * Lets a role read what the table looks like. The objects are granted on their bucket or pipeline.
   *
   * Where Lake Formation governs the catalog, its permissions are needed as well; see the page of this construct.
   *
   * @param grantee who may
   */
  public grantReadSchema(grantee: iam.IGrantable): iam.Grant {
    const stack = Stack.of(this);
    const arnOf = (resource: string, resourceName?: string) => stack.formatArn({ service: 'glue', resource, resourceName });
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['glue:GetTable', 'glue:GetTableVersion', 'glue:GetTableVersions'],
      // Glue checks the whole way down to the table.
      resourceArns: [arnOf('catalog'), arnOf('database', this.databaseName), arnOf('table', `${this.databaseName}/${this.tableName}`)],
    });
  }

  private createDatabase(): string {
    const name = Names.uniqueResourceName(this, { maxLength: NAME.max, separator: '_', allowedSpecialCharacters: '_' }).toLowerCase();
    const database = new glue.CfnDatabase(this, 'Database', {
      catalogId: Stack.of(this).account,
      databaseInput: { name, description: `Data of ${this.node.path}` },
    });
    return database.ref;
  }

  private createTable(name: string, columns: LakeColumn[], firstDay: string): string {
    const { folder, columns: partitionKeys, parameters, template } = partitionProjection(this.prefix, firstDay)!;
    const { inputFormat, outputFormat, library, parameters: serdeParameters } = SERDES[this.format as WrittenFormat];
    const table = new glue.CfnTable(this, 'Table', {
      catalogId: Stack.of(this).account,
      databaseName: this.databaseName,
      tableInput: {
        name,
        tableType: 'EXTERNAL_TABLE',
        partitionKeys,
        parameters: {
          'EXTERNAL': 'TRUE',
          'classification': this.format === LakeFormat.PARQUET ? 'parquet' : 'json',
          ...parameters,
          'storage.location.template': this.bucket.s3UrlForObject(template),
        },
        storageDescriptor: {
          columns: columns.map(column => ({ name: column.name, type: column.type.name, comment: column.comment })),
          location: this.bucket.s3UrlForObject(folder),
          inputFormat,
          outputFormat,
          serdeInfo: { serializationLibrary: library, parameters: serdeParameters },
        },
      },
    });
    return table.ref;
  }
}

function problemsOf(props: LakeTableProps, firstDay: string): Problem[] {
  const holdsErrors = props.prefix.includes('!{firehose:error-output-type}');
  const malformed = holdsErrors ? errorPrefixProblems('prefix', props.prefix) : prefixProblems('prefix', props.prefix);
  return [
    ...malformed,
    ...malformed.length > 0 ? [] : projectionProblems(props.prefix, firstDay),
    ...textProblems('databaseName', props.databaseName, NAME),
    ...textProblems('tableName', props.tableName, NAME),
    ...firstDayProblems(props.prefix, firstDay),
    ...columnProblems(props.columns, props.prefix),
    ...icebergProblems(props.format),
  ];
}
