import { deploy } from '../../src/assembly/deployment';
import { templateOf } from '../../src/assembly/template';
import { IamDirectory, iamResourceTypes } from '../../src/iam';
import { Json } from '../../src/json';

const ACCOUNT = '111122223333';
const TRUST = { Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] };
const allowing = (Action: string, Resource: string, more: object = {}) => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource, ...more }] });
const role = (Properties: object = {}) => ({ Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: TRUST, ...Properties } });

async function deployed(Resources: object) {
  const directory = new IamDirectory();
  const stack = { id: 'Plant', stackName: 'Plant', template: templateOf({ Resources } as Json, 'Plant.template.json'), assets: [], dependsOn: [] };
  const [{ resources }] = await deploy([stack], { types: iamResourceTypes(directory), account: ACCOUNT, region: 'eu-west-1' });
  const may = (principal: string, action: string, resource: string, context = {}) => directory.authorize({ principal, action, resource, context }).decision === 'allow';
  return { directory, may, of: (id: string) => resources.get(id)! };
}
const ROLE = `arn:aws:iam::${ACCOUNT}:role/app`;
const APP = role({ RoleName: 'app' });

test('a role has its name, path, ARN and tags', async () => {
  const { of, may, directory } = await deployed({
    Named: role({ RoleName: 'app', Path: '/zone/', Tags: [{ Key: 'team', Value: 'a' }], Policies: [{ PolicyName: 'P', PolicyDocument: allowing('s3:GetObject', 'arn:aws:s3:::b/${aws:PrincipalTag/team}') }] }),
    Other: role(),
  });
  expect(of('Named')).toMatchObject({ ref: 'app', attributes: { Arn: `arn:aws:iam::${ACCOUNT}:role/zone/app`, RoleId: expect.stringMatching(/^AROA[0-9A-F]{17}$/) } });
  expect(of('Other').ref).toMatch(/^Plant-Other-[0-9A-F]{12}$/);
  expect(may(of('Named').attributes.Arn, 's3:GetObject', 'arn:aws:s3:::b/a')).toBe(true);
  // A session tells its role without the path.
  expect(may(`arn:aws:sts::${ACCOUNT}:assumed-role/app/s`, 's3:GetObject', 'arn:aws:s3:::b/a')).toBe(true);
  expect(directory.canAssume(of('Named').attributes.Arn, 'lambda.amazonaws.com').decision).toBe('allow');
});

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
test('aws:PrincipalArn of a session is the ARN of its role, with the path', async () => {
  const arn = `arn:aws:iam::${ACCOUNT}:role/zone/app`;
  const { may } = await deployed({
    App: role({ RoleName: 'app', Path: '/zone/' }),
    Q: { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: ['http://h/q'], PolicyDocument: allowing('sqs:*', '*', { Principal: '*', Condition: { ArnEquals: { 'aws:PrincipalArn': arn } } }) } },
    T: { Type: 'AWS::SNS::TopicPolicy', Properties: { Topics: [`arn:aws:sns:eu-west-1:${ACCOUNT}:t`], PolicyDocument: allowing('sns:*', '*', { Principal: { AWS: arn } }) } },
  });
  const session = `arn:aws:sts::${ACCOUNT}:assumed-role/app/s`;
  expect(may(session, 'sqs:SendMessage', `arn:aws:sqs:eu-west-1:${ACCOUNT}:q`)).toBe(true);
  expect(may(session, 'sns:Publish', `arn:aws:sns:eu-west-1:${ACCOUNT}:t`)).toBe(true);
});

test('a policy counts for each role that it names, managed ones for roles that name them as well', async () => {
  const { may, of } = await deployed({
    App: APP,
    By: role({ RoleName: 'by', ManagedPolicyArns: [{ Ref: 'Managed' }] }),
    None: role({ RoleName: 'none' }),
    Inline: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'Inline', Roles: [{ Ref: 'App' }], PolicyDocument: allowing('sqs:*', '*') } },
    Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: allowing('sns:*', '*') } },
    ByRoles: { Type: 'AWS::IAM::ManagedPolicy', Properties: { ManagedPolicyName: 'm', Roles: ['app'], PolicyDocument: allowing('iot:*', '*') } },
  });
  expect(of('ByRoles').ref).toBe(`arn:aws:iam::${ACCOUNT}:policy/m`);
  const actions = ['sqs:SendMessage', 'sns:Publish', 'iot:Publish'];
  const mayOf = (name: string) => actions.filter(action => may(`arn:aws:iam::${ACCOUNT}:role/${name}`, action, '*'));
  expect([mayOf('app'), mayOf('by'), mayOf('none')]).toEqual([['sqs:SendMessage', 'iot:Publish'], ['sns:Publish'], []]);
});

