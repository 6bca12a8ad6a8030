import { CloudWatchClient, DescribeAlarmsCommand, GetMetricStatisticsCommand, PutMetricDataCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Account } from '../../src/account';
import { CloudWatchService } from '../../src/cloudwatch/cloudwatch-service';
import { JsonObject } from '../../src/json';
import { KmsService } from '../../src/kms/kms-service';
import { SnsService } from '../../src/sns/sns-service';
import { SqsService } from '../../src/sqs';
import { AccountUnderTest, roleOf } from '../account/account-under-test';
import { ManualClock } from '../firehose/stream-under-test';

let clock: ManualClock;
const services = (account: Account) => {
  const kms = new KmsService(account);
  return { kms, sqs: new SqsService(account, kms), sns: new SnsService(account, kms), cloudwatch: new CloudWatchService(account) };
};
let running: AccountUnderTest<ReturnType<typeof services>>;
beforeEach(async () => {
  clock = new ManualClock();
  running = await AccountUnderTest.start(services, { clock });
});
afterEach(() => running.remove());

const alarm = (properties: JsonObject = {}): JsonObject => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: 'hot',
    Namespace: 'Site',
    MetricName: 'Heat',
    Dimensions: [{ Name: 'Hall', Value: '2' }],
    Statistic: 'Maximum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 10,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    ...properties,
  },
});
const put = (value: number) => running.account.metrics.put('Site', 'Heat', { Hall: '2' }, value);
const state = () => running.services.cloudwatch.alarms[0].state;
const topic = {
  Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'alerts', Subscription: [{ Protocol: 'email', Endpoint: 'ops@example.com' }] } },
};

test('an alarm goes off, tells its topic in the shape of AWS, and comes back', async () => {
  await running.deploy({ ...topic, Alarm: alarm({ AlarmActions: [{ Ref: 'Topic' }], OKActions: [{ Ref: 'Topic' }], TreatMissingData: 'notBreaching', AlarmDescription: 'too hot' }) });
  put(12);
  await clock.move(15);
  expect(state()).toBe('ALARM');
  await clock.move(120);
  expect(state()).toBe('OK');
  const published = running.services.sns.last.map(({ subject, message }) => ({ subject, ...JSON.parse(message) as object }));
  expect(published).toMatchObject([
    {
      subject: 'ALARM: "hot" in eu-west-1',
      AlarmName: 'hot',
      AlarmDescription: 'too hot',
      NewStateValue: 'ALARM',
      OldStateValue: 'INSUFFICIENT_DATA',
      AWSAccountId: '111122223333',
      Trigger: { MetricName: 'Heat', Statistic: 'MAXIMUM', Threshold: 10, Dimensions: [{ name: 'Hall', value: '2' }] },
    },
    { NewStateValue: 'OK', OldStateValue: 'ALARM' },
  ]);
  expect(running.account.activity.last('alarm').map(record => record.state)).toEqual(['ALARM', 'OK']);
});

