import { CostDriver, costDrivers, fixedCosts, Fleet } from './costs';
import { ReadableTemplate, Resource } from './template';

const THING = '${iot:Connection.Thing.ThingName}';
const FLEET: Fleet = { devices: 1_000, messagesPerMinute: 1, kibPerMessage: 1 };

/** What a template would deploy, for a person with half a minute. */
export function account(stackName: string, template: ReadableTemplate): string {
  return [
    `\n${stackName}: ${template.resources.length} resources\n`,
    section('What would be deployed', parts(template)),
    section('What a device may do, each only for itself', devicePermissions(template)),
    section('How a device gets in', onboarding(template)),
    section('Where data goes', data(template)),
    section('Where errors go', errors(template)),
    section(`What it costs: ${FLEET.devices} devices, ${FLEET.messagesPerMinute} message a minute of ${FLEET.kibPerMessage} KiB each, a month`, costs(template)),
    section('Outputs', template.outputs.map(({ description }) => description)),
  ].join('\n');
}

function section(title: string, lines: string[]): string {
  return `${title}\n${lines.map(line => `  ${line}`).join('\n')}\n`;
}

function columns(rows: string[][]): string[] {
  const widths = rows[0].map((_cell, column) => Math.max(...rows.map(row => row[column].length)));
  return rows.map(row => row.map((cell, column) => column === row.length - 1 ? cell : cell.padEnd(widths[column])).join('  '));
}

/** Resources by part: what stands right below the zone, and what else stands in the stack. */
function parts(template: ReadableTemplate): string[] {
  const zone = template.of('AWS::IoT::ProvisioningTemplate')[0]?.path.split('/')[0];
  const byPart = new Map<string, Resource[]>();
  for (const resource of template.resources) {
    const [first, second] = resource.path.split('/');
    const part = first === zone && second ? `${first}/${second}` : first;
    byPart.set(part, [...(byPart.get(part) ?? []), resource]);
  }
  const width = Math.max(...[...byPart.keys()].map(part => part.length));
  return [...byPart].sort(([a], [b]) => a.localeCompare(b)).flatMap(([part, resources]) =>
    wrapped(kinds(resources)).map((line, index) => index === 0
      ? `${part.padEnd(width)} ${String(resources.length).padStart(3)}  ${line}` : `${' '.repeat(width + 6)}${line}`));
}

function wrapped(items: string[]): string[] {
  const lines = [''];
  for (const item of items) {
    const line = lines[lines.length - 1];
    if (line && line.length + item.length > 84) lines.push(item);
    else lines[lines.length - 1] = line ? `${line}, ${item}` : item;
  }
  return lines;
}

function kinds(resources: Resource[]): string[] {
  const counts = new Map<string, number>();
  for (const { type } of resources) {
    const kind = type.replace(/^AWS::/, '').replace(/^Custom::/, 'custom ').replace('::', ' ');
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([kind, count]) => count > 1 ? `${count} ${kind}` : kind);
}

function devicePermissions(template: ReadableTemplate): string[] {
  const policies = template.of('AWS::IoT::Policy').filter(({ path }) => path.includes('ThingPolicy'));
  return policies.flatMap(({ properties }) => policyLines(template, properties.PolicyDocument));
}

function policyLines(template: ReadableTemplate, document: any): string[] {
  const parsed = JSON.parse(typeof document === 'object' && !('Statement' in document) ? template.text(document) : JSON.stringify(document));
  const rows: string[][] = parsed.Statement.flatMap(({ Effect, Action, Resource: resource, Condition }: any) => {
    const actions = [Action].flat().map((action: string) => action.replace('iot:', '')).join(', ');
    const targets = [resource].flat().map(target => template.text(target).replace(/^arn:[^:]*:iot:[^:]*:[^:]*:/, '').split(THING).join('<thing>'));
    const note = Condition ? `  if ${conditionText(Condition)}` : '';
    return targets.map((target, index) => [index === 0 ? `${Effect === 'Deny' ? 'never ' : ''}${actions}` : '', target + (index === 0 ? note : '')]);
  });
  return columns(rows);
}

function conditionText(condition: Record<string, Record<string, unknown>>): string {
  return Object.values(condition).flatMap(keys => Object.entries(keys)).map(([key, value]) => `${key} = ${value}`).join(' and ');
}

