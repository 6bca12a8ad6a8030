import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Account } from '../../src/account';
import { ResourceRequest } from '../../src/assembly/resource-type';
import { DynamoDbOptions, DynamoDbService } from '../../src/dynamodb/dynamodb-service';
import { HttpEndpoint } from '../../src/http';
import { JsonObject } from '../../src/json';
import { Clock } from '../../src/time/clock';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
export const TABLE_ARN = (name: string) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`;
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/reader`;

export function requestOf(properties: JsonObject, type = 'AWS::DynamoDB::Table'): ResourceRequest {
  return {
    logicalId: 'Devices',
    type,
    path: 'Site/Devices',
    properties,
    stack: { stackName: 'site', stackId: 'id', account: ACCOUNT, region: REGION, partition: 'aws' },
    generatedName: () => 'Site-Devices-0A1',
    assetPath: () => undefined,
  };
}

export interface ServiceUnderTest {
  readonly account: Account;
  readonly service: DynamoDbService;
  readonly endpoint: string;
  readonly client: DynamoDBClient;
  /** Signs as this role. */
  clientOf(roleArn: string): DynamoDBClient;
  create(properties: JsonObject, type?: string): Promise<{ ref: string; attributes: { readonly [name: string]: string } }>;
  stop(): Promise<void>;
}

/** The service behind a real endpoint, over its own state. */
export async function serviceUnderTest(clock: Clock, options: DynamoDbOptions, stateFolder: string): Promise<ServiceUnderTest> {
  const account = new Account({ environment: { account: ACCOUNT, region: REGION, partition: 'aws' } as Account['environment'], stateFolder, clock });
  const service = new DynamoDbService(account, options);
  const http = new HttpEndpoint(account);
  for (const [name, handler] of service.endpoints) http.addService(name, handler);
  const endpoint = await http.listen('127.0.0.1', 0);
  account.listensAt(endpoint);
  const clients: DynamoDBClient[] = [];
  const clientWith = (credentials: { accessKeyId: string; secretAccessKey: string }) => {
    const client = new DynamoDBClient({ endpoint, region: REGION, credentials });
    clients.push(client);
    return client;
  };
  return {
    account,
    service,
    endpoint,
    client: clientWith({ accessKeyId: 'operator', secretAccessKey: 'any' }),
    clientOf: roleArn => clientWith(account.credentials.issue(account.sessionArn(roleArn, 'session'))),
    create: async (properties, type) => service.types.get(type ?? 'AWS::DynamoDB::Table')!.create(requestOf(properties, type)),
    stop: async () => {
      clients.forEach(client => client.destroy());
      await http.stop();
      await service.stop();
    },
  };
}

export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'tables-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
