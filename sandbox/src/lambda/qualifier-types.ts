import { createHash } from 'crypto';
import { statSync } from 'fs';
import { FunctionDirectory } from './function-directory';
import { Account, AwsError } from '../account';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { KnownProperties, unsupportedProperties } from '../assembly/unsupported-properties';
import { TemplateProperties } from '../iam/template-properties';
import { isObject, JsonObject } from '../json';

const KNOWN_OF_LAYERS: KnownProperties = {
  Content: { S3Bucket: true, S3Key: true },
  LayerName: true,
  Description: true,
  CompatibleRuntimes: true,
  CompatibleArchitectures: true,
  LicenseInfo: true,
};
const KNOWN_OF_EVENT_INVOKE_CONFIGS: KnownProperties = {
  FunctionName: true,
  Qualifier: true,
  MaximumRetryAttempts: true,
  MaximumEventAgeInSeconds: true,
  DestinationConfig: { OnSuccess: { Destination: true }, OnFailure: { Destination: true } },
};

/** What stands beside functions: versions and aliases, layers, how events are handled. All versions run the code that the assembly has now. */
export function qualifierTypes(account: Account, functions: FunctionDirectory, layers: Map<string, string>): [string, ResourceType][] {
  const typeOf = (known: KnownProperties, create: (request: ResourceRequest) => CreatedResource): ResourceType => ({
    create: request => {
      account.hasNoEffect(request, unsupportedProperties(request.properties, known));
      return create(request);
    },
  });
  return [
    ['AWS::Lambda::Version', typeOf({ FunctionName: true, Description: true, CodeSha256: true }, request => createVersion(request, functions))],
    ['AWS::Lambda::Alias', typeOf({ FunctionName: true, FunctionVersion: true, Name: true, Description: true }, request => createAlias(request, functions))],
    ['AWS::Lambda::LayerVersion', typeOf(KNOWN_OF_LAYERS, request => createLayer(request, account, layers))],
    ['AWS::Lambda::EventInvokeConfig', typeOf(KNOWN_OF_EVENT_INVOKE_CONFIGS, request => createEventInvokeConfig(request, functions))],
  ];
}

function targetOf(request: ResourceRequest, functions: FunctionDirectory) {
  const properties = new TemplateProperties(request);
  const name = properties.text('FunctionName');
  try {
    return functions.find(name);
  } catch (error) {
    return error instanceof AwsError ? properties.fail('FunctionName', error.message) : properties.fail('FunctionName', String(error));
  }
}

function createVersion(request: ResourceRequest, functions: FunctionDirectory): CreatedResource {
  const { qualifiers, definition: { arn } } = targetOf(request, functions).function;
  const version = String([...qualifiers.values()].filter((number, at, all) => all.indexOf(number) === at).length);
  qualifiers.set(version, version);
  return { ref: `${arn}:${version}`, attributes: { Version: version, FunctionArn: `${arn}:${version}` } };
}

function createAlias(request: ResourceRequest, functions: FunctionDirectory): CreatedResource {
  const properties = new TemplateProperties(request);
  const { qualifiers, definition: { arn } } = targetOf(request, functions).function;
  const name = properties.text('Name');
  const version = properties.text('FunctionVersion');
  if (!qualifiers.has(version)) properties.fail('FunctionVersion', `the function has no version ${version}: it has ${[...qualifiers.keys()].join(', ')}`);
  qualifiers.set(name, version);
  return { ref: `${arn}:${name}`, attributes: { AliasArn: `${arn}:${name}` } };
}

/** The number of a layer depends on what it holds, where AWS counts. */
function createLayer(request: ResourceRequest, account: Account, layers: Map<string, string>): CreatedResource {
  const properties = new TemplateProperties(request);
  const { Content } = request.properties;
  const key = isObject(Content) && typeof Content.S3Key === 'string' ? Content.S3Key : properties.fail('Content', 'needs S3Bucket and S3Key');
  const name = properties.optionalText('LayerName') ?? request.generatedName(140);
  const arn = account.arn('lambda', `layer:${name}:${parseInt(createHash('sha256').update(key).digest('hex').slice(0, 6), 16)}`);
  const staged = request.assetPath(key);
  if (staged !== undefined && statSync(staged, { throwIfNoEntry: false })?.isDirectory()) layers.set(arn, staged);
  else account.activity.record('problem', { message: `${request.path}: the layer is no folder of the assembly (${staged ?? key}); functions do not find what is in it` });
  return { ref: arn, attributes: { LayerVersionArn: arn } };
}

function createEventInvokeConfig(request: ResourceRequest, functions: FunctionDirectory): CreatedResource {
  const properties = new TemplateProperties(request);
  const { function: deployed } = targetOf(request, functions);
  const qualifier = properties.text('Qualifier');
  if (!deployed.qualifiers.has(qualifier)) properties.fail('Qualifier', `the function has no version or alias ${qualifier}: it has ${[...deployed.qualifiers.keys()].join(', ')}`);
  const number = (name: string, least: number, most: number) => {
    const text = properties.optionalText(name);
    const value = Number(text);
    if (text !== undefined && !(Number.isInteger(value) && value >= least && value <= most)) properties.fail(name, `must be a whole number from ${least} to ${most}, got ${text}`);
    return text === undefined ? undefined : value;
  };
  const destinations = isObject(request.properties.DestinationConfig) ? request.properties.DestinationConfig : {};
  const destination = (name: string): string | undefined => {
    const found: unknown = ((destinations[name] ?? {}) as JsonObject).Destination;
    if (found === undefined) return undefined;
    const supported = typeof found === 'string' && /^arn:[\w-]+:(sqs|sns|lambda):/.test(found);
    return supported ? found : properties.fail(`DestinationConfig/${name}`, `only queues, topics and functions are modelled, got ${JSON.stringify(found)}`);
  };
  deployed.asynchronous.set(qualifier, {
    maximumRetryAttempts: number('MaximumRetryAttempts', 0, 2),
    maximumEventAgeSeconds: number('MaximumEventAgeInSeconds', 60, 21_600),
    onSuccessArn: destination('OnSuccess'),
    onFailureArn: destination('OnFailure'),
  });
  return { ref: `${deployed.definition.name}:${qualifier}`, attributes: {} };
}
