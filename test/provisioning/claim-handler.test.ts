import { createServer, IncomingMessage, Server } from 'http';
import { AddressInfo } from 'net';
import { IoTClient } from '@aws-sdk/client-iot';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CREATE_FAILED, CustomResourceEvent } from '../../src/private/custom-resource/answer';
import { makeClaim } from '../../src/provisioning/claim-handler/core';
import { CLAIM_ENV, CLAIM_SECRET_FIELDS, readSecretArn } from '../../src/provisioning/claim-handler/env';
import { handler, services } from '../../src/provisioning/claim-handler/index';

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:Claim-AbCdEf';
const KEY = '-----BEGIN RSA PRIVATE KEY-----\nnobody may see this\n-----END RSA PRIVATE KEY-----';

interface Certificate { status: string; policies: string[] }
interface Version { value: string; labels: string[] }

/** The few operations of AWS IoT and Secrets Manager that the claim uses, with the refusals that matter, over HTTP. */
class Account {
  readonly certificates = new Map<string, Certificate>();
  readonly versions = new Map<string, Version>([['00000000-initial', { value: 'made by CloudFormation', labels: ['AWSCURRENT'] }]]);
  readonly calls: string[] = [];
  readonly answers: Record<string, unknown>[] = [];
  /** Calls that are refused: the name, or the name and how many times. */
  failing = new Map<string, number>();
  /** What was active when a key was stored. */
  activeAtStore: string[] = [];
  private made = 0;

  async answer(request: IncomingMessage, body: string): Promise<{ status: number; body: unknown; type?: string }> {
    const url = new URL(request.url!, 'http://localhost');
    const target = request.headers['x-amz-target'] as string | undefined;
    if (url.pathname === '/answer') {
      this.answers.push(JSON.parse(body));
      return { status: 200, body: {} };
    }
    const name = target ? target.split('.')[1] : this.iotOperation(request.method!, url.pathname);
    this.calls.push(name);
    const left = this.failing.get(name) ?? 0;
    if (left > 0) {
      this.failing.set(name, left - 1);
      return { status: 400, body: { message: `${name} refused` }, type: 'InvalidRequestException' };
    }
    return target ? this.secrets(name, JSON.parse(body)) : this.iot(name, url);
  }

  private iotOperation(method: string, path: string): string {
    if (method === 'POST' && path === '/keys-and-certificate') return 'CreateKeysAndCertificate';
    if (path.startsWith('/certificates/')) return { GET: 'DescribeCertificate', PUT: 'UpdateCertificate', DELETE: 'DeleteCertificate' }[method]!;
    if (path.startsWith('/attached-policies/')) return 'ListAttachedPolicies';
    return path.startsWith('/target-policies/') ? 'DetachPolicy' : 'Unknown';
  }

  private iot(name: string, url: URL): { status: number; body: unknown; type?: string } {
    const tail = decodeURIComponent(url.pathname.split('/').slice(2).join('/'));
    if (name === 'CreateKeysAndCertificate') {
      const id = String(++this.made).padStart(64, '0');
      this.certificates.set(id, { status: url.searchParams.get('setAsActive') === 'true' ? 'ACTIVE' : 'INACTIVE', policies: [] });
      return { status: 200, body: { certificateArn: arn(id), certificateId: id, certificatePem: 'pem', keyPair: { PublicKey: 'public', PrivateKey: KEY } } };
    }
    const id = name === 'ListAttachedPolicies' ? tail.split('/')[1] : name === 'DetachPolicy' ? '' : tail;
    const certificate = name === 'DetachPolicy' ? [...this.certificates.values()].find(({ policies }) => policies.includes(tail)) : this.certificates.get(id);
    if (!certificate) return { status: 404, body: { message: 'gone' }, type: 'ResourceNotFoundException' };
    switch (name) {
      case 'DescribeCertificate': return { status: 200, body: { certificateDescription: { certificateArn: arn(id), certificateId: id, status: certificate.status } } };
      case 'UpdateCertificate': certificate.status = url.searchParams.get('newStatus')!; return { status: 200, body: {} };
      case 'ListAttachedPolicies': return { status: 200, body: { policies: certificate.policies.slice(0, 2).map(policyName => ({ policyName })) } };
      case 'DetachPolicy': certificate.policies.splice(certificate.policies.indexOf(tail), 1); return { status: 200, body: {} };
      default:
        if (certificate.status === 'ACTIVE') return { status: 406, body: { message: 'active' }, type: 'CertificateStateException' };
        if (certificate.policies.length > 0) return { status: 409, body: { message: 'attached' }, type: 'DeleteConflictException' };
        this.certificates.delete(id);
        return { status: 200, body: {} };
    }
  }

