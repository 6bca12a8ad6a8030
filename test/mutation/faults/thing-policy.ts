import { Fault, faultsIn } from '../fault';

export const THING_POLICY_FAULTS: Fault[] = [
  ...faultsIn('src/thing-policy/policy-grants.ts', ['test/thing-policy/isolation.test', 'test/thing-policy/thing-policy.test'], [
    ['a certificate that is attached to no thing connects', "'Bool': { 'iot:Connection.Thing.IsAttached': 'true' },", ''],
    ['a device connects under any client id', '`client/${THING_NAME_VARIABLE}`', "'client/*'"],
    ['a device may subscribe but receives nothing', "{ actions: ['iot:Receive'], resources: topics.map(asTopic) },\n", ''],
    ['Subscribe speaks of topics, which AWS IoT does not match', 'return `topicfilter/${topic}`;', 'return `topic/${topic}`;'],
    ['a device sees the shadows and jobs of others', 'return `$aws/things/${THING_NAME_VARIABLE}/${rest}`;', 'return `$aws/things/*/${rest}`;'],
    ['what the session is allowed is not limited', "'ForAllValues:StringEquals': { 'iot:ConnectAttributes': connectAttributes },", ''],
  ]),
  ...faultsIn('src/thing-policy/thing-policy.ts', ['test/thing-policy/thing-policy.test', 'test/thing-policy/isolation.test'], [
    ['one named shadow opens all', '`shadow/name/${name}/*`', "'shadow/name/*'"],
    ['the classic shadow opens the named ones', "['shadow/?e*', 'shadow/?p*']", "['shadow/*']"],
    ['devices may leave retained messages', 'props.retainedMessages ?? false', 'props.retainedMessages ?? true'],
    ['the policy goes with the stack and takes the fleet offline', 'props.removalPolicy ?? RemovalPolicy.RETAIN', 'props.removalPolicy ?? RemovalPolicy.DESTROY'],
    ['a policy that cannot be deleted blocks the deletion of the stack', 'if (props.removalPolicy === RemovalPolicy.DESTROY) new', 'if (false) new'],
    ['a statement with a principal passes, which AWS IoT refuses', 'statement.hasPrincipal', 'false'],
    ['a grant that was refused stays in the document', 'list.pop();', ''],
    ['Basic Ingest opens every topic of a rule', 'this.telemetryTopics.map(topic => rule.basicIngestTopicFor(topic))', "[rule.basicIngestTopicFor('*')]"],
  ]),
  ...faultsIn('src/thing-policy/policy-size.ts', ['test/thing-policy/thing-policy.test'], [
    ['a document of 2,049 characters is deployed', 'MAX_DOCUMENT_CHARACTERS = 2_048', 'MAX_DOCUMENT_CHARACTERS = 2_049'],
    ['names that are known only at deployment are not warned of', 'unknown * (LONGEST_NAME - 1)', 'unknown'],
  ]),
  ...faultsIn('src/thing-policy/topic-pattern.ts', ['test/thing-policy/thing-policy.test'], [
    ['a wildcard before the name of the thing opens topics of others', '/[*?]/.test(', '/[?]/.test('],
    ['a name inside of a level opens topics of things that begin alike', 'if (own < 0)', 'if (!got.includes(THING_PLACEHOLDER))'],
    ['reserved topics are granted', "if (got.startsWith('$'))", "if (got === '$')"],
  ]),
  ...faultsIn('src/thing-policy/policy-detachment.ts', ['test/thing-policy/thing-policy.test'], [
    ['the role loses its policy before it detaches', 'detachment.node.addDependency(handler.role);', ''],
    ['the function may detach policies from everything', "resources: [target('cert'), target('thinggroup')]", "resources: ['*']"],
    ['the function may delete versions of every policy', 'resources: [policy.attrArn]', "resources: ['*']"],
    ['a change to RETAIN takes the fleet offline', 'props.policy.cdkTagManager.setTag(', 'void ('],
  ]),
  ...faultsIn('src/thing-policy/detach-handler/core.ts', ['test/thing-policy/detach-handler.test'], [
    ['the policy is deleted before AWS IoT lets it go', 'if (detached.size > 0) await limits.release();', ''],
    ['a list that lags behind is asked without a pause', 'if (targets.every(target => detached.has(target))) await limits.settle();', ''],
    ['a run is cut off without an answer', ' && limits.timeLeft()', ''],
    ['a target that could not be detached is forgotten', 'if (failures.length > 0) throw failures[0];', ''],
    ['old versions stay and block the deletion', 'for (const version of versions) await calls.deleteVersion(policyName, version);', ''],
  ]),
  ...faultsIn('src/thing-policy/detach-handler/index.ts', ['test/thing-policy/detach-handler.test'], [
    ['a policy that stays loses its devices', 'await calls.detacher(policyArn) !== event.LogicalResourceId', 'await calls.detacher(policyArn) === undefined'],
    ['an update takes the fleet offline', "if (event.RequestType !== 'Delete' || policyArn === CREATE_FAILED)", 'if (policyArn === CREATE_FAILED)'],
    ['the version in force is deleted', '!version.isDefaultVersion', 'version.versionId'],
    ['every error counts as "is gone already"', 'if (error instanceof ResourceNotFoundException) return absent;', 'return absent;'],
  ]),
];
