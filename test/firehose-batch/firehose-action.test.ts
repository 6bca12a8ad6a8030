import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import { FirehoseAction, FirehoseActionOptions, RecordSeparator } from '../../src/firehose-batch/firehose-action';
import { IngestRule } from '../../src/rules/ingest-rule';

const ARN = 'arn:aws:firehose:us-east-1:111122223333:deliverystream/telemetry';

function synth(options?: FirehoseActionOptions, sql = 'SELECT VALUE readings FROM \'data/#\'') {
  const stack = new Stack(new App(), 'Stack');
  const stream = firehose.CfnDeliveryStream.fromDeliveryStreamArn(stack, 'Stream', ARN);
  new IngestRule(stack, 'Rule', { ruleName: 'r', sql, actions: [new FirehoseAction(stream, options)] });
  return Template.fromStack(stack);
}
const actionOf = (template: Template) =>
  Object.values(template.findResources('AWS::IoT::TopicRule'))[0].Properties.TopicRulePayload.Actions[0].Firehose;
const putStatements = (template: Template) => Object.values(template.findResources('AWS::IAM::Policy'))
  .flatMap(({ Properties }) => Properties.PolicyDocument.Statement).filter(({ Action }) => JSON.stringify(Action).includes('firehose:'));

test('puts each message on the stream with a newline, and may do nothing else there', () => {
  const template = synth();
  expect(actionOf(template)).toEqual({ DeliveryStreamName: 'telemetry', RoleArn: expect.anything(), Separator: '\n', BatchMode: false });
  expect(putStatements(template)).toEqual([{ Effect: 'Allow', Action: 'firehose:PutRecord', Resource: ARN }]);
});

test.each([[RecordSeparator.TAB, '\t'], [RecordSeparator.COMMA, ','], [RecordSeparator.WINDOWS_NEWLINE, '\r\n'], [RecordSeparator.NEWLINE, '\n']])(
  'separates records by %j', (separator, text) => {
    expect(actionOf(synth({ separator })).Separator).toBe(text);
  });

test('makes a record of each element in batch mode, for which it may put batches', () => {
  const template = synth({ batchMode: true });
  expect(actionOf(template)).toMatchObject({ BatchMode: true });
  expect(putStatements(template)).toEqual([{ Effect: 'Allow', Action: ['firehose:PutRecord', 'firehose:PutRecordBatch'], Resource: ARN }]);
});

test.each([
  'SELECT VALUE readings FROM \'a\'', '  select  value x FROM \'a\'', 'SET @x = 1 SELECT VALUE [1] FROM \'a\'', Lazy.string({ produce: () => 'SELECT * FROM \'a\'' }),
])('takes batch mode with %s', sql => {
  expect(() => synth({ batchMode: true }, sql)).not.toThrow();
});

test.each(['SELECT * FROM \'a\'', 'SELECT (SELECT VALUE n FROM e) AS n FROM \'a\'', 'SELECT valueOf FROM \'a\''])('fails for batch mode with %s, which drops messages', sql => {
  expect(() => synth({ batchMode: true }, sql)).toThrow(
    `Stack/Rule: 'batchMode' must be used with an sql that selects an array, got ${JSON.stringify(sql)}: write SELECT VALUE with an array, or leave batchMode out`);
});

test('the rule waits for its role', () => {
  synth().hasResource('AWS::IoT::TopicRule', { DependsOn: Match.arrayWith([Match.stringLikeRegexp('RoleDefaultPolicy')]) });
});
