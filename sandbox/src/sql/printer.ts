import { Expression, Selection, Statement } from './syntax-tree';

/** The statement as SQL, which reads back to the same tree. */
export function printStatement({ variables, select, topicFilter, where }: Statement): string {
  return [
    variables.length > 0 ? `SET ${variables.map(({ name, value }) => `@${name} = ${printExpression(value)}`).join(', ')}` : '',
    `SELECT ${printSelection(select)}`,
    topicFilter ? `FROM ${quote(topicFilter.text)}` : '',
    where ? `WHERE ${printExpression(where)}` : '',
  ].filter(part => part !== '').join(' ');
}

/** Operators are in parentheses whether they need them or not: short, and beyond doubt. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'null': return 'NULL';
    case 'boolean': return String(expression.value);
    case 'number': return expression.text;
    case 'string': return quote(expression.value);
    case 'array': return `[${expression.items.map(printExpression).join(', ')}]`;
    case 'object': return `{${expression.members.map(({ key, value }) => `${quote(key)}: ${printExpression(value)}`).join(', ')}}`;
    case 'star': return '*';
    case 'name': return expression.name;
    case 'variable': return `@${expression.name}`;
    case 'member': return `${printOwner(expression.of)}.${expression.name}`;
    case 'call': return `${expression.name}(${expression.arguments.map(printExpression).join(', ')})`;
    case 'cast': return `cast(${printExpression(expression.value)} AS ${expression.type})`;
    case 'unary': return expression.operator === 'NOT' ? `(NOT ${printExpression(expression.operand)})` : `(-${printExpression(expression.operand)})`;
    case 'binary': return `(${printExpression(expression.left)} ${expression.operator} ${printExpression(expression.right)})`;
    case 'in': return `(${printExpression(expression.value)} ${expression.negated ? 'NOT IN' : 'IN'} ${printExpression(expression.list)})`;
    case 'exists': return `exists${printExpression(expression.query)}`;
    case 'case': return [
      expression.subject ? `CASE ${printExpression(expression.subject)}` : 'CASE',
      ...expression.branches.map(({ when, then }) => `WHEN ${printExpression(when)} THEN ${printExpression(then)}`),
      ...expression.otherwise ? [`ELSE ${printExpression(expression.otherwise)}`] : [],
      'END',
    ].join(' ');
    case 'query': return `(${[
      `SELECT ${printSelection(expression.select)} FROM ${printExpression(expression.from)}`,
      ...expression.alias !== undefined ? [`AS ${expression.alias}`] : [],
      ...expression.where ? [`WHERE ${printExpression(expression.where)}`] : [],
    ].join(' ')})`;
  }
}

/** The point belongs to what can stand before it without parentheses; CASE, literals and casts take them. */
function printOwner(of: Expression): string {
  const text = printExpression(of);
  return ['name', 'variable', 'member', 'call', 'query', 'object', 'cast', 'binary', 'unary', 'in', 'exists'].includes(of.kind) ? text : `(${text})`;
}

function printSelection(select: Selection): string {
  if (select.kind === 'value') return select.value.kind === 'star' ? 'VALUE *' : `VALUE (${printExpression(select.value)})`;
  return select.items.map(({ value, alias }) => alias ? `${printExpression(value)} AS ${alias.join('.')}` : printExpression(value)).join(', ');
}

function quote(text: string): string {
  return `'${text.replace(/\\/g, '\\\\').replace(/'/g, "''")}'`;
}
