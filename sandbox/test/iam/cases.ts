import { ACCOUNT, allow, Call, deny, OTHER_ACCOUNT, ROLE, SESSION, World } from './world';

type Outcome = 'allowed' | 'explicit-deny' | 'implicit-deny';
export type Case = [claim: string, world: World, call: Call, outcome: Outcome];

const GUIDE = 'https://docs.aws.amazon.com/IAM/latest/UserGuide';
const BUCKET = 'arn:aws:s3:::plant';
const OBJECT = `${BUCKET}/a/b.json`;
const QUEUE = `arn:aws:sqs:eu-west-1:${ACCOUNT}:work`;
const TABLE = `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/Devices`;
const TOPIC = `arn:aws:sns:eu-west-1:${ACCOUNT}:pager`;
const KEY = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/0000`;
const FUNCTION = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:hook`;
const FOREIGN = `arn:aws:sqs:eu-west-1:${OTHER_ACCOUNT}:theirs`;
const RULE = `arn:aws:iot:eu-west-1:${ACCOUNT}:rule/telemetry`;
const ANYTHING = [allow('*', '*')];
const put: Call = { action: 's3:PutObject', resource: OBJECT };
const get: Call = { action: 's3:GetObject', resource: OBJECT };
const send: Call = { action: 'sqs:SendMessage', resource: QUEUE };
const item: Call = { action: 'dynamodb:GetItem', resource: TABLE };
const decrypt: Call = { action: 'kms:Decrypt', resource: KEY };
const invoke: Call = { action: 'lambda:InvokeFunction', resource: FUNCTION, principal: 'iot.amazonaws.com' };
const aws = (AWS: string | string[]) => ({ Principal: { AWS } });
const service = (Service: string | string[]) => ({ Principal: { Service } });
const when = (operator: string, key: string, value: unknown) => ({ Condition: { [operator]: { [key]: value } } });
const onQueue = (...statements: World['identity'] & object): World => ({ resources: { [QUEUE]: statements } });
const onBucket = (...statements: World['identity'] & object): World => ({ resources: { [BUCKET]: statements } });
const onKey = (...statements: World['identity'] & object): World => ({ resources: { [KEY]: statements } });
const onFunction = (...statements: World['identity'] & object): World => ({ resources: { [FUNCTION]: statements } });
/** One condition on an identity policy that allows `get`. */
const given = (claim: string, condition: object, context: Call['context'], outcome: Outcome): Case =>
  [claim, { identity: [allow('s3:GetObject', '*', { Condition: condition })] }, { ...get, context }, outcome];

