import { CfnResource, RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { PARAMETER_IN_TEXT } from './template-text';
import { Problem, textProblems } from '../private/validation';

/** @see https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThingGroup.html */
const NAME = { max: 128, pattern: /^[a-zA-Z0-9:_-]+$/, characters: 'letters, digits, colons, underscores and dashes' };

/** A thing type, thing group or billing group: what the template body calls it, and the resource where the stack makes it. */
export class Membership {
  constructor(
    private readonly name: string | undefined,
    private readonly created: boolean,
    private readonly make?: (scope: Construct, index: number) => CfnResource,
  ) {}

  problems(prop: string): Problem[] {
    // Parameters of the template are replaced for each device, so only what stays is checked.
    return textProblems(prop, this.created ? this.name : this.name?.replace(PARAMETER_IN_TEXT, 'x'), NAME);
  }

  bind(scope: Construct, removalPolicy: RemovalPolicy, index = 1): { readonly name: string; readonly resource?: CfnResource } {
    const resource = this.make?.(scope, index);
    resource?.applyRemovalPolicy(removalPolicy);
    return { name: resource?.ref ?? this.name!, resource };
  }
}
