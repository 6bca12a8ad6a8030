import { Fault, faultsIn } from '../fault';

/** What every capability shares: trust, keys, functions, checks, answers to CloudFormation; and the topics of MQTT. */
export const PRIVATE_FAULTS: Fault[] = [
  ...faultsIn('src/private/trust.ts', ['test/rules/ingest-rule.test'], [
    ['roles may be assumed for any account', "StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },", ''],
    ['roles may be assumed for any resource', "{ 'aws:SourceArn': sourceArn }", "{ 'aws:SourceArn': '*' }"],
  ]),
  ...faultsIn('src/private/key-policy.ts', ['test/landing-zone/invariants.test'], [
    ['the key serves the logs of every account', "'kms:EncryptionContext:aws:logs:arn': stack.formatArn(", "'kms:EncryptionContext:aws:logs:arn': '*' || stack.formatArn("],
    ['the key serves everybody who names a log', '[new iam.ServicePrincipal(`logs.${stack.region}.amazonaws.com`)]', '[new iam.AnyPrincipal()]'],
  ]),
  ...faultsIn('src/private/handler-function.ts', ['test/landing-zone/invariants.test'], [
    ['logs never expire', 'props.logRetention ?? logs.RetentionDays.ONE_MONTH', 'logs.RetentionDays.INFINITE'],
    ['logs have no customer key', '      encryptionKey: props.encryptionKey,\n', ''],
    ['settings of functions have no customer key', 'environmentEncryption: props.encryptionKey,', ''],
  ]),
  ...faultsIn('src/private/handler-function.ts', ['test/rules/rule-error-queue.test', 'test/landing-zone/device-endpoint.test'], [
    ['a function may write every log', 'this.logGroup.grantWrite(this.role);',
      "iam.Grant.addToPrincipal({ grantee: this.role, actions: ['logs:*'], resourceArns: ['*'] });"],
  ]),
  ...faultsIn('src/private/alarm.ts', ['test/rules/rule-error-queue.test'], [
    ['no data raises an alarm', 'TreatMissingData.NOT_BREACHING', 'TreatMissingData.BREACHING'],
    ['an alarm is off at its threshold', 'ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD', 'ComparisonOperator.GREATER_THAN_THRESHOLD'],
  ]),
  ...faultsIn('src/private/environment.ts', ['test/connectivity/core.test'], [
    ['a variable that is missing is not told from an empty one', 'if (value === undefined) throw', 'if (value === null) throw'],
  ]),
  ...faultsIn('src/private/validation.ts', ['test/rules/ingest-rule.test'], [
    ['the longest name is refused', 'value.length <= max &&', 'value.length < max &&'],
    ['an empty name passes', 'value.length >= min &&', ''],
    ['tokens are checked like text', 'if (value === undefined || Token.isUnresolved(value)) return [];\n  if (typeof value', 'if (value === undefined) return [];\n  if (typeof value'],
  ]),
  ...faultsIn('src/private/validation.ts', ['test/connectivity/lifecycle-connectivity-table.test'], [
    ['the highest number is refused', 'value <= rule.max', 'value < rule.max'],
    ['a part of a number passes', 'Number.isInteger(value) && value >=', 'value >='],
  ]),
  ...faultsIn('src/private/validation.ts', ['test/rules/rule-error-queue.test'], [
    ['the shortest duration is refused', 'amount >= min && amount <= max', 'amount > min && amount <= max'],
    ['a token in another unit fails in CDK, without the prop', 'return duration.unitLabel() === unit ? []', 'return true ? []'],
  ]),
  ...faultsIn('src/private/validation.ts', ['test/provisioning/fleet-provisioning.test'], [
    ['only the first problem is told', 'problems.map(describeProblem)', 'problems.slice(0, 1).map(describeProblem)'],
  ]),
  ...faultsIn('src/private/validation.ts', ['test/wrong-kinds.test'], [
    ['a number passes for a text', 'given(texts).filter(([, value]) => !isText(value))', 'given(texts).filter(() => false)'],
    ['a text passes for a list', '.filter(([, value]) => !Array.isArray(value))', '.filter(() => false)'],
  ]),
  ...faultsIn('src/private/custom-resource/answer.ts', ['test/landing-zone/device-endpoint.test'], [
    ['an answer that CloudFormation refused is not repeated, and the stack waits for an hour', 'if (response.ok) return;', 'return;'],
    ['a failure is told as success', "Status: 'FAILED'", "Status: 'SUCCESS'"],
    ['a failed update loses the id of what works', 'event.PhysicalResourceId ?? CREATE_FAILED, Reason', 'CREATE_FAILED, Reason'],
    ['the signature of the answer is wrong', "headers: { 'content-type': '' }", 'headers: {}'],
    ['Lambda does not run an unanswered request again', '  throw failure;\n', ''],
  ]),
  ...faultsIn('src/mqtt/topic.ts', ['test/mqtt/topic.test'], [
    ['8 slashes pass', 'slashes: 7', 'slashes: 8'],
    ['a topic of 256 bytes is refused', 'bytes > TOPIC_LIMITS.bytes', 'bytes >= TOPIC_LIMITS.bytes'],
    ['characters are counted, not bytes', "Buffer.byteLength(topic, 'utf8')", 'topic.length'],
    ['# passes in the middle', 'at < levels.length - 1', 'at < 0'],
  ]),
];