test('a permissions boundary of the template limits its role', async () => {
  const { may } = await deployed({
    App: role({ RoleName: 'app', PermissionsBoundary: { Ref: 'Limit' }, Policies: [{ PolicyName: 'All', PolicyDocument: allowing('*', '*') }] }),
    Limit: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: allowing('sqs:*', '*') } },
  });
  expect([may(ROLE, 'sqs:SendMessage', '*'), may(ROLE, 'sns:Publish', '*')]).toEqual([true, false]);
});

test('policies of queues are found by URL, of topics by ARN, of buckets by name, of secrets by ARN or name', async () => {
  const to = { Principal: { Service: 'x.amazonaws.com' } };
  const { may } = await deployed({
    Q: { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: [`https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/far`, 'http://127.0.0.1:9324/queue/near'], PolicyDocument: allowing('sqs:*', '*', to) } },
    T: { Type: 'AWS::SNS::TopicPolicy', Properties: { Topics: [`arn:aws:sns:eu-west-1:${ACCOUNT}:t`], PolicyDocument: allowing('sns:*', '*', to) } },
    B: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: 'b', PolicyDocument: allowing('s3:*', 'arn:aws:s3:::b/*', to) } },
    S: { Type: 'AWS::SecretsManager::ResourcePolicy', Properties: { SecretId: 'byName', ResourcePolicy: allowing('secretsmanager:*', '*', to) } },
  });
  for (const [action, resource, expected] of [
    ['sqs:SendMessage', `arn:aws:sqs:us-east-1:${ACCOUNT}:far`, true], ['sqs:SendMessage', `arn:aws:sqs:eu-west-1:${ACCOUNT}:near`, true],
    ['sqs:SendMessage', `arn:aws:sqs:eu-west-1:${ACCOUNT}:far`, false], ['sns:Publish', `arn:aws:sns:eu-west-1:${ACCOUNT}:t`, true],
    ['s3:PutObject', 'arn:aws:s3:::b/x/y', true], ['s3:PutObject', 'arn:aws:s3:::bb/x', false],
    ['secretsmanager:GetSecretValue', `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:byName-AbCdEf`, true],
    ['secretsmanager:GetSecretValue', `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:byName2-AbCdEf`, false],
  ] as const) expect([resource, may('x.amazonaws.com', action, resource)]).toEqual([resource, expected]);
});

test('a second policy of a queue takes the place of the first', async () => {
  const policy = (Action: string) => ({ Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: ['http://h/q'], PolicyDocument: allowing(Action, '*', { Principal: '*' }) } });
  const { may } = await deployed({ First: policy('sqs:SendMessage'), Second: policy('sqs:ReceiveMessage') });
  const queue = `arn:aws:sqs:eu-west-1:${ACCOUNT}:q`;
  expect([may('x.amazonaws.com', 'sqs:SendMessage', queue), may('x.amazonaws.com', 'sqs:ReceiveMessage', queue)]).toEqual([false, true]);
});

