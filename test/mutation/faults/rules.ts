import { Fault, faultsIn } from '../fault';

export const RULES_FAULTS: Fault[] = [
  ...faultsIn('src/rules/ingest-rule.ts', ['test/rules/ingest-rule.test'], [
    ['rules speak the SQL of 2015', "SQL_VERSION = '2016-03-23'", "SQL_VERSION = '2015-10-08'"],
    ['a message that fails is lost', 'errorAction: this.errorQueue.bind(this).configuration,', ''],
    ['the first messages find a role without permissions', 'rule.node.addDependency(this.role);', ''],
    ['an 11th action passes', 'MAX_ACTIONS = 10', 'MAX_ACTIONS = 11'],
    ['every rule of the account may assume the role', "trustedService(this, 'iot.amazonaws.com', this.ruleArn)", "trustedService(this, 'iot.amazonaws.com')"],
    ['rules start switched off', '!(props.enabled ?? true)', '(props.enabled ?? true)'],
    ['a rule without actions is deployed', 'this.actions.length > 0 ? []', 'this.actions.length >= 0 ? []'],
  ]),
  ...faultsIn('src/rules/rule-error-queue.ts', ['test/rules/rule-error-queue.test'], [
    ['failed messages travel without TLS', 'enforceSSL: true', 'enforceSSL: false'],
    ['failed messages lie unencrypted', 'sqs.QueueEncryption.SQS_MANAGED', 'sqs.QueueEncryption.UNENCRYPTED'],
    ['failed messages go with the stack', 'props.removalPolicy ?? RemovalPolicy.RETAIN', 'props.removalPolicy ?? RemovalPolicy.DESTROY'],
    ['failed messages wait for 4 days only', 'DEFAULT_RETENTION = Duration.days(14)', 'DEFAULT_RETENTION = Duration.days(4)'],
    ['the first failed message raises no alarm', 'alarmFrom(1, this', 'alarmFrom(2, this'],
    ['redrive may publish on every topic', 'resources: [topic]', "resources: ['*']"],
    ['redrive may publish to every rule', "rule.basicIngestTopicFor('*')", "'$aws/rules/*'"],
    ['redrive may do anything to the queue', 'this.queue.grantConsumeMessages(redrive.role);', "this.queue.grant(redrive.role, 'sqs:*');"],
    ['redrive cannot send to the queue of a reserved topic', 'queue.grantSendMessages(this.redrive.role);', ''],
    ['stacks depend on each other in a circle', 'if (Stack.of(queue) !== Stack.of(this)) return;', ''],
  ]),
  ...faultsIn('src/rules/sqs-action.ts', ['test/connectivity/lifecycle-connectivity-table.test'], [
    ['a FIFO queue passes, which AWS IoT cannot fill', 'this.queue.fifo ?', 'false ?'],
    ['the rule may not send to its queue', 'this.queue.grantSendMessages(rule.role);', ''],
  ]),
  ...faultsIn('src/rules/handler/core.ts', ['test/rules/redrive.test'], [
    ['a failed message is published to all subscribers', 'topic: prefix + topic };', 'topic };'],
    ['a reserved topic is published to', "if (topic.startsWith('$')) return", "if (topic === '$') return"],
    ['base64 that was cut off is published', 'base64OriginalPayload.length % 4 !== 0 ||', ''],
    ['the longest run is refused', '(maxMessages as number) > MAX_MESSAGES', '(maxMessages as number) >= MAX_MESSAGES'],
    ['a misspelt option redrives everything', 'if (unknown.length > 0) throw', 'if (unknown.length > 9) throw'],
  ]),
  ...faultsIn('src/rules/handler/index.ts', ['test/rules/redrive.test'], [
    ['a message that was redriven stays and is redriven again', 'await deps.remove(message);', ''],
    ['a message is removed before it is sent', 'await deps.send(route, error.payload);\n    await deps.remove(message);',
      'await deps.remove(message);\n    await deps.send(route, error.payload);'],
    ['a dry run sends', 'if (dryRun) return', 'if (!dryRun && dryRun) return'],
    ['more than maxMessages are sent', 'Math.min(BATCH, request.maxMessages - redriven - left.length)', 'BATCH'],
    ['another rule than the one asked for is redriven', 'ruleName !== onlyRule', 'ruleName === onlyRule'],
    ['a batch starts that Lambda cuts off', 'context.getRemainingTimeInMillis() > RESERVE_MS', 'context.getRemainingTimeInMillis() > 0'],
    ['what could not be sent stays hidden', 'VisibilityTimeout: 0', 'VisibilityTimeout: 300'],
  ]),
  ...faultsIn('src/rules/sql-words.ts', ['test/sitewise/sitewise-rule.test'], [
    ['SELECT passes as the name of a field', 'includes(name.toLowerCase())', 'includes(name)'],
  ]),
];
