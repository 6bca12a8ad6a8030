import { Principal, principalOf } from './principal';
import { segmentsOf } from '../policy/arn';
import { KeyValues } from '../policy/key-values';

/** One call of a function, a rule or a service. */
export interface AuthorizationRequest {
  /** ARN of a role or of a session of one, or name of a service such as `iot.amazonaws.com`. */
  readonly principal: string;
  /** `dynamodb:UpdateItem` */
  readonly action: string;
  /** ARN of what the call is about; `*` where the action knows no resources. */
  readonly resource: string;
  /** Condition keys that the call brings, such as `aws:SourceArn`, `kms:ViaService` or `dynamodb:LeadingKeys`. They win over those that are known anyway. */
  readonly context?: Context;
}

export type Context = Readonly<Record<string, string | readonly string[]>>;

export interface KnownRole {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A request as policies see it. */
export class AskedFor implements KeyValues {
  readonly principal: Principal;
  readonly action: string;
  readonly resource: string;
  readonly segments: readonly string[];
  private values: ReadonlyMap<string, string[]> | undefined;

  /** @param role - that calls, as far as it is known: a session tells its role without the path */
  constructor(private readonly request: AuthorizationRequest, private readonly role?: KnownRole) {
    const principal = principalOf(request.principal);
    this.principal = role && principal.kind === 'role' ? { ...principal, roleArn: role.arn } : principal;
    this.action = request.action;
    this.resource = request.resource;
    this.segments = segmentsOf(request.resource);
  }

  /** Account of the resource; undefined where its ARN names none, as those of S3. */
  get resourceAccount(): string | undefined {
    return this.segments[4] || undefined;
  }

  valuesOf(key: string): string[] | undefined {
    this.values ??= this.keys();
    const found = this.values.get(key.toLowerCase());
    return found && found.length > 0 ? found : undefined;
  }

  variable(key: string): string | undefined {
    const found = this.valuesOf(key);
    return found?.length === 1 ? found[0] : undefined;
  }

  /** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
  private keys(): ReadonlyMap<string, string[]> {
    const keys = new Map<string, string[]>();
    const add = (key: string, value: string | readonly string[] | undefined) => {
      if (value !== undefined) keys.set(key.toLowerCase(), typeof value === 'string' ? [value] : [...value]);
    };
    const now = new Date();
    add('aws:CurrentTime', now.toISOString());
    add('aws:EpochTime', String(Math.floor(now.getTime() / 1000)));
    add('aws:SecureTransport', 'true');
    add('aws:RequestedRegion', this.segments[3] || undefined);
    add('aws:ResourceAccount', this.resourceAccount);
    const { principal } = this;
    add('aws:PrincipalIsAWSService', String(principal.kind === 'service'));
    if (principal.kind === 'service') {
      add('aws:PrincipalServiceName', principal.name);
    } else {
      add('aws:PrincipalArn', principal.roleArn);
      add('aws:PrincipalAccount', principal.account);
      add('aws:PrincipalType', 'AssumedRole');
      for (const [name, value] of Object.entries(this.role?.tags ?? {})) add(`aws:PrincipalTag/${name}`, value);
    }
    for (const [key, value] of Object.entries(this.request.context ?? {})) add(key, value);
    return keys;
  }
}
