import { KeptMap } from '../registry/kept-map';

export interface RetainedMessage {
  readonly topic: string;
  /** Base64. */
  readonly payload: string;
  readonly qos: 0 | 1;
  readonly lastModifiedTime: number;
}

/** The last message of each topic that came with RETAIN; an empty one takes it away. */
export class RetainedMessages {
  constructor(private readonly messages = new KeptMap<RetainedMessage>('retained'), private readonly now: () => number = Date.now) {}

  take(topic: string, payload: Buffer, qos: 0 | 1): void {
    if (payload.length === 0) this.messages.delete(topic);
    else this.messages.set(topic, { topic, payload: payload.toString('base64'), qos, lastModifiedTime: this.now() });
  }

  find(topic: string): RetainedMessage | undefined {
    return this.messages.get(topic);
  }

  all(): RetainedMessage[] {
    return this.messages.values();
  }
}
