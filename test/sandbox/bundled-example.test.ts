import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { build, RunningZone, synthesize } from './running-zone';
import { cloudformation, cloudwatch, dynamodb, iot, lambda, mqtt, s3, sitewise, sqs } from '../../sandbox/test/end-to-end/clients';
import { EnrolledDevice, enrolBySdk, eventually, needing, run } from '../../sandbox/test/end-to-end/programs';

jest.setTimeout(180_000);

// One story over one state folder: a zone whose rule lacks a grant, killed, mended, started again. The tests follow each other.
const folder = mkdtempSync(path.join(tmpdir(), 'zone-'));
const state = path.join(folder, 'state');
const files = path.join(folder, 'files');
let zone: RunningZone;
let outputs: { [name: string]: string };
let claimId: string;
let device: EnrolledDevice;
const clients: mqtt.MqttClient[] = [];

/** What a gateway says of the sensor of the bundled example that SiteWise knows by alias. */
const reading = (temperature: number, deviceId = 'ac233fa2129e') => JSON.stringify({
  device: { gatewayId: 'g', deviceId, capabilityModelId: 'urn:rigado:S1_Sensor:2' }, measurements: { temperature },
});
const file = (name: string) => readFileSync(path.join(files, name), 'utf8');
const output = (name: string) => Object.entries(outputs).find(([key]) => key.startsWith(name))![1];
const claim = () => ({ host: '127.0.0.1', port: zone.mqttPort, ca: file('ca.pem'), cert: file('claim.cert.pem'), key: file('claim.key.pem') });
const enrol = (SerialNumber: string, topic?: string) => enrolBySdk({
  ...claim(), clientId: `claim-${SerialNumber}`, flow: 'csr', template: output('ZoneProvisioningTemplate'), parameters: { SerialNumber }, topic, payload: reading(21),
});
const list = (SerialNumber: string) => new dynamodb.DynamoDBClient(zone.client).send(new dynamodb.PutItemCommand({
  TableName: output('ZoneRegistryTable'), Item: { SerialNumber: { S: SerialNumber }, Status: { S: 'REGISTERED' } },
}));
const connect = async (clientId = device.thingName) => {
  const client = await mqtt.connectAsync(`mqtts://127.0.0.1:${zone.mqttPort}`, {
    clientId, ca: file('ca.pem'), cert: device.certificatePem, key: device.privateKey, reconnectPeriod: 0,
  }, false);
  client.on('error', () => undefined);
  clients.push(client);
  return client;
};
const connectivity = async (attribute = 'Status') => (await new dynamodb.DynamoDBClient(zone.client).send(new dynamodb.GetItemCommand({
  TableName: output('ZoneConnectivityTable'), Key: { ClientID: { S: device.thingName } },
}))).Item?.[attribute]?.S;
const rows = async (where: string) => {
  const { out, err, code } = await zone.command('query', `SELECT thing_name, measurements_temperature FROM telemetry WHERE ${where}`, '--json');
  if (code !== 0) throw new Error(err);
  return out.split('\n').filter(line => line !== '').map(line => JSON.parse(line) as { thing_name: string; measurements_temperature: number });
};
const waiting = async () => Number((await new sqs.SQSClient(zone.client).send(new sqs.GetQueueAttributesCommand({
  QueueUrl: output('ZoneErrorQueue'), AttributeNames: ['ApproximateNumberOfMessages'],
}))).Attributes!.ApproximateNumberOfMessages);

