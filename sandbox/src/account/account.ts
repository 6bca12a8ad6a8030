import { randomBytes } from 'crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'fs';
import * as path from 'path';
import { Activity } from './activity';
import { accessDenied, AwsError } from './aws-error';
import { Caller, CheckedCaller, operatorOf } from './caller';
import { CredentialDirectory } from './credentials';
import { TrafficHistory } from './traffic-history';
import { ResourceRequest } from '../assembly/resource-type';
import { MetricStore } from '../cloudwatch/metric-store';
import { LogStore } from '../cloudwatch-logs/log-store';
import { Context, IamDirectory } from '../iam';
import { Environment } from '../policy';
import { Clock } from '../time/clock';

/**
 * Operations of one service by their name in AWS's API, with AWS's JSON shapes. Blobs are bytes in process and base64 text over HTTP;
 * `bytesOf` takes both. Each asks `caller.authorize` before it does anything.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Operations = { readonly [operation: string]: (input: any, caller: Caller) => unknown };

export interface AccountOptions {
  readonly environment: Environment;
  /** Everything that outlives the process is in here. */
  readonly stateFolder: string;
  readonly clock: Clock;
}

/** One account and Region of AWS, as far as it runs here: who may do what, and the services that call each other. */
export class Account {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly iam = new IamDirectory();
  readonly credentials = new CredentialDirectory();
  readonly activity: Activity;
  readonly traffic: TrafficHistory;
  readonly metrics: MetricStore;
  readonly logs: LogStore;
  readonly operator: Caller;
  /** Properties of the template that have no effect here, by the path of their resource. */
  readonly withoutEffect = new Map<string, string[]>();
  /** Where something is here that the template knows under an address of AWS. */
  readonly addresses = new Map<string, string>();
  private readonly services = new Map<string, Operations>();
  private address: string | undefined;

  constructor(private readonly options: AccountOptions) {
    this.environment = options.environment;
    this.clock = options.clock;
    this.activity = new Activity(options.clock);
    this.traffic = new TrafficHistory(this.activity, options.clock);
    this.metrics = new MetricStore(options.clock);
    this.logs = new LogStore(this.folder('logs'), options.clock);
    this.operator = operatorOf(this.environment.account, this.environment.partition);
  }

  /** Address at which unmodified clients reach all services, such as `http://127.0.0.1:4566`. It is known before the first resource is made. */
  get endpointUrl(): string {
    if (this.address === undefined) throw new Error('the endpoint does not listen yet');
    return this.address;
  }

  listensAt(endpointUrl: string): void {
    this.address = endpointUrl;
  }

  /** A folder of the state, made where it is not there. */
  folder(name: string): string {
    const folder = path.join(this.options.stateFolder, name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /** `arn('sqs', 'name')`; of services whose ARNs have neither Region nor account: `globalArn`. */
  arn(service: string, resource: string): string {
    const { partition, region, account } = this.environment;
    return `arn:${partition}:${service}:${region}:${account}:${resource}`;
  }

  /** @param service - signing name of its clients: `sqs`, `iotdata`, `monitoring` */
  addService(service: string, operations: Operations): void {
    this.services.set(service, { ...this.services.get(service), ...operations });
  }

  hasService(service: string): boolean {
    return this.services.has(service);
  }

  /**
   * Calls a service as a client would, without the way through HTTP.
   *
   * @throws AwsError what the service refuses
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async call(service: string, operation: string, input: object, caller: Caller): Promise<any> {
    const operations = this.services.get(service);
    if (!operations || !Object.hasOwn(operations, operation)) throw new AwsError('UnknownOperationException', `${service} does not model ${operation}`, 501);
    return operations[operation](input, caller);
  }

  /**
   * A role as a service uses it on behalf of a resource.
   *
   * @param service - `iot.amazonaws.com`
   * @param context - what the service says of itself: `aws:SourceArn`, `aws:SourceAccount`
   * @throws AwsError where the trust policy does not let the service in
   */
  assume(roleArn: string, service: string, context: Context = {}): Caller {
    const decision = this.iam.canAssume(roleArn, service, { 'aws:SourceAccount': this.environment.account, ...context });
    if (decision.decision === 'deny') {
      const { action, resource, reason } = decision;
      this.activity.record('iamDenial', { caller: service, action, resource, reason });
      throw accessDenied(`${service} is unable to assume role ${roleArn} (${reason})`);
    }
    return this.sessionOf(roleArn, service.split('.')[0]);
  }

  /** A session of a role that somebody was allowed to assume. */
  sessionOf(roleArn: string, sessionName: string): Caller {
    return new CheckedCaller(this.sessionArn(roleArn, sessionName), this.iam, this.activity);
  }

  sessionArn(roleArn: string, sessionName: string): string {
    const { partition, account } = this.environment;
    return `arn:${partition}:sts::${account}:assumed-role/${roleArn.slice(roleArn.lastIndexOf('/') + 1)}/${sessionName}`;
  }

  /** A service that comes by itself: only policies of resources let it in. */
  service(name: string, context: Context = {}): Caller {
    return new CheckedCaller(name, this.iam, this.activity, { 'aws:SourceAccount': this.environment.account, ...context });
  }

  /** Who signs with this access key: a session of a role, otherwise the operator. */
  callerBy(accessKeyId: string): Caller {
    const session = this.credentials.sessionOf(accessKeyId);
    return session === undefined ? this.operator : new CheckedCaller(session, this.iam, this.activity);
  }

  /** @param ofAws - `https://abc.execute-api.eu-west-1.amazonaws.com` */
  addAddress(ofAws: string, here: string): void {
    this.addresses.set(ofAws, here);
  }

  /** A text of the template, such as an output, with the addresses at which things are here. */
  asServedHere(text: string): string {
    const known = [...this.addresses].filter(([ofAws]) => text.startsWith(ofAws)).sort(([a], [b]) => b.length - a.length)[0];
    return known ? known[1] + text.slice(known[0].length) : text;
  }

  /** Random, and the same for each start over the same state: what secrets that AWS makes are derived from. */
  get secretSalt(): string {
    const file = path.join(this.folder('account'), 'salt');
    if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
    return readFileSync(file, 'utf8');
  }

  /** Told of properties that have no effect here; the start prints them. */
  hasNoEffect({ path: resource }: ResourceRequest, properties: readonly string[]): void {
    if (properties.length > 0) this.withoutEffect.set(resource, [...this.withoutEffect.get(resource) ?? [], ...properties]);
  }
}

/** A blob of an API: bytes in process, base64 text over HTTP. */
export function bytesOf(value: unknown): Buffer {
  if (typeof value === 'string') return Buffer.from(value, 'base64');
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw new AwsError('SerializationException', `needs bytes, got ${JSON.stringify(value)}`);
}
