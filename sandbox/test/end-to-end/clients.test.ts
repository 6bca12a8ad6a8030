import 'reflect-metadata';
import { spawn } from 'child_process';
import { readFileSync, writeFileSync } from 'fs';
import * as path from 'path';
import { sqs } from './clients';
import { Ended, enrolBySdk, eventually, needing, run } from './programs';
import { clientOf, identityOf, TEMPLATE_NAME, Workplace } from './small-zone';
import { Sandbox } from '../../src/sandbox';

jest.setTimeout(120_000);

const at = new Workplace();
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await at.start();
});
afterAll(() => at.remove());

const nextMessage = async () => {
  const client = new sqs.SQSClient(clientOf(sandbox));
  const QueueUrl = sandbox.output('QueueUrl');
  const message = await eventually('a message', async () => (await client.send(new sqs.ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }))).Messages?.[0]);
  await client.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  return JSON.parse(message.Body!) as object;
};

describe('aws-iot-device-sdk-v2', () => {
  test.each(['keys', 'csr'] as const)('enrols with a claim (%s), connects as its thing and publishes', async flow => {
    const { certificatePem: cert, privateKey: key, caPem: ca } = await identityOf(sandbox, `claim-of-${flow}`, 'Claims');
    const { host, port } = sandbox.mqtt;
    const device = await enrolBySdk({
      host, port, ca, cert, key, flow, clientId: 'claim', template: TEMPLATE_NAME, parameters: { SerialNumber: `pump-${flow}` }, topic: 'data/<thing>', payload: '{"bar":4}',
    });
    expect(device.thingName).toBe(`pump-${flow}`);
    expect(await nextMessage()).toEqual({ bar: 4, topic: `data/pump-${flow}` });
  });

  test('is told by the error of AWS why it may not enrol', async () => {
    const { certificatePem: cert, privateKey: key, caPem: ca } = await identityOf(sandbox, 'claim-of-nobody', 'Claims');
    const { host, port } = sandbox.mqtt;
    await expect(enrolBySdk({ host, port, ca, cert, key, flow: 'csr', clientId: 'claim', template: TEMPLATE_NAME, parameters: {} })).rejects.toThrow(/InvalidParameters|SerialNumber/);
  });
});

describe('mosquitto', () => {
  const mosquitto = needing('mosquitto_pub', 'Debian: apt-get install mosquitto-clients');
  const options = async (thing: string) => {
    const { certificatePem, privateKey } = await identityOf(sandbox, thing);
    const file = (name: string, text: string) => {
      const where = path.join(at.folder, `${thing}.${name}`);
      writeFileSync(where, text);
      return where;
    };
    return [
      '-h', sandbox.mqtt.host, '-p', String(sandbox.mqtt.port), '--cafile', sandbox.mqtt.caFile, '-i', thing,
      '--cert', file('cert.pem', certificatePem), '--key', file('key.pem', privateKey),
    ];
  };

  mosquitto('mosquitto_sub gets what mosquitto_pub publishes, and a retained message later', async () => {
    const heard = run('mosquitto_sub', [...await options('ear'), '-q', '1', '-t', 'talk/#', '-C', '1', '-W', '30', '-v']);
    await eventually('the subscriber', () => sandbox.services.iot.clients().some(({ clientId, connected }) => clientId === 'ear' && connected));
    await new Promise(resolve => setTimeout(resolve, 500));
    expect(await run('mosquitto_pub', [...await options('mouth'), '-q', '1', '-t', 'talk/1', '-m', 'hello', '-r'])).toMatchObject({ code: 0 });
    expect(await heard).toMatchObject({ code: 0, out: 'talk/1 hello\n' });
    expect(await run('mosquitto_sub', [...await options('late'), '-t', 'talk/1', '-C', '1', '-W', '30'])).toMatchObject({ code: 0, out: 'hello\n' });
  });

  mosquitto('its message runs a rule', async () => {
    expect(await run('mosquitto_pub', [...await options('pump'), '-q', '1', '-t', 'data/pump', '-m', '{"bar":3}'])).toMatchObject({ code: 0 });
    expect(await nextMessage()).toEqual({ bar: 3, topic: 'data/pump' });
  });

  mosquitto('its last will is published when it is killed', async () => {
    const heard = run('mosquitto_sub', [...await options('heir'), '-q', '1', '-t', 'wills/+', '-C', '1', '-W', '30']);
    await eventually('the heir', () => sandbox.services.iot.clients().some(({ clientId, connected }) => clientId === 'heir' && connected));
    const dying = spawn('mosquitto_sub', [...await options('dying'), '-t', 'x', '--will-topic', 'wills/dying', '--will-payload', 'gone', '--will-qos', '1']);
    await eventually('the dying', () => sandbox.services.iot.clients().some(({ clientId, connected }) => clientId === 'dying' && connected));
    dying.kill('SIGKILL');
    expect(await heard).toMatchObject({ code: 0, out: 'gone\n' });
  });

  mosquitto('is refused without a certificate, with a certificate of somebody else, and does not trust another authority', async () => {
    const args = await options('refused');
    const withoutCertificate = args.slice(0, args.indexOf('--cert'));
    expect((await run('mosquitto_pub', [...withoutCertificate, '-q', '1', '-t', 'data/x', '-m', '{}'])).code).not.toBe(0);
    const other = path.join(at.folder, 'refused.cert.pem');
    const replaced = args.map(arg => arg === sandbox.mqtt.caFile ? other : arg);
    expect((await run('mosquitto_pub', [...replaced, '-q', '1', '-t', 'data/x', '-m', '{}'])).code).not.toBe(0);
  });
});

