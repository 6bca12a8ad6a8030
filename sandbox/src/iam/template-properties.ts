import { ResourceRequest } from '../assembly/resource-type';
import { TemplateError } from '../assembly/template-error';
import { isObject, Json } from '../json';
import { MalformedPolicyError } from '../policy/policy-document';

/** Reads the properties of one resource; errors name their place in the template. */
export class TemplateProperties {
  constructor(private readonly request: ResourceRequest) {}

  text(name: string): string {
    return this.optionalText(name) ?? this.fail(name, 'must be there');
  }

  optionalText(name: string): string | undefined {
    const found = this.request.properties[name];
    if (found === undefined || found === null) return undefined;
    return isObject(found) || Array.isArray(found) ? this.fail(name, `needs a text, got ${JSON.stringify(found)}`) : String(found);
  }

  list(name: string): Json[] {
    const found = this.request.properties[name] ?? [];
    return Array.isArray(found) ? found : this.fail(name, `needs a list, got ${JSON.stringify(found)}`);
  }

  texts(name: string): string[] {
    return this.list(name).map(String);
  }

  document(name: string): Json {
    const found = this.request.properties[name];
    return isObject(found) ? found : this.fail(name, `needs a policy, got ${JSON.stringify(found ?? null)}`);
  }

  /** Runs what takes a policy, so that an error in it names its place. */
  taking(name: string, take: () => void): void {
    try {
      take();
    } catch (error) {
      if (error instanceof MalformedPolicyError) this.fail(name, error.message);
      throw error;
    }
  }

  fail(name: string, problem: string): never {
    throw new TemplateError(`Resources/${this.request.logicalId}/Properties/${name}`, problem);
  }
}
