import { Delivery, StreamSurroundings, StreamWatcher } from './delivery-stream';
import { FormatConversion, StreamDefinition } from './stream-definition';
import { InvokeAnswer } from './transform';
import { Account, bytesOf, Caller } from '../account';

const SERVICE = 'firehose.amazonaws.com';
const NAMESPACE = 'AWS/Firehose';

/**
 * What a stream does in its account: everything as one of its roles, so that what the template does not allow fails as in AWS.
 *
 * A bucket or a table that the role may not touch keeps the records in the stream, which tries again; AWS does so for 24 hours. A function that
 * it may not invoke sends them to the error output, after the retries.
 */
export class StreamAccount implements Omit<StreamSurroundings, 'journalFolder' | 'durability' | 'backlogBytes'> {
  readonly clock;
  readonly watcher: StreamWatcher;

  constructor(private readonly account: Account, private readonly definition: StreamDefinition) {
    this.clock = account.clock;
    this.watcher = watcherOf(account, definition);
  }

  readonly invoke = async (functionArn: string, event: unknown): Promise<InvokeAnswer> => {
    const caller = this.role(this.definition.transform?.roleArn ?? this.definition.destination.roleArn, 'AssumeRoleAccessDenied');
    const input = { FunctionName: functionArn, InvocationType: 'RequestResponse', Payload: Buffer.from(JSON.stringify(event)) };
    const { Payload, FunctionError } = await this.account.call('lambda', 'Invoke', input, caller) as { Payload?: unknown; FunctionError?: string };
    const payload = Payload === undefined ? '' : bytesOf(Payload).toString();
    return FunctionError === undefined ? { payload } : { payload, failure: { errorType: FunctionError, errorMessage: payload } };
  };

  readonly put = async (bucket: string, key: string, body: Uint8Array, { destination: { roleArn, keyArn } }: Delivery): Promise<void> => {
    const caller = this.role(roleArn, 'S3.AssumeRoleAccessDenied');
    const encryption = keyArn === undefined ? {} : { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyArn };
    await renamed('S3.AccessDenied', () => this.account.call('s3', 'PutObject', { Bucket: bucket, Key: key, Body: body, ...encryption }, caller));
  };

  /** The columns are those that the stream was made with; this asks whether its role may read them, as AWS does for each object. */
  readonly readSchema = async ({ table, roleArn }: FormatConversion): Promise<void> => {
    const caller = this.role(roleArn ?? this.definition.destination.roleArn, 'DataFormatConversion.AssumeRoleAccessDenied');
    const input = { CatalogId: table.catalogId, DatabaseName: table.databaseName, TableName: table.tableName };
    await renamed('DataFormatConversion.AccessDenied', () => this.account.call('glue', 'GetTableVersions', input, caller));
  };

  /** Nobody is told where the role may not write the line: AWS has no place for that either. */
  readonly log = (group: string, stream: string, line: string): void => {
    try {
      const caller = this.role(this.definition.destination.roleArn, 'AssumeRoleAccessDenied');
      caller.authorize('logs:PutLogEvents', this.account.arn('logs', `log-group:${group}:log-stream:${stream}`));
    } catch {
      return;
    }
    this.account.logs.write(group, stream, line);
  };

  readonly onProblem = (message: string): void => this.account.activity.record('problem', { message });

  private role(roleArn: string | undefined, codeIfDenied: string): Caller {
    try {
      return this.account.assume(roleArn ?? '', SERVICE, { 'aws:SourceArn': this.definition.arn, 'sts:ExternalId': this.account.environment.account });
    } catch (error) {
      throw named(codeIfDenied, error as Error);
    }
  }
}

/** Counts what CloudWatch and whoever watches the sandbox know of a stream. */
function watcherOf(account: Account, { name: stream }: StreamDefinition): StreamWatcher {
  const dimensions = { DeliveryStreamName: stream };
  const metric = (name: string, value: number) => account.metrics.put(NAMESPACE, name, dimensions, value);
  return {
    delivered: ({ destination: { bucket }, kind, records, oldest }, key, bytes) => {
      account.activity.record('delivery', { stream, bucket, key, bytes, records, output: kind });
      if (kind === 'data') account.activity.count('recordsDelivered', records);
      if (kind === 'error') account.activity.count('recordsFailed', records);
      const metrics = kind === 'backup' ? 'BackupToS3' : 'DeliveryToS3';
      metric(`${metrics}.Success`, 1);
      metric(`${metrics}.Records`, records);
      metric(`${metrics}.Bytes`, bytes);
      metric(`${metrics}.DataFreshness`, Math.max(0, (account.clock.now() - oldest) / 1000));
    },
    notDelivered: ({ kind, oldest }) => {
      const metrics = kind === 'backup' ? 'BackupToS3' : 'DeliveryToS3';
      metric(`${metrics}.Success`, 0);
      metric(`${metrics}.DataFreshness`, Math.max(0, (account.clock.now() - oldest) / 1000));
    },
    processed: (done, bytes, records) => {
      metric('ExecuteProcessing.Success', done === 0 && records > 0 ? 0 : 1);
      metric('SucceedProcessing.Records', done);
      metric('SucceedProcessing.Bytes', bytes);
    },
    converted: (records, failed) => {
      if (records > 0) metric('SucceedConversion.Records', records);
      if (failed > 0) metric('FailedConversion.Records', failed);
    },
  };
}

async function renamed(code: string, call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    throw /^AccessDenied(Exception)?$/.test((error as Error).name) ? named(code, error as Error) : error;
  }
}

/** The same message under the code that the stream's log has. */
function named(code: string, { message }: Error): Error {
  return Object.assign(new Error(message), { name: code });
}
