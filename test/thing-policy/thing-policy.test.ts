import { App, CfnParameter, CfnResource, Duration, Lazy, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as kms from 'aws-cdk-lib/aws-kms';
import { deployedDocument } from './deployed-document';
import { statementsIn } from '../../sandbox/src/policy/policy-document';
import { IngestRule, IRuleAction, ThingPolicy, ThingPolicyProps } from '../../src';
import { pathsAndTypes } from '../template';

const ARN = 'arn:aws:iot:us-east-1:123456789012:';
const THING = '${iot:Connection.Thing.ThingName}';
const toLog: IRuleAction = { bind: rule => ({ configuration: { cloudwatchLogs: { logGroupName: 'presses', roleArn: rule.role.roleArn } } }) };

function synth(props?: ThingPolicyProps) {
  const stack = new Stack(new App(), 'Stack');
  const policy = new ThingPolicy(stack, 'Policy', props);
  return { stack, policy, template: Template.fromStack(stack), document: deployedDocument(stack) };
}

function ruleIn(stack: Stack, ruleName = 'Presses'): IngestRule {
  return new IngestRule(stack, ruleName, { ruleName, sql: "SELECT * FROM 'data/#'", actions: [toLog] });
}

const statements = (props?: ThingPolicyProps) => statementsIn(synth(props).document);
const resourcesOf = (action: string, props?: ThingPolicyProps) => statements(props)
  .filter(({ Action }) => [Action].flat().includes(action)).flatMap(({ Resource }) => Resource).map(resource => resource!.replace(ARN, ''));
const error = (props: ThingPolicyProps) => {
  try {
    synth(props);
  } catch (thrown) {
    return (thrown as Error).message;
  }
  throw new Error('no error');
};

describe('document', () => {
  test('has exactly these statements by default', () => {
    const own = (kind: string) => ['shadow/*', 'jobs/*', 'defender/metrics/*'].map(rest => `${ARN}${kind}/$aws/things/${THING}/${rest}`);
    expect(synth().document).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'iot:Connect',
          Resource: `${ARN}client/${THING}`,
          Condition: {
            'Bool': { 'iot:Connection.Thing.IsAttached': 'true' },
            'ForAllValues:StringEquals': { 'iot:ConnectAttributes': ['LastWill', 'PersistentConnect'] },
          },
        },
        { Effect: 'Allow', Action: 'iot:Publish', Resource: `${ARN}topic/data/${THING}/*` },
        { Effect: 'Allow', Action: 'iot:Receive', Resource: `${ARN}topic/cmd/${THING}/*` },
        { Effect: 'Allow', Action: 'iot:Subscribe', Resource: [`${ARN}topicfilter/cmd/${THING}/*`, ...own('topicfilter')] },
        { Effect: 'Allow', Action: ['iot:Publish', 'iot:Receive'], Resource: own('topic') },
      ],
    });
  });

  test('with everything switched off a device may connect, and no more', () => {
    expect(statements({
      telemetryTopics: [],
      commandTopics: [],
      classicShadow: false,
      namedShadows: [],
      jobs: false,
      defenderMetrics: false,
      lastWill: false,
      persistentSessions: false,
    })).toEqual([{
      Effect: 'Allow',
      Action: 'iot:Connect',
      Resource: `${ARN}client/${THING}`,
      Condition: { 'Bool': { 'iot:Connection.Thing.IsAttached': 'true' }, 'ForAllValues:StringEquals': { 'iot:ConnectAttributes': [] } },
    }]);
  });

  test('never passes through Fn::Sub, which would look for the variables in the template', () => {
    expect(JSON.stringify(synth({ retainedMessages: true, roleAlias: 'r' }).template.toJSON())).not.toContain('Fn::Sub');
  });

  test('takes partition, Region and account from the stack', () => {
    synth().template.hasResourceProperties('AWS::IoT::Policy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([Match.objectLike({
          Action: 'iot:Connect',
          Resource: {
            'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iot:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, `:client/${THING}`]],
          },
        })]),
      }),
    });
  });

  test('has no resource that stands for everything', () => {
    const all = statements({ retainedMessages: true, roleAlias: 'r' }).flatMap(({ Resource }) => Resource);
    expect(all.filter(resource => /^\*|:\*|\/\*\//.test(resource!))).toEqual([]);
  });

  test('gives Receive on every topic that it gives Subscribe on', () => {
    const props = { commandTopics: ['cmd/<thing>/*', 'ota/<thing>'], namedShadows: ['config'], jobs: false };
    expect(resourcesOf('iot:Subscribe', props).map(filter => filter.replace('topicfilter/', 'topic/')).sort()).toEqual(resourcesOf('iot:Receive', props).sort());
  });

  test('Publish and Receive speak of topics, Subscribe of topic filters', () => {
    expect(resourcesOf('iot:Publish').every(resource => resource.startsWith('topic/'))).toBe(true);
    expect(resourcesOf('iot:Receive').every(resource => resource.startsWith('topic/'))).toBe(true);
    expect(resourcesOf('iot:Subscribe').every(resource => resource.startsWith('topicfilter/'))).toBe(true);
  });
});

