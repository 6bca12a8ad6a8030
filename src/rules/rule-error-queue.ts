import { ArnFormat, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { REDRIVE_ENV } from './handler/env';
import { IngestRule } from './ingest-rule';
import { IRuleAction, RuleActionConfig } from './rule-action';
import { acknowledge, acknowledgeWildcards, addActions } from '../private/acknowledge';
import { alarmFrom } from '../private/alarm';
import { HandlerFunction } from '../private/handler-function';
import { durationProblems, kindProblems, Problem, throwOnProblems } from '../private/validation';

const DEFAULT_RETENTION = Duration.days(14);
/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const RETENTION_SECONDS = { min: 60, max: 1_209_600 };
const REDRIVE_TIMEOUT = Duration.minutes(5);

/** Options of a RuleErrorQueue. */
export interface RuleErrorQueueOptions {
  /**
   * How long a failed message waits, from 60 seconds to 14 days. After that SQS deletes it.
   *
   * @default Duration.days(14)
   */
  readonly retentionPeriod?: Duration;

  /**
   * What happens when the first message arrives.
   *
   * @default - the alarm shows in CloudWatch and tells nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * What happens to the queue, and to the messages in it, when the construct is removed.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Properties of a RuleErrorQueue. */
export interface RuleErrorQueueProps extends RuleErrorQueueOptions {
  /**
   * Key that encrypts the queue and the log of the redrive function.
   *
   * @default - keys of SQS and CloudWatch Logs, at no charge
   */
  readonly encryptionKey?: kms.IKey;
}

/**
 * Where messages wait whose rule action failed: a queue, an alarm on its depth, and a function that puts them through
 * their rule again when somebody invokes it.
 *
 * The function sends each message to its own rule only (by Basic Ingest), so other rules on the same topic do not see
 * it twice; all actions of that one rule run again. It never runs by itself.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
 * @example
 * import { Duration, Stack } from 'aws-cdk-lib';
 * import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
 * import * as sns from 'aws-cdk-lib/aws-sns';
 * import { RuleErrorQueue } from 'cdk-iot-landing-zone';
 *
 * declare const stack: Stack;
 * declare const pager: sns.ITopic;
 *
 * new RuleErrorQueue(stack, 'Errors', { retentionPeriod: Duration.days(7), alarmActions: [new SnsAction(pager)] });
 */
export class RuleErrorQueue extends Construct implements IRuleAction {
  /** The queue, for its metrics and for reading the messages. */
  readonly queue: sqs.IQueue;
  /** In alarm while a message waits. */
  readonly alarm: cloudwatch.IAlarm;
  /** Invoke it with `{}` to put the waiting messages through their rules again; see the page of this construct. */
  readonly redriveFunction: lambda.IFunction;

  private readonly redrive: HandlerFunction;
  private readonly redriveQueues: { [ruleName: string]: string } = {};

  constructor(scope: Construct, id: string, props: RuleErrorQueueProps = {}) {
    super(scope, id);
    const retentionPeriod = props.retentionPeriod ?? DEFAULT_RETENTION;
    throwOnProblems(this, [...kindProblems(props, { lists: ['alarmActions'] }), ...retentionProblems(retentionPeriod)]);

    this.queue = this.createQueue(retentionPeriod, props);
    this.alarm = this.createAlarm(props.alarmActions ?? []);
    this.redrive = this.createRedrive(props.encryptionKey);
    this.redriveFunction = this.redrive.function;
  }

  /**
   * Makes this queue the error action of a rule. Rules call it themselves.
   *
   * @param rule the rule whose failed messages shall come here
   */
  public bind(rule: IngestRule): RuleActionConfig {
    this.queue.grantSendMessages(rule.role);
    this.allowRedriveTo(rule);
    return { configuration: { sqs: { queueUrl: this.queue.queueUrl, roleArn: rule.role.roleArn, useBase64: false } } };
  }

  /**
   * Sends the failed messages of one rule straight to a queue, as its action would have, when they are redriven.
   *
   * For rules on reserved topics (`$aws/events/…`), which nobody can publish to. Nothing changes when the queue is in
   * another stack than this construct, since the two stacks would depend on each other; its messages then stay here.
   *
   * @param rule the rule whose messages are meant
   * @param queue the queue that its action fills with the message as it came
   */
  public addRedriveQueue(rule: IngestRule, queue: sqs.IQueue): void {
    if (Stack.of(queue) !== Stack.of(this)) return;
    if (Object.keys(this.redriveQueues).length === 0) {
      this.redrive.function.addEnvironment(REDRIVE_ENV.ruleQueues, Lazy.string({ produce: () => Stack.of(this).toJsonString(this.redriveQueues) }));
    }
    this.redriveQueues[rule.ruleName] = queue.queueUrl;
    queue.grantSendMessages(this.redrive.role);
  }

  /**
   * Number of messages that wait, the highest of each period.
   *
   * @param options how to aggregate
   */
  public metricWaiting(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum', ...options });
  }

  /**
   * Lets a person or a program invoke the redrive function.
   *
   * @param grantee who may
   */
  public grantRedrive(grantee: iam.IGrantable): iam.Grant {
    return this.redriveFunction.grantInvoke(grantee);
  }

  private createQueue(retentionPeriod: Duration, props: RuleErrorQueueProps): sqs.Queue {
    const queue = new sqs.Queue(this, 'Queue', {
      retentionPeriod,
      visibilityTimeout: REDRIVE_TIMEOUT,
      enforceSSL: true,
      encryption: props.encryptionKey ? sqs.QueueEncryption.KMS : sqs.QueueEncryption.SQS_MANAGED,
      encryptionMasterKey: props.encryptionKey,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    acknowledge(queue, ['AwsSolutions-SQS3'], 'This queue is where failed messages end; they leave it by redrive or by hand, so a dead-letter queue has no use.');
    return queue;
  }

  private createAlarm(actions: cloudwatch.IAlarmAction[]): cloudwatch.Alarm {
    const alarm = new cloudwatch.Alarm(this, 'Alarm', alarmFrom(1, this.metricWaiting(),
      'Messages failed in a rule action. Read one to see why, mend the cause, then invoke the redrive function.'));
    addActions(alarm, actions);
    return alarm;
  }

  private createRedrive(encryptionKey?: kms.IKey): HandlerFunction {
    const redrive = new HandlerFunction(this, 'Redrive', {
      asset: 'rules',
      description: 'Puts messages that failed in a rule action through their rule again',
      timeout: REDRIVE_TIMEOUT,
      onFailure: 'An invocation carries no data: every message stays in the error queue until its rule took it, and the function can be invoked again.',
      environment: { [REDRIVE_ENV.queueUrl]: this.queue.queueUrl },
      encryptionKey,
    });
    this.queue.grantConsumeMessages(redrive.role);
    return redrive;
  }

  private allowRedriveTo(rule: IngestRule): void {
    // The rule's name is no token, so a rule in another stack makes no reference back and no cycle.
    const topic = Stack.of(this).formatArn({
      service: 'iot', resource: 'topic', resourceName: rule.basicIngestTopicFor('*'), arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    const publish = new iam.PolicyStatement({ actions: ['iot:Publish'], resources: [topic] });
    this.redrive.role.addToPrincipalPolicy(publish);
    acknowledgeWildcards(this.redrive, [publish], 'The last levels are the topic of the failed message; the statement names one rule, which alone receives it.');
  }
}

function retentionProblems(retention: Duration): Problem[] {
  return durationProblems('retentionPeriod', retention, {
    ...RETENTION_SECONDS,
    allowed: `from ${RETENTION_SECONDS.min} seconds to 14 days`,
    fix: 'pass a Duration between these, such as Duration.days(14)',
  });
}
