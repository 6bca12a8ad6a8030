import { randomUUID } from 'crypto';
import { promisify } from 'util';
import { gzip } from 'zlib';
import { BatchBuffer } from './batch-buffer';
import { errorLine, RecordFailure } from './error-record';
import { Journal, JournalRecord } from './journal';
import { CompiledPrefix, compileErrorPrefix, compilePrefix, PrefixError } from './object-prefix';
import { parquetOf } from './parquet';
import { Row, RowReader } from './row-reader';
import { FormatConversion, ObjectDestination, StreamDefinition } from './stream-definition';
import { AcceptedRecord, InvokeFunction, requestsOf, transformRecords } from './transform';
import { Clock } from '../time/clock';
import { formatJavaTime } from '../time/java-format';
import { zoneOf } from '../time/zone';

/** What a stream needs around it. */
export interface StreamSurroundings {
  readonly invoke: InvokeFunction;
  readonly clock: Clock;
  /** Folder of the stream's journal; nobody else may use it. */
  readonly journalFolder: string;
  /** See the journal; `disk` unless told otherwise. */
  readonly durability?: 'disk' | 'process';
  /** Data accepted and not delivered, at most: what would go above it is told to come again. */
  readonly backlogBytes?: number;
  /** Told of what has been done with records. */
  readonly watcher?: StreamWatcher;
  /** Puts an object, whole or not at all. */
  put(bucket: string, key: string, body: Uint8Array, delivery: Delivery): Promise<void>;
  /** Told before each object that is converted; a table that may not be read fails the delivery, which is tried again. */
  readSchema?(conversion: FormatConversion): Promise<void>;
  /** A line for CloudWatch Logs. */
  log(group: string, stream: string, line: string): void;
  /** What nobody in AWS would see, such as a journal that cannot be read whole. */
  onProblem(message: string): void;
}

/** What an object is, and of what. */
export interface Delivery {
  readonly destination: ObjectDestination;
  readonly kind: 'data' | 'error' | 'backup';
  readonly records: number;
  /** When the first of its records came. */
  readonly oldest: number;
}

/** What is counted of a stream. */
export interface StreamWatcher {
  delivered(delivery: Delivery, key: string, bytes: number): void;
  /** One attempt to put an object; there will be another. */
  notDelivered(delivery: Delivery): void;
  /** One request to the function: records that it gave back or dropped, of all that it was given. */
  processed(done: number, bytes: number, ofRecords: number): void;
  converted(records: number, failed: number): void;
}

/** A request that Firehose refuses; `name` is its code. */
export class FirehoseError extends Error {
  constructor(public override readonly name: 'InvalidArgumentException' | 'ServiceUnavailableException' | 'ValidationException', message: string) {
    super(message);
  }
}

export interface PutRecordBatchAnswer {
  readonly FailedPutCount: number;
  readonly RequestResponses: ({ readonly RecordId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string })[];
}

interface StreamRecord extends AcceptedRecord {
  readonly sequence: number;
  /** Copies that are not yet where they belong: one for the destination, one for the backup. */
  pending: number;
}

interface Item {
  readonly record: StreamRecord;
  readonly data: Buffer;
  /** What a conversion made of the data. */
  readonly rows?: readonly Row[];
}

/** https://docs.aws.amazon.com/firehose/latest/dev/limits.html */
const RECORD_BYTES = 1000 * 1024;
const BATCH_RECORDS = 500;
const BATCH_BYTES = 4 * 1024 * 1024;
const ACTIVE_PARTITIONS = 500;
/** https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html */
const INVOCATIONS_AT_ONCE = 5;
const OBJECTS_AT_ONCE = 4;
const BACKLOG_BYTES = 512 * 1024 * 1024;
const LONGEST_WAIT_MILLISECONDS = 60_000;
const VERSION = 1;
const ERRORS_WITHOUT_PREFIX = '!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/';
const SLOW_DOWN = 'Slow down. The sandbox holds as much as it may of what this stream has not delivered.';
const gzipped = promisify(gzip);

/**
 * A delivery stream of Firehose for direct puts, with a bucket at its end.
 *
 * What a put has acknowledged is in the lake, in the error output, or dropped by the function, once or more, also when this
 * process is killed at any moment: records leave the journal only when they are there.
 */
