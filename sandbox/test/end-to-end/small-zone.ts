import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { JsonObject } from '../../src/json';
import { Sandbox } from '../../src/sandbox';
import { SandboxOptions } from '../../src/sandbox-options';
import { roleOf } from '../account/account-under-test';

export const TEMPLATE_NAME = 'devices';
const PROVISIONING_BODY = {
  Parameters: { 'SerialNumber': { Type: 'String' }, 'AWS::IoT::Certificate::Id': { Type: 'String' } },
  Resources: {
    thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'SerialNumber' } } },
    certificate: { Type: 'AWS::IoT::Certificate', Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' }, Status: 'ACTIVE' } },
    policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyName: 'Devices' } },
  },
};
const iotPolicy = (PolicyName: string, ...statements: JsonObject[]) => ({
  Type: 'AWS::IoT::Policy',
  Properties: { PolicyName, PolicyDocument: { Version: '2012-10-17', Statement: statements.map(statement => ({ Effect: 'Allow', Resource: '*', ...statement })) } },
});

/** A resource of each service that clients call, as small as it may be. */
export const SMALL_ZONE: JsonObject = {
  Devices: iotPolicy('Devices', { Action: ['iot:Connect', 'iot:Publish', 'iot:Subscribe', 'iot:Receive', 'iot:RetainPublish'] }),
  ClaimPolicy: iotPolicy('Claims', { Action: ['iot:Connect', 'iot:Publish', 'iot:Subscribe', 'iot:Receive'] }),
  ProvisioningRole: roleOf('provisioning', [{ Effect: 'Allow', Action: 'iot:*', Resource: '*' }], 'iot.amazonaws.com'),
  Provisioning: {
    Type: 'AWS::IoT::ProvisioningTemplate',
    Properties: { TemplateName: TEMPLATE_NAME, Enabled: true, ProvisioningRoleArn: { 'Fn::GetAtt': ['ProvisioningRole', 'Arn'] }, TemplateBody: JSON.stringify(PROVISIONING_BODY) },
  },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'messages' } },
  RuleRole: roleOf('rule', [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }], 'iot.amazonaws.com'),
  Rule: {
    Type: 'AWS::IoT::TopicRule',
    Properties: {
      RuleName: 'to_queue',
      TopicRulePayload: {
        Sql: "SELECT *, topic() AS topic FROM 'data/#'",
        AwsIotSqlVersion: '2016-03-23',
        Actions: [{ Sqs: { QueueUrl: { Ref: 'Queue' }, RoleArn: { 'Fn::GetAtt': ['RuleRole', 'Arn'] }, UseBase64: false } }],
      },
    },
  },
  Table: {
    Type: 'AWS::DynamoDB::Table',
    Properties: { TableName: 'items', BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }], KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] },
  },
  Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'small-zone' } },
  Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'pager' } },
  Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'token', SecretString: 'open sesame' } },
  FunctionRole: roleOf('function', []),
  Function: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: 'double',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: { 'Fn::GetAtt': ['FunctionRole', 'Arn'] },
      Code: { ZipFile: 'exports.handler = async ({ n }) => 2 * n;' },
    },
  },
};

/** A cloud assembly with one stack, `Small`, as `cdk synth` would write it. */
export function writeAssembly(folder: string, resources: JsonObject | string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify({
    version: '36.0.0', artifacts: { Small: { type: 'aws:cloudformation:stack', environment: 'aws://unknown-account/unknown-region', properties: { templateFile: 'Small.template.json' } } },
  }));
  const template = typeof resources === 'string' ? resources
    : JSON.stringify({ Resources: resources, Outputs: { QueueUrl: { Value: { Ref: 'Queue' } } } });
  writeFileSync(path.join(folder, 'Small.template.json'), template);
  return folder;
}

/** A folder that goes with the test, with an assembly of the small zone. */
export class Workplace {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'small-zone-'));
  readonly state = path.join(this.folder, 'state');
  private readonly started: Sandbox[] = [];

  /** @param resources - of the template; text is taken as it is */
  async start(options: Partial<SandboxOptions> = {}, resources: JsonObject | string = SMALL_ZONE): Promise<Sandbox> {
    const assembly = writeAssembly(path.join(this.folder, 'cdk.out'), resources);
    const sandbox = await Sandbox.start({ assembly, state: this.state, port: 0, mqttPort: 0, dynamodb: 'dynalite', ...options });
    this.started.push(sandbox);
    return sandbox;
  }

  async remove(): Promise<void> {
    for (const sandbox of this.started) await sandbox.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Thing and certificate for a client, as the command `device` writes them. */
export async function identityOf(sandbox: Sandbox, thing: string, policy = 'Devices'): Promise<{ certificatePem: string; privateKey: string; caPem: string }> {
  return await sandbox.services.localApi.ask('POST device', { thing, policy }) as { certificatePem: string; privateKey: string; caPem: string };
}

/** What an SDK of AWS is made with. */
export const clientOf = ({ endpointUrl }: Sandbox) => ({
  endpoint: endpointUrl, region: 'eu-west-1', credentials: { accessKeyId: 'operator', secretAccessKey: 'operator' }, maxAttempts: 1, disableHostPrefix: true,
});