describe('switches', () => {
  const publishes = (props?: ThingPolicyProps) => resourcesOf('iot:Publish', props);

  test('telemetryTopics name other topics, commandTopics too', () => {
    expect(publishes({ telemetryTopics: ['dt/fleet1/<thing>/temperature', 'alarms/<thing>'] }).slice(0, 2))
      .toEqual([`topic/dt/fleet1/${THING}/temperature`, `topic/alarms/${THING}`]);
    expect(resourcesOf('iot:Subscribe', { commandTopics: ['do/<thing>'] })[0]).toBe(`topicfilter/do/${THING}`);
  });

  test('a topic that is for telemetry and for commands gets one resource with all its actions', () => {
    expect(statements({ telemetryTopics: ['x/<thing>'], commandTopics: ['x/<thing>'], classicShadow: false, namedShadows: [], jobs: false, defenderMetrics: false }))
      .toContainEqual({ Effect: 'Allow', Action: ['iot:Publish', 'iot:Receive'], Resource: `${ARN}topic/x/${THING}` });
  });

  test('named shadows can be all, some or none, with or without the classic one', () => {
    const shadows = (props: ThingPolicyProps) => resourcesOf('iot:Receive', props).filter(resource => resource.includes('shadow')).map(resource => resource.split('/shadow/')[1]);
    expect(shadows({})).toEqual(['*']);
    expect(shadows({ classicShadow: false })).toEqual(['name/*']);
    expect(shadows({ namedShadows: [] })).toEqual(['?e*', '?p*']);
    expect(shadows({ classicShadow: false, namedShadows: ['config', 'state-*'] })).toEqual(['name/config/*', 'name/state-*/*']);
    expect(shadows({ namedShadows: ['config'] })).toEqual(['?e*', '?p*', 'name/config/*']);
    expect(shadows({ classicShadow: false, namedShadows: [] })).toEqual([]);
  });

  test.each<[keyof ThingPolicyProps, string]>([['jobs', 'jobs'], ['defenderMetrics', 'defender']])('%s off leaves no trace', (prop, text) => {
    expect(JSON.stringify(synth({ [prop]: false }).document)).not.toContain(text);
    expect(JSON.stringify(synth({ [prop]: true }).document)).toBe(JSON.stringify(synth().document));
  });

  test.each([
    [{}, ['LastWill', 'PersistentConnect']],
    [{ lastWill: false }, ['PersistentConnect']],
    [{ persistentSessions: false }, ['LastWill']],
    [{ lastWill: false, persistentSessions: false }, []],
  ])('%j allows the connect attributes %j', (props, attributes) => {
    expect(statements(props)[0].Condition!['ForAllValues:StringEquals']).toEqual({ 'iot:ConnectAttributes': attributes });
  });

  test('retained messages need a second action, on telemetry only, and are off by default', () => {
    expect(resourcesOf('iot:RetainPublish')).toEqual([]);
    expect(resourcesOf('iot:RetainPublish', { retainedMessages: true })).toEqual([`topic/data/${THING}/*`]);
  });

  test('a role alias is granted by name, and none by default', () => {
    expect(resourcesOf('iot:AssumeRoleWithCertificate')).toEqual([]);
    expect(resourcesOf('iot:AssumeRoleWithCertificate', { roleAlias: 'camera=upload@1' })).toEqual(['rolealias/camera=upload@1']);
  });
});

