import { Context, Decision, IamDirectory } from '../../src/iam';

export const ACCOUNT = '111122223333';
export const OTHER_ACCOUNT = '444455556666';
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/app`;
export const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/app/one`;
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/boundary`;

export interface WrittenStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | string[];
  readonly NotAction?: string | string[];
  readonly Resource?: string | string[];
  readonly NotResource?: string | string[];
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Condition?: object;
}

/** What is deployed around one call of `ROLE`. */
export interface World {
  readonly identity?: readonly WrittenStatement[];
  readonly boundary?: readonly WrittenStatement[];
  readonly managed?: readonly string[];
  readonly tags?: { readonly [name: string]: string };
  /** Who may assume `ROLE`. */
  readonly trust?: readonly WrittenStatement[];
  /** Policies of resources, by their ARN. */
  readonly resources?: { readonly [arn: string]: readonly WrittenStatement[] };
  readonly version?: string;
}

export interface Call {
  readonly action: string;
  readonly resource: string;
  /** `ROLE` where absent. */
  readonly principal?: string;
  readonly context?: Context;
}

export const allow = (Action: string | string[], Resource: string | string[], more: object = {}): WrittenStatement => ({ Effect: 'Allow', Action, Resource, ...more });
export const deny = (Action: string | string[], Resource: string | string[], more: object = {}): WrittenStatement => ({ Effect: 'Deny', Action, Resource, ...more });

export function directoryOf({ identity = [], boundary, managed = [], tags = {}, trust = [], resources = {}, version = '2012-10-17' }: World): IamDirectory {
  const directory = new IamDirectory();
  const document = (Statement: readonly WrittenStatement[]) => ({ Version: version, Statement });
  if (boundary) directory.addManagedPolicy(BOUNDARY, { name: 'Boundary', document: document(boundary) });
  directory.addRole({
    arn: ROLE,
    trust: document(trust),
    inlinePolicies: [{ name: 'Inline', document: document(identity) }],
    managedPolicyArns: managed,
    ...boundary && { permissionsBoundary: BOUNDARY },
    tags,
  });
  for (const [arn, statements] of Object.entries(resources)) directory.setResourcePolicy(arn, { name: 'ResourcePolicy', document: document(statements) });
  return directory;
}

export function decide(world: World, { principal = ROLE, ...call }: Call): Decision {
  return directoryOf(world).authorize({ principal, ...call });
}
