import 'reflect-metadata';
import { chmodSync, mkdirSync, writeFileSync } from 'fs';
import { createServer, Socket } from 'net';
import * as path from 'path';
import { connect as connectTls } from 'tls';
import { MqttClient } from 'mqtt';
import { mqtt, sqs } from './clients';
import { eventually } from './programs';
import { clientOf, identityOf, SMALL_ZONE, TEMPLATE_NAME, Workplace } from './small-zone';
import { JsonObject } from '../../src/json';
import { Sandbox } from '../../src/sandbox';
import { SYSTEM_CLOCK } from '../../src/time/clock';

jest.setTimeout(60_000);

describe('a start that cannot be', () => {
  const at = new Workplace();
  afterAll(() => at.remove());
  const failing = async (options: Parameters<Workplace['start']>[0], resources?: JsonObject | string) => at.start(options, resources).then(
    async sandbox => {
      await sandbox.stop();
      return 'it started';
    }, (error: Error) => `${error.name}: ${error.message}`);
  const queue = (properties: JsonObject) => ({ Queue: { Type: 'AWS::SQS::Queue', Properties: properties } });

  test.each<[string, Parameters<Workplace['start']>[0], JsonObject | string | undefined, RegExp]>([
    ['no assembly', { assembly: '/nonexistent/cdk.out' }, undefined, /^AssemblyError: \/nonexistent\/cdk\.out holds no cloud assembly: there is no manifest\.json\. Run 'cdk synth'/],
    ['a template that is no JSON', {}, '{"Resources": ', /^AssemblyError: .*Small\.template\.json is not JSON: .*Run 'cdk synth' again/],
    ['a template that is a list', {}, '[]', /^TemplateError: Small\.template\.json: a template is a JSON object, this is an array/],
    ['a resource without type', {}, '{"Resources":{"Queue":{}}}', /^TemplateError: .*Resources\/Queue: a resource is an object with a Type/],
    ['an unknown intrinsic', {}, queue({ QueueName: { 'Fn::Frobnicate': 'x' } }), /^TemplateError: .*Queue.*Fn::Frobnicate/],
    ['a reference to nothing', {}, queue({ QueueName: { Ref: 'Nothing' } }), /^TemplateError: .*Queue.*Nothing/],
    ['a circle of references', {}, {
      A: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::Sub': '${B}x' } } }, B: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::Sub': '${A}x' } } },
    }, /^TemplateError: .*A.*B/],
    ['a property of a wrong type', {}, queue({ VisibilityTimeout: ['x'] }), /VisibilityTimeout/],
    ['an unknown stack', { stacks: ['Large'] }, undefined, /^OptionError: there is no stack 'Large' in .*: there is Small/],
    ['a host that others reach', { host: '0.0.0.0' }, undefined, /^OptionError: 'host' must be a loopback address, got "0\.0\.0\.0"/],
    ['a host that others reach, by IPv6', { host: '::' }, undefined, /^OptionError: 'host' must be a loopback address/],
    ['a port that is none', { port: 65_536 }, undefined, /^OptionError: 'port' must be a whole number from 0 to 65535, got 65536/],
  ])('%s is told', async (_what, options, resources, message) => {
    expect(await failing(options, resources)).toMatch(message);
  });

  test('a port that is in use is told, for the services and for the broker, and the state is free again', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    expect(await failing({ port })).toMatch(new RegExp(`^Error: Port ${port} on 127\\.0\\.0\\.1 is in use: .*--port`));
    expect(await failing({ mqttPort: port })).toMatch(new RegExp(`${port}.*in use.*--mqtt-port`));
    other.close();
    expect(await failing({})).toBe('it started');
  });

  test('a state folder that is a file, or that may not be written, is told', async () => {
    const file = path.join(at.folder, 'file');
    writeFileSync(file, '');
    expect(await failing({ state: file })).toMatch(/^StateFolderError: The state folder .*file cannot be used .*--state/);
    const closed = path.join(at.folder, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0);
    // Root may write anywhere.
    if (process.getuid?.() !== 0) expect(await failing({ state: closed })).toMatch(/^StateFolderError: The state folder .*closed cannot be used/);
    chmodSync(closed, 0o700);
  });

  test('a second sandbox over the same state is told which one holds it, and the first goes on', async () => {
    const first = await at.start();
    expect(await failing({})).toBe(`StateFolderError: The state folder ${at.state} is in use by the sandbox with process id ${process.pid}: end it, or choose another folder with --state.`);
    expect((await fetch(`${first.endpointUrl}/-/api/outputs`)).status).toBe(200);
    await first.stop();
  });
});

