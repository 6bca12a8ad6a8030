import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { each, ManualClock, ok } from './stream-under-test';
import { deploy } from '../../src/assembly/deployment';
import { templateOf } from '../../src/assembly/template';
import { DeliveryStreamType } from '../../src/firehose';
import { Json, JsonObject } from '../../src/json';
import { BucketStore } from '../../src/s3/bucket-store';
import { BucketType } from '../../src/s3/bucket-type';
import bundled from '../bundled-example/Sensors.template.json';

const folder = mkdtempSync(path.join(tmpdir(), 'template-'));
const store = new BucketStore(path.join(folder, 'buckets'));
const clock = new ManualClock();
const unsupported: string[] = [];
const onUnsupported = ({ logicalId }: { logicalId: string }, properties: string[]) => { unsupported.push(`${logicalId}: ${properties.join(', ')}`); };
let types: DeliveryStreamType;
beforeEach(() => {
  unsupported.splice(0);
  types = new DeliveryStreamType({
    around: () => ({
      put: async (bucket, key, body) => { await store.put(bucket, key, body); },
      invoke: each(text => ok(text.toUpperCase())),
      clock,
      log: () => {},
      onProblem: () => {},
    }),
    journalsFolder: path.join(folder, 'journals'),
    onUnsupported,
    columnsOf: (_database, table) => table === 'none' ? undefined : table === 'deep' ? [{ name: 'a', type: 'array<binary>' }]
      : [{ name: 'thing', type: 'string' }, { name: 't', type: 'double' }],
  });
});
afterEach(() => types.stop());
afterAll(() => rmSync(folder, { recursive: true }));

const FIREHOSE = 'AWS::KinesisFirehose::DeliveryStream';
const run = (resources: JsonObject) => deploy(
  [{ id: 'Site', stackName: 'Site', template: templateOf({ Resources: resources }, 'Site.template.json'), assets: [], dependsOn: [] }],
  { types: new Map<string, BucketType | DeliveryStreamType>([['AWS::S3::Bucket', new BucketType(store, onUnsupported)], [FIREHOSE, types]]), account: '111122223333', region: 'eu-west-1' },
);
const stream = (extended: JsonObject, more: JsonObject = {}): JsonObject => ({
  Lake: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'lake' } },
  Stream: { Type: FIREHOSE, Properties: { DeliveryStreamName: 'telemetry', ExtendedS3DestinationConfiguration: { BucketARN: { 'Fn::GetAtt': ['Lake', 'Arn'] }, RoleARN: 'role', ...extended }, ...more } },
});
const lambda = (parameters: { [name: string]: string }) => ({
  ProcessingConfiguration: { Enabled: true, Processors: [{ Type: 'Lambda', Parameters: Object.entries(parameters).map(([ParameterName, ParameterValue]) => ({ ParameterName, ParameterValue })) }] },
});

test('a stream and its bucket run from a template: what is put is in the bucket, through the function', async () => {
  const [{ resources }] = await run(stream({ ...lambda({ LambdaArn: 'arn:f' }), Prefix: 'x/', CompressionFormat: 'UNCOMPRESSED' }));
  expect(resources.get('Stream')).toMatchObject({ ref: 'telemetry', attributes: { Arn: 'arn:aws:firehose:eu-west-1:111122223333:deliverystream/telemetry' } });
  await types.stream('telemetry')!.putRecord(Buffer.from('a'));
  await types.stop();
  const [{ key }] = await store.list('lake');
  expect(key).toMatch(/^x\/2026\/11\/21\/10\/telemetry-1-/);
  expect((await store.get('lake', key)).body.toString()).toBe('A');
});

test('AWS\'s defaults hold where the template says nothing', async () => {
  await run(stream(lambda({ LambdaArn: 'arn:f' })));
  expect(types.stream('telemetry')!.definition).toMatchObject({
    destination: { bufferBytes: 5 * 1024 * 1024, bufferSeconds: 300, compression: 'UNCOMPRESSED' },
    transform: { bufferBytes: 1024 * 1024, bufferSeconds: 60, retries: 3 },
    dynamicPartitioning: false,
  });
});

test('what has no effect here is named, at whatever depth', async () => {
  await run(stream({ Prefix: 'x/', Novelty: 1, BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 60, Speed: 2 } }));
  expect(unsupported).toEqual(['Stream: ExtendedS3DestinationConfiguration.Novelty, ExtendedS3DestinationConfiguration.BufferingHints.Speed']);
});

