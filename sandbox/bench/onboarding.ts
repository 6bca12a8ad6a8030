import 'reflect-metadata';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as x509 from '@peculiar/x509';
import { median } from './median';
import { Row } from './row';
import { RunningZone } from './running-zone';

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DEVICES = 100;
const AT_ONCE = 4;

type Call = (index: number) => Promise<number>;

/** Calls of the onboarding API that come at once, each through authorizer, stage, function and the calls of AWS IoT that it makes. */
export async function onboarding(assembly: string, runs: number): Promise<Row[]> {
  const zone = await RunningZone.start(assembly);
  const address = await zone.output('ZoneOnboardingAddress');
  const authorization = `Bearer ${await token(zone)}`;
  const signingRequests = await Promise.all(Array.from({ length: DEVICES }, signingRequest));
  const call = async (method: string, place: string, body?: object) => {
    const answer = await fetch(`${address}${place}`, {
      method, headers: { authorization, ...body && { 'content-type': 'application/json' } }, body: body && JSON.stringify(body),
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  const rates: { [name: string]: number[] } = { csr: [], again: [], keys: [], get: [] };
  for (let run = 0; run <= runs; run++) {
    const serial = (kind: string, index: number) => `/onboard/${kind}-${run}-${index}`;
    const enrol: Call = index => call('POST', serial('CSR', index), { csr: signingRequests[index] });
    const measured = {
      csr: await rate(enrol),
      again: await rate(enrol),
      keys: await rate(index => call('POST', serial('KEYS', index), {})),
      get: await rate(index => call('GET', serial('CSR', index))),
    };
    if (run > 0) for (const [name, value] of Object.entries(measured)) rates[name].push(value);
  }
  await zone.end();
  const row = (what: string, name: string): Row => ({ what: `onboarding API, ${AT_ONCE} calls at once: ${what}`, measured: `${median(rates[name]).toFixed(0)} a second` });
  return [
    row('POST with a CSR, a new device each', 'csr'),
    row('the same again, which changes nothing', 'again'),
    row('POST without a CSR, a new device each', 'keys'),
    row('GET of a device', 'get'),
  ];
}

/** One call for each device, so many at a time. @throws Error where one does not succeed */
async function rate(call: Call): Promise<number> {
  const begun = process.hrtime.bigint();
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < DEVICES) {
      const status = await call(next++);
      if (status >= 300) throw new Error(`the onboarding API answered ${status}`);
    }
  }));
  return DEVICES / (Number(process.hrtime.bigint() - begun) / 1e9);
}

async function token(zone: RunningZone): Promise<string> {
  const secrets = new SecretsManagerClient({ endpoint: zone.endpoint, region: zone.region, credentials: { accessKeyId: 'operator', secretAccessKey: 'operator' } });
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: await zone.output('ZoneOnboardingClientSecret') }));
  const { clientSecret } = JSON.parse(SecretString!) as { clientSecret: string };
  const answer = await fetch(await zone.output('ZoneOnboardingTokenAddress'), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${await zone.output('ZoneOnboardingClientId')}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'devices/read devices/write' }),
  });
  return (await answer.json() as { access_token: string }).access_token;
}

async function signingRequest(): Promise<string> {
  const keys = await crypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  return (await x509.Pkcs10CertificateRequestGenerator.create({ name: 'CN=bench', keys, signingAlgorithm: EC })).toString('pem');
}
