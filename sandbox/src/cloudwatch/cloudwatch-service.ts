import { AlarmDefinition, AlarmState, Statistic, statisticOf, STATISTICS, Verdict, verdictOf } from './alarm';
import { AlarmProperties } from './alarm-properties';
import { Account, AwsError, Operations, Service } from '../account';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { HttpHandler } from '../http/http-request';
import { jsonProtocol } from '../http/json-protocol';
import { queryProtocol } from '../http/query-protocol';

/** An alarm and what it says now. */
export interface Alarm extends Verdict {
  readonly definition: AlarmDefinition;
  readonly updatedAt: number;
  /** Why nothing evaluates it here. */
  readonly notEvaluated?: string;
}
interface Dimension { readonly Name: string; readonly Value: string }
interface Given { readonly MetricName: string; readonly Dimensions?: readonly Dimension[]; readonly Value?: number | string }
interface Asked extends Omit<Given, 'Value'> {
  readonly Namespace: string;
  readonly StartTime: unknown;
  readonly EndTime: unknown;
  readonly Period: number | string;
  readonly Statistics?: readonly Statistic[];
}

const MINUTE = 60_000;
/** So long before the end of a minute queues and the like are looked at, so that it counts for this minute. */
const BEFORE_END = 1000;

/** Alarms of CloudWatch on the metrics that exist here, evaluated each minute. */
export class CloudWatchService implements Service {
  readonly types: ReadonlyMap<string, ResourceType> = new Map([['AWS::CloudWatch::Alarm', { create: (request: ResourceRequest) => this.create(request) }]]);
  readonly endpoints: ReadonlyMap<string, HttpHandler>;
  private readonly byName = new Map<string, Alarm>();
  private cancel: (() => void) | undefined;

  constructor(private readonly account: Account) {
    const operations = this.operations();
    account.addService('monitoring', operations);
    const json = jsonProtocol(withSeconds(operations), 'monitoring');
    const query = queryProtocol(operations, 'http://monitoring.amazonaws.com/doc/2010-08-01/', 'monitoring');
    this.endpoints = new Map([['monitoring', (request) => request.headers['x-amz-target'] === undefined ? query(request) : json(request)]]);
  }

  /** An alarm on metrics that nothing here puts is marked. */
  get alarms(): Alarm[] {
    return [...this.byName.values()].map(alarm => {
      const unknown = alarm.definition.metrics.find(({ namespace, name }) => !this.account.metrics.isProduced(namespace, name));
      return alarm.notEvaluated === undefined && unknown ? { ...alarm, notEvaluated: `nothing here puts ${unknown.namespace} ${unknown.name}` } : alarm;
    });
  }

  start(): void {
    this.cancel?.();
    const { clock } = this.account;
    this.cancel = clock.after(MINUTE - (clock.now() + BEFORE_END) % MINUTE, () => {
      this.account.metrics.sample();
      this.cancel = clock.after(BEFORE_END, () => {
        void this.evaluate();
        this.start();
      });
    });
  }

  stop(): void {
    this.cancel?.();
  }

  /** Looks at all alarms as of the minutes that are over. */
  async evaluate(): Promise<void> {
    const end = Math.floor(this.account.clock.now() / MINUTE) * MINUTE;
    for (const { definition, state, notEvaluated } of this.alarms) {
      if (notEvaluated !== undefined) continue;
      const { evaluationPeriods, periodSeconds } = definition;
      const ends = Array.from({ length: evaluationPeriods }, (_, at) => end - (evaluationPeriods - 1 - at) * periodSeconds * 1000);
      const values = ends.map(to => this.valueOf(definition, to));
      await this.become(definition.name, verdictOf(definition, values, state));
    }
  }

  private valueOf({ metrics, periodSeconds }: AlarmDefinition, to: number): number | undefined {
    const values = metrics.flatMap(({ namespace, name, dimensions, statistic }) => {
      const point = this.account.metrics.between(namespace, name, dimensions, to - periodSeconds * 1000, to);
      return point ? [statisticOf(point, statistic)] : [];
    });
    return values.length > 0 ? values.reduce((sum, value) => sum + value) : undefined;
  }

