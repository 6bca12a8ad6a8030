import 'reflect-metadata';
import { once } from 'events';
import { mkdtempSync, rmSync } from 'fs';
import { createConnection } from 'net';
import { tmpdir } from 'os';
import * as path from 'path';
import { connect as connectTls } from 'tls';
import * as x509 from '@peculiar/x509';
import { decodeFirstSync, encode } from 'cbor';
import { connectAsync, IClientOptions, MqttClient } from 'mqtt';
import { Denial, MqttBroker, TakenMessage } from '../../src/broker/mqtt-broker';
import { PresenceEvent } from '../../src/broker/presence';
import { CertificateAuthority, ServerCredentials } from '../../src/certificates/certificate-authority';
import { FleetProvisioning, HookEvent, ProvisioningDecision } from '../../src/provisioning/fleet-provisioning';
import { answerProvisioning } from '../../src/provisioning/mqtt-api';
import { Registry } from '../../src/registry/registry';

const ENVIRONMENT = { partition: 'aws', region: 'eu-west-1', account: '111122223333' };
const arn = (resource: string) => `arn:aws:iot:eu-west-1:111122223333:${resource}`;
const allow = (Action: string | string[], ...Resource: string[]) => ({ Effect: 'Allow', Action, Resource: Resource.map(arn) });
const THING = '${iot:Connection.Thing.ThingName}';
const THING_POLICY = {
  Version: '2012-10-17',
  Statement: [
    { ...allow('iot:Connect', `client/${THING}`), Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } } },
    allow('iot:Publish', `topic/data/${THING}/*`, `topic/$aws/rules/telemetry/data/${THING}/*`),
    allow('iot:Subscribe', `topicfilter/cmd/${THING}/*`),
    allow('iot:Receive', `topic/cmd/${THING}/*`),
  ],
};
const CLAIM_POLICY = {
  Version: '2012-10-17',
  Statement: [
    allow('iot:Connect', 'client/claim-*'),
    allow(['iot:Publish', 'iot:Receive'], 'topic/$aws/certificates/*', 'topic/$aws/provisioning-templates/Fleet/provision/*'),
    allow('iot:Subscribe', 'topicfilter/$aws/certificates/*', 'topicfilter/$aws/provisioning-templates/Fleet/provision/*'),
  ],
};
const TEMPLATE = {
  Parameters: { 'SerialNumber': { Type: 'String' }, 'AWS::IoT::Certificate::Id': { Type: 'String' } },
  Resources: {
    thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'SerialNumber' }, AttributePayload: { made: 'here' } } },
    certificate: { Type: 'AWS::IoT::Certificate', Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' }, Status: 'Active' } },
    policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyName: 'Things' } },
  },
  DeviceConfiguration: { topic: 'data' },
};

const folder = mkdtempSync(path.join(tmpdir(), 'broker-'));
let authority: CertificateAuthority;
let credentials: ServerCredentials;
let registry: Registry;
let broker: MqttBroker;
let clock = 1_700_000_000_000;
const clients: MqttClient[] = [];
const messages: TakenMessage[] = [];
const presence: PresenceEvent[] = [];
const denials: Denial[] = [];
const decisions: ProvisioningDecision[] = [];
const hooks: HookEvent[] = [];
let hook: (event: HookEvent) => Promise<unknown>;

beforeAll(async () => {
  authority = await CertificateAuthority.open(folder);
  credentials = await authority.serverCredentials(['127.0.0.1', 'localhost']);
});
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  [messages, presence, denials, decisions, hooks].forEach(list => list.splice(0));
  registry = new Registry(ENVIRONMENT);
  registry.policies.create('Things', THING_POLICY);
  registry.policies.create('Claim', CLAIM_POLICY);
  hook = async () => ({ allowProvisioning: true });
  const provisioning = new FleetProvisioning({ registry, authority, now: () => clock, onDecision: decision => decisions.push(decision) });
  provisioning.addTemplate({
    templateName: 'Fleet',
    arn: arn('provisioningtemplate/Fleet'),
    enabled: true,
    body: TEMPLATE,
    hook: event => {
      hooks.push(event);
      return hook(event);
    },
  });
  broker = await MqttBroker.start({
    host: '127.0.0.1',
    port: 0,
    credentials,
    registry,
    now: () => clock,
    onMessage: message => void messages.push(message),
    onPresence: event => void presence.push(event),
    onDenial: denial => void denials.push(denial),
    onRequest: (message, answer) => answerProvisioning(provisioning, message, answer),
  });
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map(client => client.endAsync(true)));
  await broker.stop();
});

