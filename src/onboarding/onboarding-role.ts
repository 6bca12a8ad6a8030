import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../private/acknowledge';
import { HandlerFunction } from '../private/handler-function';

const REASON = 'Things, clients and certificates have names only once a device is onboarded; the actions with * have no resource types in IAM.';

/** What takes a certificate away, and what both functions may do therefore. */
export function mayRemoveCertificates(scope: Construct, handler: HandlerFunction): void {
  add(handler, [
    allow(['iot:DeleteCertificate', 'iot:DescribeCertificate', 'iot:UpdateCertificate'], arn(scope, 'cert', '*')),
    // IAM authorizes it on what the policy is taken from.
    allow(['iot:DetachPolicy'], arn(scope, 'cert', '*')),
    // These have no resource types in IAM: nothing but `*` matches them.
    allow(['iot:DetachThingPrincipal', 'iot:ListAttachedPolicies'], '*'),
  ]);
}

/** What makes a device, shows it and cuts it off. */
export function mayOnboard(scope: Construct, handler: HandlerFunction): void {
  add(handler, [
    allow(['iot:CreateThing', 'iot:DeleteThing', 'iot:DescribeThing', 'iot:UpdateThing'], arn(scope, 'thing', '*')),
    // AttachPolicy is authorized on what the policy is given to; the function names this one policy.
    allow(['iot:AttachPolicy'], arn(scope, 'cert', '*')),
    allow(['iot:DeleteConnection'], arn(scope, 'client', '*')),
    // These have no resource types in IAM: nothing but `*` matches them.
    allow(['iot:AttachThingPrincipal', 'iot:CreateCertificateFromCsr', 'iot:ListCertificates', 'iot:ListThingPrincipals'], '*'),
  ]);
}

function add(handler: HandlerFunction, statements: iam.PolicyStatement[]): void {
  statements.forEach(statement => handler.role.addToPolicy(statement));
  acknowledgeWildcards(handler, statements, REASON);
}

function allow(actions: string[], resource: string): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions, resources: [resource] });
}

function arn(scope: Construct, resource: string, resourceName: string): string {
  return Stack.of(scope).formatArn({ service: 'iot', resource, resourceName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
}
