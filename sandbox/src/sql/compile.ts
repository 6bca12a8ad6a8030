import { cast, toBoolean } from './conversion';
import { Decimal, toInt } from './decimal';
import { SqlError } from './error';
import { FUNCTIONS } from './functions';
import { EXTERNAL_FUNCTIONS, isExternal } from './functions/external';
import { BINARY, equal, UNARY } from './operator';
import { printExpression } from './printer';
import { Evaluate, Scope } from './scope';
import { Expression, SelectItem, Selection } from './syntax-tree';
import { isArray, JsonObject, Value } from './value';

type Kind<K extends Expression['kind']> = Extract<Expression, { kind: K }>;

/** What an expression may refer to, and what was found in it. */
export interface Surroundings {
  /** For the positions of errors. */
  readonly source: string;
  /** Variables that are set, with their index. */
  readonly variables: ReadonlyMap<string, number>;
  /** External functions that can be called. */
  readonly external: ReadonlySet<string>;
  /** Where external functions are called. */
  readonly sites: { readonly name: string; readonly at: number }[];
}

/** Turns an expression into a function, so that nothing of its text is looked at again for each message. */
export function compileExpression(expression: Expression, surroundings: Surroundings): Evaluate {
  const compile = (inner: Expression) => compileExpression(inner, surroundings);
  switch (expression.kind) {
    case 'null': return () => null;
    case 'boolean': return constant(expression.value);
    case 'string': return constant(expression.value);
    case 'number': return constant(numberOf(expression, surroundings));
    case 'star': return scope => scope.all;
    case 'array': return arrayOf(expression.items.map(compile));
    case 'object': return objectOf(expression.members.map(({ key, value }) => ({ key, value: compile(value) })));
    case 'name': {
      const { name } = expression;
      return scope => scope.lookup(name);
    }
    case 'variable': return variableOf(expression, surroundings);
    case 'member': return memberOf(compile(expression.of), expression.name);
    case 'call': return callOf(expression, expression.arguments.map(compile), surroundings);
    case 'cast': {
      const { type } = expression;
      const value = compile(expression.value);
      return scope => cast(value(scope), type);
    }
    case 'unary': {
      const operate = UNARY[expression.operator];
      const operand = compile(expression.operand);
      return scope => operate(operand(scope));
    }
    case 'binary': {
      const operate = BINARY[expression.operator];
      const left = compile(expression.left);
      const right = compile(expression.right);
      return scope => operate(left(scope), right(scope));
    }
    case 'in': return inOf(compile(expression.value), compile(bareList(expression.list)), expression.negated);
    case 'exists': {
      const query = compile(expression.query);
      return scope => {
        const found = query(scope);
        return isArray(found) ? found.length > 0 : found !== undefined;
      };
    }
    case 'case': return caseOf(expression, compile);
    case 'query': return queryOf(expression, surroundings);
  }
}

export function compileSelection(selection: Selection, surroundings: Surroundings): Evaluate {
  if (selection.kind === 'value') return compileExpression(selection.value, surroundings);
  if (isStarAlone(selection)) return scope => scope.all;
  const items = selection.items.map(item => compileItem(item, surroundings));
  return scope => {
    const result: JsonObject = new Map();
    for (const add of items) add(result, scope);
    return result;
  };
}

/** `SELECT *` and `SELECT VALUE *`, which hand a payload on as it is. */
export function isStarAlone(selection: Selection): boolean {
  if (selection.kind === 'value') return selection.value.kind === 'star';
  return selection.items.length === 1 && selection.items[0].value.kind === 'star' && !selection.items[0].alias;
}

function compileItem({ value, alias }: SelectItem, surroundings: Surroundings): (result: JsonObject, scope: Scope) => void {
  if (value.kind === 'star' && !alias) {
    return (result, scope) => {
      const all = scope.all;
      if (all instanceof Map) all.forEach((member, key) => result.set(key, member));
    };
  }
  const evaluate = compileExpression(value, surroundings);
  const path = alias ?? [keyOf(value)];
  const key = path[0];
  if (path.length > 1) return (result, scope) => setPath(result, path, evaluate(scope));
  return (result, scope) => {
    const selected = evaluate(scope);
    if (selected !== undefined) result.set(key, selected);
  };
}

/** The key of an item without AS: the last name of a path. What AWS calls other expressions is not documented: here, by their text. */
function keyOf(value: Expression): string {
  return value.kind === 'name' || value.kind === 'member' || value.kind === 'variable' ? value.name : printExpression(value);
}

/** `AS a.b`: in an object of its own, or in a copy of the one that is there, which may belong to the payload. */
function setPath(result: JsonObject, path: readonly string[], value: Value): void {
  if (value === undefined) return;
  let object = result;
  for (const key of path.slice(0, -1)) {
    const there = object.get(key);
    const next: JsonObject = new Map(there instanceof Map ? there : []);
    object.set(key, next);
    object = next;
  }
  object.set(path[path.length - 1], value);
}

function constant(value: Value): Evaluate {
  return () => value;
}

function numberOf({ text, at }: Kind<'number'>, { source }: Surroundings): Value {
  if (/^\d+$/.test(text)) return toInt(BigInt(text));
  const decimal = Decimal.parse(text);
  if (decimal === undefined) throw new SqlError('numbers end at 9.999…E999', source, at);
  return decimal;
}

