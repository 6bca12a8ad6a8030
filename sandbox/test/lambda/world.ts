import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { Account, Service } from '../../src/account';
import { AssemblyStack } from '../../src/assembly/cloud-assembly';
import { deploy, DeployedStack } from '../../src/assembly/deployment';
import { ResourceType } from '../../src/assembly/resource-type';
import { templateOf } from '../../src/assembly/template';
import { HttpEndpoint } from '../../src/http';
import { iamResourceTypes } from '../../src/iam';
import { Json } from '../../src/json';
import { SYSTEM_CLOCK } from '../../src/time/clock';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
export const CODE = path.join(__dirname, 'fixtures/code');
export const arnOf = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;

/** An account with an endpoint, in which templates are deployed; ended and cleaned away after the test file. */
export class World {
  readonly account: Account;
  readonly http: HttpEndpoint;
  readonly services: Service[] = [];
  endpoint = '';

  constructor(readonly folder = mkdtempSync(path.join(tmpdir(), 'lambda-')), private readonly assets = [{ objectKey: 'code.zip', path: CODE }]) {
    this.account = new Account({ environment: { account: ACCOUNT, region: REGION, partition: 'aws' }, stateFolder: folder, clock: SYSTEM_CLOCK });
    this.http = new HttpEndpoint(this.account);
  }

  async listen(): Promise<void> {
    this.endpoint = await this.http.listen('127.0.0.1', 0);
    this.account.listensAt(this.endpoint);
  }

  add<S extends Service>(service: S): S {
    this.services.push(service);
    for (const [name, handler] of service.endpoints) this.http.addService(name, handler);
    return service;
  }

  async deploy(Resources: object, more: ReadonlyMap<string, ResourceType> = new Map()): Promise<DeployedStack> {
    const types = new Map<string, ResourceType>([...iamResourceTypes(this.account.iam), ...more]);
    for (const service of this.services) for (const [name, type] of service.types) types.set(name, type);
    const typeOf = (name: string) => this.services
      .map(service => (service as { typeOf?(name: string): ResourceType | undefined }).typeOf?.(name)).find(Boolean);
    const template = templateOf({ Resources } as Json, 'Plant.template.json');
    const stack: AssemblyStack = { id: 'Plant', stackName: 'Plant', template, assets: this.assets, dependsOn: [] };
    const [deployed] = await deploy([stack], { types, typeOf, account: ACCOUNT, region: REGION });
    return deployed;
  }

  async start(): Promise<void> {
    for (const service of this.services) await service.start?.();
  }

  async stop({ keep = false } = {}): Promise<void> {
    for (const service of this.services) await service.stop?.();
    if (this.endpoint) await this.http.stop();
    if (!keep) rmSync(this.folder, { recursive: true, force: true });
  }
}

const statement = (Action: string | string[], Resource: string | string[]) => ({ Effect: 'Allow', Action, Resource });
const WRITES_LOGS = statement(['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], '*');

/** A role that Lambda may assume, with one inline policy; it may write logs where the caller does not say otherwise. */
export function role(statements: readonly { Action: string | string[]; Resource: string | string[] }[] = [], { logs = true, service = 'lambda.amazonaws.com' } = {}) {
  const all = [...statements.map(({ Action, Resource }) => statement(Action, Resource)), ...logs ? [WRITES_LOGS] : []];
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }] },
      ...all.length > 0 && { Policies: [{ PolicyName: 'Inline', PolicyDocument: { Version: '2012-10-17', Statement: all } }] },
    },
  };
}

/** A function of the fixtures. */
export function lambda(name: string, Handler: string, Properties: object = {}) {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: name, Handler, Runtime: 'nodejs24.x', Timeout: 10, Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, Code: { S3Bucket: 'assets', S3Key: 'code.zip' }, ...Properties,
    },
  };
}

/** Waits until it holds, at most ten seconds. */
export async function until(holds: () => boolean | Promise<boolean>, what = 'what the test waits for'): Promise<void> {
  for (const end = Date.now() + 10_000; !await holds();) {
    if (Date.now() > end) throw new Error(`${what} did not come`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
