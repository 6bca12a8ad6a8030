import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import * as iot from '@aws-sdk/client-iot';
import * as data from '@aws-sdk/client-iot-data-plane';
import { connectAsync, MqttClient } from 'mqtt';
import { Account } from '../../src/account';
import { TakenMessage } from '../../src/broker/taken-message';
import { HttpEndpoint } from '../../src/http';
import { IotService } from '../../src/iot/iot-service';
import { JsonObject } from '../../src/json';
import { SYSTEM_CLOCK } from '../../src/time/clock';

const ENVIRONMENT = { partition: 'aws', region: 'eu-west-1', account: '111122223333' };
const iotArn = (resource: string) => `arn:aws:iot:eu-west-1:111122223333:${resource}`;
const ROLE = 'arn:aws:iam::111122223333:role/provisioning';
const HOOK = 'arn:aws:lambda:eu-west-1:111122223333:function:hook';
const POLICY = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'iot:*', Resource: '*' }] };
const BODY = {
  Parameters: { 'SerialNumber': { Type: 'String' }, 'AWS::IoT::Certificate::Id': { Type: 'String' } },
  Resources: {
    thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'SerialNumber' } } },
    certificate: { Type: 'AWS::IoT::Certificate', Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' }, Status: 'ACTIVE' } },
    policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyName: 'Things' } },
  },
};
jest.setTimeout(60_000);

let folder: string;
let account: Account;
let service: IotService;
let endpoint: HttpEndpoint;
let control: iot.IoTClient;
let plane: data.IoTDataPlaneClient;
const messages: TakenMessage[] = [];
const clients: MqttClient[] = [];

async function open(): Promise<void> {
  account = new Account({ environment: ENVIRONMENT, stateFolder: folder, clock: SYSTEM_CLOCK });
  service = await IotService.open(account, { mqttHost: '127.0.0.1', mqttPort: 0, onMessage: async message => void messages.push(message) });
  endpoint = new HttpEndpoint(account);
  for (const [name, handler] of service.endpoints) endpoint.addService(name, handler);
  const url = await endpoint.listen('127.0.0.1', 0);
  await service.start();
  const config = { endpoint: url, region: 'eu-west-1', credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'x' }, maxAttempts: 1 };
  control = new iot.IoTClient(config);
  plane = new data.IoTDataPlaneClient(config);
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'iot-'));
  messages.splice(0);
  await open();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map(client => client.endAsync(true)));
  await service.stop();
  await endpoint.stop();
  rmSync(folder, { recursive: true });
});

type Made = Pick<iot.CreateKeysAndCertificateResponse, 'certificatePem' | 'keyPair'>;
async function device(thingName: string, thingPrincipalType?: iot.ThingPrincipalType) {
  const made = await control.send(new iot.CreateKeysAndCertificateCommand({ setAsActive: true }));
  await control.send(new iot.CreateThingCommand({ thingName }));
  await control.send(new iot.AttachThingPrincipalCommand({ thingName, principal: made.certificateArn!, thingPrincipalType }));
  await control.send(new iot.CreatePolicyCommand({ policyName: 'Things', policyDocument: JSON.stringify(POLICY) }));
  await control.send(new iot.AttachPolicyCommand({ policyName: 'Things', target: made.certificateArn }));
  return made;
}
async function connect(clientId: string, { certificatePem, keyPair }: Made): Promise<MqttClient> {
  const client = await connectAsync(`mqtts://127.0.0.1:${service.mqttPort}`, {
    clientId, cert: certificatePem, key: keyPair!.PrivateKey, ca: service.caPem, reconnectPeriod: 0, connectTimeout: 10_000,
  }, false);
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}
const until = async (what: () => boolean) => {
  for (let tries = 0; tries < 500 && !what(); tries++) await new Promise(resolve => setTimeout(resolve, 10));
};
const closed = (client: MqttClient) => new Promise<void>(resolve => { client.once('close', () => resolve()); });
const nextOn = (client: MqttClient) => new Promise<[string, string]>(resolve => {
  client.once('message', (topic, payload) => resolve([topic, payload.toString()]));
});
const create = async (type: string, properties: JsonObject, logicalId = 'Resource') => service.types.get(type)!.create({
  logicalId,
  type,
  path: logicalId,
  properties,
  stack: { ...ENVIRONMENT, stackName: 'Stack', stackId: 'stack' },
  generatedName: maximum => `Stack-${logicalId}`.slice(0, maximum),
  assetPath: () => undefined,
});
const trusting = (principal: string) => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: principal }, Action: 'sts:AssumeRole' }] });
const addRole = (principal: string, ...statements: JsonObject[]) => account.iam.addRole({
  arn: ROLE,
  trust: trusting(principal),
  managedPolicyArns: [],
  tags: {},
  inlinePolicies: statements.length === 0 ? [] : [{ name: 'own', document: { Version: '2012-10-17', Statement: statements } }],
});

