import { ACCOUNT, allow, decide, deny, directoryOf, OTHER_ACCOUNT, ROLE, SESSION } from './world';
import { IamDirectory } from '../../src/iam';

const TABLE = `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/Devices`;
const QUEUE = `arn:aws:sqs:eu-west-1:${ACCOUNT}:work`;
const update = { action: 'dynamodb:UpdateItem', resource: TABLE };
const denied = `role app may not dynamodb:UpdateItem on ${TABLE}: `;

describe('a denial says', () => {
  test.each<[string, Parameters<typeof decide>, string]>([
    ['that nothing is attached', [{}, update], `${denied}no policy with a statement is attached to it`],
    ['where the action is allowed', [{ identity: [allow('s3:*', '*'), allow('dynamodb:*', `${TABLE}2`)] }, update], `${denied}its statements allow dynamodb:UpdateItem on ${TABLE}2 (statement 1 of Inline)`],
    ['what is allowed there', [{ identity: [allow('s3:*', 'x'), allow(['dynamodb:GetItem', 'dynamodb:Query'], TABLE)] }, update],
      `${denied}its statements allow dynamodb:GetItem, dynamodb:Query on ${TABLE} (statement 1 of Inline)`],
    ['that there is nothing near', [{ identity: [allow('s3:*', 'arn:aws:s3:::x')] }, update], `${denied}its statements name neither dynamodb:UpdateItem nor ${TABLE}`],
    ['which condition fails', [{ identity: [allow('dynamodb:*', '*', { Condition: { StringEquals: { k: 'v' } } })] }, update],
      `${denied}its statements allow it only if StringEquals k ["v"], and it is not in the request (statement 0 of Inline)`],
    ['what the condition found', [{ identity: [allow('dynamodb:*', '*', { Condition: { StringEquals: { k: 'v' } } })] }, { ...update, context: { k: 'w' } }],
      `${denied}its statements allow it only if StringEquals k ["v"], and it is ["w"] (statement 0 of Inline)`],
    ['which statement denies', [{ identity: [allow('*', '*'), deny('dynamodb:*', '*', { Sid: 'Frozen' })] }, update], `${denied}statement 1 (Frozen) of Inline denies it`],
    ['that the boundary is in the way', [{ identity: [allow('*', '*')], boundary: [allow('dynamodb:GetItem', '*')] }, update],
      `${denied}its permissions boundary has to allow it as well, whose statements allow dynamodb:GetItem on ${TABLE} (statement 0 of Boundary)`],
    ['that another account has to agree', [{ identity: [allow('*', '*')] }, { ...update, resource: TABLE.replace(ACCOUNT, OTHER_ACCOUNT) }],
      `role app may not dynamodb:UpdateItem on ${TABLE.replace(ACCOUNT, OTHER_ACCOUNT)}: account ${OTHER_ACCOUNT} has to let it in, and no policy of the resource is known here`],
    ['that a service needs a policy of the resource', [{}, { action: 'sqs:SendMessage', resource: QUEUE, principal: 'sns.amazonaws.com' }],
      `sns.amazonaws.com may not sqs:SendMessage on ${QUEUE}: only a policy of the resource lets a service in, and there is none`],
    ['that the policy of the resource is about others', [{ resources: { [QUEUE]: [allow('sqs:*', QUEUE, { Principal: { Service: 'ecs.amazonaws.com' } })] } },
      { action: 'sqs:SendMessage', resource: QUEUE, principal: 'sns.amazonaws.com' }], `sns.amazonaws.com may not sqs:SendMessage on ${QUEUE}: the policy of ${QUEUE} does not name it`],
    ['what is attached and not modelled', [{ managed: ['arn:aws:iam::aws:policy/AdministratorAccess'] }, update],
      `${denied}no policy with a statement is attached to it; arn:aws:iam::aws:policy/AdministratorAccess is attached to it and not modelled`],
  ])('%s', (_claim, [world, call], reason) => {
    expect(decide(world, call).reason).toBe(reason);
  });
});