  private secrets(name: string, input: Record<string, unknown>): { status: number; body: unknown } {
    const move = (labels: string[], to: string) => {
      for (const version of this.versions.values()) version.labels = version.labels.filter(label => !labels.includes(label));
      this.versions.get(to)!.labels.push(...labels);
    };
    if (name === 'PutSecretValue') {
      const id = input.ClientRequestToken as string;
      this.activeAtStore.push(...this.active);
      this.versions.set(id, { value: input.SecretString as string, labels: [] });
      move(input.VersionStages as string[], id);
    } else if (name === 'UpdateSecretVersionStage') {
      move([input.VersionStage as string], input.MoveToVersionId as string);
    }
    return { status: 200, body: { VersionIdsToStages: Object.fromEntries([...this.versions].map(([id, { labels }]) => [id, labels])) } };
  }

  get current(): Version { return [...this.versions.values()].find(({ labels }) => labels.includes('AWSCURRENT'))!; }
  get active(): string[] { return [...this.certificates].filter(([, { status }]) => status === 'ACTIVE').map(([id]) => id); }
}

const arn = (id: string) => `arn:aws:iot:us-east-1:123456789012:cert/${id}`;

let account: Account;
let server: Server;
let endpoint: string;
let claim: ReturnType<typeof makeClaim>;