function onboarding(template: ReadableTemplate): string[] {
  return template.of('AWS::IoT::ProvisioningTemplate').flatMap(({ properties }) => {
    const hook = properties.PreProvisioningHook?.TargetArn;
    return [
      `template ${template.text(properties.TemplateName)}, ${properties.Enabled ? 'enabled' : 'switched off'}`,
      hook ? `every request is decided by ${template.text(hook)}: unknown serial numbers are denied` : 'no hook decides: whoever holds the claim gets in',
    ];
  });
}

function data(template: ReadableTemplate): string[] {
  const streams = template.of('AWS::KinesisFirehose::DeliveryStream').flatMap(({ path, properties }) => {
    const s3 = properties.ExtendedS3DestinationConfiguration;
    const every = `every ${s3.BufferingHints?.IntervalInSeconds} s or ${s3.BufferingHints?.SizeInMBs} MiB`;
    const rows = [[path, `${template.text(s3.BucketARN)}/${s3.Prefix}  (${every})`]];
    const backup = s3.S3BackupConfiguration;
    if (s3.S3BackupMode === 'Enabled' && backup) rows.push(['  as it came', `${template.text(backup.BucketARN)}/${backup.Prefix ?? ''}`]);
    return rows;
  });
  const tables = template.of('AWS::DynamoDB::Table').map(({ path }) => [path, 'DynamoDB table']);
  const models = template.of('AWS::IoTSiteWise::AssetModel').map(({ properties }) => ['SiteWise', `asset model ${template.text(properties.AssetModelName)}`]);
  return columns([...streams, ...tables, ...models]);
}

function errors(template: ReadableTemplate): string[] {
  const prefixes = template.of('AWS::KinesisFirehose::DeliveryStream').map(({ properties: { ExtendedS3DestinationConfiguration: s3 } }) =>
    ['records that cannot be transformed or delivered', `${template.text(s3.BucketARN)}/${s3.ErrorOutputPrefix}`]);
  const rules = template.of('AWS::IoT::TopicRule');
  const queues = new Map<string, string[]>();
  for (const { path, properties } of rules) {
    const queue = template.text(properties.TopicRulePayload.ErrorAction?.Sqs?.QueueUrl ?? 'nowhere');
    queues.set(queue, [...(queues.get(queue) ?? []), path]);
  }
  const actions = [...queues].map(([queue, names]) => [`messages that fail in ${names.length} rule(s)`, queue]);
  const deadLetters = template.of('AWS::SQS::Queue').filter(({ properties }) => properties.RedrivePolicy)
    .map(({ path, properties }) => [`messages of ${path} that fail repeatedly`, template.text(properties.RedrivePolicy.deadLetterTargetArn)]);
  const alarms = template.of('AWS::CloudWatch::Alarm').map(({ path }) => path);
  return [...columns([...prefixes, ...actions, ...deadLetters]), `${alarms.length} alarms: ${alarms.join(', ')}`];
}

function costs(template: ReadableTemplate): string[] {
  const destination = template.of('AWS::KinesisFirehose::DeliveryStream')[0]?.properties.ExtendedS3DestinationConfiguration;
  const seconds = destination?.BufferingHints?.IntervalInSeconds || 60;
  const alarmMetrics = template.of('AWS::CloudWatch::Alarm')
    .reduce((sum, { properties: { Metrics } }) => sum + (Metrics?.filter((metric: object) => 'MetricStat' in metric).length ?? 1), 0);
  const drivers: CostDriver[] = [
    ...costDrivers(FLEET, 60 / seconds, destination?.S3BackupMode === 'Enabled' ? 1 : 0),
    ...fixedCosts(alarmMetrics, template.of('AWS::SecretsManager::Secret').length),
  ];
  const rules = template.of('AWS::IoT::TopicRule')
    .filter(({ properties }) => properties.TopicRulePayload.Actions?.some((action: object) => 'IotSiteWise' in action)).length;
  const total = drivers.reduce((sum, { usd }) => sum + usd, 0);
  const rows = [...drivers].sort((a, b) => b.usd - a.usd).map(({ what, amount, usd }) => [what, amount, `${usd.toFixed(2).padStart(8)} USD`]);
  return [
    ...columns([...rows, ['together, at list prices of us-east-1', '', `${total.toFixed(2).padStart(8)} USD`]]),
    'Ten readings in one message divide the lines per message by up to ten. Basic Ingest takes the first line away,',
    `but reaches the one rule in its topic only${rules > 0 ? `: the ${rules} rules for SiteWise, charged too where a message has their value, see nothing of it` : ''}.`,
  ];
}
