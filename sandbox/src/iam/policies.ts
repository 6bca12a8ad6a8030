import { AskedFor } from './authorization-request';
import { closer, Closeness, PrincipalElement } from './principal';
import { segmentsMatch } from '../policy/arn';
import { FailedCondition, failedCondition } from '../policy/condition';
import { Pattern } from '../policy/pattern';
import { documentOf, MalformedPolicyError, PolicyDocument, Statement, statementsIn } from '../policy/policy-document';
import { CompiledStatement, PolicySet } from '../policy/policy-set';

/** A policy under the name that reasons call it by. */
export interface NamedPolicy {
  readonly name: string;
  readonly document: unknown;
}

type StatementOfResource = Statement & { readonly Principal?: unknown; readonly NotPrincipal?: unknown };

/** How far a statement that allows something fits a request. */
export interface Fit {
  readonly statement: CompiledStatement;
  readonly action: boolean;
  readonly resource: boolean;
  readonly condition: FailedCondition | undefined;
}

/** Policies of one kind that stand side by side: those of a role, its boundary, or that of a resource; read once. */
export class Policies {
  /** @throws MalformedPolicyError for what IAM would not take */
  static ofIdentity(policies: readonly NamedPolicy[]): Policies {
    return new Policies(PolicySet.compile(policies.map(({ document }) => document as PolicyDocument), policies.map(({ name }) => name), 'identity policies'));
  }

  /** @throws MalformedPolicyError for what the service would not take */
  static ofResource({ name, document }: NamedPolicy): Policies {
    return Policies.withPrincipals(name, document, statement => statement);
  }

  /**
   * The policy that says who may assume a role: its resource is the role.
   *
   * @throws MalformedPolicyError for what IAM would not take
   */
  static ofTrust({ name, document }: NamedPolicy): Policies {
    return Policies.withPrincipals(name, document, statement => {
      if (statement.NotPrincipal !== undefined) throw new MalformedPolicyError('a trust policy cannot have a NotPrincipal');
      if (statement.Resource !== undefined || statement.NotResource !== undefined) throw new MalformedPolicyError('a trust policy cannot have a Resource');
      return { ...statement, Resource: '*' };
    });
  }

  private static withPrincipals(name: string, document: unknown, complete: (statement: StatementOfResource) => StatementOfResource): Policies {
    const { Statement: given, ...rest } = documentOf(document);
    const principals: PrincipalElement[] = [];
    const statements = statementsIn({ Statement: given }).map((statement: StatementOfResource, at) => {
      const { Principal, NotPrincipal, ...others } = complete(statement);
      const place = `statement ${at}: ${Principal === undefined ? 'NotPrincipal' : 'Principal'}`;
      if ((Principal === undefined) === (NotPrincipal === undefined)) {
        throw new MalformedPolicyError(`statement ${at}: Principal or NotPrincipal must be there, and only one of them`);
      }
      if (NotPrincipal !== undefined && statement.Effect === 'Allow') throw new MalformedPolicyError(`${place} does not go with Allow`);
      principals.push(PrincipalElement.of(Principal ?? NotPrincipal, NotPrincipal !== undefined, place));
      return others;
    });
    return new Policies(PolicySet.compile([{ ...rest, Statement: statements }], [name], 'resource policies'), principals);
  }

  private readonly settled = new Map<CompiledStatement, readonly Pattern[]>();

  /** @param principals - of the statements of the only policy; of identity policies none */
  private constructor(private readonly set: PolicySet, private readonly principals?: readonly PrincipalElement[]) {}

  get isEmpty(): boolean {
    return this.set.statements.length === 0;
  }

  /** The Deny that applies. */
  denying(asked: AskedFor, bounded: boolean): CompiledStatement | undefined {
    return this.set.statementsFor(asked.action)
      .find(statement => statement.effect === 'Deny' && this.closenessOf(statement, asked, bounded) !== undefined && this.applies(statement, asked));
  }

  /** The Allow that applies and names the caller most closely. Identity policies name theirs directly. */
  allowing(asked: AskedFor): { readonly statement: CompiledStatement; readonly closeness: Closeness } | undefined {
    let best: { readonly statement: CompiledStatement; readonly closeness: Closeness } | undefined;
    for (const statement of this.set.statementsFor(asked.action)) {
      if (statement.effect !== 'Allow') continue;
      const closeness = this.closenessOf(statement, asked, false);
      if (closeness === undefined || closer(best?.closeness, closeness) === best?.closeness || !this.applies(statement, asked)) continue;
      best = { statement, closeness };
    }
    return best;
  }

  /** Every Allow for this caller, with what of it fits; for reasons. */
  fits(asked: AskedFor): Fit[] {
    const named = new Set(this.set.statementsFor(asked.action));
    return this.set.statements.filter(statement => statement.effect === 'Allow' && this.closenessOf(statement, asked, false) !== undefined)
      .map(statement => ({
        statement,
        action: named.has(statement),
        resource: this.covers(statement, asked),
        condition: failedCondition(statement.conditions, asked, statement.variables),
      }));
  }

  private closenessOf({ statement }: CompiledStatement, asked: AskedFor, bounded: boolean): Closeness | undefined {
    return this.principals === undefined ? 'direct' : this.principals[statement].closenessTo(asked.principal, bounded);
  }

  private applies(statement: CompiledStatement, asked: AskedFor): boolean {
    return this.covers(statement, asked)
      && (statement.conditions.length === 0 || failedCondition(statement.conditions, asked, statement.variables) === undefined);
  }

  private covers(statement: CompiledStatement, asked: AskedFor): boolean {
    return this.patternsOf(statement, asked).some(pattern => segmentsMatch(pattern, asked.resource, asked.segments)) !== statement.isNotResource;
  }

  private patternsOf(statement: CompiledStatement, asked: AskedFor): readonly Pattern[] {
    const hasVariables = statement.variables && statement.resources.some(resource => resource.includes('${'));
    if (hasVariables) return statement.resources.map(resource => Pattern.of(resource, asked));
    let known = this.settled.get(statement);
    if (!known) this.settled.set(statement, known = statement.resources.map(resource => Pattern.of(resource, undefined)));
    return known;
  }
}