describe('Basic Ingest', () => {
  function stackWithRule(props?: ThingPolicyProps) {
    const stack = new Stack(new App(), 'Stack');
    const rule = ruleIn(stack);
    return { stack, rule, policy: new ThingPolicy(stack, 'Policy', { basicIngestRules: [rule], ...props }) };
  }
  const published = (stack: Stack) => statementsIn(deployedDocument(stack)).filter(({ Action }) => Action === 'iot:Publish').flatMap(({ Resource }) => Resource);

  test('opens the rule for the own topics of a device only', () => {
    expect(published(stackWithRule().stack)).toEqual([`${ARN}topic/data/${THING}/*`, `${ARN}topic/$aws/rules/Presses/data/${THING}/*`]);
  });

  test('can be the only way of telemetry', () => {
    expect(published(stackWithRule({ telemetryOverBroker: false }).stack)).toEqual([`${ARN}topic/$aws/rules/Presses/data/${THING}/*`]);
  });

  test('can be allowed later, once per rule', () => {
    const { stack, policy, rule } = stackWithRule();
    policy.allowBasicIngest(ruleIn(stack, 'Ovens'));
    policy.allowBasicIngest(rule);
    expect(published(stack).slice(1)).toEqual([`${ARN}topic/$aws/rules/Presses/data/${THING}/*`, `${ARN}topic/$aws/rules/Ovens/data/${THING}/*`]);
  });

  test('from a rule in another stack makes no reference between the stacks', () => {
    const app = new App();
    const rule = ruleIn(new Stack(app, 'Rules'));
    const stack = new Stack(app, 'Policies');
    new ThingPolicy(stack, 'Policy', { basicIngestRules: [rule] });
    app.synth();
    expect(stack.dependencies).toEqual([]);
  });

  test('fails without telemetry topics, and says what to do', () => {
    const message = "'telemetryTopics' must be at least one topic where a rule takes Basic Ingest, got []: "
      + 'name the topics, and set telemetryOverBroker to false if only rules shall get them';
    expect(() => stackWithRule({ telemetryTopics: [] })).toThrow(`Stack/Policy: ${message}`);
    const { stack, policy } = synth({ telemetryTopics: [] });
    expect(() => policy.allowBasicIngest(ruleIn(stack))).toThrow(message);
  });
});

describe('topics', () => {
  test.each(['<thing>', 'data/<thing>', '<thing>/data', 'a/b/c/d/e/f/g/<thing>', 'data/<thing>/?', `${'a'.repeat(254)}/<thing>`, 'data/${iot:Connection.Thing.ThingName}/x',
    'data/${iot:Connection.Thing.Attributes[site]}/<thing>/*'])('accepts %s', topic => {
    expect(() => synth({ telemetryTopics: [topic], commandTopics: [topic] })).not.toThrow();
  });

  test.each(['data/<thing>/#', 'data/+/<thing>'])('fails for the MQTT wildcard in %s, and says what to write', topic => {
    expect(error({ telemetryTopics: ['x/<thing>', topic] })).toBe(
      `Stack/Policy: 'telemetryTopics[1]' must be a topic without + and #, got "${topic}": write * for any characters: in a policy + and # are plain text, which no topic has`);
  });

  test.each(['data/*', 'data', 'data/<thing>x/*', 'data/x-<thing>/y', 'data/${iot:ClientId}/x', ''])('fails for %j, in which the name of the thing is no level', topic => {
    expect(error({ commandTopics: [topic] })).toBe(`Stack/Policy: 'commandTopics[0]' must be a topic with <thing> as a level of its own, got "${topic}": `
      + 'write for example data/<thing>/*, since without it one device could speak for another');
  });

  test.each(['*/<thing>', 'data/?/<thing>/x'])('fails for wildcards before the name of the thing: %s', topic => {
    expect(error({ telemetryTopics: [topic] })).toBe(`Stack/Policy: 'telemetryTopics[0]' must be a topic without * and ? before <thing>, got "${topic}": `
      + 'move the wildcards behind it: before it they would also match topics of other things');
  });

  test('fails for reserved topics', () => {
    expect(error({ telemetryTopics: ['$aws/things/<thing>/x'] })).toContain('must be a topic that does not begin with $');
  });

  test('fails for 8 slashes and for 257 bytes', () => {
    expect(error({ telemetryTopics: ['1/2/3/4/5/6/7/8/<thing>'] })).toBe(
      "Stack/Policy: 'telemetryTopics[0]' must be a topic with at most 7 slashes, got \"1/2/3/4/5/6/7/8/<thing>\": leave 1 level(s) out");
    expect(error({ telemetryTopics: [`${'a'.repeat(255)}/<thing>`] })).toContain('shorten it by 1 bytes');
  });

  test('tokens pass', () => {
    const topic = `+/${Token.asString({ Ref: 'Topic' })}`;
    expect(() => synth({ telemetryTopics: [topic], commandTopics: [topic] })).not.toThrow();
  });
});