interface Identity { readonly cert: string; readonly key: string; readonly certificateId: string }

async function identity(options: { policy?: string; thing?: string; status?: 'ACTIVE' | 'INACTIVE'; register?: boolean } = {}): Promise<Identity> {
  const { certificateId, certificatePem, keyPair } = await authority.createKeysAndCertificate();
  if (options.register !== false) {
    const { arn: target } = registry.addCertificate({ certificateId, certificatePem }, options.status ?? 'ACTIVE');
    if (options.policy) registry.attachPolicy(options.policy, target);
    if (options.thing) {
      registry.createThing(options.thing);
      registry.attachThingPrincipal(options.thing, target);
    }
  }
  return { cert: certificatePem, key: keyPair.PrivateKey, certificateId };
}

async function connect(clientId: string, { cert, key }: Partial<Identity>, more: IClientOptions = {}): Promise<MqttClient> {
  const client = await connectAsync(`mqtts://127.0.0.1:${broker.port}`, {
    clientId,
    cert,
    key,
    ca: authority.pem,
    reconnectPeriod: 0,
    ALPNProtocols: ['x-amzn-mqtt-ca'],
    username: '?SDK=Test&Version=1',
    connectTimeout: 5_000,
    ...more,
  }, false);
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}
const press07 = async () => connect('press-07', await identity({ policy: 'Things', thing: 'press-07' }));
const closed = (client: MqttClient) => new Promise<void>(resolve => { client.once('close', () => resolve()); });
const next = (client: MqttClient) => new Promise<{ topic: string; payload: Buffer }>(resolve => {
  client.once('message', (topic, payload) => resolve({ topic, payload }));
});
const until = async (what: () => boolean) => {
  for (let tries = 0; tries < 200 && !what(); tries++) await new Promise(resolve => setTimeout(resolve, 10));
};

test('a thing connects as itself, publishes where its policy says, and receives its commands', async () => {
  const press = await press07();
  expect(await press.subscribeAsync('cmd/press-07/+', { qos: 1 })).toMatchObject([{ qos: 1 }]);
  await press.publishAsync('data/press-07/telemetry', '{"t":1}', { qos: 1 });
  expect(messages).toMatchObject([{ topic: 'data/press-07/telemetry', clientId: 'press-07', qos: 1 }]);
  const command = next(press);
  await broker.send('cmd/press-07/stop', Buffer.from('now'));
  expect((await command).payload.toString()).toBe('now');
});

test('Basic Ingest goes to its rule with the rest of the topic', async () => {
  const press = await press07();
  await press.publishAsync('$aws/rules/telemetry/data/press-07/a', 'x', { qos: 1 });
  expect(messages).toMatchObject([{ topic: 'data/press-07/a', ruleName: 'telemetry' }]);
});

test('a device that publishes as another is cut off, and the denial names the statement', async () => {
  const press = await press07();
  const end = closed(press);
  press.publish('data/press-08/telemetry', '{}', { qos: 1 });
  await end;
  expect(messages).toEqual([]);
  expect(denials).toMatchObject([
    { action: 'iot:Publish', resource: 'topic/data/press-08/telemetry', thingName: 'press-07', reason: expect.stringContaining('data/press-07/*') },
  ]);
  await until(() => presence.length === 2);
  expect(presence[1].payload).toMatchObject({ eventType: 'disconnected', disconnectReason: 'AUTH_ERROR', clientInitiatedDisconnect: false });
});

test('a filter that is not allowed is refused, and the connection stays', async () => {
  const press = await press07();
  const granted = await press.subscribeAsync('cmd/#').catch((error: Error) => error.message);
  expect(JSON.stringify(granted)).toMatch(/128|Unspecified/);
  expect(press.connected).toBe(true);
  expect(denials).toMatchObject([{ action: 'iot:Subscribe', resource: 'topicfilter/cmd/#' }]);
});

