import { App, CfnElement, CfnParameter, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { IConstruct } from 'constructs';
import { IngestRule, LifecycleConnectivityTable, LifecycleConnectivityTableProps, RuleErrorQueue, SqsAction } from '../../src';
import { pathsAndTypes } from '../template';

function synth(props: LifecycleConnectivityTableProps | ((stack: Stack) => LifecycleConnectivityTableProps) = {}) {
  const stack = new Stack(new App(), 'Plant');
  const part = new LifecycleConnectivityTable(stack, 'Connectivity', typeof props === 'function' ? props(stack) : props);
  return { stack, part, template: () => Template.fromStack(stack) };
}

const withAlerts = (props: Partial<LifecycleConnectivityTableProps> = {}) =>
  (stack: Stack) => ({ offlineAlertTopic: new sns.Topic(stack, 'Alerts', { enforceSSL: true }), ...props });

function sqlOf(template: Template): string[] {
  return Object.values(template.findResources('AWS::IoT::TopicRule')).map(({ Properties }) => Properties.TopicRulePayload.Sql as string).sort();
}

/** The statements of the role of one function, by the path of its construct. */
function statementsOf(stack: Stack, path: string): unknown[] {
  const part = stack.node.findChild('Connectivity').node;
  const policies = [
    part.findChild(path).node.findChild('Role').node.findChild('DefaultPolicy'),
    part.findChild(path.replace('Handler', 'Mapping')).node.findChild('Policy'),
  ] as iam.Policy[];
  return policies.flatMap(policy => stack.resolve(policy.document).Statement.map(single));
}

/** CloudFormation reads a list of one resource as that resource. */
function single(statement: { Resource: unknown }): unknown {
  const { Resource } = statement;
  return { ...statement, Resource: Array.isArray(Resource) && Resource.length === 1 ? Resource[0] : Resource };
}

describe('rules', () => {
  test('take connected and disconnected events, and no client of the console', () => {
    expect(sqlOf(synth().template())).toEqual([
      "SELECT * FROM '$aws/events/presence/connected/#' WHERE NOT startswith(clientId, 'iotconsole')",
      "SELECT * FROM '$aws/events/presence/disconnected/#' WHERE NOT startswith(clientId, 'iotconsole')",
    ]);
  });

  test('take clients whose id has slashes, which are levels of the topic', () => {
    const filters = sqlOf(synth(withAlerts()).template()).map(sql => /FROM '([^']+)'/.exec(sql)![1]);
    expect(filters.map(filter => filter.replace(/[^/]+$/, ''))).toEqual(['connected', 'disconnected', 'disconnected'].map(kind => `$aws/events/presence/${kind}/`));
    expect(filters.map(filter => filter.split('/').at(-1))).toEqual(['#', '#', '#']);
  });

  test('leave out the clients that are named, each by its prefix', () => {
    expect(sqlOf(synth({ ignoredClientIdPrefixes: ['test-', 'iot console'] }).template())[0]).toBe(
      "SELECT * FROM '$aws/events/presence/connected/#' WHERE NOT startswith(clientId, 'test-') AND NOT startswith(clientId, 'iot console')");
  });

  test('take only the clients that are named, each by its prefix, and of these not the ignored ones', () => {
    expect(sqlOf(synth({ clientIdPrefixes: ['north-'] }).template())[0]).toMatch(/ WHERE startswith\(clientId, 'north-'\) AND NOT startswith\(clientId, 'iotconsole'\)$/);
    const sql = sqlOf(synth(withAlerts({ clientIdPrefixes: ['north-', 'n/'], ignoredClientIdPrefixes: ['north-test'] })).template());
    for (const statement of sql) {
      expect(statement).toContain(" WHERE (startswith(clientId, 'north-') OR startswith(clientId, 'n/')) AND NOT startswith(clientId, 'north-test')");
    }
    expect(sqlOf(synth({ clientIdPrefixes: [] }).template())).toEqual(sqlOf(synth().template()));
  });

  test('take every client where no prefix is named', () => {
    expect(sqlOf(synth({ ignoredClientIdPrefixes: [] }).template())).toEqual([
      "SELECT * FROM '$aws/events/presence/connected/#'", "SELECT * FROM '$aws/events/presence/disconnected/#'",
    ]);
  });

  test('send to the queue, as text, and to the error queue what fails', () => {
    const { template, stack, part } = synth();
    template().allResourcesProperties('AWS::IoT::TopicRule', {
      TopicRulePayload: {
        AwsIotSqlVersion: '2016-03-23',
        Actions: [{ Sqs: { QueueUrl: stack.resolve(part.queue.queueUrl), UseBase64: false, RoleArn: Match.anyValue() } }],
        ErrorAction: { Sqs: Match.objectLike({ QueueUrl: stack.resolve(part.errorQueue.queue.queueUrl) }) },
      },
    });
    template().resourceCountIs('AWS::IoT::TopicRule', 2);
  });

  test('may only send to their queue and to the error queue', () => {
    const { stack, part } = synth();
    const policy = part.connectedRule.node.findChild('Role').node.findChild('DefaultPolicy') as iam.Policy;
    expect(stack.resolve(policy.document).Statement).toEqual([part.errorQueue.queue, part.queue].map(queue => ({
      Effect: 'Allow',
      Action: ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
      Resource: stack.resolve(queue.queueArn),
    })));
  });

  test('are redriven straight to the queue, since nobody can publish to $aws/events', () => {
    const { stack, part } = synth();
    const redrive = part.errorQueue.node.findChild('Redrive').node.findChild('Function') as lambda.Function;
    const { variables } = stack.resolve((redrive.node.defaultChild as lambda.CfnFunction).environment);
    const [before, url] = variables.RULE_QUEUE_URLS['Fn::Join'][1];
    expect([before, url]).toEqual([`{"${part.connectedRule.ruleName}":"`, stack.resolve(part.queue.queueUrl)]);
  });

  test('tell of the first event that AWS IoT throttles, each by an alarm of its own', () => {
    const { template, stack, part } = synth(scope => ({
      ...withAlerts()(scope), alarmActions: [{ bind: () => ({ alarmActionArn: 'arn:action' }) }] as cloudwatch.IAlarmAction[],
    }));
    const throttled = Object.values(template().findResources('AWS::CloudWatch::Alarm', { Properties: { MetricName: 'RuleMessageThrottled' } })).map(({ Properties }) => Properties);
    expect(throttled.map(({ Dimensions }) => Dimensions)).toEqual(expect.arrayContaining(
      [part.connectedRule, part.disconnectedRule, part.alertRule!].map(rule => [{ Name: 'RuleName', Value: stack.resolve(rule.ruleName) }])));
    for (const alarm of throttled) {
      expect(alarm).toMatchObject({
        Namespace: 'AWS/IoT', Statistic: 'Sum', Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData: 'notBreaching', AlarmActions: ['arn:action'],
      });
    }
    expect(part.throttleAlarms.map(({ node }) => node.id)).toEqual(['ConnectedThrottleAlarm', 'DisconnectedThrottleAlarm', 'AlertThrottleAlarm']);
    expect(synth().part.throttleAlarms).toHaveLength(2);
  });

  test('share the error queue that is given', () => {
    const { stack, template, part } = synth(scope => ({ errorQueue: new RuleErrorQueue(scope, 'Errors') }));
    expect(part.errorQueue).toBe(stack.node.findChild('Errors'));
    template().resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { MetricName: 'ApproximateNumberOfMessagesVisible' }, 2);
  });
});

