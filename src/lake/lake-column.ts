/** How the objects of a lake are written. */
export enum LakeFormat {
  /** One JSON object a line. */
  JSON_LINES = 'JSON_LINES',
  /** Apache Parquet: smaller, and cheaper to query by column. */
  PARQUET = 'PARQUET',
  /**
   * Apache Iceberg. Refused with the reason: Firehose delivers only to tables that Iceberg's own GlueCatalog API made, and CloudFormation
   * makes none of these.
   *
   * @see https://docs.aws.amazon.com/firehose/latest/dev/apache-iceberg-considerations.html
   */
  ICEBERG = 'ICEBERG',
}

/** Athena's SQL takes both, but Glue, Hive and Spark only `int`. Names of fields, which a colon follows, stay. */
const INTEGER = /(?<=^|[<,:])integer(?=$|[>,])/g;

/** The type of a column, as Glue, Athena and Spark know it. */
export class LakeColumnType {
  /** Text. */
  public static readonly STRING = new LakeColumnType('string');
  /** Whole numbers of 64 bits, such as milliseconds since 1970. */
  public static readonly BIGINT = new LakeColumnType('bigint');
  /** Whole numbers of 32 bits. */
  public static readonly INT = new LakeColumnType('int');
  /** Floating-point numbers of 64 bits. */
  public static readonly DOUBLE = new LakeColumnType('double');
  /** True or false. */
  public static readonly BOOLEAN = new LakeColumnType('boolean');
  /** A moment, written `2026-11-21 08:00:00.123`. */
  public static readonly TIMESTAMP = new LakeColumnType('timestamp');

  /**
   * Any other type that Athena reads, such as `decimal(38,0)`, `array<string>` or `struct<x:int,y:int>`. The table refuses others.
   *
   * @param name the type as Glue writes it: in lower case, without white space
   * @see https://docs.aws.amazon.com/athena/latest/ug/data-types.html
   */
  public static of(name: string): LakeColumnType {
    return new LakeColumnType(name.replace(INTEGER, 'int'));
  }

  /** The type as Glue writes it. */
  public readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }
}

/** A column of a LakeTable. */
export interface LakeColumn {
  /** Name, as it stands in the rows: lower case, 1 to 255 characters. */
  readonly name: string;

  /** Type. Rows whose value has another type fail the conversion to Parquet and go to the error prefix. */
  readonly type: LakeColumnType;

  /**
   * What the column holds, with its unit: up to 255 characters in one line.
   *
   * @default - no comment
   */
  readonly comment?: string;
}