test.each<[string, string, () => Promise<Identity>, RegExp]>([
  ['under the name of another', 'press-08', () => identity({ policy: 'Things', thing: 'press-07' }), /iot:Connect/],
  ['with a certificate that is INACTIVE', 'press-07', () => identity({ policy: 'Things', thing: 'press-07', status: 'INACTIVE' }), /is INACTIVE$/],
  ['with a certificate that nobody registered', 'press-07', () => identity({ register: false }), /is not registered$/],
  ['without any policy', 'press-07', () => identity({ thing: 'press-07' }), /no policy/],
  ['with a certificate of no thing', 'press-07', () => identity({ policy: 'Things' }), /iot:Connect/],
])('nobody connects %s', async (_name, clientId, who, reason) => {
  await expect(connect(clientId, await who())).rejects.toThrow(/Not authorized/);
  expect(denials).toMatchObject([{ action: 'iot:Connect', resource: `client/${clientId}`, reason: expect.stringMatching(reason) }]);
  expect(presence).toMatchObject([
    { topic: `$aws/events/presence/connect_failed/${clientId}`, payload: { connectFailureReason: 'AUTHORIZATION_FAILED' } },
  ]);
});

test('nobody connects without a certificate', async () => {
  await expect(connect('press-07', {})).rejects.toThrow(/Not authorized/);
  expect(denials[0].reason).toBe('no client certificate was presented');
});

test.each<[string, string, string | Buffer, 1 | 2]>([
  ['a payload over 128 KiB', 'data/press-07/a', Buffer.alloc(128 * 1024 + 1), 1],
  ['QoS 2', 'data/press-07/a', 'x', 2],
  ['more than seven slashes', 'data/press-07/1/2/3/4/5/6/7', 'x', 1],
  ['a topic over 256 bytes', `data/press-07/${'x'.repeat(250)}`, 'x', 1],
])('%s ends the connection and reaches nobody', async (_name, topic, payload, qos) => {
  const press = await press07();
  const end = closed(press);
  press.publish(topic, payload, { qos });
  await end;
  expect(messages).toEqual([]);
});

describe('presence', () => {
  const types = () => presence.map(({ payload }) => [payload.eventType, payload.versionNumber, payload.disconnectReason]);

  test('both events of a session have one version, the next session the next, and after an hour offline it starts again', async () => {
    const who = await identity({ policy: 'Things', thing: 'press-07' });
    for (const [session, gap] of [0, 60_000, 3_600_001].entries()) {
      clock += gap;
      await (await connect('press-07', who)).endAsync();
      await until(() => presence.length === 2 * (session + 1));
    }
    expect(types()).toEqual([
      ['connected', 0, undefined], ['disconnected', 0, 'CLIENT_INITIATED_DISCONNECT'],
      ['connected', 1, undefined], ['disconnected', 1, 'CLIENT_INITIATED_DISCONNECT'],
      ['connected', 0, undefined], ['disconnected', 0, 'CLIENT_INITIATED_DISCONNECT'],
    ]);
    const [{ payload: first }, { payload: second }] = presence;
    expect(first.sessionIdentifier).toBe(second.sessionIdentifier);
    expect(first).toMatchObject({ clientId: 'press-07', principalIdentifier: who.certificateId, ipAddress: '127.0.0.1' });
    expect(second).not.toHaveProperty('ipAddress');
  });

  test('the same client id takes over, and the older session ends as a duplicate', async () => {
    const who = await identity({ policy: 'Things', thing: 'press-07' });
    const end = closed(await connect('press-07', who));
    await connect('press-07', who);
    await end;
    await until(() => presence.length === 3);
    expect(types()).toEqual(expect.arrayContaining([
      ['connected', 0, undefined], ['connected', 1, undefined], ['disconnected', 0, 'DUPLICATE_CLIENTID'],
    ]));
    expect(broker.clientIds).toEqual(['press-07']);
  });

  test('a connection that breaks is lost', async () => {
    (await press07()).stream.destroy();
    await until(() => presence.length === 2);
    expect(types()[1]).toEqual(['disconnected', 0, 'CONNECTION_LOST']);
  });
});

