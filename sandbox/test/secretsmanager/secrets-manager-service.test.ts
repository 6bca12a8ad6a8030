import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import {
  CreateSecretCommand, DescribeSecretCommand, GetSecretValueCommand, ListSecretsCommand, ListSecretVersionIdsCommand, PutSecretValueCommand,
  SecretsManagerClient, UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { Account } from '../../src/account';
import { JsonObject } from '../../src/json';
import { KmsService } from '../../src/kms/kms-service';
import { SecretsManagerService } from '../../src/secretsmanager/secrets-manager-service';
import { AccountUnderTest, roleOf } from '../account/account-under-test';

const services = (account: Account) => {
  const kms = new KmsService(account);
  return { kms, secrets: new SecretsManagerService(account, kms) };
};
let running: AccountUnderTest<ReturnType<typeof services>>;
beforeEach(async () => { running = await AccountUnderTest.start(services); });
afterEach(() => running.remove());

const secret = (properties: JsonObject): JsonObject => ({ Secret: { Type: 'AWS::SecretsManager::Secret', Properties: properties } });
const deployed = async (properties: JsonObject = { SecretString: 'first' }, more: JsonObject = {}) => {
  const { ref: SecretId } = (await running.deploy({ ...secret(properties), ...more })).get('Secret')!;
  return { SecretId, client: new SecretsManagerClient(running.client()) };
};
const restart = async () => {
  await running.stop();
  running = await AccountUnderTest.start(services, { stateFolder: running.folder });
};
const stagesOf = async (client: SecretsManagerClient, SecretId: string) => {
  const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId }));
  return VersionIdsToStages;
};
const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

test('a secret has an ARN with six characters, and is found by ARN, by name and without those characters', async () => {
  const { client, SecretId } = await deployed({ Name: 'site/claim', SecretString: 'value' });
  expect(SecretId).toMatch(/^arn:aws:secretsmanager:eu-west-1:111122223333:secret:site\/claim-[A-Za-z0-9]{6}$/);
  for (const id of [SecretId, 'site/claim', SecretId.slice(0, -7)]) {
    const answer = await client.send(new GetSecretValueCommand({ SecretId: id }));
    expect(answer).toMatchObject({ ARN: SecretId, Name: 'site/claim', SecretString: 'value', VersionStages: ['AWSCURRENT'] });
  }
});

test('a secret without a name has one of two parts, as CloudFormation makes it, so that the CDK cuts it out of the ARN rightly', async () => {
  const { client, SecretId } = await deployed();
  const [, SecretName] = /:secret:(Secret-[^-]{12})-[^-]{6}$/.exec(SecretId)!;
  expect(await client.send(new GetSecretValueCommand({ SecretId: SecretName }))).toMatchObject({ ARN: SecretId, Name: SecretName });
});

test('a generated value meets what the template asks for', async () => {
  const { client, SecretId } = await deployed({
    GenerateSecretString: { SecretStringTemplate: '{"user":"x"}', GenerateStringKey: 'password', PasswordLength: 12, ExcludePunctuation: true, ExcludeCharacters: 'abc' },
  });
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
  const { user, password } = JSON.parse(SecretString) as { user: string; password: string };
  expect(user).toBe('x');
  expect(password).toMatch(/^(?=.*[d-z])(?=.*[A-Z])(?=.*\d)[d-zA-Z\d]{12}$/);
});

test.each<[string, JsonObject, string]>([
  ['everything excluded', { ExcludeLowercase: true, ExcludeUppercase: true, ExcludeNumbers: true, ExcludePunctuation: true }, 'excludes all characters'],
  ['a length of nothing', { PasswordLength: 0 }, 'needs a PasswordLength from 1 to 4096, got 0'],
  ['a template without a key', { SecretStringTemplate: '{}' }, 'needs SecretStringTemplate and GenerateStringKey together'],
])('%s is refused, and the place in the template is named', async (_name, options, problem) => {
  await expect(deployed({ GenerateSecretString: options })).rejects.toThrow(`Resources/Secret/Properties/GenerateSecretString: ${problem}`);
});

test('keys of a claim: put with a label, found by it, and made current again, as its function does', async () => {
  const { client, SecretId } = await deployed({ GenerateSecretString: {} });
  const put = (token: string, label: string) => client.send(new PutSecretValueCommand({ SecretId, SecretString: `keys of ${token}`, ClientRequestToken: token, VersionStages: ['AWSCURRENT', label] }));
  await put(A, 'rotation:1');
  await put(B, 'rotation:2');
  expect(await stagesOf(client, SecretId)).toMatchObject({ [A]: ['rotation:1', 'AWSPREVIOUS'], [B]: ['AWSCURRENT', 'rotation:2'] });
  await client.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: A, RemoveFromVersionId: B }));
  expect(await stagesOf(client, SecretId)).toEqual({ [A]: ['rotation:1', 'AWSCURRENT'], [B]: ['rotation:2', 'AWSPREVIOUS'] });
  expect((await client.send(new GetSecretValueCommand({ SecretId }))).SecretString).toBe(`keys of ${A}`);
  expect((await client.send(new GetSecretValueCommand({ SecretId, VersionStage: 'AWSPREVIOUS' }))).SecretString).toBe(`keys of ${B}`);
});