test('a topic whose policy does not let CloudWatch in is not told, and that is recorded', async () => {
  const policy = { Type: 'AWS::SNS::TopicInlinePolicy', Properties: { TopicArn: { Ref: 'Topic' }, PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sns:Publish', Resource: '*' }] } } };
  await running.deploy({ ...topic, Policy: policy, Alarm: alarm({ AlarmActions: [{ Ref: 'Topic' }] }) });
  put(12);
  await clock.move(15);
  expect(state()).toBe('ALARM');
  expect(running.services.sns.last).toEqual([]);
  expect(running.account.activity.last('problem')).toMatchObject([{ message: expect.stringContaining('sns:Publish') }]);
});

test.each<[string, string]>([['missing', 'INSUFFICIENT_DATA'], ['notBreaching', 'OK'], ['breaching', 'ALARM'], ['ignore', 'OK']])(
  'without data an alarm that treats it as %s becomes %s', async (TreatMissingData, expected) => {
    await running.deploy({ Alarm: alarm({ TreatMissingData }) });
    put(1);
    await clock.move(15);
    expect(state()).toBe('OK');
    await clock.move(120);
    expect(state()).toBe(expected);
  });

test('two of three datapoints make an alarm, one does not', async () => {
  await running.deploy({ Alarm: alarm({ EvaluationPeriods: 3, DatapointsToAlarm: 2, TreatMissingData: 'notBreaching' }) });
  put(12);
  await clock.move(15);
  expect(state()).toBe('OK');
  put(12);
  await clock.move(60);
  expect(state()).toBe('ALARM');
});

test('an alarm on the depth of a queue sees what waits in it', async () => {
  await running.deploy({
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
    Alarm: alarm({ Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible', Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['Queue', 'QueueName'] } }], Threshold: 1 }),
  });
  await clock.move(15);
  expect(state()).toBe('OK');
  await new SQSClient(running.client()).send(new SendMessageCommand({ QueueUrl: `${running.account.endpointUrl}/111122223333/dead`, MessageBody: 'x' }));
  await clock.move(60);
  expect(state()).toBe('ALARM');
});

test('an alarm on a sum of metrics leaves out those without data', async () => {
  const stat = (Id: string, Hall: string) => ({ Id, ReturnData: false, MetricStat: { Metric: { Namespace: 'Site', MetricName: 'Heat', Dimensions: [{ Name: 'Hall', Value: Hall }] }, Period: 300, Stat: 'Sum' } });
  const { Type, Properties: { AlarmName, EvaluationPeriods, Threshold, ComparisonOperator } } = alarm() as { Type: string; Properties: JsonObject };
  await running.deploy({ Alarm: { Type, Properties: { AlarmName, EvaluationPeriods, Threshold, ComparisonOperator, Metrics: [{ Id: 'all', Expression: 'SUM(METRICS())' }, stat('a', '1'), stat('b', '2')] } } });
  put(6);
  put(6);
  await clock.move(15);
  expect(state()).toBe('ALARM');
});

test.each<[string, JsonObject, string]>([
  ['on a metric that nothing puts', { MetricName: 'Cold' }, 'nothing here puts Site Cold'],
  ['of a percentile', { Statistic: 'p99' }, 'the statistic "p99" is not modelled'],
])('an alarm %s is not evaluated, and says why', async (_name, properties, why) => {
  await running.deploy({ Alarm: alarm({ TreatMissingData: 'breaching', ...properties }) });
  put(12);
  await clock.move(200);
  expect(running.services.cloudwatch.alarms).toMatchObject([{ state: 'INSUFFICIENT_DATA', notEvaluated: why }]);
});

test('clients put metrics, read them, and read and set alarms', async () => {
  await running.deploy({ Alarm: alarm(), Role: roleOf('metrics', [{ Effect: 'Allow', Action: 'cloudwatch:PutMetricData', Resource: '*', Condition: { StringEquals: { 'cloudwatch:namespace': 'Site' } } }]) });
  const client = new CloudWatchClient(running.client('metrics'));
  const data = (Namespace: string) => new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName: 'Heat', Value: 3, Dimensions: [{ Name: 'Hall', Value: '2' }] }] });
  await client.send(data('Site'));
  await expect(client.send(data('Other'))).rejects.toThrow('cloudwatch:PutMetricData');
  const operator = new CloudWatchClient(running.client());
  const { Datapoints } = await operator.send(new GetMetricStatisticsCommand({
    Namespace: 'Site',
    MetricName: 'Heat',
    Dimensions: [{ Name: 'Hall', Value: '2' }],
    Period: 60,
    Statistics: ['Sum', 'Average'],
    StartTime: new Date(clock.now() - 600_000),
    EndTime: new Date(clock.now() + 60_000),
  }));
  expect(Datapoints).toMatchObject([{ Sum: 3, Average: 3, Timestamp: new Date(Math.floor(clock.now() / 60_000) * 60_000) }]);
  await operator.send(new SetAlarmStateCommand({ AlarmName: 'hot', StateValue: 'ALARM', StateReason: 'a drill' }));
  expect((await operator.send(new DescribeAlarmsCommand({ AlarmNames: ['hot'] }))).MetricAlarms).toMatchObject([{ AlarmName: 'hot', StateValue: 'ALARM', StateReason: 'a drill', Threshold: 10 }]);
});
