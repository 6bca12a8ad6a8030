import { applies, StatementMatch } from './statement-match';

/** A statement and where it stands: indexes of its policy and in it. */
export interface PlacedStatement {
  readonly policy: number;
  readonly statement: number;
  readonly effect: string;
  readonly match: StatementMatch;
}

export interface Decision {
  readonly decision: 'allow' | 'deny';
  /** `allowed`; `explicit-deny`: a Deny applies; `implicit-deny`: no Allow does. */
  readonly cause: 'allowed' | 'explicit-deny' | 'implicit-deny';
  /** One sentence for a person. */
  readonly reason: string;
  /** The statement that decided, or for an implicit deny the Allow that came nearest. */
  readonly nearest?: PlacedStatement;
}

/** A Deny that applies wins, then an Allow that applies; otherwise the answer is no. */
export function decide(statements: PlacedStatement[], action: string, resource: string): Decision {
  const deny = statements.find(({ effect, match }) => effect === 'Deny' && applies(match));
  if (deny) return { decision: 'deny', cause: 'explicit-deny', reason: `${nameOf(deny)} denies ${action} on ${resource}`, nearest: deny };
  const allow = statements.find(({ effect, match }) => effect === 'Allow' && applies(match));
  if (allow) return { decision: 'allow', cause: 'allowed', reason: `${nameOf(allow)} allows ${action} on ${resource}`, nearest: allow };
  const nearest = nearestOf(statements.filter(({ effect, match }) => effect === 'Allow' && match.action), resource);
  return { decision: 'deny', cause: 'implicit-deny', reason: whyNot(nearest, statements.length, action, resource), nearest };
}

function nearestOf(allows: PlacedStatement[], resource: string): PlacedStatement | undefined {
  const closeness = ({ match }: PlacedStatement) => match.resource
    ? Infinity
    : Math.max(0, ...match.resources.map(text => commonPrefix(text, resource)));
  return allows.reduce<PlacedStatement | undefined>((best, next) => best === undefined || closeness(next) > closeness(best) ? next : best, undefined);
}

function whyNot(nearest: PlacedStatement | undefined, statements: number, action: string, resource: string): string {
  if (statements === 0) return `no policy with a statement is attached, so ${action} on ${resource} is denied`;
  if (!nearest) return `no statement allows ${action}`;
  const { match } = nearest;
  if (!match.resource && match.missingVariables.length > 0) {
    return `${nameOf(nearest)} allows ${action}, but ${match.missingVariables.map(name => `\${${name}}`).join(', ')} has no value here`;
  }
  if (!match.resource) return `${nameOf(nearest)} allows ${action} on ${match.resources.join(', ')}, which does not match ${resource}`;
  const { operator, key, expected, actual } = match.condition!;
  const found = actual === undefined ? 'is not in the request' : `is ${JSON.stringify(actual)}`;
  return `${nameOf(nearest)} allows ${action} on ${resource}, but only if ${operator} ${key} ${JSON.stringify(expected)}, and it ${found}`;
}

function nameOf({ policy, statement }: PlacedStatement): string {
  return `statement ${statement} of policy ${policy}`;
}

function commonPrefix(left: string, right: string): number {
  let length = 0;
  while (length < left.length && left[length] === right[length]) length++;
  return length;
}