test('the same token with the same value changes nothing, with another value it is refused', async () => {
  const { client, SecretId } = await deployed();
  const put = (SecretString: string) => client.send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken: A }));
  await put('x');
  await expect(put('x')).resolves.toMatchObject({ VersionId: A });
  await expect(put('y')).rejects.toMatchObject({ name: 'ResourceExistsException' });
});

test.each<[string, { MoveToVersionId?: string; RemoveFromVersionId?: string }, string]>([
  ['without saying where it is now', { MoveToVersionId: A }, 'The parameter RemoveFromVersionId can\'t be empty. Staging label AWSCURRENT is currently attached to version'],
  ['to nowhere', { RemoveFromVersionId: B }, 'You can only move staging label AWSCURRENT'],
  ['to a version that is not there', { MoveToVersionId: 'c'.repeat(64), RemoveFromVersionId: B }, 'can\'t find the specified secret version'],
])('AWSCURRENT cannot be moved %s', async (_name, input, problem) => {
  const { client, SecretId } = await deployed();
  const put = (token: string) => client.send(new PutSecretValueCommand({ SecretId, SecretString: token, ClientRequestToken: token }));
  for (const token of [A, B]) await put(token);
  const moving = client.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSCURRENT', ...input }));
  await expect(moving).rejects.toThrow(problem);
});

test('AWSPENDING is for a value that is not current yet', async () => {
  const { client, SecretId } = await deployed();
  await client.send(new PutSecretValueCommand({ SecretId, SecretString: 'next', ClientRequestToken: A, VersionStages: ['AWSPENDING'] }));
  expect((await client.send(new GetSecretValueCommand({ SecretId }))).SecretString).toBe('first');
  expect((await client.send(new GetSecretValueCommand({ SecretId, VersionStage: 'AWSPENDING' }))).SecretString).toBe('next');
});

test('a restart keeps what was put, and a generated value; another value in the template is a new version', async () => {
  const { client, SecretId } = await deployed({ SecretString: 'of the template' });
  await client.send(new PutSecretValueCommand({ SecretId, SecretBinary: Buffer.from([0, 255]) }));
  await restart();
  let again = await deployed({ SecretString: 'of the template' });
  expect(again.SecretId).toBe(SecretId);
  expect(Buffer.from((await again.client.send(new GetSecretValueCommand({ SecretId }))).SecretBinary!)).toEqual(Buffer.from([0, 255]));
  await restart();
  again = await deployed({ SecretString: 'changed' });
  expect((await again.client.send(new GetSecretValueCommand({ SecretId }))).SecretString).toBe('changed');
});

test('only the user may read the files', async () => {
  await deployed();
  const folder = path.join(running.folder, 'secretsmanager');
  expect(readdirSync(folder).map(name => (statSync(path.join(folder, name)).mode % 0o1000))).toEqual([0o600]);
  expect(statSync(folder).mode % 0o1000).toBe(0o700);
});

test('a file that is no secret stops the start, and is named', async () => {
  const stateFolder = mkdtempSync(path.join(tmpdir(), 'broken-'));
  mkdirSync(path.join(stateFolder, 'secretsmanager'));
  writeFileSync(path.join(stateFolder, 'secretsmanager/x.json'), '{');
  await expect(AccountUnderTest.start(services, { stateFolder })).rejects.toThrow('secretsmanager/x.json cannot be read');
  rmSync(stateFolder, { recursive: true });
});

test('secrets are made, listed and described by clients', async () => {
  const { client, SecretId } = await deployed();
  await client.send(new CreateSecretCommand({ Name: 'mine', SecretString: 'x' }));
  await expect(client.send(new CreateSecretCommand({ Name: 'mine', SecretString: 'x' }))).rejects.toMatchObject({ name: 'ResourceExistsException' });
  const { SecretList = [] } = await client.send(new ListSecretsCommand({}));
  expect(SecretList.map(({ ARN }) => ARN)).toEqual([SecretId, expect.stringContaining(':secret:mine-')]);
  expect(SecretList[0].CreatedDate).toBeInstanceOf(Date);
  expect((await client.send(new ListSecretVersionIdsCommand({ SecretId: 'mine' }))).Versions).toHaveLength(1);
  await expect(client.send(new GetSecretValueCommand({ SecretId: 'none' }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('a role reads with the policy of the secret, and only with the key of the secret', async () => {
  const key = { Type: 'AWS::KMS::Key', Properties: {} };
  const role = (actions: string[]) => roleOf('reader', [
    { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'Secret' } },
    { Effect: 'Allow', Action: actions, Resource: { 'Fn::GetAtt': ['Key', 'Arn'] }, Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } } },
  ]);
  const properties = { SecretString: 'x', KmsKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } };
  const { SecretId } = await deployed(properties, { Key: key, Reader: role(['kms:Encrypt']) });
  const read = () => new SecretsManagerClient(running.client('reader')).send(new GetSecretValueCommand({ SecretId }));
  await expect(read()).rejects.toThrow('is not authorized to perform: kms:Decrypt');
  await restart();
  await deployed(properties, { Key: key, Reader: role(['kms:Decrypt']) });
  await expect(read()).resolves.toMatchObject({ SecretString: 'x' });
  await expect(new SecretsManagerClient(running.client('reader')).send(new PutSecretValueCommand({ SecretId, SecretString: 'y' }))).rejects.toThrow('secretsmanager:PutSecretValue');
});
