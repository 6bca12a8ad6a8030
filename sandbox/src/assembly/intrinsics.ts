import { isObject, Json, JsonObject } from '../json';
import { SUB_VARIABLE } from './references';
import { Template } from './template';
import { TemplateError } from './template-error';

/** Stands for `AWS::NoValue`: the property or the list entry that has it is left out. */
const NO_VALUE = Symbol('AWS::NoValue');
type Resolved = Json | typeof NO_VALUE;

/** What the functions of a template ask of the world around it. */
export interface Scope {
  readonly template: Template;
  /** `AWS::Region` and its like. */
  readonly pseudoParameters: { readonly [name: string]: Json };
  readonly parameters: { readonly [name: string]: Json };
  /** What `Ref` gives for a resource; undefined where there is none of this id. */
  ref(logicalId: string): Json | undefined;
  /** What `Fn::GetAtt` gives; undefined where the resource has no such attribute. */
  attribute(logicalId: string, name: string): Json | undefined;
  /** The value that another stack exports; undefined where none does. */
  exported(name: string): Json | undefined;
}

/** Evaluates the intrinsic functions of one template. */
export class Intrinsics {
  private readonly conditions = new Map<string, boolean>();
  private readonly evaluating = new Set<string>();

  constructor(private readonly scope: Scope) {}

  /**
   * The value with every function evaluated. `AWS::NoValue` at the top gives undefined.
   *
   * @param location - where the value stands, for errors
   * @throws TemplateError where a function is unknown, malformed, or refers to what is not there
   */
  public resolve(value: Json, location: string): Json | undefined {
    const resolved = this.value(value, location);
    return resolved === NO_VALUE ? undefined : resolved;
  }

  /** Whether the condition of that name holds. */
  public condition(name: string, location: string): boolean {
    const known = this.conditions.get(name);
    if (known !== undefined) return known;
    const { Conditions } = this.scope.template;
    if (!Object.hasOwn(Conditions, name)) throw new TemplateError(location, `there is no condition '${name}' in the template`);
    if (this.evaluating.has(name)) throw new TemplateError(`Conditions/${name}`, 'refers to itself');
    this.evaluating.add(name);
    const holds = this.holds(Conditions[name], `Conditions/${name}`);
    this.evaluating.delete(name);
    this.conditions.set(name, holds);
    return holds;
  }

  private value(value: Json, location: string): Resolved {
    if (Array.isArray(value)) return value.map((item, index) => this.value(item, `${location}/${index}`)).filter(item => item !== NO_VALUE);
    if (!isObject(value)) return value;
    const keys = Object.keys(value);
    const [name] = keys;
    if (keys.length === 1 && (name === 'Ref' || name === 'Condition' && typeof value[name] === 'string' && location.startsWith('Conditions/'))) {
      return name === 'Ref' ? this.ref(value.Ref, location) : this.condition(value.Condition as string, location);
    }
    if (keys.length === 1 && name.startsWith('Fn::')) return this.call(name, value[name], `${location}/${name}`);
    const resolved: JsonObject = {};
    for (const key of keys) {
      const inner = this.value(value[key], `${location}/${key}`);
      if (inner !== NO_VALUE) resolved[key] = inner;
    }
    return resolved;
  }

  private call(name: string, argument: Json, location: string): Resolved {
    switch (name) {
      case 'Fn::GetAtt': return this.getAtt(argument, location);
      case 'Fn::Sub': return this.sub(argument, location);
      case 'Fn::Join': return this.join(argument, location);
      case 'Fn::Select': return this.select(argument, location);
      case 'Fn::Split': return this.split(argument, location);
      case 'Fn::If': return this.choose(argument, location);
      case 'Fn::FindInMap': return this.findInMap(argument, location);
      case 'Fn::Base64': return Buffer.from(this.text(argument, location), 'utf8').toString('base64');
      case 'Fn::ImportValue': return this.importValue(argument, location);
      case 'Fn::Equals': case 'Fn::And': case 'Fn::Or': case 'Fn::Not': return this.holds({ [name]: argument }, location);
      default: throw new TemplateError(location, `the function ${name} is not modelled`);
    }
  }

  private ref(name: Json, location: string): Resolved {
    if (typeof name !== 'string') throw new TemplateError(location, 'Ref takes the logical id of a resource or parameter');
    if (name === 'AWS::NoValue') return NO_VALUE;
    const { pseudoParameters, parameters } = this.scope;
    const known = { ...parameters, ...pseudoParameters };
    const value = Object.hasOwn(known, name) ? known[name] : this.scope.ref(name);
    if (value === undefined) throw new TemplateError(location, `there is no resource, parameter or pseudo parameter '${name}'`);
    return value;
  }

  private getAtt(argument: Json, location: string): Json {
    const [logicalId, ...rest] = Array.isArray(argument) ? argument.map((part, index) => this.text(part, `${location}/${index}`)) : String(argument).split('.');
    const attribute = rest.join('.');
    const value = this.scope.attribute(logicalId, attribute);
    if (value === undefined) throw new TemplateError(location, `'${logicalId}' has no attribute '${attribute}' here`);
    return value;
  }

