import { Agent, request } from 'http';
import { Engine, EngineName } from './engine';
import { AwsError } from '../account';
import { blobsAsBase64 } from '../http/json-protocol';
import { isObject, JsonObject } from '../json';

/** Whoever calls the service is authorized before; engines want any signature. */
const SIGNATURE = 'AWS4-HMAC-SHA256 Credential=sandbox/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';
const MAXIMUM_SOCKETS = 64;

export type Api = 'DynamoDB_20120810' | 'DynamoDBStreams_20120810';

/** Calls an engine over connections that stay open. */
export class EngineClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: MAXIMUM_SOCKETS, noDelay: true });

  constructor(private readonly engine: Engine) {}

  get name(): EngineName {
    return this.engine.name;
  }

  /** @throws AwsError what the engine refuses, with its code; InternalServerError where it does not answer */
  async call(api: Api, operation: string, input: object): Promise<JsonObject> {
    const { status, body } = await this.send(`${api}.${operation}`, JSON.stringify(input, blobsAsBase64));
    const output: unknown = JSON.parse(body);
    if (!isObject(output)) throw new AwsError('InternalServerError', `${this.engine.name} answered ${body.slice(0, 100)}`, 500);
    if (status === 200) return output;
    const { __type: type, message, Message, ...details } = output;
    throw new AwsError(String(type).split('#').pop()!, String(message ?? Message ?? ''), status, details);
  }

  close(): void {
    this.agent.destroy();
  }

  private send(target: string, body: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const failed = (error: Error) => reject(new AwsError('InternalServerError', `${this.engine.name} does not answer: ${error.message}`, 500));
      const headers = {
        'content-type': 'application/x-amz-json-1.0',
        'content-length': Buffer.byteLength(body),
        'x-amz-target': target,
        'x-amz-date': '20260101T000000Z',
        'authorization': SIGNATURE,
      };
      const sent = request({ host: '127.0.0.1', port: this.engine.port, method: 'POST', agent: this.agent, headers }, response => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 500, body: Buffer.concat(chunks).toString('utf8') }));
        response.on('error', failed);
      });
      sent.on('error', failed);
      sent.end(body);
    });
  }
}
