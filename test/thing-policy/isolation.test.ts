import { App, Stack } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { deployedDocument } from './deployed-document';
import { admit } from '../../sandbox/src/policy/broker';
import { Connection } from '../../sandbox/src/policy/connection';
import { PolicyDocument } from '../../sandbox/src/policy/policy-document';
import { Request } from '../../sandbox/src/policy/request';
import { IngestRule, IRuleAction, ThingPolicy, ThingPolicyProps } from '../../src';

const toLog: IRuleAction = { bind: rule => ({ configuration: { cloudwatchLogs: { logGroupName: 'presses', roleArn: rule.role.roleArn } } }) };

function documentOf(props: ThingPolicyProps = {}, basicIngest = false): PolicyDocument {
  const stack = new Stack(new App(), 'Stack');
  const rules = basicIngest ? [new IngestRule(stack, 'Rule', { ruleName: 'Lake', sql: "SELECT * FROM 'data/#'", actions: [toLog] })] : [];
  new ThingPolicy(stack, 'Policy', { basicIngestRules: rules, ...props });
  return deployedDocument(stack);
}

const thing = (name: string): Connection => ({ clientId: name, thingName: name, thingAttached: true });
const verdict = (document: PolicyDocument, request: Request, who: Connection = thing('a')) => admit([document], who, request).decision;
const EVERYTHING = documentOf({ retainedMessages: true, roleAlias: 'uploads' }, true);

describe('a device of the fleet', () => {
  test.each<Request>([
    { action: 'iot:Connect' },
    { action: 'iot:Connect', persistent: true },
    { action: 'iot:Connect', lastWill: { topic: 'data/a/offline' } },
    { action: 'iot:Connect', persistent: true, lastWill: { topic: 'data/a/offline', retain: true } },
    { action: 'iot:Publish', topic: 'data/a/temperature' },
    { action: 'iot:Publish', topic: 'data/a/line/1', retain: true },
    { action: 'iot:Publish', topic: '$aws/rules/Lake/data/a/temperature' },
    { action: 'iot:Subscribe', topicFilter: 'cmd/a/#' },
    { action: 'iot:Receive', topic: 'cmd/a/reboot/now' },
    { action: 'iot:Publish', topic: '$aws/things/a/shadow/update' },
    { action: 'iot:Subscribe', topicFilter: '$aws/things/a/shadow/update/+' },
    { action: 'iot:Receive', topic: '$aws/things/a/shadow/name/config/update/delta' },
    { action: 'iot:Subscribe', topicFilter: '$aws/things/a/jobs/notify-next' },
    { action: 'iot:Publish', topic: '$aws/things/a/jobs/start-next' },
    { action: 'iot:Publish', topic: '$aws/things/a/jobs/job-7/update' },
    { action: 'iot:Receive', topic: '$aws/things/a/jobs/job-7/update/accepted' },
    { action: 'iot:Publish', topic: '$aws/things/a/defender/metrics/cbor' },
    { action: 'iot:Subscribe', topicFilter: '$aws/things/a/defender/metrics/cbor/+' },
    { action: 'iot:AssumeRoleWithCertificate', roleAlias: 'uploads' },
  ])('may %j', request => expect(verdict(EVERYTHING, request)).toBe('allow'));

  test.each<[string, Request]>([
    ['connect under another name', { action: 'iot:Connect', clientId: 'b' }],
    ['leave a last will where it may not publish', { action: 'iot:Connect', lastWill: { topic: 'data/b/offline' } }],
    ['publish for another', { action: 'iot:Publish', topic: 'data/b/temperature' }],
    ['publish for one whose name begins like its own', { action: 'iot:Publish', topic: 'data/ab/temperature' }],
    ['speak for another over Basic Ingest', { action: 'iot:Publish', topic: '$aws/rules/Lake/data/b/temperature' }],
    ['reach other rules', { action: 'iot:Publish', topic: '$aws/rules/Other/data/a/temperature' }],
    ['publish commands to itself', { action: 'iot:Publish', topic: 'cmd/a/reboot' }],
    ['subscribe to telemetry', { action: 'iot:Subscribe', topicFilter: 'data/a/#' }],
    ['subscribe to all commands', { action: 'iot:Subscribe', topicFilter: 'cmd/+/#' }],
    ['subscribe to everything', { action: 'iot:Subscribe', topicFilter: '#' }],
    ['subscribe to the shadows of all', { action: 'iot:Subscribe', topicFilter: '$aws/things/+/shadow/#' }],
    ['subscribe through a share', { action: 'iot:Subscribe', topicFilter: '$share/group/cmd/b/#' }],
    ['write the shadow of another', { action: 'iot:Publish', topic: '$aws/things/b/shadow/update' }],
    ['use reserved topics that were not named', { action: 'iot:Subscribe', topicFilter: '$aws/things/a/tunnels/notify' }],
    ['provision', { action: 'iot:Publish', topic: '$aws/certificates/create/json' }],
    ['watch others come and go', { action: 'iot:Subscribe', topicFilter: '$aws/events/presence/connected/+' }],
    ['assume another role', { action: 'iot:AssumeRoleWithCertificate', roleAlias: 'admin' }],
    ['read retained messages', { action: 'iot:GetRetainedMessage', topic: 'data/a/x' }],
    ['delete its shadow over HTTPS', { action: 'iot:DeleteThingShadow', thingName: 'a' }],
  ])('may not %s', (_claim, request) => expect(verdict(EVERYTHING, request)).toBe('deny'));

  test('may do nothing while its certificate is not attached to the thing', () => {
    const stranger = { ...thing('a'), thingAttached: false };
    expect(verdict(EVERYTHING, { action: 'iot:Connect' }, stranger)).toBe('deny');
    expect(verdict(EVERYTHING, { action: 'iot:Publish', topic: 'data/a/x' }, stranger)).toBe('deny');
  });

  test('may not retain messages unless the policy says so', () => {
    expect(verdict(documentOf(), { action: 'iot:Publish', topic: 'data/a/x', retain: true })).toBe('deny');
    expect(verdict(documentOf(), { action: 'iot:Publish', topic: 'data/a/x' })).toBe('allow');
  });

  test.each([[true, true], [true, false], [false, true], [false, false]])('connects plainly whatever else is allowed (lastWill %s, persistentSessions %s)', (lastWill, persistentSessions) => {
    const document = documentOf({ lastWill, persistentSessions });
    const will = { topic: 'data/a/offline' };
    expect(verdict(document, { action: 'iot:Connect' })).toBe('allow');
    expect(verdict(document, { action: 'iot:Connect', lastWill: will })).toBe(lastWill ? 'allow' : 'deny');
    expect(verdict(document, { action: 'iot:Connect', persistent: true })).toBe(persistentSessions ? 'allow' : 'deny');
    expect(verdict(document, { action: 'iot:Connect', persistent: true, lastWill: will })).toBe(lastWill && persistentSessions ? 'allow' : 'deny');
  });
});

