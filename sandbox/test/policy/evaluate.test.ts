import { Authorizer } from '../../src/policy/authorizer';
import { admit } from '../../src/policy/broker';
import { Connection } from '../../src/policy/connection';
import { evaluate, EXAMPLE_ENVIRONMENT } from '../../src/policy/evaluate';
import { ConditionBlock, MalformedPolicyError, PolicyDocument, Statement } from '../../src/policy/policy-document';
import { PolicySet } from '../../src/policy/policy-set';
import { Request } from '../../src/policy/request';

const ARN = 'arn:aws:iot:us-east-1:123456789012:';
const press: Connection = { clientId: 'press1', thingName: 'press1', thingAttached: true };
const publish: Request = { action: 'iot:Publish', topic: 'data/press1/x' };
const policy = (...statements: Statement[]): PolicyDocument => ({ Version: '2012-10-17', Statement: statements });
const allow = (Action: string, resource: string, Condition?: ConditionBlock): Statement =>
  ({ Effect: 'Allow', Action, Resource: resource === '*' ? '*' : ARN + resource, ...(Condition ? { Condition } : {}) });
const allowed = (condition: ConditionBlock, connection: Connection = press, request: Request = publish) =>
  evaluate([policy(allow(request.action, '*', condition))], connection, request).decision === 'allow';

describe('reasons', () => {
  const own = policy(allow('iot:Publish', 'topic/data/${iot:Connection.Thing.ThingName}/*'), allow('iot:Publish', 'topic/zzz'));

  test('names the statement that allows', () => {
    expect(evaluate([own], press, publish)).toMatchObject({
      cause: 'allowed', reason: `statement 0 of policy 0 allows iot:Publish on ${ARN}topic/data/press1/x`, nearest: { policy: 0, statement: 0 },
    });
  });

  test('names the nearest statement, with variables replaced', () => {
    expect(evaluate([policy(allow('iot:Connect', 'client/a')), own], press, { ...publish, topic: 'data/press2/x' })).toMatchObject({
      cause: 'implicit-deny',
      reason: `statement 0 of policy 1 allows iot:Publish on ${ARN}topic/data/press1/*, which does not match ${ARN}topic/data/press2/x`,
    });
  });

  test('names the variable that has no value', () => {
    expect(evaluate([own], { ...press, thingAttached: false }, publish).reason)
      .toBe('statement 0 of policy 0 allows iot:Publish, but ${iot:Connection.Thing.ThingName} has no value here');
  });

  test('names the condition that does not hold, and what the request has', () => {
    const attached = policy(allow('iot:Connect', 'client/press1', { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } }));
    expect(evaluate([attached], { ...press, thingAttached: false }, { action: 'iot:Connect' }).reason).toBe(
      `statement 0 of policy 0 allows iot:Connect on ${ARN}client/press1, but only if Bool iot:Connection.Thing.IsAttached ["true"], and it is ["false"]`);
  });

  test('says when nothing is attached, and when no statement has the action', () => {
    expect(evaluate([], press, publish).reason).toBe(`no policy with a statement is attached, so iot:Publish on ${ARN}topic/data/press1/x is denied`);
    expect(evaluate([own], press, { action: 'iot:Receive', topic: 'a' }).reason).toBe('no statement allows iot:Receive');
  });

  test('names the Deny that wins', () => {
    const denied = policy(allow('iot:*', '*'), { Effect: 'Deny', Action: 'iot:Publish', Resource: '*' });
    expect(evaluate([denied], press, publish)).toMatchObject({ cause: 'explicit-deny', nearest: { statement: 1 } });
  });
});

