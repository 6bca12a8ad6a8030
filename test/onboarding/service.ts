import { CreateTableCommand, DeleteItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { IoTClient } from '@aws-sdk/client-iot';
import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import { LoopbackIot } from './loopback-iot';
import { ApiDeps } from '../../src/onboarding/handler/api';
import { connectivityOf } from '../../src/onboarding/handler/connectivity';
import { CallContext, HttpAnswer, makeHandler } from '../../src/onboarding/handler/index';
import { createClaim, iotCalls } from '../../src/onboarding/handler/iot';
import { deviceRegister } from '../../src/onboarding/handler/register';
import { rotations } from '../../src/onboarding/handler/rotations';
import { newKey } from '../../src/onboarding/handler/signing-request';
import { thingNames } from '../../src/onboarding/handler/thing-name';
import { LocalDynamoDb, startDynamoDb } from '../dynamodb/dynamodb-local';

export const TABLES = { registry: 'Registry', rotations: 'Rotations', connectivity: 'Connectivity' };
const KEYS = { [TABLES.registry]: 'SerialNumber', [TABLES.rotations]: 'CertificateId', [TABLES.connectivity]: 'ClientID' };
const CREDENTIALS = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

/** The function with DynamoDB Local, the loopback AWS IoT and the unmodified SDK, on a clock that tests move. */
export class Service {
  static async start(): Promise<Service> {
    const clock = { now: Date.parse('2026-01-02T03:04:05.000Z') };
    const service = new Service(await startDynamoDb(), await LoopbackIot.start(() => clock.now), clock);
    for (const [TableName, key] of Object.entries(KEYS)) {
      await service.dynamodb.send(new CreateTableCommand({
        TableName, BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }], KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
      }));
    }
    return service;
  }

  /** Milliseconds; whoever waits in a test lets others work and moves it on. */
  get time(): number {
    return this.clock.now;
  }

  set time(now: number) {
    this.clock.now = now;
  }

  readonly lines: Record<string, unknown>[] = [];
  readonly dynamodb: DynamoDBClient;
  private readonly iotClient: IoTClient;
  private readonly once: IoTClient;
  private readonly data: IoTDataPlaneClient;
  private owners = 0;

  private constructor(private readonly db: LocalDynamoDb, readonly iot: LoopbackIot, private readonly clock: { now: number }) {
    this.dynamodb = db.client;
    const client = { endpoint: iot.url, ...CREDENTIALS };
    this.iotClient = new IoTClient({ ...client, maxAttempts: 2 });
    this.once = new IoTClient({ ...client, maxAttempts: 1 });
    this.data = new IoTDataPlaneClient(client);
  }

  async stop(): Promise<void> {
    await this.iot.stop();
    await this.db.stop();
  }

  async clear(): Promise<void> {
    this.iot.clear();
    this.lines.length = 0;
    for (const [TableName, key] of Object.entries(KEYS)) {
      const { Items = [] } = await this.dynamodb.send(new ScanCommand({ TableName }));
      for (const item of Items) await this.dynamodb.send(new DeleteItemCommand({ TableName, Key: { [key]: item[key] } }));
    }
  }

  deps(changed: Partial<ApiDeps> = {}, thingNameParts: Parameters<typeof thingNames>[0]['thingNameParts'] = ['press-', { Ref: 'SerialNumber' }]): ApiDeps {
    const wait = async (ms: number) => {
      this.time += ms;
      await new Promise(resolve => setImmediate(resolve));
    };
    return {
      register: deviceRegister(this.dynamodb, TABLES.registry),
      rotations: rotations(this.dynamodb, TABLES.rotations),
      iot: iotCalls({ iot: this.iotClient, once: this.once, data: this.data, log: line => this.lines.push(line) }, 'Fleet'),
      claim: { templateName: 'Template', create: () => createClaim(this.iotClient, 'Template') },
      connectivityOf: connectivityOf(this.dynamodb, TABLES.connectivity, wait),
      thingNameOf: thingNames({ thingNameParts, serialNumberParameter: 'SerialNumber' }),
      mqttEndpoint: 'abc-ats.iot.us-east-1.amazonaws.com',
      topics: { telemetry: ['data/<thing>/*'], basicIngest: ['$aws/rules/zone_telemetry/data/<thing>/*'], commands: ['cmd/<thing>/*'] },
      newKey,
      newOwner: () => `owner-${++this.owners}`,
      now: () => this.time,
      wait,
      log: line => this.lines.push(line),
      ...changed,
    };
  }

  async call(route: string, serialNumber: string | undefined, more: { query?: Record<string, string>; body?: unknown } = {}, deps = this.deps(), context?: CallContext): Promise<{ status: number; headers: HttpAnswer['headers']; body: any }> {
    const { statusCode, headers, body } = await makeHandler(deps)({
      routeKey: route,
      pathParameters: serialNumber === undefined ? undefined : { serialNumber },
      queryStringParameters: more.query,
      body: more.body === undefined ? undefined : typeof more.body === 'string' ? more.body : JSON.stringify(more.body),
      requestContext: { requestId: 'request-1', authorizer: { jwt: { claims: { client_id: 'client-1', jti: 'TOKEN-ID' } } } },
    }, context);
    return { status: statusCode, headers, body: JSON.parse(body) };
  }

  async put(table: string, item: Record<string, string | number>): Promise<void> {
    const Item = Object.fromEntries(Object.entries(item).map(([name, value]) => [name, typeof value === 'number' ? { N: String(value) } : { S: value }]));
    await this.dynamodb.send(new PutItemCommand({ TableName: table, Item }));
  }

  /** Notes certificates as the provisioning hook does when a device comes again. */
  async retiring(serialNumber: string, certificateIds: string[]): Promise<void> {
    await this.dynamodb.send(new UpdateItemCommand({
      TableName: TABLES.registry, Key: { SerialNumber: { S: serialNumber } }, UpdateExpression: 'ADD RetiringCertificateIds :ids', ExpressionAttributeValues: { ':ids': { SS: certificateIds } },
    }));
  }

  async stored(serialNumber: string): Promise<Record<string, any> | undefined> {
    const Key = { SerialNumber: { S: serialNumber } };
    const { Item } = await this.dynamodb.send(new GetItemCommand({ TableName: TABLES.registry, Key, ConsistentRead: true }));
    return Item && Object.fromEntries(Object.entries(Item).map(([name, value]) => [name, value.S ?? value.SS ?? value.N]));
  }

  async watched(): Promise<number> {
    return (await this.dynamodb.send(new ScanCommand({ TableName: TABLES.rotations, ConsistentRead: true }))).Count!;
  }
}

/** Routes as API Gateway names them. */
export const ONBOARD = 'POST /onboard/{serialNumber}';
export const LOOK_UP = 'GET /onboard/{serialNumber}';
export const TAKE_OUT = 'DELETE /onboard/{serialNumber}';
export const CLAIM = 'POST /onboard/{serialNumber}/claim';
export const LIST = 'GET /devices';