describe('fleet provisioning', () => {
  const claim = async () => connect('claim-1', await identity({ policy: 'Claim' }));
  const CREATE = '$aws/certificates/create';
  const PROVISION = '$aws/provisioning-templates/Fleet/provision';

  async function ask(client: MqttClient, topic: string, request: unknown, format = 'json'): Promise<{ topic: string; answer: any }> {
    await client.subscribeAsync([`${topic}/${format}/accepted`, `${topic}/${format}/rejected`]);
    const reply = next(client);
    await client.publishAsync(`${topic}/${format}`, format === 'cbor' ? encode(request) : JSON.stringify(request), { qos: 1 });
    const { topic: on, payload } = await reply;
    return { topic: on, answer: format === 'cbor' ? decodeFirstSync(payload) : JSON.parse(payload.toString()) };
  }
  const registered = async (client: MqttClient, serial: string, format = 'json') => {
    const { answer: made } = await ask(client, CREATE, {}, format);
    const request = { certificateOwnershipToken: made.certificateOwnershipToken, parameters: { SerialNumber: serial } };
    return { made, ...await ask(client, PROVISION, request, format) };
  };
  const own = (made: any): Identity => ({ cert: made.certificatePem, key: made.privateKey, certificateId: made.certificateId });

  test.each(['json', 'cbor'])('a device with a claim gets a certificate of its own over %s, and connects with it', async format => {
    const { made, topic, answer } = await registered(await claim(), 'press-07', format);
    expect(topic).toBe(`${PROVISION}/${format}/accepted`);
    expect(answer).toEqual({ deviceConfiguration: { topic: 'data' }, thingName: 'press-07' });
    expect(hooks).toMatchObject([
      { clientId: 'claim-1', templateArn: arn('provisioningtemplate/Fleet'), certificateId: made.certificateId, parameters: { SerialNumber: 'press-07' } },
    ]);
    const press = await connect('press-07', own(made));
    await press.publishAsync('data/press-07/telemetry', '{}', { qos: 1 });
    expect(messages).toHaveLength(1);
    expect(decisions).toMatchObject([{ decision: 'registered', thingName: 'press-07' }]);
  });

  test('with a signing request no key is answered, and the certificate is for the key of the device', async () => {
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: 'CN=press-07', keys, signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' } });
    const client = await claim();
    const { answer: made } = await ask(client, '$aws/certificates/create-from-csr', { certificateSigningRequest: request.toString('pem') });
    expect(Object.keys(made).sort()).toEqual(['certificateId', 'certificateOwnershipToken', 'certificatePem']);
    await ask(client, PROVISION, { certificateOwnershipToken: made.certificateOwnershipToken, parameters: { SerialNumber: 'press-07' } });
    const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
    expect((await connect('press-07', { cert: made.certificatePem, key })).connected).toBe(true);
  });

  test('a certificate is good for nothing before the device has registered', async () => {
    const { answer: made } = await ask(await claim(), CREATE, {});
    await expect(connect('press-07', own(made))).rejects.toThrow(/Not authorized/);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['says no', async () => ({ allowProvisioning: false })],
    ['says nothing', async () => undefined],
    ['says yes as a text', async () => ({ allowProvisioning: 'true' })],
    ['fails', async () => { throw new Error('registry is away'); }],
  ])('where the hook %s the device is refused and nothing is made', async (_name, refusing) => {
    hook = refusing;
    const { topic, answer } = await registered(await claim(), 'press-07');
    expect(topic).toBe(`${PROVISION}/json/rejected`);
    expect(answer).toMatchObject({ statusCode: 403, errorCode: 'AccessDenied' });
    expect(registry.findThing('press-07')).toBeUndefined();
    expect(decisions).toMatchObject([{ decision: 'refused' }]);
  });

  test('what the hook overrides counts', async () => {
    hook = async () => ({ allowProvisioning: true, parameterOverrides: { SerialNumber: 'press-99' } });
    expect((await registered(await claim(), 'press-07')).answer.thingName).toBe('press-99');
  });

  test('a token is good once, and for an hour', async () => {
    const client = await claim();
    const { made } = await registered(client, 'press-07');
    const again = await ask(client, PROVISION, { certificateOwnershipToken: made.certificateOwnershipToken, parameters: { SerialNumber: 'press-08' } });
    expect(again.answer).toMatchObject({ statusCode: 400, errorCode: 'InvalidCertificateOwnershipToken' });
    const { answer: late } = await ask(client, CREATE, {});
    clock += 3_600_001;
    const { answer } = await ask(client, PROVISION, { certificateOwnershipToken: late.certificateOwnershipToken, parameters: { SerialNumber: 'press-09' } });
    expect(answer.errorMessage).toBe('the ownership token has expired');
  });

  test.each<[string, string, object, object]>([
    ['a parameter that is missing', PROVISION, { parameters: {} }, { statusCode: 400 }],
    ['a parameter that is no text', PROVISION, { parameters: { SerialNumber: 5 } }, { statusCode: 400, errorCode: 'InvalidParameters' }],
    ['no signing request', '$aws/certificates/create-from-csr', {}, { statusCode: 400, errorCode: 'InvalidPayload' }],
    ['a list', '$aws/certificates/create-from-csr', [], { statusCode: 400, errorCode: 'InvalidPayload' }],
  ])('%s is answered with an error', async (_name, topic, request, expected) => {
    const client = await claim();
    const { answer: made } = await ask(client, CREATE, {});
    const body = topic === PROVISION ? { certificateOwnershipToken: made.certificateOwnershipToken, ...request } : request;
    expect((await ask(client, topic, body)).answer).toMatchObject(expected);
  });

  test('an answer reaches the connection that asked, and no other that listens', async () => {
    const who = await identity({ policy: 'Claim' });
    const [one, other] = [await connect('claim-1', who), await connect('claim-2', who)];
    const heard: string[] = [];
    other.on('message', topic => heard.push(topic));
    await other.subscribeAsync([`${CREATE}/json/accepted`, `${CREATE}/json/rejected`]);
    const { answer } = await ask(one, CREATE, {});
    expect(answer.privateKey).toMatch(/PRIVATE KEY/);
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(heard).toEqual([]);
    expect(messages).toEqual([]);
  });

  test('a device may register again: it has two certificates then, and one thing', async () => {
    const client = await claim();
    await registered(client, 'press-07');
    await registered(client, 'press-07');
    expect(registry.allThings()).toHaveLength(1);
    expect(registry.principalsOf('press-07')).toHaveLength(2);
  });
});

