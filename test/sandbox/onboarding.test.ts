import { readFileSync } from 'fs';
import { leaksIn, OnboardingZone } from './onboarding-zone';
import { iot, mqtt } from '../../sandbox/test/end-to-end/clients';
import { enrolBySdk, eventually } from '../../sandbox/test/end-to-end/programs';
import { newKey } from '../../src/onboarding/handler/signing-request';

jest.setTimeout(180_000);

let zone: OnboardingZone;
let token: string;
const clients: mqtt.MqttClient[] = [];
/** What must be in no log. */
const issued = new Set<string>();
const caPem = () => readFileSync(zone.caFile, 'utf8');

beforeAll(async () => {
  zone = await OnboardingZone.start();
  token = await zone.token();
  for (const text of [token, await zone.clientSecret()]) issued.add(text);
}, 300_000);
afterAll(async () => {
  await Promise.all(clients.map(client => client.endAsync(true)));
  await zone?.stop();
});

const call = async (method: string, place: string, body?: object) => {
  const answer = await zone.call(method, place, token, body);
  for (const text of [answer.body.credential?.privateKey, answer.body.credential?.certificatePem]) if (text !== undefined) issued.add(text);
  return answer;
};
const connect = async (clientId: string, cert: string, key: string) => {
  const client = await mqtt.connectAsync(`mqtts://127.0.0.1:${zone.running.mqttPort}`, { clientId, ca: caPem(), cert, key, reconnectPeriod: 0 }, false);
  client.on('error', () => undefined);
  clients.push(client);
  return client;
};
const connectivity = async (serialNumber: string) => {
  const { body } = await call('GET', '/devices?limit=100');
  return body.devices.find((device: { serialNumber: string }) => device.serialNumber === serialNumber)?.connectivity.status;
};
const rows = async (where: string) => {
  const { out, err, code } = await zone.running.command('query', `SELECT topic, measurements_temperature AS t FROM telemetry WHERE ${where}`, '--json');
  if (code !== 0) throw new Error(err);
  return out.split('\n').filter(line => line !== '').map(line => JSON.parse(line) as { topic: string; t: number });
};
const statusOf = async (certificateId: string) => {
  const { certificateDescription } = await zone.iot.send(new iot.DescribeCertificateCommand({ certificateId }));
  return certificateDescription!.status;
};

test('nobody calls without a token, with a scope that is not the route\'s, or with a token that was changed', async () => {
  expect((await zone.call('GET', '/devices')).status).toBe(401);
  expect((await zone.call('POST', '/onboard/S0', await zone.token('devices/read'))).status).toBe(403);
  expect((await zone.call('GET', '/devices', await zone.token('devices/write'))).status).toBe(403);
  expect((await zone.call('GET', '/devices', `${token.slice(0, -8)}AAAAAAAA`)).status).toBe(401);
  expect((await zone.call('GET', '/devices', token)).status).toBe(200);
  expect(await zone.certificates()).toEqual([]);
});

test('a device onboards with a key of its own, connects, and what it publishes is a row of the lake', async () => {
  const { csr, privateKey } = newKey();
  issued.add(privateKey);
  const { status, body } = await call('POST', '/onboard/S1', { csr, attributes: { line: 'l4' } });
  expect([status, Object.keys(body.credential)]).toEqual([200, ['certificateArn', 'certificateId', 'certificatePem']]);
  expect((await zone.iot.send(new iot.DescribeThingCommand({ thingName: 'S1' }))).attributes).toEqual({ line: 'l4' });

  const device = await connect(body.deviceName, body.credential.certificatePem, privateKey);
  await device.publishAsync(body.topics.basicIngest[0].replace('*', 'room'), JSON.stringify({ measurements: { temperature: 21.5 } }), { qos: 1 });
  expect(await eventually('the row', async () => (await rows('thing_name = \'S1\''))[0])).toEqual({ topic: 'data/S1/room', t: 21.5 });
  await eventually('the connection in the list', async () => await connectivity('S1') === 'Connected');
});

test('a device onboards with a key that AWS made, and a second call gives everything but the key', async () => {
  const { body } = await call('POST', '/onboard/S2');
  const device = await connect(body.deviceName, body.credential.certificatePem, body.credential.privateKey);
  expect(device.connected).toBe(true);
  const again = await call('POST', '/onboard/S2');
  expect(again.body).toMatchObject({ keyAlreadyIssued: true, credential: { certificateId: body.credential.certificateId } });
  expect(again.body.credential).not.toHaveProperty('privateKey');
});

