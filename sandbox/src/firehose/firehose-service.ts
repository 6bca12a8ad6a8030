import { DeliveryStream } from './delivery-stream';
import { ColumnsOfTable } from './delivery-stream-properties';
import { DeliveryStreamType } from './delivery-stream-type';
import { StreamAccount } from './stream-account';
import { Account, AwsError, bytesOf, Caller, Operations, Service } from '../account';
import { ResourceType } from '../assembly/resource-type';
import { HttpHandler } from '../http/http-request';
import { jsonProtocol } from '../http/json-protocol';

export interface FirehoseServiceOptions {
  /** Columns of a table of Glue: `GlueService.columnsOf`. */
  readonly columnsOf: ColumnsOfTable;
  /** Buffers wait no longer than this, whatever the template says. A deviation from AWS, for who does not want to wait a minute. */
  readonly bufferSecondsAtMost?: number;
  /** What an acknowledged record survives; see the journal. `disk` unless told otherwise. */
  readonly durability?: 'disk' | 'process';
}

interface StreamName { readonly DeliveryStreamName: string }
interface Record { readonly Data: unknown }

/** Delivery streams of Firehose: what a template has of them, and the calls that clients and rules make. */
export class FirehoseService implements Service {
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly endpoints: ReadonlyMap<string, HttpHandler>;
  private readonly streams: DeliveryStreamType;

  constructor(private readonly account: Account, { columnsOf, bufferSecondsAtMost, durability }: FirehoseServiceOptions) {
    this.streams = new DeliveryStreamType({
      journalsFolder: account.folder('firehose'),
      columnsOf,
      bufferSecondsAtMost,
      around: definition => Object.assign(new StreamAccount(account, definition), { durability }),
      onUnsupported: (request, properties) => account.hasNoEffect(request, properties),
    });
    const operations = this.operations();
    account.addService('firehose', operations);
    this.types = new Map([['AWS::KinesisFirehose::DeliveryStream', this.streams]]);
    this.endpoints = new Map([['firehose', jsonProtocol(operations, 'firehose')]]);
  }

  /** The stream of a name. */
  stream(name: string): DeliveryStream | undefined {
    return this.streams.stream(name);
  }

  /**
   * Delivers all that was accepted before, without waiting for the buffers to fill.
   *
   * @throws Error what could not be delivered, and why; it is tried on
   */
  async flush(): Promise<void> {
    const outcomes = await Promise.allSettled(this.streams.all().map(stream => stream.flush()));
    const problems = outcomes.flatMap(outcome => outcome.status === 'rejected' ? [(outcome.reason as Error).message] : []);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  /** What streams hold is delivered; what cannot be now stays for the next start. */
  stop(): Promise<void> {
    return this.streams.stop();
  }

  private operations(): Operations {
    return {
      PutRecord: async ({ DeliveryStreamName: name, Record }: StreamName & { Record: Record }, caller) => {
        const stream = this.allowed(caller, 'PutRecord', name);
        const data = bytesOf(Record?.Data);
        const answer = await stream.putRecord(data);
        this.count(stream, 1, data.length);
        return { ...answer, Encrypted: false };
      },
      PutRecordBatch: async ({ DeliveryStreamName: name, Records = [] }: StreamName & { Records?: Record[] }, caller) => {
        const stream = this.allowed(caller, 'PutRecordBatch', name);
        const batch = Records.map(({ Data }) => bytesOf(Data));
        const answer = await stream.putRecordBatch(batch);
        const taken = batch.filter((_data, at) => 'RecordId' in answer.RequestResponses[at]);
        this.count(stream, taken.length, taken.reduce((sum, { length }) => sum + length, 0));
        return { ...answer, Encrypted: false };
      },
      DescribeDeliveryStream: ({ DeliveryStreamName: name }: StreamName, caller) => {
        return { DeliveryStreamDescription: descriptionOf(this.allowed(caller, 'DescribeDeliveryStream', name)) };
      },
      ListDeliveryStreams: (_input: object, caller) => {
        caller.authorize('firehose:ListDeliveryStreams', '*');
        return { DeliveryStreamNames: this.streams.all().map(({ definition }) => definition.name).sort(), HasMoreDeliveryStreams: false };
      },
    };
  }

  private allowed(caller: Caller, action: string, name: string): DeliveryStream {
    caller.authorize(`firehose:${action}`, this.account.arn('firehose', `deliverystream/${name}`));
    const stream = this.streams.stream(name);
    if (stream) return stream;
    throw new AwsError('ResourceNotFoundException', `Firehose ${name} under account ${this.account.environment.account} not found.`);
  }

  private count({ dimensions }: DeliveryStream, records: number, bytes: number): void {
    this.account.metrics.put('AWS/Firehose', 'IncomingRecords', dimensions, records);
    this.account.metrics.put('AWS/Firehose', 'IncomingBytes', dimensions, bytes);
  }
}

function descriptionOf({ definition: { name, arn, destination, backup } }: DeliveryStream): object {
  return {
    DeliveryStreamName: name,
    DeliveryStreamARN: arn,
    DeliveryStreamStatus: 'ACTIVE',
    DeliveryStreamType: 'DirectPut',
    VersionId: '1',
    Destinations: [{
      DestinationId: 'destinationId-000000000001',
      ExtendedS3DestinationDescription: {
        RoleARN: destination.roleArn,
        BucketARN: destination.bucketArn,
        Prefix: destination.prefix,
        ErrorOutputPrefix: destination.errorPrefix,
        BufferingHints: { SizeInMBs: destination.bufferBytes / 1024 / 1024, IntervalInSeconds: destination.bufferSeconds },
        CompressionFormat: destination.compression,
        S3BackupMode: backup ? 'Enabled' : 'Disabled',
      },
    }],
    HasMoreDestinations: false,
  };
}
