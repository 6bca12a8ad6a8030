import { createServer, IncomingMessage } from 'http';
import { AddressInfo } from 'net';

interface Answer { status: number; body?: unknown; error?: string }
export interface StoredPolicy {
  tags?: { Key: string; Value: string }[];
  targets: string[];
  versions: { versionId: string; isDefaultVersion: boolean }[];
}

/** The control plane of AWS IoT on loopback, as far as taking a policy from its targets needs it, with small pages. */
export class LoopbackIot {
  static async start(pageSize = 2): Promise<LoopbackIot> {
    const endpoint = new LoopbackIot(pageSize);
    await new Promise<void>(resolve => endpoint.server.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  readonly policies = new Map<string, StoredPolicy>();
  /** `METHOD /path` of every request, and what CloudFormation was told. */
  readonly requests: string[] = [];
  readonly answers: Record<string, unknown>[] = [];
  /** Called before each request is answered; a status here is answered instead. */
  interfere?: (request: string) => number | undefined;

  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', () => {
      const { status, body, error } = this.answer(request, Buffer.concat(chunks).toString());
      response.writeHead(status, { 'content-type': 'application/json', ...(error ? { 'x-amzn-errortype': error } : {}) });
      response.end(body === undefined ? '' : JSON.stringify(body));
    });
  });

  private constructor(private readonly pageSize: number) {}

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, body: string): Answer {
    const url = new URL(request.url!, this.url);
    if (url.pathname === '/cloudformation') {
      this.answers.push(JSON.parse(body));
      return { status: 200 };
    }
    const asked = `${request.method} ${decodeURIComponent(url.pathname)}`;
    this.requests.push(asked);
    const status = this.interfere?.(asked);
    if (status) return { status, error: 'ThrottlingException', body: { message: 'slow down' } };
    if (url.pathname === '/tags') return this.tagsOf(url.searchParams.get('resourceArn')!);
    const [, kind, name, ...rest] = decodeURIComponent(url.pathname).split('/');
    const policy = this.policies.get(name);
    if (!policy) return { status: 404, error: 'ResourceNotFoundException', body: { message: 'no such policy' } };
    return this.route(`${request.method} ${[kind, ...rest].join('/').replace(/\d+$/, '')}`, policy, url, rest.at(-1), body);
  }

  private tagsOf(resourceArn: string): Answer {
    const policy = this.policies.get(resourceArn.split('/').at(-1)!);
    if (!policy) return { status: 404, error: 'ResourceNotFoundException', body: { message: 'no such policy' } };
    return { status: 200, body: { tags: policy.tags ?? [] } };
  }

  private route(route: string, policy: StoredPolicy, url: URL, version: string | undefined, body: string): Answer {
    switch (route) {
      case 'POST policy-targets': {
        const from = Number(url.searchParams.get('marker') ?? 0);
        const next = from + this.pageSize;
        const nextMarker = next < policy.targets.length ? String(next) : undefined;
        return { status: 200, body: { targets: policy.targets.slice(from, next), nextMarker } };
      }
      case 'POST target-policies': {
        const { target } = JSON.parse(body) as { target: string };
        policy.targets = policy.targets.filter(other => other !== target);
        return { status: 200 };
      }
      case 'GET policies/version': return { status: 200, body: { policyVersions: policy.versions } };
      case 'DELETE policies/version/': {
        policy.versions = policy.versions.filter(({ versionId }) => versionId !== version);
        return { status: 200 };
      }
      default: return { status: 400, error: 'InvalidRequestException', body: { message: `${route} is not known here` } };
    }
  }
}
