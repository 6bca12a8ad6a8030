import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { createAlarms } from './connectivity-alarms';
import { LifecycleConnectivityTableOptions } from './connectivity-options';
import { clientIdConditions, connectivityProblems } from './connectivity-problems';
import { ATTRIBUTE, CONNECTIVITY_ENV, HISTORY_ATTRIBUTE } from './handler/env';
import { acknowledge, acknowledgeInlinePolicy, acknowledgeKeyUse, acknowledgeTableWithoutPlan } from '../private/acknowledge';
import { HandlerFunction } from '../private/handler-function';
import { throwOnProblems } from '../private/validation';
import { IngestRule } from '../rules/ingest-rule';
import { RuleErrorQueue } from '../rules/rule-error-queue';
import { SqsAction } from '../rules/sqs-action';

export * from './connectivity-options';

const DEFAULT_MAX_CONCURRENCY = 10;
const DEFAULT_QUIET_PERIOD = Duration.minutes(5);
const FUNCTION_TIMEOUT = Duration.seconds(30);
/** @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const VISIBILITY_TIMEOUT = Duration.seconds(6 * FUNCTION_TIMEOUT.toSeconds());
const MAX_RECEIVE_COUNT = 5;
const FAILED_EVENTS_WAIT =
  `Its queue feeds it and keeps each event that failed; after ${MAX_RECEIVE_COUNT} attempts the event waits in the dead-letter queue, which has an alarm.`;
/** Shorter than in the dead-letter queue, where the age of a message goes on counting. */
const RETENTION = Duration.days(4);
const DEAD_LETTER_RETENTION = Duration.days(14);

/** Properties of a LifecycleConnectivityTable. */
export interface LifecycleConnectivityTableProps extends LifecycleConnectivityTableOptions {
  /**
   * Where presence events go whose rule action failed.
   *
   * @default - a new RuleErrorQueue, shared by the rules of this construct
   */
  readonly errorQueue?: RuleErrorQueue;

  /**
   * Key that encrypts the tables, the queues, the logs and the settings of the functions.
   *
   * @default - keys of the services, at no charge
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the tables, and to the queue of events that failed, when the construct is removed.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A DynamoDB table that says of every MQTT client whether it is connected, since when, and why not.
 *
 * Presence events of AWS IoT come in any order, more than once, or not at all. Each is one conditional write here, so that
 * the table always says what the newest event implies that arrived. The page of this construct has the rules.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
 * @example
 * import { Duration, Stack } from 'aws-cdk-lib';
 * import * as sns from 'aws-cdk-lib/aws-sns';
 * import { LifecycleConnectivityTable } from 'cdk-iot-landing-zone';
 *
 * declare const stack: Stack;
 * declare const pager: sns.ITopic;
 *
 * new LifecycleConnectivityTable(stack, 'Connectivity', {
 *   historyRetention: Duration.days(30),
 *   offlineAlertTopic: pager,
 *   offlineAlertQuietPeriod: Duration.minutes(5),
 * });
 */
export class LifecycleConnectivityTable extends Construct {
  /** One item for each client id: `Status` is `Connected` or `Disconnected`. */
  public readonly table: dynamodb.ITable;
  /** One item for each event, until it expires. Undefined without `historyRetention`. */
  public readonly historyTable?: dynamodb.ITable;
  /** Presence events that are not written yet. */
  public readonly queue: sqs.IQueue;
  /** Disconnects that wait for the quiet period to end. Undefined without `offlineAlertTopic`. */
  public readonly alertQueue?: sqs.IQueue;
  /** Events that could not be written or alerted, after 5 attempts. */
  public readonly deadLetterQueue: sqs.IQueue;
  /** In alarm while an event waits in the dead-letter queue. */
  public readonly alarm: cloudwatch.IAlarm;
  /** In alarm while an event waits for 15 minutes or longer: the table is that far behind. */
  public readonly lagAlarm: cloudwatch.IAlarm;
  /** In alarm while many clients connect or disconnect at once. Undefined without `stormAlarmThreshold`. */
  public readonly stormAlarm?: cloudwatch.IAlarm;
  /** In alarm when AWS IoT throttles a rule, which loses its events: one for each rule. */
  public readonly throttleAlarms: cloudwatch.IAlarm[];
  /** Writes the table, in batches. */
  public readonly function: lambda.IFunction;
  /** Sends offline alerts. Undefined without `offlineAlertTopic`. */
  public readonly alertFunction?: lambda.IFunction;
  /** Takes `connected` events. */
  public readonly connectedRule: IngestRule;
  /** Takes `disconnected` events. */
  public readonly disconnectedRule: IngestRule;
  /** Takes `disconnected` events that may become an alert. Undefined without `offlineAlertTopic`. */
  public readonly alertRule?: IngestRule;
  /** Where events wait whose rule action failed. */
  public readonly errorQueue: RuleErrorQueue;

