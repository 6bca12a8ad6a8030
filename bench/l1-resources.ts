import { readFileSync } from 'fs';
import { CfnResource, Intrinsic, Stack } from 'aws-cdk-lib';

interface L1Class {
  /** What CloudFormation's own importer calls: converts the properties and makes the resource. */
  _fromCloudFormation(scope: Stack, id: string, attributes: object, options: object): CfnResource;
}

/** Makes the resources of a template as the L1 classes that a person would write by hand, with nothing else around them. */
export function addResources(stack: Stack, templateFile: string): void {
  const { Resources } = JSON.parse(readFileSync(templateFile, 'utf8')) as { Resources: Record<string, any> };
  const made = new Map<string, CfnResource>();
  for (const [id, attributes] of Object.entries(Resources)) {
    const l1 = classOf(attributes.Type);
    made.set(id, l1 ? l1._fromCloudFormation(stack, id, attributes, { parser: { parseValue, handleAttributes: () => undefined } })
      : new CfnResource(stack, id, { type: attributes.Type, properties: attributes.Properties }));
  }
  for (const [id, { DependsOn, DeletionPolicy, UpdateReplacePolicy }] of Object.entries(Resources)) {
    const resource = made.get(id)!;
    [DependsOn ?? []].flat().forEach((other: string) => resource.addResourceDependency(made.get(other)!));
    resource.cfnOptions.deletionPolicy = DeletionPolicy;
    resource.cfnOptions.updateReplacePolicy = UpdateReplacePolicy;
  }
}

/** `AWS::Lambda::Function` is `CfnFunction` of `aws-cdk-lib/aws-lambda`. */
function classOf(type: string): L1Class | undefined {
  const [provider, service, name] = type.split('::');
  if (provider !== 'AWS') return undefined;
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require(`aws-cdk-lib/aws-${service.toLowerCase()}`)[`Cfn${name}`];
}

function parseValue(value: any): any {
  if (Array.isArray(value)) return value.map(parseValue);
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value);
  if (keys.length === 1 && (keys[0] === 'Ref' || keys[0].startsWith('Fn::'))) return new Intrinsic(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, parseValue(inner)]));
}
