import * as fc from 'fast-check';
import { oracleAllows, SimpleCall, SimpleResourceStatement, SimpleStatement, SimpleWorld } from './naive-oracle';
import { ACCOUNT, directoryOf, OTHER_ACCOUNT, ROLE, SESSION } from './world';

const arnIn = (service: string, account: string) => `arn:aws:${service}:eu-west-1:${account}:`;
const some = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 1, maxLength: 2 });
const mostly = <A, B>(usual: fc.Arbitrary<A>, rare: fc.Arbitrary<B>) => fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: rare });
const action = fc.constantFrom('x:Get', 'x:Put', 'X:gET', 'x:*', '*', 'x:?et', 'x:P*');
const tail = fc.constantFrom('a', 'b', 'a/b', '*', 'a*', '?', 'a/?');
const target = fc.constantFrom(arnIn('sqs', ACCOUNT), arnIn('kms', ACCOUNT), arnIn('sqs', OTHER_ACCOUNT));
const resource = fc.oneof(fc.constant('*'), fc.tuple(target, tail).map(([arn, text]) => arn + text));
const condition = fc.option(fc.constantFrom('v', 'w').map(k => ({ Condition: { StringEquals: { k } } })), { nil: {}, freq: 1 });

const statement: fc.Arbitrary<SimpleStatement> = fc.tuple(
  fc.constantFrom('Allow' as const, 'Allow' as const, 'Allow' as const, 'Deny' as const),
  mostly(some(action).map(Action => ({ Action })), some(action).map(NotAction => ({ NotAction }))),
  mostly(some(resource).map(Resource => ({ Resource })), some(resource).map(NotResource => ({ NotResource }))),
  mostly(fc.constant({}), condition),
).map(([Effect, ...parts]) => Object.assign({ Effect }, ...parts));
const aws = fc.constantFrom('*', ACCOUNT, OTHER_ACCOUNT, `arn:aws:iam::${ACCOUNT}:root`, ROLE, `${ROLE}2`, SESSION, SESSION.replace('one', 'two'));
const principal = fc.oneof(fc.constant('*' as const), some(aws).map(AWS => ({ AWS })), some(aws).map(AWS => ({ AWS })),
  some(fc.constantFrom('sns.amazonaws.com', 'iot.amazonaws.com')).map(Service => ({ Service })));
const ofResource: fc.Arbitrary<SimpleResourceStatement> = fc.tuple(statement, principal).map(([rest, Principal]) => ({ ...rest, Principal }));

const world: fc.Arbitrary<SimpleWorld> = fc.record({
  identity: fc.array(statement, { maxLength: 3 }),
  boundary: fc.option(fc.array(statement, { maxLength: 2 }), { nil: undefined, freq: 2 }),
  resource: fc.array(ofResource, { maxLength: 3 }),
});
const call: fc.Arbitrary<SimpleCall> = fc.record({
  action: fc.constantFrom('x:Get', 'x:Put'),
  resource: fc.tuple(target, fc.constantFrom('a', 'b', 'a/b')).map(([arn, text]) => arn + text),
  k: fc.constantFrom('v', 'w', undefined),
  caller: fc.constantFrom<SimpleCall['caller']>({ role: ROLE, account: ACCOUNT }, { role: ROLE, session: SESSION, account: ACCOUNT }, { service: 'sns.amazonaws.com' }),
});

/** `resource` is the policy of whatever is called; a key always has one, so that its default stays out of the way. */
const decisionOf = ({ identity, boundary, resource: statements }: SimpleWorld, { action: asked, resource: arn, k, caller }: SimpleCall) =>
  directoryOf({ identity, ...boundary && { boundary }, resources: { [arn]: statements } }).authorize({
    principal: 'service' in caller ? caller.service : caller.session ?? caller.role,
    action: asked,
    resource: arn,
    context: k === undefined ? {} : { k },
  });

test('decides like a naive oracle', () => {
  const seen = { allow: 0, deny: 0 };
  fc.assert(fc.property(world, call, (around, what) => {
    const { decision } = decisionOf(around, what);
    seen[decision]++;
    expect(decision).toBe(oracleAllows(around, what) ? 'allow' : 'deny');
  }), { numRuns: 5_000 });
  // A generator that never allows would prove nothing.
  expect(Math.min(seen.allow, seen.deny)).toBeGreaterThan(500);
});

test('a further Deny never allows more, a further Allow never less, and every denial names what is missing', () => {
  fc.assert(fc.property(world, statement, call, (around, more, what) => {
    const [before, after] = [decisionOf(around, what), decisionOf({ ...around, identity: [...around.identity, more] }, what)];
    if (more.Effect === 'Deny') expect(before.decision === 'deny' && after.decision === 'allow').toBe(false);
    else expect(before.decision === 'allow' && after.decision === 'deny').toBe(false);
    if (after.decision === 'deny') expect(after.reason).toContain(`may not ${what.action} on ${what.resource}: `);
  }), { numRuns: 1_500 });
});

test('a boundary never allows more', () => {
  fc.assert(fc.property(world, fc.array(statement, { maxLength: 2 }), call, (around, boundary, what) => {
    const without = decisionOf({ ...around, boundary: undefined }, what);
    expect(without.decision === 'deny' && decisionOf({ ...around, boundary }, what).decision === 'allow').toBe(false);
  }), { numRuns: 1_500 });
});