describe('variables (iot/latest/developerguide/iot-policy-variables.html)', () => {
  const onTopic = (text: string, connection: Connection, topic: string) =>
    evaluate([policy(allow('iot:Publish', `topic/${text}`))], connection, { action: 'iot:Publish', topic }).decision;

  test('a value is plain text: its wildcards match only themselves', () => {
    expect(onTopic('${iot:ClientId}/x', { ...press, clientId: '*' }, 'other/x')).toBe('deny');
    expect(onTopic('${iot:ClientId}/x', { ...press, clientId: '*' }, '*/x')).toBe('allow');
  });

  test('the special forms are plain wildcards', () => {
    expect(onTopic('a${*}${?}${$}', press, 'a*?$')).toBe('allow');
    expect(onTopic('a${*}', press, 'ab')).toBe('deny');
  });

  test('names are not case-sensitive, names of attributes are', () => {
    expect(onTopic('${IOT:clientid}', press, 'press1')).toBe('allow');
    const withSite = { ...press, attributes: { Site: 'hh' } };
    expect(onTopic('${iot:Connection.Thing.Attributes[Site]}', withSite, 'hh')).toBe('allow');
    expect(onTopic('${iot:Connection.Thing.Attributes[site]}', withSite, 'hh')).toBe('deny');
  });

  test('a default takes the place of a missing value', () => {
    expect(onTopic("${iot:Connection.Thing.ThingTypeName, 'none'}", press, 'none')).toBe('allow');
    expect(onTopic("${iot:Connection.Thing.ThingTypeName, 'none'}", { ...press, thingTypeName: 'Press' }, 'Press')).toBe('allow');
  });

  test('are plain text in a document without the version that has them', () => {
    const old = { Statement: [allow('iot:Publish', 'topic/${iot:ClientId}')] };
    expect(evaluate([old], press, { action: 'iot:Publish', topic: 'press1' }).decision).toBe('deny');
    expect(evaluate([old], press, { action: 'iot:Publish', topic: '${iot:ClientId}' }).decision).toBe('allow');
  });

  test('things are unknown over HTTPS, certificates are not', () => {
    const https: Connection = { ...press, clientId: null, certificate: { id: 'abc' } };
    expect(onTopic('${iot:Connection.Thing.ThingName}', https, 'press1')).toBe('deny');
    expect(onTopic('${iot:ClientId}', { ...press, protocol: 'https' }, 'press1')).toBe('deny');
    expect(onTopic('${iot:CertificateId}', https, 'abc')).toBe('allow');
  });

  test('an exclusive thing is known under any client id', () => {
    expect(onTopic('${iot:Connection.Thing.ThingName}', { ...press, clientId: 'other', exclusive: true }, 'press1')).toBe('allow');
    expect(onTopic('${iot:Connection.Thing.ThingName}', { ...press, clientId: 'other' }, 'press1')).toBe('deny');
  });

  test('without a value in NotResource nothing is excepted', () => {
    const statement = { Effect: 'Deny', Action: 'iot:Publish', NotResource: `${ARN}topic/\${iot:Connection.Thing.ThingTypeName}/*` };
    expect(evaluate([policy(allow('iot:Publish', '*'), statement)], press, publish).cause).toBe('explicit-deny');
  });
});

describe('an authorizer', () => {
  test('knows what differs between the requests of one connection', () => {
    const wills = policy({ Effect: 'Allow', Action: 'iot:Connect', Resource: '*' }, {
      Effect: 'Deny',
      Action: 'iot:Connect',
      Resource: '*',
      Condition: {
        StringEquals: { 'iot:LastWillTopic': `${ARN}topic/\${iot:ClientId}` },
      },
    }, { Effect: 'Allow', Action: 'iot:GetThingShadow', Resource: '${iot:LastWillTopic}' });
    const authorizer = new Authorizer(PolicySet.compile([wills]), press, EXAMPLE_ENVIRONMENT);
    expect(['a', 'press1', 'b'].map(topic => authorizer.decide({ action: 'iot:Connect', lastWill: { topic } }).decision)).toEqual(['allow', 'deny', 'allow']);

    const kinds = policy(allow('iot:Connect', 'client/${iot:ConnectAttributes}'));
    const connecting = new Authorizer(PolicySet.compile([kinds]), press, EXAMPLE_ENVIRONMENT);
    const decide = (persistent: boolean) => connecting.decide({ action: 'iot:Connect', clientId: 'PersistentConnect', persistent }).decision;
    expect([decide(true), decide(false), decide(true)]).toEqual(['allow', 'deny', 'allow']);
  });

  test('tells the policy by its name and the statement by its Sid', () => {
    const named = PolicySet.compile([policy({ Sid: 'Own', Effect: 'Allow', Action: 'iot:Publish', Resource: `${ARN}topic/a` })], ['Fleet']);
    const decision = new Authorizer(named, press, EXAMPLE_ENVIRONMENT).decide(publish);
    expect(decision.reason).toBe(`statement 0 of policy Fleet allows iot:Publish on ${ARN}topic/a, which does not match ${ARN}topic/data/press1/x`);
    expect(decision).toMatchObject({ nearest: { policy: 'Fleet', sid: 'Own' }, mismatch: { covers: false, resources: [`${ARN}topic/a`] } });
  });
});