test('a rotation leaves the old certificate until the device has connected with the new one', async () => {
  const { body: { credential: old } } = await call('GET', '/onboard/S2');
  const { body } = await call('POST', '/onboard/S2?rotate=true');
  expect([await statusOf(old.certificateId), await statusOf(body.credential.certificateId)]).toEqual(['ACTIVE', 'ACTIVE']);
  await connect(body.deviceName, body.credential.certificatePem, body.credential.privateKey);
  await eventually('the end of the old certificate', () => statusOf(old.certificateId).then(() => false, error => error.name === 'ResourceNotFoundException'));
  expect((await call('GET', '/onboard/S2')).body.credential.certificateId).toBe(body.credential.certificateId);
});

test('a claim of the API lets a device enrol by fleet provisioning, and both agree about it', async () => {
  const { body: claim } = await call('POST', '/onboard/S3/claim');
  const device = await enrolBySdk({
    host: claim.mqttEndpoint,
    port: zone.running.mqttPort,
    ca: caPem(),
    cert: claim.credential.certificatePem,
    key: claim.credential.privateKey,
    clientId: 'claim-S3',
    flow: 'keys',
    template: claim.templateName,
    parameters: { SerialNumber: 'S3' },
  });
  issued.add(device.privateKey).add(device.certificatePem);
  const { body } = await call('GET', '/onboard/S3');
  expect(body).toMatchObject({ deviceName: device.thingName, status: 'PROVISIONED', credential: { certificateId: device.certificateId } });
  expect((await call('POST', '/onboard/S3')).body).toMatchObject({ keyAlreadyIssued: true, credential: { certificateId: device.certificateId } });
});

test('a device that is taken out is cut off, cannot come back, and cannot enrol', async () => {
  const { csr, privateKey } = newKey();
  const { body: { credential, deviceName } } = await call('POST', '/onboard/S4', { csr });
  const device = await connect(deviceName, credential.certificatePem, privateKey);
  const closed = new Promise(resolve => device.once('close', () => resolve('closed')));
  expect((await call('DELETE', '/onboard/S4')).body).toMatchObject({ status: 'REVOKED' });
  expect(await closed).toBe('closed');
  await expect(connect(deviceName, credential.certificatePem, privateKey)).rejects.toThrow();
  await expect(zone.iot.send(new iot.DescribeThingCommand({ thingName: deviceName }))).rejects.toThrow();
  expect((await call('POST', '/onboard/S4')).body.error.code).toBe('DeviceRevoked');
  expect((await call('POST', '/onboard/S4/claim')).status).toBe(409);

  const { body: claim } = await call('POST', '/onboard/S5/claim');
  await expect(enrolBySdk({
    host: claim.mqttEndpoint,
    port: zone.running.mqttPort,
    ca: caPem(),
    cert: claim.credential.certificatePem,
    key: claim.credential.privateKey,
    clientId: 'claim-S4',
    flow: 'keys',
    template: claim.templateName,
    parameters: { SerialNumber: 'S4' },
  })).rejects.toThrow();
});

test('200 calls at once for one serial number make one device and one certificate, and one caller gets the key', async () => {
  const before = await zone.certificates();
  // The stage lets 10 a second in; whoever is refused comes again.
  const persistent = async () => {
    for (;;) {
      const answer = await call('POST', '/onboard/S6');
      if (![429, 503].includes(answer.status)) return answer;
      await new Promise(resolve => setTimeout(resolve, 1_000));
    }
  };
  const answers = await Promise.all(Array.from({ length: 200 }, persistent));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map(({ body }) => body.credential.certificateId)).size).toBe(1);
  expect(answers.filter(({ body }) => body.credential.privateKey)).toHaveLength(1);
  const made = (await zone.certificates()).filter(({ id }) => !before.some(other => other.id === id));
  expect(made).toEqual([{ id: answers[0].body.credential.certificateId, status: 'ACTIVE', policies: [expect.any(String)], things: ['S6'] }]);
});

test('no key, no certificate, no token and no secret is in any log of all this', async () => {
  const text = zone.logs();
  expect(text).toContain('ONBOARDED');
  expect(leaksIn(text, [...issued])).toEqual([]);
  for (const planted of [...issued, 'Authorization: Bearer abcdefgh']) expect(leaksIn(JSON.stringify({ message: planted }), [...issued])).not.toEqual([]);
});
