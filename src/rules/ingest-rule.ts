import { Duration, Lazy, Names, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import { Construct } from 'constructs';
import { IRuleAction } from './rule-action';
import { RuleErrorQueue } from './rule-error-queue';
import { acknowledgeInlinePolicy, acknowledgeKeyUse } from '../private/acknowledge';
import { trustedService } from '../private/trust';
import { kindProblems, Kinds, Problem, textProblems, throwOnProblems } from '../private/validation';

/** @see https://docs.aws.amazon.com/iot/latest/apireference/API_CreateTopicRule.html */
const RULE_NAME = { max: 128, pattern: /^[a-zA-Z0-9_]+$/, characters: 'letters, digits and underscores' };
/** @see https://docs.aws.amazon.com/iot/latest/apireference/API_TopicRulePayload.html */
const MAX_ACTIONS = 10;
const KINDS: Kinds<IngestRuleProps> = { texts: ['sql', 'ruleName', 'description'], lists: ['actions'] };
/** The version that has nested objects and arrays. Without a version, CloudFormation takes the one of 2015. */
const SQL_VERSION = '2016-03-23';

/** Options that every rule of the library has, whatever it does with the messages. */
export interface IngestRuleOptions {
  /**
   * Name of the rule: 1 to 128 letters, digits and underscores. Devices that use Basic Ingest have it in their topic.
   *
   * @default - made from the path of the construct and the name of the stack, so that two zones do not collide
   */
  readonly ruleName?: string;

  /**
   * What the rule is for, as the console shows it.
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * Whether the rule takes messages. A rule that is switched off loses what is published meanwhile.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Where messages go when an action fails. Share one queue between rules, or leave it out.
   *
   * @default - a new RuleErrorQueue below this rule
   */
  readonly errorQueue?: RuleErrorQueue;
}

/** Properties of an IngestRule. */
export interface IngestRuleProps extends IngestRuleOptions {
  /**
   * The statement, in SQL version 2016-03-23: what is selected, from which topic filter.
   *
   * @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-reference.html
   */
  readonly sql: string;

  /**
   * What is done with each selected message: 1 to 10 actions, here or by `addAction`.
   *
   * @default - added later with `addAction`
   */
  readonly actions?: IRuleAction[];
}

/**
 * An AWS IoT topic rule with an error action, SQL version 2016-03-23, a valid name and a role of its own that AWS IoT
 * may assume for this rule only.
 *
 * The error action takes messages whose action failed. It does not see messages whose SQL could not be evaluated;
 * those show in AWS IoT logs and, if they were not JSON, in `metricParseErrors`.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
 * @example
 * import { Stack } from 'aws-cdk-lib';
 * import * as sqs from 'aws-cdk-lib/aws-sqs';
 * import { IngestRule, SqsAction } from 'cdk-iot-landing-zone';
 *
 * declare const stack: Stack;
 * declare const overheated: sqs.IQueue;
 *
 * new IngestRule(stack, 'Overheated', {
 *   sql: "SELECT *, topic(2) AS thing FROM 'data/+/telemetry' WHERE temp > 90",
 *   actions: [new SqsAction(overheated)],
 * });
 */
export class IngestRule extends Construct {
  /** The name, for topics such as `$aws/rules/<name>/…`. */
  readonly ruleName: string;
  /** The ARN of the rule. */
  readonly ruleArn: string;
  /** The statement, for actions whose options depend on its result. */
  readonly sql: string;
  /** The role that AWS IoT assumes to run the actions of this rule. Actions grant on it. */
  readonly role: iam.IRole;
  /** Where failed messages wait. */
  readonly errorQueue: RuleErrorQueue;

  private readonly actions: iot.CfnTopicRule.ActionProperty[] = [];

  constructor(scope: Construct, id: string, props: IngestRuleProps) {
    super(scope, id);
    throwOnProblems(this, kindProblems(props, KINDS));
    throwOnProblems(this, problemsOf(props));

    this.ruleName = props.ruleName ?? Names.uniqueResourceName(this, { maxLength: RULE_NAME.max, separator: '_', allowedSpecialCharacters: '_' });
    this.ruleArn = Stack.of(this).formatArn({ service: 'iot', resource: 'rule', resourceName: this.ruleName });
    this.sql = props.sql;
    this.role = this.createRole();
    this.errorQueue = props.errorQueue ?? new RuleErrorQueue(this, 'Errors');
    this.createRule(props);
    acknowledgeKeyUse(this);
    props.actions?.forEach(action => this.addAction(action));
    this.node.addValidation({ validate: () => this.actions.length > 0 ? [] : ['\'actions\' must hold at least one action: pass one, or call addAction'] });
  }

  /**
   * Adds an action. Every action sees the same result of the SQL, and one that fails does not stop the others.
   *
   * @param action what to do with each message; a rule has at most 10
   */
  public addAction(action: IRuleAction): void {
    throwOnProblems(this, actionCountProblems(this.actions.length + 1));
    this.actions.push(action.bind(this).configuration);
  }

  /**
   * The topic that devices publish to in order to reach this rule without the messaging charge (Basic Ingest).
   *
   * Nobody else can subscribe to it, and `topic()` in the SQL leaves the `$aws/rules/<name>/` out.
   *
   * @param topic the topic as the rule shall see it
   * @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-basic-ingest.html
   */
  public basicIngestTopicFor(topic: string): string {
    return `$aws/rules/${this.ruleName}/${topic}`;
  }

  /**
   * Messages that were not JSON. No error action runs for them: this and the logs of AWS IoT are all that tells of them.
   *
   * @param options how to aggregate
   * @see https://docs.aws.amazon.com/iot/latest/developerguide/metrics_dimensions.html#rulemetrics
   */
  public metricParseErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricOf('ParseError', options);
  }

  /**
   * Messages that AWS IoT throttled before this rule saw them, because the account has reached its quota.
   *
   * @param options how to aggregate
   * @see https://docs.aws.amazon.com/iot/latest/developerguide/metrics_dimensions.html#rulemetrics
   */
  public metricThrottled(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricOf('RuleMessageThrottled', options);
  }

  private metricOf(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/IoT',
      metricName,
      dimensionsMap: { RuleName: this.ruleName },
      period: Duration.minutes(5),
      statistic: 'Sum',
      ...options,
    }).attachTo(this);
  }

  private createRole(): iam.Role {
    const role = new iam.Role(this, 'Role', {
      assumedBy: trustedService(this, 'iot.amazonaws.com', this.ruleArn),
      description: `Runs the actions of the topic rule at ${this.node.path}`,
    });
    acknowledgeInlinePolicy(role);
    return role;
  }

  private createRule(props: IngestRuleProps): void {
    const rule = new iot.CfnTopicRule(this, 'Rule', {
      ruleName: this.ruleName,
      topicRulePayload: {
        sql: props.sql,
        awsIotSqlVersion: SQL_VERSION,
        description: props.description,
        ruleDisabled: !(props.enabled ?? true),
        actions: Lazy.any({ produce: () => this.actions }),
        errorAction: this.errorQueue.bind(this).configuration,
      },
    });
    // A rule that runs before its role may do anything drops the first messages.
    rule.node.addDependency(this.role);
  }
}

function problemsOf(props: IngestRuleProps): Problem[] {
  return [
    ...textProblems('ruleName', props.ruleName, RULE_NAME),
    ...(props.sql === undefined ? [{ prop: 'sql', got: undefined, allowed: 'given', fix: "write for example SELECT * FROM 'data/#'" }] : []),
    ...textProblems('sql', props.sql, { max: 262_144 }),
    ...actionCountProblems(props.actions?.length ?? 0),
  ];
}

function actionCountProblems(count: number): Problem[] {
  return count <= MAX_ACTIONS ? [] : [{ prop: 'actions', got: count, allowed: `at most ${MAX_ACTIONS} actions`, fix: 'put the others on a second rule with the same SQL' }];
}