describe('a permission of a function', () => {
  const FUNCTION = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:hook`;
  const permission = (Properties: object) => ({ Type: 'AWS::Lambda::Permission', Properties: { Action: 'lambda:InvokeFunction', FunctionName: 'hook', Principal: 'iot.amazonaws.com', ...Properties } });
  const source = { 'aws:SourceArn': 'arn:aws:iot:eu-west-1:1:rule/r', 'aws:SourceAccount': ACCOUNT };

  test.each<[string, object, string, string, object, boolean]>([
    ['by the name of the function', {}, 'iot.amazonaws.com', FUNCTION, {}, true],
    ['by its ARN', { FunctionName: FUNCTION }, 'iot.amazonaws.com', FUNCTION, {}, true],
    ['to another service', {}, 'sns.amazonaws.com', FUNCTION, {}, false],
    ['of an alias', { FunctionName: `${FUNCTION}:live` }, 'iot.amazonaws.com', `${FUNCTION}:live`, {}, true],
    ['of an alias is not of the function', { FunctionName: `${FUNCTION}:live` }, 'iot.amazonaws.com', FUNCTION, {}, false],
    ['with its SourceArn', { SourceArn: 'arn:aws:iot:eu-west-1:1:rule/*' }, 'iot.amazonaws.com', FUNCTION, source, true],
    ['with another SourceArn', { SourceArn: 'arn:aws:iot:eu-west-1:1:rule/x' }, 'iot.amazonaws.com', FUNCTION, source, false],
    ['with its SourceAccount', { SourceAccount: ACCOUNT }, 'iot.amazonaws.com', FUNCTION, source, true],
    ['with another SourceAccount', { SourceAccount: '444455556666' }, 'iot.amazonaws.com', FUNCTION, source, false],
    ['to a role', { Principal: ROLE }, ROLE, FUNCTION, {}, true],
    ['to everyone', { Principal: '*' }, ROLE, FUNCTION, {}, true],
  ])('%s', async (_claim, properties, principal, resource, context, expected) => {
    const { may } = await deployed({ P: permission(properties) });
    expect(may(principal, 'lambda:InvokeFunction', resource, context)).toBe(expected);
  });

  test('stands beside the others', async () => {
    const { may } = await deployed({ A: permission({}), B: permission({ Principal: 'sns.amazonaws.com' }) });
    for (const service of ['iot', 'sns']) expect(may(`${service}.amazonaws.com`, 'lambda:InvokeFunction', FUNCTION)).toBe(true);
  });
});

test('a key has the policy of the template, otherwise the default one', async () => {
  const { may, of } = await deployed({
    App: role({ RoleName: 'app', Policies: [{ PolicyName: 'All', PolicyDocument: allowing('kms:*', '*') }] }),
    Own: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: allowing('kms:Encrypt', '*', { Principal: { AWS: ROLE } }) } },
    Default: { Type: 'AWS::KMS::Key' },
  });
  expect(of('Own').attributes.Arn).toBe(`arn:aws:kms:eu-west-1:${ACCOUNT}:key/${of('Own').ref}`);
  expect(['kms:Encrypt', 'kms:Decrypt'].map(action => [may(ROLE, action, of('Own').attributes.Arn), may(ROLE, action, of('Default').attributes.Arn)])).toEqual([[true, true], [false, true]]);
});

test('users and groups are named as not modelled', async () => {
  const { directory } = await deployed({ P: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'P', Users: ['ann'], Groups: ['ops'], PolicyDocument: allowing('*', '*') } } });
  expect(directory.unmodelled).toEqual(['P: users and groups are not modelled (ann, ops)']);
});

test.each<[string, object, string]>([
  ['an action without Resource', { App: APP, P: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'P', Roles: ['app'], PolicyDocument: { Statement: { Effect: 'Allow', Action: '*' } } } } },
    'Resources/P/Properties/PolicyDocument: statement 0: Resource or its Not form must be there, and only one of them'],
  ['an unknown operator', { App: role({ Policies: [{ PolicyName: 'X', PolicyDocument: allowing('*', '*', { Condition: { StringIs: { k: 'v' } } }) }] }) },
    'Resources/App/Properties/Policies/X: StringIs is not a condition operator'],
  ['a role without trust', { App: { Type: 'AWS::IAM::Role' } }, 'Resources/App/Properties/AssumeRolePolicyDocument: needs a policy, got null'],
  ['a policy that is a text', { Q: { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: ['http://h/q'], PolicyDocument: '{}' } } }, 'Resources/Q/Properties/PolicyDocument: needs a policy, got "{}"'],
  ['queues that are no list', { Q: { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: 'q', PolicyDocument: {} } } }, 'Resources/Q/Properties/Queues: needs a list, got "q"'],
  ['a permission without principal', { P: { Type: 'AWS::Lambda::Permission', Properties: { FunctionName: 'f', Action: '*' } } }, 'Resources/P/Properties/Principal: must be there'],
])('%s is an error that says where', async (_claim, resources, message) => {
  await expect(deployed(resources)).rejects.toThrow(message);
});
