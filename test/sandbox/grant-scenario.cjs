// Runs a template of the bundled example and does all that a zone does; prints every decision of IAM as JSON.
// `node grant-scenario.cjs <assembly> <state>`, after `tsc --build` in sandbox/.
const { connectAsync } = require('../../sandbox/node_modules/mqtt');
const { IamDirectory } = require('../../sandbox/lib/iam');
const { Sandbox } = require('../../sandbox/lib/sandbox');
const { VirtualDevice } = require('../../sandbox/lib/virtual-fleet/virtual-device');

const SENSORS = [
  ['ac233fa2129e', { temperature: 21 }], ['ffcfed4dd3ab', { occupied: true }], ['d4ca6e1c0b2f', { temperature: 4, humidity: 70 }],
  // Nobody knows it, so that the actions of SiteWise fail.
  ['unknown', { temperature: 1, humidity: 2, occupied: false }],
];
const ONBOARDED = 'ONB-1';
const WAIT_MILLISECONDS = 15_000;

const decisions = new Map();
const note = ({ principal, action, resource }, { decision, reason }) => decisions.set([principal, action, resource, decision].join(), { principal, action, resource, decision, reason });
const authorize = IamDirectory.prototype.authorize;
IamDirectory.prototype.authorize = function (request) {
  const decision = authorize.call(this, request);
  note(request, decision);
  return decision;
};

async function main([assembly, state]) {
  let sandbox;
  const failed = [];
  const step = async (what, run) => {
    try {
      return await run();
    } catch (error) {
      failed.push(`${what}: ${error.message}`);
      return undefined;
    }
  };
  await step('start', async () => {
    sandbox = await Sandbox.start({ assembly, state, port: 0, mqttPort: 0, dynamodb: 'dynalite', bufferSeconds: 1, retryFactor: 0.001 });
  });
  if (!sandbox) return { decisions: [...decisions.values()], failed };
  const { account } = sandbox;
  const call = (service, operation, input) => account.call(service, operation, input, account.operator);
  const denied = () => [...decisions.values()].some(({ decision }) => decision === 'deny');
  const until = async (what, ask) => {
    const ends = Date.now() + WAIT_MILLISECONDS;
    // What lacks a grant does not come; its denial does.
    while (!denied() && Date.now() < ends) {
      if (await ask()) return;
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    throw new Error(`${what} did not come`);
  };
  const device = new VirtualDevice('GW-1', sandbox.mqtt);
  const status = async () => (await call('dynamodb', 'GetItem', { TableName: sandbox.output('ZoneConnectivityTable'), Key: { ClientID: { S: device.thingName } } })).Item?.Status.S;
  const errors = async () => Number((await call('sqs', 'GetQueueAttributes', { QueueUrl: sandbox.output('ZoneErrorQueue'), AttributeNames: ['All'] })).Attributes.ApproximateNumberOfMessages);
  await step('register', () => call('dynamodb', 'PutItem', { TableName: sandbox.output('ZoneRegistryTable'), Item: { SerialNumber: { S: 'GW-1' }, Status: { S: 'REGISTERED' } } }));
  await step('enrol', async () => device.enrol(await sandbox.services.localApi.ask('POST claim', {}), sandbox.output('ZoneProvisioningTemplate')));
  if (device.thingName) {
    await step('connect', async () => {
      await device.connect();
      await until('Connected', async () => await status() === 'Connected');
    });
    await step('publish', async () => {
      for (const [deviceId, measurements] of SENSORS) await device.publish(`data/${device.thingName}/${deviceId}`, JSON.stringify({ device: { deviceId }, measurements }));
      await until('the errors of SiteWise', async () => await errors() >= 3);
    });
    await step('deliver', async () => {
      await sandbox.flush();
      await until('the delivery', () => account.activity.total('delivery') >= 2);
    });
    await step('redrive', async () => {
      const { FunctionError, Payload } = await call('lambda', 'Invoke', { FunctionName: sandbox.output('ZoneRedriveFunction'), Payload: Buffer.from('{"maxMessages":3}') });
      if (FunctionError) throw new Error(String(Payload));
    });
    await step('onboard', () => onboard(sandbox, call, until));
    await step('disconnect', async () => {
      await device.disconnect();
      await until('Disconnected', async () => await status() === 'Disconnected');
    });
  }
  await step('stop', () => sandbox.stop());
  return { decisions: [...decisions.values()], failed };
}

/** All that an operator asks of the onboarding API for one device, which gets another certificate on the way. */
async function onboard(sandbox, call, until) {
  const ask = async (method, place) => {
    const answer = await fetch(sandbox.output('ZoneOnboardingAddress') + place, { method, headers: { authorization: `Bearer ${await token()}` } });
    const body = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${place} was answered ${answer.status} ${JSON.stringify(body.error)}`);
    return body;
  };
  const token = async () => {
    const { SecretString } = await call('secretsmanager', 'GetSecretValue', { SecretId: sandbox.output('ZoneOnboardingClientSecret') });
    const secret = Buffer.from(`${sandbox.output('ZoneOnboardingClientId')}:${JSON.parse(SecretString).clientSecret}`).toString('base64');
    const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'devices/read devices/write' });
    const answer = await fetch(sandbox.output('ZoneOnboardingTokenAddress'), { method: 'POST', headers: { authorization: `Basic ${secret}` }, body });
    return (await answer.json()).access_token;
  };
  const connectWith = async ({ deviceName, credential }) => {
    const client = await connectAsync({
      protocol: 'mqtts', host: sandbox.mqtt.host, port: sandbox.mqtt.port, ca: sandbox.mqtt.caPem, clientId: deviceName, cert: credential.certificatePem, key: credential.privateKey, reconnectPeriod: 0,
    });
    client.on('error', () => undefined);
    return client;
  };
  const first = await ask('POST', `/onboard/${ONBOARDED}`);
  await ask('POST', `/onboard/${ONBOARDED}`);
  await ask('GET', `/onboard/${ONBOARDED}`);
  await ask('GET', '/devices');
  await ask('POST', '/onboard/ONB-2/claim');
  await connectWith(first);
  await connectWith(await ask('POST', `/onboard/${ONBOARDED}?rotate=true`));
  await until('the end of the first certificate', () => call('iot', 'DescribeCertificate', { certificateId: first.credential.certificateId }).then(() => false, () => true));
  await ask('DELETE', `/onboard/${ONBOARDED}`);
}

main(process.argv.slice(2)).then(
  found => { process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0)); },
  error => { process.stderr.write(`${error.stack}\n`, () => process.exit(1)); },
);
