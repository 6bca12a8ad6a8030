import * as iot from 'aws-cdk-lib/aws-iot';
import { Membership } from './membership';
import { Problem, textProblems } from '../private/validation';

/** As the resource provider of CloudFormation has it. @see https://docs.aws.amazon.com/iot/latest/apireference/API_ThingTypeProperties.html */
const MAX_SEARCHABLE_ATTRIBUTES = 3;
const ATTRIBUTE_NAME = { max: 128, pattern: /^[a-zA-Z0-9_.,@/:#-]+$/, characters: 'letters, digits and _.,@/:#-' };

/** Options of a thing type that the stack creates. */
export interface CreatedThingTypeOptions {
  /**
   * Name of the type: 1 to 128 letters, digits, colons, underscores and dashes. Neither name nor options can change later; make a
   * type of another name instead.
   *
   * @default - made by CloudFormation
   */
  readonly thingTypeName?: string;

  /**
   * What the type is for, at most 2,028 characters in one line.
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * Attributes that the registry can be searched by: at most 3 names, each once.
   *
   * @default - no attribute is searchable
   */
  readonly searchableAttributes?: string[];
}

/** Options of a thing group that the stack creates. */
export interface CreatedThingGroupOptions {
  /**
   * Name of the group: 1 to 128 letters, digits, colons, underscores and dashes.
   *
   * @default - made by CloudFormation
   */
  readonly thingGroupName?: string;

  /**
   * Name of the group that this one is in. A thing joins only one group of a hierarchy.
   *
   * @default - a group of its own
   */
  readonly parentGroupName?: string;

  /**
   * What the group is for, at most 2,028 characters in one line.
   *
   * @default - no description
   */
  readonly description?: string;
}

/** Options of a billing group that the stack creates. */
export interface CreatedBillingGroupOptions {
  /**
   * Name of the billing group: 1 to 128 letters, digits, colons, underscores and dashes.
   *
   * @default - made by CloudFormation
   */
  readonly billingGroupName?: string;

  /**
   * What the billing group is for, at most 2,028 characters in one line.
   *
   * @default - no description
   */
  readonly description?: string;
}

/** The type that provisioned things get: one of the stack, or one that exists. */
export class FleetThingType {
  /**
   * A type that the stack creates, and keeps when it is deleted. It exists before the first device can register.
   *
   * @param options name and description
   */
  public static create(options: CreatedThingTypeOptions = {}): FleetThingType {
    const { thingTypeName, description, searchableAttributes } = options;
    const thingTypeProperties = filled({ thingTypeDescription: description, searchableAttributes });
    return new FleetThingType(new Membership(thingTypeName, {
      description,
      problems: prop => searchableProblems(`${prop}.searchableAttributes`, searchableAttributes ?? []),
      make: owner => new iot.CfnThingType(owner, 'ThingType', { thingTypeName, thingTypeProperties }),
    }));
  }

  /**
   * A type that exists already; without it, no device can register.
   *
   * @param thingTypeName its name, which may hold parameters: `pump-${Generation}`
   */
  public static named(thingTypeName: string): FleetThingType {
    return new FleetThingType(new Membership(thingTypeName));
  }

  /** @internal */
  public readonly _membership: Membership;

  private constructor(membership: Membership) {
    this._membership = membership;
  }
}

/** A group that provisioned things join: one of the stack, or one that exists. */
export class FleetThingGroup {
  /**
   * A group that the stack creates, and keeps when it is deleted. It exists before the first device can register.
   *
   * @param options name, parent and description
   */
  public static create(options: CreatedThingGroupOptions = {}): FleetThingGroup {
    const { thingGroupName, parentGroupName, description } = options;
    const thingGroupProperties = filled({ thingGroupDescription: description });
    return new FleetThingGroup(new Membership(thingGroupName, {
      description,
      parentGroupName,
      make: (owner, index) => new iot.CfnThingGroup(owner, `ThingGroup${index}`, { thingGroupName, parentGroupName, thingGroupProperties }),
    }));
  }

  /**
   * A group that exists already; without it, no device can register.
   *
   * @param thingGroupName its name, which may hold parameters: `site-${Site}`
   */
  public static named(thingGroupName: string): FleetThingGroup {
    return new FleetThingGroup(new Membership(thingGroupName));
  }

  /** @internal */
  public readonly _membership: Membership;

  private constructor(membership: Membership) {
    this._membership = membership;
  }
}

/** The billing group of provisioned things: one of the stack, or one that exists. */
export class FleetBillingGroup {
  /**
   * A billing group that the stack creates, and keeps when it is deleted. It exists before the first device can register.
   *
   * @param options name and description
   */
  public static create(options: CreatedBillingGroupOptions = {}): FleetBillingGroup {
    const { billingGroupName, description } = options;
    const billingGroupProperties = filled({ billingGroupDescription: description });
    return new FleetBillingGroup(new Membership(billingGroupName, {
      description,
      make: owner => new iot.CfnBillingGroup(owner, 'BillingGroup', { billingGroupName, billingGroupProperties }),
    }));
  }

  /**
   * A billing group that exists already; without it, no device can register.
   *
   * @param billingGroupName its name, which may hold parameters: `plant-${Plant}`
   */
  public static named(billingGroupName: string): FleetBillingGroup {
    return new FleetBillingGroup(new Membership(billingGroupName));
  }

  /** @internal */
  public readonly _membership: Membership;

  private constructor(membership: Membership) {
    this._membership = membership;
  }
}

function searchableProblems(prop: string, names: string[]): Problem[] {
  if (!Array.isArray(names)) return [{ prop, got: names, allowed: 'a list', fix: 'put it into [ ]' }];
  return [
    ...(names.length <= MAX_SEARCHABLE_ATTRIBUTES ? [] : [{
      prop, got: names, allowed: `at most ${MAX_SEARCHABLE_ATTRIBUTES} names`, fix: 'leave some out: fleet indexing finds things by any attribute',
    }]),
    ...names.flatMap((name, at) => [
      ...textProblems(`${prop}[${at}]`, name, ATTRIBUTE_NAME),
      ...(names.indexOf(name) < at ? [{ prop: `${prop}[${at}]`, got: name, allowed: 'another name than those before it', fix: 'leave it out' }] : []),
    ]),
  ];
}

/** Nothing rather than an empty object, which CloudFormation would compare as a change. */
function filled<T extends object>(properties: T): T | undefined {
  return Object.values(properties).some(value => value !== undefined) ? properties : undefined;
}
