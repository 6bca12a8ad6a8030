import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { fullProps } from './full-zone';
import { LandingZone, LandingZoneProps } from '../../src';

interface Resource { Type: string; Properties?: any; DeletionPolicy?: string; UpdateReplacePolicy?: string }
interface Statement { Effect: string; Action: string | string[]; Resource: unknown; Principal?: any; Condition?: any }

function synth(props: (stack: Stack) => LandingZoneProps): Record<string, Resource> {
  const stack = new Stack(new App(), 'Plant');
  new LandingZone(stack, 'Zone', props(stack));
  return Template.fromStack(stack).toJSON().Resources;
}

/** Every invariant holds for the zone without props, for one with all options, and for one with a customer key. */
const zones: [string, Record<string, Resource>][] = [
  ['no props', synth(() => ({}))],
  ['all options', synth(fullProps)],
  ['a customer key', synth(stack => ({ ...fullProps(stack), encryptionKey: new kms.Key(stack, 'Key') }))],
];

describe.each(zones)('a zone with %s', (_name, resources) => {
  const entries = Object.entries(resources);
  const of = (type: string) => entries.filter(([, { Type }]) => Type === type);

  test('lets services assume roles for this account only, and for one resource where its name is known', () => {
    const trusts = of('AWS::IAM::Role').flatMap(([id, { Properties }]) =>
      (Properties.AssumeRolePolicyDocument.Statement as Statement[])
        .map(({ Principal, Condition }) => ({ id, service: Principal.Service, condition: Condition })));
    expect(trusts.length).toBeGreaterThan(4);
    for (const { id, service, condition } of trusts.filter(trust => trust.service !== 'lambda.amazonaws.com')) {
      expect([id, service, condition?.StringEquals?.['aws:SourceAccount']]).toEqual([id, expect.stringMatching(/^(iot|firehose)\.amazonaws\.com$/), { Ref: 'AWS::AccountId' }]);
      expect([id, condition.ArnLike?.['aws:SourceArn'] ?? service]).toEqual([id, service === 'iot.amazonaws.com' ? expect.any(Object) : expect.anything()]);
    }
  });

  test('lets services invoke functions for this account and one resource only', () => {
    const permissions = of('AWS::Lambda::Permission');
    expect(permissions.length).toBeGreaterThan(0);
    // API Gateway is not documented to say the account beside the ARN; the others do.
    for (const [id, { Properties: { Principal, SourceArn, SourceAccount } }] of permissions) {
      expect([id, JSON.stringify(SourceArn)]).toEqual([id, expect.stringContaining('{"Ref":"AWS::AccountId"}')]);
      expect([id, SourceAccount]).toEqual([id, Principal === 'apigateway.amazonaws.com' ? undefined : { Ref: 'AWS::AccountId' }]);
    }
  });

  test('allows no action and no resource "*" but those on this list', () => {
    const known = [
      // DescribeEndpoint has no resource to restrict it to.
      /^iot:DescribeEndpoint$/,
      // A certificate's id is not known before it is made, and CreateKeysAndCertificate takes no resource.
      /^iot:(CreateKeysAndCertificate|ListAttachedPolicies)$/,
      // Registering a device: IAM has no resource types for these; see src/provisioning/provisioning-role.ts.
      /^iot:(RegisterThing|(Attach|Detach)ThingPrincipal|List(ThingPrincipals|PrincipalThings|PrincipalPolicies|PolicyPrincipals))$/,
      // Onboarding: the same, and a certificate that is made or looked for has no id yet; see src/onboarding/onboarding-role.ts.
      /^iot:(CreateCertificateFromCsr|ListCertificates)$/,
      // The alias of a value is not known before the message; where the assets are known a condition names them.
      /^iotsitewise:BatchPutAssetPropertyValue$/,
    ];
    const wild = statements(resources).flatMap(({ id, statement: { Effect, Action, Resource } }) => {
      const actions = [Action].flat();
      if (Effect !== 'Allow') return [];
      if (actions.includes('*') || actions.some(action => /^[a-z0-9-]+:\*$/.test(action))) return [`${id} allows ${actions}`];
      return [Resource].flat().includes('*') && !actions.every(action => known.some(pattern => pattern.test(action))) ? [`${id} allows ${actions} on *`] : [];
    });
    expect(wild).toEqual([]);
  });

  test('attaches no managed policy', () => {
    expect(of('AWS::IAM::Role').filter(([, { Properties }]) => Properties.ManagedPolicyArns).map(([id]) => id)).toEqual([]);
  });

  test('encrypts every queue, table, bucket and stream', () => {
    const open = entries.flatMap(([id, { Type, Properties = {} }]) => {
      switch (Type) {
        case 'AWS::SQS::Queue': return Properties.SqsManagedSseEnabled === true || Properties.KmsMasterKeyId ? [] : [id];
        case 'AWS::DynamoDB::Table': return Properties.SSESpecification?.SSEEnabled === true ? [] : [id];
        case 'AWS::S3::Bucket': return Properties.BucketEncryption ? [] : [id];
        case 'AWS::KinesisFirehose::DeliveryStream': return Properties.DeliveryStreamEncryptionConfigurationInput ? [] : [id];
        default: return [];
      }
    });
    expect(open).toEqual([]);
  });

  test('refuses connections to buckets and queues that are not encrypted', () => {
    const policies: [string, string][] = [['AWS::S3::Bucket', 'AWS::S3::BucketPolicy'], ['AWS::SQS::Queue', 'AWS::SQS::QueuePolicy']];
    for (const [type, policyType] of policies) {
      const refusing = of(policyType).filter(([, { Properties }]) => (Properties.PolicyDocument.Statement as Statement[])
        .some(({ Effect, Condition }) => Effect === 'Deny' && Condition?.Bool?.['aws:SecureTransport'] === 'false'));
      expect([type, refusing.length]).toEqual([type, of(type).length]);
    }
  });

  test('closes every bucket to the public', () => {
    for (const [id, { Properties }] of of('AWS::S3::Bucket')) {
      expect([id, Properties.PublicAccessBlockConfiguration])
        .toEqual([id, { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true }]);
    }
  });

  test('lets every log expire', () => {
    expect(of('AWS::Logs::LogGroup').length).toBeGreaterThan(3);
    expect(of('AWS::Logs::LogGroup').filter(([, { Properties }]) => !Properties.RetentionInDays).map(([id]) => id)).toEqual([]);
  });

  test('keeps buckets, tables and the policy of the devices when the stack is deleted', () => {
    const data = entries.filter(([, { Type }]) => ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::IoT::Policy'].includes(Type));
    const lost = data.filter(([id, { DeletionPolicy, UpdateReplacePolicy }]) => !/Claim/.test(id) && (!/^Retain/.test(DeletionPolicy ?? '') || UpdateReplacePolicy !== 'Retain'));
    expect(data.length).toBeGreaterThan(3);
    expect(lost.map(([id]) => id)).toEqual([]);
  });

  test('writes ARNs with the partition of the stack', () => {
    expect(JSON.stringify(resources)).not.toMatch(/arn:aws[a-z-]*:/);
  });

  test('fixes no name but those that must be known in advance', () => {
    const names: Record<string, string> = {
      'AWS::S3::Bucket': 'BucketName',
      'AWS::DynamoDB::Table': 'TableName',
      'AWS::SQS::Queue': 'QueueName',
      'AWS::IAM::Role': 'RoleName',
      'AWS::Lambda::Function': 'FunctionName',
      'AWS::KinesisFirehose::DeliveryStream': 'DeliveryStreamName',
      'AWS::Logs::LogGroup': 'LogGroupName',
      'AWS::IoT::Policy': 'PolicyName',
      'AWS::CloudWatch::Alarm': 'AlarmName',
      'AWS::SecretsManager::Secret': 'Name',
    };
    for (const type of Object.keys(names)) expect([type, of(type).length]).not.toEqual([type, 0]);
    expect(entries.filter(([, { Type, Properties }]) => Properties?.[names[Type]] !== undefined).map(([id]) => id)).toEqual([]);
  });

  test('gives every topic rule an error action and SQL version 2016-03-23', () => {
    expect(of('AWS::IoT::TopicRule').length).toBeGreaterThan(1);
    for (const [id, { Properties: { TopicRulePayload: payload } }] of of('AWS::IoT::TopicRule')) {
      expect([id, payload.AwsIotSqlVersion, payload.ErrorAction]).toEqual([id, '2016-03-23', expect.any(Object)]);
    }
  });
});

test('a private key is in no output, attribute, environment or property', () => {
  const text = JSON.stringify(zones.map(([, resources]) => resources));
  expect(text).not.toMatch(/PRIVATE KEY|[Pp]rivateKey|resolve:secretsmanager/);
});

test('with a customer key nothing is encrypted with another one', () => {
  const resources = zones[2][1];
  const key = Object.keys(resources).find(id => resources[id].Type === 'AWS::KMS::Key')!;
  const expected: Record<string, (properties: any) => unknown> = {
    'AWS::SQS::Queue': ({ KmsMasterKeyId }) => KmsMasterKeyId,
    'AWS::SecretsManager::Secret': ({ KmsKeyId }) => KmsKeyId,
    'AWS::Logs::LogGroup': ({ KmsKeyId }) => KmsKeyId,
    'AWS::DynamoDB::Table': ({ SSESpecification }) => SSESpecification?.KMSMasterKeyId,
    'AWS::S3::Bucket': ({ BucketEncryption }) => BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.KMSMasterKeyID,
    'AWS::Lambda::Function': ({ KmsKeyArn }) => KmsKeyArn,
    'AWS::KinesisFirehose::DeliveryStream': ({ DeliveryStreamEncryptionConfigurationInput }) => DeliveryStreamEncryptionConfigurationInput?.KeyARN,
  };
  const others = Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    const used = expected[Type]?.(Properties);
    return Type in expected && !(JSON.stringify(used) ?? '').includes(key) ? [`${id} ${JSON.stringify(used)}`] : [];
  });
  expect(others).toEqual([]);
});

