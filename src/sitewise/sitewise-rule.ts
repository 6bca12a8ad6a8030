import { Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { SiteWiseAsset } from './asset';
import { SiteWiseAssetModel } from './asset-model';
import { entryProblems } from './entry-problems';
import { expressionProblems } from './expression';
import { SiteWiseQuality } from './quality';
import { resourceCountErrors } from './resource-count';
import { rootAssetProblems } from './root-assets';
import { createRuleAlarms } from './rule-alarms';
import { placeProblems, PlannedRule, rulePerMessage, rulePerValue, typeProblems, ValueDefaults, valuesOfEntries, valuesOfModels } from './rule-plan';
import { SiteWiseAction, SiteWiseEntry } from './sitewise-action';
import { SiteWiseTimestamp } from './timestamp';
import { topicFilterProblems } from '../mqtt/topic';
import { addActions } from '../private/acknowledge';
import { describeProblem, kindProblems, Kinds, Problem, throwOnProblems } from '../private/validation';
import { IngestRule } from '../rules/ingest-rule';
import { RuleErrorQueue } from '../rules/rule-error-queue';

const DEFAULT_TOPIC_FILTER = 'data/#';
/** @see https://docs.aws.amazon.com/iot/latest/apireference/API_TopicRulePayload.html */
const MAX_ACTIONS = 10;
const KINDS: Kinds<SiteWiseRuleProps> = { texts: ['topicFilter', 'deviceId'], lists: ['models', 'entries', 'rootAssets', 'alarmActions'] };
const ENTRY_KINDS: Kinds<SiteWiseEntry> = { texts: ['propertyAlias', 'assetId', 'propertyId'], lists: ['values'] };

/** How values are spread over rules; AWS charges each rule that runs and each action. */
export enum SiteWiseGrouping {
  /** A rule per value, of three resources in the stack, which may have 500. It runs only for messages that have the value in the right type, so that no value can stop another. */
  PER_VALUE = 'PER_VALUE',
  /**
   * A rule per kind of message, with up to 10 values per action. It costs least where messages have many values, and
   * relies on AWS IoT leaving out the entries whose value is not in the message.
   */
  PER_MESSAGE = 'PER_MESSAGE',
}

/** What happens to values whose time SiteWise does not accept. */
export enum SiteWiseStaleValues {
  /** They are sent, SiteWise refuses them, and the message waits in the error queue. */
  ERROR_QUEUE = 'ERROR_QUEUE',
  /** They are not sent, and nothing shows it. */
  DROP = 'DROP',
}

/** Options of a SiteWiseRule. */
export interface SiteWiseRuleOptions {
  /**
   * Models whose measurements are written: the entries of the rule follow from them.
   *
   * @default - `entries` say everything
   */
  readonly models?: SiteWiseAssetModel[];

  /**
   * Properties of assets that exist already, by alias or by id. Any number; they are spread over actions and rules.
   *
   * @default - `models` say everything
   */
  readonly entries?: SiteWiseEntry[];

  /**
   * The messages that are read.
   *
   * @default 'data/#'
   */
  readonly topicFilter?: string;

  /**
   * Which device a message is from: an AWS IoT SQL expression that fills `{device}` in the aliases, such as
   * `device.deviceId`. A device can write anything into its payload, but publishes only to topics that its policy allows.
   *
   * @default - the level of the topic at the first wildcard of `topicFilter`: `topic(2)` for `data/#`
   */
  readonly deviceId?: string;

  /**
   * Which time values get, unless their measurement says another.
   *
   * @default SiteWiseTimestamp.arrival()
   */
  readonly timestamp?: SiteWiseTimestamp;

  /**
   * How far values can be trusted, unless their measurement says another.
   *
   * @default SiteWiseQuality.GOOD
   */
  readonly quality?: SiteWiseQuality;

  /**
   * How values are spread over rules.
   *
   * @default SiteWiseGrouping.PER_VALUE
   */
  readonly grouping?: SiteWiseGrouping;

  /**
   * What happens to values with a device time older than 7 days or more than 10 minutes ahead.
   *
   * @default SiteWiseStaleValues.ERROR_QUEUE
   */
  readonly staleValues?: SiteWiseStaleValues;

  /**
   * Assets that the rule may write to, with all assets below them: at most 100. Pass `[]` to allow every asset of the
   * account and Region, for example where assets of a model are made outside of this app too.
   *
   * @default - the root assets of the assets made of `models` before the rule and after it, where each model has one;
   * otherwise every asset of the account and Region
   */
  readonly rootAssets?: SiteWiseAsset[];

  /**
   * Whether the rules take messages.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * What happens when the rules cannot read messages or are throttled.
   *
   * @default - the alarms show in CloudWatch and tell nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/** Properties of a SiteWiseRule. */
export interface SiteWiseRuleProps extends SiteWiseRuleOptions {
  /**
   * Where messages go when SiteWise refuses a value. Share one queue between rules, or leave it out.
   *
   * @default - a new RuleErrorQueue below this construct
   */
  readonly errorQueue?: RuleErrorQueue;
}

/**
 * Writes telemetry to property values in AWS IoT SiteWise, as the asset models say where each value is.
 *
 * A message that lacks a value, or has it in a wrong type, still delivers the others.
 *
 * @see https://docs.aws.amazon.com/iot-sitewise/latest/userguide/iot-rules.html
 * @example
 * import { Stack } from 'aws-cdk-lib';
 * import { SiteWiseAssetModel, SiteWiseRule, SiteWiseTimestamp } from 'cdk-iot-landing-zone';
 *
 * declare const stack: Stack;
 * declare const press: SiteWiseAssetModel;
 *
 * new SiteWiseRule(stack, 'Telemetry', { models: [press], timestamp: SiteWiseTimestamp.fromEpochMillis('ts') });
 */
export class SiteWiseRule extends Construct {
  /** The topic rules, for their names and metrics: one per value, or fewer with another `grouping`. */
  readonly rules: IngestRule[];
  /** Where messages wait of which SiteWise refused a value. */
  readonly errorQueue: RuleErrorQueue;
  /** In alarm when messages are no JSON, or when the rules are throttled: AWS IoT runs no error action for either. */
  readonly alarms: cloudwatch.IAlarm[];

  constructor(scope: Construct, id: string, props: SiteWiseRuleProps) {
    super(scope, id);
    throwOnProblems(this, kindProblems(props, KINDS));
    throwOnProblems(this, (props.entries ?? []).flatMap((entry, at) => kindProblems(entry, ENTRY_KINDS).map(problem => ({ ...problem, prop: `entries[${at}].${problem.prop}` }))));
    const topicFilter = props.topicFilter ?? DEFAULT_TOPIC_FILTER;
    throwOnProblems(this, problemsOf(props, topicFilter));
    const planned = this.plan(props, {
      deviceId: props.deviceId ?? levelOfFirstWildcard(topicFilter) ?? 'clientid()',
      timestamp: props.timestamp ?? SiteWiseTimestamp.arrival(),
      quality: props.quality ?? SiteWiseQuality.GOOD,
      dropStale: props.staleValues === SiteWiseStaleValues.DROP,
    });

    this.errorQueue = props.errorQueue ?? new RuleErrorQueue(this, 'Errors');
    const rootAssets = this.rootAssets(props);
    this.rules = planned.flatMap(rule => this.createRules(rule, topicFilter, rootAssets, props.enabled));
    const alarms = createRuleAlarms(this, this.rules);
    alarms.forEach(alarm => addActions(alarm, props.alarmActions ?? []));
    this.alarms = alarms;
    if (props.grouping !== SiteWiseGrouping.PER_MESSAGE) this.node.addValidation({ validate: () => resourceCountErrors(this, this.rules.length) });
  }

  private plan(props: SiteWiseRuleProps, defaults: ValueDefaults): PlannedRule[] {
    const values = [...valuesOfModels(props.models ?? [], defaults), ...valuesOfEntries(props.entries ?? [], defaults)];
    throwOnProblems(this, typeProblems(values));
    return props.grouping === SiteWiseGrouping.PER_MESSAGE ? rulePerMessage(values) : rulePerValue(values);
  }

  private rootAssets({ rootAssets, models = [], entries = [] }: SiteWiseRuleProps): () => SiteWiseAsset[] {
    if (rootAssets) return () => rootAssets;
    if (entries.length > 0 || models.some(model => model._assets.length === 0)) return () => [];
    const roots = () => [...new Set(models.flatMap(model => model._assets.flatMap(asset => asset._roots())))];
    this.node.addValidation({ validate: () => rootAssetProblems(roots()).map(describeProblem) });
    return roots;
  }

  private createRules(rule: PlannedRule, topicFilter: string, rootAssets: () => SiteWiseAsset[], enabled?: boolean): IngestRule[] {
    const { id, label, where, entries } = rule;
    const actions = SiteWiseAction.split({ entries }).map(action => action._below(rootAssets));
    const sql = `SELECT * FROM '${topicFilter}' WHERE ${where.join(' AND ')}`;
    return Array.from({ length: Math.ceil(actions.length / MAX_ACTIONS) }, (_, at) => new IngestRule(this, at === 0 ? id : `${id}${at + 1}`, {
      sql,
      description: `To AWS IoT SiteWise: ${label}`,
      enabled,
      actions: actions.slice(at * MAX_ACTIONS, (at + 1) * MAX_ACTIONS),
      errorQueue: this.errorQueue,
    }));
  }
}

function problemsOf(props: SiteWiseRuleProps, topicFilter: string): Problem[] {
  const { models = [], entries = [] } = props;
  const none = entries.length === 0 && models.every(model => model.measurements.length === 0);
  return [
    ...none ? [{ prop: 'models', got: models.map(model => model.node.path), allowed: 'models with at least one measurement', fix: 'add measurements, or pass entries' }] : [],
    ...topicFilterProblems('topicFilter', topicFilter),
    ...quoteProblems(topicFilter),
    ...deviceProblems(props, topicFilter),
    ...expressionProblems('deviceId', props.deviceId),
    ...props.timestamp?._problems('timestamp') ?? [],
    ...props.quality?._problems('quality') ?? [],
    ...placeProblems(models),
    ...entries.flatMap((entry, at) => entryProblems(`entries[${at}]`, entry)),
    ...entries.flatMap(({ values }, at) => values.length > 0 ? [] : [{ prop: `entries[${at}].values`, got: 0, allowed: 'at least 1 value', fix: 'add one' }]),
    ...rootAssetProblems(props.rootAssets ?? []),
  ];
}

function quoteProblems(topicFilter: string): Problem[] {
  if (Token.isUnresolved(topicFilter) || !topicFilter.includes('\'')) return [];
  return [{ prop: 'topicFilter', got: topicFilter, allowed: 'a topic filter without single quotes', fix: 'put + in the place of that level' }];
}

function deviceProblems({ models = [], deviceId }: SiteWiseRuleProps, topicFilter: string): Problem[] {
  if (models.length === 0 || deviceId !== undefined || levelOfFirstWildcard(topicFilter) !== undefined) return [];
  return [{ prop: 'deviceId', got: deviceId, allowed: 'given where the topic filter has no wildcard', fix: 'pass topic(2), device.deviceId or whatever says which device a message is from' }];
}

/** The SQL function that yields the topic's level at the first wildcard, or undefined where there is none. */
function levelOfFirstWildcard(topicFilter: string): string | undefined {
  if (Token.isUnresolved(topicFilter)) return undefined;
  const at = topicFilter.split('/').findIndex(level => level === '+' || level === '#');
  return at < 0 ? undefined : `topic(${at + 1})`;
}
