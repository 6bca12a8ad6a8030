import { SqlError } from './error';
import { Token, tokenAt } from './lexer';
import { BinaryOperator, CastType, Expression, SelectItem, Selection, Statement } from './syntax-tree';

/** The rule may be 256 KB as a whole. */
const LONGEST_STATEMENT = 256 * 1024;
/** Deeper than any rule, and far from the end of the stack. */
const DEEPEST = 200;
const HIGHEST = 1000;
const MOST_VARIABLES = 10;

/** Not names of payload keys: such keys are reached by get(). Everything else, `value` and `set` too, may be one. */
const RESERVED = new Set(['SELECT', 'FROM', 'WHERE', 'AS', 'AND', 'OR', 'NOT', 'IN', 'CASE', 'WHEN', 'THEN', 'ELSE', 'END', 'NULL', 'TRUE', 'FALSE']);

/** How tightly each operator between two expressions binds. */
const BINDING: Record<string, number> = {
  'OR': 1, 'AND': 2, 'NOT': 4, 'IN': 4, '=': 4, '<>': 4, '<': 4, '<=': 4, '>': 4, '>=': 4, '+': 5, '-': 5, '*': 6, '/': 6, '%': 6,
};
const BINDING_OF_NOT = 3;
const BINDING_OF_MINUS = 7;

const CAST_TYPES: Record<string, CastType> = {
  STRING: 'String',
  NVARCHAR: 'String',
  TEXT: 'String',
  NTEXT: 'String',
  VARCHAR: 'String',
  INT: 'Int',
  INTEGER: 'Int',
  DOUBLE: 'Decimal',
  DECIMAL: 'Decimal',
  BOOL: 'Boolean',
  BOOLEAN: 'Boolean',
};

/**
 * Reads a rule's SQL.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-reference.html
 * @throws SqlError with the position of what is wrong.
 */
export function parseStatement(source: string): Statement {
  if (Buffer.byteLength(source) > LONGEST_STATEMENT) throw new SqlError('the SQL of a rule has at most 256 KB', source, 0);
  const parser = new Parser(source, 0);
  const statement = parser.statement();
  parser.expectEnd();
  checkHeight(statement, source);
  return statement;
}

/** Reads the expression of a substitution template, from behind `${`. `end` is behind its closing brace. */
export function parseTemplateExpression(source: string, offset: number): { readonly expression: Expression; readonly end: number } {
  const parser = new Parser(source, offset);
  const expression = parser.expression(0);
  checkHeight(expression, source);
  return { expression, end: parser.expectSymbol('}').end };
}

/** A Pratt parser: `expression(binding)` takes everything that binds more tightly. */
class Parser {
  private token: Token;
  private depth = 0;

  constructor(private readonly source: string, offset: number) {
    this.token = tokenAt(source, offset);
  }

  statement(): Statement {
    const variables = this.isKeyword('SET') && this.peek().kind === 'variable' ? this.variables() : [];
    if (this.isKeyword('SET')) throw this.error('SET can be used once in a statement');
    this.expectKeyword('SELECT');
    const select = this.selection();
    const topicFilter = this.acceptKeyword('FROM') ? this.topicFilter() : undefined;
    const where = this.acceptKeyword('WHERE') ? this.expression(0) : undefined;
    return { variables, select, ...topicFilter && { topicFilter }, ...where && { where } };
  }

  expectEnd(): void {
    if (this.token.kind !== 'end') throw this.error(`expected the end of the statement, found ${nameOf(this.token)}`);
  }

  expectSymbol(symbol: string): Token {
    if (!this.isSymbol(symbol)) throw this.error(`expected '${symbol}', found ${nameOf(this.token)}`);
    // What follows a template's brace is text, not a token.
    const token = this.token;
    if (symbol !== '}' || this.depth > 0) this.advance();
    return token;
  }

  expression(binding: number): Expression {
    if (++this.depth > DEEPEST) throw this.error(`expressions can be nested ${DEEPEST} deep`);
    let left = this.prefix();
    for (;;) {
      const operator = this.operator();
      if (operator === undefined || BINDING[operator] <= binding) break;
      left = this.infix(left, operator);
    }
    this.depth--;
    return left;
  }

  private variables(): Statement['variables'] {
    this.advance();
    const variables = new Map<string, Expression>();
    do {
      const { kind, text } = this.token;
      if (kind !== 'variable') throw this.error(`expected a variable such as @name, found ${nameOf(this.token)}`);
      if (variables.has(text)) throw this.error(`@${text} is set already, a variable can be set once`);
      if (variables.size === MOST_VARIABLES) throw this.error(`a statement has at most ${MOST_VARIABLES} variables`);
      this.advance();
      this.expectSymbol('=');
      variables.set(text, this.expression(0));
    } while (this.acceptSymbol(','));
    return [...variables].map(([name, value]) => ({ name, value }));
  }

