import { mkdirSync, writeFileSync } from 'fs';
import * as path from 'path';
import type { Sandbox } from '../../src';
import { JsonObject } from '../../src/json';

/** Every seventh number is one that the transform refuses, every eleventh goes to an action that its role does not allow. */
export const REFUSED = 7;
export const MISROUTED = 11;
export const BUCKET = 'line-lake';
export const ERROR_QUEUE = 'line-errors';
export const ALL_QUEUE = 'line-all';
const POLICY = 'line-device';

const TRANSFORM = `exports.handler = async ({ records }) => ({ records: records.map(({ recordId, data }) => {
  const { n } = JSON.parse(Buffer.from(data, 'base64').toString());
  return { recordId, data, result: n % ${REFUSED} === 0 ? 'ProcessingFailed' : 'Ok' };
}) });`;

/** A cloud assembly in a folder: messages of `data/#` to the lake through a transform, to a queue, and some to an action that fails. */
export function writeAssembly(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const artifact = { type: 'aws:cloudformation:stack', environment: 'aws://unknown-account/unknown-region', properties: { templateFile: 'Line.template.json' } };
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify({ version: '48.0.0', artifacts: { Line: artifact } }));
  writeFileSync(path.join(folder, 'Line.template.json'), JSON.stringify({ Resources: resources() }));
}

/** What a device of the assembly connects with. */
export async function deviceOf({ account, mqtt }: Sandbox): Promise<{ ca: string; cert: string; key: string }> {
  const call = (operation: string, input: object) => account.call('iot', operation, input, account.operator);
  const { certificateArn, certificatePem, keyPair } = await call('CreateKeysAndCertificate', { setAsActive: true });
  await call('AttachPolicy', { policyName: POLICY, target: certificateArn });
  return { ca: mqtt.caPem, cert: certificatePem, key: keyPair.PrivateKey };
}

function resources(): JsonObject {
  return {
    Device: { Type: 'AWS::IoT::Policy', Properties: { PolicyName: POLICY, PolicyDocument: allowing('iot:*') } },
    Lake: { Type: 'AWS::S3::Bucket', Properties: { BucketName: BUCKET } },
    Errors: { Type: 'AWS::SQS::Queue', Properties: { QueueName: ERROR_QUEUE, MessageRetentionPeriod: 1_209_600 } },
    All: { Type: 'AWS::SQS::Queue', Properties: { QueueName: ALL_QUEUE, MessageRetentionPeriod: 1_209_600 } },
    Closed: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'line-closed' } },
    TransformRole: role('lambda', 'logs:*'),
    Transform: {
      Type: 'AWS::Lambda::Function',
      Properties: { FunctionName: 'line-transform', Runtime: 'nodejs22.x', Handler: 'index.handler', Role: arnOf('TransformRole'), Timeout: 60, Code: { ZipFile: TRANSFORM } },
    },
    StreamRole: role('firehose', ['s3:*', 'lambda:InvokeFunction']),
    Stream: {
      Type: 'AWS::KinesisFirehose::DeliveryStream',
      Properties: {
        DeliveryStreamName: 'line-stream',
        DeliveryStreamType: 'DirectPut',
        ExtendedS3DestinationConfiguration: {
          BucketARN: arnOf('Lake'),
          RoleARN: arnOf('StreamRole'),
          Prefix: 'data/',
          ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/',
          BufferingHints: { IntervalInSeconds: 1, SizeInMBs: 1 },
          CompressionFormat: 'GZIP',
          ProcessingConfiguration: {
            Enabled: true,
            Processors: [{ Type: 'Lambda', Parameters: parameters({ LambdaArn: arnOf('Transform'), RoleArn: arnOf('StreamRole'), BufferSizeInMBs: '0.2', BufferIntervalInSeconds: '0' }) }],
          },
        },
      },
    },
    RuleRole: role('iot', ['firehose:PutRecord', 'sqs:SendMessage'], [arnOf('Stream'), arnOf('All'), arnOf('Errors')]),
    LakeRule: rule(`SELECT * FROM 'data/#' WHERE n % ${MISROUTED} <> 0`, { Firehose: { DeliveryStreamName: { Ref: 'Stream' }, RoleArn: arnOf('RuleRole'), Separator: '\n' } }),
    AllRule: rule("SELECT * FROM 'data/#'", { Sqs: sendTo('All') }),
    ClosedRule: rule(`SELECT * FROM 'data/#' WHERE n % ${MISROUTED} = 0`, { Sqs: sendTo('Closed') }),
  };
}

function rule(Sql: string, action: JsonObject): JsonObject {
  return {
    Type: 'AWS::IoT::TopicRule',
    Properties: { TopicRulePayload: { Sql, AwsIotSqlVersion: '2016-03-23', Actions: [action], ErrorAction: { Sqs: sendTo('Errors') } } },
  };
}

function sendTo(queue: string): JsonObject {
  return { QueueUrl: { Ref: queue }, RoleArn: arnOf('RuleRole'), UseBase64: false };
}

function arnOf(logicalId: string): JsonObject {
  return { 'Fn::GetAtt': [logicalId, 'Arn'] };
}

function parameters(values: JsonObject): JsonObject[] {
  return Object.entries(values).map(([ParameterName, ParameterValue]) => ({ ParameterName, ParameterValue }));
}

function allowing(Action: string | string[], Resource: JsonObject[] | string = '*'): JsonObject {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] };
}

function role(service: string, actions: string | string[], resource?: JsonObject[]): JsonObject {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: `${service}.amazonaws.com` } }] },
      Policies: [{ PolicyName: 'work', PolicyDocument: allowing(actions, resource) }],
    },
  };
}
