import { CASES } from './cases';
import { decide, ROLE } from './world';

describe.each(Object.entries(CASES))('%s', (_page, cases) => {
  test.each(cases)('%s', (_claim, world, call, outcome) => {
    const { principal = ROLE, action, resource } = call;
    expect(decide(world, call)).toMatchObject({ principal, action, resource, cause: outcome, decision: outcome === 'allowed' ? 'allow' : 'deny' });
  });
});

test('there are enough of them, and each outcome has its share', () => {
  const outcomes = Object.values(CASES).flat().map(([, , , outcome]) => outcome);
  expect(outcomes.length).toBeGreaterThan(120);
  for (const outcome of ['allowed', 'explicit-deny', 'implicit-deny']) expect(outcomes.filter(other => other === outcome).length).toBeGreaterThan(12);
});