/** What the pages of AWS say, by page. */
export const CASES: { readonly [page: string]: Case[] } = {
  [`${GUIDE}/reference_policies_evaluation-logic_policy-eval-denyallow.html`]: [
    ['a request that nothing allows is denied', {}, get, 'implicit-deny'],
    ['an identity policy allows', { identity: ANYTHING }, get, 'allowed'],
    ['another action is not allowed', { identity: [allow('s3:PutObject', '*')] }, get, 'implicit-deny'],
    ['a Deny of the role wins over its Allow', { identity: [...ANYTHING, deny('s3:GetObject', OBJECT)] }, get, 'explicit-deny'],
    ['a Deny of the bucket wins over an Allow of the role', { identity: ANYTHING, ...onBucket(deny('s3:*', `${BUCKET}/*`, aws('*'))) }, get, 'explicit-deny'],
    ['a Deny of the boundary wins', { identity: ANYTHING, boundary: [...ANYTHING, deny('s3:*', '*')] }, get, 'explicit-deny'],
    ['a Deny of the role wins over an Allow of the bucket', { identity: [deny('s3:*', '*')], ...onBucket(allow('s3:*', `${BUCKET}/*`, aws(ROLE))) }, get, 'explicit-deny'],
    ['a resource may allow the role alone', onQueue(allow('sqs:SendMessage', QUEUE, aws(ROLE))), send, 'allowed'],
    ['what a resource allows to the role its boundary limits', { boundary: [], ...onQueue(allow('sqs:SendMessage', QUEUE, aws(ROLE))) }, send, 'implicit-deny'],
    ['a resource may allow the session alone', onQueue(allow('sqs:SendMessage', QUEUE, aws(SESSION))), { ...send, principal: SESSION }, 'allowed'],
    ['what a resource allows to the session no boundary limits', { boundary: [], ...onQueue(allow('sqs:*', QUEUE, aws(SESSION))) }, { ...send, principal: SESSION }, 'allowed'],
    ['another session is not meant', onQueue(allow('sqs:*', QUEUE, aws(SESSION))), { ...send, principal: SESSION.replace('one', 'two') }, 'implicit-deny'],
  ],
  [`${GUIDE}/access_policies_boundaries.html`]: [
    ['what the role may and its boundary may not is denied', { identity: ANYTHING, boundary: [allow('sqs:*', '*')] }, get, 'implicit-deny'],
    ['what both may is allowed', { identity: ANYTHING, boundary: [allow('s3:Get*', `${BUCKET}/*`)] }, get, 'allowed'],
    ['a boundary alone allows nothing', { boundary: ANYTHING }, get, 'implicit-deny'],
    ['NotPrincipal with Deny always denies a role with a boundary', {
      identity: ANYTHING,
      boundary: ANYTHING,
      ...onQueue({ Effect: 'Deny', NotPrincipal: { AWS: [ROLE, ACCOUNT] }, Action: 'sqs:*', Resource: QUEUE }),
    }, send, 'explicit-deny'],
  ],
  [`${GUIDE}/reference_policies_evaluation-logic_policy-eval-basics.html`]: ([
    ['sees the list of all buckets', 's3:ListAllMyBuckets', 'arn:aws:s3:::*', 'allowed'],
    ['reads where a bucket is', 's3:GetBucketLocation', 'arn:aws:s3:::any', 'allowed'],
    ['writes to its own bucket', 's3:PutObject', 'arn:aws:s3:::carlos/x', 'allowed'],
    ['does not write to another bucket', 's3:PutObject', 'arn:aws:s3:::zoe/x', 'implicit-deny'],
    ['is denied a bucket of logs, though the bucket allows it', 's3:PutObject', 'arn:aws:s3:::carlos-logs/x', 'explicit-deny'],
  ] as [string, string, string, Outcome][]).map(([claim, action, resource, outcome]): Case => [`Carlos ${claim}`, {
    identity: [
      allow(['s3:GetBucketLocation', 's3:ListAllMyBuckets'], 'arn:aws:s3:::*'), allow('s3:*', ['arn:aws:s3:::carlos', 'arn:aws:s3:::carlos/*']), deny('s3:*', 'arn:aws:s3:::*log*'),
    ],
    resources: { 'arn:aws:s3:::carlos-logs': [allow('s3:*', 'arn:aws:s3:::carlos-logs/*', aws(ROLE))] },
  }, { action, resource }, outcome]),
  [`${GUIDE}/reference_policies_evaluation-logic-cross-account.html`]: [
    ['the role alone is not enough in another account', { identity: ANYTHING }, { ...send, resource: FOREIGN }, 'implicit-deny'],
    ['the resource alone is not enough', { resources: { [FOREIGN]: [allow('sqs:*', FOREIGN, aws(ROLE))] } }, { ...send, resource: FOREIGN }, 'implicit-deny'],
    ['both are', { identity: ANYTHING, resources: { [FOREIGN]: [allow('sqs:*', FOREIGN, aws(ROLE))] } }, { ...send, resource: FOREIGN }, 'allowed'],
    ['the resource may let in the whole account', { identity: ANYTHING, resources: { [FOREIGN]: [allow('sqs:*', FOREIGN, aws(ACCOUNT))] } }, { ...send, resource: FOREIGN }, 'allowed'],
    ['everyone still needs the own account to agree', { resources: { [FOREIGN]: [allow('sqs:*', FOREIGN, aws('*'))] } }, { ...send, resource: FOREIGN }, 'implicit-deny'],
  ],
  [`${GUIDE}/reference_policies_elements_action.html`]: [
    ['names of actions are not case-sensitive', { identity: [allow('S3:getOBJECT', '*')] }, get, 'allowed'],
    ['* stands for all actions of a service', { identity: [allow('s3:*', '*')] }, get, 'allowed'],
    ['* stands for a part of a name', { identity: [allow('s3:*Obj*', '*')] }, get, 'allowed'],
    ['? stands for one character', { identity: [allow('s3:?etObject', '*')] }, get, 'allowed'],
    ['? does not stand for two', { identity: [allow('s3:?utObjec?', '*')] }, get, 'implicit-deny'],
    ['an action of another service is another one', { identity: [allow('s3-object-lambda:GetObject', '*')] }, get, 'implicit-deny'],
  ],
  [`${GUIDE}/reference_policies_elements_notaction.html`]: [
    ['NotAction with Allow allows the others', { identity: [{ Effect: 'Allow', NotAction: 's3:DeleteBucket', Resource: 'arn:aws:s3:::*' }] }, get, 'allowed'],
    ['and not the one named', { identity: [{ Effect: 'Allow', NotAction: 's3:DeleteBucket', Resource: 'arn:aws:s3:::*' }] }, { action: 's3:DeleteBucket', resource: BUCKET }, 'implicit-deny'],
    ['NotAction with Deny denies the others', { identity: [...ANYTHING, { Effect: 'Deny', NotAction: 'iam:*', Resource: '*' }] }, get, 'explicit-deny'],
    ['and leaves the one named', { identity: [...ANYTHING, { Effect: 'Deny', NotAction: ['iam:*', 's3:Get*'], Resource: '*' }] }, get, 'allowed'],
  ],
  [`${GUIDE}/reference_policies_elements_resource.html`]: [
    ['* crosses slashes', { identity: [allow('s3:GetObject', `${BUCKET}/*`)] }, get, 'allowed'],
    ['objects are not the bucket', { identity: [allow('s3:*', `${BUCKET}/*`)] }, { action: 's3:ListBucket', resource: BUCKET }, 'implicit-deny'],
    ['the bucket is not its objects', { identity: [allow('s3:*', BUCKET)] }, get, 'implicit-deny'],
    ['? stands for one character', { identity: [allow('s3:*', 'arn:aws:s3:::plan?/*')] }, get, 'allowed'],
    ['names are case-sensitive', { identity: [allow('dynamodb:*', TABLE.toLowerCase())] }, item, 'implicit-deny'],
    ['* for the Region and account', { identity: [allow('dynamodb:*', 'arn:aws:dynamodb:*:*:table/Devices')] }, item, 'allowed'],
    ['* in one segment does not reach into the next', { identity: [allow('dynamodb:*', `arn:aws:dynamodb:*table/Devices::${ACCOUNT}:x`)] }, item, 'implicit-deny'],
    ['an index is not its table', { identity: [allow('dynamodb:Query', TABLE)] }, { action: 'dynamodb:Query', resource: `${TABLE}/index/byTime` }, 'implicit-deny'],
    ['an action that knows no resource needs *', { identity: [allow('iot:DescribeEndpoint', 'arn:aws:iot:*:*:endpoint/*')] }, { action: 'iot:DescribeEndpoint', resource: '*' }, 'implicit-deny'],
    ['and * it is', { identity: [allow('iot:DescribeEndpoint', '*')] }, { action: 'iot:DescribeEndpoint', resource: '*' }, 'allowed'],
  ],
  [`${GUIDE}/reference_policies_elements_notresource.html`]: [
    ['NotResource with Deny denies elsewhere', { identity: [...ANYTHING, { Effect: 'Deny', Action: 's3:*', NotResource: [BUCKET, `${BUCKET}/*`] }] }, { ...get, resource: 'arn:aws:s3:::x/y' }, 'explicit-deny'],
    ['and leaves what it names', { identity: [...ANYTHING, { Effect: 'Deny', Action: 's3:*', NotResource: [BUCKET, `${BUCKET}/*`] }] }, get, 'allowed'],
  ],
  [`${GUIDE}/reference_policies_elements_condition_operators.html`]: [
    given('StringEquals', { StringEquals: { 'aws:PrincipalTag/job': 'iamuser-admin' } }, { 'aws:PrincipalTag/job': 'iamuser-admin' }, 'allowed'),
    given('StringEquals is case-sensitive', { StringEquals: { k: 'Admin' } }, { k: 'admin' }, 'implicit-deny'),
    given('a key that is absent equals nothing', { StringEquals: { k: 'v' } }, {}, 'implicit-deny'),
    given('names of keys are not case-sensitive', { StringEquals: { 'AWS:sourceAccount': 'v' } }, { 'aws:SourceAccount': 'v' }, 'allowed'),
    given('StringNotEquals', { StringNotEquals: { k: 'v' } }, { k: 'w' }, 'allowed'),
    given('StringNotEquals of a key that is absent holds', { StringNotEquals: { k: 'v' } }, {}, 'allowed'),
    given('StringEqualsIgnoreCase', { StringEqualsIgnoreCase: { k: 'ADMIN' } }, { k: 'admin' }, 'allowed'),
    given('StringLike', { StringLike: { 's3:prefix': ['', 'home/*'] } }, { 's3:prefix': 'home/x' }, 'allowed'),
    given('StringNotLike', { StringNotLike: { k: 'home/*' } }, { k: 'home/x' }, 'implicit-deny'),
    given('NumericLessThanEquals', { NumericLessThanEquals: { 's3:max-keys': '10' } }, { 's3:max-keys': '10' }, 'allowed'),
    given('NumericLessThanEquals just past it', { NumericLessThanEquals: { 's3:max-keys': 10 } }, { 's3:max-keys': '11' }, 'implicit-deny'),
    given('DateGreaterThan', { DateGreaterThan: { 'aws:TokenIssueTime': '2020-01-01T00:00:01Z' } }, { 'aws:TokenIssueTime': '2020-01-01T00:00:02Z' }, 'allowed'),
    given('DateLessThan of a time that is past', { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } }, undefined, 'implicit-deny'),
    given('Bool', { Bool: { 'aws:SecureTransport': 'true' } }, undefined, 'allowed'),
    given('Bool of a call without TLS', { Bool: { 'aws:SecureTransport': true } }, { 'aws:SecureTransport': 'false' }, 'implicit-deny'),
    given('IpAddress', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, { 'aws:SourceIp': '203.0.113.9' }, 'allowed'),
    given('NotIpAddress', { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, { 'aws:SourceIp': '203.0.113.9' }, 'implicit-deny'),
    given('ArnLike', { ArnLike: { 'aws:SourceArn': 'arn:aws:iot:*:*:rule/*' } }, { 'aws:SourceArn': RULE }, 'allowed'),
    given('ArnEquals takes wildcards as well', { ArnEquals: { 'aws:SourceArn': 'arn:aws:iot:*:*:rule/tele*' } }, { 'aws:SourceArn': RULE }, 'allowed'),
    given('ArnNotLike', { ArnNotLike: { 'aws:SourceArn': RULE } }, { 'aws:SourceArn': RULE }, 'implicit-deny'),
    given('Null: the key must be absent', { Null: { k: 'true' } }, { k: 'v' }, 'implicit-deny'),
    given('IfExists of a key that is absent', { StringEqualsIfExists: { k: 'v' } }, {}, 'allowed'),
    given('IfExists of a key that is there', { StringEqualsIfExists: { k: 'v' } }, { k: 'w' }, 'implicit-deny'),
    given('all operators must hold', { StringEquals: { k: 'v' }, Bool: { 'aws:SecureTransport': 'false' } }, { k: 'v' }, 'implicit-deny'),
  ],
  [`${GUIDE}/reference_policies_condition-single-vs-multi-valued-context-keys.html`]: [
    given('ForAllValues wants every value in the list', { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['a', 'b'] } }, { 'dynamodb:Attributes': ['a', 'c'] }, 'implicit-deny'),
    given('ForAllValues holds of a part of the list', { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['a', 'b'] } }, { 'dynamodb:Attributes': ['b'] }, 'allowed'),
    given('ForAllValues holds of no values', { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['a'] } }, {}, 'allowed'),
    given('ForAnyValue wants one value in the list', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['a', 'b'] } }, { 'aws:TagKeys': ['x', 'b'] }, 'allowed'),
    given('ForAnyValue does not hold of no values', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'a' } }, {}, 'implicit-deny'),
  ],
  [`${GUIDE}/reference_policies_variables.html`]: [
    ['a variable stands for its value', { identity: [allow('s3:GetObject', `${BUCKET}/\${aws:PrincipalTag/team}/*`)], tags: { team: 'a' } }, get, 'allowed'],
    ['another value does not match', { identity: [allow('s3:GetObject', `${BUCKET}/\${aws:PrincipalTag/team}/*`)], tags: { team: 'z' } }, get, 'implicit-deny'],
    ['a variable without a value matches nothing', { identity: [allow('s3:GetObject', `${BUCKET}/\${aws:PrincipalTag/team}*`)] }, get, 'implicit-deny'],
    ['a default takes its place', { identity: [allow('s3:GetObject', `${BUCKET}/\${aws:PrincipalTag/team, 'a'}/*`)] }, get, 'allowed'],
    ['the version before has no variables', { identity: [allow('s3:GetObject', `${BUCKET}/\${aws:PrincipalTag/team}/*`)], tags: { team: 'a' }, version: '2008-10-17' }, get, 'implicit-deny'],
    ['${*} is an asterisk', { identity: [allow('s3:GetObject', `${BUCKET}/\${*}`)] }, get, 'implicit-deny'],
    ['a variable in a condition', { identity: [allow('s3:GetObject', '*', when('StringEquals', 's3:ExistingObjectTag/team', '${aws:PrincipalTag/team}'))], tags: { team: 'a' } },
      { ...get, context: { 's3:ExistingObjectTag/team': 'a' } }, 'allowed'],
  ],
  [`${GUIDE}/reference_policies_elements_principal.html`]: [
    ['an account by its id leaves the decision to IAM', onQueue(allow('sqs:*', QUEUE, aws(ACCOUNT))), send, 'implicit-deny'],
    ['an account by its ARN does the same', onQueue(allow('sqs:*', QUEUE, aws(`arn:aws:iam::${ACCOUNT}:root`))), send, 'implicit-deny'],
    ['a Deny of the account is a Deny of its roles', { identity: ANYTHING, ...onQueue(deny('sqs:*', QUEUE, aws(ACCOUNT))) }, send, 'explicit-deny'],
    ['another role is not meant', onQueue(allow('sqs:*', QUEUE, aws(`${ROLE}2`))), send, 'implicit-deny'],
    ['a session has what its role has', onQueue(allow('sqs:*', QUEUE, aws(ROLE))), { ...send, principal: SESSION }, 'allowed'],
    ['one of several principals', onQueue(allow('sqs:*', QUEUE, aws([`${ROLE}2`, ROLE]))), send, 'allowed'],
    ['* is everyone', onQueue(allow('sqs:*', QUEUE, { Principal: '*' })), send, 'allowed'],
    ['{"AWS": "*"} is everyone', onQueue(allow('sqs:*', QUEUE, aws('*'))), send, 'allowed'],
    ['everyone with aws:PrincipalArn is not limited by a boundary', { boundary: [], ...onQueue(allow('sqs:*', QUEUE, { ...aws('*'), ...when('ArnEquals', 'aws:PrincipalArn', ROLE) })) }, send, 'allowed'],
    ['aws:PrincipalArn of a session is its role', onQueue(allow('sqs:*', QUEUE, { ...aws('*'), ...when('ArnEquals', 'aws:PrincipalArn', ROLE) })), { ...send, principal: SESSION }, 'allowed'],
    ['everyone with aws:PrincipalArn of another role', onQueue(allow('sqs:*', QUEUE, { ...aws('*'), ...when('ArnEquals', 'aws:PrincipalArn', `${ROLE}2`) })), send, 'implicit-deny'],
    ['a service by its name', onQueue(allow('sqs:SendMessage', QUEUE, service('sns.amazonaws.com'))), { ...send, principal: 'sns.amazonaws.com' }, 'allowed'],
    ['one of several services', onQueue(allow('sqs:*', QUEUE, service(['ecs.amazonaws.com', 'sns.amazonaws.com']))), { ...send, principal: 'sns.amazonaws.com' }, 'allowed'],
    ['another service is not meant', onQueue(allow('sqs:*', QUEUE, service('sns.amazonaws.com'))), { ...send, principal: 'events.amazonaws.com' }, 'implicit-deny'],
    ['a service is not of the account', onQueue(allow('sqs:*', QUEUE, aws(ACCOUNT))), { ...send, principal: 'sns.amazonaws.com' }, 'implicit-deny'],
    ['a role is not a service', onQueue(allow('sqs:*', QUEUE, service('lambda.amazonaws.com'))), send, 'implicit-deny'],
  ],
  [`${GUIDE}/reference_policies_elements_notprincipal.html`]: [
    ['denies everyone but those it names', { identity: ANYTHING, ...onQueue({ Effect: 'Deny', NotPrincipal: { AWS: [`${ROLE}2`, ACCOUNT] }, Action: 'sqs:*', Resource: QUEUE }) }, send, 'explicit-deny'],
    ['leaves a role with its account', { identity: ANYTHING, ...onQueue({ Effect: 'Deny', NotPrincipal: { AWS: [ROLE, ACCOUNT] }, Action: 'sqs:*', Resource: QUEUE }) }, send, 'allowed'],
    ['may deny a role whose account is not listed', { identity: ANYTHING, ...onQueue({ Effect: 'Deny', NotPrincipal: { AWS: ROLE }, Action: 'sqs:*', Resource: QUEUE }) }, send, 'explicit-deny'],
    ['denies services, too', onQueue(allow('sqs:*', QUEUE, service('sns.amazonaws.com')), { Effect: 'Deny', NotPrincipal: { AWS: [ROLE, ACCOUNT] }, Action: 'sqs:*', Resource: QUEUE }),
      { ...send, principal: 'sns.amazonaws.com' }, 'explicit-deny'],
  ],
  [`${GUIDE}/confused-deputy.html`]: [
    ['aws:SourceArn lets in one source', onQueue(allow('sqs:SendMessage', QUEUE, { ...service('sns.amazonaws.com'), ...when('ArnEquals', 'aws:SourceArn', TOPIC) })),
      { ...send, principal: 'sns.amazonaws.com', context: { 'aws:SourceArn': TOPIC } }, 'allowed'],
    ['and no other', onQueue(allow('sqs:SendMessage', QUEUE, { ...service('sns.amazonaws.com'), ...when('ArnEquals', 'aws:SourceArn', TOPIC) })),
      { ...send, principal: 'sns.amazonaws.com', context: { 'aws:SourceArn': `${TOPIC}2` } }, 'implicit-deny'],
    ['aws:SourceAccount keeps other accounts out', onQueue(allow('sqs:SendMessage', QUEUE, { ...service('sns.amazonaws.com'), ...when('StringEquals', 'aws:SourceAccount', ACCOUNT) })),
      { ...send, principal: 'sns.amazonaws.com', context: { 'aws:SourceAccount': OTHER_ACCOUNT } }, 'implicit-deny'],
  ],
  'https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html': [
    ['an identity policy alone gives no access to a key', { identity: ANYTHING, ...onKey(allow('kms:*', '*', aws(`${ROLE}2`))) }, decrypt, 'implicit-deny'],
    ['a key policy that names the role is enough', onKey(allow('kms:Decrypt', '*', aws(ROLE))), decrypt, 'allowed'],
    ['a Deny of the key wins', { identity: ANYTHING, ...onKey(allow('kms:*', '*', aws(ROLE)), deny('kms:Decrypt', '*', aws('*'))) }, decrypt, 'explicit-deny'],
  ],
  'https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html': [
    ['the account as principal makes identity policies count', { identity: [allow('kms:Decrypt', KEY)], ...onKey(allow('kms:*', '*', aws(`arn:aws:iam::${ACCOUNT}:root`))) }, decrypt, 'allowed'],
    ['and by itself allows no role', onKey(allow('kms:*', '*', aws(`arn:aws:iam::${ACCOUNT}:root`))), decrypt, 'implicit-deny'],
    ['it counts for the actions that it names', { identity: [allow('kms:*', KEY)], ...onKey(allow('kms:Encrypt', '*', aws(ACCOUNT))) }, decrypt, 'implicit-deny'],
    ['a key without a policy of its own has such a statement', { identity: [allow('kms:Decrypt', KEY)] }, decrypt, 'allowed'],
    ['and no more than that', {}, decrypt, 'implicit-deny'],
  ],
  'https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html': [
    ['kms:ViaService allows through the service', onKey(allow('kms:*', '*', { ...aws(ROLE), ...when('StringEquals', 'kms:ViaService', 'sqs.eu-west-1.amazonaws.com') })),
      { ...decrypt, context: { 'kms:ViaService': 'sqs.eu-west-1.amazonaws.com' } }, 'allowed'],
    ['and not directly', onKey(allow('kms:*', '*', { ...aws(ROLE), ...when('StringEquals', 'kms:ViaService', 'sqs.eu-west-1.amazonaws.com') })), decrypt, 'implicit-deny'],
    ['kms:EncryptionContext:context-key', onKey(allow('kms:*', '*', { ...aws(ROLE), ...when('StringEquals', 'kms:EncryptionContext:AppName', 'zone') })),
      { ...decrypt, context: { 'kms:EncryptionContext:AppName': 'zone' } }, 'allowed'],
  ],
  'https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html': [
    ['a service may call a function that lets it', onFunction(allow('lambda:InvokeFunction', FUNCTION, service('iot.amazonaws.com'))), invoke, 'allowed'],
    ['and not one that does not', {}, invoke, 'implicit-deny'],
    ['a version is not the function', onFunction(allow('lambda:InvokeFunction', FUNCTION, service('iot.amazonaws.com'))), { ...invoke, resource: `${FUNCTION}:1` }, 'implicit-deny'],
    ['an alias by its own statement', onFunction(allow('lambda:InvokeFunction', `${FUNCTION}:live`, service('iot.amazonaws.com'))), { ...invoke, resource: `${FUNCTION}:live` }, 'allowed'],
  ],
  'https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html': [
    ['a call without TLS is denied', { identity: ANYTHING, ...onBucket(deny('s3:*', [BUCKET, `${BUCKET}/*`], { ...aws('*'), ...when('Bool', 'aws:SecureTransport', 'false') })) },
      { ...put, context: { 'aws:SecureTransport': 'false' } }, 'explicit-deny'],
    ['a call with TLS is not', { identity: ANYTHING, ...onBucket(deny('s3:*', [BUCKET, `${BUCKET}/*`], { ...aws('*'), ...when('Bool', 'aws:SecureTransport', 'false') })) }, put, 'allowed'],
  ],
  'https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html': [
    ['a topic without a policy lets in alarms of its owner', {}, { action: 'sns:Publish', resource: TOPIC, principal: 'cloudwatch.amazonaws.com', context: { 'aws:SourceOwner': ACCOUNT } }, 'allowed'],
    ['and of nobody else', {}, { action: 'sns:Publish', resource: TOPIC, principal: 'cloudwatch.amazonaws.com', context: { 'aws:SourceOwner': OTHER_ACCOUNT } }, 'implicit-deny'],
    ['a policy takes the place of that', { resources: { [TOPIC]: [deny('sns:Publish', TOPIC, { Principal: '*', ...when('Bool', 'aws:SecureTransport', 'false') })] } },
      { action: 'sns:Publish', resource: TOPIC, principal: 'cloudwatch.amazonaws.com', context: { 'aws:SourceOwner': ACCOUNT } }, 'implicit-deny'],
  ],
  'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html': [
    ['dynamodb:LeadingKeys of the own items', { identity: [allow('dynamodb:GetItem', TABLE, when('ForAllValues:StringEquals', 'dynamodb:LeadingKeys', '${aws:PrincipalTag/user}'))], tags: { user: 'u1' } },
      { ...item, context: { 'dynamodb:LeadingKeys': ['u1'] } }, 'allowed'],
    ['dynamodb:LeadingKeys of other items', { identity: [allow('dynamodb:GetItem', TABLE, when('ForAllValues:StringEquals', 'dynamodb:LeadingKeys', '${aws:PrincipalTag/user}'))], tags: { user: 'u1' } },
      { ...item, context: { 'dynamodb:LeadingKeys': ['u1', 'u2'] } }, 'implicit-deny'],
  ],
  'https://docs.aws.amazon.com/iot-sitewise/latest/userguide/grant-rule-access.html': ([
    ['an asset below the root', '/root/child', 'allowed'], ['the root', '/root', 'allowed'], ['another hierarchy', '/rooted', 'implicit-deny'],
  ] as [string, string, Outcome][]).map(([claim, hierarchy, outcome]): Case => [
    `iotsitewise:assetHierarchyPath of ${claim}`, { identity: [allow('iotsitewise:BatchPutAssetPropertyValue', '*', when('StringLike', 'iotsitewise:assetHierarchyPath', ['/root', '/root/*']))] },
    { action: 'iotsitewise:BatchPutAssetPropertyValue', resource: `arn:aws:iotsitewise:eu-west-1:${ACCOUNT}:asset/a`, context: { 'iotsitewise:assetHierarchyPath': hierarchy } }, outcome,
  ]),
  [`${GUIDE}/reference_policies_condition-keys.html`]: [
    ['aws:PrincipalAccount', { identity: [allow('s3:*', '*', when('StringEquals', 'aws:PrincipalAccount', ACCOUNT))] }, get, 'allowed'],
    ['aws:RequestedRegion', { identity: [allow('sqs:*', '*', when('StringEquals', 'aws:RequestedRegion', 'us-east-1'))] }, send, 'implicit-deny'],
    ['aws:ResourceAccount', { identity: [allow('sqs:*', '*', when('StringEquals', 'aws:ResourceAccount', ACCOUNT))] }, send, 'allowed'],
    ['aws:PrincipalIsAWSService leaves services alone', onQueue(allow('sqs:*', QUEUE, service('sns.amazonaws.com')), deny('sqs:*', QUEUE, { ...aws('*'), ...when('Bool', 'aws:PrincipalIsAWSService', 'false') })),
      { ...send, principal: 'sns.amazonaws.com' }, 'allowed'],
  ],
  'https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html': [
    ['writes logs', { managed: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'] }, { action: 'logs:PutLogEvents', resource: `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:g:log-stream:s` }, 'allowed'],
    ['and nothing else, in whatever partition', { managed: ['arn:aws-cn:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'] }, send, 'implicit-deny'],
  ],
  'https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSIoTThingsRegistration.html': [
    ['registers things', { managed: ['arn:aws:iam::aws:policy/service-role/AWSIoTThingsRegistration'] }, { action: 'iot:CreateThing', resource: `arn:aws:iot:eu-west-1:${ACCOUNT}:thing/t` }, 'allowed'],
    ['and deletes none', { managed: ['arn:aws:iam::aws:policy/service-role/AWSIoTThingsRegistration'] }, { action: 'iot:DeleteThing', resource: `arn:aws:iot:eu-west-1:${ACCOUNT}:thing/t` }, 'implicit-deny'],
  ],
};
