import { createHash } from 'crypto';
import { createServer } from 'http';
import { AddressInfo } from 'net';

export interface Queued { id: string; body: string; visible: boolean; sentAt: number }

/**
 * A queue and a broker on loopback, as much of them as the AWS SDK's own clients need to redrive: receive, delete,
 * send, change visibility, publish.
 */
export class LoopbackEndpoint {
  static async start(): Promise<LoopbackEndpoint> {
    const endpoint = new LoopbackEndpoint();
    await new Promise<void>(resolve => endpoint.server.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  readonly errors: Queued[] = [];
  readonly published: { topic: string; payload: string }[] = [];
  readonly sent: { queueUrl: string; body: string }[] = [];
  /** Topics that the broker answers with an error. */
  readonly refused = new Set<string>();

  refusesRelease = false;
  private added = 0;
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const target = String(request.headers['x-amz-target'] ?? '');
      const answer = target ? this.queue(target, JSON.parse(body.toString())) : this.publish(request.url!, body);
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(answer.body));
    });
  });

  /** Called for what a rule takes, such as one whose action fails again. */
  onPublish: () => void = () => undefined;

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
  }

  clear(): void {
    this.added = 0;
    this.errors.length = this.published.length = this.sent.length = 0;
    this.refused.clear();
    this.refusesRelease = false;
    this.onPublish = () => undefined;
  }

  add(...bodies: string[]): void {
    this.addAt(0, ...bodies);
  }

  /** @param sentAt - milliseconds since 1970 */
  addAt(sentAt: number, ...bodies: string[]): void {
    bodies.forEach(body => this.errors.push({ id: `m${this.added++}`, body, visible: true, sentAt }));
  }

  private publish(url: string, body: Buffer): { status: number; body: unknown } {
    const topic = decodeURIComponent(new URL(url, this.url).pathname.replace('/topics/', ''));
    if (this.refused.has(topic)) return { status: 403, body: { message: 'not allowed' } };
    this.published.push({ topic, payload: body.toString('base64') });
    this.onPublish();
    return { status: 200, body: { message: 'OK' } };
  }

  private queue(target: string, input: Record<string, any>): { status: number; body: unknown } {
    const find = () => this.errors.find(({ id }) => id === input.ReceiptHandle)!;
    switch (target.split('.')[1]) {
      case 'ReceiveMessage': {
        const messages = this.errors.filter(({ visible }) => visible).slice(0, input.MaxNumberOfMessages);
        messages.forEach(message => { message.visible = false; });
        const Messages = messages.map(({ id, body, sentAt }) => ({
          MessageId: id, ReceiptHandle: id, Body: body, MD5OfBody: md5(body), Attributes: { SentTimestamp: String(sentAt) },
        }));
        return { status: 200, body: { Messages } };
      }
      case 'DeleteMessage':
        this.errors.splice(this.errors.indexOf(find()), 1);
        return { status: 200, body: {} };
      case 'ChangeMessageVisibility':
        if (this.refusesRelease) return { status: 400, body: { __type: 'InternalError', message: 'not now' } };
        find().visible = input.VisibilityTimeout === 0;
        return { status: 200, body: {} };
      case 'SendMessage':
        this.sent.push({ queueUrl: input.QueueUrl, body: input.MessageBody });
        return { status: 200, body: { MessageId: 'sent', MD5OfMessageBody: md5(input.MessageBody) } };
      default:
        return { status: 400, body: { __type: 'UnknownOperationException', message: target } };
    }
  }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