test('a port that is taken is named', async () => {
  const quiet = { onMessage: () => undefined, onPresence: () => undefined, onDenial: () => undefined };
  await expect(MqttBroker.start({ host: '127.0.0.1', port: broker.port, credentials, registry, ...quiet }))
    .rejects.toThrow(`Port ${broker.port} on 127.0.0.1 is in use`);
});

test('it stops though connections have never said CONNECT, some of them not even TLS', async () => {
  const silent = [createConnection(broker.port, '127.0.0.1'), connectTls({ host: '127.0.0.1', port: broker.port, ca: credentials.ca })];
  await Promise.all([once(silent[0], 'connect'), once(silent[1], 'secureConnect')]);
  // What is cut off may be told as an error first.
  const ended = silent.map(socket => new Promise(resolve => socket.on('error', () => undefined).once('close', resolve)));
  await broker.stop();
  await Promise.all(ended);
});

describe('what goes wrong', () => {
  const restarted = async (onMessage: (message: TakenMessage) => Promise<void>, presenceFaults = {}) => {
    await broker.stop();
    broker = await MqttBroker.start({
      host: '127.0.0.1',
      port: 0,
      credentials,
      registry,
      now: () => clock,
      presenceFaults,
      onMessage,
      onPresence: event => void presence.push(event),
      onDenial: denial => void denials.push(denial),
    });
  };

  test('a message that is not taken is not acknowledged, nor one after it, and the connection ends', async () => {
    await restarted(async ({ payload }) => {
      if (payload.toString() === '1') throw new Error('the journal is full');
    });
    const press = await press07();
    const acknowledged: string[] = [];
    const end = closed(press);
    for (const text of ['0', '1', '2']) press.publish('data/press-07/a', text, { qos: 1 }, error => { if (!error) acknowledged.push(text); });
    await end;
    await until(() => presence.length === 2);
    expect(acknowledged.filter(text => text !== '0')).toEqual([]);
    expect(presence[1].payload).toMatchObject({ disconnectReason: 'SERVER_ERROR' });
  });

  test('a message that takes long holds back the acknowledgements of those after it', async () => {
    let release = () => undefined as void;
    const slow = new Promise<void>(resolve => { release = resolve; });
    await restarted(message => {
      messages.push(message);
      return message.payload.toString() === 'slow' ? slow : Promise.resolve();
    });
    const press = await press07();
    const acknowledged: string[] = [];
    const both = ['slow', 'fast'].map(text => press.publishAsync('data/press-07/a', text, { qos: 1 }).then(() => acknowledged.push(text)));
    await until(() => messages.length === 2);
    expect(acknowledged).toEqual([]);
    release();
    await Promise.all(both);
    expect(acknowledged).toEqual(['slow', 'fast']);
  });

  test('events of presence come twice and out of order where that is asked for', async () => {
    await restarted(async () => undefined, { duplicate: 1, reorder: 1 });
    await (await press07()).endAsync();
    await until(() => presence.length >= 3);
    expect(presence.map(({ payload }) => payload.eventType)).toEqual(['disconnected', 'disconnected', 'connected']);
  });

  test('MQTT 5 is refused, and others are not hurt', async () => {
    const press = await press07();
    await expect(connect('press-08', await identity({ policy: 'Things', thing: 'press-08' }), { protocolVersion: 5 })).rejects.toThrow(/protocol version/i);
    expect(press.connected).toBe(true);
  });
});

