import { compileExpression, Surroundings } from './compile';
import { toText } from './conversion';
import { withExternalCalls } from './external-call';
import { ExternalFunction, ExternalFunctions } from './functions/external';
import { Message } from './message';
import { parseTemplateExpression } from './parser';
import { Evaluate, Evaluation, ExternalAnswers, Scope } from './scope';

export interface TemplateOptions {
  /** External functions that the caller brings to `evaluateWith`. Any other one is an error; error actions may use none. */
  readonly external?: readonly ExternalFunction[];
  /** In the topic of a republish action `$$` stands for `$`, so that reserved topics can be written. */
  readonly doubledDollar?: boolean;
}

/** A field of an action with its `${expression}` parts, ready for messages. */
export interface CompiledTemplate {
  /** Whether there is any expression in it; if not, it gives the same text for all messages. */
  readonly isConstant: boolean;
  readonly externalCalls: readonly ExternalFunction[];
  /** Never throws. Undefined becomes nothing, arrays and objects become JSON. */
  evaluate(message: Message): string;
  /** The same with external functions; rejects where one of them does. */
  evaluateWith(functions: ExternalFunctions, message: Message): Promise<string>;
}

/**
 * Reads a substitution template. Its expressions see the original payload, not what SELECT made of it.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-substitution-templates.html
 * @throws SqlError with line and column in the template.
 */
export function compileTemplate(text: string, options?: TemplateOptions): CompiledTemplate {
  return compileTemplateWith(text, new Map(), [], options);
}

/** The template of an action whose rule sets variables. */
export function compileTemplateWith(
  text: string, names: ReadonlyMap<string, number>, variables: readonly Evaluate[], options: TemplateOptions = {},
): CompiledTemplate {
  const surroundings: Surroundings = { source: text, variables: names, external: new Set(options.external), sites: [] };
  const parts: (string | Evaluate)[] = [];
  let at = 0;
  for (let opening = text.indexOf('${'); opening >= 0; opening = text.indexOf('${', at)) {
    parts.push(text.slice(at, opening));
    const { expression, end } = parseTemplateExpression(text, opening + 2);
    parts.push(compileExpression(expression, surroundings));
    at = end;
  }
  parts.push(text.slice(at));
  const plain = options.doubledDollar ? parts.map(part => typeof part === 'string' ? part.replaceAll('$$', () => '$') : part) : parts;

  function evaluate(message: Message, external?: ExternalAnswers): string {
    const scope = new Scope(new Evaluation(message, variables, external));
    return plain.map(part => typeof part === 'string' ? part : toText(part(scope)) ?? '').join('');
  }

  return {
    isConstant: parts.length === 1,
    externalCalls: surroundings.sites.map(({ name }) => name as ExternalFunction),
    evaluate: message => evaluate(message),
    evaluateWith: (functions, message) => withExternalCalls(functions, external => evaluate(message, external)),
  };
}
