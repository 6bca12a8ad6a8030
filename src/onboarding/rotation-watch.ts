import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ROTATION_KEY } from './handler/rotations';
import { mayRemoveCertificates } from './onboarding-role';
import { acknowledge, acknowledgeKeyUse, acknowledgeTableWithoutPlan, addActions } from '../private/acknowledge';
import { alarmFrom } from '../private/alarm';
import { HandlerFunction } from '../private/handler-function';
import { IDeviceRegistry } from '../provisioning/device-registry';
import { IngestRule } from '../rules/ingest-rule';
import { RuleErrorQueue } from '../rules/rule-error-queue';
import { SqsAction } from '../rules/sqs-action';

const FUNCTION_TIMEOUT = Duration.minutes(1);
/** @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const VISIBILITY_TIMEOUT = Duration.seconds(6 * FUNCTION_TIMEOUT.toSeconds());
const MAX_RECEIVE_COUNT = 5;
const DEAD_LETTER_RETENTION = Duration.days(14);
/** Removing a certificate waits for AWS IoT, and its quotas are some ten calls a second. */
const MAX_CONCURRENCY = 2;

export interface RotationWatchProps {
  readonly registry: IDeviceRegistry;
  readonly errorQueue: RuleErrorQueue;
  /** Beside the table of this construct, which it sets itself. */
  readonly environment: { [name: string]: string };
  readonly tableVariable: string;
  readonly eventRetention: Duration;
  readonly alarmActions: cloudwatch.IAlarmAction[];
  /** @default - keys of the services */
  readonly encryptionKey?: kms.IKey;
  readonly removalPolicy: RemovalPolicy;
}

/** Hears of every connection, and retires older certificates of a device that has connected with its new one. */
export class RotationWatch extends Construct {
  /** One item for each new certificate that has not connected yet. */
  readonly table: dynamodb.ITable;
  readonly function: lambda.IFunction;
  readonly deadLetterQueue: sqs.IQueue;
  readonly alarm: cloudwatch.IAlarm;

  constructor(scope: Construct, id: string, props: RotationWatchProps) {
    super(scope, id);
    if (props.encryptionKey ?? props.registry.table.encryptionKey) acknowledgeKeyUse(this);
    this.table = this.createTable(props);
    const deadLetterQueue = this.createDeadLetterQueue(props);
    this.deadLetterQueue = deadLetterQueue;
    const queue = new sqs.Queue(this, 'Queue', {
      ...queueDefaults(props),
      retentionPeriod: props.eventRetention,
      visibilityTimeout: VISIBILITY_TIMEOUT,
      deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    this.function = this.createFunction(queue, props);
    const rule = new IngestRule(this, 'Rule', {
      // Not `+`, which is one level: a client id with a slash makes two of them.
      sql: "SELECT principalIdentifier FROM '$aws/events/presence/connected/#'",
      actions: [new SqsAction(queue)],
      errorQueue: props.errorQueue,
    });
    // Nobody can publish to $aws/events, so what failed goes straight to the queue when it is redriven.
    props.errorQueue.addRedriveQueue(rule, queue);
    this.alarm = this.createAlarm(deadLetterQueue, props.alarmActions);
  }

  private createTable({ encryptionKey, removalPolicy }: RotationWatchProps): dynamodb.ITable {
    const table = new dynamodb.Table(this, 'Table', {
      partitionKey: { name: ROTATION_KEY, type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: encryptionKey ? dynamodb.TableEncryption.CUSTOMER_MANAGED : dynamodb.TableEncryption.AWS_MANAGED,
      encryptionKey,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy,
    });
    acknowledgeTableWithoutPlan(table);
    return table;
  }

  private createDeadLetterQueue(props: RotationWatchProps): sqs.Queue {
    const queue = new sqs.Queue(this, 'DeadLetterQueue', { ...queueDefaults(props), retentionPeriod: DEAD_LETTER_RETENTION, removalPolicy: props.removalPolicy });
    acknowledge(queue, ['AwsSolutions-SQS3'], 'This is the dead-letter queue of the other; its alarm calls somebody who redrives it.');
    return queue;
  }

  private createFunction(queue: sqs.Queue, { registry, environment, tableVariable, encryptionKey }: RotationWatchProps): lambda.IFunction {
    const handler = new HandlerFunction(this, 'Handler', {
      asset: 'onboarding-rotation',
      description: 'Deletes the old certificates of devices that connected with a new one',
      timeout: FUNCTION_TIMEOUT,
      onFailure: `Its queue feeds it and keeps each event that failed; after ${MAX_RECEIVE_COUNT} attempts the event waits in the dead-letter queue, which has an alarm.`,
      environment: { ...environment, [tableVariable]: this.table.tableName },
      encryptionKey,
    });
    registry.grantClaim(handler.role);
    this.table.grant(handler.role, 'dynamodb:DeleteItem', 'dynamodb:GetItem');
    this.table.encryptionKey?.grantEncryptDecrypt(handler.role);
    mayRemoveCertificates(this, handler);
    queue.grantConsumeMessages(handler.role);
    const mapping = new lambda.EventSourceMapping(this, 'Mapping', {
      target: handler.function,
      eventSourceArn: queue.queueArn,
      batchSize: 10,
      maxConcurrency: MAX_CONCURRENCY,
      reportBatchItemFailures: true,
    });
    mapping.node.addDependency(handler.role);
    return handler.function;
  }

  private createAlarm(queue: sqs.IQueue, actions: cloudwatch.IAlarmAction[]): cloudwatch.Alarm {
    const metric = queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' });
    const alarm = new cloudwatch.Alarm(this, 'Alarm', alarmFrom(1, metric,
      'A device has connected with its new certificate, and the old one could not be deleted. The log of the function says why; then redrive the dead-letter queue.'));
    addActions(alarm, actions);
    return alarm;
  }
}

function queueDefaults({ encryptionKey }: RotationWatchProps) {
  return {
    enforceSSL: true,
    encryption: encryptionKey ? sqs.QueueEncryption.KMS : sqs.QueueEncryption.SQS_MANAGED,
    encryptionMasterKey: encryptionKey,
  };
}