test('a decision names its statement and the kind of its policy', () => {
  expect(decide({ identity: [allow('s3:*', '*'), allow('dynamodb:*', TABLE, { Sid: 'Table' })] }, update).statement)
    .toEqual({ source: 'identity', policy: 'Inline', statement: 1, sid: 'Table', effect: 'Allow' });
  expect(decide({ identity: [allow('*', '*')], boundary: [] }, update)).toMatchObject({ cause: 'implicit-deny' });
  expect(decide({ resources: { [QUEUE]: [deny('sqs:*', QUEUE, { Principal: '*' })] } }, { action: 'sqs:SendMessage', resource: QUEUE }).statement)
    .toEqual({ source: 'resource', policy: 'ResourcePolicy', statement: 0, effect: 'Deny' });
});

// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html and …/reference_policies_elements_principal.html
describe('a role is assumed', () => {
  const trust = (Principal: unknown, more: object = {}) => ({ Effect: 'Allow' as const, Principal, Action: 'sts:AssumeRole', ...more });
  const OTHER = `arn:aws:iam::${ACCOUNT}:role/other`;
  const assumes = (by: string, ...statements: ReturnType<typeof trust>[]) => directoryOf({ trust: statements }).canAssume(ROLE, by).cause;

  test('by the service that its trust policy names, and no other', () => {
    expect(assumes('lambda.amazonaws.com', trust({ Service: 'lambda.amazonaws.com' }))).toBe('allowed');
    expect(assumes('iot.amazonaws.com', trust({ Service: 'lambda.amazonaws.com' }))).toBe('implicit-deny');
  });

  test('by a role that it names; by one of an account that it names only with an identity policy', () => {
    expect(assumes(OTHER, trust({ AWS: OTHER }))).toBe('allowed');
    expect(assumes(OTHER, trust({ AWS: ACCOUNT }))).toBe('implicit-deny');
    const directory = directoryOf({ trust: [trust({ AWS: ACCOUNT })] });
    directory.attach(ACCOUNT, 'other', { name: 'MayAssume', document: { Version: '2012-10-17', Statement: allow('sts:AssumeRole', ROLE) } });
    expect(directory.canAssume(ROLE, OTHER).cause).toBe('allowed');
  });

  test('never on the ground of an identity policy alone', () => {
    const directory = directoryOf({ trust: [] });
    directory.attach(ACCOUNT, 'other', { name: 'MayAssume', document: { Version: '2012-10-17', Statement: allow('*', '*') } });
    expect(directory.canAssume(ROLE, OTHER)).toMatchObject({ cause: 'implicit-deny', reason: `role other may not sts:AssumeRole on ${ROLE}: its trust policy does not name it` });
  });

  test('only if it is there', () => {
    expect(directoryOf({}).canAssume(`${ROLE}2`, 'lambda.amazonaws.com').reason).toBe(`lambda.amazonaws.com may not sts:AssumeRole on ${ROLE}2: there is no such role`);
  });
});

test('a policy that is attached later counts at once', () => {
  const directory = directoryOf({});
  const call = { principal: ROLE, ...update };
  expect(directory.authorize(call).decision).toBe('deny');
  directory.attach(ACCOUNT, 'app', { name: 'Later', document: { Version: '2012-10-17', Statement: allow('dynamodb:*', TABLE) } });
  expect(directory.authorize(call).decision).toBe('allow');
  expect(directory.authorize({ ...call, principal: SESSION }).decision).toBe('allow');
});