  private async become(name: string, verdict: Verdict): Promise<void> {
    const before = this.byName.get(name)!;
    if (before.state === verdict.state) return;
    this.byName.set(name, { ...before, ...verdict, updatedAt: this.account.clock.now() });
    this.account.activity.record('alarm', { name, ...verdict });
    for (const action of before.definition.actions[verdict.state]) await this.act(action, before, verdict);
  }

  private async act(action: string, { definition, state: old }: Alarm, verdict: Verdict): Promise<void> {
    const problem = (what: string) => this.account.activity.record('problem', { message: `the alarm ${definition.name} could not tell ${action}: ${what}` });
    if (action.split(':')[2] !== 'sns') return problem('only topics are modelled as actions');
    const { region, account } = this.account.environment;
    try {
      await this.account.call('sns', 'Publish', {
        TopicArn: action,
        Subject: `${verdict.state}: "${definition.name}" in ${region}`.slice(0, 100),
        Message: JSON.stringify(messageOf(definition, verdict, old, { region, account, time: this.account.clock.now() })),
      }, this.account.service('cloudwatch.amazonaws.com', { 'aws:SourceArn': definition.arn }));
    } catch (error) {
      problem((error as Error).message);
    }
  }

  private create(request: ResourceRequest): CreatedResource {
    const properties = new AlarmProperties(request);
    const definition = properties.definition(name => this.account.arn('cloudwatch', `alarm:${name}`));
    this.byName.set(definition.name, {
      definition, state: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation', updatedAt: this.account.clock.now(), notEvaluated: properties.notModelled,
    });
    return { ref: definition.name, attributes: { Arn: definition.arn } };
  }

  private operations(): Operations {
    const { account } = this;
    return {
      PutMetricData: ({ Namespace: namespace, MetricData = [] }: { Namespace: string; MetricData?: readonly Given[] }, caller) => {
        caller.authorize('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': namespace });
        for (const { MetricName, Dimensions, Value } of MetricData) {
          if (!Number.isFinite(Number(Value ?? NaN))) throw new AwsError('InvalidParameterValue', `The value of ${MetricName} must be a number; statistic sets and lists of values are not modelled.`);
          account.metrics.put(namespace, MetricName, dimensionsOf(Dimensions), Number(Value));
        }
      },
      DescribeAlarms: ({ AlarmNames, StateValue }: { AlarmNames?: readonly string[]; StateValue?: AlarmState }, caller) => {
        caller.authorize('cloudwatch:DescribeAlarms', account.arn('cloudwatch', 'alarm:*'));
        const named = this.alarms.filter(({ definition: { name } }) => AlarmNames?.includes(name) ?? true);
        const asked = named.filter(({ state }) => StateValue === undefined || state === StateValue);
        return { MetricAlarms: asked.map(described) };
      },
      SetAlarmState: async ({ AlarmName = '', StateValue, StateReason = '' }: { AlarmName?: string; StateValue?: AlarmState; StateReason?: string }, caller) => {
        caller.authorize('cloudwatch:SetAlarmState', account.arn('cloudwatch', `alarm:${AlarmName}`));
        if (!this.byName.has(AlarmName)) throw new AwsError('ResourceNotFound', `There is no alarm ${AlarmName}.`, 404);
        if (StateValue === undefined || !['OK', 'ALARM', 'INSUFFICIENT_DATA'].includes(StateValue)) throw new AwsError('ValidationError', `StateValue ${StateValue} is none.`);
        await this.become(AlarmName, { state: StateValue, reason: StateReason });
      },
      GetMetricStatistics: (input: Asked, caller) => {
        caller.authorize('cloudwatch:GetMetricStatistics', '*');
        account.metrics.sample();
        return { Label: input.MetricName, Datapoints: this.statistics(input) };
      },
    };
  }

  private statistics({ Namespace, MetricName, Dimensions, StartTime, EndTime, Period, Statistics = [] }: Asked): object[] {
    const period = Number(Period) * 1000;
    const [from, to] = [timeOf(StartTime), timeOf(EndTime)];
    if (!(period >= MINUTE && (to - from) / period <= 1440)) throw new AwsError('InvalidParameterCombination', 'Period must be at least 60 seconds, with at most 1440 datapoints.');
    const points: object[] = [];
    for (let at = Math.floor(from / period) * period; at < to; at += period) {
      const point = this.account.metrics.between(Namespace, MetricName, dimensionsOf(Dimensions), at, at + period);
      const values = point && STATISTICS.filter(name => Statistics.includes(name)).map(name => [name, statisticOf(point, name)] as const);
      if (values) points.push({ Timestamp: new Date(at), ...Object.fromEntries(values), Unit: 'None' });
    }
    return points;
  }
}

