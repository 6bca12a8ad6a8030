import * as fc from 'fast-check';
import { oracleAllows, SimpleStatement } from './naive-oracle';
import { Authorizer } from '../../src/policy/authorizer';
import { Connection } from '../../src/policy/connection';
import { evaluate, EXAMPLE_ENVIRONMENT } from '../../src/policy/evaluate';
import { PolicySet } from '../../src/policy/policy-set';
import { Request } from '../../src/policy/request';

const ARN = 'arn:aws:iot:us-east-1:123456789012:';
const VARIABLES = ['${iot:Connection.Thing.ThingName}', '${iot:ClientId}'];
const topic = fc.array(fc.constantFrom('a', 'b', '/', '+', '#', '*', '?', '$'), { maxLength: 6 }).map(parts => parts.join(''));
const pattern = fc.array(fc.constantFrom('a', 'b', '/', '+', '#', '*', '?', ...VARIABLES), { maxLength: 6 }).map(parts => parts.join(''));
const resource = fc.oneof(fc.constant('*'), fc.tuple(fc.constantFrom('topic/', 'topicfilter/', 'topic*'), pattern).map(([kind, text]) => ARN + kind + text));
const action = fc.constantFrom('iot:Publish', 'iot:Subscribe', 'iot:Receive', 'IOT:publish', 'iot:*', '*', 'iot:P*', 'iot:Receiv?');
const some = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 1, maxLength: 2 });
const mostly = <A, B>(usual: fc.Arbitrary<A>, rare: fc.Arbitrary<B>) => fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: rare });

const statement: fc.Arbitrary<SimpleStatement> = fc.tuple(
  fc.constantFrom('Allow' as const, 'Allow' as const, 'Deny' as const),
  mostly(some(action).map(Action => ({ Action })), some(action).map(NotAction => ({ NotAction }))),
  mostly(some(resource).map(Resource => ({ Resource })), some(resource).map(NotResource => ({ NotResource }))),
).map(([Effect, actions, resources]) => ({ Effect, ...actions, ...resources }));

const name = fc.constantFrom('a', 'b', 'ab', '+', '*', '?');
const connection: fc.Arbitrary<Connection> = fc.record({
  clientId: name, thingName: fc.option(name), thingAttached: fc.boolean(), exclusive: fc.boolean(),
});
const request: fc.Arbitrary<Request> = fc.tuple(fc.constantFrom('iot:Publish', 'iot:Receive', 'iot:Subscribe'), topic)
  .map(([asked, text]) => asked === 'iot:Subscribe' ? { action: asked, topicFilter: text } : { action: asked, topic: text });

test('decides like a naive oracle, however the statements are spread over policies', () => {
  const seen = { allow: 0, deny: 0 };
  fc.assert(fc.property(fc.array(fc.array(statement, { maxLength: 3 }), { maxLength: 3 }), connection, request, (policies, who, what) => {
    const documents = policies.map(statements => ({ Version: '2012-10-17', Statement: statements }));
    const { decision } = evaluate(documents, who, what);
    seen[decision]++;
    expect(decision).toBe(oracleAllows(policies.flat(), who, what) ? 'allow' : 'deny');
  }), { numRuns: 3_000 });
  // A generator that never allows would prove nothing.
  expect(Math.min(seen.allow, seen.deny)).toBeGreaterThan(300);
});

test('what is remembered for a connection changes no decision and no reason', () => {
  fc.assert(fc.property(fc.array(statement, { maxLength: 4 }), connection, fc.array(request, { maxLength: 5 }), (statements, who, requests) => {
    const documents = [{ Version: '2012-10-17', Statement: statements }];
    const policies = PolicySet.compile(documents);
    const authorizers = [new Authorizer(policies, who, EXAMPLE_ENVIRONMENT), new Authorizer(policies, who, EXAMPLE_ENVIRONMENT)];
    for (const what of [...requests, ...requests]) {
      const { nearest: _nearest, ...alone } = evaluate(documents, who, what);
      for (const authorizer of authorizers) expect(authorizer.decide(what)).toMatchObject(alone);
    }
  }), { numRuns: 300 });
});

test('a further Deny never allows more, and a further Allow never less', () => {
  fc.assert(fc.property(fc.array(statement, { maxLength: 4 }), statement, connection, request, (statements, more, who, what) => {
    const allowed = (list: SimpleStatement[]) => evaluate([{ Version: '2012-10-17', Statement: list }], who, what).decision === 'allow';
    if (more.Effect === 'Deny') expect(allowed([...statements, more]) && !allowed(statements)).toBe(false);
    else expect(!allowed([...statements, more]) && allowed(statements)).toBe(false);
  }), { numRuns: 1_000 });
});

test('patterns that defeat backtracking are decided at once', () => {
  const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 'iot:Publish', Resource: `${ARN}topic/${'*a'.repeat(60)}b` } };
  const started = Date.now();
  expect(evaluate([document], { clientId: 'c', thingName: null, thingAttached: false }, { action: 'iot:Publish', topic: 'a'.repeat(250) }).decision).toBe('deny');
  expect(Date.now() - started).toBeLessThan(1_000);
});