describe('SqsAction', () => {
  test('encodes the payload on request', () => {
    const stack = new Stack(new App(), 'Plant');
    new IngestRule(stack, 'Rule', { sql: "SELECT * FROM 'a'", actions: [new SqsAction(new sqs.Queue(stack, 'Queue'), { useBase64: true })] });
    Template.fromStack(stack).hasResourceProperties('AWS::IoT::TopicRule', {
      TopicRulePayload: { Actions: [{ Sqs: Match.objectLike({ UseBase64: true }) }] },
    });
  });

  test('fails for a FIFO queue', () => {
    const stack = new Stack(new App(), 'Plant');
    const queue = new sqs.Queue(stack, 'Queue', { fifo: true });
    expect(() => new IngestRule(stack, 'Rule', { sql: "SELECT * FROM 'a'", actions: [new SqsAction(queue)] })).toThrow(
      "Plant/Rule: 'queue' must be a standard queue, got \"Plant/Queue\": AWS IoT rules cannot send to FIFO queues; "
      + 'leave `fifo` out and order by the content of the messages');
  });
});

describe('table', () => {
  test('is keyed by client, on demand, encrypted, recoverable, and kept when the stack is deleted', () => {
    synth().template().hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: {
        KeySchema: [{ AttributeName: 'ClientID', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'ClientID', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
        StreamSpecification: Match.absent(),
        TimeToLiveSpecification: Match.absent(),
      },
    });
    synth().template().resourceCountIs('AWS::DynamoDB::Table', 1);
  });

  test('has a stream on request', () => {
    const { template, part } = synth({ stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES });
    template().hasResourceProperties('AWS::DynamoDB::Table', { StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' } });
    expect(part.table.tableStreamArn).toBeDefined();
  });

  test('goes with the stack on request', () => {
    synth({ removalPolicy: RemovalPolicy.DESTROY, historyRetention: Duration.days(1) }).template()
      .allResources('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' });
  });

  test('may be your own: none is made, and only writing an item is granted', () => {
    const { template, stack, part } = synth(scope => ({ table: dynamodb.Table.fromTableName(scope, 'Own', 'clients') }));
    template().resourceCountIs('AWS::DynamoDB::Table', 0);
    expect(part.table.tableName).toBe('clients');
    expect(statementsOf(stack, 'Handler')).toContainEqual({
      Effect: 'Allow', Action: ['dynamodb:UpdateItem', 'dynamodb:GetItem'], Resource: stack.resolve(part.table.tableArn),
    });
  });

  test('fails for a stream beside a table of your own', () => {
    expect(() => synth(scope => ({ table: dynamodb.Table.fromTableName(scope, 'Own', 'clients'), stream: dynamodb.StreamViewType.KEYS_ONLY }))).toThrow(
      "Plant/Connectivity: 'stream' must be left out beside 'table', got \"KEYS_ONLY\": set the stream where that table is made");
  });
});

describe('history', () => {
  test('is a second table whose items expire', () => {
    const { template, part } = synth({ historyRetention: Duration.days(30) });
    template().resourceCountIs('AWS::DynamoDB::Table', 2);
    template().hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: {
        KeySchema: [{ AttributeName: 'ClientID', KeyType: 'HASH' }, { AttributeName: 'EventID', KeyType: 'RANGE' }],
        TimeToLiveSpecification: { AttributeName: 'ExpiresAt', Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    });
    template().hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ HISTORY_RETENTION_SECONDS: '2592000' }) },
    });
    expect(part.historyTable).toBeDefined();
  });

  test('is not there by default, and cannot be read then', () => {
    const { part, stack } = synth();
    expect(part.historyTable).toBeUndefined();
    expect(() => part.grantReadHistory(new iam.Role(stack, 'R', { assumedBy: new iam.AccountRootPrincipal() })))
      .toThrow("Plant/Connectivity: 'historyRetention' must be set before the history can be read: pass Duration.days(30)");
  });

  test('can be as short as a day', () => {
    expect(() => synth({ historyRetention: Duration.days(1) })).not.toThrow();
  });

  test.each<[Duration, string, string]>([
    [Duration.seconds(86_399), '', '23 hours 59 minutes'],
    [Duration.millis(86_400_500), ', in whole seconds', '86400.5 seconds'],
    [Duration.days(36_501), '', '36501 days'],
    [Duration.days(NaN), '', 'NaN seconds'],
    [Duration.days(new CfnParameter(new Stack(), 'Days', { type: 'Number' }).valueAsNumber), ', or a token in seconds', 'a token in days'],
  ])('fails for a retention of %s', (historyRetention, allowed, got) => {
    const fix = got.includes('token') ? 'pass Duration.seconds(token)' : 'pass Duration.days(1) to Duration.days(36500), or leave it out for no history';
    expect(() => synth({ historyRetention })).toThrow(
      `Plant/Connectivity: 'historyRetention' must be from 1 to 36500 days${allowed}, got "${got}": ${fix}`);
  });

  test('takes a retention that is known only at deployment', () => {
    const retention = (scope: Stack) => ({ historyRetention: Duration.seconds(new CfnParameter(scope, 'Retention', { type: 'Number' }).valueAsNumber) });
    synth(retention).template().hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ HISTORY_RETENTION_SECONDS: { Ref: 'Retention' } }) },
    });
  });
});