  constructor(scope: Construct, id: string, props: LifecycleConnectivityTableProps = {}) {
    super(scope, id);
    throwOnProblems(this, connectivityProblems(props));
    if (props.encryptionKey ?? props.table?.encryptionKey ?? props.offlineAlertTopic?.masterKey) acknowledgeKeyUse(this);

    this.table = props.table ?? this.createTable(props);
    this.historyTable = props.historyRetention && this.createHistoryTable(props);
    this.errorQueue = props.errorQueue ?? this.createErrorQueue(props);
    this.deadLetterQueue = this.createDeadLetterQueue(props);

    this.queue = this.createQueue('Queue', props);
    this.function = props.handler ?? this.createFunction(props);
    this.consume('Mapping', this.function, this.queue, 100, props);
    const isTaken = clientIdConditions(props);
    this.connectedRule = this.createRule('ConnectedRule', 'connected', isTaken, this.queue);
    this.disconnectedRule = this.createRule('DisconnectedRule', 'disconnected', isTaken, this.queue);

    if (props.offlineAlertTopic) {
      this.alertQueue = this.createQueue('AlertQueue', props, props.offlineAlertQuietPeriod ?? DEFAULT_QUIET_PERIOD);
      this.alertFunction = this.createAlertFunction(props);
      this.consume('AlertMapping', this.alertFunction, this.alertQueue, 10, props);
      // A rule of its own: a session that was replaced never alerts, and in a storm of reconnects most are.
      const mayAlert = [...isTaken, "disconnectReason <> 'DUPLICATE_CLIENTID'"];
      this.alertRule = this.createRule('AlertRule', 'disconnected', mayAlert, this.alertQueue);
    }
    const alarms = createAlarms(this, props.alarmActions ?? [], props.stormAlarmThreshold);
    this.alarm = alarms.failed;
    this.lagAlarm = alarms.lag;
    this.stormAlarm = alarms.storm;
    this.throttleAlarms = alarms.throttle;
  }

  /**
   * Lets a program read the table, and decrypt it where it has a customer key.
   *
   * @param grantee who may
   */
  public grantReadData(grantee: iam.IGrantable): iam.Grant {
    return this.table.grantReadData(grantee);
  }

  /**
   * Lets a program read the history.
   *
   * @param grantee who may
   */
  public grantReadHistory(grantee: iam.IGrantable): iam.Grant {
    if (!this.historyTable) throw new Error(`${this.node.path}: 'historyRetention' must be set before the history can be read: pass Duration.days(30)`);
    return this.historyTable.grantReadData(grantee);
  }

  /**
   * Number of presence events that wait to be written, the highest of each period.
   *
   * @param options how to aggregate
   */
  public metricWaiting(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum', ...options });
  }

