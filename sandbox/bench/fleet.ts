import 'reflect-metadata';
import {
  AttachPolicyCommand, AttachThingPrincipalCommand, CreateCertificateFromCsrCommand, CreateThingCommand, IoTClient, ListPoliciesCommand,
} from '@aws-sdk/client-iot';
import * as x509 from '@peculiar/x509';
import type { LoadDevice } from './load';

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const AT_ONCE = 4;

/**
 * Devices on the policy of the template that is not the claim's, each with a thing.
 *
 * @param certificates - how many the devices have together: making them is most of the time for thousands of devices
 */
export async function fleetOf(endpoint: string, region: string, size: number, certificates = size): Promise<LoadDevice[]> {
  const iot = new IoTClient({ endpoint, region, credentials: { accessKeyId: 'operator', secretAccessKey: 'operator' } });
  const { policies = [] } = await iot.send(new ListPoliciesCommand({}));
  const policyName = policies.map(policy => policy.policyName!).find(name => !/claim/i.test(name));
  if (policyName === undefined) throw new Error('the template has no policy of devices');
  const made = await atOnce(Math.min(certificates, size), () => certificateOf(iot, policyName));
  return atOnce(size, async index => {
    const thingName = `gateway-${index}`;
    const { arn, cert, key } = made[index % made.length];
    await iot.send(new CreateThingCommand({ thingName }));
    await iot.send(new AttachThingPrincipalCommand({ thingName, principal: arn }));
    return { clientId: thingName, cert, key, topic: `data/${thingName}/sensor-1` };
  });
}

async function certificateOf(iot: IoTClient, policyName: string): Promise<{ arn: string; cert: string; key: string }> {
  const keys = await crypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: 'CN=bench', keys, signingAlgorithm: EC });
  const { certificateArn, certificatePem } = await iot.send(new CreateCertificateFromCsrCommand({
    certificateSigningRequest: request.toString('pem'), setAsActive: true,
  }));
  await iot.send(new AttachPolicyCommand({ policyName, target: certificateArn! }));
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { arn: certificateArn!, cert: certificatePem!, key };
}

async function atOnce<T>(amount: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < amount; index = next++) all[index] = await make(index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return all;
}