  private selection(): Selection {
    if (this.isKeyword('VALUE') && this.beginsExpression(this.peek())) {
      this.advance();
      return { kind: 'value', value: this.starOrExpression() };
    }
    const items: SelectItem[] = [];
    do {
      const value = this.starOrExpression();
      const alias = this.acceptKeyword('AS') ? this.alias() : undefined;
      items.push({ value, ...alias && { alias } });
    } while (this.acceptSymbol(','));
    return { kind: 'items', items };
  }

  /** `value` alone is a key of the payload as well: it is the keyword only before something that can be selected. */
  private beginsExpression({ kind, text, end }: Token): boolean {
    if (kind === 'name') return !RESERVED.has(text.toUpperCase()) || ['NOT', 'CASE', 'NULL', 'TRUE', 'FALSE'].includes(text.toUpperCase());
    if (kind === 'symbol' && text === '*') {
      const after = tokenAt(this.source, end);
      return after.kind === 'end' || after.text === ')' || (after.kind === 'name' && ['FROM', 'WHERE'].includes(after.text.toUpperCase()));
    }
    return kind !== 'end' && (kind !== 'symbol' || ['(', '[', '{'].includes(text));
  }

  private starOrExpression(): Expression {
    const at = this.token.offset;
    return this.acceptSymbol('*') ? { kind: 'star', at } : this.expression(0);
  }

  private alias(): string[] {
    const path = [this.name('a name')];
    while (this.acceptSymbol('.')) path.push(this.name('a name'));
    return path;
  }

  private topicFilter(): NonNullable<Statement['topicFilter']> {
    const { kind, text, offset: at } = this.token;
    if (kind !== 'string') throw this.error(`expected a topic filter in single quotes, found ${nameOf(this.token)}`);
    this.advance();
    return { text, at };
  }

  private prefix(): Expression {
    const { kind, text, offset: at } = this.token;
    if (kind === 'name') return this.member(this.word(text, at));
    if (kind === 'end') throw this.error('expected an expression, found the end');
    if (kind === 'symbol' && text === '-') {
      this.advance();
      return { kind: 'unary', operator: '-', operand: this.expression(BINDING_OF_MINUS), at };
    }
    this.advance();
    if (kind === 'number') return { kind: 'number', text, at };
    if (kind === 'string') return { kind: 'string', value: text, at };
    if (kind === 'variable') return this.member({ kind: 'variable', name: text, at });
    if (text === '(') return this.member(this.parenthesized(at));
    if (text === '[') return { kind: 'array', items: this.list(']', () => this.expression(0)), at };
    if (text === '{') return this.member({ kind: 'object', members: this.list('}', () => this.objectMember()), at });
    throw new SqlError(`expected an expression, found '${text}'`, this.source, at);
  }

  private word(text: string, at: number): Expression {
    switch (text.toUpperCase()) {
      case 'NULL': this.advance(); return { kind: 'null', at };
      case 'TRUE': this.advance(); return { kind: 'boolean', value: true, at };
      case 'FALSE': this.advance(); return { kind: 'boolean', value: false, at };
      case 'NOT': this.advance(); return { kind: 'unary', operator: 'NOT', operand: this.expression(BINDING_OF_NOT), at };
      case 'CASE': this.advance(); return this.caseExpression(at);
    }
    if (RESERVED.has(text.toUpperCase())) throw this.error(`expected an expression, found ${text.toUpperCase()}`);
    this.advance();
    if (!this.acceptSymbol('(')) return { kind: 'name', name: text, at };
    if (text.toLowerCase() === 'cast') return this.cast(at);
    if (text.toLowerCase() === 'exists') return this.exists(at);
    return { kind: 'call', name: text.toLowerCase(), arguments: this.list(')', () => this.starOrExpression()), at };
  }

  private member(of: Expression): Expression {
    let value = of;
    while (this.acceptSymbol('.')) {
      const at = this.token.offset;
      value = { kind: 'member', of: value, name: this.name('a key (one with other characters is reached by get(object, "key"))'), at };
    }
    if (this.isSymbol('[')) throw this.error('an array has no index in brackets: use get(array, index)');
    return value;
  }

  private parenthesized(at: number): Expression {
    const inner = this.isKeyword('SELECT') ? this.query(at) : this.expression(0);
    this.expectSymbol(')');
    return inner;
  }

  private query(at: number): Expression {
    this.advance();
    const select = this.selection();
    this.expectKeyword('FROM');
    const from = this.expression(BINDING_OF_MINUS);
    const bare = this.token.kind === 'name' && !RESERVED.has(this.token.text.toUpperCase());
    const alias = this.acceptKeyword('AS') || bare ? this.name('an alias') : undefined;
    const where = this.acceptKeyword('WHERE') ? this.expression(0) : undefined;
    return { kind: 'query', select, from, ...alias !== undefined && { alias }, ...where && { where }, at };
  }