describe('function', () => {
  test('takes batches, answers which events failed, and runs 10 times at once', () => {
    const { template, stack, part } = synth();
    template().hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: stack.resolve(part.queue.queueArn),
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 10 },
    });
  });

  test('is called only once it may take from the queue', () => {
    const { stack, part, template } = synth();
    const mapping = part.node.findChild('Mapping').node;
    const idOf = (construct: IConstruct) => stack.getLogicalId(construct.node.defaultChild as CfnElement);
    const [{ DependsOn }] = Object.values(template().findResources('AWS::Lambda::EventSourceMapping'));
    expect(DependsOn).toContain(idOf(mapping.findChild('Policy')));
  });

  test('may write its log and the table, and take from the queue: nothing else', () => {
    const { stack, part } = synth();
    expect(statementsOf(stack, 'Handler')).toEqual([
      expect.objectContaining({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }),
      { Effect: 'Allow', Action: ['dynamodb:UpdateItem', 'dynamodb:GetItem'], Resource: stack.resolve(part.table.tableArn) },
      {
        Effect: 'Allow',
        Action: ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
        Resource: stack.resolve(part.queue.queueArn),
      },
    ]);
  });

  test('may add to the history, and not read it', () => {
    const { stack, part } = synth({ historyRetention: Duration.days(1) });
    expect(statementsOf(stack, 'Handler')).toContainEqual({
      Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: stack.resolve(part.historyTable!.tableArn),
    });
  });

  test.each([2, 1_000])('runs %d times at once on request', maxConcurrency => {
    synth({ maxConcurrency }).template().allResourcesProperties('AWS::Lambda::EventSourceMapping', { ScalingConfig: { MaximumConcurrency: maxConcurrency } });
  });

  test.each([1, 1_001, 2.5])('fails for a maxConcurrency of %d', maxConcurrency => {
    expect(() => synth({ maxConcurrency })).toThrow(
      `Plant/Connectivity: 'maxConcurrency' must be a whole number from 2 to 1000 invocations, got ${maxConcurrency}: `
      + 'pass a number of invocations within these limits');
  });

  test('takes a maxConcurrency that is known only at deployment', () => {
    expect(() => synth({ maxConcurrency: Lazy.number({ produce: () => 5 }) }).template()).not.toThrow();
  });

  test('may be your own, which only gets to take from the queue', () => {
    const { stack, template, part } = synth(scope => ({
      handler: new lambda.Function(scope, 'Own', { code: lambda.Code.fromInline('x'), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X }),
    }));
    expect(part.node.tryFindChild('Handler')).toBeUndefined();
    template().hasResourceProperties('AWS::Lambda::EventSourceMapping', { FunctionName: stack.resolve(part.function.functionName) });
  });

  test('fails for a history beside a function of your own', () => {
    expect(() => synth(scope => ({
      handler: lambda.Function.fromFunctionName(scope, 'Own', 'own'), historyRetention: Duration.days(2),
    }))).toThrow("Plant/Connectivity: 'historyRetention' must be left out beside 'handler', got \"2 days\": let your function write its own history");
  });
});

