import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { build, RunningZone, synthesize } from './running-zone';
import { cloudformation, iot, secrets } from '../../sandbox/test/end-to-end/clients';

export interface Answer {
  readonly status: number;
  /** As the OpenAPI document has it. */
  readonly body: any;
}

/** The bundled example as it runs, with what its operator calls it by. */
export class OnboardingZone {
  static async start(): Promise<OnboardingZone> {
    const folder = mkdtempSync(path.join(tmpdir(), 'onboarding-'));
    build();
    synthesize(path.join(folder, 'assembly'));
    const zone = await RunningZone.start(path.join(folder, 'assembly'), path.join(folder, 'state'), ['--buffer-seconds', '2']);
    const { Stacks } = await new cloudformation.CloudFormationClient(zone.client).send(new cloudformation.DescribeStacksCommand({}));
    return new OnboardingZone(folder, zone, Stacks![0].Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!]));
  }

  readonly iot: iot.IoTClient;
  readonly caFile: string;

  private constructor(readonly folder: string, readonly running: RunningZone, private readonly outputs: readonly (readonly [string, string])[]) {
    this.iot = new iot.IoTClient(running.client);
    this.caFile = path.join(running.state, 'iot', 'ca.pem');
  }

  output(name: string): string {
    return this.outputs.find(([key]) => key.startsWith(name))![1];
  }

  get environment(): { [name: string]: string } {
    return {
      AWS_ENDPOINT_URL: this.running.endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'operator',
      AWS_SECRET_ACCESS_KEY: 'operator',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  async clientSecret(): Promise<string> {
    const { SecretString } = await new secrets.SecretsManagerClient(this.running.client).send(new secrets.GetSecretValueCommand({ SecretId: this.output('ZoneOnboardingClientSecret') }));
    return (JSON.parse(SecretString!) as { clientSecret: string }).clientSecret;
  }

  async token(scope = 'devices/read devices/write'): Promise<string> {
    const answer = await fetch(this.output('ZoneOnboardingTokenAddress'), {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${this.output('ZoneOnboardingClientId')}:${await this.clientSecret()}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    });
    return (await answer.json() as { access_token: string }).access_token;
  }

  async call(method: string, place: string, token?: string, body?: object): Promise<Answer> {
    const answer = await fetch(`${this.output('ZoneOnboardingAddress')}${place}`, {
      method,
      headers: { ...token !== undefined && { authorization: `Bearer ${token}` }, ...body && { 'content-type': 'application/json' } },
      body: body && JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  }

  /** Every certificate of the account that is no claim's, and what it is attached to. */
  async certificates(): Promise<{ id: string; status?: string; policies: string[]; things: string[] }[]> {
    const found = [];
    for await (const { certificates } of iot.paginateListCertificates({ client: this.iot, pageSize: 250 }, {})) {
      for (const { certificateId, certificateArn, status } of certificates!) {
        const { policies } = await this.iot.send(new iot.ListAttachedPoliciesCommand({ target: certificateArn }));
        const { things } = await this.iot.send(new iot.ListPrincipalThingsCommand({ principal: certificateArn }));
        found.push({ id: certificateId!, status, policies: policies!.map(({ policyName }) => policyName!), things: things! });
      }
    }
    return found.filter(({ policies }) => !policies.some(name => /claim/i.test(name)));
  }

  /** All that the zone has written for people: the logs of its functions and APIs, and what it printed. */
  logs(): string {
    const folder = path.join(this.running.state, 'logs');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(file => file.isFile());
    return [this.running.printed, ...files.map(file => readFileSync(path.join(file.parentPath, file.name), 'utf8'))].join('\n');
  }

  async stop(): Promise<void> {
    await this.running.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What of a text nobody may see: any key, certificate and token, and the secrets given. */
export function leaksIn(text: string, secretTexts: readonly string[]): string[] {
  const kinds = [/-----BEGIN [A-Z ]*(?:PRIVATE KEY|CERTIFICATE)-----/g, /\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g, /\bBearer [\w-]{8,}/g];
  const known = secretTexts.flatMap(secret => secret.includes('-----BEGIN') ? secret.split('\n').slice(1, 2) : [secret]);
  return [...kinds.flatMap(kind => text.match(kind) ?? []), ...known.filter(secret => text.includes(secret))];
}
