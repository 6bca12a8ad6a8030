import { App, CfnParameter, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatchActions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { IngestRule, RuleErrorQueue, RuleErrorQueueProps } from '../../src';

function synth(props: RuleErrorQueueProps = {}) {
  const stack = new Stack(new App(), 'Plant');
  const errors = new RuleErrorQueue(stack, 'Errors', props);
  const rule = new IngestRule(stack, 'Rule', { sql: "SELECT * FROM 'a'", ruleName: 'press', errorQueue: errors, actions: [errors] });
  return { stack, errors, rule, template: () => Template.fromStack(stack) };
}

describe('queue', () => {
  test('keeps messages for 14 days, encrypted, over TLS only, and outlives the stack', () => {
    const { template } = synth();
    template().hasResource('AWS::SQS::Queue', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true },
    });
    template().hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: [{ Action: 'sqs:*', Effect: 'Deny', Principal: { AWS: '*' }, Condition: { Bool: { 'aws:SecureTransport': 'false' } }, Resource: Match.anyValue() }],
      },
    });
  });

  test('goes with the stack when asked to', () => {
    synth({ removalPolicy: RemovalPolicy.DESTROY }).template().hasResource('AWS::SQS::Queue', { DeletionPolicy: 'Delete' });
  });

  test('is encrypted with a given key, which the rule and the redrive function may use', () => {
    const stack = new Stack(new App(), 'Plant');
    const encryptionKey = new kms.Key(stack, 'Key');
    const errorQueue = new RuleErrorQueue(stack, 'Errors', { encryptionKey });
    const rule = new IngestRule(stack, 'Rule', { sql: "SELECT * FROM 'a'", errorQueue, actions: [errorQueue] });
    const template = Template.fromStack(stack);
    const key = stack.resolve(encryptionKey.keyArn);
    template.hasResourceProperties('AWS::SQS::Queue', { KmsMasterKeyId: key });
    template.hasResourceProperties('AWS::Logs::LogGroup', { KmsKeyId: key });
    template.hasResourceProperties('AWS::IAM::Policy', {
      Roles: [stack.resolve(rule.role.roleName)],
      PolicyDocument: { Statement: Match.arrayWith([{ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'], Resource: key }]) },
    });
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Principal: { Service: { 'Fn::Join': ['', ['logs.', { Ref: 'AWS::Region' }, '.amazonaws.com']] } } })]) },
    });
  });

  test.each([60, 345_600, 1_209_600])('keeps messages for %p seconds', seconds => {
    synth({ retentionPeriod: Duration.seconds(seconds) }).template().hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: seconds });
  });

  test.each([
    [Duration.seconds(59), '59 seconds'],
    [Duration.days(14).plus(Duration.seconds(1)), '14 days 1 second'],
  ])('fails for %p', (retentionPeriod, got) => {
    expect(() => synth({ retentionPeriod })).toThrow(
      `Plant/Errors: 'retentionPeriod' must be from 60 seconds to 14 days, got "${got}": pass a Duration between these, such as Duration.days(14)`);
  });

  test('fails for a part of a second, and for what is no length of time', () => {
    expect(() => synth({ retentionPeriod: Duration.millis(60_500) })).toThrow(
      "'retentionPeriod' must be from 60 seconds to 14 days, in whole seconds, got \"60.5 seconds\": pass a Duration between these");
    expect(() => synth({ retentionPeriod: Duration.days(NaN) })).toThrow("'retentionPeriod' must be from 60 seconds to 14 days, got \"NaN seconds\"");
  });

  test('fails for a token in days, which CDK cannot convert', () => {
    const stack = new Stack(new App(), 'Plant');
    const days = new CfnParameter(stack, 'Days', { type: 'Number' }).valueAsNumber;
    expect(() => new RuleErrorQueue(stack, 'Errors', { retentionPeriod: Duration.days(days) })).toThrow(
      "'retentionPeriod' must be from 60 seconds to 14 days, or a token in seconds, got \"a token in days\": pass Duration.seconds(token)");
  });

  test('takes a token', () => {
    const stack = new Stack(new App(), 'Plant');
    const seconds = new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber;
    expect(seconds).toBeLessThan(60);
    new RuleErrorQueue(stack, 'Errors', { retentionPeriod: Duration.seconds(seconds) });
    Template.fromStack(stack).hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: { Ref: 'Seconds' } });
  });
});

describe('alarm', () => {
  test('goes off when one message waits, and tells nobody unless asked', () => {
    const { template } = synth();
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Statistic: 'Maximum',
      Period: 60,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
      AlarmActions: Match.absent(),
    });
  });

  test('runs the given actions', () => {
    const stack = new Stack(new App(), 'Plant');
    const topic = new sns.Topic(stack, 'Pager');
    new RuleErrorQueue(stack, 'Errors', { alarmActions: [new cloudwatchActions.SnsAction(topic)] });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmActions: [stack.resolve(topic.topicArn)] });
  });
});

describe('redrive', () => {
  test('may read this queue, publish to the rules that use it and write its own log, and nothing else', () => {
    const { template, stack, errors } = synth();
    template().hasResourceProperties('AWS::IAM::Policy', {
      Roles: [stack.resolve(errors.redriveFunction.role!.roleName)],
      PolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: Match.objectLike({ 'Fn::GetAtt': [Match.stringLikeRegexp('Logs'), 'Arn'] }) },
          {
            Effect: 'Allow',
            Action: ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
            Resource: stack.resolve(errors.queue.queueArn),
          },
          {
            Effect: 'Allow',
            Action: 'iot:Publish',
            Resource: {
              'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iot:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':topic/$aws/rules/press/*']],
            },
          },
        ],
      },
    });
  });

  test('runs by hand only', () => {
    const { template } = synth();
    template().resourceCountIs('AWS::Lambda::EventSourceMapping', 0);
    template().resourceCountIs('AWS::Lambda::Permission', 0);
    template().hasResourceProperties('AWS::Lambda::Function', { Runtime: 'nodejs24.x', Timeout: 300, Environment: { Variables: { RULE_QUEUE_URLS: Match.absent() } } });
  });

  test('may be granted', () => {
    const { template, stack, errors } = synth();
    const operator = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
    errors.grantRedrive(operator);
    template().hasResourceProperties('AWS::IAM::Policy', {
      Roles: [stack.resolve(operator.roleName)],
      PolicyDocument: { Statement: [Match.objectLike({ Action: 'lambda:InvokeFunction' })] },
    });
  });

  test('sends to a queue that stands for a rule on a reserved topic', () => {
    const { template, stack, errors, rule } = synth();
    const events = new sqs.Queue(stack, 'Events');
    errors.addRedriveQueue(rule, events);
    template().hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { RULE_QUEUE_URLS: { 'Fn::Join': ['', ['{"press":"', stack.resolve(events.queueUrl), '"}']] } } },
    });
    template().hasResourceProperties('AWS::IAM::Policy', {
      Roles: [stack.resolve(errors.redriveFunction.role!.roleName)],
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith(['sqs:SendMessage']), Resource: stack.resolve(events.queueArn) })]) },
    });
  });

  test('leaves a queue in another stack alone, so that the stacks do not depend on each other', () => {
    const app = new App();
    const errors = new RuleErrorQueue(new Stack(app, 'A'), 'Errors');
    const stack = new Stack(app, 'B');
    const events = new sqs.Queue(stack, 'Events');
    const rule = new IngestRule(stack, 'Rule', { sql: "SELECT * FROM 'a'", errorQueue: errors, actions: [errors] });
    errors.addRedriveQueue(rule, events);
    expect(() => app.synth()).not.toThrow();
  });
});