  private sub(argument: Json, location: string): string {
    const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
    if (typeof text !== 'string' || !isObject(variables)) throw new TemplateError(location, 'takes a text, or a text and an object of variables');
    return text.replace(SUB_VARIABLE, (_whole, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (Object.hasOwn(variables, name)) return this.text(variables[name], `${location}/1/${name}`);
      return this.text(name.includes('.') ? { 'Fn::GetAtt': name } : { Ref: name }, `${location} at \${${name}}`);
    });
  }

  private join(argument: Json, location: string): string {
    const [delimiter, values] = this.pair(argument, location);
    if (typeof delimiter !== 'string') throw new TemplateError(location, 'the delimiter of Fn::Join is a text');
    return this.list(values, `${location}/1`).map((item, index) => this.text(item, `${location}/1/${index}`)).join(delimiter);
  }

  private select(argument: Json, location: string): Json {
    const [index, values] = this.pair(argument, location);
    const list = this.list(values, `${location}/1`);
    const position = Number(this.text(index, `${location}/0`));
    if (!Number.isInteger(position) || position < 0 || position >= list.length) {
      throw new TemplateError(location, `there is no item ${JSON.stringify(index)} in a list of ${list.length}`);
    }
    return list[position];
  }

  private split(argument: Json, location: string): Json {
    const [delimiter, text] = this.pair(argument, location);
    if (typeof delimiter !== 'string' || delimiter === '') throw new TemplateError(location, 'the delimiter of Fn::Split is a text of at least one character');
    return this.text(text, `${location}/1`).split(delimiter);
  }

  private choose(argument: Json, location: string): Resolved {
    if (!Array.isArray(argument) || argument.length !== 3 || typeof argument[0] !== 'string') throw new TemplateError(location, 'takes a condition and two values');
    const branch = this.condition(argument[0], location) ? 1 : 2;
    return this.value(argument[branch], `${location}/${branch}`);
  }

  private findInMap(argument: Json, location: string): Json {
    if (!Array.isArray(argument) || argument.length < 3) throw new TemplateError(location, 'takes the name of a mapping and two keys');
    const [map, first, second] = argument.slice(0, 3).map((part, index) => this.text(part, `${location}/${index}`));
    const found = own(own(own(this.scope.template.Mappings, map), first), second);
    if (found !== undefined) return found as Json;
    const { DefaultValue } = (argument[3] ?? {}) as JsonObject;
    if (DefaultValue === undefined) throw new TemplateError(location, `the mapping '${map}' has nothing for '${first}' and '${second}'`);
    return this.resolve(DefaultValue, `${location}/3/DefaultValue`) ?? null;
  }

  private importValue(argument: Json, location: string): Json {
    const name = this.text(argument, location);
    const value = this.scope.exported(name);
    if (value === undefined) throw new TemplateError(location, `no stack that was deployed before exports '${name}'`);
    return value;
  }

  private holds(value: Json, location: string): boolean {
    const resolved = isObject(value) && Object.keys(value).length === 1 ? value : undefined;
    const list = (name: string, minimum: number, maximum: number): Json[] => {
      const operands = resolved![name];
      if (Array.isArray(operands) && operands.length >= minimum && operands.length <= maximum) return operands;
      throw new TemplateError(`${location}/${name}`, `takes ${minimum === maximum ? minimum : `${minimum} to ${maximum}`} operands`);
    };
    const each = (operand: Json, index: number) => this.holds(operand, `${location}/${index}`);
    if (resolved && 'Fn::Equals' in resolved) {
      const [left, right] = list('Fn::Equals', 2, 2).map((operand, index) => this.resolve(operand, `${location}/Fn::Equals/${index}`));
      return JSON.stringify(left) === JSON.stringify(right) || String(left) === String(right) && !isObject(left) && !Array.isArray(left);
    }
    if (resolved && 'Fn::And' in resolved) return list('Fn::And', 2, 10).map(each).every(Boolean);
    if (resolved && 'Fn::Or' in resolved) return list('Fn::Or', 2, 10).map(each).some(Boolean);
    if (resolved && 'Fn::Not' in resolved) return !list('Fn::Not', 1, 1).map(each)[0];
    if (resolved && typeof resolved.Condition === 'string') return this.condition(resolved.Condition, location);
    throw new TemplateError(location, 'a condition is one of Fn::Equals, Fn::And, Fn::Or, Fn::Not, Condition');
  }

  private pair(argument: Json, location: string): [Json, Json] {
    if (!Array.isArray(argument) || argument.length !== 2) throw new TemplateError(location, 'takes two arguments');
    return argument as [Json, Json];
  }

  private list(value: Json, location: string): Json[] {
    const list = this.resolve(value, location);
    if (!Array.isArray(list)) throw new TemplateError(location, `needs a list, got ${JSON.stringify(list)}`);
    return list;
  }

  private text(value: Json, location: string): string {
    const resolved = this.resolve(value, location);
    if (typeof resolved === 'string') return resolved;
    if (typeof resolved === 'number' || typeof resolved === 'boolean') return String(resolved);
    throw new TemplateError(location, `needs a text, got ${JSON.stringify(resolved)}`);
  }
}

function own(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