export class DeliveryStream {
  /**
   * Opens the stream; what an earlier process accepted and did not deliver is taken up again.
   *
   * @throws PrefixError for a prefix that Firehose would refuse
   */
  static async open(definition: StreamDefinition, surroundings: StreamSurroundings): Promise<DeliveryStream> {
    const stream = new DeliveryStream(definition, surroundings);
    const { journal, records, damaged } = await Journal.open({ folder: surroundings.journalFolder, durability: surroundings.durability ?? 'disk' });
    stream.journal = journal;
    // A write that a kill cut off was never acknowledged, so that this is worth a line, and no more.
    for (const name of damaged) surroundings.onProblem(`The journal of ${definition.name} ends in the middle of a record in ${name}; what is before it is whole.`);
    // Above all ids of earlier runs, also where their records are gone from the journal.
    stream.sequence = Math.max(surroundings.clock.now() * 1000, ...records.slice(-1).map(({ sequence }) => sequence + 1));
    for (const record of records) stream.take(record);
    return stream;
  }

  /** Of its metrics. */
  readonly dimensions: { readonly DeliveryStreamName: string };
  private readonly prefix: CompiledPrefix;
  private readonly errorPrefix: CompiledPrefix;
  private readonly backupPrefix: CompiledPrefix | undefined;
  private readonly rowReader: RowReader | undefined;
  private readonly transforms: BatchBuffer<StreamRecord> | undefined;
  private readonly backups: BatchBuffer<Item> | undefined;
  private readonly partitions = new Map<string, BatchBuffer<Item>>();
  private readonly errors = new Map<RecordFailure['type'], BatchBuffer<{ record: StreamRecord; line: string }>>();
  private readonly accepting = new Set<Promise<void>>();
  private journal!: Journal;
  private sequence = 0;
  private backlog = 0;
  private stopped = false;
  /** Deliveries that failed and are tried on, and who is told of them. */
  private readonly failing = new Map<string, Error>();
  private readonly flushes = new Set<(error: Error) => void>();
  private giveUp!: () => void;
  private readonly givenUp = new Promise<void>(resolve => { this.giveUp = resolve; });

  private constructor(readonly definition: StreamDefinition, private readonly surroundings: StreamSurroundings) {
    const { destination, backup, transform, conversion } = definition;
    this.dimensions = { DeliveryStreamName: definition.name };
    this.rowReader = conversion && new RowReader(conversion);
    this.prefix = compilePrefix(destination.prefix);
    this.errorPrefix = compileErrorPrefix(destination.errorPrefix ?? ERRORS_WITHOUT_PREFIX);
    this.backupPrefix = backup && compilePrefix(backup.prefix);
    checkPartitionKeys(definition, this.prefix);
    for (const { timeZone = 'UTC' } of [destination, ...backup ? [backup] : []]) if (!zoneOf(timeZone)) throw new PrefixError(`not a time zone: ${timeZone}`);
    if (transform) {
      const { bufferBytes: bytes, bufferSeconds: seconds } = transform;
      this.transforms = new BatchBuffer({
        clock: surroundings.clock, bytes, seconds, atOnce: INVOCATIONS_AT_ONCE, handle: records => this.transform(records),
      });
    }
    if (backup) {
      this.backups = this.buffer<Item>(backup, items => this.deliver(backup, items, { prefix: this.backupPrefix!, partitionKeys: {} }));
    }
  }

  /** @throws FirehoseError */
  async putRecord(data: Buffer): Promise<{ RecordId: string }> {
    const { RequestResponses: [answer] } = await this.putRecordBatch([data]);
    if ('RecordId' in answer) return answer;
    throw new FirehoseError('ServiceUnavailableException', answer.ErrorMessage);
  }

