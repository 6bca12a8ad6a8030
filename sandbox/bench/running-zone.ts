import { mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { FirehoseClient, ListDeliveryStreamsCommand } from '@aws-sdk/client-firehose';
import { fleetOf } from './fleet';
import type { LoadDevice, Target } from './load';
import { MeasuredProcess, Usage } from './measured-process';

const POLL_MILLISECONDS = 50;
const CREDENTIALS = { accessKeyId: 'operator', secretAccessKey: 'operator' };

/** A sandbox on an assembly, started by its command in a process of its own over a new state folder. */
export class RunningZone {
  static async start(assembly: string, more: readonly string[] = []): Promise<RunningZone> {
    const state = mkdtempSync(path.join(tmpdir(), 'sandbox-bench-'));
    const process = new MeasuredProcess(path.join(__dirname, '../bin/sandbox.js'), [
      'start', '--assembly', assembly, '--state', state, '--port', '0', '--mqtt-port', '0', '--dynamodb', 'dynalite', ...more,
    ]);
    await process.written(/Ctrl\+C ends it/);
    const running = JSON.parse(readFileSync(path.join(state, 'running.json'), 'utf8')) as { endpointUrl: string; mqttPort: number; region: string };
    return new RunningZone(process, state, running);
  }

  private readonly metrics: CloudWatchClient;
  private readonly streams: Promise<string[]>;

  private constructor(
    private readonly process: MeasuredProcess, readonly state: string,
    private readonly running: { readonly endpointUrl: string; readonly mqttPort: number; readonly region: string },
  ) {
    const { endpointUrl: endpoint, region } = running;
    this.metrics = new CloudWatchClient({ endpoint, region, credentials: CREDENTIALS });
    this.streams = new FirehoseClient({ endpoint, region, credentials: CREDENTIALS }).send(new ListDeliveryStreamsCommand({}))
      .then(({ DeliveryStreamNames = [] }) => DeliveryStreamNames);
  }

  get target(): Target {
    return { host: '127.0.0.1', port: this.running.mqttPort, ca: readFileSync(path.join(this.state, 'iot/ca.pem'), 'utf8') };
  }

  /** Where the authority that signed the devices is. */
  get authorityFolder(): string {
    return path.join(this.state, 'iot');
  }

  get endpoint(): string {
    return this.running.endpointUrl;
  }

  get region(): string {
    return this.running.region;
  }

  /** The value of the output whose name begins so. */
  async output(name: string): Promise<string> {
    const answer = await fetch(`${this.endpoint}/-/api/outputs`);
    const { stacks } = await answer.json() as { stacks: { outputs: { name: string; value: string }[] }[] };
    return stacks.flatMap(({ outputs }) => outputs).find(output => output.name.startsWith(name))!.value;
  }

  /** See `fleetOf`. */
  fleet(size: number, certificates = size): Promise<LoadDevice[]> {
    return fleetOf(this.running.endpointUrl, this.running.region, size, certificates);
  }

  /** Waits until so many records are in files of the lake since the start. */
  async delivered(records: number): Promise<void> {
    while (await this.deliveredUntilNow() < records) await new Promise(resolve => setTimeout(resolve, POLL_MILLISECONDS));
  }

  async deliveredUntilNow(): Promise<number> {
    let sum = 0;
    for (const stream of await this.streams) {
      const { Datapoints = [] } = await this.metrics.send(new GetMetricStatisticsCommand({
        Namespace: 'AWS/Firehose',
        MetricName: 'DeliveryToS3.Records',
        Dimensions: [{ Name: 'DeliveryStreamName', Value: stream }],
        StartTime: new Date(Date.now() - 3_600_000),
        EndTime: new Date(Date.now() + 60_000),
        Period: 60,
        Statistics: ['Sum'],
      }));
      sum += Datapoints.reduce((all, point) => all + (point.Sum ?? 0), 0);
    }
    return sum;
  }

  usage(): Promise<Usage> {
    return this.process.usage();
  }

  async end(): Promise<void> {
    await this.process.end();
    rmSync(this.state, { recursive: true, force: true });
  }
}
