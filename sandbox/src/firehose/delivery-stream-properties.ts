import { isModelledType } from './cell';
import { Column, FormatConversion, LambdaTransform, ObjectDestination, StreamDefinition } from './stream-definition';
import { ResourceRequest } from '../assembly/resource-type';
import { TemplateError } from '../assembly/template-error';
import { KnownProperties, unsupportedProperties } from '../assembly/unsupported-properties';
import { columnTypeOf } from '../glue/column-type';
import { isObject, Json, JsonObject } from '../json';

/** Columns of a table of Glue, those of its partitions aside; undefined where there is no such table. */
export type ColumnsOfTable = (databaseName: string, tableName: string) => readonly Column[] | undefined;

const MIB = 1024 * 1024;
const HINTS = { IntervalInSeconds: true, SizeInMBs: true } as const;
const LOGGING = { Enabled: true, LogGroupName: true, LogStreamName: true } as const;
const BUCKET = { BucketARN: true, RoleARN: true, EncryptionConfiguration: true, BufferingHints: HINTS, CloudWatchLoggingOptions: LOGGING } as const;
const KNOWN: KnownProperties = {
  DeliveryStreamName: true,
  DeliveryStreamType: true,
  DeliveryStreamEncryptionConfigurationInput: true,
  DirectPutSourceConfiguration: true,
  Tags: true,
  ExtendedS3DestinationConfiguration: {
    ...BUCKET,
    Prefix: true,
    ErrorOutputPrefix: true,
    CompressionFormat: true,
    CustomTimeZone: true,
    FileExtension: true,
    ProcessingConfiguration: { Enabled: true, Processors: { Type: true, Parameters: { ParameterName: true, ParameterValue: true } } },
    DynamicPartitioningConfiguration: { Enabled: true, RetryOptions: true },
    S3BackupMode: true,
    S3BackupConfiguration: { ...BUCKET, Prefix: true, ErrorOutputPrefix: true, CompressionFormat: true },
    DataFormatConversionConfiguration: {
      Enabled: true,
      InputFormatConfiguration: {
        Deserializer: {
          OpenXJsonSerDe: { CaseInsensitive: true, ColumnToJsonKeyMappings: true, ConvertDotsInJsonKeysToUnderscores: true },
          HiveJsonSerDe: {},
        },
      },
      OutputFormatConfiguration: { Serializer: { ParquetSerDe: { Compression: true } } },
      SchemaConfiguration: { CatalogId: true, DatabaseName: true, Region: true, RoleARN: true, TableName: true, VersionId: true },
    },
  },
};
const LAMBDA_PARAMETERS = ['LambdaArn', 'RoleArn', 'NumberOfRetries', 'BufferSizeInMBs', 'BufferIntervalInSeconds'];

/** Reads `AWS::KinesisFirehose::DeliveryStream`. */
export class DeliveryStreamProperties {
  private readonly location: string;
  private readonly name: string;

  constructor(private readonly request: ResourceRequest, private readonly columnsOf: ColumnsOfTable) {
    this.location = `Resources/${request.logicalId}/Properties`;
    this.name = text(request.properties.DeliveryStreamName) ?? request.generatedName(64);
  }

  /** What the template says that nothing here reads; a difference from AWS that the user should know. */
  get unsupported(): string[] {
    return unsupportedProperties(this.request.properties, KNOWN);
  }

  /** @throws TemplateError for what CloudFormation would refuse, and for what would be delivered otherwise than by AWS */
  definition(): StreamDefinition {
    const { stack, properties } = this.request;
    const { DeliveryStreamType: type = 'DirectPut', ExtendedS3DestinationConfiguration: extended } = properties;
    if (type !== 'DirectPut') this.refuse('DeliveryStreamType', `${JSON.stringify(type)} is not modelled, only DirectPut`);
    if (!isObject(extended)) this.refuse('ExtendedS3DestinationConfiguration', 'is the only destination that is modelled, and must be there');
    const at = 'ExtendedS3DestinationConfiguration';
    const { DynamicPartitioningConfiguration: partitioning, S3BackupMode: mode = 'Disabled', S3BackupConfiguration: backup } = extended;
    const conversion = this.conversion(extended);
    const dynamicPartitioning = isObject(partitioning) && isTrue(partitioning.Enabled);
    const smallest = conversion || dynamicPartitioning ? 64 : 1;
    if (mode === 'Enabled' && !isObject(backup)) this.refuse(`${at}/S3BackupConfiguration`, 'must be there where S3BackupMode is Enabled');
    return {
      name: this.name,
      arn: `arn:${stack.partition}:firehose:${stack.region}:${stack.account}:deliverystream/${this.name}`,
      region: stack.region,
      destination: this.destination(extended, at, smallest),
      dynamicPartitioning,
      conversion,
      backup: mode === 'Enabled' && isObject(backup) ? this.destination(backup, `${at}/S3BackupConfiguration`, 1) : undefined,
      ...this.processing(extended),
    };
  }

