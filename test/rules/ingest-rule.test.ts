import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { IngestRule, IngestRuleProps, IRuleAction, RuleActionConfig, RuleErrorQueue } from '../../src';
import { pathsAndTypes } from '../template';

const SQL = "SELECT * FROM 'data/#'";

class LogAction implements IRuleAction {
  public bind(rule: IngestRule): RuleActionConfig {
    return { configuration: { cloudwatchLogs: { logGroupName: 'log', roleArn: rule.role.roleArn } } };
  }
}

function synth(props: Partial<IngestRuleProps> = {}, stackName = 'Plant') {
  const stack = new Stack(new App(), stackName);
  const rule = new IngestRule(stack, 'Rule', { sql: SQL, actions: [new LogAction()], ...props });
  return { stack, rule, template: () => Template.fromStack(stack) };
}

describe('rule', () => {
  test('takes the SQL in version 2016-03-23 and is switched on', () => {
    synth().template().hasResourceProperties('AWS::IoT::TopicRule', {
      TopicRulePayload: { Sql: SQL, AwsIotSqlVersion: '2016-03-23', RuleDisabled: false, Actions: [{ CloudwatchLogs: Match.anyValue() }] },
    });
  });

  test('can be switched off', () => {
    synth({ enabled: false }).template().hasResourceProperties('AWS::IoT::TopicRule', { TopicRulePayload: { RuleDisabled: true } });
  });

  test('waits for the permissions of its role', () => {
    const { template, stack, rule } = synth();
    const policy = stack.getLogicalId(rule.node.findChild('Role').node.findChild('DefaultPolicy').node.defaultChild as any);
    template().hasResource('AWS::IoT::TopicRule', { DependsOn: Match.arrayWith([policy]) });
  });

  test('fails for an SQL that is empty, and takes one of a character', () => {
    expect(() => synth({ sql: '' })).toThrow("Plant/Rule: 'sql' must be 1 to 262144 characters, got \"\": write at least 1 character(s)");
    expect(() => synth({ sql: 'x' })).not.toThrow();
  });

  test('fails without an action when it is synthesized', () => {
    expect(() => synth({ actions: [] }).template()).toThrow("'actions' must hold at least one action: pass one, or call addAction");
  });

  test('takes 10 actions, and fails for the 11th', () => {
    const { rule, template } = synth({ actions: Array.from({ length: 9 }, () => new LogAction()) });
    rule.addAction(new LogAction());
    expect(() => rule.addAction(new LogAction()))
      .toThrow("Plant/Rule: 'actions' must be at most 10 actions, got 11: put the others on a second rule with the same SQL");
    template().hasResourceProperties('AWS::IoT::TopicRule', { TopicRulePayload: { Actions: Array.from({ length: 10 }, () => Match.anyValue()) } });
  });

  test('guards its logical ids', () => {
    expect(pathsAndTypes(synth().stack)).toEqual([
      'Rule/Errors/Alarm -> AWS::CloudWatch::Alarm',
      'Rule/Errors/Queue -> AWS::SQS::Queue',
      'Rule/Errors/Queue/Policy -> AWS::SQS::QueuePolicy',
      'Rule/Errors/Redrive/Function -> AWS::Lambda::Function',
      'Rule/Errors/Redrive/Logs -> AWS::Logs::LogGroup',
      'Rule/Errors/Redrive/Role -> AWS::IAM::Role',
      'Rule/Errors/Redrive/Role/DefaultPolicy -> AWS::IAM::Policy',
      'Rule/Role -> AWS::IAM::Role',
      'Rule/Role/DefaultPolicy -> AWS::IAM::Policy',
      'Rule/Rule -> AWS::IoT::TopicRule',
    ]);
  });
});