function arrayOf(items: readonly Evaluate[]): Evaluate {
  return scope => items.map(item => item(scope)).filter(item => item !== undefined);
}

function objectOf(members: readonly { readonly key: string; readonly value: Evaluate }[]): Evaluate {
  return scope => {
    const object: JsonObject = new Map();
    for (const { key, value } of members) {
      const member = value(scope);
      if (member !== undefined) object.set(key, member);
    }
    return object;
  };
}

function variableOf({ name, at }: Kind<'variable'>, { source, variables }: Surroundings): Evaluate {
  const index = variables.get(name);
  if (index === undefined) throw new SqlError(`@${name} is not set before it is used: SET @${name} = … before SELECT`, source, at);
  return scope => scope.evaluation.variable(index);
}

function memberOf(owner: Evaluate, name: string): Evaluate {
  return scope => {
    const object = owner(scope);
    return object instanceof Map ? object.get(name) : undefined;
  };
}

function callOf(call: Kind<'call'>, args: readonly Evaluate[], surroundings: Surroundings): Evaluate {
  const { name, at } = call;
  if (isExternal(name)) return externalCallOf(call, args, surroundings);
  const sqlFunction = FUNCTIONS.get(name);
  if (!sqlFunction) throw new SqlError(`there is no function ${name}()`, surroundings.source, at);
  const scheme = call.arguments[1];
  if (name === 'decode' && scheme?.kind === 'string' && scheme.value === 'proto') {
    throw new SqlError("decode(…, 'proto', …) is not modelled, only 'base64' is", surroundings.source, scheme.at);
  }
  if (args.length < sqlFunction.least || args.length > sqlFunction.most) return constant(undefined);
  if (name === 'encode' && call.arguments[0].kind === 'star') return encodePayload(args);
  if (args.length === 0) return scope => sqlFunction.call([], scope.evaluation.message);
  return scope => sqlFunction.call(args.map(arg => arg(scope)), scope.evaluation.message);
}

/** `encode(*, 'base64')` has the bytes of the payload, whatever they are. */
function encodePayload([star, scheme]: readonly Evaluate[]): Evaluate {
  const { call } = FUNCTIONS.get('encode')!;
  return scope => {
    const { message } = scope.evaluation;
    if (scope.isNested) return call([star(scope), scheme(scope)], message);
    return scheme(scope) === 'base64' ? Buffer.from(message.payload).toString('base64') : undefined;
  };
}

function externalCallOf({ name, at }: Kind<'call'>, args: readonly Evaluate[], surroundings: Surroundings): Evaluate {
  const { source, external, sites } = surroundings;
  if (!external.has(name)) {
    const available = EXTERNAL_FUNCTIONS.filter(candidate => external.has(candidate));
    throw new SqlError(`${name}() is not available here, ${available.length > 0 ? `only ${available.join(', ')}` : 'nor is another function that calls a service'}`, source, at);
  }
  if (name === 'get_dynamodb' && sites.some(site => site.name === name)) throw new SqlError('get_dynamodb() can be called once in a statement', source, at);
  const site = sites.push({ name, at }) - 1;
  return scope => scope.evaluation.external?.answer(name, site, args.map(arg => arg(scope)));
}

function inOf(value: Evaluate, list: Evaluate, negated: boolean): Evaluate {
  return scope => {
    const wanted = value(scope);
    const items = list(scope);
    if (wanted === undefined || !isArray(items)) return undefined;
    return items.some(item => item !== undefined && equal(wanted, item)) !== negated;
  };
}

/** `x IN (SELECT a FROM b)` compares with the values of `a`, not with objects that have one. */
function bareList(list: Expression): Expression {
  if (list.kind !== 'query' || list.select.kind !== 'items' || list.select.items.length !== 1) return list;
  const [{ value }] = list.select.items;
  return value.kind === 'star' ? list : { ...list, select: { kind: 'value', value } };
}

function caseOf({ subject, branches, otherwise }: Kind<'case'>, compile: (expression: Expression) => Evaluate): Evaluate {
  const value = subject && compile(subject);
  const compiled = branches.map(({ when, then }) => ({ when: compile(when), then: compile(then) }));
  const rest = otherwise ? compile(otherwise) : constant(undefined);
  return scope => {
    const wanted = value?.(scope);
    if (value && wanted === undefined) return undefined;
    for (const { when, then } of compiled) {
      const candidate = when(scope);
      if (value ? candidate !== undefined && equal(wanted, candidate) : toBoolean(candidate) === true) return then(scope);
    }
    return rest(scope);
  };
}

/** Over an array element by element, over an object once. */
function queryOf({ select, from, alias, where }: Kind<'query'>, surroundings: Surroundings): Evaluate {
  const source = compileExpression(from, surroundings);
  const selection = compileSelection(select, surroundings);
  const condition = where && compileExpression(where, surroundings);
  const row = (scope: Scope): Value => condition && toBoolean(condition(scope)) !== true ? undefined : selection(scope);
  return scope => {
    const found = source(scope);
    if (found instanceof Map) return row(new Scope(scope.evaluation, scope, found, alias));
    if (!isArray(found)) return undefined;
    return found.map(element => row(new Scope(scope.evaluation, scope, element, alias))).filter(value => value !== undefined);
  };
}