async function start(assembly: string, ...options: string[]): Promise<void> {
  zone = await RunningZone.start(path.join(folder, assembly), state, ['--buffer-seconds', '2', ...options]);
  const { Stacks } = await new cloudformation.CloudFormationClient(zone.client).send(new cloudformation.DescribeStacksCommand({}));
  outputs = Object.fromEntries(Stacks![0].Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const written = await zone.command('claim', '--out', files);
  if (written.code !== 0) throw new Error(written.err);
}

beforeAll(async () => {
  build();
  synthesize(path.join(folder, 'whole'));
  synthesize(path.join(folder, 'lacking'));
  const template = path.join(folder, 'lacking', 'Sensors.template.json');
  const text = readFileSync(template, 'utf8');
  writeFileSync(template, text.replace('"firehose:PutRecord"', '"firehose:DescribeDeliveryStream"'));
  mkdirSync(files);
}, 300_000);
afterAll(async () => {
  await Promise.all(clients.map(client => client.endAsync(true)));
  await zone?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a zone whose telemetry rule lacks firehose:PutRecord', () => {
  beforeAll(() => start('lacking'));

  test('a listed device enrols with the claim of the secret, by the device SDK of AWS, and gets what the template says', async () => {
    await list('GW-1');
    device = await enrol('GW-1', 'data/<thing>/ac233fa2129e');
    expect(device.deviceConfiguration).toEqual({ telemetryTopic: 'data' });
    const control = new iot.IoTClient(zone.client);
    const thing = await control.send(new iot.DescribeThingCommand({ thingName: device.thingName }));
    expect(thing).toMatchObject({ attributes: { model: 'unknown' } });
    expect(thing.thingTypeName).toBeDefined();
    const { principals } = await control.send(new iot.ListThingPrincipalsCommand({ thingName: device.thingName }));
    expect(principals).toEqual([expect.stringContaining(device.certificateId)]);
    const { certificates } = await control.send(new iot.ListCertificatesCommand({}));
    claimId = certificates!.map(({ certificateId }) => certificateId!).find(id => id !== device.certificateId)!;
  });

  test('its message is not lost: it waits in the error queue, with the action that IAM denied', async () => {
    const message = await eventually('the message in the error queue', async () => (await new sqs.SQSClient(zone.client).send(new sqs.ReceiveMessageCommand({
      QueueUrl: output('ZoneErrorQueue'), VisibilityTimeout: 0, WaitTimeSeconds: 5,
    }))).Messages?.[0]);
    const { ruleName, topic, failures, base64OriginalPayload } = JSON.parse(message.Body!) as {
      ruleName: string; topic: string; failures: { errorMessage: string }[]; base64OriginalPayload: string;
    };
    expect({ ruleName, topic }).toEqual({ ruleName: 'sensors_telemetry', topic: `data/${device.thingName}/ac233fa2129e` });
    expect(failures[0].errorMessage).toContain('is not authorized to perform: firehose:PutRecord');
    expect(Buffer.from(base64OriginalPayload, 'base64').toString()).toBe(reading(21));
    expect(await rows('true')).toEqual([]);
  });

  test('is killed without a word, and can be started again', async () => {
    await zone.stop('SIGKILL');
    expect(existsSync(path.join(state, 'running.json'))).toBe(true);
    expect((await zone.command('outputs')).err).toContain('no sandbox runs over the state folder');
  });
});

describe('the bundled example, over the same state', () => {
  beforeAll(() => start('whole', '--duplicate-presence', '0.5', '--reorder-presence', '0.5'));

  test('has the claim and the device of the run before, and makes no second claim', async () => {
    const { certificates } = await new iot.IoTClient(zone.client).send(new iot.ListCertificatesCommand({}));
    expect(certificates!.map(({ certificateId }) => certificateId).sort()).toEqual([claimId, device.certificateId].sort());
  });

  test('a device connects with its certificate of before, and the table says Connected', async () => {
    await connect();
    await eventually('Connected', async () => await connectivity() === 'Connected');
  });

  test('the redrive function puts the message that failed through its rule, into the lake', async () => {
    const { Payload, FunctionError } = await new lambda.LambdaClient(zone.client).send(new lambda.InvokeCommand({ FunctionName: output('ZoneRedriveFunction'), Payload: Buffer.from('{}') }));
    expect(FunctionError).toBeUndefined();
    expect(JSON.parse(Buffer.from(Payload!).toString())).toMatchObject({ redriven: 1, leftCount: 0, drained: true });
    const [row] = await eventually('the row in the lake', async () => {
      const found = await rows('measurements_temperature = 21');
      return found.length > 0 && found;
    });
    expect(row.thing_name).toBe(device.thingName);
    expect(await waiting()).toBe(0);
  });

  test('what the device publishes by MQTT.js is a row of the lake, a value of SiteWise and an object of the bucket', async () => {
    await clients[0].publishAsync(`data/${device.thingName}/ac233fa2129e`, reading(22.5), { qos: 1 });
    const { propertyValue } = await eventually('the value in SiteWise', async () => {
      const value = await new sitewise.IoTSiteWiseClient(zone.client).send(new sitewise.GetAssetPropertyValueCommand({ propertyAlias: 'ac233fa2129eTemperature' }));
      return value.propertyValue?.value?.doubleValue === 22.5 && value;
    });
    expect(propertyValue!.quality).toBe('GOOD');
    await eventually('the row', async () => (await rows('measurements_temperature = 22.5')).length === 1);
    const { Contents } = await new s3.S3Client({ ...zone.client, forcePathStyle: true }).send(new s3.ListObjectsV2Command({ Bucket: output('ZoneLakeBucket'), Prefix: 'telemetry/' }));
    expect(Contents!.length).toBeGreaterThanOrEqual(2);
  });

  test('a command that the operator publishes reaches the device, and no other topic may be subscribed to', async () => {
    const [client] = clients;
    const received = new Promise(resolve => client.once('message', (topic, payload) => resolve([topic, payload.toString()])));
    await client.subscribeAsync(`cmd/${device.thingName}/blink`, { qos: 1 });
    expect((await zone.command('publish', `cmd/${device.thingName}/blink`, '--payload', '{"times":3}')).code).toBe(0);
    expect(await received).toEqual([`cmd/${device.thingName}/blink`, '{"times":3}']);
  });

  test('what is no JSON is acknowledged, counted where AWS counts it, and no row', async () => {
    await clients[0].publishAsync(`data/${device.thingName}/ac233fa2129e`, 'temperature=21', { qos: 1 });
    const metrics = new cloudwatch.CloudWatchClient(zone.client);
    await eventually('the metric', async () => (await metrics.send(new cloudwatch.GetMetricStatisticsCommand({
      Namespace: 'AWS/IoT',
      MetricName: 'ParseError',
      Dimensions: [{ Name: 'RuleName', Value: 'sensors_telemetry' }],
      StartTime: new Date(Date.now() - 600_000),
      EndTime: new Date(Date.now() + 60_000),
      Period: 60,
      Statistics: ['Sum'],
    }))).Datapoints!.some(({ Sum }) => Sum! >= 1));
  });

  test('a device that publishes as another is disconnected with AUTH_ERROR, and nothing of it arrives', async () => {
    const [client] = clients;
    const closed = new Promise<void>(resolve => client.once('close', () => resolve()));
    client.publish('data/another/ac233fa2129e', reading(999), { qos: 1 }, () => undefined);
    await closed;
    await eventually('Disconnected', async () => await connectivity() === 'Disconnected');
    expect(await connectivity('DisconnectReason')).toBe('AUTH_ERROR');
    expect(await rows('measurements_temperature = 999')).toEqual([]);
  });

  test('its denial is on record: who, what, and the statement that comes nearest', async () => {
    const answer = await fetch(`${zone.endpoint}/-/api/activity?kinds=mqttDenial`);
    const { records } = await answer.json() as { records: { resource: string; reason: string }[] };
    const denied = records.find(({ resource }) => resource === 'topic/data/another/ac233fa2129e')!;
    expect(denied).toMatchObject({ clientId: device.thingName, certificateId: device.certificateId, action: 'iot:Publish' });
    expect(denied.reason).toContain(`topic/data/${device.thingName}/*`);
  });

  test('a device that connects under the name of another is refused', async () => {
    await expect(connect('another')).rejects.toThrow();
  });

  test('a device that is not in the registry is refused by the hook, and becomes no thing', async () => {
    await expect(enrol('GW-UNLISTED')).rejects.toThrow(/AccessDenied|Pre-provisioning/i);
    const { things } = await new iot.IoTClient(zone.client).send(new iot.ListThingsCommand({}));
    expect(things!.map(({ thingName }) => thingName)).toEqual([device.thingName]);
  });

  test('any number of sessions, with presence events twice and out of order, leave the table as it is', async () => {
    for (let session = 0; session < 6; session++) await (await connect()).endAsync();
    await connect();
    await eventually('Connected at the end', async () => await connectivity() === 'Connected');
    // Whatever came late would have come by now.
    await new Promise(resolve => setTimeout(resolve, 3_000));
    expect(await connectivity()).toBe('Connected');
    await clients.at(-1)!.endAsync();
    await eventually('Disconnected at the end', async () => await connectivity() === 'Disconnected');
  });

  needing('mosquitto_pub', 'Debian: apt-get install mosquitto-clients')('mosquitto_pub publishes with the certificate of the device', async () => {
    writeFileSync(path.join(files, 'device.cert.pem'), device.certificatePem);
    writeFileSync(path.join(files, 'device.key.pem'), device.privateKey);
    const args = (topic: string) => [
      '-h', '127.0.0.1', '-p', String(zone.mqttPort), '--cafile', path.join(files, 'ca.pem'), '--cert', path.join(files, 'device.cert.pem'),
      '--key', path.join(files, 'device.key.pem'), '-i', device.thingName, '-q', '1', '-t', topic, '-m', reading(23.25),
    ];
    expect(await run('mosquitto_pub', args(`$aws/rules/sensors_telemetry/data/${device.thingName}/ac233fa2129e`))).toMatchObject({ code: 0 });
    await eventually('the row', async () => (await rows('measurements_temperature = 23.25')).length === 1);
  });

  test('an alarm tells that a message waits in the error queue', async () => {
    await new sqs.SQSClient(zone.client).send(new sqs.SendMessageCommand({ QueueUrl: output('ZoneErrorQueue'), MessageBody: 'somebody put this here' }));
    const states = async () => (await new cloudwatch.CloudWatchClient(zone.client).send(new cloudwatch.DescribeAlarmsCommand({ StateValue: 'ALARM' }))).MetricAlarms!;
    const [alarm] = await eventually('the alarm', async () => {
      const found = await states();
      return found.length > 0 && found;
    }, 150);
    expect(alarm.AlarmName).toContain('ZoneErrorsAlarm');
  });
});
