import { Message } from './message';
import { Value } from './value';

/** A compiled expression. */
export type Evaluate = (scope: Scope) => Value;

/** Answers of other services, where a rule may ask them. */
export interface ExternalAnswers {
  answer(name: string, site: number, args: readonly Value[]): Value;
}

/** One message going through one rule: each variable is computed at its first use, and once. */
export class Evaluation {
  private readonly values: { readonly value: Value }[] = [];

  constructor(readonly message: Message, private readonly variables: readonly Evaluate[], readonly external?: ExternalAnswers) {}

  variable(index: number): Value {
    this.values[index] ??= { value: this.variables[index](new Scope(this)) };
    return this.values[index].value;
  }
}

/** What names refer to: keys of the payload or, in a nested SELECT, of one element, and then of what is around it. */
export class Scope {
  constructor(
    readonly evaluation: Evaluation,
    private readonly outer?: Scope,
    private readonly element?: Value,
    private readonly alias?: string,
  ) {}

  /** What `*` is. */
  get all(): Value {
    return this.outer ? this.element : this.evaluation.message.json;
  }

  get isNested(): boolean {
    return this.outer !== undefined;
  }

  lookup(name: string): Value {
    if (this.outer && name === this.alias) return this.element;
    const all = this.all;
    if (all instanceof Map && (!this.outer || all.has(name))) return all.get(name);
    return this.outer?.lookup(name);
  }
}