test('things and groups are made, listed in pages and deleted by the unmodified client', async () => {
  await control.send(new iot.CreateThingTypeCommand({ thingTypeName: 'Press' }));
  for (const at of [1, 2, 3]) {
    await control.send(new iot.CreateThingCommand({ thingName: `press-${at}`, thingTypeName: 'Press', attributePayload: { attributes: { hall: `h${at}` } } }));
  }
  const { nextToken, things } = await control.send(new iot.ListThingsCommand({ maxResults: 2 }));
  expect(things).toHaveLength(2);
  const second = await control.send(new iot.ListThingsCommand({ maxResults: 2, nextToken }));
  expect(second).toMatchObject({ things: [{ thingName: 'press-3', thingArn: iotArn('thing/press-3'), attributes: { hall: 'h3' } }] });
  expect(second.nextToken).toBeUndefined();
  await control.send(new iot.UpdateThingCommand({ thingName: 'press-1', attributePayload: { attributes: { made: 'here' }, merge: true } }));
  expect(await control.send(new iot.DescribeThingCommand({ thingName: 'press-1' })))
    .toMatchObject({ attributes: { hall: 'h1', made: 'here' }, version: 2, thingTypeName: 'Press' });
  await control.send(new iot.CreateThingGroupCommand({ thingGroupName: 'plant' }));
  await control.send(new iot.CreateThingGroupCommand({ thingGroupName: 'hall', parentGroupName: 'plant' }));
  await control.send(new iot.AddThingToThingGroupCommand({ thingGroupName: 'hall', thingName: 'press-1' }));
  expect((await control.send(new iot.ListThingsInThingGroupCommand({ thingGroupName: 'plant', recursive: true }))).things).toEqual(['press-1']);
  await control.send(new iot.DeleteThingCommand({ thingName: 'press-3' }));
  await expect(control.send(new iot.DescribeThingCommand({ thingName: 'press-3' }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(control.send(new iot.CreateThingCommand({ thingName: 'press-1' }))).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' });
  expect((await control.send(new iot.DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }))).endpointAddress).toBe('127.0.0.1');
});

test('a certificate is deleted only when nothing holds it, and a policy has versions', async () => {
  const { certificateId, certificateArn } = await device('press-07');
  expect((await control.send(new iot.ListAttachedPoliciesCommand({ target: certificateArn }))).policies).toMatchObject([{ policyName: 'Things' }]);
  expect((await control.send(new iot.ListThingPrincipalsCommand({ thingName: 'press-07' }))).principals).toEqual([certificateArn]);
  expect((await control.send(new iot.ListPrincipalThingsV2Command({ principal: certificateArn }))).principalThingObjects)
    .toEqual([{ thingName: 'press-07', thingPrincipalType: 'NON_EXCLUSIVE_THING' }]);
  const remove = () => control.send(new iot.DeleteCertificateCommand({ certificateId, forceDelete: true }));
  await expect(remove()).rejects.toMatchObject({ name: 'CertificateStateException' });
  await control.send(new iot.UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }));
  await expect(remove()).rejects.toMatchObject({ name: 'DeleteConflictException' });
  await control.send(new iot.DetachThingPrincipalCommand({ thingName: 'press-07', principal: certificateArn }));
  await remove();
  const policyDocument = JSON.stringify(POLICY);
  await control.send(new iot.CreatePolicyVersionCommand({ policyName: 'Things', policyDocument, setAsDefault: true }));
  expect(await control.send(new iot.GetPolicyCommand({ policyName: 'Things' }))).toMatchObject({ defaultVersionId: '2', policyDocument });
  await expect(control.send(new iot.DeletePolicyCommand({ policyName: 'Things' }))).rejects.toMatchObject({ name: 'DeleteConflictException' });
});

test('what a role may not is denied with action and resource', async () => {
  addRole('lambda.amazonaws.com');
  const caller = account.sessionOf(ROLE, 'function');
  await expect(account.call('iot', 'CreateThing', { thingName: 'press-07' }, caller))
    .rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining(`iot:CreateThing on resource: ${iotArn('thing/press-07')}`) });
  await expect(account.call('iotdata', 'Publish', { topic: 'a/b', payload: Buffer.from('x') }, caller)).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

