import { parseStatement } from '../sql/parser';
import { Expression, Selection } from '../sql/syntax-tree';

/**
 * Whether a statement looks into the payload, so that one which is no JSON is a parse error. `SELECT *` alone and
 * `encode(*, 'base64')` take bytes as they are.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/binary-payloads.html
 */
export function needsJson(sql: string): boolean {
  const { variables, select, where } = parseStatement(sql);
  const isPayloadAlone = select.kind === 'value' ? select.value.kind === 'star' : select.items.length === 1 && select.items[0].value.kind === 'star' && !select.items[0].alias;
  return variables.some(({ value }) => looks(value)) || (!isPayloadAlone && looksIn(select)) || (where !== undefined && looks(where));
}

function looksIn(select: Selection): boolean {
  return select.kind === 'value' ? looks(select.value) : select.items.some(({ value }) => looks(value));
}

function looks(expression: Expression): boolean {
  switch (expression.kind) {
    case 'star': case 'name': case 'exists': case 'query': return true;
    case 'array': return expression.items.some(looks);
    case 'object': return expression.members.some(({ value }) => looks(value));
    case 'member': return looks(expression.of);
    case 'call': return expression.arguments.slice(expression.name === 'encode' && expression.arguments[0]?.kind === 'star' ? 1 : 0).some(looks);
    case 'cast': return looks(expression.value);
    case 'unary': return looks(expression.operand);
    case 'binary': return looks(expression.left) || looks(expression.right);
    case 'in': return looks(expression.value) || looks(expression.list);
    case 'case': return [expression.subject, expression.otherwise, ...expression.branches.flatMap(({ when, then }) => [when, then])]
      .some(part => part !== undefined && looks(part));
    default: return false;
  }
}
