import { isUtf8 } from 'node:buffer';
import { parseJson } from './json';
import { JsonArray, JsonObject } from './value';

/** What is known of a message beside its topic and payload. Functions whose answer is missing here give Undefined. */
export interface MessageContext {
  /** Milliseconds since 1970, as the rules engine sees the message. */
  readonly timestamp: number;
  readonly accountId: string;
  /** Missing where the message did not come over MQTT. */
  readonly clientId?: string;
  readonly traceId?: string;
  /** For a device its certificate id. */
  readonly principal?: string;
  readonly sourceIp?: string;
  /** MQTT 5, in the order of the packet. */
  readonly userProperties?: readonly (readonly [key: string, value: string])[];
  /** MQTT 5: `format_indicator`, `content_type`, `response_topic`, `correlation_data`. */
  readonly mqttProperties?: Readonly<Record<string, string>>;
}

const BASIC_INGEST = '$aws/rules/';

/** One published message, as all rules see it: what is read of it is read once. */
export class Message {
  /** Without the prefix of Basic Ingest. */
  readonly topic: string;
  /** The rule that Basic Ingest names; such a message reaches this rule only. */
  readonly basicIngestRule?: string;
  private document: JsonObject | JsonArray | null | undefined;
  private levels: string[] | undefined;

  constructor(publishedTo: string, readonly payload: Uint8Array, readonly context: MessageContext) {
    const slash = publishedTo.startsWith(BASIC_INGEST) ? publishedTo.indexOf('/', BASIC_INGEST.length) : -1;
    if (publishedTo.startsWith(BASIC_INGEST)) this.basicIngestRule = publishedTo.slice(BASIC_INGEST.length, slash < 0 ? undefined : slash);
    this.topic = this.basicIngestRule === undefined ? publishedTo : slash < 0 ? '' : publishedTo.slice(slash + 1);
  }

  /** The object or array that the payload is. Anything else, numbers and strings too, AWS IoT handles as bytes: then undefined. */
  get json(): JsonObject | JsonArray | undefined {
    if (this.document === undefined) this.document = this.read();
    return this.document ?? undefined;
  }

  get topicLevels(): readonly string[] {
    this.levels ??= this.topic.split('/');
    return this.levels;
  }

  private read(): JsonObject | JsonArray | null {
    if (!isUtf8(this.payload)) return null;
    const parsed = parseJson(Buffer.from(this.payload.buffer, this.payload.byteOffset, this.payload.byteLength).toString('utf8'));
    const value = parsed.json ? parsed.value : null;
    return value instanceof Map || Array.isArray(value) ? value : null;
  }
}