describe('queues', () => {
  test('are encrypted, by TLS only, and move an event to the dead-letter queue after 5 attempts', () => {
    const { template, stack, part } = synth();
    template().allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
    template().resourceCountIs('AWS::SQS::Queue', 3);
    template().resourceCountIs('AWS::SQS::QueuePolicy', 3);
    template().hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 180,
      RedrivePolicy: { deadLetterTargetArn: stack.resolve(part.deadLetterQueue.queueArn), maxReceiveCount: 5 },
    });
    const deadLetters = stack.getLogicalId(part.deadLetterQueue.node.defaultChild as CfnElement);
    expect(template().findResources('AWS::SQS::Queue')[deadLetters]).toMatchObject({ DeletionPolicy: 'Retain', Properties: { MessageRetentionPeriod: 1_209_600 } });
  });

  test('go in alarm when an event could not be written, and tell whom you name', () => {
    const { template, stack, part } = synth(() => ({ alarmActions: [{ bind: () => ({ alarmActionArn: 'arn:action' }) }] as cloudwatch.IAlarmAction[] }));
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: stack.resolve(part.deadLetterQueue.queueName) }],
      Threshold: 1,
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: ['arn:action'],
    });
  });

  test('go in alarm when an event waits for 15 minutes', () => {
    const { template, stack, part } = synth(() => ({ alarmActions: [{ bind: () => ({ alarmActionArn: 'arn:action' }) }] as cloudwatch.IAlarmAction[] }));
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateAgeOfOldestMessage',
      Dimensions: [{ Name: 'QueueName', Value: stack.resolve(part.queue.queueName) }],
      Threshold: 900,
      Statistic: 'Maximum',
      Period: 60,
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: ['arn:action'],
    });
    expect(part.lagAlarm.node.id).toBe('LagAlarm');
  });

  test('go in alarm when many clients come and go within a minute, and only where you say how many are many', () => {
    const { template, stack, part } = synth({ stormAlarmThreshold: 5_000 });
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'NumberOfMessagesSent',
      Dimensions: [{ Name: 'QueueName', Value: stack.resolve(part.queue.queueName) }],
      Threshold: 5_000,
      Statistic: 'Sum',
      Period: 60,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    });
    expect(part.stormAlarm!.node.id).toBe('StormAlarm');
    expect(synth().part.stormAlarm).toBeUndefined();
    synth().template().resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { MetricName: 'NumberOfMessagesSent' }, 0);
  });

  test.each([1, 100_000_000])('may go in alarm from %d events a minute', stormAlarmThreshold => {
    expect(() => synth({ stormAlarmThreshold })).not.toThrow();
  });

  test.each([0, 1.5, 100_000_001])('fail for a storm of %d events', stormAlarmThreshold => {
    expect(() => synth({ stormAlarmThreshold })).toThrow(
      `Plant/Connectivity: 'stormAlarmThreshold' must be a whole number from 1 to 100000000 events, got ${stormAlarmThreshold}: pass a number of events within these limits`);
  });

  test('have metrics for what waits, how far the table is behind, and what failed', () => {
    const { stack, part } = synth();
    const shown = (metric: cloudwatch.Metric) => [metric.metricName, metric.statistic, stack.resolve(metric.dimensions!.QueueName)];
    expect([part.metricWaiting(), part.metricLag(), part.metricFailed({ statistic: 'Sum' })].map(shown)).toEqual([
      ['ApproximateNumberOfMessagesVisible', 'Maximum', stack.resolve(part.queue.queueName)],
      ['ApproximateAgeOfOldestMessage', 'Maximum', stack.resolve(part.queue.queueName)],
      ['ApproximateNumberOfMessagesVisible', 'Sum', stack.resolve(part.deadLetterQueue.queueName)],
    ]);
  });
});

