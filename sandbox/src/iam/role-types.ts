import { createHash } from 'crypto';
import { IamDirectory } from './iam-directory';
import { NamedPolicy } from './policies';
import { TemplateProperties } from './template-properties';
import { ResourceRequest, ResourceType } from '../assembly/resource-type';
import { isObject } from '../json';

/** Roles and the policies that belong to them. */
export function roleTypes(directory: IamDirectory): [string, ResourceType][] {
  return [
    ['AWS::IAM::Role', { create: request => createRole(request, directory) }],
    ['AWS::IAM::Policy', { create: request => createPolicy(request, directory) }],
    ['AWS::IAM::ManagedPolicy', { create: request => createManagedPolicy(request, directory) }],
  ];
}

function createRole(request: ResourceRequest, directory: IamDirectory) {
  const properties = new TemplateProperties(request);
  const name = properties.optionalText('RoleName') ?? request.generatedName(64);
  const arn = arnOf(request, `role${properties.optionalText('Path') ?? '/'}${name}`);
  const inlinePolicies = properties.list('Policies').map((policy, at): NamedPolicy => {
    if (!isObject(policy) || typeof policy.PolicyName !== 'string') return properties.fail(`Policies/${at}`, 'needs PolicyName and PolicyDocument');
    return { name: policy.PolicyName, document: policy.PolicyDocument };
  });
  const tags = properties.list('Tags').filter(isObject).map(({ Key, Value }): [string, string] => [String(Key), String(Value)]);
  properties.taking('AssumeRolePolicyDocument', () => directory.addRole({
    arn,
    trust: properties.document('AssumeRolePolicyDocument'),
    inlinePolicies: [],
    managedPolicyArns: properties.texts('ManagedPolicyArns'),
    permissionsBoundary: properties.optionalText('PermissionsBoundary'),
    tags: Object.fromEntries(tags),
  }));
  for (const policy of inlinePolicies) properties.taking(`Policies/${policy.name}`, () => directory.attach(request.stack.account, name, policy));
  return { ref: name, attributes: { Arn: arn, RoleId: `AROA${digestOf(arn).slice(0, 17).toUpperCase()}` } };
}

function createPolicy(request: ResourceRequest, directory: IamDirectory) {
  const properties = new TemplateProperties(request);
  const policy = { name: properties.text('PolicyName'), document: properties.document('PolicyDocument') };
  properties.taking('PolicyDocument', () => attach(properties, request, directory, policy));
  return { ref: request.generatedName(128), attributes: { Id: policy.name } };
}

/** Roles may name it as well, by its ARN. */
function createManagedPolicy(request: ResourceRequest, directory: IamDirectory) {
  const properties = new TemplateProperties(request);
  const name = properties.optionalText('ManagedPolicyName') ?? request.generatedName(128);
  const arn = arnOf(request, `policy${properties.optionalText('Path') ?? '/'}${name}`);
  const policy = { name, document: properties.document('PolicyDocument') };
  properties.taking('PolicyDocument', () => {
    directory.addManagedPolicy(arn, policy);
    attach(properties, request, directory, policy);
  });
  return { ref: arn, attributes: { PolicyArn: arn, PolicyId: `ANPA${digestOf(arn).slice(0, 17).toUpperCase()}` } };
}

function attach(properties: TemplateProperties, request: ResourceRequest, directory: IamDirectory, policy: NamedPolicy): void {
  for (const role of properties.texts('Roles')) directory.attach(request.stack.account, role, policy);
  const others = [...properties.texts('Users'), ...properties.texts('Groups')];
  if (others.length > 0) directory.note(`${request.path}: users and groups are not modelled (${others.join(', ')})`);
}

function arnOf({ stack: { partition, account } }: ResourceRequest, resource: string): string {
  return `arn:${partition}:iam::${account}:${resource}`;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