describe('shadows', () => {
  const CLASSIC = ['get', 'update', 'delete', 'get/accepted', 'update/delta', 'update/documents', 'delete/rejected'];
  const NAMED = ['name/config/get', 'name/config/update/delta', 'name/pepper/update', 'name/get/update'];
  const open = (props: ThingPolicyProps, topics: string[]) => {
    const document = documentOf(props);
    return topics.filter(topic => ['iot:Publish', 'iot:Receive', 'iot:Subscribe']
      .every(action => verdict(document, { action, topic: `$aws/things/a/shadow/${topic}`, topicFilter: `$aws/things/a/shadow/${topic}` }) === 'allow'));
  };

  test('the classic shadow alone opens all its operations and no named shadow', () => {
    expect(open({ namedShadows: [] }, [...CLASSIC, ...NAMED])).toEqual(CLASSIC);
  });

  test('named shadows alone leave the classic one closed', () => {
    expect(open({ classicShadow: false }, [...CLASSIC, ...NAMED])).toEqual(NAMED);
    expect(open({ classicShadow: false, namedShadows: ['config'] }, [...CLASSIC, ...NAMED])).toEqual(NAMED.slice(0, 2));
  });

  test('one named shadow beside the classic one fits the document', () => {
    expect(open({ namedShadows: ['config'] }, [...CLASSIC, ...NAMED])).toEqual([...CLASSIC, ...NAMED.slice(0, 2)]);
  });
});

describe('two things', () => {
  const name = fc.stringMatching(/^[a-c:_-]{1,4}$/);
  const level = fc.constantFrom('data', 'x', 'a', 'b', '');
  const rest = fc.array(fc.constantFrom('*', 'y', 'a', '?', 'b*'), { maxLength: 3 });
  const layout = fc.tuple(fc.array(level, { maxLength: 2 }), rest).map(([before, after]) => [...before, '<thing>', ...after].join('/'));

  /** What a pattern may look like as a real topic of that thing. */
  const topicOf = (pattern: string, owner: string, filling: string) => pattern.replace('<thing>', owner).replaceAll('*', filling).replaceAll('?', 'z');

  test('never publish, receive or subscribe on topics of each other, whatever the layout', () => {
    fc.assert(fc.property(layout, layout, name, name, fc.constantFrom('', 'q', 'a', 'b/a', 'a/b', '+', '#', '+/a'), (telemetry, command, mine, other, filling) => {
      fc.pre(mine !== other);
      const document = documentOf({ telemetryTopics: [telemetry], commandTopics: [command] });
      const as = (owner: string, pattern: string) => topicOf(pattern, owner, filling);
      for (const [action, pattern] of [['iot:Publish', telemetry], ['iot:Receive', command], ['iot:Subscribe', command]]) {
        const topic = as(mine, pattern);
        expect(verdict(document, { action, topic, topicFilter: topic }, thing(mine))).toBe('allow');
        expect(verdict(document, { action, topic, topicFilter: topic }, thing(other))).toBe('deny');
      }
      const wide = as('+', command);
      expect(verdict(document, { action: 'iot:Subscribe', topicFilter: wide }, thing(other))).toBe('deny');
      expect(verdict(document, { action: 'iot:Connect', clientId: mine }, { ...thing(other), clientId: mine })).toBe('deny');
    }), { numRuns: 60 });
  });

  test('no reserved or telemetry topic of one is open to the other, however it ends', () => {
    const prefix = fc.constantFrom('data/', 'cmd/', '$aws/things/', '$aws/rules/Lake/data/', '$aws/rules/Lake/');
    fc.assert(fc.property(prefix, name, name, fc.string({ maxLength: 12 }), (before, mine, other, after) => {
      fc.pre(mine !== other);
      const topic = `${before}${mine}/${after}`;
      for (const action of ['iot:Publish', 'iot:Receive', 'iot:RetainPublish', 'iot:Subscribe']) {
        expect(verdict(EVERYTHING, { action, topic, topicFilter: topic }, thing(other))).toBe('deny');
      }
    }), { numRuns: 1_000 });
  });
});