test.each<[string, JsonObject, JsonObject, string]>([
  ['another source', {}, { DeliveryStreamType: 'KinesisStreamAsSource' }, 'Resources/Stream/Properties/DeliveryStreamType: "KinesisStreamAsSource" is not modelled'],
  ['another destination', {}, { ExtendedS3DestinationConfiguration: 1 }, 'ExtendedS3DestinationConfiguration: is the only destination'],
  ['another compression', { CompressionFormat: 'ZIP' }, {}, 'CompressionFormat: "ZIP" is not modelled'],
  ['another processor', { ProcessingConfiguration: { Enabled: true, Processors: [{ Type: 'MetadataExtraction' }] } }, {}, 'Processors/0: the processor "MetadataExtraction" is not modelled'],
  ['a bucket that is none', { BucketARN: 'lake' }, {}, 'BucketARN: must be the ARN of a bucket, got "lake"'],
  ['a buffer that is too large', { BufferingHints: { SizeInMBs: 129 } }, {}, 'SizeInMBs: must be from 1 to 128, got 129'],
  ['an interval that is too long', { BufferingHints: { IntervalInSeconds: 901 } }, {}, 'IntervalInSeconds: must be from 0 to 900, got 901'],
  ['a transform buffer that is too large', lambda({ LambdaArn: 'f', BufferSizeInMBs: '3.1' }), {}, 'BufferSizeInMBs: must be from 0.2 to 3, got "3.1"'],
  ['a prefix that is none', { Prefix: '!{x}', ErrorOutputPrefix: 'e/' }, {}, 'not an expression of Firehose: !{x}'],
  ['no error prefix beside an expression', { Prefix: '!{timestamp:yyyy}/' }, {}, 'ErrorOutputPrefix: must be there'],
  ['no backup configuration', { S3BackupMode: 'Enabled' }, {}, 'S3BackupConfiguration: must be there'],
  ['small buffers of partitions', { DynamicPartitioningConfiguration: { Enabled: true }, BufferingHints: { SizeInMBs: 63 } }, {}, 'must be from 64 to 128, got 63'],
])('%s is refused, and the place in the template is named', async (_name, extended, more, problem) => {
  await expect(run(stream(extended, more))).rejects.toThrow(problem);
});

const exampleStream = () => {
  const [, { Properties }] = Object.entries(bundled.Resources).find(([, { Type }]) => Type === FIREHOSE)!;
  const { ExtendedS3DestinationConfiguration: extended } = JSON.parse(JSON.stringify(Properties)
    .replace(/\{"Fn::GetAtt":\["[A-Za-z0-9]*Bucket[A-F0-9]{8}","Arn"\]\}/g, '"arn:aws:s3:::lake"').replace(/\{"(?:Ref|Fn::GetAtt)":[^}]*\}/g, '"made-up"')) as { ExtendedS3DestinationConfiguration: JsonObject };
  return extended;
};

test('the stream of the bundled example has no property that is not known', async () => {
  const { DataFormatConversionConfiguration: conversion, ...extended } = exampleStream();
  expect(conversion).toBeDefined();
  await run(stream({ ...extended, DataFormatConversionConfiguration: { ...conversion as JsonObject, Enabled: false } as Json }));
  expect(unsupported).toEqual([]);
  expect(types.stream('telemetry')!.definition).toMatchObject({ backup: { prefix: 'raw/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/', compression: 'GZIP' } });
});

test('the bundled example as it is converts by its table', async () => {
  await run(stream(exampleStream()));
  expect(unsupported).toEqual([]);
  expect(types.stream('telemetry')!.definition.conversion).toMatchObject({ compression: 'SNAPPY', caseInsensitive: true, columns: [{ name: 'thing' }, { name: 't' }] });
});

test.each<[string, JsonObject, string]>([
  ['ORC', { OutputFormatConfiguration: { Serializer: { OrcSerDe: {} } } }, 'only ParquetSerDe is modelled'],
  ['a table that is not there', { SchemaConfiguration: { DatabaseName: 'd', TableName: 'none' } }, 'there is no table d.none'],
  ['a column of a type that is not modelled', { SchemaConfiguration: { DatabaseName: 'd', TableName: 'deep' } }, 'the type array<binary> of the column a is not modelled'],
])('%s is refused, rather than writing something else', async (_name, more, problem) => {
  const { DataFormatConversionConfiguration: conversion, ...extended } = exampleStream();
  await expect(run(stream({ ...extended, DataFormatConversionConfiguration: { ...conversion as JsonObject, ...more } }))).rejects.toThrow(problem);
});
