import { CfnResource, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { DETACH_TAG, DETACHMENT_PROPERTIES } from './detach-handler/env';
import { acknowledgeWildcards } from '../private/acknowledge';
import { HandlerFunction } from '../private/handler-function';

/** The longest that Lambda allows: AWS IoT detaches some ten targets a second. */
const DETACH_TIMEOUT = Duration.minutes(15);

export interface PolicyDetachmentProps {
  readonly policy: iot.CfnPolicy;
  /** @default - a key of CloudWatch Logs */
  readonly encryptionKey?: kms.IKey;
}

/** Takes a policy from all that have it, just before CloudFormation deletes it. */
export class PolicyDetachment extends Construct {
  constructor(scope: Construct, id: string, props: PolicyDetachmentProps) {
    super(scope, id);
    const handler = new HandlerFunction(this, 'Handler', {
      asset: 'thing-policy-detach',
      description: `Detaches the IoT policy at ${scope.node.path} before it is deleted`,
      timeout: DETACH_TIMEOUT,
      onFailure: 'CloudFormation calls it during a deployment and fails the deployment when it does not succeed; no event waits for it later.',
      encryptionKey: props.encryptionKey,
    });
    const statements = this.statements(props.policy);
    statements.forEach(statement => handler.role.addToPrincipalPolicy(statement));
    acknowledgeWildcards(handler, statements, 'IAM authorizes DetachPolicy on what the policy is taken from, which is known only then; the function names this one policy.');
    const detachment = new CustomResource(this, 'Resource', {
      serviceToken: handler.function.functionArn,
      serviceTimeout: DETACH_TIMEOUT,
      resourceType: 'Custom::ThingPolicyDetachment',
      // The reference makes CloudFormation delete this resource, and so detach, before the policy.
      properties: { [DETACHMENT_PROPERTIES.policyArn]: props.policy.attrArn },
    });
    // The role's policy must still be there when the resource is deleted.
    detachment.node.addDependency(handler.role);
    // A logical id is plain text in the template, so the policy does not depend on what depends on it.
    props.policy.cdkTagManager.setTag(DETACH_TAG, (detachment.node.defaultChild as CfnResource).logicalId);
  }

  /** @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiot.html */
  private statements(policy: iot.CfnPolicy): iam.PolicyStatement[] {
    const target = (resource: string) => Stack.of(this).formatArn({ service: 'iot', resource, resourceName: '*' });
    return [
      new iam.PolicyStatement({
        actions: ['iot:ListTagsForResource', 'iot:ListTargetsForPolicy', 'iot:ListPolicyVersions', 'iot:DeletePolicyVersion'],
        resources: [policy.attrArn],
      }),
      // DetachPolicy is authorized on what the policy is taken from; which certificates and groups that are is known only then.
      new iam.PolicyStatement({ actions: ['iot:DetachPolicy'], resources: [target('cert'), target('thinggroup')] }),
    ];
  }
}