describe('just in time', () => {
  test('the first connection registers the device and ends, the second one is let in', async () => {
    const alg = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const caKeys = await crypto.subtle.generateKey(alg, true, ['sign', 'verify']);
    const ca = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=Plant CA', keys: caKeys, signingAlgorithm: alg, extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
    });
    const keys = await crypto.subtle.generateKey(alg, true, ['sign', 'verify']);
    const own = await x509.X509CertificateGenerator.create({
      issuer: ca.subject, subject: 'CN=press-07, O=Plant', publicKey: keys.publicKey, signingKey: caKeys.privateKey, signingAlgorithm: alg,
    });
    const provisioning = new FleetProvisioning({ registry, authority, onDecision: decision => decisions.push(decision) });
    provisioning.addTemplate({
      templateName: 'Jitp',
      arn: arn('provisioningtemplate/Jitp'),
      type: 'JITP',
      enabled: true,
      body: {
        Parameters: { 'AWS::IoT::Certificate::CommonName': { Type: 'String' }, 'AWS::IoT::Certificate::Id': { Type: 'String' } },
        Resources: {
          thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'AWS::IoT::Certificate::CommonName' } } },
          certificate: { Type: 'AWS::IoT::Certificate', Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' } } },
          policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyDocument: JSON.stringify(THING_POLICY) } },
        },
      },
    });
    provisioning.authorities.register(
      { certificatePem: ca.toString('pem'), status: 'ACTIVE', autoRegistration: true, templateName: 'Jitp', createdAt: 0 }, resource => arn(resource),
    );
    await broker.stop();
    broker = await MqttBroker.start({
      host: '127.0.0.1',
      port: 0,
      credentials,
      registry,
      onMessage: () => undefined,
      onPresence: () => undefined,
      onDenial: denial => void denials.push(denial),
      onUnknownCertificate: (der, clientId) => provisioning.registerJustInTime(der, clientId),
    });
    const who = { cert: own.toString('pem'), key: x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY') };
    await expect(connect('press-07', who)).rejects.toThrow(/Not authorized/);
    expect(denials).toMatchObject([{ reason: expect.stringContaining('registered just now') }]);
    expect(decisions).toMatchObject([{ decision: 'registered', templateName: 'Jitp', thingName: 'press-07' }]);
    expect((await connect('press-07', who)).connected).toBe(true);
    expect(registry.policies.all().map(({ policyName }) => policyName)).toContainEqual(expect.stringMatching(/^[0-9a-f]{64}$/));
  });
});