describe('name', () => {
  test.each(['press', 'a', 'A_1', 'x'.repeat(128)])('%s is taken as it is', ruleName => {
    synth({ ruleName }).template().hasResourceProperties('AWS::IoT::TopicRule', { RuleName: ruleName });
  });

  test('is valid without dashes and differs between stacks and between two rules of a stack', () => {
    const { rule, stack } = synth({}, 'my-plant');
    const second = new IngestRule(stack, 'Other-Rule', { sql: SQL });
    const elsewhere = synth({}, 'your-plant').rule;
    const names = [rule, second, elsewhere].map(({ ruleName }) => ruleName);
    names.forEach(name => expect(name).toMatch(/^[a-zA-Z0-9_]{1,128}$/));
    expect(new Set(names).size).toBe(3);
  });

  test('fails for a dash, and says what to remove', () => {
    expect(() => synth({ ruleName: 'my-rule' })).toThrow(
      'Plant/Rule: \'ruleName\' must be 1 to 128 characters of letters, digits and underscores, got "my-rule": remove the characters "-"');
  });

  test('fails for 129 characters, and says by how many it is too long', () => {
    const ruleName = 'x'.repeat(129);
    expect(() => synth({ ruleName })).toThrow(
      `Plant/Rule: 'ruleName' must be 1 to 128 characters of letters, digits and underscores, got "${ruleName}": shorten it by 1 characters`);
  });

  test('fails when it is empty', () => {
    expect(() => synth({ ruleName: '' })).toThrow('write at least 1 character');
  });

  test('may be a token', () => {
    const stack = new Stack(new App(), 'Plant');
    const parameter = new CfnParameter(stack, 'Name-Of-Rule');
    new IngestRule(stack, 'Rule', { sql: SQL, actions: [new LogAction()], ruleName: parameter.valueAsString });
    Template.fromStack(stack).hasResourceProperties('AWS::IoT::TopicRule', { RuleName: { Ref: 'NameOfRule' } });
  });

  test('is part of the Basic Ingest topic', () => {
    expect(synth({ ruleName: 'press' }).rule.basicIngestTopicFor('data/press-07/t')).toBe('$aws/rules/press/data/press-07/t');
  });
});

describe('role', () => {
  test('is assumed by AWS IoT for this account and this rule only', () => {
    synth({ ruleName: 'press' }).template().hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [{
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service: 'iot.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
            ArnLike: {
              'aws:SourceArn': {
                'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iot:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':rule/press']],
              },
            },
          },
        }],
      },
    });
  });

  test('may fill the error queue, and nothing else', () => {
    const { template, stack, rule } = synth();
    template().hasResourceProperties('AWS::IAM::Policy', {
      Roles: [stack.resolve(rule.role.roleName)],
      PolicyDocument: {
        Statement: [{
          Effect: 'Allow',
          Action: ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
          Resource: stack.resolve(rule.errorQueue.queue.queueArn),
        }],
      },
    });
  });
});

describe('error action', () => {
  test('sends to the queue of the rule', () => {
    const { template, stack, rule } = synth();
    template().hasResourceProperties('AWS::IoT::TopicRule', {
      TopicRulePayload: {
        ErrorAction: {
          Sqs: { QueueUrl: stack.resolve(rule.errorQueue.queue.queueUrl), RoleArn: stack.resolve(rule.role.roleArn), UseBase64: false },
        },
      },
    });
  });

  test('shares a given queue', () => {
    const stack = new Stack(new App(), 'Plant');
    const errorQueue = new RuleErrorQueue(stack, 'Errors');
    for (const id of ['A', 'B']) new IngestRule(stack, id, { sql: SQL, actions: [new LogAction()], errorQueue });
    Template.fromStack(stack).resourceCountIs('AWS::SQS::Queue', 1);
  });

  test('works across stacks in both directions of the reference', () => {
    const app = new App();
    const queueStack = new Stack(app, 'QueueStack');
    const ruleStack = new Stack(app, 'RuleStack');
    const errorQueue = new RuleErrorQueue(queueStack, 'Errors');
    new IngestRule(ruleStack, 'Rule', { sql: SQL, actions: [new LogAction()], errorQueue });
    expect(() => app.synth()).not.toThrow();
  });
});

describe('metrics', () => {
  test('of what no error action sees are counted by rule, in five minutes', () => {
    const { rule } = synth({ ruleName: 'press' });
    expect([rule.metricParseErrors(), rule.metricThrottled()].map(({ namespace, metricName, dimensions, statistic, period }) =>
      [namespace, metricName, dimensions, statistic, period.toSeconds()])).toEqual([
      ['AWS/IoT', 'ParseError', { RuleName: 'press' }, 'Sum', 300],
      ['AWS/IoT', 'RuleMessageThrottled', { RuleName: 'press' }, 'Sum', 300],
    ]);
  });

  test('take other options', () => {
    const { rule } = synth();
    for (const metric of [rule.metricParseErrors({ period: Duration.minutes(1) }), rule.metricThrottled({ period: Duration.minutes(1) })]) {
      expect(metric).toMatchObject({ period: Duration.minutes(1), statistic: 'Sum' });
    }
  });
});