  /**
   * How far the table is behind, in seconds: the age of the oldest event that waits, the highest of each period.
   *
   * @param options how to aggregate
   */
  public metricLag(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: 'Maximum', ...options });
  }

  /**
   * Number of connects and disconnects that came from the rules, by minute. It is high while clients reconnect in a storm.
   *
   * @param options how to aggregate
   */
  public metricEvents(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.queue.metricNumberOfMessagesSent({ period: Duration.minutes(1), statistic: 'Sum', ...options });
  }

  /**
   * Number of events in the dead-letter queue, the highest of each period.
   *
   * @param options how to aggregate
   */
  public metricFailed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum', ...options });
  }

  private createTable(props: LifecycleConnectivityTableProps): dynamodb.Table {
    const table = new dynamodb.Table(this, 'Table', {
      ...tableDefaults(props),
      partitionKey: { name: ATTRIBUTE.clientId, type: dynamodb.AttributeType.STRING },
      stream: props.stream,
    });
    acknowledgeTableWithoutPlan(table);
    return table;
  }

  private createHistoryTable(props: LifecycleConnectivityTableProps): dynamodb.Table {
    const table = new dynamodb.Table(this, 'History', {
      ...tableDefaults(props),
      partitionKey: { name: ATTRIBUTE.clientId, type: dynamodb.AttributeType.STRING },
      sortKey: { name: HISTORY_ATTRIBUTE.eventId, type: dynamodb.AttributeType.STRING },
      timeToLiveAttribute: HISTORY_ATTRIBUTE.expiresAt,
    });
    acknowledgeTableWithoutPlan(table);
    return table;
  }

  private createErrorQueue({ alarmActions, encryptionKey, removalPolicy }: LifecycleConnectivityTableProps): RuleErrorQueue {
    return new RuleErrorQueue(this, 'Errors', { alarmActions, encryptionKey, removalPolicy });
  }

  private createDeadLetterQueue(props: LifecycleConnectivityTableProps): sqs.Queue {
    const queue = new sqs.Queue(this, 'DeadLetterQueue', {
      ...queueDefaults(props),
      retentionPeriod: DEAD_LETTER_RETENTION,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    acknowledge(queue, ['AwsSolutions-SQS3'], 'This is the dead-letter queue of the others; its alarm calls somebody who redrives it.');
    return queue;
  }

  private createQueue(id: string, props: LifecycleConnectivityTableProps, deliveryDelay?: Duration): sqs.Queue {
    return new sqs.Queue(this, id, {
      ...queueDefaults(props),
      deliveryDelay,
      retentionPeriod: RETENTION,
      visibilityTimeout: VISIBILITY_TIMEOUT,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
  }

  private createFunction(props: LifecycleConnectivityTableProps): lambda.IFunction {
    const handler = new HandlerFunction(this, 'Handler', {
      asset: 'connectivity',
      description: 'Writes presence events to the connectivity table',
      timeout: FUNCTION_TIMEOUT,
      onFailure: FAILED_EVENTS_WAIT,
      environment: {
        [CONNECTIVITY_ENV.tableName]: this.table.tableName,
        ...this.historyTable && {
          [CONNECTIVITY_ENV.historyTableName]: this.historyTable.tableName,
          [CONNECTIVITY_ENV.historyRetentionSeconds]: String(props.historyRetention!.toSeconds()),
        },
      },
      encryptionKey: props.encryptionKey,
    });
    grantWrite(handler.role, this.table, 'dynamodb:UpdateItem', 'dynamodb:GetItem');
    if (this.historyTable) grantWrite(handler.role, this.historyTable, 'dynamodb:PutItem');
    return handler.function;
  }

  private createAlertFunction(props: LifecycleConnectivityTableProps): lambda.IFunction {
    const handler = new HandlerFunction(this, 'AlertHandler', {
      asset: 'connectivity-alert',
      description: 'Sends an alert for clients that are still disconnected after the quiet period',
      timeout: FUNCTION_TIMEOUT,
      onFailure: FAILED_EVENTS_WAIT,
      environment: {
        [CONNECTIVITY_ENV.tableName]: this.table.tableName,
        [CONNECTIVITY_ENV.alertTopicArn]: props.offlineAlertTopic!.topicArn,
      },
      encryptionKey: props.encryptionKey,
    });
    grantWrite(handler.role, this.table, 'dynamodb:UpdateItem', 'dynamodb:GetItem');
    props.offlineAlertTopic!.grantPublish(handler.role);
    return handler.function;
  }

  /** Mapping and permission are made here: where the function is in another stack, this one knows it, and not the other way round. */
  private consume(id: string, consumer: lambda.IFunction, queue: sqs.IQueue, batchSize: number, props: LifecycleConnectivityTableProps): void {
    const mapping = new lambda.EventSourceMapping(this, id, {
      target: consumer,
      eventSourceArn: queue.queueArn,
      batchSize,
      maxBatchingWindow: Duration.seconds(1),
      maxConcurrency: props.maxConcurrency ?? DEFAULT_MAX_CONCURRENCY,
      reportBatchItemFailures: true,
    });
    if (!consumer.role) return; // an imported function, whose owner grants
    const permission = new iam.Policy(mapping, 'Policy', { roles: [consumer.role] });
    acknowledgeInlinePolicy(permission);
    queue.grantConsumeMessages(permission);
    mapping.node.defaultChild!.node.addDependency(permission);
  }

  private createRule(id: string, eventType: string, conditions: string[], queue: sqs.IQueue): IngestRule {
    const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
    const rule = new IngestRule(this, id, {
      // Not `+`, which is one level: a client id with a slash makes two of them.
      sql: `SELECT * FROM '$aws/events/presence/${eventType}/#'${where}`,
      actions: [new SqsAction(queue)],
      errorQueue: this.errorQueue,
    });
    // Nobody can publish to $aws/events, so what failed goes straight to the queue when it is redriven.
    this.errorQueue.addRedriveQueue(rule, queue);
    return rule;
  }
}

function tableDefaults({ encryptionKey, removalPolicy }: LifecycleConnectivityTableProps) {
  return {
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    encryption: encryptionKey ? dynamodb.TableEncryption.CUSTOMER_MANAGED : dynamodb.TableEncryption.AWS_MANAGED,
    encryptionKey,
    removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN,
  };
}

function queueDefaults({ encryptionKey }: LifecycleConnectivityTableProps) {
  return {
    enforceSSL: true,
    encryption: encryptionKey ? sqs.QueueEncryption.KMS : sqs.QueueEncryption.SQS_MANAGED,
    encryptionMasterKey: encryptionKey,
  };
}

/** CDK's own grants for writing hold more actions than the functions use. */
function grantWrite(role: iam.IRole, table: dynamodb.ITable, ...actions: string[]): void {
  table.grant(role, ...actions);
  table.encryptionKey?.grantEncryptDecrypt(role);
}
