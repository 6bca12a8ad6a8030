import { connect, createSecureContext, SecureContext, TLSSocket } from 'tls';
import type { LoadDevice, Target } from './load';

const CONNECT = 0x10;
const PUBLISH_QOS_1 = 0x32;
const PUBACK = 0x40;
const DISCONNECT = Buffer.from([0xe0, 0]);
const PUBACK_BYTES = 4;
/** Written in one piece at most. */
const PIECE = 64;

/**
 * As little of an MQTT 3.1.1 client as a load needs: it connects, keeps so many QoS 1 messages in flight, and counts acknowledgements. It
 * takes some 5 µs of processor time a message, so that the broker is what is measured.
 */
export class PipelinedClient {
  private acknowledged = 0;
  private onAcknowledged: (() => void) | undefined;

  constructor(private readonly socket: TLSSocket, private readonly topic: string) {
    let rest = 0;
    socket.on('data', (data: Buffer) => {
      // Nothing is subscribed, so that acknowledgements of four bytes are all that comes.
      if (rest === 0 && data[0] !== PUBACK) socket.destroy(new Error(`expected PUBACK, got ${data[0]}`));
      rest += data.length;
      this.acknowledged += Math.floor(rest / PUBACK_BYTES);
      rest %= PUBACK_BYTES;
      this.onAcknowledged?.();
    });
  }

  publish(messages: number, payload: Buffer, inFlight: number): Promise<void> {
    if (messages === 0) return Promise.resolve();
    this.acknowledged = 0;
    const template = packet(PUBLISH_QOS_1, text(this.topic), Buffer.alloc(2), payload);
    const idAt = template.length - payload.length - 2;
    let sent = 0;
    return new Promise((resolve, reject) => {
      const onClose = () => reject(new Error(`the connection was closed after ${this.acknowledged} of ${messages} acknowledgements`));
      this.socket.once('close', onClose);
      const sendMore = () => {
        while (sent < messages && sent - this.acknowledged < inFlight) {
          const pieces = Math.min(PIECE, messages - sent, inFlight - (sent - this.acknowledged));
          const buffer = Buffer.allocUnsafe(pieces * template.length);
          for (let at = 0; at < pieces; at++) {
            template.copy(buffer, at * template.length);
            buffer.writeUInt16BE(sent++ % 65_535 + 1, at * template.length + idAt);
          }
          this.socket.write(buffer);
        }
      };
      this.onAcknowledged = () => {
        if (this.acknowledged < messages) return sendMore();
        this.socket.off('close', onClose);
        resolve();
      };
      sendMore();
    });
  }

  /** The connection is gone without a word, as when the power fails. */
  drop(): void {
    this.socket.removeAllListeners('close').on('error', () => undefined).destroy();
  }

  disconnect(): Promise<void> {
    return new Promise(resolve => {
      this.socket.removeAllListeners('close').once('close', () => resolve());
      this.socket.on('error', () => undefined);
      this.socket.end(DISCONNECT);
    });
  }
}

/** By client id: reading keys and certificates takes longer than the handshake, and a device does it once. */
const contexts = new Map<string, SecureContext>();

export async function connectPipelined({ host, port, ca }: Target, { clientId, cert, key, topic }: LoadDevice): Promise<PipelinedClient> {
  const secureContext = contexts.get(clientId) ?? createSecureContext({ ca, cert, key });
  contexts.set(clientId, secureContext);
  const socket = connect({ host, port, secureContext, ALPNProtocols: ['mqtt'] });
  socket.setNoDelay(true);
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`the broker closed the connection of ${clientId}`)));
    socket.once('secureConnect', () => socket.write(packet(CONNECT, text('MQTT'), Buffer.from([4, 2, 0, 0]), text(clientId))));
    socket.once('data', (answer: Buffer) => {
      if (answer[3] !== 0) return reject(new Error(`${clientId} may not connect: ${answer[3]}`));
      return resolve(new PipelinedClient(socket, topic));
    });
  });
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function packet(head: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  for (let rest = body.length; rest > 0 || length.length === 0; rest = Math.floor(rest / 128)) length.push(rest % 128 + (rest >= 128 ? 128 : 0));
  return Buffer.concat([Buffer.from([head, ...length]), body]);
}
