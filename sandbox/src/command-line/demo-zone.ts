import { UsageError } from './command';
import type { Sandbox } from '../sandbox';

/** The one resource of a type whose path fits. */
export function only({ stacks }: Sandbox, type: string, at: RegExp, what: string) {
  const found = stacks.flatMap(({ resources }) => [...resources.values()]).filter(resource => resource.type === type && at.test(resource.path) && resource.state === 'running');
  if (found.length === 1) return found[0];
  throw new UsageError(`the demo needs a template with ${what}, and there ${found.length === 0 ? 'is none' : `are ${found.length}`}: it shows zones of cdk-iot-landing-zone; 'start' runs any template`);
}

export function connectivityTableOf(sandbox: Sandbox): string {
  return only(sandbox, 'AWS::DynamoDB::Table', /Connectivity(?!.*History)/, 'a connectivity table').ref;
}

export function telemetryStreamOf(sandbox: Sandbox): string {
  return only(sandbox, 'AWS::KinesisFirehose::DeliveryStream', /Telemetry/, 'a delivery stream of telemetry').ref;
}

/** `database.table` of the lake: where the delivery stream finds its columns. */
export function lakeTableOf(sandbox: Sandbox): string {
  const stream = sandbox.services.firehose.stream(telemetryStreamOf(sandbox));
  const conversion = stream?.definition.conversion;
  if (!conversion) throw new UsageError('the demo asks the lake through a Glue table, and the delivery stream of the template converts to none');
  return `"${conversion.table.databaseName}"."${conversion.table.tableName}"`;
}
