import { createHash, randomUUID } from 'crypto';
import { generatedText } from './generated-text';
import { SecretState, SecretValue, SecretVersion, versionOf, withMovedStage, withVersion } from './secret';
import { SecretStore, suffixOf } from './secret-store';
import { Account, AwsError, bytesOf, Caller, Operations, Service } from '../account';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { unsupportedProperties } from '../assembly/unsupported-properties';
import { HttpHandler } from '../http/http-request';
import { jsonProtocol } from '../http/json-protocol';
import { TemplateProperties } from '../iam/template-properties';
import { isObject } from '../json';
import { KmsService } from '../kms/kms-service';

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MAXIMUM_VALUE_BYTES = 65_536;
const NAME = /^[\w/+=.@-]{1,512}$/;
const KNOWN = { Name: true, Description: true, KmsKeyId: true, SecretString: true, GenerateSecretString: true, Tags: true } as const;

interface Id { readonly SecretId?: string }
interface Put { readonly SecretString?: string; readonly SecretBinary?: unknown; readonly ClientRequestToken?: string }

/** Secrets of Secrets Manager, in files of mode 0600. */
export class SecretsManagerService implements Service {
  readonly types: ReadonlyMap<string, ResourceType> = new Map([['AWS::SecretsManager::Secret', { create: request => this.create(request) }]]);
  readonly endpoints: ReadonlyMap<string, HttpHandler>;
  private readonly store: SecretStore;

  constructor(private readonly account: Account, private readonly kms: KmsService) {
    this.store = new SecretStore(account.folder('secretsmanager'));
    const operations = this.operations();
    account.addService('secretsmanager', operations);
    this.endpoints = new Map([['secretsmanager', jsonProtocol(operations, 'secretsmanager')]]);
  }

  /** A value that was put stays; another value in the template than at the last start is a new version. */
  private create(request: ResourceRequest): CreatedResource {
    const properties = new TemplateProperties(request);
    this.account.hasNoEffect(request, unsupportedProperties(request.properties, KNOWN));
    const name = properties.optionalText('Name') ?? nameOf(request);
    if (!NAME.test(name)) properties.fail('Name', `needs 1 to 512 letters, digits and /_+=.@-, got ${JSON.stringify(name)}`);
    const { GenerateSecretString: generate } = request.properties;
    const text = properties.optionalText('SecretString');
    if (text !== undefined && generate !== undefined) properties.fail('GenerateSecretString', 'must not stand beside SecretString');
    const found: SecretState = {
      ...this.store.find(name) ?? this.empty(name), description: properties.optionalText('Description'), kmsKeyId: properties.optionalText('KmsKeyId'),
    };
    const fromTemplate = text === undefined && generate === undefined ? undefined : digestOf([text ?? null, generate ?? null]);
    const changed = fromTemplate !== undefined && fromTemplate !== found.fromTemplate;
    const value = () => text ?? this.generated(generate, properties);
    const secret = changed ? withVersion(found, randomUUID(), { text: value() }, ['AWSCURRENT'], this.account.clock.now()) : found;
    this.store.set({ ...secret, fromTemplate: fromTemplate ?? found.fromTemplate });
    return { ref: secret.arn, attributes: { Id: secret.arn } };
  }

  private generated(options: unknown, properties: TemplateProperties): string {
    if (!isObject(options)) return properties.fail('GenerateSecretString', `needs an object, got ${JSON.stringify(options)}`);
    try {
      return generatedText(options);
    } catch (error) {
      return properties.fail('GenerateSecretString', (error as Error).message);
    }
  }

  private empty(name: string): SecretState {
    const now = this.account.clock.now();
    return { name, arn: this.account.arn('secretsmanager', `secret:${name}-${suffixOf(name)}`), createdAt: now, changedAt: now, versions: [] };
  }

  /** The secret, where the caller may do this with it. */
  private allowed(caller: Caller, action: string, { SecretId: id }: Id, context: { [key: string]: string } = {}): SecretState {
    if (typeof id !== 'string' || id === '') throw new AwsError('InvalidParameterException', 'SecretId must be there.');
    const arn = this.store.find(id)?.arn ?? (id.startsWith('arn:') ? id : this.account.arn('secretsmanager', `secret:${id}`));
    caller.authorize(`secretsmanager:${action}`, arn, { 'secretsmanager:SecretId': arn, ...context });
    return this.store.get(id);
  }

  private useKey(caller: Caller, { arn, kmsKeyId }: SecretState, actions: readonly string[]): void {
    this.kms.authorize(caller, kmsKeyId, 'secretsmanager', actions, { SecretARN: arn });
  }

  private put(caller: Caller, secret: SecretState, input: Put, stages: readonly string[]): { secret: SecretState; version: SecretVersion } {
    this.useKey(caller, secret, ['GenerateDataKey', 'Decrypt']);
    const id = input.ClientRequestToken ?? randomUUID();
    if (id.length < 32 || id.length > 64) throw new AwsError('InvalidParameterException', `ClientRequestToken must have 32 to 64 characters, got ${id.length}.`);
    const changed = withVersion(secret, id, valueOf(input), stages, this.account.clock.now());
    this.store.set(changed);
    return { secret: changed, version: versionOf(changed, id, undefined) };
  }

