import { RuleResult } from './action';
import { TemplateError } from '../assembly/template-error';
import { isObject, Json, JsonObject } from '../json';
import { CompiledTemplate, SqlError, TemplateOptions } from '../sql';

/** A property of an action for one message. */
export type Field = (result: RuleResult) => string;

export type CompileTemplate = (text: string, options?: TemplateOptions) => CompiledTemplate;

/** Reads the properties of one action; errors name their place in the template. What nobody reads has no effect. */
export class ActionProperties {
  /** Templates that ask other services while they are evaluated. */
  readonly asking: CompiledTemplate[] = [];
  private readonly read = new Set<string>();
  private readonly nested: ActionProperties[] = [];

  /**
   * @param location - `Resources/Rule/Properties/TopicRulePayload/Actions/0/S3`
   * @param compile - of the rule, whose variables the templates may use
   */
  constructor(private readonly properties: JsonObject, readonly location: string, private readonly compile: CompileTemplate) {}

  /** Paths that were set and not read. Called when the action is made. */
  get unread(): string[] {
    const own = Object.keys(this.properties).filter(name => !this.read.has(name)).map(name => `${this.location}/${name}`);
    return [...own, ...this.nested.flatMap(inner => inner.unread)];
  }

  /** All templates that ask, those of inner properties too. */
  get allAsking(): CompiledTemplate[] {
    return [...this.asking, ...this.nested.flatMap(inner => inner.allAsking)];
  }

  has(name: string): boolean {
    return this.value(name) !== undefined;
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.fail(name, 'must be there');
  }

  optionalText(name: string): string | undefined {
    const found = this.value(name);
    if (found === undefined) return undefined;
    return typeof found === 'object' ? this.fail(name, `needs a text, got ${JSON.stringify(found)}`) : String(found);
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const found = this.optionalText(name);
    if (found === undefined || (allowed as readonly string[]).includes(found)) return found as T | undefined;
    return this.fail(name, `must be one of ${allowed.map(value => JSON.stringify(value)).join(', ')}, got ${JSON.stringify(found)}`);
  }

  flag(name: string): boolean {
    return this.optionalText(name) === 'true';
  }

  field(name: string, options?: TemplateOptions): Field {
    return this.optionalField(name, options) ?? this.fail(name, 'must be there');
  }

  optionalField(name: string, options?: TemplateOptions): Field | undefined {
    const text = this.optionalText(name);
    if (text === undefined) return undefined;
    const template = this.compiled(name, text, options);
    if (template.isConstant) {
      const constant = template.evaluate(undefined as never);
      return () => constant;
    }
    if (template.externalCalls.length > 0) this.asking.push(template);
    return ({ message, texts }) => texts?.get(template) ?? template.evaluate(message);
  }

  inner(name: string): ActionProperties {
    const found = this.value(name);
    return this.innerOf(isObject(found) ? found : this.fail(name, `needs an object, got ${JSON.stringify(found ?? null)}`), name);
  }

  inners(name: string): ActionProperties[] {
    const found = this.value(name) ?? [];
    if (!Array.isArray(found)) return this.fail(name, `needs a list, got ${JSON.stringify(found)}`);
    return found.map((item, at) => this.innerOf(isObject(item) ? item : this.fail(`${name}/${at}`, `needs an object, got ${JSON.stringify(item)}`), `${name}/${at}`));
  }

  fail(name: string, problem: string): never {
    throw new TemplateError(`${this.location}/${name}`, problem);
  }

  private innerOf(properties: JsonObject, name: string): ActionProperties {
    const inner = new ActionProperties(properties, `${this.location}/${name}`, this.compile);
    this.nested.push(inner);
    return inner;
  }

  private compiled(name: string, text: string, options?: TemplateOptions): CompiledTemplate {
    try {
      return this.compile(text, options);
    } catch (error) {
      if (error instanceof SqlError) return this.fail(name, error.message);
      throw error;
    }
  }

  private value(name: string): Json | undefined {
    this.read.add(name);
    return this.properties[name] ?? undefined;
  }
}