describe('names', () => {
  test.each(['a', 'a'.repeat(128), 'press+line=1,2.a@b-c_D'])('accepts the policy name %s', policyName => {
    synth({ policyName }).template.hasResourceProperties('AWS::IoT::Policy', { PolicyName: policyName });
  });

  test('leaves the name to CloudFormation by default', () => {
    synth().template.hasResourceProperties('AWS::IoT::Policy', { PolicyName: Match.absent() });
  });

  test.each([
    ['a'.repeat(129), 'shorten it by 1 characters'], ['', 'write at least 1 character(s), or leave it out'], ['a b/c', 'remove the characters " /"'],
  ])('fails for the policy name %j', (policyName, fix) => {
    expect(error({ policyName })).toBe(
      `Stack/Policy: 'policyName' must be 1 to 128 characters of letters, digits and _+=,.@-, got ${JSON.stringify(policyName)}: ${fix}`);
  });

  test('fails for names of role aliases and shadows that AWS refuses, all at once', () => {
    expect(error({ roleAlias: 'a.b', namedShadows: ['ok', 'x/y', 'n'.repeat(65)] })).toBe([
      'Stack/Policy: \'namedShadows[1]\' must be 1 to 64 characters of letters, digits and $:_-, or *, got "x/y": remove the characters "/"',
      `'namedShadows[2]' must be 1 to 64 characters of letters, digits and $:_-, or *, got "${'n'.repeat(65)}": shorten it by 1 characters`,
      '\'roleAlias\' must be 1 to 128 characters of letters, digits and _=,@-, got "a.b": remove the characters "."',
    ].join('\n'));
    expect(() => synth({ roleAlias: 'a'.repeat(128), namedShadows: ['n'.repeat(64)], classicShadow: false })).not.toThrow();
  });

  test('tokens pass', () => {
    const token = `!!/${Token.asString({ Ref: 'Name' })}`;
    expect(() => synth({ policyName: token, roleAlias: token, namedShadows: [token], classicShadow: false })).not.toThrow();
  });
});

