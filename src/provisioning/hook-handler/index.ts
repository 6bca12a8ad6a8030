import { AttributeValue, ConditionalCheckFailedException, DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { Allowance, Claim, decide, HookAnswer, HookEvent, RegistryItem, RegistryItemInvalid, serialNumberOf, Verdict } from './core';
import { HookSettings, readSettings } from './env';

/** AWS IoT waits 5 seconds for an answer; what is left is for starting the function. */
const DEADLINE_MS = 3_500;
const ATTEMPT_TIMEOUT_MS = 1_000;
/** How often a device is decided on while an operator keeps changing it; more than one change within a second is a program gone wrong. */
const MAX_TRIES = 3;
/**
 * An expression of DynamoDB may have 300 operators and 4 KB, and each value takes two operators and 20 bytes.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const MAX_PARAMETERS = 100;

export interface HookDeps {
  readonly settings: HookSettings;
  /** Reads one device, as it is now. */
  readonly read: (serialNumber: string, signal: AbortSignal) => Promise<RegistryItem | undefined>;
  /** Makes the one conditional write; false where the device has changed since it was read. */
  readonly claim: (claim: Claim, signal: AbortSignal) => Promise<boolean>;
  /** How long all of it may take. */
  readonly deadlineMs: number;
  readonly now: () => Date;
  readonly log: (line: Record<string, unknown>) => void;
}

/**
 * Answers whether a device may register.
 *
 * A device that may not gets `allowProvisioning: false`. A registry that cannot be asked throws: AWS IoT denies then as
 * well, and the Errors metric of the function tells the two apart.
 */
export const makeHandler = (deps: HookDeps) => async (event: HookEvent): Promise<HookAnswer> => {
  const about: Record<string, unknown> = { template: deps.settings.templateName };
  try {
    const serialNumber = serialNumberOf(event, deps.settings);
    Object.assign(about, { serialNumber, claimCertificateId: event.claimCertificateId });
    const verdict = await judge(event, serialNumber, deps);
    deps.log({ decision: verdict.decision, reason: verdict.reason, ...about, ...(verdict.decision === 'ALLOW' ? grantedTo(verdict) : {}) });
    return verdict.decision === 'ALLOW' ? { allowProvisioning: true, parameterOverrides: verdict.overrides } : { allowProvisioning: false };
  } catch (error) {
    deps.log({ decision: 'ERROR', reason: error instanceof Error ? error.name : 'Unknown', message: error instanceof Error ? error.message : String(error), ...about });
    throw error;
  }
};

/** The values stay out of the log, and so do their names: whoever fills the registry chooses them. */
function grantedTo({ thingName, leftOut }: Allowance): Record<string, unknown> {
  return { thingName, ...(leftOut > 0 ? { parametersLeftOut: leftOut } : {}) };
}

async function judge(event: HookEvent, serialNumber: string | undefined, deps: HookDeps): Promise<Verdict> {
  if (serialNumber === undefined) return { decision: 'DENY', reason: 'NO_SERIAL_NUMBER' };
  const signal = AbortSignal.timeout(deps.deadlineMs);
  const look = async () => decide(event, serialNumber, await deps.read(serialNumber, signal), deps.settings, deps.now());
  let verdict = await look();
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    if (verdict.decision === 'DENY' || verdict.claim === undefined || await deps.claim(verdict.claim, signal)) return verdict;

    // The device is no longer as it was read. Its own second request may have been faster, or an operator changed it: then it is decided on anew.
    const again = await look();
    if (claimedMeanwhile(verdict, again)) return { decision: 'DENY', reason: 'CLAIMED_MEANWHILE' };
    verdict = again;
  }
  return { decision: 'DENY', reason: 'CHANGED_MEANWHILE' };
}

/** Only another device that won leaves another certificate; an operator leaves the one that was there, or none. */
function claimedMeanwhile(before: Allowance, now: Verdict): boolean {
  if (now.decision === 'DENY' || now.claim === undefined) return false;
  const { certificateId } = now.claim.expected;
  return certificateId !== undefined && certificateId !== before.claim?.expected.certificateId;
}