  private exists(at: number): Expression {
    if (!this.isKeyword('SELECT')) throw this.error(`expected SELECT after EXISTS (, found ${nameOf(this.token)}`);
    const query = this.query(this.token.offset);
    this.expectSymbol(')');
    return { kind: 'exists', query, at };
  }

  private cast(at: number): Expression {
    const value = this.expression(0);
    this.expectKeyword('AS');
    const type = CAST_TYPES[this.token.text.toUpperCase()];
    if (this.token.kind !== 'name' || type === undefined || !Object.hasOwn(CAST_TYPES, this.token.text.toUpperCase())) {
      throw this.error(`expected a type (${Object.keys(CAST_TYPES).join(', ')}), found ${nameOf(this.token)}`);
    }
    this.advance();
    this.expectSymbol(')');
    return { kind: 'cast', value, type, at };
  }

  private caseExpression(at: number): Expression {
    const subject = this.isKeyword('WHEN') ? undefined : this.expression(0);
    const branches: { when: Expression; then: Expression }[] = [];
    this.expectKeyword('WHEN');
    do {
      const when = this.expression(0);
      this.expectKeyword('THEN');
      branches.push({ when, then: this.expression(0) });
    } while (this.acceptKeyword('WHEN'));
    const otherwise = this.acceptKeyword('ELSE') ? this.expression(0) : undefined;
    this.expectKeyword('END');
    return { kind: 'case', ...subject && { subject }, branches, ...otherwise && { otherwise }, at };
  }

  private objectMember(): { key: string; value: Expression } {
    const { kind, text: key } = this.token;
    if (kind !== 'string') throw this.error(`expected a key in quotes, found ${nameOf(this.token)}`);
    this.advance();
    this.expectSymbol(':');
    return { key, value: this.expression(0) };
  }

  private list<T>(closing: string, item: () => T): T[] {
    const items: T[] = [];
    if (!this.isSymbol(closing)) {
      do items.push(item()); while (this.acceptSymbol(','));
    }
    if (!this.isSymbol(closing)) throw this.error(`expected ',' or '${closing}', found ${nameOf(this.token)}`);
    this.advance();
    return items;
  }

  /** The operator that stands here, between two expressions; `NOT` only as the beginning of `NOT IN`. */
  private operator(): string | undefined {
    const text = this.token.kind === 'symbol' ? this.token.text : this.token.kind === 'name' ? this.token.text.toUpperCase() : '';
    if (text === 'NOT' && this.peek().text.toUpperCase() !== 'IN') return undefined;
    return Object.hasOwn(BINDING, text) ? text : undefined;
  }

  private infix(left: Expression, operator: string): Expression {
    const at = this.token.offset;
    this.advance();
    if (operator !== 'IN' && operator !== 'NOT') {
      return { kind: 'binary', operator: operator as BinaryOperator, left, right: this.expression(BINDING[operator]), at };
    }
    if (operator === 'NOT') this.expectKeyword('IN');
    return { kind: 'in', value: left, negated: operator === 'NOT', list: this.expression(BINDING.IN), at };
  }

  private name(wanted: string): string {
    const { kind, text } = this.token;
    if (kind !== 'name') throw this.error(`expected ${wanted}, found ${nameOf(this.token)}`);
    this.advance();
    return text;
  }

  private advance(): void {
    this.token = tokenAt(this.source, this.token.end);
  }

  private peek(): Token {
    return tokenAt(this.source, this.token.end);
  }

  private isKeyword(keyword: string): boolean {
    return this.token.kind === 'name' && this.token.text.toUpperCase() === keyword;
  }

  private acceptKeyword(keyword: string): boolean {
    const found = this.isKeyword(keyword);
    if (found) this.advance();
    return found;
  }

  private expectKeyword(keyword: string): void {
    if (!this.acceptKeyword(keyword)) throw this.error(`expected ${keyword}, found ${nameOf(this.token)}`);
  }

  private isSymbol(symbol: string): boolean {
    return this.token.kind === 'symbol' && this.token.text === symbol;
  }

  private acceptSymbol(symbol: string): boolean {
    const found = this.isSymbol(symbol);
    if (found) this.advance();
    return found;
  }

  private error(problem: string): SqlError {
    return new SqlError(problem, this.source, this.token.offset);
  }
}

/** A long chain of operators is not deep to read, but deep to walk. */
function checkHeight(tree: object, source: string): void {
  const open: [object, number][] = [[tree, 1]];
  for (let entry = open.pop(); entry; entry = open.pop()) {
    const [node, height] = entry;
    if (height > HIGHEST) throw new SqlError('this statement is too deeply nested', source, 'at' in node && typeof node.at === 'number' ? node.at : 0);
    for (const child of Object.values(node)) {
      if (typeof child === 'object' && child !== null) open.push([child, height + 1]);
    }
  }
}

function nameOf({ kind, text }: Token): string {
  if (kind === 'end') return 'the end';
  if (kind === 'variable') return `@${text}`;
  return kind === 'string' ? 'a string' : `'${text}'`;
}
