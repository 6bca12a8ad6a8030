import { RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ClaimCertificate } from './claim-certificate';
import { IDeviceRegistry } from './device-registry';
import { FleetBillingGroup, FleetThingGroup, FleetThingType } from './fleet-membership';
import { ProvisioningTemplateBody } from './provisioning-template-body';
import { IThingPolicy } from '../thing-policy/thing-policy';

/** How devices come to be provisioned. It cannot change once the template exists. */
export enum ProvisioningTemplateType {
  /** By a claim certificate that many devices share, or by a trusted user who hands out claims of five minutes. */
  FLEET_PROVISIONING = 'FLEET_PROVISIONING',
  /** Just in time: at its first connection, by a certificate that a certificate authority of yours has signed. */
  JITP = 'JITP',
}

/**
 * What happens to a part of a thing that exists already when a device registers under its name.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/provision-template.html
 */
export enum ThingOverride {
  /** The thing keeps what it has. */
  DO_NOTHING = 'DO_NOTHING',
  /** The thing gets what the template says, instead of what it has. */
  REPLACE = 'REPLACE',
  /** The device cannot register. */
  FAIL = 'FAIL',
  /** The thing gets what the template says, besides what it has; for attributes and groups only. */
  MERGE = 'MERGE',
}

/**
 * Options of a FleetProvisioning.
 *
 * Texts that say so may hold parameters as `${Name}`. They are declared in the template by being used; values come from the
 * device, from the registry, or for JITP from the subject of the certificate (`${AWS::IoT::Certificate::CommonName}`).
 */
export interface FleetProvisioningOptions {
  /**
   * How devices come to be provisioned.
   *
   * @default ProvisioningTemplateType.FLEET_PROVISIONING
   */
  readonly templateType?: ProvisioningTemplateType;

  /**
   * Name of the template: 1 to 36 letters, digits, underscores and dashes. Devices have it in their topics, so a new name needs new firmware.
   *
   * @default - made from the path of the construct and the name of the stack, so that two zones do not collide
   */
  readonly templateName?: string;

  /**
   * What the template is for: at most 500 characters.
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * Whether devices can register. While it is switched off, their requests are refused.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * A body of your own, instead of one that is built from the options for things below. It says all by itself: the policy of this
   * construct is not added to it.
   *
   * @default - built from the options
   */
  readonly templateBody?: ProvisioningTemplateBody;

  /**
   * The parameter that a device says its serial number in; the registry is keyed by it.
   *
   * @default 'SerialNumber'
   */
  readonly serialNumberParameter?: string;

  /**
   * Name of the thing, with parameters: `pump-${SerialNumber}`. 1 to 128 letters, digits, colons, underscores and dashes.
   *
   * Parameters besides the serial number have to be in the registry; a device cannot choose them. A `ThingName` in the registry
   * goes before this.
   *
   * @default - the serial number; for JITP the common name of the certificate
   */
  readonly thingName?: string;

  /**
   * Type of the thing. A thing without one has at most three attributes.
   *
   * @default - no type
   */
  readonly thingType?: FleetThingType;

  /**
   * Groups that the thing joins.
   *
   * @default - the thing joins no group
   */
  readonly thingGroups?: FleetThingGroup[];

  /**
   * Billing group of the thing.
   *
   * @default - the thing is in no billing group
   */
  readonly billingGroup?: FleetBillingGroup;

  /**
   * Attributes of the thing, with parameters: `{ firmware: '${FirmwareVersion}' }`. At most 3 without a thing type and 50 with one; values
   * of up to 800 letters, digits and `_.,@/:#=[]-`, so no spaces.
   *
   * @default - the thing has no attributes
   */
  readonly attributes?: { [name: string]: string };

  /**
   * What a device gets back when it has registered, with parameters: `{ endpoint: 'https://ota.example.com' }`.
   *
   * @default - nothing
   */
  readonly deviceConfiguration?: { [name: string]: string };

  /**
   * Values of parameters that a device need not send.
   *
   * @default - a device that leaves a parameter out cannot register
   */
  readonly parameterDefaults?: { [name: string]: string };

  /**
   * What happens to the attributes of a thing that exists already.
   *
   * @default ThingOverride.MERGE
   */
  readonly attributesOverride?: ThingOverride;

  /**
   * What happens to the type of a thing that exists already.
   *
   * @default ThingOverride.REPLACE
   */
  readonly thingTypeOverride?: ThingOverride;

  /**
   * What happens to the groups of a thing that exists already.
   *
   * @default ThingOverride.DO_NOTHING
   */
  readonly thingGroupsOverride?: ThingOverride;

  /**
   * The role that AWS IoT registers devices with. It is used as it is.
   *
   * @default - a new role that may do what the template body needs
   */
  readonly provisioningRole?: iam.IRole;

  /**
   * Whether the new role gets the managed policy `AWSIoTThingsRegistration`, which allows 30 actions on everything, instead of what the body needs.
   *
   * @default false
   */
  readonly registrationManagedPolicy?: boolean;

  /**
   * Decides for each device whether it may register. It answers within 5 seconds, or the device is refused.
   *
   * @default - a function that asks the registry and denies what is not in it
   * @see https://docs.aws.amazon.com/iot/latest/developerguide/pre-provisioning-hook.html
   */
  readonly hook?: lambda.IFunction;

  /**
   * Whether a function may be the hook of this template although it is the hook of another one already.
   *
   * @default false
   */
  readonly allowSharedHook?: boolean;

  /**
   * Whether there is no hook at all: then whoever holds the claim registers any thing name, also one that exists.
   *
   * @default false
   */
  readonly allowAnyDevice?: boolean;

  /**
   * The certificate that devices share until they have their own.
   *
   * @default - claims are added with `addClaim`, or handed out by a trusted user with `grantCreateClaim`
   */
  readonly claimCertificate?: ClaimCertificate;

  /**
   * Start of the MQTT client ids that claims may connect with, at most 64 characters; devices add something of their own, such as
   * their serial number.
   *
   * @default 'claim-'
   */
  readonly claimClientIdPrefix?: string;

  /**
   * Whether devices with a claim may let AWS IoT make their private key and send it to them, besides sending a signing request.
   *
   * @default false
   */
  readonly claimKeysFromAws?: boolean;

  /**
   * How many denials within five minutes raise the denial alarm of the built-in hook. Many mean that a claim has leaked, or that a
   * batch was not registered.
   *
   * @default 20
   */
  readonly denialAlarmThreshold?: number;

  /**
   * What happens when the hook fails, or denies too often.
   *
   * @default - the alarms show in CloudWatch and tell nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/** Properties of a FleetProvisioning. */
export interface FleetProvisioningProps extends FleetProvisioningOptions {
  /**
   * What devices may do once they are registered.
   *
   * @default - `templateBody` names its own; without one, a policy is needed
   */
  readonly policy?: IThingPolicy;

  /**
   * The devices that the built-in hook lets in.
   *
   * @default - a new registry, empty, below this construct
   */
  readonly registry?: IDeviceRegistry;

  /**
   * Key that encrypts the new registry, the secret of generated claims and the logs.
   *
   * @default - keys of the services
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the new registry, to claims and to new thing types and groups when the construct is removed.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}
