import { createServer, IncomingMessage } from 'http';
import { AddressInfo } from 'net';
import { certificateFor } from './signed-certificate';

const ARN = 'arn:aws:iot:us-east-1:111122223333';

interface Answer { status: number; body?: unknown; error?: string }
export interface StoredCertificate { pem: string; status: string; creationDate: number; policies: Set<string>; things: Map<string, string> }
export interface StoredThing { thingId: string; attributes: Record<string, string> }

/**
 * The registry of AWS IoT on loopback, as far as onboarding asks it, for the unmodified SDK. It is as strict as AWS: it deletes no certificate
 * that is active or has something attached, makes a distinct certificate each time, and pages by two.
 */
export class LoopbackIot {
  static async start(now: () => number): Promise<LoopbackIot> {
    const endpoint = new LoopbackIot(now);
    await new Promise<void>(resolve => endpoint.server.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  readonly certificates = new Map<string, StoredCertificate>();
  readonly things = new Map<string, StoredThing>();
  readonly policies = new Set<string>(['Fleet']);
  readonly disconnected: string[] = [];
  readonly requests: string[] = [];
  /** How often a certificate was made. */
  made = 0;
  /** Called before each request is answered; an error here is answered instead. */
  interfere?: (request: string) => { status: number; error: string } | undefined;

  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const { status, body, error } = this.answer(request, text === '' ? {} : JSON.parse(text));
      response.writeHead(status, { 'content-type': 'application/json', ...error ? { 'x-amzn-errortype': error } : {} });
      response.end(JSON.stringify(body ?? (error ? { message: error } : {})));
    });
  });

  private constructor(private readonly now: () => number) {}

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
  }

  clear(): void {
    this.certificates.clear();
    this.things.clear();
    this.disconnected.length = this.requests.length = this.made = 0;
    this.interfere = undefined;
  }

  private answer(request: IncomingMessage, body: any): Answer {
    const url = new URL(request.url!, this.url);
    const asked = `${request.method} ${decodeURIComponent(url.pathname)}`;
    this.requests.push(asked);
    const refused = this.interfere?.(asked);
    if (refused) return refused;
    const [, kind, name = '', rest] = url.pathname.split('/').map(decodeURIComponent);
    const route = `${request.method} ${kind}${name === '' ? '' : '/x'}${rest === undefined ? '' : `/${rest}`}`;
    const principal = request.headers['x-amzn-principal'] as string | undefined;
    const target = body.target ?? (kind === 'attached-policies' ? decodeURIComponent(url.pathname.slice('/attached-policies/'.length)) : undefined);
    const certificate = this.certificates.get(kind === 'certificates' ? name : idIn(principal ?? target ?? ''));
    const thing = this.things.get(name);
    switch (route) {
      case 'POST certificates': return this.makeCertificate(body.certificateSigningRequest, url.searchParams.get('setAsActive') === 'true');
      case 'GET certificates': return this.page(Number(url.searchParams.get('marker') ?? 0));
      case 'GET certificates/x': return certificate ? ok({
        certificateDescription: { certificateId: name, certificateArn: `${ARN}:cert/${name}`, certificatePem: certificate.pem, status: certificate.status },
      }) : gone();
      case 'PUT certificates/x':
        if (!certificate) return gone();
        certificate.status = url.searchParams.get('newStatus')!;
        return ok();
      case 'DELETE certificates/x':
        if (!certificate) return gone();
        if (certificate.status === 'ACTIVE') return { status: 406, error: 'CertificateStateException' };
        if (certificate.things.size + certificate.policies.size > 0) return { status: 409, error: 'DeleteConflictException' };
        this.certificates.delete(name);
        return ok();
      case 'PUT target-policies/x':
        if (!certificate || !this.policies.has(name)) return gone();
        certificate.policies.add(name);
        return ok();
      case 'POST target-policies/x':
        if (!certificate?.policies.delete(name)) return gone();
        return ok();
      case 'POST things/x':
        if (thing && JSON.stringify(thing.attributes) !== JSON.stringify(body.attributePayload?.attributes ?? {})) return { status: 409, error: 'ResourceAlreadyExistsException' };
        if (!thing) this.things.set(name, { thingId: `id-of-${name}`, attributes: body.attributePayload?.attributes ?? {} });
        return ok({ thingName: name, thingId: `id-of-${name}` });
      case 'GET things/x': return thing ? ok({ thingName: name, ...thing }) : gone();
      case 'PATCH things/x':
        if (!thing) return gone();
        thing.attributes = { ...thing.attributes, ...body.attributePayload.attributes };
        return ok();
      case 'DELETE things/x':
        if ([...this.certificates.values()].some(({ things }) => things.has(name))) return { status: 400, error: 'InvalidRequestException' };
        this.things.delete(name);
        return ok();
      case 'GET things/x/principals':
        if (!thing) return gone();
        return ok({ principals: [...this.certificates].filter(([, { things }]) => things.has(name)).map(([id]) => `${ARN}:cert/${id}`) });
      case 'PUT things/x/principals':
        if (!certificate || !thing) return gone();
        certificate.things.set(name, url.searchParams.get('thingPrincipalType') ?? 'NON_EXCLUSIVE_THING');
        return ok();
      case 'DELETE things/x/principals':
        if (!certificate || !thing) return gone();
        certificate.things.delete(name);
        return ok();
      case 'POST provisioning-templates/x/provisioning-claim': return ok({
        certificateId: 'claim', certificatePem: 'CLAIM-PEM', keyPair: { PrivateKey: 'CLAIM-KEY', PublicKey: 'CLAIM-PUBLIC' }, expiration: 1_800_000_000,
      });
      case 'DELETE connections/x':
        this.disconnected.push(name);
        return ok();
      default: return kind === 'attached-policies' ? ok({ policies: [...certificate?.policies ?? []].map(policyName => ({ policyName })) })
        : { status: 400, error: 'InvalidRequestException', body: { message: `${route} is not known here` } };
    }
  }

  private makeCertificate(csr: string, active: boolean): Answer {
    const { id, pem } = certificateFor(csr);
    this.made++;
    this.certificates.set(id, { pem, status: active ? 'ACTIVE' : 'INACTIVE', creationDate: this.now(), policies: new Set(), things: new Map() });
    return ok({ certificateId: id, certificateArn: `${ARN}:cert/${id}`, certificatePem: pem });
  }

  private page(from: number): Answer {
    const all = [...this.certificates].reverse();
    const certificates = all.slice(from, from + 2)
      .map(([id, { status, creationDate }]) => ({ certificateId: id, certificateArn: `${ARN}:cert/${id}`, status, creationDate: creationDate / 1_000 }));
    return ok({ certificates, nextMarker: from + 2 < all.length ? String(from + 2) : undefined });
  }
}

function idIn(arn: string): string {
  return arn.split('/').at(-1)!;
}

function ok(body?: unknown): Answer {
  return { status: 200, body };
}

function gone(): Answer {
  return { status: 404, error: 'ResourceNotFoundException' };
}
