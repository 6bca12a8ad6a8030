import { createHash } from 'crypto';
import { IamDirectory } from './iam-directory';
import { queueArnOf } from './resource-arn';
import { TemplateProperties } from './template-properties';
import { ResourceRequest, ResourceType } from '../assembly/resource-type';
import { JsonObject } from '../json';

/** Policies of queues, topics, buckets, functions, secrets and keys. */
export function resourcePolicyTypes(directory: IamDirectory): [string, ResourceType][] {
  return [
    ['AWS::SQS::QueuePolicy', { create: request => setPolicies(request, directory, 'PolicyDocument', ({ texts }) => texts('Queues').map(url => queueArnOf(url, request.stack))) }],
    ['AWS::SNS::TopicPolicy', { create: request => setPolicies(request, directory, 'PolicyDocument', ({ texts }) => texts('Topics')) }],
    ['AWS::S3::BucketPolicy', { create: request => setPolicies(request, directory, 'PolicyDocument', ({ text }) => [`arn:${request.stack.partition}:s3:::${text('Bucket')}`]) }],
    ['AWS::SecretsManager::ResourcePolicy', { create: request => setPolicies(request, directory, 'ResourcePolicy', ({ text }) => [secretArnOf(text('SecretId'), request)]) }],
    ['AWS::Lambda::Permission', { create: request => addPermission(request, directory) }],
    ['AWS::KMS::Key', { create: request => createKey(request, directory) }],
  ];
}

interface Readers { text(name: string): string; texts(name: string): string[] }

function setPolicies(request: ResourceRequest, directory: IamDirectory, property: string, carriersOf: (readers: Readers) => string[]) {
  const properties = new TemplateProperties(request);
  const carriers = carriersOf({ text: name => properties.text(name), texts: name => properties.texts(name) });
  const document = properties.document(property);
  for (const arn of carriers) properties.taking(property, () => directory.setResourcePolicy(arn, { name: request.path, document }));
  return { ref: carriers[0] ?? request.logicalId, attributes: { Id: request.generatedName(128) } };
}

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-permission.html */
function addPermission(request: ResourceRequest, directory: IamDirectory) {
  const properties = new TemplateProperties(request);
  const name = properties.text('FunctionName');
  const arn = name.startsWith('arn:') ? name : `arn:${request.stack.partition}:lambda:${request.stack.region}:${request.stack.account}:function:${name}`;
  const principal = properties.text('Principal');
  const equals: JsonObject = {};
  for (const [property, key] of [
    ['SourceAccount', 'aws:SourceAccount'], ['PrincipalOrgID', 'aws:PrincipalOrgID'], ['EventSourceToken', 'lambda:EventSourceToken'],
    ['FunctionUrlAuthType', 'lambda:FunctionUrlAuthType'],
  ]) {
    const value = properties.optionalText(property);
    if (value !== undefined) equals[key] = value;
  }
  const sourceArn = properties.optionalText('SourceArn');
  const statement = {
    Sid: request.logicalId,
    Effect: 'Allow',
    Action: properties.text('Action'),
    Principal: principal === '*' ? '*' : { [/\.amazonaws\.com(\.cn)?$/.test(principal) ? 'Service' : 'AWS']: principal },
    Resource: arn,
    Condition: { ...Object.keys(equals).length > 0 && { StringEquals: equals }, ...sourceArn !== undefined && { ArnLike: { 'aws:SourceArn': sourceArn } } },
  };
  const carrier = arn.split(':').slice(0, 7).join(':');
  properties.taking('Principal', () => directory.addPermission(carrier, `the permissions of ${carrier}`, statement));
  return { ref: request.generatedName(128), attributes: { Id: request.generatedName(128) } };
}

/** Only its policy: nothing is encrypted here. */
function createKey(request: ResourceRequest, directory: IamDirectory) {
  const digest = createHash('sha256').update(request.generatedName(128)).digest('hex');
  const id = [digest.slice(0, 8), digest.slice(8, 12), digest.slice(12, 16), digest.slice(16, 20), digest.slice(20, 32)].join('-');
  const { partition, region, account } = request.stack;
  const arn = `arn:${partition}:kms:${region}:${account}:key/${id}`;
  const properties = new TemplateProperties(request);
  if (request.properties.KeyPolicy !== undefined) {
    properties.taking('KeyPolicy', () => directory.setResourcePolicy(arn, { name: request.path, document: properties.document('KeyPolicy') }));
  }
  return { ref: id, attributes: { Arn: arn, KeyId: id } };
}

function secretArnOf(id: string, { stack: { partition, region, account } }: ResourceRequest): string {
  return id.startsWith('arn:') ? id : `arn:${partition}:secretsmanager:${region}:${account}:secret:${id}`;
}
