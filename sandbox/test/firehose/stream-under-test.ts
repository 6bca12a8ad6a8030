import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { gunzipSync } from 'zlib';
import { DeliveryStream, InvokeFunction, ObjectDestination, StreamDefinition, StreamSurroundings } from '../../src/firehose';
import { Clock } from '../../src/time/clock';

/** A clock that stands until it is moved. */
export class ManualClock implements Clock {
  private readonly calls = new Set<{ at: number; call: () => void }>();
  constructor(private time = Date.parse('2026-11-21T10:59:50.000Z')) {}

  now(): number { return this.time; }

  after(milliseconds: number, call: () => void): () => void {
    const entry = { at: this.time + milliseconds, call };
    this.calls.add(entry);
    return () => this.calls.delete(entry);
  }

  /** Moves on, and lets what is due happen; what that makes due on the way, too. */
  async move(seconds: number): Promise<void> {
    const end = this.time + seconds * 1000;
    for (let step = 0; step < 1000; step++) {
      await quiet();
      const due = [...this.calls].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.calls.delete(due);
      this.time = Math.max(this.time, due.at);
      due.call();
    }
    this.time = end;
    await quiet();
  }
}

/** Long enough for files that are being written. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setTimeout(resolve, 4));
}

export const FUNCTION_ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:clean';
export const LAKE: ObjectDestination = {
  bucket: 'lake',
  bucketArn: 'arn:aws:s3:::lake',
  prefix: 'data/',
  errorPrefix: 'errors/!{firehose:error-output-type}/',
  bufferBytes: 1024 * 1024,
  bufferSeconds: 60,
  compression: 'UNCOMPRESSED',
  errorLog: { group: '/firehose', stream: 'delivery' },
};
export const TRANSFORM = { functionArn: FUNCTION_ARN, bufferBytes: 1024 * 1024, bufferSeconds: 10, retries: 3 };
export const STREAM: StreamDefinition = {
  name: 'telemetry', arn: 'arn:aws:firehose:eu-west-1:111122223333:deliverystream/telemetry', region: 'eu-west-1', destination: LAKE, dynamicPartitioning: false,
};

export interface TransformEvent {
  records: { recordId: string; data: string; approximateArrivalTimestamp: number }[];
  invocationId: string;
  deliveryStreamArn: string;
  region: string;
}

/** A function that changes each text. */
export function each(change: (text: string, recordId: string) => object): InvokeFunction {
  return async (_arn, event) => ({
    payload: JSON.stringify({
      records: (event as TransformEvent).records.map(({ recordId, data }) => ({ recordId, ...change(Buffer.from(data, 'base64').toString(), recordId) })),
    }),
  });
}
export const ok = (text: string, more: object = {}) => ({ result: 'Ok', data: Buffer.from(text).toString('base64'), ...more });

/** A stream with buckets in memory, its journal in a folder of its own. */
export class StreamUnderTest {
  readonly clock = new ManualClock();
  readonly objects = new Map<string, Buffer>();
  readonly events: TransformEvent[] = [];
  readonly log: { [field: string]: unknown }[] = [];
  readonly problems: string[] = [];
  readonly folder = mkdtempSync(path.join(tmpdir(), 'stream-'));
  stream!: DeliveryStream;
  invoke: InvokeFunction;
  put: StreamSurroundings['put'];

  constructor(private readonly definition: Partial<StreamDefinition> = {}, private readonly more: Partial<StreamSurroundings> = {}) {
    this.invoke = each(text => ok(text));
    this.put = async (bucket, key, body) => { this.objects.set(`${bucket}/${key}`, Buffer.from(body)); };
  }

  async open(): Promise<this> {
    this.stream = await DeliveryStream.open({ ...STREAM, ...this.definition }, {
      clock: this.clock,
      journalFolder: this.folder,
      durability: 'process',
      put: (...args) => this.put(...args),
      invoke: (arn, event) => {
        this.events.push(event as TransformEvent);
        return this.invoke(arn, event);
      },
      log: (group, stream, line) => this.log.push({ group, stream, ...JSON.parse(line) }),
      onProblem: problem => this.problems.push(problem),
      ...this.more,
    });
    return this;
  }

  async texts(...texts: string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const text of texts) ids.push((await this.stream.putRecord(Buffer.from(text))).RecordId);
    return ids;
  }

  /** What objects whose key begins so hold, by key without the name that is different each time. */
  contents(prefix: string): { [key: string]: string } {
    const found: { [key: string]: string } = {};
    for (const [key, body] of this.objects) {
      const name = key.replace(/telemetry-1-(\d{4}(?:-\d\d){5})-[0-9a-f-]{36}/, '$1');
      if (key.startsWith(prefix)) found[name] = (found[name] ?? '') + (key.endsWith('.gz') ? gunzipSync(body) : body);
    }
    return found;
  }

  errors(type: string): { rawData: string; [field: string]: unknown }[] {
    return Object.values(this.contents(`lake/errors/${type}/`)).flatMap(text => text.split('\n').filter(Boolean).map(line => JSON.parse(line)));
  }

  remove(): void { rmSync(this.folder, { recursive: true, force: true }); }
}
