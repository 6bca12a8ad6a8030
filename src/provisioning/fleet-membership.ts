import * as iot from 'aws-cdk-lib/aws-iot';
import { Membership } from './membership';

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
   * What the type is for.
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * Attributes that the registry can be searched by.
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
   * Name of the group that this one is in.
   *
   * @default - a group of its own
   */
  readonly parentGroupName?: string;

  /**
   * What the group is for.
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
   * What the billing group is for.
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
    const properties = { thingTypeDescription: description, searchableAttributes };
    return new FleetThingType(new Membership(thingTypeName, true, owner => new iot.CfnThingType(owner, 'ThingType', { thingTypeName, thingTypeProperties: filled(properties) })));
  }

  /**
   * A type that exists already; without it, no device can register.
   *
   * @param thingTypeName its name, which may hold parameters: `pump-${Generation}`
   */
  public static named(thingTypeName: string): FleetThingType {
    return new FleetThingType(new Membership(thingTypeName, false));
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
    return new FleetThingGroup(new Membership(thingGroupName, true, (owner, index) =>
      new iot.CfnThingGroup(owner, `ThingGroup${index}`, { thingGroupName, parentGroupName, thingGroupProperties })));
  }

  /**
   * A group that exists already; without it, no device can register.
   *
   * @param thingGroupName its name, which may hold parameters: `site-${Site}`
   */
  public static named(thingGroupName: string): FleetThingGroup {
    return new FleetThingGroup(new Membership(thingGroupName, false));
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
    return new FleetBillingGroup(new Membership(billingGroupName, true, owner => new iot.CfnBillingGroup(owner, 'BillingGroup', { billingGroupName, billingGroupProperties })));
  }

  /**
   * A billing group that exists already; without it, no device can register.
   *
   * @param billingGroupName its name, which may hold parameters: `plant-${Plant}`
   */
  public static named(billingGroupName: string): FleetBillingGroup {
    return new FleetBillingGroup(new Membership(billingGroupName, false));
  }

  /** @internal */
  public readonly _membership: Membership;

  private constructor(membership: Membership) {
    this._membership = membership;
  }
}

/** Nothing rather than an empty object, which CloudFormation would compare as a change. */
function filled<T extends object>(properties: T): T | undefined {
  return Object.values(properties).some(value => value !== undefined) ? properties : undefined;
}
