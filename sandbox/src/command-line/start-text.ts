import type { Sandbox } from '../sandbox';

/** What the start prints: where everything is, and what does not run. */
export function startText(sandbox: Sandbox, milliseconds: number): string {
  const { stacks, account, mqtt, services } = sandbox;
  const resources = stacks.flatMap(stack => [...stack.resources.values()]);
  const running = resources.filter(({ state }) => state === 'running').length;
  const lines = [
    `${stacks.map(({ stack }) => stack.stackName).join(', ')}: ${running} resources run, after ${(milliseconds / 1000).toFixed(1)} s`,
    '',
    `  page and services  ${sandbox.endpointUrl}/`,
    `  MQTT               ${mqtt.host}:${mqtt.port}, authority in ${mqtt.caFile}`,
    `  state              ${sandbox.stateFolder}`,
    `  account            ${account.environment.account} in ${account.environment.region}`,
    `  tables             ${services.dynamoDb.description}`,
    ...notes(sandbox),
    '',
    'This is no AWS: it models what the README of the sandbox lists. Ctrl+C ends it.',
  ];
  return lines.join('\n');
}

/** What is in the template and not here, by kind; nothing is left out in silence. */
export function notes({ notModelled, account }: Sandbox): string[] {
  const lines: string[] = [];
  if (notModelled.length > 0) {
    lines.push('', `Not modelled, ${notModelled.length} resource${notModelled.length === 1 ? '' : 's'}:`);
    for (const { path, logicalId, type, neededBy } of notModelled) {
      lines.push(`  ${path} (${logicalId}, ${type})${neededBy.length > 0 ? `, needed by ${neededBy.join(', ')}` : ''}`);
    }
  }
  lines.push(...effectless(account.withoutEffect));
  const unmodelled = account.iam.unmodelled;
  if (unmodelled.length > 0) lines.push('', 'Not looked at by IAM:', ...unmodelled.map(sentence => `  ${sentence}`));
  const problems = account.activity.last('problem');
  if (problems.length > 0) lines.push('', ...problems.map(({ message }) => `Note: ${message}`));
  return lines;
}

/** Resources whose properties without effect are the same share a line. */
function effectless(withoutEffect: ReadonlyMap<string, readonly string[]>): string[] {
  if (withoutEffect.size === 0) return [];
  const byProperties = new Map<string, string[]>();
  for (const [resource, properties] of withoutEffect) {
    const key = [...new Set(properties)].sort().join(', ');
    byProperties.set(key, [...byProperties.get(key) ?? [], resource]);
  }
  return ['', `Properties without effect here, of ${withoutEffect.size} resource${withoutEffect.size === 1 ? '' : 's'}:`,
    ...[...byProperties].map(([properties, [first, ...others]]) => `  ${properties}: ${first}${others.length > 0 ? ` and ${others.length} more like it` : ''}`)];
}
