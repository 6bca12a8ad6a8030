import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { Account, Service } from '../../src/account';
import { deploy } from '../../src/assembly/deployment';
import { ResourceType } from '../../src/assembly/resource-type';
import { templateOf } from '../../src/assembly/template';
import { HttpEndpoint } from '../../src/http';
import { iamResourceTypes } from '../../src/iam';
import { JsonObject } from '../../src/json';
import { Clock, SYSTEM_CLOCK } from '../../src/time/clock';

export const REGION = 'eu-west-1';
export const ACCOUNT = '111122223333';

/** An account that listens, with the services that a test makes; state in a folder that goes with it. */
export class AccountUnderTest<S extends { readonly [name: string]: Service }> {
  static async start<T extends { readonly [name: string]: Service }>(
    servicesOf: (account: Account) => T, { clock = SYSTEM_CLOCK, stateFolder }: { clock?: Clock; stateFolder?: string } = {},
  ): Promise<AccountUnderTest<T>> {
    const folder = stateFolder ?? mkdtempSync(path.join(tmpdir(), 'account-'));
    const account = new Account({ environment: { account: ACCOUNT, region: REGION, partition: 'aws' }, stateFolder: folder, clock });
    const services = servicesOf(account);
    const endpoint = new HttpEndpoint(account);
    for (const service of Object.values(services)) for (const [name, handler] of service.endpoints) endpoint.addService(name, handler);
    account.listensAt(await endpoint.listen('127.0.0.1', 0));
    return new AccountUnderTest(account, services, endpoint, folder);
  }

  private constructor(readonly account: Account, readonly services: S, private readonly endpoint: HttpEndpoint, readonly folder: string) {}

  /** What a client of AWS is made with; a session of a role where one is named, else the operator. */
  client(roleName?: string) {
    const { account } = this;
    const credentials = roleName === undefined ? { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' }
      : account.credentials.issue(account.sessionArn(`arn:aws:iam::${ACCOUNT}:role/${roleName}`, 'session'));
    return { endpoint: account.endpointUrl, region: REGION, credentials, maxAttempts: 1 };
  }

  /** Makes the resources of a template. */
  async deploy(resources: JsonObject) {
    const ofServices = Object.values(this.services).flatMap(service => [...service.types]);
    const types = new Map<string, ResourceType>([...iamResourceTypes(this.account.iam), ...ofServices]);
    const [stack] = await deploy(
      [{ id: 'Site', stackName: 'Site', template: templateOf({ Resources: resources }, 'Site.template.json'), assets: [], dependsOn: [] }],
      { types, account: ACCOUNT, region: REGION },
    );
    for (const service of Object.values(this.services)) await service.start?.();
    return stack.resources;
  }

  /** Ends it and leaves its state, for one that goes on from it. */
  async stop(): Promise<void> {
    for (const service of Object.values(this.services)) await service.stop?.();
    await this.endpoint.stop();
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A role that a function has, allowed to do what the statements say. */
export function roleOf(name: string, statements: JsonObject[], service = 'lambda.amazonaws.com'): JsonObject {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: name,
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }] },
      ...statements.length > 0 && { Policies: [{ PolicyName: 'inline', PolicyDocument: { Version: '2012-10-17', Statement: statements } }] },
    },
  };
}
