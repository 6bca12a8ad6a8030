import { isObject, Json } from '../json';
import { Template } from './template';
import { TemplateError } from './template-error';

/** `${Name}`, `${Name.Attribute}` and the literal `${!Name}` of Fn::Sub. */
export const SUB_VARIABLE = /\$\{(!?)([^}]*)\}/g;

/** Logical ids that a value refers to by Ref, Fn::GetAtt or Fn::Sub, whichever branch of Fn::If they stand in. */
export function referencesOf(value: Json): Set<string> {
  const found = new Set<string>();
  const walk = (inner: Json): void => {
    if (Array.isArray(inner)) return inner.forEach(walk);
    if (!isObject(inner)) return;
    const [[key, argument] = ['', null], ...others] = Object.entries(inner);
    if (others.length === 0) {
      if (key === 'Ref' && typeof argument === 'string') found.add(argument);
      if (key === 'Fn::GetAtt') found.add(Array.isArray(argument) ? String(argument[0]) : String(argument).split('.')[0]);
      if (key === 'Fn::Sub') {
        const text = Array.isArray(argument) ? argument[0] : argument;
        const own = Array.isArray(argument) && isObject(argument[1]) ? argument[1] : {};
        for (const [, literal, name] of String(text).matchAll(SUB_VARIABLE)) if (!literal && !(name in own)) found.add(name.split('.')[0]);
      }
    }
    Object.values(inner).forEach(walk);
  };
  walk(value);
  return found;
}

/**
 * Logical ids of the resources of a template, each after those that it refers to or depends on; otherwise as written.
 *
 * @throws TemplateError where resources wait for each other in a circle, or DependsOn names what is not there
 */
export function creationOrder({ Resources }: Template): string[] {
  const ordered = new Set<string>();
  const visit = (logicalId: string, above: string[]): void => {
    if (ordered.has(logicalId)) return;
    if (above.includes(logicalId)) {
      throw new TemplateError(`Resources/${logicalId}`, `circular dependency: ${[...above.slice(above.indexOf(logicalId)), logicalId].join(' -> ')}`);
    }
    dependenciesOf(Resources, logicalId).forEach(other => visit(other, [...above, logicalId]));
    ordered.add(logicalId);
  };
  Object.keys(Resources).forEach(logicalId => visit(logicalId, []));
  return [...ordered];
}

/** Logical ids of resources that have to be there first. */
export function dependenciesOf(resources: Template['Resources'], logicalId: string): string[] {
  const { DependsOn = [], Properties = {} } = resources[logicalId];
  const named = [DependsOn].flat();
  const missing = named.find(other => !Object.hasOwn(resources, other));
  if (missing !== undefined) throw new TemplateError(`Resources/${logicalId}/DependsOn`, `there is no resource '${missing}' in the template`);
  return [...new Set([...named, ...referencesOf(Properties)])].filter(other => Object.hasOwn(resources, other));
}