  private destination(properties: JsonObject, at: string, smallestMiB: number): ObjectDestination {
    const bucketArn = text(properties.BucketARN) ?? '';
    const [, bucket] = /^arn:[^:]+:s3:::([^/]+)$/.exec(bucketArn)
      ?? this.refuse(`${at}/BucketARN`, `must be the ARN of a bucket, got ${JSON.stringify(bucketArn)}`);
    const { CompressionFormat: compression = 'UNCOMPRESSED', CloudWatchLoggingOptions: logging, BufferingHints: hints } = properties;
    if (compression !== 'UNCOMPRESSED' && compression !== 'GZIP') {
      this.refuse(`${at}/CompressionFormat`, `${JSON.stringify(compression)} is not modelled, only UNCOMPRESSED and GZIP`);
    }
    if (text(properties.Prefix)?.includes('!{') && properties.ErrorOutputPrefix === undefined) {
      this.refuse(`${at}/ErrorOutputPrefix`, 'must be there where Prefix has an expression');
    }
    const { SizeInMBs: size, IntervalInSeconds: interval } = isObject(hints) ? hints : {};
    return {
      bucket,
      bucketArn,
      roleArn: text(properties.RoleARN),
      keyArn: text(inner(properties, 'EncryptionConfiguration', 'KMSEncryptionConfig')?.AWSKMSKeyARN),
      prefix: text(properties.Prefix),
      errorPrefix: text(properties.ErrorOutputPrefix),
      bufferBytes: this.number(size, smallestMiB > 1 ? 128 : 5, smallestMiB, 128, `${at}/BufferingHints/SizeInMBs`) * MIB,
      bufferSeconds: this.number(interval, 300, 0, 900, `${at}/BufferingHints/IntervalInSeconds`),
      compression,
      fileExtension: text(properties.FileExtension) || undefined,
      timeZone: text(properties.CustomTimeZone),
      errorLog: isObject(logging) && isTrue(logging.Enabled)
        ? { group: text(logging.LogGroupName) ?? '', stream: text(logging.LogStreamName) ?? '' } : undefined,
    };
  }

  private processing({ ProcessingConfiguration: configuration }: JsonObject): { transform?: LambdaTransform; delimiter?: string } {
    if (!isObject(configuration) || !isTrue(configuration.Enabled)) return {};
    const read: { transform?: LambdaTransform; delimiter?: string } = {};
    for (const [index, processor] of elements(configuration.Processors).entries()) {
      const at = `ExtendedS3DestinationConfiguration/ProcessingConfiguration/Processors/${index}`;
      const parameters = Object.fromEntries(elements(processor.Parameters)
        .map(({ ParameterName: name, ParameterValue: value }) => [String(name), String(value)]));
      if (processor.Type === 'Lambda') read.transform = this.transform(parameters, at);
      else if (processor.Type === 'AppendDelimiterToRecord') read.delimiter = unescaped(parameters.Delimiter ?? '\\n');
      else this.refuse(at, `the processor ${JSON.stringify(processor.Type)} is not modelled, only Lambda and AppendDelimiterToRecord`);
    }
    return read;
  }

  private transform(parameters: { [name: string]: string }, at: string): LambdaTransform {
    const unknown = Object.keys(parameters).find(name => !LAMBDA_PARAMETERS.includes(name));
    if (unknown !== undefined) this.refuse(at, `the parameter ${unknown} is not one of ${LAMBDA_PARAMETERS.join(', ')}`);
    if (!parameters.LambdaArn) this.refuse(at, 'must have the parameter LambdaArn');
    return {
      functionArn: parameters.LambdaArn,
      roleArn: parameters.RoleArn,
      bufferBytes: this.number(parameters.BufferSizeInMBs, 1, 0.2, 3, `${at}/BufferSizeInMBs`) * MIB,
      bufferSeconds: this.number(parameters.BufferIntervalInSeconds, 60, 0, 900, `${at}/BufferIntervalInSeconds`),
      retries: this.number(parameters.NumberOfRetries, 3, 0, 300, `${at}/NumberOfRetries`),
    };
  }

