import { segmentsMatch, segmentsOf } from './arn';
import { failedCondition } from './condition';
import { Connection, Environment } from './connection';
import { allowedBy, Decision, deniedBy, notAllowed } from './decision';
import { Pattern } from './pattern';
import { CompiledStatement, PolicySet } from './policy-set';
import { Request, resourceOf } from './request';
import { RequestContext } from './request-context';

/**
 * Decides what one connection may do, by all policies of its principal together: a Deny that applies wins, then an Allow that
 * applies, otherwise the answer is no.
 *
 * Values of variables are put into resources once; why something is denied is found out only when it is.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-policies.html
 */
export class Authorizer {
  private readonly settled = new Map<CompiledStatement, readonly Pattern[]>();
  private readonly ofConnection: RequestContext;

  constructor(private readonly policies: PolicySet, private readonly connection: Connection, private readonly environment: Environment) {
    this.ofConnection = new RequestContext(connection, { action: '' }, environment);
  }

  /** One action and nothing else: what the broker asks for one packet may be more, see `admit`. */
  decide(request: Request): Decision {
    const resource = resourceOf(request, this.connection, this.environment);
    const named = this.policies.statementsFor(request.action);
    const segments = segmentsOf(resource);
    let context: RequestContext | undefined;
    const contextOf = () => context ??= new RequestContext(this.connection, request, this.environment);
    const applies = (statement: CompiledStatement) => this.covers(statement, resource, segments, contextOf)
      && (statement.conditions.length === 0 || failedCondition(statement.conditions, contextOf(), statement.variables) === undefined);

    const deny = named.find(statement => statement.effect === 'Deny' && applies(statement));
    if (deny) return deniedBy(deny, request.action, resource);
    const allow = named.find(statement => statement.effect === 'Allow' && applies(statement));
    if (allow) return allowedBy(allow, request.action, resource);
    return notAllowed(named.filter(({ effect }) => effect === 'Allow').map(statement => {
      const patterns = this.patternsOf(statement, contextOf);
      return {
        statement,
        covers: this.covers(statement, resource, segments, contextOf),
        resources: patterns.map(pattern => pattern.text),
        missingVariables: [...new Set(patterns.flatMap(pattern => pattern.missingVariables))],
        condition: failedCondition(statement.conditions, contextOf(), statement.variables),
      };
    }), this.policies.statements.length, request.action, resource);
  }

  private covers(statement: CompiledStatement, resource: string, segments: readonly string[], contextOf: () => RequestContext): boolean {
    return this.patternsOf(statement, contextOf).some(pattern => segmentsMatch(pattern, resource, segments)) !== statement.isNotResource;
  }

  private patternsOf(statement: CompiledStatement, contextOf: () => RequestContext): readonly Pattern[] {
    const { isSettled, resources, variables } = statement;
    const patterns = (context: RequestContext) => resources.map(text => Pattern.of(text, variables ? context : undefined));
    if (!isSettled) return patterns(contextOf());
    let known = this.settled.get(statement);
    if (!known) this.settled.set(statement, known = patterns(this.ofConnection));
    return known;
  }
}