describe('statements of your own', () => {
  const deny = () => new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: ['iot:Publish'], resources: [`${ARN}topic/data/*/secret`] });

  test('are added as they are, from props and later', () => {
    const stack = new Stack(new App(), 'Stack');
    const policy = new ThingPolicy(stack, 'Policy', { statements: [deny()] });
    policy.addStatement(new iam.PolicyStatement({ actions: ['iot:Receive'], resources: [`${ARN}topic/news`] }));
    expect(statementsIn(deployedDocument(stack)).slice(-2)).toEqual([
      { Effect: 'Deny', Action: 'iot:Publish', Resource: `${ARN}topic/data/*/secret` },
      { Effect: 'Allow', Action: 'iot:Receive', Resource: `${ARN}topic/news` },
    ]);
  });

  test('fail for MQTT wildcards in a topic, where they are plain text', () => {
    const statement = () => new iam.PolicyStatement({ actions: ['iot:Receive'], resources: [`${ARN}topic/news/#`] });
    expect(error({ statements: [deny(), statement()] })).toBe(`Stack/Policy: 'statements[1]' must be a topic without + and #, got "${ARN}topic/news/#": `
      + 'write * for any characters: in a policy + and # are plain text, which no topic has');
    expect(() => synth().policy.addStatement(statement())).toThrow("'statement' must be a topic without + and #");
  });

  test('may have MQTT wildcards in a topic filter, where they are what a device subscribes to', () => {
    expect(() => synth({ statements: [new iam.PolicyStatement({ actions: ['iot:Subscribe'], resources: [`${ARN}topicfilter/news/+`] })] })).not.toThrow();
  });

  test.each<[iam.PolicyStatement, string]>([
    [new iam.PolicyStatement(), "must be a statement with at least one action, got \"a statement without actions\": pass for example actions: ['iot:Receive']"],
    [new iam.PolicyStatement({ resources: ['*'] }), 'must be a statement with at least one action'],
    [new iam.PolicyStatement({ actions: ['iot:Receive'] }), 'must be a statement with at least one resource, got "a statement without resources": pass the ARNs that it speaks of'],
    [{ Effect: 'Allow', Action: 'iot:Receive', Resource: '*' } as never, 'must be a PolicyStatement, got {"Effect":"Allow","Action":"iot:Receive","Resource":"*"}: pass new iam.PolicyStatement({ … })'],
  ])('fail where they say nothing (%#)', (statement, message) => {
    expect(error({ statements: [deny(), statement] })).toContain(`'statements[1]' ${message}`);
    expect(() => synth().policy.addStatement(statement)).toThrow(`'statement' ${message}`);
  });

  test('fail where there is none', () => {
    expect(() => synth().policy.addStatement(undefined as never)).toThrow("'statement' must be a PolicyStatement, got undefined");
  });

  test('fail with a principal', () => {
    const statement = new iam.PolicyStatement({ actions: ['iot:Connect'], resources: ['*'], principals: [new iam.AnyPrincipal()] });
    expect(error({ statements: [statement] })).toContain("'statements[0]' must be a statement without principals");
  });
});