  /** Each record has its own answer. @throws FirehoseError for a request beyond the limits, of which nothing is taken */
  async putRecordBatch(batch: readonly Buffer[]): Promise<PutRecordBatchAnswer> {
    this.checkRequest(batch);
    const { clock } = this.surroundings;
    const arrival = clock.now();
    const room = this.surroundings.backlogBytes ?? BACKLOG_BYTES;
    const answers = batch.map(data => {
      if (this.stopped || this.backlog + data.length > room) return undefined;
      this.backlog += data.length;
      return { sequence: this.sequence++, arrival, data };
    });
    const records = answers.filter(record => record !== undefined);
    const kept = this.journal.accept(records).then(() => records.forEach(record => this.take(record)));
    this.accepting.add(kept);
    let message = SLOW_DOWN;
    const isKept = await kept.then(() => true, (error: Error) => {
      this.backlog -= records.reduce((sum, { data }) => sum + data.length, 0);
      message = `The journal of the stream cannot be written: ${error.message}`;
      return false;
    }).finally(() => this.accepting.delete(kept));
    const RequestResponses = answers.map(record => record && isKept
      ? { RecordId: recordIdOf(record.sequence) } : { ErrorCode: 'ServiceUnavailableException', ErrorMessage: message });
    return { FailedPutCount: RequestResponses.filter(answer => 'ErrorCode' in answer).length, RequestResponses };
  }

  /**
   * Delivers all that was accepted before, without waiting for the buffers to fill.
   *
   * @throws Error what could not be delivered, and why; it is tried on
   */
  async flush(): Promise<void> {
    let refuse!: (error: Error) => void;
    const refused = new Promise<never>((_resolve, reject) => { refuse = reject; });
    this.flushes.add(refuse);
    this.failing.forEach(refuse);
    await Promise.race([this.drained(), refused]).finally(() => this.flushes.delete(refuse));
  }

  private async drained(): Promise<void> {
    await Promise.allSettled(this.accepting);
    await this.transforms?.flush();
    await Promise.all([...this.partitions.values()].map(buffer => buffer.flush()));
    await Promise.all([this.backups?.flush(), ...[...this.errors.values()].map(buffer => buffer.flush())]);
  }

  /** Takes no more, delivers what it has, and closes. What cannot be written now stays in the journal for the next start. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.giveUp();
    await this.drained();
    await this.journal.close();
  }

  private checkRequest(batch: readonly Buffer[]): void {
    const bytes = batch.reduce((sum, data) => sum + data.length, 0);
    if (batch.length === 0 || batch.length > BATCH_RECORDS) {
      throw new FirehoseError('ValidationException', `1 to ${BATCH_RECORDS} records can be put at once, not ${batch.length}.`);
    }
    const large = batch.find(({ length }) => length > RECORD_BYTES);
    if (large) throw new FirehoseError('ValidationException', `A record has at most ${RECORD_BYTES} bytes, not ${large.length}.`);
    if (bytes > BATCH_BYTES) throw new FirehoseError('InvalidArgumentException', `Records put at once have at most ${BATCH_BYTES} bytes, not ${bytes}.`);
  }

  private take({ sequence, arrival, data }: JournalRecord): void {
    const record: StreamRecord = { sequence, arrival, data, recordId: recordIdOf(sequence), pending: this.backups ? 2 : 1 };
    this.backups?.add({ record, data }, data.length);
    if (this.transforms) this.transforms.add(record, data.length);
    else this.route(record, data, {});
  }

  private async transform(gathered: StreamRecord[]): Promise<void> {
    const { invoke, clock } = this.surroundings;
    const { arn, region, transform } = this.definition;
    for (const records of requestsOf(gathered)) {
      const outcomes = await transformRecords(records, transform!, {
        invoke, clock, stream: { arn, region }, wait: milliseconds => this.wait(milliseconds),
      });
      const dropped: StreamRecord[] = [];
      const done = outcomes.flatMap((outcome, index) => outcome.result === 'ProcessingFailed' ? [] : [records[index].data.length]);
      this.surroundings.watcher?.processed(done.length, done.reduce((sum, bytes) => sum + bytes, 0), records.length);
      this.logFailures(outcomes.flatMap(outcome => outcome.result === 'ProcessingFailed' ? [outcome.failure] : []));
      outcomes.forEach((outcome, index) => {
        const record = records[index];
        if (outcome.result === 'Ok') this.route(record, outcome.data, outcome.partitionKeys);
        else if (outcome.result === 'Dropped') dropped.push(record);
        else this.fail(record, record.data, outcome.failure);
      });
      await this.settle(dropped);
    }
  }

  /** Puts a record into the buffer of its partition. */
  private route(record: StreamRecord, data: Buffer, keys: { readonly [key: string]: unknown }): void {
    const { destination, delimiter } = this.definition;
    const partitionKeys: { [key: string]: string } = {};
    for (const key of this.prefix.partitionKeys) {
      const value = Object.hasOwn(keys, key) ? keys[key] : undefined;
      if (value === undefined || value === null || typeof value === 'object' || value === '') {
        return this.failPartitioning(record, data, 'DynamicPartitioning.MetadataExtractionFailed', 'partitionKeys values must not be null or empty');
      }
      partitionKeys[key] = String(value);
    }
    const converted = this.rowReader?.read(data);
    if (converted) this.surroundings.watcher?.converted('rows' in converted ? 1 : 0, 'rows' in converted ? 0 : 1);
    if (converted && 'code' in converted) {
      const failure: RecordFailure = { type: 'format-conversion-failed', ...converted, attempts: 1 };
      this.logFailures([failure]);
      return this.fail(record, data, failure);
    }
    const name = JSON.stringify(partitionKeys);
    let partition = this.partitions.get(name);
    if (!partition) {
      if (this.definition.dynamicPartitioning && this.partitions.size >= ACTIVE_PARTITIONS) {
        return this.failPartitioning(record, data,
          'DynamicPartitioning.ActivePartitionsLimitExceeded', 'The number of active partitions has exceeded the configured limit');
      }
      partition = this.buffer<Item>(
        destination, items => this.deliver(destination, items, { prefix: this.prefix, partitionKeys }), () => this.partitions.delete(name),
      );
      this.partitions.set(name, partition);
    }
    const delimited = delimiter === undefined ? data : Buffer.concat([data, Buffer.from(delimiter)]);
    partition.add({ record, data: delimited, rows: converted?.rows }, data.length);
  }