describe('offline alerts', () => {
  test('are not there by default', () => {
    const { part, template } = synth();
    expect([part.alertRule, part.alertQueue, part.alertFunction]).toEqual([undefined, undefined, undefined]);
    template().resourceCountIs('AWS::Lambda::EventSourceMapping', 1);
  });

  test('wait five minutes, and never for a session that was replaced', () => {
    const { template } = synth(withAlerts());
    expect(sqlOf(template())[2]).toBe(
      "SELECT * FROM '$aws/events/presence/disconnected/#' WHERE NOT startswith(clientId, 'iotconsole') AND disconnectReason <> 'DUPLICATE_CLIENTID'");
    template().hasResourceProperties('AWS::SQS::Queue', { DelaySeconds: 300, VisibilityTimeout: 180, RedrivePolicy: Match.anyValue() });
  });

  test('may write the table and publish to the topic, by a function of their own', () => {
    const { stack, part } = synth(withAlerts());
    const topic = stack.node.findChild('Alerts') as sns.Topic;
    expect(statementsOf(stack, 'AlertHandler')).toEqual([
      expect.objectContaining({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }),
      { Effect: 'Allow', Action: ['dynamodb:UpdateItem', 'dynamodb:GetItem'], Resource: stack.resolve(part.table.tableArn) },
      { Effect: 'Allow', Action: 'sns:Publish', Resource: stack.resolve(topic.topicArn) },
      expect.objectContaining({ Resource: stack.resolve(part.alertQueue!.queueArn) }),
    ]);
    const programs = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties.Code.S3Key);
    expect(new Set(programs).size).toBe(programs.length);
  });

  test.each([0, 1, 900])('can wait %d seconds', seconds => {
    synth(withAlerts({ offlineAlertQuietPeriod: Duration.seconds(seconds) })).template()
      .hasResourceProperties('AWS::SQS::Queue', { DelaySeconds: seconds });
  });

  test.each<[Duration, string, string]>([
    [Duration.seconds(901), '', '15 minutes 1 second'],
    [Duration.millis(1_500), ', in whole seconds', '1.5 seconds'],
    [Duration.minutes(NaN), '', 'NaN seconds'],
    [Duration.minutes(new CfnParameter(new Stack(), 'Minutes', { type: 'Number' }).valueAsNumber), ', or a token in seconds', 'a token in minutes'],
  ])('fail for a quiet period of %s', (offlineAlertQuietPeriod, allowed, got) => {
    const fix = got.includes('token') ? 'pass Duration.seconds(token)' : 'pass Duration.minutes(15) or less';
    expect(() => synth(withAlerts({ offlineAlertQuietPeriod }))).toThrow(
      `Plant/Connectivity: 'offlineAlertQuietPeriod' must be from 0 to 900 seconds${allowed}, got "${got}": ${fix}`);
  });

  test('take a quiet period that is known only at deployment', () => {
    synth(stack => withAlerts({ offlineAlertQuietPeriod: Duration.seconds(new CfnParameter(stack, 'Quiet', { type: 'Number' }).valueAsNumber) })(stack))
      .template().hasResourceProperties('AWS::SQS::Queue', { DelaySeconds: { Ref: 'Quiet' } });
  });

  test('fail for a quiet period without a topic', () => {
    expect(() => synth({ offlineAlertQuietPeriod: Duration.minutes(1) })).toThrow(
      "Plant/Connectivity: 'offlineAlertTopic' must be set beside 'offlineAlertQuietPeriod', got undefined: pass the topic that alerts go to");
  });

  test('fail for a FIFO topic', () => {
    expect(() => synth(stack => ({ offlineAlertTopic: new sns.Topic(stack, 'Alerts', { fifo: true }) }))).toThrow(
      "Plant/Connectivity: 'offlineAlertTopic' must be a standard topic, got \"Plant/Alerts\": leave `fifo` out; alerts have no order");
  });
});

