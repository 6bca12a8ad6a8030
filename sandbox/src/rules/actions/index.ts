import { cloudwatchAlarm } from './cloudwatch-alarm';
import { cloudwatchLogs } from './cloudwatch-logs';
import { cloudwatchMetric } from './cloudwatch-metric';
import { dynamoDb } from './dynamodb';
import { dynamoDbV2 } from './dynamodb-v2';
import { firehose } from './firehose';
import { iotSiteWise } from './iotsitewise';
import { lambda } from './lambda';
import { republish } from './republish';
import { s3 } from './s3';
import { sns } from './sns';
import { sqs } from './sqs';
import { ActionFailure, MakeAction, RuleAction } from '../action';

/** Actions that run here, by their name in a template. */
export const ACTIONS: ReadonlyMap<string, MakeAction> = new Map(Object.entries({
  CloudwatchAlarm: cloudwatchAlarm,
  CloudwatchLogs: cloudwatchLogs,
  CloudwatchMetric: cloudwatchMetric,
  DynamoDB: dynamoDb,
  DynamoDBv2: dynamoDbV2,
  Firehose: firehose,
  IotSiteWise: iotSiteWise,
  Lambda: lambda,
  Republish: republish,
  S3: s3,
  Sns: sns,
  Sqs: sqs,
}));

/** What else CloudFormation knows. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-iot-topicrule-action.html */
export const UNMODELLED_ACTIONS = new Set([
  'Elasticsearch', 'Http', 'IotAnalytics', 'IotEvents', 'Kafka', 'Kinesis', 'Location', 'OpenSearch', 'StepFunctions', 'Timestream',
]);

/** Fails for each message, so that the rule's other actions run and its error action gets what is missing here. */
export function unmodelled(name: string): RuleAction {
  return {
    failedAction: `${name}Action`,
    resource: name,
    call: () => {
      throw new ActionFailure(`the sandbox does not model the action ${name}; at AWS it would run`);
    },
  };
}