describe('size', () => {
  const filler = (length: number) => new iam.PolicyStatement({ actions: ['iot:Receive'], resources: [`${ARN}topic/${'x'.repeat(length)}`] });
  /** How long the default document is, with the partition, Region and account at their longest, and one statement of this filler. */
  const lengthWith = (fill: number) => JSON.stringify(synth({ statements: [filler(fill)] }).document).length + ARNS * (47 - ARN.length);
  const ARNS = 10;

  test('everything but own statements fits, with two rules, whatever partition and Region', () => {
    const stack = new Stack(new App(), 'Stack');
    expect(() => new ThingPolicy(stack, 'Policy', {
      retainedMessages: true, roleAlias: 'DeviceUploads', basicIngestRules: [ruleIn(stack, 'TelemetryLake'), ruleIn(stack, 'SiteWise')],
    })).not.toThrow();
  });

  test('2,048 characters pass and 2,049 fail', () => {
    const spare = 2048 - lengthWith(0);
    expect(() => synth({ statements: [filler(spare)] })).not.toThrow();
    expect(() => synth({ statements: [filler(spare + 1)] })).toThrow("'document' must be at most 2048 characters");
  });

  test('the error says what costs most, the dearest first', () => {
    expect(error({ statements: [filler(900)], jobs: false, retainedMessages: true })).toBe("Stack/Policy: 'document' must be at most 2048 characters without white "
      + 'space (partition, Region and account counted at their longest), got 2349: switch off or shorten what costs most: '
      + 'statements 997, connect 294, commandTopics 249, defenderMetrics 248, classicShadow/namedShadows 228, telemetryTopics 171');
  });

  test('fails where the grant that is too much is added', () => {
    const { stack, policy } = synth({ statements: [filler(300)] });
    expect(() => policy.allowBasicIngest(ruleIn(stack, 'R'.repeat(128)))).toThrow('basicIngestRules 238');
    expect(() => synth({ statements: [filler(300)] }).policy.addStatement(filler(300))).toThrow("'document' must be at most 2048");
  });

  test('is that of the policy as it was for whoever catches the error', () => {
    const stack = new Stack(new App(), 'Stack');
    const policy = new ThingPolicy(stack, 'Policy', { statements: [filler(300)] });
    expect(() => policy.addStatement(filler(300))).toThrow('at most 2048');
    expect(() => policy.allowBasicIngest(ruleIn(stack, 'R'.repeat(128)))).toThrow('at most 2048');
    policy.addStatement(filler(1));
    expect(deployedDocument(stack)).toEqual(synth({ statements: [filler(300), filler(1)] }).document);
  });

  test('white space does not count', () => {
    const spare = 2048 - lengthWith(0);
    const statement = new iam.PolicyStatement({ actions: ['iot:Receive'], resources: [`${ARN}topic/${'x'.repeat(spare)}${' '.repeat(300)}`] });
    expect(() => synth({ statements: [statement] })).not.toThrow();
  });

  test('warns where a name that is not known yet could make it too long, and not otherwise', () => {
    const stack = new Stack(new App(), 'Stack');
    const alias = new iot.CfnRoleAlias(stack, 'Alias', { roleArn: 'arn:aws:iam::123456789012:role/r' }).ref;
    new ThingPolicy(stack, 'Long', { roleAlias: alias, statements: [filler(150)] });
    new ThingPolicy(stack, 'Short', { roleAlias: alias });
    Annotations.fromStack(stack).hasWarning('/Stack/Long', Match.stringLikeRegexp('the policy holds names that are known only at deployment'));
    Annotations.fromStack(stack).hasNoWarning('/Stack/Short', Match.anyValue());
  });
});

describe('removal', () => {
  const tagsOf = (template: Template): unknown => Object.values(template.findResources('AWS::IoT::Policy'))[0].Properties.Tags;

  test('keeps the policy when the stack is deleted, and deploys nothing to detach it', () => {
    const { template } = synth();
    template.hasResource('AWS::IoT::Policy', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    template.resourceCountIs('AWS::Lambda::Function', 0);
    template.resourceCountIs('Custom::ThingPolicyDetachment', 0);
  });

  test('DESTROY detaches before it deletes, with permissions that are there until then', () => {
    const { stack, policy, template } = synth({ removalPolicy: RemovalPolicy.DESTROY });
    template.hasResource('AWS::IoT::Policy', { DeletionPolicy: 'Delete' });
    const [role] = Object.keys(template.findResources('AWS::IAM::Role'));
    const [rolePolicy] = Object.keys(template.findResources('AWS::IAM::Policy'));
    template.hasResource('Custom::ThingPolicyDetachment', {
      Properties: { PolicyArn: stack.resolve(policy.policyArn), ServiceTimeout: '900' },
      DependsOn: [rolePolicy, role],
    });
    template.hasResourceProperties('AWS::Lambda::Function', { Timeout: Duration.minutes(15).toSeconds() });
  });

  test('the policy has the tag that lets it be detached with DESTROY only, so a change to RETAIN keeps the fleet connected', () => {
    const { template } = synth({ removalPolicy: RemovalPolicy.DESTROY });
    const [detachment] = Object.keys(template.findResources('Custom::ThingPolicyDetachment'));
    expect(tagsOf(template)).toEqual([{ Key: 'cdk-iot-landing-zone:detach-on-delete', Value: detachment }]);
    expect(tagsOf(synth({ removalPolicy: RemovalPolicy.RETAIN }).template)).toBeUndefined();
    expect(tagsOf(synth().template)).toBeUndefined();
  });

  test('the tag follows the logical id of the custom resource, whose old id then detaches nothing', () => {
    const stack = new Stack(new App(), 'Stack');
    const policy = new ThingPolicy(stack, 'Policy', { removalPolicy: RemovalPolicy.DESTROY });
    (policy.node.findChild('Detachment').node.findChild('Resource').node.defaultChild as CfnResource).overrideLogicalId('Moved');
    expect(tagsOf(Template.fromStack(stack))).toEqual([{ Key: 'cdk-iot-landing-zone:detach-on-delete', Value: 'Moved' }]);
  });

  test('the detaching role may do exactly this', () => {
    const { stack, policy, template } = synth({ removalPolicy: RemovalPolicy.DESTROY });
    const arn = (rest: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iot:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, `:${rest}`]] });
    template.resourceCountIs('AWS::IAM::Policy', 1);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('Logs'), 'Arn'] } },
          {
            Effect: 'Allow',
            Action: ['iot:ListTagsForResource', 'iot:ListTargetsForPolicy', 'iot:ListPolicyVersions', 'iot:DeletePolicyVersion'],
            Resource: stack.resolve(policy.policyArn),
          },
          { Effect: 'Allow', Action: 'iot:DetachPolicy', Resource: [arn('cert/*'), arn('thinggroup/*')] },
        ],
      },
    });
  });

  test('a customer key encrypts the log of the function', () => {
    const stack = new Stack(new App(), 'Stack');
    const encryptionKey = new kms.Key(stack, 'Key');
    new ThingPolicy(stack, 'Policy', { removalPolicy: RemovalPolicy.DESTROY, encryptionKey });
    Template.fromStack(stack).hasResourceProperties('AWS::Logs::LogGroup', { KmsKeyId: stack.resolve(encryptionKey.keyArn) });
  });
});

