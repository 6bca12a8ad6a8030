/**
 * The part of JSON Schema that this API needs. One value of it both checks what comes in and stands in the OpenAPI document, so the two
 * cannot differ.
 *
 * @see https://spec.openapis.org/oas/v3.1.0#schema-object
 */
export type Schema = TextSchema | NumberSchema | BooleanSchema | ListSchema | ObjectSchema;

interface Described { readonly description?: string; readonly examples?: readonly unknown[] }
export interface TextSchema extends Described {
  readonly type: 'string';
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly format?: string;
}
export interface NumberSchema extends Described {
  readonly type: 'integer';
  readonly minimum: number;
  readonly maximum: number;
  readonly default?: number;
}
export interface BooleanSchema extends Described { readonly type: 'boolean' }
export interface ListSchema extends Described { readonly type: 'array'; readonly items: Schema }
export interface ObjectSchema extends Described {
  readonly type: 'object';
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly maxProperties?: number;
  readonly propertyNames?: TextSchema;
  readonly additionalProperties?: Schema | false;
}

/** What is wrong with a value, in words that never hold the value: it may be a key that somebody sent by mistake. */
export function violations(schema: Schema, value: unknown, where: string): string[] {
  switch (schema.type) {
    case 'string': return typeof value === 'string' ? textViolations(schema, value, where) : [`${where} must be a text`];
    case 'integer': return Number.isInteger(value) && (value as number) >= schema.minimum && (value as number) <= schema.maximum ? []
      : [`${where} must be a whole number from ${schema.minimum} to ${schema.maximum}`];
    case 'boolean': return typeof value === 'boolean' ? [] : [`${where} must be true or false`];
    case 'array': return Array.isArray(value) ? value.flatMap((item, at) => violations(schema.items, item, `${where}[${at}]`)) : [`${where} must be a list`];
    case 'object': return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? objectViolations(schema, value as Record<string, unknown>, where) : [`${where} must be an object`];
  }
}

function textViolations({ minLength = 0, maxLength = Infinity, pattern, enum: choices }: TextSchema, value: string, where: string): string[] {
  return [
    ...value.length < minLength || value.length > maxLength ? [`${where} must have ${minLength} to ${maxLength} characters, has ${value.length}`] : [],
    ...pattern !== undefined && !new RegExp(pattern, 'u').test(value) ? [`${where} must match ${pattern}`] : [],
    ...choices && !choices.includes(value) ? [`${where} must be one of ${choices.join(', ')}`] : [],
  ];
}

function objectViolations(schema: ObjectSchema, value: Record<string, unknown>, where: string): string[] {
  const { properties = {}, required = [], maxProperties = Infinity, propertyNames, additionalProperties } = schema;
  const names = Object.keys(value);
  return [
    ...required.filter(name => !Object.hasOwn(value, name)).map(name => `${where} must have ${name}`),
    ...names.length > maxProperties ? [`${where} must have at most ${maxProperties} entries, has ${names.length}`] : [],
    ...propertyNames ? names.flatMap((name, at) => violations(propertyNames, name, `the name of entry ${at + 1} of ${where}`)) : [],
    ...names.flatMap((name, at) => {
      if (Object.hasOwn(properties, name)) return violations(properties[name], value[name], `${where}.${name}`);
      if (additionalProperties === false) return [`entry ${at + 1} of ${where} is none of ${Object.keys(properties).join(', ')}`];
      return additionalProperties ? violations(additionalProperties, value[name], `entry ${at + 1} of ${where}`) : [];
    }),
  ];
}
