import { connect, IClientOptions, MqttClient } from 'mqtt';

const IN_FLIGHT = 10;
const PAUSE_MILLISECONDS = 40;

/** Publishes numbers at QoS 1 until it is told to end, over however many connections that takes, and notes which were acknowledged. */
export class Publisher {
  readonly acknowledged: string[] = [];
  private readonly client: MqttClient;
  private readonly done: Promise<void>;
  private isEnding = false;
  private published = 0;

  constructor(private readonly name: string, options: IClientOptions) {
    this.client = connect({ ...options, clientId: name, reconnectPeriod: 100, connectTimeout: 10_000, keepalive: 60 });
    // It tries again by itself.
    this.client.on('error', () => undefined);
    this.done = this.run();
  }

  /** Resolves when all that was published is acknowledged; it needs a broker for that. */
  async end(): Promise<void> {
    this.isEnding = true;
    await this.done;
    await this.client.endAsync();
  }

  private async run(): Promise<void> {
    while (!this.isEnding) {
      await Promise.all(Array.from({ length: IN_FLIGHT }, () => this.publishNext()));
      await new Promise(resolve => setTimeout(resolve, PAUSE_MILLISECONDS));
    }
  }

  private async publishNext(): Promise<void> {
    const n = this.published++;
    const id = `${this.name}:${n}`;
    await this.client.publishAsync(`data/${this.name}`, JSON.stringify({ id, n }), { qos: 1 });
    this.acknowledged.push(id);
  }
}
