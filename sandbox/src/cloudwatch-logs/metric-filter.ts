import { FilterPattern, FilterPatternError } from './filter-pattern';
import { Dimensions } from '../cloudwatch/metric-store';
import { isObject, JsonObject } from '../json';

export { FilterPatternError as MetricFilterError } from './filter-pattern';

type Put = (namespace: string, name: string, dimensions: Dimensions, value: number) => void;

/** Makes a metric out of the lines of a group that match a pattern. */
export class MetricFilter {
  /** @throws MetricFilterError for a pattern or transformation that is malformed or not modelled */
  static of(pattern: string, transformation: JsonObject): MetricFilter {
    const { MetricName, MetricNamespace, MetricValue, Dimensions: list = [] } = transformation;
    if (typeof MetricName !== 'string' || typeof MetricNamespace !== 'string') throw new FilterPatternError('a transformation needs MetricName and MetricNamespace');
    const value = String(MetricValue ?? '');
    if (!value.startsWith('$.') && (value === '' || Number.isNaN(Number(value)))) throw new FilterPatternError(`MetricValue must be a number or a field such as $.size, got ${JSON.stringify(value)}`);
    const dimensions = (Array.isArray(list) ? list : []).filter(isObject).map(({ Key, Value }): [string, string] => [String(Key), String(Value)]);
    const wrong = dimensions.find(([, field]) => !field.startsWith('$.'));
    if (wrong) throw new FilterPatternError(`a dimension is a field such as $.name, got ${wrong[1]}`);
    return new MetricFilter(FilterPattern.of(pattern), MetricNamespace, MetricName, value, dimensions);
  }

  /** Whether a line matches the pattern. */
  static matcher(pattern: string): (message: string) => boolean {
    const compiled = FilterPattern.of(pattern);
    return message => compiled.match(message) !== undefined;
  }

  private constructor(
    private readonly pattern: FilterPattern,
    private readonly namespace: string,
    private readonly name: string,
    private readonly value: string,
    private readonly dimensions: readonly [string, string][],
  ) {}

  /** A line without a number where the value is read, or without a field of a dimension, counts nothing. */
  take(message: string, put: Put): void {
    const match = this.pattern.match(message);
    if (!match) return;
    const value = this.value.startsWith('$.') ? Number(match.field(this.value) ?? NaN) : Number(this.value);
    const dimensions = this.dimensions.map(([key, field]) => [key, match.field(field)] as const);
    if (Number.isNaN(value) || dimensions.some(([, found]) => found === undefined)) return;
    put(this.namespace, this.name, Object.fromEntries(dimensions.map(([key, found]) => [key, String(found)])), value);
  }
}