test('a customer key serves CloudWatch Logs of this Region for logs of this account, and nobody else directly', () => {
  const { KeyPolicy } = Object.values(zones[2][1]).find(({ Type }) => Type === 'AWS::KMS::Key')!.Properties;
  const root = { AWS: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' }, ':root']] } };
  const others = (KeyPolicy.Statement as Statement[]).filter(({ Principal }) => JSON.stringify(Principal) !== JSON.stringify(root));
  expect(others).toEqual([{
    Effect: 'Allow',
    Principal: { Service: { 'Fn::Join': ['', ['logs.', { Ref: 'AWS::Region' }, '.amazonaws.com']] } },
    Action: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
    Resource: '*',
    Condition: {
      ArnLike: {
        'kms:EncryptionContext:aws:logs:arn': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':logs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':log-group:*']] },
      },
    },
  }]);
});

describe('with a customer key, a role', () => {
  const resources = zones[2][1];
  const key = Object.keys(resources).find(id => resources[id].Type === 'AWS::KMS::Key')!;
  const granted = statements(resources).filter(({ statement }) => statement.Effect === 'Allow');
  const actionsOf = (id: string) => granted.filter(other => other.id === id).flatMap(({ statement: { Action } }) => Action);

  test('may use that key alone, and administer none', () => {
    const uses = granted.filter(({ statement: { Action } }) => [Action].flat().some(action => action.startsWith('kms:')));
    expect(uses.length).toBeGreaterThan(5);
    for (const { id, statement: { Action, Resource } } of uses) {
      expect([id, Resource]).toEqual([id, { 'Fn::GetAtt': [key, 'Arn'] }]);
      expect([id, [Action].flat().filter(action => !/^kms:(Decrypt|Encrypt|ReEncrypt\*|GenerateDataKey\*?|DescribeKey)$/.test(action))]).toEqual([id, []]);
    }
  });

  // What it reads has to be decrypted. What it writes takes a data key, and S3, SQS, Secrets Manager and DynamoDB decrypt that.
  test.each<[RegExp, string[]]>([
    [/^sqs:ReceiveMessage$/, ['kms:Decrypt']],
    [/^sqs:SendMessage$/, ['kms:Decrypt', 'kms:GenerateDataKey']],
    [/^dynamodb:(GetItem|Query|BatchGetItem|GetRecords)$/, ['kms:Decrypt']],
    [/^dynamodb:(PutItem|UpdateItem|BatchWriteItem)$/, ['kms:Decrypt', 'kms:GenerateDataKey']],
    [/^s3:PutObject$/, ['kms:Decrypt', 'kms:GenerateDataKey']],
    [/^secretsmanager:PutSecretValue$/, ['kms:Decrypt', 'kms:GenerateDataKey']],
  ])('with %s has the use of the key that this takes: %j', (action, needed) => {
    const roles = [...new Set(granted.map(({ id }) => id))].filter(id => actionsOf(id).some(one => action.test(one)));
    expect(roles).not.toEqual([]);
    for (const id of roles) expect([id, needed.filter(one => !actionsOf(id).some(has => has.replace('*', '') === one))]).toEqual([id, []]);
  });
});

test('one prop gives everything to the stack\'s own deletion', () => {
  const resources = synth(stack => ({ ...fullProps(stack), removalPolicy: RemovalPolicy.DESTROY }));
  const kept = Object.entries(resources).filter(([id, { DeletionPolicy }]) => id.startsWith('Zone') && /^Retain/.test(DeletionPolicy ?? ''));
  expect(kept.map(([id]) => id)).toEqual([]);
});

function statements(resources: Record<string, Resource>): { id: string; statement: Statement }[] {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    if (Type === 'AWS::IAM::Policy') return Properties.PolicyDocument.Statement.map((statement: Statement) => ({ id, statement }));
    if (Type === 'AWS::IAM::Role') return (Properties.Policies ?? []).flatMap((policy: any) => policy.PolicyDocument.Statement.map((statement: Statement) => ({ id, statement })));
    return [];
  });
}