describe('ignored client ids', () => {
  test.each(['a', 'x'.repeat(128), 'ä b-c_d.e:f/g'])('may begin with %s', prefix => {
    expect(() => synth({ ignoredClientIdPrefixes: [prefix] })).not.toThrow();
  });

  test('may begin with a prefix that is known only at deployment', () => {
    const props = (stack: Stack) => ({ ignoredClientIdPrefixes: [Lazy.string({ produce: () => 'x'.repeat(200) }), new CfnParameter(stack, 'Prefix').valueAsString] });
    expect(() => synth(props).template()).not.toThrow();
  });

  test.each([
    ["it's", "remove the characters \"'\""],
    ['a"', 'remove the characters "\\""'],
    ['a\\', 'remove the characters "\\\\"'],
    ['a\nb\r', 'remove the characters "\\n\\r"'],
    ['a\u0000b\u2028', 'remove the characters "\\u0000\u2028"'],
    ['a\ud800', 'remove the characters "\\ud800"'],
    ['a#', 'remove the characters "#"'],
    ['', 'write at least 1 character(s), or leave it out'],
    ['x'.repeat(129), 'shorten it by 1 characters'],
  ])('fail for the prefix %j', (prefix, fix) => {
    expect(() => synth({ ignoredClientIdPrefixes: ['ok', prefix] })).toThrow(
      "Plant/Connectivity: 'ignoredClientIdPrefixes[1]' must be 1 to 128 characters of any kind but quotes, backslashes, line breaks and other control characters, # and +, "
      + `got ${JSON.stringify(prefix)}: ${fix}`);
  });

  test('may have 20 prefixes, and fail for 21', () => {
    expect(() => synth({ ignoredClientIdPrefixes: Array.from({ length: 20 }, (_, index) => `p${index}`) })).not.toThrow();
    expect(() => synth({ ignoredClientIdPrefixes: Array.from({ length: 21 }, (_, index) => `p${index}`) })).toThrow(
      "Plant/Connectivity: 'ignoredClientIdPrefixes' must be at most 20 prefixes, got 21: name these clients by a common prefix");
  });

  test('fail for a list whose length is known only at deployment', () => {
    for (const others of [[], ['test-'], ['test-', 'iotconsole']]) {
      expect(() => synth(stack => ({ ignoredClientIdPrefixes: [...others, ...new CfnParameter(stack, 'List', { type: 'CommaDelimitedList' }).valueAsList] }))).toThrow(
        "Plant/Connectivity: 'ignoredClientIdPrefixes' must be a list whose length is known at synthesis, got \"a list known only at deployment\": "
        + 'pass an array; each prefix in it may be a token');
    }
  });
});

describe('client ids that are taken', () => {
  test('are checked as those that are ignored', () => {
    expect(() => synth({ clientIdPrefixes: ["it's"] })).toThrow("Plant/Connectivity: 'clientIdPrefixes[0]' must be 1 to 128 characters of any kind but quotes");
    expect(() => synth({ clientIdPrefixes: Array.from({ length: 20 }, (_, index) => `p${index}`) })).not.toThrow();
    expect(() => synth({ clientIdPrefixes: Array.from({ length: 21 }, (_, index) => `p${index}`) })).toThrow(
      "Plant/Connectivity: 'clientIdPrefixes' must be at most 20 prefixes, got 21: name these clients by a common prefix");
    expect(() => synth(stack => ({ clientIdPrefixes: new CfnParameter(stack, 'List', { type: 'CommaDelimitedList' }).valueAsList }))).toThrow(
      "Plant/Connectivity: 'clientIdPrefixes' must be a list whose length is known at synthesis");
  });
});