describe('the AWS CLI', () => {
  const cli = needing('aws', 'PyPI: pip install awscli');
  const aws = async (...args: string[]): Promise<unknown> => {
    // Version 1 takes the address of SQS from nowhere but this option.
    const { code, out, err }: Ended = await run('aws', [...args, '--endpoint-url', sandbox.endpointUrl, '--output', 'json'], { ...sandbox.environment, AWS_PAGER: '' });
    if (code !== 0) throw new Error(err || out);
    return out.trim() === '' ? undefined : JSON.parse(out);
  };

  cli('says who it is, and what the stack holds', async () => {
    expect(await aws('sts', 'get-caller-identity')).toMatchObject({ Account: '123456789012', Arn: 'arn:aws:iam::123456789012:user/operator' });
    expect(await aws('cloudformation', 'describe-stacks', '--stack-name', 'Small')).toMatchObject({ Stacks: [{ StackStatus: 'CREATE_COMPLETE', Outputs: [{ OutputKey: 'QueueUrl' }] }] });
  });

  cli('sends, receives and deletes a message', async () => {
    const url = ['--queue-url', sandbox.output('QueueUrl')];
    await aws('sqs', 'send-message', ...url, '--message-body', 'by hand');
    const { Messages: [{ Body, ReceiptHandle }] } = await aws('sqs', 'receive-message', ...url) as { Messages: { Body: string; ReceiptHandle: string }[] };
    expect(Body).toBe('by hand');
    await aws('sqs', 'delete-message', ...url, '--receipt-handle', ReceiptHandle);
    expect(await aws('sqs', 'get-queue-attributes', ...url, '--attribute-names', 'All')).toMatchObject({ Attributes: { ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' } });
  });

  cli('copies a large file to a bucket and back, lists and removes it', async () => {
    const there = path.join(at.folder, 'large');
    const back = path.join(at.folder, 'large.back');
    writeFileSync(there, Buffer.alloc(20 * 1024 * 1024, 'sensor'));
    const plain = async (...args: string[]) => run('aws', [...args, '--endpoint-url', sandbox.endpointUrl], sandbox.environment);
    expect(await plain('s3', 'cp', '--no-progress', there, 's3://small-zone/a/large')).toMatchObject({ code: 0 });
    expect((await plain('s3', 'ls', 's3://small-zone/a/')).out).toMatch(/20971520 large/);
    expect(await plain('s3', 'cp', '--no-progress', 's3://small-zone/a/large', back)).toMatchObject({ code: 0 });
    expect(readFileSync(back).equals(readFileSync(there))).toBe(true);
    expect(await plain('s3', 'rm', 's3://small-zone/a/', '--recursive')).toMatchObject({ code: 0 });
  });

  cli('puts and reads an item, a secret, a topic, a function, an alarm list and log groups', async () => {
    await aws('dynamodb', 'put-item', '--table-name', 'items', '--item', '{"id":{"S":"1"},"n":{"N":"7"}}');
    expect(await aws('dynamodb', 'get-item', '--table-name', 'items', '--key', '{"id":{"S":"1"}}')).toEqual({ Item: { id: { S: '1' }, n: { N: '7' } } });
    expect(await aws('secretsmanager', 'get-secret-value', '--secret-id', 'token')).toMatchObject({ SecretString: 'open sesame' });
    expect(await aws('sns', 'publish', '--topic-arn', 'arn:aws:sns:eu-west-1:123456789012:pager', '--message', 'x')).toMatchObject({ MessageId: expect.any(String) });
    const out = path.join(at.folder, 'answer.json');
    expect(await aws('lambda', 'invoke', '--function-name', 'double', '--payload', '{"n":21}', out)).toMatchObject({ StatusCode: 200 });
    expect(readFileSync(out, 'utf8')).toBe('42');
    expect(await aws('cloudwatch', 'describe-alarms')).toMatchObject({ MetricAlarms: [] });
    expect(await aws('logs', 'describe-log-groups')).toHaveProperty('logGroups');
    expect(await aws('iotsitewise', 'list-asset-models')).toMatchObject({ assetModelSummaries: [] });
  });

  cli('makes a thing with a certificate, and finds it again', async () => {
    await aws('iot', 'create-thing', '--thing-name', 'by-hand', '--attribute-payload', '{"attributes":{"site":"north"}}');
    const { certificateArn, certificateId } = await aws('iot', 'create-keys-and-certificate', '--set-as-active') as { certificateArn: string; certificateId: string };
    await aws('iot', 'attach-thing-principal', '--thing-name', 'by-hand', '--principal', certificateArn);
    await aws('iot', 'attach-policy', '--policy-name', 'Devices', '--target', certificateArn);
    expect(await aws('iot', 'list-thing-principals', '--thing-name', 'by-hand')).toEqual({ principals: [certificateArn] });
    expect(await aws('iot', 'describe-certificate', '--certificate-id', certificateId)).toMatchObject({ certificateDescription: { status: 'ACTIVE' } });
    expect(await aws('iot', 'describe-endpoint', '--endpoint-type', 'iot:Data-ATS')).toEqual({ endpointAddress: sandbox.mqtt.host });
    await expect(aws('iot', 'describe-thing', '--thing-name', 'nobody')).rejects.toThrow(/ResourceNotFoundException/);
  });
});