describe('a connection', () => {
  test('ends when its certificate becomes INACTIVE, and GetConnection tells why', async () => {
    const made = await device('press-07');
    const client = await connect('press-07', made);
    await until(() => service.clients().length === 1);
    expect(await plane.send(new data.GetConnectionCommand({ clientId: 'press-07' }))).toMatchObject({ connected: true, thingName: 'press-07' });
    expect((await control.send(new iot.SearchIndexCommand({ queryString: 'thingName:press* AND connectivity.connected:true' }))).things).toHaveLength(1);
    const end = closed(client);
    await control.send(new iot.UpdateCertificateCommand({ certificateId: made.certificateId, newStatus: 'INACTIVE' }));
    await end;
    await until(() => !service.clients()[0].connected);
    expect(await plane.send(new data.GetConnectionCommand({ clientId: 'press-07' }))).toMatchObject({ connected: false, disconnectReason: 'AUTH_ERROR' });
  });

  test('sees a change of its policy with the next message', async () => {
    const client = await connect('press-07', await device('press-07'));
    await client.publishAsync('data/press-07', '1', { qos: 1 });
    const policyDocument = JSON.stringify({ ...POLICY, Statement: [{ Effect: 'Allow', Action: 'iot:Connect', Resource: '*' }] });
    await control.send(new iot.CreatePolicyVersionCommand({ policyName: 'Things', setAsDefault: true, policyDocument }));
    const end = closed(client);
    client.publish('data/press-07', '2', { qos: 1 });
    await end;
    expect(messages.filter(({ topic }) => topic === 'data/press-07').map(({ payload }) => payload.toString())).toEqual(['1']);
    expect(account.activity.last('mqttDenial')).toMatchObject([{ action: 'iot:Publish', resource: 'topic/data/press-07' }]);
  });

  test('gets what is published over HTTP, and so do the rules', async () => {
    const client = await connect('press-07', await device('press-07'));
    await client.subscribeAsync('cmd/#');
    const received = nextOn(client);
    await plane.send(new data.PublishCommand({ topic: 'cmd/press-07/stop', payload: Buffer.from('now'), qos: 1 }));
    expect(await received).toEqual(['cmd/press-07/stop', 'now']);
    expect(messages.at(-1)).toMatchObject({ topic: 'cmd/press-07/stop', payload: Buffer.from('now') });
  });

  test('ends with more than eight filters in one SUBSCRIBE', async () => {
    const client = await connect('press-07', await device('press-07'));
    const end = closed(client);
    client.subscribe(Array.from({ length: 9 }, (_, at) => `cmd/${at}`), () => undefined);
    await end;
    await until(() => !service.clients()[0].connected);
    expect(service.clients()[0].disconnectReason).toBe('CLIENT_ERROR');
  });

  test('is told as ended after a kill, and a retained message is there again', async () => {
    const made = await device('press-07', 'EXCLUSIVE_THING');
    await (await connect('any-name', made)).publishAsync('state/press-07', 'on', { qos: 1, retain: true });
    // The next process opens the files of one that never closed them.
    const [killed, before] = [service, endpoint];
    messages.splice(0);
    await open();
    expect(messages.map(({ payload }) => JSON.parse(payload.toString())))
      .toMatchObject([{ eventType: 'disconnected', clientId: 'any-name', disconnectReason: 'SERVER_ERROR', versionNumber: 0, thingName: 'press-07' }]);
    const again = await connect('any-name', made);
    await until(() => messages.length === 2);
    expect(JSON.parse(messages[1].payload.toString())).toMatchObject({ eventType: 'connected', versionNumber: 1 });
    const received = nextOn(again);
    await again.subscribeAsync('state/#');
    expect(await received).toEqual(['state/press-07', 'on']);
    await before.stop();
    await killed.stop();
  });
});