describe('customer key', () => {
  test('encrypts tables, queues, logs and settings, and every writer may use it', () => {
    const { template, stack } = synth(scope => withAlerts({ encryptionKey: new kms.Key(scope, 'Key'), historyRetention: Duration.days(1) })(scope));
    const key = stack.resolve((stack.node.findChild('Key') as kms.Key).keyArn);
    const all = template();
    all.allResourcesProperties('AWS::DynamoDB::Table', { SSESpecification: { SSEEnabled: true, KMSMasterKeyId: key, SSEType: 'KMS' } });
    all.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: key });
    all.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: key });
    all.allResourcesProperties('AWS::Lambda::Function', { KmsKeyArn: key });
    const users = Object.values(all.findResources('AWS::IAM::Policy'))
      .filter(({ Properties }) => Properties.PolicyDocument.Statement.some(({ Resource }: any) => JSON.stringify(Resource) === JSON.stringify(key)));
    // Three rules, two functions and their mappings, the redrive function.
    expect(users).toHaveLength(8);
  });

  test('of the table may be used by both functions for what they write, and by readers to decrypt', () => {
    const { stack, part } = synth(scope => withAlerts({
      table: new dynamodb.Table(scope, 'Own', {
        partitionKey: { name: 'ClientID', type: dynamodb.AttributeType.STRING }, encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
      }),
    })(scope));
    const Resource = stack.resolve(part.table.encryptionKey!.keyArn);
    for (const path of ['Handler', 'AlertHandler']) {
      expect(statementsOf(stack, path)).toContainEqual({
        Effect: 'Allow', Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'], Resource,
      });
    }
    const reader = new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() });
    part.grantReadData(reader);
    expect(stack.resolve((reader.node.findChild('DefaultPolicy') as iam.Policy).document).Statement.map(single))
      .toContainEqual({ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:DescribeKey'], Resource });
  });

  test('of the topic may be used to publish', () => {
    const { stack } = synth(scope => ({ offlineAlertTopic: new sns.Topic(scope, 'Alerts', { masterKey: new kms.Key(scope, 'TopicKey') }) }));
    expect(statementsOf(stack, 'AlertHandler')).toContainEqual({
      Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Resource: stack.resolve((stack.node.findChild('TopicKey') as kms.Key).keyArn),
    });
  });
});

describe('reading', () => {
  test('is granted on the table alone', () => {
    const { stack, part, template } = synth();
    part.grantReadData(new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() }));
    const { Statement } = (Object.values(template().findResources('AWS::IAM::Policy'))
      .find(({ Properties }) => Properties.Roles[0].Ref.startsWith('Reader'))!).Properties.PolicyDocument;
    const onTheTable = { Effect: 'Allow', Resource: stack.resolve(part.table.tableArn) };
    expect(Statement.map(single)).toEqual([
      { ...onTheTable, Action: expect.arrayContaining(['dynamodb:GetItem', 'dynamodb:Query']) },
      { ...onTheTable, Action: ['dynamodb:GetRecords', 'dynamodb:GetShardIterator'] },
    ]);
    expect(JSON.stringify(Statement)).not.toMatch(/PutItem|UpdateItem|DeleteItem/);
  });
});

describe('stacks', () => {
  test('of rule, function and table may be three, without a cycle', () => {
    const app = new App();
    const [tables, functions, rules] = ['Tables', 'Functions', 'Rules'].map(name => new Stack(app, name));
    const table = new dynamodb.Table(tables, 'Table', { partitionKey: { name: 'ClientID', type: dynamodb.AttributeType.STRING } });
    const key = new kms.Key(tables, 'Key');
    const handler = new lambda.Function(functions, 'Own', {
      code: lambda.Code.fromInline('x'), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X, environment: { TABLE: table.tableName },
    });
    table.grantWriteData(handler);
    const part = new LifecycleConnectivityTable(rules, 'Connectivity', { table, handler, encryptionKey: key });
    expect(() => app.synth()).not.toThrow();
    // The stack of the rules knows the function, with its mapping and permission; that of the function knows nothing of it.
    Template.fromStack(rules).resourceCountIs('AWS::Lambda::EventSourceMapping', 1);
    Template.fromStack(rules).hasResourceProperties('AWS::IAM::Policy', { Roles: [rules.resolve(handler.role!.roleName)] });
    expect(functions.dependencies).not.toContain(rules);
    expect(part.table).toBe(table);
  });

  test('may keep the table, the topic and the error queue apart from our function', () => {
    const app = new App();
    const [tables, rules] = ['Tables', 'Rules'].map(name => new Stack(app, name));
    const table = new dynamodb.Table(tables, 'Table', {
      partitionKey: { name: 'ClientID', type: dynamodb.AttributeType.STRING }, encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
    });
    const offlineAlertTopic = new sns.Topic(tables, 'Alerts', { masterKey: new kms.Key(tables, 'Key') });
    new LifecycleConnectivityTable(rules, 'Connectivity', { table, offlineAlertTopic, errorQueue: new RuleErrorQueue(tables, 'Errors') });
    expect(() => app.synth()).not.toThrow();
  });

  test('may hold two of the construct', () => {
    const stack = new Stack(new App(), 'Plant');
    const names = ['A', 'B'].flatMap(id => {
      const part = new LifecycleConnectivityTable(stack, id, withAlerts()(new Stack(stack, `${id}Topics`)));
      return [part.connectedRule, part.disconnectedRule, part.alertRule!].map(({ ruleName }) => ruleName);
    });
    expect(new Set(names).size).toBe(6);
  });
});