  private conversion({ DataFormatConversionConfiguration: configuration, CompressionFormat: whole }: JsonObject): FormatConversion | undefined {
    if (!isObject(configuration) || configuration.Enabled !== undefined && !isTrue(configuration.Enabled)) return undefined;
    const at = 'ExtendedS3DestinationConfiguration/DataFormatConversionConfiguration';
    const input = inner(configuration, 'InputFormatConfiguration', 'Deserializer') ?? {};
    const parquet = inner(configuration, 'OutputFormatConfiguration', 'Serializer', 'ParquetSerDe');
    if (!parquet) this.refuse(`${at}/OutputFormatConfiguration`, 'only ParquetSerDe is modelled');
    if (!isObject(input.OpenXJsonSerDe) && !isObject(input.HiveJsonSerDe)) this.refuse(`${at}/InputFormatConfiguration`, 'must be OpenXJsonSerDe or HiveJsonSerDe');
    if (whole !== undefined && whole !== 'UNCOMPRESSED') this.refuse('ExtendedS3DestinationConfiguration/CompressionFormat', 'must be UNCOMPRESSED where the format is converted');
    const { Compression: compression = 'SNAPPY' } = parquet;
    if (compression !== 'SNAPPY' && compression !== 'GZIP' && compression !== 'UNCOMPRESSED') {
      this.refuse(`${at}/OutputFormatConfiguration`, `the compression ${JSON.stringify(compression)} must be SNAPPY, GZIP or UNCOMPRESSED`);
    }
    const openX = isObject(input.OpenXJsonSerDe) ? input.OpenXJsonSerDe : {};
    const keys = isObject(openX.ColumnToJsonKeyMappings) ? openX.ColumnToJsonKeyMappings : {};
    return {
      ...this.schema(configuration, at),
      compression,
      caseInsensitive: openX.CaseInsensitive === undefined || isTrue(openX.CaseInsensitive),
      keyOfColumn: Object.fromEntries(Object.entries(keys).map(([column, key]) => [column, String(key)])),
      dotsAreUnderscores: isTrue(openX.ConvertDotsInJsonKeysToUnderscores),
    };
  }

  private schema(configuration: JsonObject, at: string): Pick<FormatConversion, 'table' | 'columns' | 'roleArn'> {
    const { stack } = this.request;
    const schema = inner(configuration, 'SchemaConfiguration') ?? {};
    const table = {
      catalogId: text(schema.CatalogId) ?? stack.account,
      databaseName: text(schema.DatabaseName) ?? '',
      tableName: text(schema.TableName) ?? '',
      region: text(schema.Region) ?? stack.region,
      versionId: text(schema.VersionId) ?? 'LATEST',
    };
    const columns = this.columnsOf(table.databaseName, table.tableName);
    if (!columns) this.refuse(`${at}/SchemaConfiguration`, `there is no table ${table.databaseName}.${table.tableName}`);
    const unmodelled = columns.find(({ type }) => {
      const parsed = columnTypeOf(type);
      return !parsed || !isModelledType(parsed);
    });
    if (unmodelled) this.refuse(`${at}/SchemaConfiguration`, `the type ${unmodelled.type} of the column ${unmodelled.name} is not modelled`);
    return { table, columns, roleArn: text(schema.RoleARN) };
  }

  private number(value: Json | undefined, otherwise: number, least: number, most: number, at: string): number {
    const number = value === undefined ? otherwise : Number(value);
    if (!(number >= least && number <= most)) this.refuse(at, `must be from ${least} to ${most}, got ${JSON.stringify(value)}`);
    return number;
  }

  private refuse(at: string, problem: string): never {
    throw new TemplateError(`${this.location}/${at}`, problem);
  }
}

/** An object inside of objects. */
function inner(object: JsonObject, ...names: string[]): JsonObject | undefined {
  return names.reduce<JsonObject | undefined>((at, name) => {
    const next = at?.[name];
    return isObject(next) ? next : undefined;
  }, object);
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isTrue(value: Json | undefined): boolean {
  return value === true || value === 'true';
}

function elements(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Delimiters are written with a backslash and a letter in templates. */
function unescaped(delimiter: string): string {
  return delimiter.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\r', '\r');
}