describe('a provisioning template', () => {
  const GRANTS: { Effect: string; Action: string[]; Resource: string }[] = [
    { Effect: 'Allow', Action: ['iot:RegisterThing', 'iot:AttachThingPrincipal'], Resource: '*' },
    { Effect: 'Allow', Action: ['iot:DescribeCertificate', 'iot:UpdateCertificate', 'iot:AttachPolicy'], Resource: iotArn('cert/*') },
    { Effect: 'Allow', Action: ['iot:CreateThing', 'iot:DescribeThing'], Resource: iotArn('thing/*') },
    { Effect: 'Allow', Action: ['iot:GetPolicy'], Resource: iotArn('policy/Things') },
  ];
  async function deployed(statements = GRANTS, withPermission = true): Promise<void> {
    addRole('iot.amazonaws.com', ...statements);
    account.addService('lambda', {
      Invoke: ({ FunctionName }, caller) => {
        caller.authorize('lambda:InvokeFunction', FunctionName);
        return { StatusCode: 200, Payload: Buffer.from('{"allowProvisioning":true}') };
      },
    });
    const Condition = { ArnLike: { 'aws:SourceArn': iotArn('provisioningtemplate/Fleet') } };
    if (withPermission) {
      account.iam.addPermission(HOOK, 'permission', {
        Sid: 'a', Effect: 'Allow', Action: 'lambda:InvokeFunction', Principal: { Service: 'iot.amazonaws.com' }, Resource: HOOK, Condition,
      });
    }
    await create('AWS::IoT::Policy', { PolicyName: 'Things', PolicyDocument: POLICY });
    await create('AWS::IoT::ProvisioningTemplate', {
      TemplateName: 'Fleet',
      TemplateBody: JSON.stringify(BODY),
      Enabled: true,
      ProvisioningRoleArn: ROLE,
      PreProvisioningHook: { TargetArn: HOOK, PayloadVersion: '2020-04-01' },
    });
  }
  async function enrolled(): Promise<{ topic: string; answer: { [name: string]: string }; made: { [name: string]: string } }> {
    const claim = await control.send(new iot.CreateProvisioningClaimCommand({ templateName: 'Fleet' }));
    expect(claim.expiration!.getTime()).toBeGreaterThan(Date.now() + 200_000);
    const client = await connect('any', claim);
    const ask = async (on: string, request: object) => {
      await client.subscribeAsync([`${on}/accepted`, `${on}/rejected`]);
      const reply = nextOn(client);
      await client.publishAsync(on, JSON.stringify(request), { qos: 1 });
      const [topic, text] = await reply;
      return { topic, answer: JSON.parse(text) as { [name: string]: string } };
    };
    const { answer: made } = await ask('$aws/certificates/create/json', {});
    const request = { certificateOwnershipToken: made.certificateOwnershipToken, parameters: { SerialNumber: 'press-07' } };
    return { made, ...await ask('$aws/provisioning-templates/Fleet/provision/json', request) };
  }

  test('lets a device in with the claim of a trusted user, as its hook and its role allow', async () => {
    await deployed();
    const { made, answer } = await enrolled();
    expect(answer.thingName).toBe('press-07');
    expect((await connect('press-07', { certificatePem: made.certificatePem, keyPair: { PrivateKey: made.privateKey } })).connected).toBe(true);
    expect(account.activity.last('provisioning')).toMatchObject([{ decision: 'registered', templateName: 'Fleet', thingName: 'press-07' }]);
  });

  test.each(GRANTS.flatMap(({ Action }) => Action))('refuses the device when its role may not %s', async action => {
    const without = GRANTS.map(grant => ({ ...grant, Action: grant.Action.filter(name => name !== action) }));
    await deployed(without.filter(({ Action }) => Action.length > 0));
    const { topic, answer } = await enrolled();
    expect(topic).toMatch(/rejected$/);
    expect(answer).toMatchObject({ errorCode: 'AccessDenied', errorMessage: expect.stringContaining(action) });
    expect(account.activity.last('iamDenial')).toMatchObject([{ action }]);
    expect(service.registry.findThing('press-07')).toBeUndefined();
  });

  test('refuses the device when the function does not let AWS IoT in', async () => {
    await deployed(GRANTS, false);
    expect((await enrolled()).answer).toMatchObject({ errorCode: 'AccessDenied', errorMessage: expect.stringContaining('lambda:InvokeFunction') });
  });
});

test('what a template makes twice is there once, and brought to what it says', async () => {
  const made = await create('AWS::IoT::Policy', { PolicyDocument: POLICY });
  await create('AWS::IoT::Policy', { PolicyDocument: POLICY });
  expect(made).toEqual({ ref: 'Stack-Resource', attributes: { Arn: iotArn('policy/Stack-Resource'), Id: 'Stack-Resource' } });
  await create('AWS::IoT::Policy', { PolicyDocument: { ...POLICY, Statement: [] } });
  expect((await control.send(new iot.GetPolicyCommand({ policyName: 'Stack-Resource' }))).defaultVersionId).toBe('2');
  await expect(create('AWS::IoT::ThingGroup', { ParentGroupName: 'none' }, 'Group')).rejects.toThrow(/Resources\/Group\/Properties\/ParentGroupName.*none/);
});
