/** Where objects go, when, and under which names. */
export interface ObjectDestination {
  readonly bucket: string;
  readonly bucketArn: string;
  /** Who writes into the bucket. */
  readonly roleArn?: string;
  /** Key that objects are encrypted by; undefined: as the bucket says. */
  readonly keyArn?: string;
  readonly prefix?: string;
  readonly errorPrefix?: string;
  readonly bufferBytes: number;
  readonly bufferSeconds: number;
  readonly compression: 'UNCOMPRESSED' | 'GZIP';
  /** With its dot; undefined: that of the compression or the format. */
  readonly fileExtension?: string;
  readonly timeZone?: string;
  /** Where errors are written for CloudWatch Logs; undefined: nowhere. */
  readonly errorLog?: { readonly group: string; readonly stream: string };
}

/** A function that changes records on their way. */
export interface LambdaTransform {
  readonly functionArn: string;
  /** Who invokes it; undefined: who writes into the bucket. */
  readonly roleArn?: string;
  readonly bufferBytes: number;
  readonly bufferSeconds: number;
  readonly retries: number;
}

export interface Column { readonly name: string; readonly type: string }

/** Rows in Parquet by the columns of a table. */
export interface FormatConversion {
  readonly table: {
    readonly catalogId: string; readonly databaseName: string; readonly tableName: string; readonly region: string; readonly versionId: string;
  };
  readonly columns: readonly Column[];
  /** Who reads the table. */
  readonly roleArn?: string;
  readonly compression: 'SNAPPY' | 'GZIP' | 'UNCOMPRESSED';
  /** Whether keys are compared without regard to capitals; OpenX does unless told otherwise. */
  readonly caseInsensitive: boolean;
  /** Columns whose key in the JSON is another. */
  readonly keyOfColumn: { readonly [column: string]: string };
  /** A key `a.b` is the column `a_b`. */
  readonly dotsAreUnderscores: boolean;
}

/** A delivery stream as a template describes it. */
export interface StreamDefinition {
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  readonly destination: ObjectDestination;
  readonly transform?: LambdaTransform;
  /** What is put after each delivered record (`AppendDelimiterToRecord`). */
  readonly delimiter?: string;
  readonly dynamicPartitioning: boolean;
  readonly conversion?: FormatConversion;
  /** Gets every record as it came. */
  readonly backup?: ObjectDestination;
}
