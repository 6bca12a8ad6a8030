import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PolicyDocument } from '../../sandbox/src/policy/policy-document';

const DEPLOYED: Record<string, string> = { 'AWS::Partition': 'aws', 'AWS::Region': 'us-east-1', 'AWS::AccountId': '123456789012' };

/** The document of the only policy of a stack, as AWS IoT gets it once CloudFormation has filled in what it knows. */
export function deployedDocument(stack: Stack): PolicyDocument {
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IoT::Policy'));
  return fill((policy as { Properties: { PolicyDocument: unknown } }).Properties.PolicyDocument) as PolicyDocument;
}

function fill(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fill);
  if (typeof value !== 'object' || value === null) return value;
  if ('Ref' in value) return DEPLOYED[value.Ref as string];
  if ('Fn::Join' in value) {
    const [separator, parts] = value['Fn::Join'] as [string, unknown[]];
    return parts.map(fill).join(separator);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item)]));
}