function described({ definition, state, reason, updatedAt }: Alarm): object {
  const {
    name, arn, description, metrics: [metric], periodSeconds, evaluationPeriods, datapointsToAlarm, threshold,
    comparison, missing, actions,
  } = definition;
  return {
    AlarmName: name,
    AlarmArn: arn,
    AlarmDescription: description,
    StateValue: state,
    StateReason: reason,
    StateUpdatedTimestamp: new Date(updatedAt),
    ActionsEnabled: true,
    AlarmActions: actions.ALARM,
    OKActions: actions.OK,
    InsufficientDataActions: actions.INSUFFICIENT_DATA,
    MetricName: metric?.name,
    Namespace: metric?.namespace,
    Statistic: metric?.statistic,
    Dimensions: Object.entries(metric?.dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
    Period: periodSeconds,
    EvaluationPeriods: evaluationPeriods,
    DatapointsToAlarm: datapointsToAlarm,
    Threshold: threshold,
    ComparisonOperator: comparison,
    TreatMissingData: missing,
  };
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-sns-notification.html */
function messageOf(
  definition: AlarmDefinition, { state, reason }: Verdict, old: AlarmState,
  { region, account, time }: { region: string; account: string; time: number },
): object {
  const {
    name, arn, description, metrics: [metric], periodSeconds, evaluationPeriods, datapointsToAlarm, threshold,
    comparison, missing, actions,
  } = definition;
  return {
    AlarmName: name,
    AlarmDescription: description ?? null,
    AWSAccountId: account,
    NewStateValue: state,
    NewStateReason: reason,
    StateChangeTime: new Date(time).toISOString().replace('Z', '+0000'),
    Region: region,
    AlarmArn: arn,
    OldStateValue: old,
    OKActions: actions.OK,
    AlarmActions: actions.ALARM,
    InsufficientDataActions: actions.INSUFFICIENT_DATA,
    Trigger: {
      MetricName: metric?.name,
      Namespace: metric?.namespace,
      StatisticType: 'Statistic',
      Statistic: metric?.statistic.toUpperCase(),
      Unit: null,
      Dimensions: Object.entries(metric?.dimensions ?? {}).map(([key, value]) => ({ value, name: key })),
      Period: periodSeconds,
      EvaluationPeriods: evaluationPeriods,
      DatapointsToAlarm: datapointsToAlarm,
      ComparisonOperator: comparison,
      Threshold: threshold,
      TreatMissingData: missing,
    },
  };
}

function dimensionsOf(dimensions: readonly Dimension[] = []): { [name: string]: string } {
  return Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value]));
}

/** Seconds in JSON, a text in a form, a date in process. */
function timeOf(given: unknown): number {
  const time = typeof given === 'number' ? given * 1000 : new Date(given as string | Date).getTime();
  if (!Number.isFinite(time)) throw new AwsError('InvalidParameterValue', `${String(given)} is no time`);
  return time;
}

/** Dates as JSON has them: seconds since 1970. */
function withSeconds(operations: Operations): Operations {
  const converted = (value: unknown): unknown => value instanceof Date ? value.getTime() / 1000 : Array.isArray(value) ? value.map(converted)
    : typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, converted(item)])) : value;
  return Object.fromEntries(Object.entries(operations)
    .map(([name, operation]) => [name, async (input: unknown, caller) => converted(await operation(input, caller))]));
}
