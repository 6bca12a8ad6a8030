import { createServer, IncomingMessage, Server, ServerResponse } from 'http';
import { AddressInfo } from 'net';
import { foreignHost, foreignPage } from './foreign-request';
import { HttpAnswer, HttpHandler, HttpRequest } from './http-request';
import { Account } from '../account';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, and what S3 takes in one part is larger than anybody sends here. */
const MAXIMUM_BODY_BYTES = 256 * 1024 * 1024;
const CREDENTIAL = /Credential=([^/,\s]+)\/\d{8}\/[^/,\s]+\/([^/,\s]+)\/aws4_request/;

/** Where requests go that no client of AWS signed: the page, token endpoints, addresses of an API. */
export interface UnsignedRoute {
  /** `/path/` and everything below it. */
  readonly prefix: string;
  readonly handle: HttpHandler;
}

/**
 * One HTTP server for all services, as `AWS_ENDPOINT_URL` needs it: the signature says which service is meant, and who calls.
 *
 * Signatures are not verified. Only loopback addresses are listened on.
 */
export class HttpEndpoint {
  private readonly server: Server;
  private readonly services = new Map<string, HttpHandler>();
  private readonly unsigned: UnsignedRoute[] = [];

  constructor(private readonly account: Account) {
    this.server = createServer((request, response) => void this.answer(request, response));
    this.server.on('clientError', (_error, socket) => socket.destroy());
  }

  /** @param signingName - `sqs`; `DynamoDBStreams` and the like share one and are told apart by what handles it */
  addService(signingName: string, handler: HttpHandler): void {
    this.services.set(signingName, handler);
  }

  addUnsigned(prefix: string, handle: HttpHandler): void {
    this.unsigned.push({ prefix, handle });
    this.unsigned.sort((a, b) => b.prefix.length - a.prefix.length);
  }

  /** @returns the address. @throws where the port is taken, naming it */
  async listen(host: string, port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE'
        ? new Error(`Port ${port} on ${host} is in use: end what listens there, or choose another with --port`) : error));
      this.server.listen(port, host, resolve);
    });
    return `http://${host}:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>(resolve => this.server.close(() => resolve()));
  }

  private async answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const request = await this.read(incoming);
      const answer = request ? await this.route(request) : { status: 413, body: `a request has at most ${MAXIMUM_BODY_BYTES} bytes` };
      if (answer.fault !== undefined) this.recordFault(incoming, answer.fault);
      write(response, answer);
    } catch (error) {
      this.recordFault(incoming, error);
      if (!response.headersSent) write(response, { status: 500, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ __type: 'InternalFailure', message: 'The sandbox failed; its log tells why.' }) });
      else response.destroy();
    }
  }

  private recordFault({ method, url }: IncomingMessage, error: unknown): void {
    const what = error instanceof Error ? error.stack ?? error.message : String(error);
    this.account.activity.record('problem', { message: `${method} ${url?.split('?')[0]}: ${what}` });
  }

  private route(request: HttpRequest): Promise<HttpAnswer> | HttpAnswer {
    const service = serviceOf(request);
    const refused = foreignHost(request, service !== undefined) ?? (service === undefined ? undefined : foreignPage(request));
    if (refused !== undefined) return { status: 403, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ __type: 'AccessDeniedException', message: refused }) };
    if (service !== undefined) {
      const handler = this.services.get(service);
      if (handler) return handler(request);
      return { status: 501, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ __type: 'UnknownOperationException', message: `the service '${service}' is not modelled` }) };
    }
    const found = this.unsigned.find(({ prefix }) => request.path.startsWith(prefix));
    if (found) return found.handle(request);
    return { status: 403, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ __type: 'MissingAuthenticationTokenException', message: 'the request is not signed, and nothing is served at this path' }) };
  }

  private async read(incoming: IncomingMessage): Promise<HttpRequest | undefined> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAXIMUM_BODY_BYTES) return undefined;
      chunks.push(chunk);
    }
    const [path, ...query] = (incoming.url ?? '/').split('?');
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]));
    const search = new URLSearchParams(query.join('?'));
    const accessKeyId = credentialOf(headers.authorization, search)?.[1];
    return {
      method: incoming.method ?? 'GET',
      path,
      query: search,
      headers,
      body: Buffer.concat(chunks),
      caller: accessKeyId === undefined ? this.account.operator : this.account.callerBy(accessKeyId),
    };
  }
}

function credentialOf(authorization: string | undefined, query: URLSearchParams): RegExpExecArray | null {
  return CREDENTIAL.exec(authorization ?? `Credential=${query.get('X-Amz-Credential') ?? ''}`);
}

function serviceOf({ headers, query }: HttpRequest): string | undefined {
  return credentialOf(headers.authorization, query)?.[2];
}

function write(response: ServerResponse, { status, headers = {}, body = '' }: HttpAnswer): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.writeHead(status, { 'content-length': bytes.length, ...headers });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}
