import { App, CfnParameter, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { DeviceRegistry, DeviceRegistryProps, IDeviceRegistry } from '../../src/provisioning/device-registry';
import { pathsAndTypes } from '../template';

function make(props: DeviceRegistryProps = {}) {
  const stack = new Stack(new App(), 'Stack');
  return { stack, registry: new DeviceRegistry(stack, 'Registry', props), template: () => Template.fromStack(stack) };
}

test('is one table, keyed by serial number, encrypted, kept, and restorable to any second', () => {
  const { stack, template } = make();
  expect(pathsAndTypes(stack)).toEqual(['Registry/Table -> AWS::DynamoDB::Table']);
  template().hasResource('AWS::DynamoDB::Table', {
    DeletionPolicy: 'Retain',
    Properties: {
      KeySchema: [{ AttributeName: 'SerialNumber', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { SSEEnabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    },
  });
});

test('goes with the stack where that is asked for', () => {
  make({ removalPolicy: RemovalPolicy.DESTROY }).template().hasResource('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' });
});

const GRANTS: [keyof IDeviceRegistry & `grant${string}`, string | string[]][] = [
  ['grantRegister', 'dynamodb:PutItem'],
  ['grantRead', ['dynamodb:BatchGetItem', 'dynamodb:DescribeTable', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan']],
  ['grantRevoke', 'dynamodb:UpdateItem'],
  ['grantClaim', ['dynamodb:GetItem', 'dynamodb:UpdateItem']],
];

test.each(GRANTS)('%s allows %j on this table', (grant, actions) => {
  const { stack, registry, template } = make();
  registry[grant](new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() }));
  template().hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: [{ Effect: 'Allow', Action: actions, Resource: stack.resolve(registry.table.tableArn) }] },
  });
});

test('a customer key comes with what a grantee needs of it', () => {
  const stack = new Stack(new App(), 'Stack');
  const encryptionKey = new kms.Key(stack, 'Key');
  const registry = new DeviceRegistry(stack, 'Registry', { encryptionKey });
  registry.grantRegister(new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() }));
  Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::Table', { SSESpecification: { SSEType: 'KMS' } });
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: [
        { Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*'], Resource: stack.resolve(encryptionKey.keyArn) },
        { Action: 'dynamodb:PutItem' },
      ],
    },
  });
});

test('may be a table that exists', () => {
  const stack = new Stack(new App(), 'Stack');
  const table = dynamodb.Table.fromTableName(stack, 'Table', 'Devices');
  const registry = DeviceRegistry.fromTable(table, { reprovisionWindow: Duration.hours(1) });
  expect(registry.table).toBe(table);
  expect(registry.reprovisionWindow!.toSeconds()).toBe(3600);
  Template.fromStack(stack).resourceCountIs('AWS::DynamoDB::Table', 0);
});

describe('reprovisionWindow', () => {
  test('is absent by default: a device provisions once', () => expect(make().registry.reprovisionWindow).toBeUndefined());
  test('may be one second', () => expect(() => make({ reprovisionWindow: Duration.seconds(1) })).not.toThrow());
  test('may be a token', () => {
    const stack = new Stack(new App(), 'Stack');
    const seconds = new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber;
    expect(() => new DeviceRegistry(stack, 'Registry', { reprovisionWindow: Duration.seconds(seconds) })).not.toThrow();
  });
  test('fails below one second', () => {
    expect(() => make({ reprovisionWindow: Duration.seconds(0) })).toThrow(
      'Stack/Registry: \'reprovisionWindow\' must be from 1 second to 10 years, got "0 seconds": leave it out to let each device provision once');
  });
});

test.each([Duration.days(3_651), Duration.days(Infinity), Duration.millis(1_500)])('fails for a window of %s, which the hook could not read', reprovisionWindow => {
  expect(() => new DeviceRegistry(new Stack(new App(), 'Stack'), 'Registry', { reprovisionWindow })).toThrow(
    /^Stack\/Registry: 'reprovisionWindow' must be from 1 second to 10 years.*: leave it out to let each device provision once$/);
});
