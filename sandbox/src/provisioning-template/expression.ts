import { CERTIFICATE_ID, objectIn, own, refuse } from './template';
import { isObject, Json, JsonObject } from '../json';

/** What names refer to. */
export interface Scope {
  readonly values: ReadonlyMap<string, string>;
  readonly mappings: JsonObject;
}

/** The name of the function that an object is, or undefined for a plain object. */
function functionNameOf(value: Json): string | undefined {
  return isObject(value) ? Object.keys(value).find(key => key === 'Ref' || key.startsWith('Fn::')) : undefined;
}

/** A flat map of texts. */
export function texts(map: Json, scope: Scope): Record<string, string> {
  return Object.fromEntries(Object.entries(objectIn(map, 'map')).map(([name, value]) => [name, text(value, scope)]));
}

export function text(value: Json, scope: Scope): string {
  const result = evaluate(value, scope);
  return typeof result === 'string' || typeof result === 'number' || typeof result === 'boolean' ? String(result) : refuse(`${JSON.stringify(value)} is no text`);
}

export function list(value: Json, scope: Scope): string[] {
  const items = evaluate(value, scope);
  return Array.isArray(items) ? items.map(item => text(item, scope)) : refuse(`${JSON.stringify(value)} is no list`);
}

/** Functions anywhere in a value, such as a policy document. */
export function deep(value: Json | undefined, scope: Scope): Json {
  if (Array.isArray(value)) return value.map(item => deep(item, scope));
  if (!isObject(value)) return value ?? null;
  if (functionNameOf(value) !== undefined) return evaluate(value, scope);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, deep(inner, scope)]));
}

function evaluate(value: Json, scope: Scope): Json {
  const name = functionNameOf(value);
  if (name === undefined) return value;
  const argument = (value as JsonObject)[name];
  const arguments_ = (count: number) => Array.isArray(argument) && argument.length === count ? argument : refuse(`${name} takes ${count} arguments`);
  switch (Object.keys(value as JsonObject).length === 1 ? name : '') {
    case 'Ref': return valueOf(argument, scope);
    case 'Fn::Join': {
      const [delimiter, items] = arguments_(2);
      return list(items, scope).join(text(delimiter, scope));
    }
    case 'Fn::Split': {
      const [delimiter, whole] = arguments_(2);
      return text(whole, scope).split(text(delimiter, scope));
    }
    case 'Fn::Select': {
      const [index, items] = arguments_(2);
      const position = text(index, scope);
      const item = /^\d+$/.test(position) ? list(items, scope)[Number(position)] : undefined;
      return item ?? refuse(`Fn::Select has no item ${position}`);
    }
    case 'Fn::FindInMap': {
      const [map, key, attribute] = arguments_(3).map(item => text(item, scope));
      const row = objectIn(own(objectIn(own(scope.mappings, map), 'map'), key), 'key');
      return own(row, attribute) ?? refuse(`no ${attribute} in map ${map}`);
    }
    case 'Fn::Sub': return substitute(argument, scope);
    default: return refuse(`function ${name}`);
  }
}

function substitute(argument: Json, scope: Scope): string {
  const [pattern, map] = Array.isArray(argument) && argument.length === 2 ? argument : [argument, {}];
  if (typeof pattern !== 'string') return refuse('Fn::Sub takes a text');
  const variables = objectIn(map, 'variables');
  return pattern.replace(/\$\{([^{}]*)\}/g, (_whole, variable: string) => {
    if (variable.startsWith('!')) return `\${${variable.slice(1)}}`;
    const inner = own(variables, variable);
    return inner === undefined ? valueOf(variable, scope) : text(inner, scope);
  });
}

function valueOf(name: Json, { values }: Scope): string {
  return typeof name === 'string' ? values.get(name) ?? refuse(`${name} has no value${name === CERTIFICATE_ID ? ' yet' : ''}`) : refuse('Ref takes a name');
}
