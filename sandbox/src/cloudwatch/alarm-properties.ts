import { AlarmDefinition, AlarmMetric, COMPARISONS, MISSING, Statistic, STATISTICS } from './alarm';
import { ResourceRequest } from '../assembly/resource-type';
import { TemplateProperties } from '../iam/template-properties';
import { isObject, Json } from '../json';

/** Reads `AWS::CloudWatch::Alarm`. */
export class AlarmProperties {
  /** Why nothing evaluates the alarm here; undefined where it is evaluated. */
  notModelled: string | undefined;
  private readonly properties: TemplateProperties;

  constructor(private readonly request: ResourceRequest) {
    this.properties = new TemplateProperties(request);
  }

  /** @throws TemplateError for what CloudFormation would refuse */
  definition(arnOf: (name: string) => string): AlarmDefinition {
    const { properties } = this;
    const name = properties.optionalText('AlarmName') ?? this.request.generatedName(255);
    const list = properties.list('Metrics').filter(isObject);
    const stats = list.map(({ MetricStat }) => MetricStat).filter(isObject);
    const evaluationPeriods = this.number('EvaluationPeriods');
    const enabled = String(this.request.properties.ActionsEnabled ?? true) === 'true';
    const actions = (property: string) => enabled ? properties.texts(property) : [];
    const periods = stats.map(({ Period }) => Number(Period));
    return {
      name,
      arn: arnOf(name),
      description: properties.optionalText('AlarmDescription'),
      metrics: list.length > 0 ? this.summed(list, stats) : [this.metric(this.request.properties, this.request.properties.Statistic)],
      periodSeconds: list.length > 0 ? Math.max(60, ...periods) : Math.max(60, this.number('Period')),
      evaluationPeriods,
      datapointsToAlarm: this.number('DatapointsToAlarm', evaluationPeriods),
      threshold: this.number('Threshold'),
      comparison: this.oneOf('ComparisonOperator', Object.keys(COMPARISONS) as (keyof typeof COMPARISONS)[]),
      missing: this.oneOf('TreatMissingData', MISSING, 'missing'),
      actions: { ALARM: actions('AlarmActions'), OK: actions('OKActions'), INSUFFICIENT_DATA: actions('InsufficientDataActions') },
    };
  }

  /** One metric, or a sum of all: `SUM(METRICS())` or `a + b`. */
  private summed(list: readonly { readonly [member: string]: Json }[], stats: readonly { readonly [member: string]: Json }[]): AlarmMetric[] {
    const expression = list.map(({ Expression }) => Expression).filter(text => typeof text === 'string');
    const ids = list.filter(({ MetricStat }) => isObject(MetricStat)).map(({ Id }) => String(Id));
    const sum = (expression[0] ?? '').replace(/\s/g, '');
    const isSum = sum === 'SUM(METRICS())' || sum.split('+').sort().join() === [...ids].sort().join();
    if (expression.length > 1 || (expression.length === 1 ? !isSum : stats.length !== 1)) {
      this.notModelled = `the metric math ${expression.join(', ')} is not modelled, only sums`;
    }
    return stats.map(({ Metric, Stat }) => this.metric(isObject(Metric) ? Metric : {}, Stat));
  }

  private metric(source: { readonly [member: string]: Json }, statistic: Json | undefined): AlarmMetric {
    if (!STATISTICS.includes(statistic as Statistic)) this.notModelled = `the statistic ${JSON.stringify(statistic ?? this.request.properties.ExtendedStatistic)} is not modelled`;
    const dimensions = Array.isArray(source.Dimensions) ? source.Dimensions.filter(isObject) : [];
    return {
      namespace: String(source.Namespace),
      name: String(source.MetricName),
      dimensions: Object.fromEntries(dimensions.map(({ Name, Value }) => [String(Name), String(Value)])),
      statistic: statistic as Statistic,
    };
  }

  private number(property: string, otherwise?: number): number {
    const given = this.properties.optionalText(property);
    if (given === undefined && otherwise !== undefined) return otherwise;
    const number = given === undefined ? NaN : Number(given);
    return Number.isFinite(number) ? number : this.properties.fail(property, `needs a number, got ${JSON.stringify(given)}`);
  }

  private oneOf<T extends string>(property: string, allowed: readonly T[], otherwise?: T): T {
    const given = this.properties.optionalText(property) ?? otherwise;
    const found = allowed.find(value => value === given);
    if (found !== undefined) return found;
    if (property === 'ComparisonOperator' && given?.endsWith('UpperThreshold')) {
      this.notModelled = 'anomaly detection is not modelled';
      return allowed[0];
    }
    return this.properties.fail(property, `must be one of ${allowed.join(', ')}, got ${JSON.stringify(given)}`);
  }
}