/** The registry in DynamoDB, one request a call. */
export function registry(client: DynamoDBClient, settings: HookSettings): Pick<HookDeps, 'read' | 'claim'> {
  return {
    read: async (serialNumber, abortSignal) => {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: settings.tableName, Key: { SerialNumber: { S: serialNumber } }, ConsistentRead: true }), { abortSignal },
      );
      return Item === undefined ? undefined : itemFrom(Item);
    },
    claim: async (claim, abortSignal) => {
      try {
        await client.send(new UpdateItemCommand({ TableName: settings.tableName, ...updateFor(claim, settings.templateName) }), { abortSignal });
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}

function itemFrom(item: Record<string, AttributeValue>): RegistryItem {
  return {
    status: text(item, 'Status') ?? '',
    thingName: text(item, 'ThingName'),
    parameters: parametersFrom(item.Parameters),
    certificateId: text(item, 'CertificateId'),
    provisionedAt: text(item, 'ProvisionedAt'),
  };
}

function parametersFrom(map: AttributeValue | undefined): Record<string, string> {
  if (map !== undefined && map.M === undefined) throw new RegistryItemInvalid('Parameters is not a map');
  const entries = Object.entries(map?.M ?? {});
  if (entries.length > MAX_PARAMETERS) throw new RegistryItemInvalid(`Parameters has ${entries.length} values, at most ${MAX_PARAMETERS} can be compared in one write`);
  return Object.fromEntries(entries.map(([name, value]) => {
    if (value.S === undefined) throw new RegistryItemInvalid(`parameter ${name} is not a string`);
    return [name, value.S];
  }));
}

function text(item: Record<string, AttributeValue>, name: string): string | undefined {
  const value = item[name];
  if (value !== undefined && value.S === undefined) throw new RegistryItemInvalid(`${name} is not a string`);
  return value?.S;
}

/**
 * The write succeeds only while all that the decision was made on is as it was read: that lets one device win, and it never gets
 * values that an operator has just replaced.
 */
function updateFor(claim: Claim, templateName: string) {
  const values: Record<string, AttributeValue> = {
    ':provisioned': { S: 'PROVISIONED' },
    ':certificate': { S: claim.certificateId },
    ':template': { S: templateName },
    ':now': { S: claim.now },
  };
  const set = ['#status = :provisioned', 'CertificateId = :certificate', 'TemplateName = :template', 'UpdatedAt = :now'];
  if (claim.first) set.push('ProvisionedAt = :now');
  const optional = (attribute: string, placeholder: string, value?: string) => {
    if (value === undefined) return;
    values[placeholder] = { S: value };
    set.push(`${attribute} = ${placeholder}`);
  };
  optional('ClaimCertificateId', ':claim', claim.claimCertificateId);
  optional('ThingName', ':thing', claim.thingName);
  const { expected } = claim;
  // The one before still works: OnboardingApi takes it away with the others of the device. A set takes no value twice.
  const replaced = expected.certificateId === claim.certificateId ? undefined : expected.certificateId;
  if (replaced !== undefined) values[':replaced'] = { SS: [replaced] };
  const names: Record<string, string> = { '#status': 'Status', '#parameters': 'Parameters' };
  const asRead = (attribute: string, placeholder: string, value: string | undefined) => {
    if (value === undefined) return `attribute_not_exists(${attribute})`;
    values[placeholder] = { S: value };
    return `${attribute} = ${placeholder}`;
  };
  const parameters = Object.entries(expected.parameters);
  values[':count'] = { N: String(parameters.length) };
  return {
    Key: { SerialNumber: { S: claim.serialNumber } },
    UpdateExpression: `SET ${set.join(', ')}${replaced === undefined ? '' : ' ADD RetiringCertificateIds :replaced'}`,
    ConditionExpression: [
      asRead('#status', ':status', expected.status),
      asRead('CertificateId', ':previous', expected.certificateId),
      asRead('ProvisionedAt', ':since', expected.provisionedAt),
      asRead('ThingName', ':name', expected.thingName),
      // Value by value, not as one map: that is how all engines of the tests can compare it.
      ...parameters.map(([name, value], index) => {
        names[`#p${index}`] = name;
        return asRead(`#parameters.#p${index}`, `:p${index}`, value);
      }),
      // No map and an empty one say the same.
      parameters.length > 0 ? 'size(#parameters) = :count' : '(attribute_not_exists(#parameters) OR size(#parameters) = :count)',
    ].join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

/** Lambda puts a prefix before what console.log writes, and the metric filters read whole lines as JSON. */
function writeLine(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

let run: ReturnType<typeof makeHandler> | undefined;
/** Built at the first event, so that importing this file does nothing. */
export const handler = async (event: HookEvent): Promise<HookAnswer> => (run ??= build(process.env))(event);

function build(env: NodeJS.ProcessEnv): ReturnType<typeof makeHandler> {
  const settings = readSettings(env);
  const client = new DynamoDBClient({
    maxAttempts: 3,
    requestHandler: { requestTimeout: ATTEMPT_TIMEOUT_MS, connectionTimeout: ATTEMPT_TIMEOUT_MS, throwOnRequestTimeout: true },
  });
  return makeHandler({ settings, ...registry(client, settings), deadlineMs: DEADLINE_MS, now: () => new Date(), log: writeLine });
}
