/** A message that AWS IoT took: what the rules see. */
export interface TakenMessage {
  readonly topic: string;
  readonly payload: Buffer;
  /** Undefined where the message did not come over MQTT. */
  readonly clientId?: string;
  /** Of the device; undefined for messages of AWS IoT itself. */
  readonly certificateId?: string;
  readonly sourceIp?: string;
  readonly qos: 0 | 1;
  /** Set where the message goes to this rule alone. */
  readonly ruleName?: string;
}

/** What a client was not allowed to do, and why. */
export interface Denial {
  readonly time: number;
  readonly clientId: string;
  readonly certificateId?: string;
  readonly thingName?: string;
  readonly action: string;
  readonly resource: string;
  readonly reason: string;
}