  private failPartitioning(record: StreamRecord, data: Buffer, code: string, message: string): void {
    const failure: RecordFailure = { type: 'partitioning-failed', code, message, attempts: 1 };
    this.logFailures([failure]);
    this.fail(record, data, failure);
  }

  private fail(record: StreamRecord, data: Buffer, failure: RecordFailure): void {
    const { destination } = this.definition;
    let buffer = this.errors.get(failure.type);
    if (!buffer) {
      buffer = this.buffer(destination, items => this.deliverErrors(failure.type, items));
      this.errors.set(failure.type, buffer);
    }
    const line = errorLine({ ...record, data }, failure, this.surroundings.clock.now(), this.definition.conversion);
    buffer.add({ record, line }, line.length);
  }

  private buffer<T>(destination: ObjectDestination, handle: (items: T[]) => Promise<void>, onIdle?: () => void): BatchBuffer<T> {
    const { bufferBytes: bytes, bufferSeconds: seconds } = destination;
    return new BatchBuffer({ clock: this.surroundings.clock, bytes, seconds, atOnce: OBJECTS_AT_ONCE, handle, onIdle });
  }

  private async deliver(
    destination: ObjectDestination, items: Item[], { prefix, partitionKeys }: { prefix: CompiledPrefix; partitionKeys: { [key: string]: string } },
  ): Promise<void> {
    const conversion = destination === this.definition.destination ? this.definition.conversion : undefined;
    const { arrival, name } = this.objectName(destination, items);
    const extension = destination.fileExtension ?? (conversion ? '.parquet' : destination.compression === 'GZIP' ? '.gz' : '');
    const key = prefix.evaluate({ arrival, timeZone: destination.timeZone, partitionKeys }) + name + extension;
    const whole = () => Buffer.concat(items.map(({ data }) => data));
    const body = conversion ? () => this.converted(items, conversion)
      : destination.compression === 'GZIP' ? () => gzipped(whole()) : whole;
    await this.write({ ...deliveryOf(destination, items), kind: destination === this.definition.backup ? 'backup' : 'data' }, key, body, items);
  }

  private async converted(items: readonly Item[], conversion: FormatConversion): Promise<Buffer> {
    await this.surroundings.readSchema?.(conversion);
    return parquetOf(items.flatMap(({ rows = [] }) => rows), conversion);
  }

  private async deliverErrors(errorOutputType: RecordFailure['type'], items: { record: StreamRecord; line: string }[]): Promise<void> {
    const { destination } = this.definition;
    const { arrival, name } = this.objectName(destination, items);
    const key = this.errorPrefix.evaluate({ arrival, timeZone: destination.timeZone, errorOutputType }) + name;
    await this.write({ ...deliveryOf(destination, items), kind: 'error' }, key, () => Buffer.from(items.map(({ line }) => line).join('')), items);
  }