test('so does a permission that is added later, beside those before it', () => {
  const directory = directoryOf({});
  const resource = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:f`;
  const may = (service: string) => directory.authorize({ principal: service, action: 'lambda:InvokeFunction', resource }).decision;
  const services = ['iot.amazonaws.com', 'sns.amazonaws.com'];
  expect(services.map(may)).toEqual(['deny', 'deny']);
  services.forEach((Service, at) => {
    directory.addPermission(resource, 'Permissions', allow('lambda:InvokeFunction', resource, { Principal: { Service } }));
    expect(services.map(may)).toEqual(['allow', at === 1 ? 'allow' : 'deny']);
  });
});

test('a policy may be put as text', () => {
  const directory = directoryOf({});
  directory.setResourcePolicy(QUEUE, { name: 'Text', document: JSON.stringify({ Statement: allow('sqs:*', QUEUE, { Principal: { AWS: ROLE } }) }) });
  expect(directory.authorize({ principal: ROLE, action: 'sqs:SendMessage', resource: QUEUE }).decision).toBe('allow');
  expect(() => directory.setResourcePolicy(QUEUE, { name: 'Text', document: '{' })).toThrow('the policy is not JSON');
  expect(() => directory.setResourcePolicy(QUEUE, { name: 'Text', document: [] })).toThrow('a policy needs a Statement');
});

test('what is not modelled is listed', () => {
  const directory = new IamDirectory();
  directory.addRole({
    arn: ROLE,
    trust: { Statement: [] },
    inlinePolicies: [],
    tags: {},
    permissionsBoundary: 'arn:aws:iam::aws:policy/PowerUserAccess',
    managedPolicyArns: ['arn:aws:iam::aws:policy/AmazonS3FullAccess', 'arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess'],
  });
  expect(directory.unmodelled).toEqual([
    `${ROLE}: the managed policy arn:aws:iam::aws:policy/AmazonS3FullAccess is not modelled; what it allows is denied`,
    `${ROLE}: the permissions boundary arn:aws:iam::aws:policy/PowerUserAccess is not modelled; what it forbids is allowed`,
  ]);
});

test.each([`arn:aws:iam::${ACCOUNT}:user/ann`, 'lambda', ''])('a caller that is no role and no service is an error: %p', principal => {
  expect(() => decide({}, { ...update, principal })).toThrow(`a caller must be the ARN of a role or of its session, or a service such as lambda.amazonaws.com, got: ${principal}`);
});

// Each is refused by the service when it is put.
test.each<[string, () => unknown, string]>([
  ['Principal in an identity policy', () => decide({ identity: [allow('*', '*', { Principal: '*' })] }, update), 'statement 0: Principal is not an element of identity policies'],
  ['no Principal in a policy of a resource', () => decide({ resources: { [QUEUE]: [allow('*', '*')] } }, update), 'statement 0: Principal or NotPrincipal must be there, and only one of them'],
  ['NotPrincipal with Allow', () => decide({ resources: { [QUEUE]: [allow('*', '*', { NotPrincipal: '*' })] } }, update), 'statement 0: NotPrincipal does not go with Allow'],
  ['a wildcard in a principal', () => decide({ resources: { [QUEUE]: [allow('*', '*', { Principal: { AWS: `${ROLE}*` } })] } }, update), `statement 0: Principal: a wildcard cannot match a part of a principal, got ${ROLE}*`],
  ['an unknown kind of principal', () => decide({ resources: { [QUEUE]: [allow('*', '*', { Principal: { Role: ROLE } })] } }, update), 'statement 0: Principal: Role is not a kind of principal'],
  ['a Resource in a trust policy', () => decide({ trust: [allow('sts:AssumeRole', '*', { Principal: '*' })] }, update), 'a trust policy cannot have a Resource'],
  ['NotPrincipal in a trust policy', () => decide({ trust: [{ Effect: 'Deny', Action: 'sts:AssumeRole', NotPrincipal: '*' }] }, update), 'a trust policy cannot have a NotPrincipal'],
])('%s is an error', (_claim, make, message) => {
  expect(make).toThrow(message);
});

test('a policy that asks for the time is asked anew each time', () => {
  const until = '2026-11-21T10:00:00Z';
  const directory = directoryOf({ identity: [allow('dynamodb:*', TABLE, { Condition: { DateLessThan: { 'aws:CurrentTime': until } } })] });
  const call = { principal: ROLE, ...update };
  try {
    jest.useFakeTimers({ now: Date.parse(until) - 1_000 });
    expect(directory.authorize(call).decision).toBe('allow');
    jest.setSystemTime(Date.parse(until) + 1_000);
    expect(directory.authorize(call).decision).toBe('deny');
  } finally {
    jest.useRealTimers();
  }
});
