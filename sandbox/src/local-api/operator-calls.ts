import { optionalText, refusing, textOf } from './call-input';
import { LocalApi, LocalApiError } from './local-api';
import type { Sandbox } from '../sandbox';

/** What the command line asks: outputs, files of certificates, messages, queries. */
export function addOperatorCalls(api: LocalApi, sandbox: Sandbox): void {
  const { account } = sandbox;
  const call = (service: string, operation: string, input: object) => account.call(service, operation, input, account.operator);

  api.add('GET outputs', () => ({
    stacks: sandbox.stacks.map(({ stack, outputs }) => ({
      name: stack.stackName,
      outputs: outputs.map(({ name, value, description }) => ({ name, value: account.asServedHere(String(value)), description })),
    })),
    environment: sandbox.environment,
    mqtt: { host: sandbox.mqtt.host, port: sandbox.mqtt.port, caFile: sandbox.mqtt.caFile },
    page: `${sandbox.endpointUrl}/`,
  }));

  api.add('POST query', async input => {
    try {
      return await sandbox.query(textOf(input, 'sql'), { database: optionalText(input, 'database'), workGroup: optionalText(input, 'workGroup') });
    } catch (error) {
      throw new LocalApiError((error as Error).message);
    }
  });

  api.add('POST publish', async input => {
    const payload = Buffer.from(optionalText(input, 'payload') ?? '{}');
    await refusing(() => call('iotdata', 'Publish', { topic: textOf(input, 'topic'), payload, qos: 1, retain: input.retain === true }));
  });

  api.add('POST claim', async input => {
    const wanted = optionalText(input, 'secret');
    const { SecretList } = await call('secretsmanager', 'ListSecrets', {}) as { SecretList: { Name: string; ARN: string }[] };
    const claims: { name: string; certificatePem: string; privateKey: string }[] = [];
    for (const { Name, ARN } of SecretList) {
      if (wanted !== undefined && wanted !== Name && wanted !== ARN) continue;
      const text = await call('secretsmanager', 'GetSecretValue', { SecretId: ARN }).then(({ SecretString }) => SecretString as string | undefined, () => undefined);
      const found = certificateIn(text);
      if (found) claims.push({ name: Name, ...found });
    }
    if (claims.length === 1) return { ...claims[0], caPem: sandbox.mqtt.caPem };
    const names = SecretList.map(({ Name }) => Name).join(', ') || 'none';
    throw new LocalApiError(claims.length > 1 ? `more than one secret holds a claim (${claims.map(({ name }) => name).join(', ')}): name one with --secret`
      : `no secret${wanted === undefined ? '' : ` ${wanted}`} holds a certificate and its key; there are: ${names}`, 404);
  });

  api.add('POST device', async input => {
    const thingName = textOf(input, 'thing');
    const policies = (await call('iot', 'ListPolicies', {}) as { policies: { policyName: string }[] }).policies.map(({ policyName }) => policyName);
    const policyName = optionalText(input, 'policy') ?? onlyOne(policies.filter(name => !/claim/i.test(name)));
    return refusing(async () => {
      await call('iot', 'GetPolicy', { policyName });
      await call('iot', 'CreateThing', { thingName });
      const { certificateArn, certificatePem, keyPair } = await call('iot', 'CreateKeysAndCertificate', { setAsActive: true });
      await call('iot', 'AttachPolicy', { policyName, target: certificateArn });
      const thingPrincipalType = input.exclusive === true ? 'EXCLUSIVE_THING' : 'NON_EXCLUSIVE_THING';
      await call('iot', 'AttachThingPrincipal', { thingName, principal: certificateArn, thingPrincipalType });
      return { certificatePem, privateKey: keyPair.PrivateKey as string, caPem: sandbox.mqtt.caPem };
    });
  });
}

function certificateIn(text: string | undefined): { certificatePem: string; privateKey: string } | undefined {
  try {
    const { certificatePem, privateKey } = JSON.parse(text ?? '') as { certificatePem?: unknown; privateKey?: unknown };
    return typeof certificatePem === 'string' && typeof privateKey === 'string' ? { certificatePem, privateKey } : undefined;
  } catch {
    return undefined;
  }
}

function onlyOne(policies: readonly string[]): string {
  if (policies.length === 1) return policies[0];
  throw new LocalApiError(policies.length === 0 ? 'there is no AWS IoT policy: the template has none' : `there are ${policies.length} policies (${policies.join(', ')}): name one with --policy`);
}