  private operations(): Operations {
    const { account, store } = this;
    return {
      GetSecretValue: (input: Id & { VersionId?: string; VersionStage?: string }, caller) => {
        const context = {
          ...input.VersionId !== undefined && { 'secretsmanager:VersionId': input.VersionId },
          'secretsmanager:VersionStage': input.VersionStage ?? 'AWSCURRENT',
        };
        const secret = this.allowed(caller, 'GetSecretValue', input, context);
        this.useKey(caller, secret, ['Decrypt']);
        const { id, text, binary, stages, createdAt } = versionOf(secret, input.VersionId, input.VersionStage);
        return {
          ARN: secret.arn,
          Name: secret.name,
          VersionId: id,
          VersionStages: stages,
          CreatedDate: createdAt / 1000,
          ...text !== undefined && { SecretString: text },
          ...binary !== undefined && { SecretBinary: Buffer.from(binary, 'base64') },
        };
      },
      PutSecretValue: (input: Id & Put & { VersionStages?: readonly string[] }, caller) => {
        const { secret, version } = this.put(caller, this.allowed(caller, 'PutSecretValue', input), input, input.VersionStages ?? ['AWSCURRENT']);
        return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.stages };
      },
      UpdateSecretVersionStage: (input: Id & { VersionStage?: string; MoveToVersionId?: string; RemoveFromVersionId?: string }, caller) => {
        const { VersionStage: stage = '', MoveToVersionId: to, RemoveFromVersionId: from } = input;
        const secret = this.allowed(caller, 'UpdateSecretVersionStage', input, { 'secretsmanager:VersionStage': stage });
        store.set(withMovedStage(secret, stage, to, from, account.clock.now()));
        return { ARN: secret.arn, Name: secret.name };
      },
      DescribeSecret: (input: Id, caller) => described(this.allowed(caller, 'DescribeSecret', input), 'VersionIdsToStages'),
      ListSecretVersionIds: (input: Id & { IncludeDeprecated?: boolean }, caller) => {
        const { arn, name, versions } = this.allowed(caller, 'ListSecretVersionIds', input);
        const listed = versions.filter(({ stages }) => input.IncludeDeprecated === true || stages.length > 0);
        const Versions = listed.map(({ id, stages, createdAt }) => ({ VersionId: id, VersionStages: stages, CreatedDate: createdAt / 1000 }));
        return { ARN: arn, Name: name, Versions };
      },
      ListSecrets: (_input: object, caller) => {
        caller.authorize('secretsmanager:ListSecrets', '*');
        return { SecretList: store.all.map(secret => described(secret, 'SecretVersionsToStages')) };
      },
      CreateSecret: (input: Put & { Name?: string; Description?: string; KmsKeyId?: string }, caller) => {
        const { Name: name = '', Description: description, KmsKeyId: kmsKeyId } = input;
        caller.authorize('secretsmanager:CreateSecret', this.empty(name).arn, { 'secretsmanager:Name': name });
        if (!NAME.test(name)) throw new AwsError('ValidationException', 'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!');
        if (store.find(name)) throw new AwsError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`);
        const secret = { ...this.empty(name), description, kmsKeyId };
        if (input.SecretString === undefined && input.SecretBinary === undefined) {
          store.set(secret);
          return { ARN: secret.arn, Name: name };
        }
        return { ARN: secret.arn, Name: name, VersionId: this.put(caller, secret, input, ['AWSCURRENT']).version.id };
      },
    };
  }
}

function described({ arn, name, description, kmsKeyId, createdAt, changedAt, versions }: SecretState, versionsMember: string): object {
  const stages = versions.filter(version => version.stages.length > 0).map(version => [version.id, version.stages] as const);
  return {
    ARN: arn,
    Name: name,
    Description: description,
    KmsKeyId: kmsKeyId,
    CreatedDate: createdAt / 1000,
    LastChangedDate: changedAt / 1000,
    [versionsMember]: Object.fromEntries(stages),
  };
}

function valueOf({ SecretString: text, SecretBinary: binary }: Put): SecretValue {
  if ((text === undefined) === (binary === undefined)) throw new AwsError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
  const bytes = text === undefined ? bytesOf(binary) : Buffer.from(String(text));
  if (bytes.length > MAXIMUM_VALUE_BYTES) throw new AwsError('InvalidParameterException', `A secret has at most ${MAXIMUM_VALUE_BYTES} bytes, got ${bytes.length}.`);
  return text === undefined ? { binary: bytes.toString('base64') } : { text };
}

/** Of the value itself nothing can be read from it. */
function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** CloudFormation leaves the stack out of it: `<logical id>-<12 characters>`, which the CDK counts on where it cuts the name out of the ARN. */
function nameOf(request: ResourceRequest): string {
  return `${request.logicalId}-${request.generatedName(64).slice(-12)}`;
}