beforeEach(async () => {
  account = new Account();
  server = createServer((request, response) => {
    let body = '';
    request.on('data', chunk => { body += chunk; });
    request.on('end', () => void account.answer(request, body).then(({ status, body: answer, type }) => {
      response.writeHead(status, { 'content-type': 'application/json', ...(type ? { 'x-amzn-errortype': type } : {}) }).end(JSON.stringify(answer));
    }));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1 };
  claim = makeClaim(services(new IoTClient(options), new SecretsManagerClient(options), SECRET));
});
afterEach(() => { server.closeAllConnections(); server.close(); });

function event(RequestType: 'Create' | 'Update' | 'Delete', rotation = '1', PhysicalResourceId?: string): CustomResourceEvent {
  return {
    RequestType,
    PhysicalResourceId,
    ResponseURL: `${endpoint}/answer`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Claim',
    ResourceProperties: { Rotation: rotation, SecretArn: SECRET },
  };
}

describe('create', () => {
  test('makes one active certificate, and its key is in the secret and in nothing that CloudFormation sees', async () => {
    const result = await claim(event('Create'));
    expect(account.active).toEqual([result.physicalResourceId]);
    expect(JSON.stringify(result)).not.toContain('PRIVATE');
    expect(result.data).toEqual({ CertificateId: result.physicalResourceId, CertificateArn: arn(result.physicalResourceId) });
    const secret = JSON.parse(account.current.value);
    expect(Object.keys(secret)).toEqual([...CLAIM_SECRET_FIELDS]);
    expect(secret.privateKey).toBe(KEY);
  });

  test('that comes twice finds the certificate of the first time', async () => {
    const first = await claim(event('Create'));
    expect(await claim(event('Create'))).toEqual(first);
    expect(account.certificates.size).toBe(1);
  });

  test.each(['DescribeSecret', 'CreateKeysAndCertificate', 'PutSecretValue', 'UpdateCertificate'])('that fails at %s leaves no certificate, and a retry finishes', async (call) => {
    account.failing.set(call, 1);
    await expect(claim(event('Create'))).rejects.toThrow(`${call} refused`);
    expect(account.certificates.size).toBe(0);
    const { physicalResourceId } = await claim(event('Create'));
    expect(account.active).toEqual([physicalResourceId]);
    expect(JSON.parse(account.current.value).certificateId).toBe(physicalResourceId);
  });

  test('that cannot clean up says which certificate is left, which nobody can connect with', async () => {
    account.failing = new Map([['PutSecretValue', 1], ['DeleteCertificate', 1]]);
    await expect(claim(event('Create'))).rejects.toThrow(new RegExp('PutSecretValue refused; certificate 0+1 could not be removed either \\(.*DeleteCertificate refused\\): delete it by hand'));
    expect(account.active).toEqual([]);
  });

  test('never makes a certificate active before its key is stored', async () => {
    await claim(event('Create'));
    expect(account.calls).toEqual(['DescribeSecret', 'CreateKeysAndCertificate', 'PutSecretValue', 'UpdateCertificate']);
    expect(account.activeAtStore).toEqual([]);
  });
});

describe('rotation', () => {
  test('makes a new certificate in the same secret; CloudFormation deletes the old one afterwards', async () => {
    const before = await claim(event('Create', '1'));
    const after = await claim(event('Update', '2', before.physicalResourceId));
    expect(after.physicalResourceId).not.toBe(before.physicalResourceId);
    expect(JSON.parse(account.current.value).certificateId).toBe(after.physicalResourceId);
    await claim(event('Delete', '1', before.physicalResourceId));
    expect(account.active).toEqual([after.physicalResourceId]);
  });

  test('that is rolled back brings the certificate from before back, and no third one', async () => {
    const before = await claim(event('Create', '1'));
    const after = await claim(event('Update', '2', before.physicalResourceId));
    expect(await claim(event('Update', '1', after.physicalResourceId))).toEqual(before);
    await claim(event('Delete', '2', after.physicalResourceId));
    expect(account.active).toEqual([before.physicalResourceId]);
    expect(JSON.parse(account.current.value).certificateId).toBe(before.physicalResourceId);
  });

  test('that fails leaves the certificate from before at work', async () => {
    const before = await claim(event('Create', '1'));
    account.failing.set('PutSecretValue', 1);
    await expect(claim(event('Update', '2', before.physicalResourceId))).rejects.toThrow('PutSecretValue refused');
    expect(account.active).toEqual([before.physicalResourceId]);
    expect(JSON.parse(account.current.value).certificateId).toBe(before.physicalResourceId);
  });

  test('to one whose certificate was revoked by hand is refused', async () => {
    const { physicalResourceId } = await claim(event('Create', '1'));
    account.certificates.get(physicalResourceId)!.status = 'REVOKED';
    await expect(claim(event('Update', '1', physicalResourceId))).rejects.toThrow('was revoked: pass another rotation');
  });
});

describe('delete', () => {
  test('deactivates, detaches every policy over all pages, and deletes', async () => {
    const { physicalResourceId } = await claim(event('Create'));
    account.certificates.get(physicalResourceId)!.policies.push('a', 'b', 'c', 'd', 'e');
    account.calls.length = 0;
    await claim(event('Delete', '1', physicalResourceId));
    expect(account.certificates.size).toBe(0);
    expect(account.calls[1]).toBe('UpdateCertificate');
  });

  test.each(['UpdateCertificate', 'ListAttachedPolicies', 'DetachPolicy', 'DeleteCertificate'])('that fails at %s can be repeated', async (call) => {
    const { physicalResourceId } = await claim(event('Create'));
    account.certificates.get(physicalResourceId)!.policies.push('a');
    account.failing.set(call, 1);
    await expect(claim(event('Delete', '1', physicalResourceId))).rejects.toThrow(`${call} refused`);
    await claim(event('Delete', '1', physicalResourceId));
    expect(account.certificates.size).toBe(0);
  });

  test.each([CREATE_FAILED, '9'.repeat(64)])('of what is not there (%s) succeeds', async (id) => {
    expect(await claim(event('Delete', '1', id))).toEqual({ physicalResourceId: id });
  });

  test('works for a certificate that was revoked by hand', async () => {
    const { physicalResourceId } = await claim(event('Create'));
    account.certificates.get(physicalResourceId)!.status = 'REVOKED';
    await claim(event('Delete', '1', physicalResourceId));
    expect(account.certificates.size).toBe(0);
  });
});

test('the function answers CloudFormation and logs nothing of the key, whether it works or fails', async () => {
  const env = { ...process.env };
  const logged: string[] = [];
  const spies = (['log', 'error', 'warn', 'info'] as const).map(method => jest.spyOn(console, method).mockImplementation((...line) => { logged.push(line.join(' ')); }));
  Object.assign(process.env, { AWS_ENDPOINT_URL: endpoint, [CLAIM_ENV.secretArn]: SECRET });
  try {
    account.failing.set('PutSecretValue', 1);
    await handler(event('Create'));
    await handler(event('Create'));
  } finally {
    process.env = env;
    spies.forEach(spy => spy.mockRestore());
  }
  expect(account.answers).toEqual([
    expect.objectContaining({ Status: 'FAILED', PhysicalResourceId: CREATE_FAILED, Reason: expect.stringContaining('PutSecretValue refused') }),
    expect.objectContaining({ Status: 'SUCCESS', PhysicalResourceId: account.active[0] }),
  ]);
  expect(JSON.stringify([account.answers, logged])).not.toMatch(/PRIVATE KEY|nobody may see/);
});

test.each([[undefined, 'is missing'], ['', 'is empty']])('an environment without the secret says so (%j)', (value, message) => {
  expect(() => readSecretArn({ [CLAIM_ENV.secretArn]: value })).toThrow(`environment variable CLAIM_SECRET_ARN ${message}`);
});
