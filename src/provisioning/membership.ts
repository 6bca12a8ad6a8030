import { CfnResource, RemovalPolicy, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { PARAMETER_IN_TEXT } from './template-text';
import { Problem, textProblems } from '../private/validation';

/** @see https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThingGroup.html */
export const MEMBERSHIP_NAME = { max: 128, pattern: /^[a-zA-Z0-9:_-]+$/, characters: 'letters, digits, colons, underscores and dashes' };
/** The same for types, groups and billing groups. @see https://docs.aws.amazon.com/iot/latest/apireference/API_ThingTypeProperties.html */
const DESCRIPTION = { min: 0, max: 2_028, pattern: /^\P{Cc}*$/u, characters: 'text without line breaks and control characters' };
/** @see https://docs.aws.amazon.com/iot/latest/developerguide/thing-groups.html */
export const MAX_THING_GROUPS = 10;

/** What the stack makes, beside its name. */
export interface CreatedMember {
  readonly description?: string;
  /** Only groups have one. */
  readonly parentGroupName?: string;
  /** What else there is to check. */
  readonly problems?: (prop: string) => Problem[];
  readonly make: (scope: Construct, index: number) => CfnResource;
}

/** A thing type, thing group or billing group: what the template body calls it, and the resource where the stack makes it. */
export class Membership {
  constructor(readonly name: string | undefined, readonly created?: CreatedMember) {}

  problems(prop: string): Problem[] {
    // Parameters of the template are replaced for each device, so only what stays is checked.
    if (!this.created) return textProblems(prop, typeof this.name === 'string' ? this.name.replace(PARAMETER_IN_TEXT, 'x') : this.name, MEMBERSHIP_NAME);
    return [
      ...textProblems(prop, this.name, MEMBERSHIP_NAME),
      ...textProblems(`${prop}.description`, this.created.description, DESCRIPTION),
      ...textProblems(`${prop}.parentGroupName`, this.created.parentGroupName, MEMBERSHIP_NAME),
      ...this.created.problems?.(prop) ?? [],
    ];
  }

  bind(scope: Construct, removalPolicy: RemovalPolicy, index = 1): { readonly name: string; readonly resource?: CfnResource } {
    const resource = this.created?.make(scope, index);
    resource?.applyRemovalPolicy(removalPolicy);
    return { name: resource?.ref ?? this.name!, resource };
  }
}

/** What AWS IoT refuses about the groups of one thing, beyond each of them alone. */
export function groupProblems(groups: Membership[]): Problem[] {
  return [...countProblems(groups.length), ...groups.flatMap((group, index) => {
    const prop = `thingGroups[${index}]`;
    const first = groups.findIndex(other => other === group || same(other.name, group.name));
    if (first < index) return [{ prop, got: group.name ?? 'the same group', allowed: 'another group', fix: `leave it out: thingGroups[${first}] is the same` }];
    const relative = groups.findIndex((other, at) => at !== index && related(group, other, at < index));
    return relative < 0 ? [] : [{
      prop,
      got: group.created!.parentGroupName,
      allowed: 'in another hierarchy than the other groups',
      fix: `leave it or thingGroups[${relative}] out: AWS IoT adds no thing to two groups of one hierarchy`,
    }];
  })];
}

function countProblems(count: number): Problem[] {
  return count <= MAX_THING_GROUPS ? [] : [{
    prop: 'thingGroups', got: count, allowed: `at most ${MAX_THING_GROUPS} groups`, fix: 'leave some out: AWS IoT adds a thing to no more',
  }];
}

/** As far as it is known here: brothers, of which only the second is named, and a child and its parent. */
function related(group: Membership, other: Membership, otherIsFirst: boolean): boolean {
  const parent = group.created?.parentGroupName;
  return same(parent, other.name) || (otherIsFirst && same(parent, other.created?.parentGroupName));
}

function same(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one === other && !Token.isUnresolved(one);
}
