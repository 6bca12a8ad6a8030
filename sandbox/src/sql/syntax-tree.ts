/** A statement or expression as it was written. `at` is the offset in the source, for errors. */
export interface Statement {
  readonly variables: readonly { readonly name: string; readonly value: Expression }[];
  readonly select: Selection;
  /** Missing where only Basic Ingest invokes the rule. */
  readonly topicFilter?: { readonly text: string; readonly at: number };
  readonly where?: Expression;
}

/** `SELECT VALUE x` or a list of items. */
export type Selection =
  | { readonly kind: 'value'; readonly value: Expression }
  | { readonly kind: 'items'; readonly items: readonly SelectItem[] };

export interface SelectItem {
  readonly value: Expression;
  /** `AS a.b` makes an object in the result. */
  readonly alias?: readonly string[];
}

export type BinaryOperator = 'AND' | 'OR' | '=' | '<>' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%';
export type UnaryOperator = 'NOT' | '-';
/** Their names in SQL are many, their types are four. */
export type CastType = 'String' | 'Int' | 'Decimal' | 'Boolean';

export type Expression =
  | { readonly kind: 'null'; readonly at: number }
  | { readonly kind: 'boolean'; readonly value: boolean; readonly at: number }
  /** The digits as written: an Int without point and exponent, a Decimal with one. */
  | { readonly kind: 'number'; readonly text: string; readonly at: number }
  | { readonly kind: 'string'; readonly value: string; readonly at: number }
  | { readonly kind: 'array'; readonly items: readonly Expression[]; readonly at: number }
  | { readonly kind: 'object'; readonly members: readonly { readonly key: string; readonly value: Expression }[]; readonly at: number }
  | { readonly kind: 'star'; readonly at: number }
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | { readonly kind: 'variable'; readonly name: string; readonly at: number }
  | { readonly kind: 'member'; readonly of: Expression; readonly name: string; readonly at: number }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[]; readonly at: number }
  | { readonly kind: 'cast'; readonly value: Expression; readonly type: CastType; readonly at: number }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Expression; readonly at: number }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Expression; readonly right: Expression; readonly at: number }
  | { readonly kind: 'in'; readonly value: Expression; readonly negated: boolean; readonly list: Expression; readonly at: number }
  | { readonly kind: 'exists'; readonly query: Expression; readonly at: number }
  | {
    readonly kind: 'case';
    /** Missing in `CASE WHEN condition …`. */
    readonly subject?: Expression;
    readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
    readonly otherwise?: Expression;
    readonly at: number;
  }
  | {
    readonly kind: 'query';
    readonly select: Selection;
    readonly from: Expression;
    readonly alias?: string;
    readonly where?: Expression;
    readonly at: number;
  };