describe('while it runs', () => {
  const at = new Workplace();
  let sandbox: Sandbox;
  let moved = 0;
  let device: { certificatePem: string; privateKey: string; caPem: string };
  const clients: MqttClient[] = [];
  beforeAll(async () => {
    sandbox = await at.start({ clock: { ...SYSTEM_CLOCK, now: () => Date.now() + moved } });
    device = await identityOf(sandbox, 'pump');
  });
  afterAll(async () => {
    await Promise.all(clients.map(client => client.endAsync(true)));
    await at.remove();
  });

  const connect = async (options: mqtt.IClientOptions = {}) => {
    const client = await mqtt.connectAsync(`mqtts://127.0.0.1:${sandbox.mqtt.port}`, {
      clientId: 'pump', ca: device.caPem, cert: device.certificatePem, key: device.privateKey, reconnectPeriod: 0, connectTimeout: 10_000, ...options,
    }, false);
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  };
  const nextBody = async () => {
    const client = new sqs.SQSClient(clientOf(sandbox));
    const QueueUrl = sandbox.output('QueueUrl');
    const message = await eventually('a message', async () => (await client.send(new sqs.ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }))).Messages?.[0]);
    await client.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    return message.Body;
  };
  /** After each of them, a device connects, and what it publishes runs its rule. */
  afterEach(async () => {
    const client = await connect({ clientId: 'still-here' });
    await client.publishAsync('data/pump', '{"still":"here"}', { qos: 1 });
    expect(await nextBody()).toBe('{"still":"here","topic":"data/pump"}');
    await client.endAsync();
  });

  const overTls = (bytes: Buffer) => new Promise<void>(resolve => {
    const socket = connectTls({ host: '127.0.0.1', port: sandbox.mqtt.port, ca: device.caPem, cert: device.certificatePem, key: device.privateKey, checkServerIdentity: () => undefined }, () => socket.end(bytes));
    socket.on('error', () => undefined).once('close', () => resolve()).resume();
  });
  const overTcp = (port: number, text: string) => new Promise<string>(resolve => {
    let answer = '';
    const socket = new Socket().connect(port, '127.0.0.1', () => socket.end(text));
    socket.on('error', () => undefined).on('data', data => void (answer += String(data))).once('close', () => resolve(answer));
  });

  test.each([
    ['a CONNECT of another protocol', Buffer.from('100c00064d514973647003020000', 'hex')],
    ['a CONNECT that ends in its middle', Buffer.from('10ff7f00044d5154540402', 'hex')],
    ['a packet of a kind that does not exist', Buffer.from('000000', 'hex')],
    ['a length that never ends', Buffer.from('10ffffffffff', 'hex')],
    ['a PUBLISH before the CONNECT', Buffer.from('3005000161' + '7878', 'hex')],
    ['words of HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ])('%s ends that connection alone', async (_what, bytes) => {
    await overTls(bytes);
  });

  test('what is no TLS ends that connection alone', async () => {
    await overTcp(sandbox.mqtt.port, 'GET / HTTP/1.1\r\n\r\n');
  });

  test('a payload over 128 KiB ends the connection and is in no queue; 128 KiB are taken', async () => {
    const client = await connect();
    const closed = new Promise<void>(resolve => client.once('close', () => resolve()));
    client.publish('data/pump', Buffer.alloc(128 * 1024 + 1, 'x'), { qos: 1 }, () => undefined);
    await closed;
    const again = await connect();
    await again.publishAsync('other/pump', Buffer.alloc(128 * 1024, 'x'), { qos: 1 });
    await again.endAsync();
  });

  test('a payload that is no JSON is acknowledged, and the rule that needs JSON does not run', async () => {
    const client = await connect();
    for (const payload of ['temperature=21', '', '\u0000', '{"a":', '[1,2]', '"text"', '7']) await client.publishAsync('elsewhere', payload, { qos: 1 });
    await client.publishAsync('data/pump', '{"a":', { qos: 1 });
    await client.endAsync();
  });

  test('a client that trusts another authority does not connect, and a certificate that is not registered does not get in', async () => {
    await expect(connect({ ca: device.certificatePem })).rejects.toThrow();
    const other = new Workplace();
    const stranger = await identityOf(await other.start(), 'stranger');
    await expect(connect({ cert: stranger.certificatePem, key: stranger.privateKey })).rejects.toThrow();
    await other.remove();
  });

  test('an ownership token is taken for an hour and not longer', async () => {
    const client = await connect({ clientId: 'claim' });
    const answers: { [topic: string]: { [member: string]: string } } = {};
    client.on('message', (topic, payload) => void (answers[topic] = JSON.parse(payload.toString()) as { [member: string]: string }));
    const create = '$aws/certificates/create/json';
    const provision = `$aws/provisioning-templates/${TEMPLATE_NAME}/provision/json`;
    await client.subscribeAsync([`${create}/accepted`, `${provision}/accepted`, `${provision}/rejected`]);
    await client.publishAsync(create, '{}', { qos: 1 });
    const { certificateOwnershipToken } = await eventually('a certificate', () => answers[`${create}/accepted`]);
    moved = 60 * 60_000 + 1;
    await client.publishAsync(provision, JSON.stringify({ certificateOwnershipToken, parameters: { SerialNumber: 'late' } }), { qos: 1 });
    const refusal = await eventually('the refusal', () => answers[`${provision}/rejected`]);
    moved = 0;
    expect(refusal).toMatchObject({ errorCode: 'InvalidCertificateOwnershipToken' });
    await client.endAsync();
  });

  describe('over HTTP', () => {
    const signed = (service: string) => ({ authorization: `AWS4-HMAC-SHA256 Credential=operator/20261128/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=x` });
    const call = async (service: string, target: string, body: unknown) => {
      const answer = await fetch(sandbox.endpointUrl, {
        method: 'POST', headers: { ...signed(service), 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' }, body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return [answer.status, (await answer.json() as { __type: string }).__type];
    };

    test('what is not signed is refused', async () => {
      const answer = await fetch(`${sandbox.endpointUrl}/nothing`);
      expect([answer.status, await answer.json()]).toEqual([404, expect.objectContaining({ __type: 'MissingAuthenticationTokenException' })]);
    });

    test('garbage instead of HTTP ends that connection', async () => {
      expect(await overTcp(Number(new URL(sandbox.endpointUrl).port), '\u0000\u0001 garbage\r\n\r\n')).toBe('');
    });

    test.each<[string, string, string, unknown, [number, string]]>([
      ['an unknown service', 'frobnicator', 'X.Y', {}, [501, 'UnknownOperationException']],
      ['an unknown operation', 'sqs', 'AmazonSQS.Frobnicate', {}, [400, 'UnknownOperationException']],
      ['a body that is no JSON', 'sqs', 'AmazonSQS.SendMessage', '{"QueueUrl":', [400, 'SerializationException']],
      ['a list for a body', 'sqs', 'AmazonSQS.SendMessage', [], [400, 'SerializationException']],
      ['a message that is a number', 'sqs', 'AmazonSQS.SendMessage', { QueueUrl: 'http://127.0.0.1/123456789012/messages', MessageBody: 5 }, [400, 'SerializationException']],
      ['entries that are a number', 'sqs', 'AmazonSQS.SendMessageBatch', { QueueUrl: 'http://127.0.0.1/123456789012/messages', Entries: 5 }, [400, 'SerializationException']],
      ['entries that are nothing', 'sqs', 'AmazonSQS.SendMessageBatch', { QueueUrl: 'http://127.0.0.1/123456789012/messages', Entries: [null] }, [400, 'SerializationException']],
      ['an item that is a number', 'dynamodb', 'DynamoDB_20120810.PutItem', { TableName: 'items', Item: 5 }, [400, 'SerializationException']],
    ])('%s is a fault of the client', async (_what, service, target, body, expected) => {
      const [status, type] = await call(service, target, body);
      expect([status, String(type).split('#').at(-1)]).toEqual(expected);
    });

    test('a path that is no UTF-8 and parameters with the names of JavaScript are faults of the client', async () => {
      expect((await fetch(`${sandbox.endpointUrl}/things/%E0%A4`, { headers: signed('iot') })).status).toBe(400);
      expect((await fetch(`${sandbox.endpointUrl}/%E0%A4/x`, { headers: signed('s3') })).status).toBe(400);
      const form = await fetch(sandbox.endpointUrl, { method: 'POST', headers: signed('sns'), body: 'Action=Publish&__proto__.polluted=1&constructor.prototype.polluted=1' });
      expect(form.status).toBe(400);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    });

    test('what may be a fault of the sandbox is recorded as well', async () => {
      const before = sandbox.account.activity.total('problem');
      await call('sqs', 'AmazonSQS.SendMessage', { QueueUrl: 'http://127.0.0.1/123456789012/messages', MessageBody: 5 });
      expect(sandbox.account.activity.total('problem')).toBe(before + 1);
    });
  });

  test('the small zone has nothing that is not modelled', () => {
    expect(sandbox.notModelled).toEqual([]);
    expect(sandbox.stacks[0].resources.size).toBe(Object.keys(SMALL_ZONE).length);
  });
});