test('no role may do anything to everything', () => {
  const { template } = synth(withAlerts({ historyRetention: Duration.days(1) }));
  const statements = Object.values(template().findResources('AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  expect(statements.filter(({ Action, Resource }: any) => [Action, Resource].flat().some(value => value === '*'))).toEqual([]);
});

test('guards its logical ids', () => {
  expect(pathsAndTypes(synth(withAlerts({ historyRetention: Duration.days(1) })).stack)).toEqual([
    'Alerts -> AWS::SNS::Topic',
    'Alerts/Policy -> AWS::SNS::TopicPolicy',
    'Connectivity/Alarm -> AWS::CloudWatch::Alarm',
    'Connectivity/AlertHandler/Function -> AWS::Lambda::Function',
    'Connectivity/AlertHandler/Logs -> AWS::Logs::LogGroup',
    'Connectivity/AlertHandler/Role -> AWS::IAM::Role',
    'Connectivity/AlertHandler/Role/DefaultPolicy -> AWS::IAM::Policy',
    'Connectivity/AlertMapping -> AWS::Lambda::EventSourceMapping',
    'Connectivity/AlertMapping/Policy -> AWS::IAM::Policy',
    'Connectivity/AlertQueue -> AWS::SQS::Queue',
    'Connectivity/AlertQueue/Policy -> AWS::SQS::QueuePolicy',
    'Connectivity/AlertRule/Role -> AWS::IAM::Role',
    'Connectivity/AlertRule/Role/DefaultPolicy -> AWS::IAM::Policy',
    'Connectivity/AlertRule/Rule -> AWS::IoT::TopicRule',
    'Connectivity/AlertThrottleAlarm -> AWS::CloudWatch::Alarm',
    'Connectivity/ConnectedRule/Role -> AWS::IAM::Role',
    'Connectivity/ConnectedRule/Role/DefaultPolicy -> AWS::IAM::Policy',
    'Connectivity/ConnectedRule/Rule -> AWS::IoT::TopicRule',
    'Connectivity/ConnectedThrottleAlarm -> AWS::CloudWatch::Alarm',
    'Connectivity/DeadLetterQueue -> AWS::SQS::Queue',
    'Connectivity/DeadLetterQueue/Policy -> AWS::SQS::QueuePolicy',
    'Connectivity/DisconnectedRule/Role -> AWS::IAM::Role',
    'Connectivity/DisconnectedRule/Role/DefaultPolicy -> AWS::IAM::Policy',
    'Connectivity/DisconnectedRule/Rule -> AWS::IoT::TopicRule',
    'Connectivity/DisconnectedThrottleAlarm -> AWS::CloudWatch::Alarm',
    'Connectivity/Errors/Alarm -> AWS::CloudWatch::Alarm',
    'Connectivity/Errors/Queue -> AWS::SQS::Queue',
    'Connectivity/Errors/Queue/Policy -> AWS::SQS::QueuePolicy',
    'Connectivity/Errors/Redrive/Function -> AWS::Lambda::Function',
    'Connectivity/Errors/Redrive/Logs -> AWS::Logs::LogGroup',
    'Connectivity/Errors/Redrive/Role -> AWS::IAM::Role',
    'Connectivity/Errors/Redrive/Role/DefaultPolicy -> AWS::IAM::Policy',
    'Connectivity/Handler/Function -> AWS::Lambda::Function',
    'Connectivity/Handler/Logs -> AWS::Logs::LogGroup',
    'Connectivity/Handler/Role -> AWS::IAM::Role',
    'Connectivity/Handler/Role/DefaultPolicy -> AWS::IAM::Policy',
    'Connectivity/History -> AWS::DynamoDB::Table',
    'Connectivity/LagAlarm -> AWS::CloudWatch::Alarm',
    'Connectivity/Mapping -> AWS::Lambda::EventSourceMapping',
    'Connectivity/Mapping/Policy -> AWS::IAM::Policy',
    'Connectivity/Queue -> AWS::SQS::Queue',
    'Connectivity/Queue/Policy -> AWS::SQS::QueuePolicy',
    'Connectivity/Table -> AWS::DynamoDB::Table',
  ]);
});
