/** The part of the language that the oracle knows: lists everywhere, one condition key, no variables. */
export interface SimpleStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string[];
  readonly NotAction?: string[];
  readonly Resource?: string[];
  readonly NotResource?: string[];
  readonly Condition?: { readonly StringEquals: { readonly k: string } };
}

export interface SimpleResourceStatement extends SimpleStatement {
  readonly Principal: '*' | { readonly AWS?: string[]; readonly Service?: string[] };
}

export interface SimpleWorld {
  readonly identity: SimpleStatement[];
  readonly boundary: SimpleStatement[] | undefined;
  readonly resource: SimpleResourceStatement[];
}

export interface SimpleCall {
  readonly action: string;
  readonly resource: string;
  readonly k: string | undefined;
  readonly caller: { readonly role: string; readonly session?: string; readonly account: string } | { readonly service: string };
}

/** Written from the page of the evaluation logic, and sharing nothing with the evaluator. */
export function oracleAllows({ identity, boundary, resource }: SimpleWorld, call: SimpleCall): boolean {
  const { caller } = call;
  const hits = (list: SimpleStatement[], effect: string) => list.filter(statement => statement.Effect === effect && fits(statement, call));
  const mentions = (statement: SimpleStatement, names: string[]) => {
    const { Principal } = statement as SimpleResourceStatement;
    return Principal === '*' ? names.includes('*') : [...Principal.AWS ?? [], ...Principal.Service ?? []].some(name => names.includes(name));
  };
  if ('service' in caller) {
    const meant = ['*', caller.service];
    return hits(resource, 'Allow').some(one => mentions(one, meant)) && !hits(resource, 'Deny').some(one => mentions(one, meant));
  }
  const root = `arn:aws:iam::${caller.account}:root`;
  const all = ['*', caller.account, root, caller.role, ...caller.session ? [caller.session] : []];
  const denied = hits(identity, 'Deny').length > 0 || hits(boundary ?? [], 'Deny').length > 0 || hits(resource, 'Deny').some(one => mentions(one, all));
  if (denied) return false;
  const byResource = (names: string[]) => hits(resource, 'Allow').some(one => mentions(one, names));
  const inBoundary = boundary === undefined || hits(boundary, 'Allow').length > 0;
  const byIdentity = hits(identity, 'Allow').length > 0 && inBoundary;
  const isKey = call.resource.split(':')[2] === 'kms';
  const directly = byResource(['*', ...caller.session ? [caller.session] : []]);
  const asRole = byResource([caller.role]) && inBoundary;
  if (call.resource.split(':')[4] !== caller.account) return byIdentity && byResource(all);
  return directly || asRole || (byIdentity && (!isKey || byResource(all)));
}

function fits({ Action, NotAction, Resource, NotResource, Condition }: SimpleStatement, { action, resource, k }: SimpleCall): boolean {
  const named = (texts: string[], text: string) => texts.some(pattern => glob(pattern, text));
  const lower = (texts: string[]) => texts.map(text => text.toLowerCase());
  return (Action ? named(lower(Action), action.toLowerCase()) : !named(lower(NotAction!), action.toLowerCase()))
    && (Resource ? named(Resource, resource) : !named(NotResource!, resource))
    && (Condition === undefined || Condition.StringEquals.k === k);
}

function glob(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] === '*') return glob(pattern.slice(1), text) || (text !== '' && glob(pattern, text.slice(1)));
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && glob(pattern.slice(1), text.slice(1));
}