describe('references', () => {
  test('name and ARN are those of the policy, which is the default child', () => {
    const { stack, policy } = synth();
    const child = policy.node.defaultChild as iot.CfnPolicy;
    expect(stack.resolve(policy.policyName)).toEqual(stack.resolve(child.ref));
    expect(stack.resolve(policy.policyArn)).toEqual(stack.resolve(child.attrArn));
  });

  test('a policy made elsewhere is known by its name, which may be a token', () => {
    const stack = new Stack(new App(), 'Stack', { env: { region: 'eu-west-1', account: '123456789012' } });
    const policy = ThingPolicy.fromPolicyName(stack, 'Given', 'fleet');
    expect(policy.policyName).toBe('fleet');
    expect(stack.resolve(policy.policyArn)).toEqual({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iot:eu-west-1:123456789012:policy/fleet']] });
    const name = new CfnParameter(stack, 'Name').valueAsString;
    expect(stack.resolve(ThingPolicy.fromPolicyName(stack, 'Parameter', name).policyName)).toEqual({ Ref: 'Name' });
    Template.fromStack(stack).resourceCountIs('AWS::IoT::Policy', 0);
  });

  test('two policies fit one stack', () => {
    const stack = new Stack(new App(), 'Stack');
    new ThingPolicy(stack, 'A', { removalPolicy: RemovalPolicy.DESTROY });
    new ThingPolicy(stack, 'B', { removalPolicy: RemovalPolicy.DESTROY });
    Template.fromStack(stack).resourceCountIs('AWS::IoT::Policy', 2);
  });

  test('lazy values are resolved in the document', () => {
    const resource = Lazy.string({ produce: () => `${ARN}topic/late` });
    expect(statements({ statements: [new iam.PolicyStatement({ actions: ['iot:Receive'], resources: [resource] })] }).at(-1)!.Resource).toBe(`${ARN}topic/late`);
  });

  test('logical ids follow these paths', () => {
    const { stack } = synth({ removalPolicy: RemovalPolicy.DESTROY });
    expect(pathsAndTypes(stack)).toEqual([
      'Policy/Detachment/Handler/Function -> AWS::Lambda::Function',
      'Policy/Detachment/Handler/Logs -> AWS::Logs::LogGroup',
      'Policy/Detachment/Handler/Role -> AWS::IAM::Role',
      'Policy/Detachment/Handler/Role/DefaultPolicy -> AWS::IAM::Policy',
      'Policy/Detachment/Resource/Default -> Custom::ThingPolicyDetachment',
      'Policy/Policy -> AWS::IoT::Policy',
    ]);
  });
});
