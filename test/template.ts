import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/** `path -> type` of every resource, sorted. It guards logical ids: each is made from its path alone. */
export function pathsAndTypes(stack: Stack): string[] {
  const resources = Template.fromStack(stack).toJSON().Resources as Record<string, { Type: string }>;
  const byId = new Map(stack.node.findAll().flatMap(node => 'cfnResourceType' in node && 'logicalId' in node
    ? [[stack.resolve(node.logicalId) as string, node.node.path]] : []));
  return Object.entries(resources)
    .map(([id, { Type }]) => `${(byId.get(id) ?? id).replace(`${stack.node.path}/`, '').replace(/\/Resource$/, '')} -> ${Type}`)
    .sort();
}
