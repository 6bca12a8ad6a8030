import { isObject, Json, JsonObject } from '../json';
import { TemplateError } from './template-error';

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: JsonObject;
  readonly DependsOn?: string | string[];
  readonly Condition?: string;
  readonly Metadata?: JsonObject;
  readonly DeletionPolicy?: string;
}

export interface TemplateParameter {
  readonly Type: string;
  readonly Default?: Json;
  readonly AllowedValues?: Json[];
}

export interface TemplateOutput {
  readonly Value: Json;
  readonly Description?: string;
  readonly Condition?: string;
  readonly Export?: { readonly Name: Json };
}

export interface Template {
  readonly Resources: { readonly [logicalId: string]: TemplateResource };
  readonly Parameters: { readonly [name: string]: TemplateParameter };
  readonly Conditions: { readonly [name: string]: Json };
  readonly Mappings: { readonly [name: string]: { readonly [key: string]: { readonly [key: string]: Json } } };
  readonly Outputs: { readonly [logicalId: string]: TemplateOutput };
}

/** Reads a parsed JSON document as a template; sections that are absent are empty. */
export function templateOf(document: unknown, file: string): Template {
  if (!isObject(document)) throw new TemplateError(file, `a template is a JSON object, this is ${Array.isArray(document) ? 'an array' : typeof document}`);
  const section = (name: string) => {
    const found = document[name] ?? {};
    if (!isObject(found)) throw new TemplateError(`${file}/${name}`, 'must be an object');
    return found;
  };
  if (document.Transform !== undefined) throw new TemplateError(`${file}/Transform`, `macros run inside AWS (${JSON.stringify(document.Transform)}): not modelled`);
  const resources = section('Resources');
  for (const [logicalId, resource] of Object.entries(resources)) {
    if (!isObject(resource) || typeof resource.Type !== 'string') throw new TemplateError(`${file}/Resources/${logicalId}`, 'a resource is an object with a Type');
    if (resource.Properties !== undefined && !isObject(resource.Properties)) throw new TemplateError(`${file}/Resources/${logicalId}/Properties`, 'must be an object');
  }
  return {
    Resources: resources as unknown as Template['Resources'],
    Parameters: section('Parameters') as unknown as Template['Parameters'],
    Conditions: section('Conditions'),
    Mappings: section('Mappings') as unknown as Template['Mappings'],
    Outputs: section('Outputs') as unknown as Template['Outputs'],
  };
}
