import { CfnResource, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';

const DEFAULT_LIMIT = 500;
const LIMIT_CONTEXT = '@aws-cdk/core:stackResourceLimit';

/** A rule, its role and the policy of the role. */
export const RESOURCES_PER_RULE = 3;

/** Says what to change where the rules are what makes a stack too large, before CDK says only that it is. */
export function resourceCountErrors(scope: Construct, rules: number): string[] {
  const stack = Stack.of(scope);
  const limit: number = stack.node.tryGetContext(LIMIT_CONTEXT) ?? DEFAULT_LIMIT;
  const count = stack.node.findAll().filter(child => CfnResource.isCfnResource(child) && child.stack === stack).length;
  const own = rules * RESOURCES_PER_RULE;
  if (limit === 0 || count <= limit || count - own > limit) return [];
  return [`'grouping' must be PER_MESSAGE for so many values, got "PER_VALUE": its ${rules} rules are ${own} of ${count} resources, and a stack may have `
    + `${limit}: group the values by SiteWiseGrouping.PER_MESSAGE, or spread them over several stacks`];
}