describe('conditions (IAM/latest/UserGuide/reference_policies_elements_condition_operators.html)', () => {
  const at = (time: string) => ({ ...press, time: new Date(time) });
  const from = (sourceIp?: string) => ({ ...press, sourceIp });
  const typed = { ...press, thingTypeName: 'Press-7' };
  const TYPE = 'iot:Connection.Thing.ThingTypeName';

  test.each<[string, ConditionBlock, Connection, boolean]>([
    ['StringEquals takes wildcards as text', { StringEquals: { [TYPE]: 'Press-*' } }, typed, false],
    ['StringLike takes them as wildcards', { StringLike: { [TYPE]: 'Press-?' } }, typed, true],
    ['StringNotLike', { StringNotLike: { [TYPE]: 'Press-*' } }, typed, false],
    ['StringEqualsIgnoreCase', { StringEqualsIgnoreCase: { [TYPE]: 'PRESS-7' } }, typed, true],
    ['StringNotEqualsIgnoreCase', { StringNotEqualsIgnoreCase: { [TYPE]: 'PRESS-7' } }, typed, false],
    ['one of several values is enough', { StringEquals: { [TYPE]: ['a', 'Press-7'] } }, typed, true],
    ['a Not form must differ from all of them', { StringNotEquals: { [TYPE]: ['a', 'Press-7'] } }, typed, false],
    ['all keys must hold', { StringEquals: { [TYPE]: 'Press-7', 'iot:ClientId': 'x' } }, typed, false],
    ['all operators must hold', { StringEquals: { [TYPE]: 'Press-7' }, StringLike: { 'iot:ClientId': 'x*' } }, typed, false],
    ['a missing key equals nothing', { StringEquals: { [TYPE]: '' } }, press, false],
    ['a missing key differs from everything', { StringNotEquals: { [TYPE]: 'a' } }, press, true],
    ['IfExists forgives a missing key', { StringEqualsIfExists: { [TYPE]: 'a' } }, press, true],
    ['IfExists does not forgive a wrong one', { StringEqualsIfExists: { [TYPE]: 'a' } }, typed, false],
    ['Null true wants no key', { Null: { [TYPE]: 'true' } }, press, true],
    ['Null true with a key', { Null: { [TYPE]: true } }, typed, false],
    ['Null false wants a key', { Null: { [TYPE]: 'false' } }, typed, true],
    ['ForAllValues of a missing key', { 'ForAllValues:StringEquals': { [TYPE]: 'a' } }, press, true],
    ['ForAnyValue of a missing key', { 'ForAnyValue:StringEquals': { [TYPE]: 'a' } }, press, false],
    ['ForAnyValue of a missing key, negated', { 'ForAnyValue:StringNotEquals': { [TYPE]: 'a' } }, press, false],
    ['Bool takes booleans', { Bool: { 'iot:Connection.Thing.IsAttached': true } }, press, true],
    ['Bool is not case-sensitive', { Bool: { 'iot:Connection.Thing.IsAttached': 'TRUE' } }, press, true],
    ['a device without thing is not attached', { Bool: { 'iot:Connection.Thing.IsAttached': 'false' } }, { ...press, thingName: null }, true],
    ['IpAddress of version 6', { IpAddress: { 'aws:SourceIp': '2001:db8::/32' } }, from('2001:db8::7'), true],
    ['IpAddress of the other version', { IpAddress: { 'aws:SourceIp': '2001:db8::/32' } }, from('10.0.0.1'), false],
    ['NotIpAddress', { NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, from('10.1.2.3'), false],
    ['IpAddress without a source', { IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }, press, false],
    ['IpAddress /0', { IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }, from('10.1.2.3'), true],
    ['IpAddress that is none', { IpAddress: { 'aws:SourceIp': ['10.0.0.0/33', 'here', '10.0.0.0/'] } }, from('10.0.0.0'), false],
    ['DateLessThan', { DateLessThan: { 'aws:CurrentTime': '2026-01-02T00:00:00Z' } }, at('2026-01-01T00:00:00Z'), true],
    ['DateGreaterThan with seconds', { DateGreaterThan: { 'aws:CurrentTime': '1800000000' } }, at('2026-01-01T00:00:00Z'), false],
    ['DateGreaterThanEquals at the edge', { DateGreaterThanEquals: { 'aws:CurrentTime': '2026-01-01' } }, at('2026-01-01T00:00:00Z'), true],
    ['DateNotEquals', { DateNotEquals: { 'aws:CurrentTime': '2026-01-01' } }, at('2026-01-01T00:00:00Z'), false],
    ['NumericLessThan', { NumericLessThan: { 'aws:EpochTime': 1_767_225_601 } }, at('2026-01-01T00:00:00Z'), true],
    ['NumericGreaterThanEquals', { NumericGreaterThanEquals: { 'aws:EpochTime': '1767225600' } }, at('2026-01-01T00:00:00Z'), true],
    ['Numeric of what is none', { NumericGreaterThan: { 'aws:EpochTime': 'soon' } }, press, false],
    ['a variable in a value', { StringEquals: { 'iot:Connection.Thing.ThingName': '${iot:ClientId}' } }, press, true],
    ['a variable without a value equals nothing', { StringLike: { 'iot:ClientId': `*\${${TYPE}}` } }, press, false],
    ['a variable without a value differs from everything', { StringNotEquals: { 'iot:ClientId': `\${${TYPE}}` } }, press, true],
  ])('%s', (_claim, condition, connection, expected) => expect(allowed(condition, connection)).toBe(expected));

  test.each<[ConditionBlock, Request, boolean]>([
    [{ 'ForAnyValue:StringNotEquals': { 'iot:ConnectAttributes': 'LastWill' } }, { action: 'iot:Connect', persistent: true, lastWill: { topic: 't' } }, true],
    [{ 'ForAnyValue:StringNotEquals': { 'iot:ConnectAttributes': 'LastWill' } }, { action: 'iot:Connect', lastWill: { topic: 't' } }, false],
    [{ 'ForAllValues:StringEquals': { 'iot:ConnectAttributes': [] } }, { action: 'iot:Connect' }, true],
    [{ ArnLike: { 'iot:LastWillTopic': `${ARN}topic/w/*` } }, { action: 'iot:Connect', lastWill: { topic: 'w/a' } }, true],
    [{ ArnNotLike: { 'iot:LastWillTopic': `${ARN}topic/w/*` } }, { action: 'iot:Connect', lastWill: { topic: 'w/a' } }, false],
    [{ ArnNotEquals: { 'iot:LastWillTopic': `${ARN}topic/w` } }, { action: 'iot:Connect' }, true],
  ])('%j on %j is %j', (condition, request, expected) => expect(allowed(condition, press, request)).toBe(expected));

  test('an operator that does not exist is an error, not a silent denial', () => {
    expect(() => allowed({ StringEqual: { 'iot:ClientId': 'a' } })).toThrow('StringEqual is not a condition operator');
  });
});

describe('resources (iot/latest/developerguide/iot-action-resources.html, pub-sub-policy.html)', () => {
  const matches = (Resource: string | string[], request: Request = publish) =>
    evaluate([policy({ Effect: 'Allow', Action: '*', Resource })], press, request).decision === 'allow';

  test.each(['*', 'arn:aws:iot:*', `${ARN}*`, 'arn:*:iot:*:*:topic/data/*', `${ARN}topic/data/press1/?`])('%s matches', resource => {
    expect(matches(resource)).toBe(true);
  });

  test.each([
    'arn:aws:iot:*:topic/data/press1/x', 'arn:aws:s3:::*', 'topic/data/press1/x', `${ARN}topicfilter/data/press1/x`, `${ARN}topic/data/press1/`, '',
    'arn:aws:*:123456789012:topic/data/press1/x',
  ])('%s does not match', resource => expect(matches(resource)).toBe(false));

  test.each<[Request, string]>([
    [{ action: 'iot:Connect' }, 'client/press1'],
    [{ action: 'iot:GetThingShadow', thingName: 'press1' }, 'thing/press1'],
    [{ action: 'iot:AssumeRoleWithCertificate', roleAlias: 'r' }, 'rolealias/r'],
    [{ action: 'iot:GetRetainedMessage', topic: 'a' }, 'topic/a'],
  ])('%j is compared with %s', (request, resource) => {
    expect(matches(ARN + resource, request)).toBe(true);
    expect(matches(`${ARN}${resource}x`, request)).toBe(false);
  });

  test('an action without a resource needs the asterisk', () => {
    expect(matches('*', { action: 'iot:ListRetainedMessages' })).toBe(true);
    expect(matches(`${ARN}topic/*`, { action: 'iot:ListRetainedMessages' })).toBe(false);
  });

  test('NotAction and NotResource turn their lists round', () => {
    const turned = policy({ Effect: 'Allow', NotAction: 'iot:Connect', NotResource: `${ARN}topic/secret` });
    expect(evaluate([turned], press, publish).decision).toBe('allow');
    expect(evaluate([turned], press, { ...publish, topic: 'secret' }).decision).toBe('deny');
    expect(evaluate([turned], press, { action: 'iot:Connect' }).decision).toBe('deny');
  });
});

describe('the broker as a whole (iot/latest/developerguide/iot-policy-actions.html, retained-message-policy-examples.html)', () => {
  const connect: Request = { action: 'iot:Connect', lastWill: { topic: 'data/press1/will', retain: true } };

  test('publishes a last will in the name of the client', () => {
    const grants = [allow('iot:Connect', '*'), allow('iot:Publish', 'topic/data/*'), allow('iot:RetainPublish', 'topic/data/*')];
    expect(admit([policy(...grants)], press, connect).decision).toBe('allow');
    expect(admit([policy(grants[0], grants[1])], press, connect).reason).toBe('no statement allows iot:RetainPublish');
    expect(admit([policy(grants[0])], press, connect).reason).toBe('no statement allows iot:Publish');
  });

  test('asks for RetainPublish only with the flag', () => {
    expect(admit([policy(allow('iot:Publish', '*'))], press, publish).decision).toBe('allow');
    expect(admit([policy(allow('iot:Publish', '*'))], press, { ...publish, retain: true }).decision).toBe('deny');
  });
});

describe('malformed policies', () => {
  test.each<[unknown, string]>([
    ['{', 'the policy is not JSON'],
    [{}, 'a policy needs a Statement'],
    [{ Version: '2015-01-01', Statement: [] }, 'Version "2015-01-01" is unknown'],
    [policy({ Effect: 'allow', Action: '*', Resource: '*' }), 'statement 0: Effect is neither Allow nor Deny'],
    [policy({ Effect: 'Allow', Resource: '*' }), 'statement 0: Action or its Not form must be there, and only one of them'],
    [policy({ Effect: 'Allow', Action: '*', Resource: '*', NotResource: '*' }), 'statement 0: Resource or its Not form must be there, and only one of them'],
    [policy({ Effect: 'Allow', Action: '*', Resource: [7] as never }), 'statement 0: Resource holds something other than text'],
    [policy({ Effect: 'Allow', Action: '*', Resource: '*', Principal: '*' } as never), 'statement 0: Principal is not an element of AWS IoT policies'],
  ])('%j: %s', (document, message) => {
    expect(() => evaluate([document as PolicyDocument], press, publish)).toThrow(MalformedPolicyError);
    expect(() => evaluate([document as PolicyDocument], press, publish)).toThrow(message);
  });

  test('text is read as JSON', () => {
    expect(evaluate([JSON.stringify(policy(allow('iot:Publish', '*')))], press, publish).decision).toBe('allow');
  });
});