  private objectName({ timeZone = 'UTC' }: ObjectDestination, items: readonly { record: StreamRecord }[]): { arrival: Date; name: string } {
    const oldest = oldestOf(items);
    const time = formatJavaTime('yyyy-MM-dd-HH-mm-ss', oldest, zoneOf(timeZone)!);
    return { arrival: new Date(oldest), name: `${this.definition.name}-${VERSION}-${time}-${randomUUID()}` };
  }

  /** AWS tries for 24 hours and then loses the data; this goes on, and leaves to the journal what a stop finds undelivered. */
  private async write(
    delivery: Delivery, key: string, bodyOf: () => Buffer | Promise<Buffer>, items: readonly { record: StreamRecord }[],
  ): Promise<void> {
    const { put, watcher } = this.surroundings;
    for (let attempt = 0; ; attempt++) {
      try {
        const body = await bodyOf();
        await put(delivery.destination.bucket, key, body, delivery);
        this.failing.delete(key);
        watcher?.delivered(delivery, key, body.length);
        return await this.settle(items.map(({ record }) => record));
      } catch (error) {
        watcher?.notDelivered(delivery);
        const { name, message } = error as Error;
        this.logError(delivery.destination, { message, errorCode: name.includes('.') ? name : `S3.${name}` });
        const failure = new Error(`${this.definition.name} could not deliver ${items.length} ${items.length === 1 ? 'record' : 'records'} to s3://${delivery.destination.bucket}, and tries again: ${message}`);
        this.failing.set(key, failure);
        this.flushes.forEach(refuse => refuse(failure));
        if (this.stopped) return;
        await this.wait(Math.min(1000 * 2 ** Math.min(attempt, 10), LONGEST_WAIT_MILLISECONDS));
      }
    }
  }

  private async settle(records: readonly StreamRecord[]): Promise<void> {
    const done = records.filter(record => --record.pending === 0);
    this.backlog -= done.reduce((sum, { data }) => sum + data.length, 0);
    await this.journal.settle(done.map(({ sequence }) => sequence)).catch((error: Error) =>
      this.surroundings.onProblem(`What ${this.definition.name} delivered is delivered again after a restart: ${error.message}`));
  }

  /** One line for each kind of failure, as AWS gathers them. */
  private logFailures(failures: readonly RecordFailure[]): void {
    const kinds = new Map(failures.map(failure => [failure.code + failure.message, failure]));
    for (const { code, message, lambdaArn } of kinds.values()) {
      this.logError(this.definition.destination, { message, errorCode: code, ...lambdaArn !== undefined && { processor: lambdaArn } });
    }
  }

  private logError({ bucketArn, errorLog }: ObjectDestination, error: { message: string; errorCode: string; processor?: string }): void {
    if (!errorLog) return;
    const line = { deliveryStreamARN: this.definition.arn, destination: bucketArn, deliveryStreamVersionId: VERSION, ...error };
    this.surroundings.log(errorLog.group, errorLog.stream, JSON.stringify(line));
  }

  /** A stop does not wait. */
  private wait(milliseconds: number): Promise<void> {
    let cancel = () => {};
    const over = new Promise<void>(resolve => { cancel = this.surroundings.clock.after(milliseconds, resolve); });
    return Promise.race([over, this.givenUp]).finally(cancel);
  }
}

function oldestOf(items: readonly { readonly record: StreamRecord }[]): number {
  return items.reduce((least, { record }) => Math.min(least, record.arrival), Infinity);
}

function deliveryOf(destination: ObjectDestination, items: readonly { readonly record: StreamRecord }[]): Omit<Delivery, 'kind'> {
  return { destination, records: items.length, oldest: oldestOf(items) };
}

/** Keys that nothing brings would fail each record; AWS refuses the stream. */
function checkPartitionKeys({ dynamicPartitioning }: StreamDefinition, { partitionKeys }: CompiledPrefix): void {
  if (dynamicPartitioning === (partitionKeys.length > 0)) return;
  throw new PrefixError(dynamicPartitioning
    ? 'a prefix has at least one partition key where dynamic partitioning is enabled' : 'a prefix has partition keys only where dynamic partitioning is enabled');
}

/** Digits, as AWS's; in the order of the records. */
function recordIdOf(sequence: number): string {
  return `49${String(sequence).padStart(54, '0')}`;
}
