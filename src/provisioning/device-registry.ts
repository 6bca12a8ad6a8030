import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { acknowledgeTableWithoutPlan } from '../private/acknowledge';
import { durationProblems, Problem, throwOnProblems } from '../private/validation';

const KEY = 'SerialNumber';
const MIN_WINDOW_SECONDS = 1;
/** What is longer is a mistake. */
const MAX_WINDOW_SECONDS = 3_650 * 86_400;

/** Options of a DeviceRegistry. */
export interface DeviceRegistryOptions {
  /**
   * How long after its first provisioning a device may come again with a new certificate, for instance because it was reset
   * on the production line. At least one second.
   *
   * Within it, whoever holds the claim and knows the serial number can take the device's place: keep it as short as commissioning.
   *
   * @default - never: a device provisions once, until an operator sets its Status to REGISTERED again
   */
  readonly reprovisionWindow?: Duration;
}

/** Properties of a DeviceRegistry. */
export interface DeviceRegistryProps extends DeviceRegistryOptions {
  /**
   * Key that encrypts the table.
   *
   * @default - the key of DynamoDB in this account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the list of devices when the construct is removed.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** The list of devices that may provision. */
export interface IDeviceRegistry {
  /** The table: one item for each device, keyed by `SerialNumber`. */
  readonly table: dynamodb.ITable;
  /** How long after its first provisioning a device may come again with a new certificate; absent means never. */
  readonly reprovisionWindow?: Duration;

  /**
   * Lets an operator or a program add devices.
   *
   * @param grantee who may
   */
  grantRegister(grantee: iam.IGrantable): iam.Grant;

  /**
   * Lets an operator or a program look devices up and list them.
   *
   * @param grantee who may
   */
  grantRead(grantee: iam.IGrantable): iam.Grant;

  /**
   * Lets an operator or a program change the status of a device: revoke it, or let it provision again.
   *
   * @param grantee who may
   */
  grantRevoke(grantee: iam.IGrantable): iam.Grant;

  /**
   * Lets a provisioning hook look up and claim a device. FleetProvisioning calls it for its own hook.
   *
   * @param grantee the hook
   */
  grantClaim(grantee: iam.IGrantable): iam.Grant;
}

/**
 * An allow-list of devices: who is not on it cannot provision, whoever is on it can do so once.
 *
 * `Status` goes from REGISTERED to PROVISIONED by one conditional write of the hook, and to REVOKED by an operator.
 *
 * @example
 * import { Duration, Stack } from 'aws-cdk-lib';
 * import * as iam from 'aws-cdk-lib/aws-iam';
 * import { DeviceRegistry } from 'cdk-iot-landing-zone';
 *
 * declare const stack: Stack;
 * declare const production: iam.IRole;
 *
 * const registry = new DeviceRegistry(stack, 'Registry', { reprovisionWindow: Duration.hours(1) });
 * registry.grantRegister(production);
 */
export class DeviceRegistry extends Construct implements IDeviceRegistry {
  /**
   * A registry in a table that exists already, with the string `SerialNumber` as its only key.
   *
   * @param table the table; its key must be usable by the hook if it is a customer key
   * @param options as for a new registry
   */
  public static fromTable(table: dynamodb.ITable, options: DeviceRegistryOptions = {}): IDeviceRegistry {
    throwOnProblems(table, windowProblems(options.reprovisionWindow));
    return new RegistryInTable(table, options.reprovisionWindow);
  }

  /** The table, for operators' tools and for its metrics. */
  public readonly table: dynamodb.ITable;
  /** How long after its first provisioning a device may come again with a new certificate; absent means never. */
  public readonly reprovisionWindow?: Duration;

  private readonly registry: IDeviceRegistry;

  constructor(scope: Construct, id: string, props: DeviceRegistryProps = {}) {
    super(scope, id);
    throwOnProblems(this, windowProblems(props.reprovisionWindow));
    this.reprovisionWindow = props.reprovisionWindow;
    this.table = this.createTable(props);
    this.registry = new RegistryInTable(this.table, props.reprovisionWindow);
  }

  /**
   * Lets an operator or a program add devices.
   *
   * @param grantee who may
   */
  public grantRegister(grantee: iam.IGrantable): iam.Grant {
    return this.registry.grantRegister(grantee);
  }

  /**
   * Lets an operator or a program look devices up and list them.
   *
   * @param grantee who may
   */
  public grantRead(grantee: iam.IGrantable): iam.Grant {
    return this.registry.grantRead(grantee);
  }

  /**
   * Lets an operator or a program change the status of a device: revoke it, or let it provision again.
   *
   * @param grantee who may
   */
  public grantRevoke(grantee: iam.IGrantable): iam.Grant {
    return this.registry.grantRevoke(grantee);
  }

  /**
   * Lets a provisioning hook look up and claim a device. FleetProvisioning calls it for its own hook.
   *
   * @param grantee the hook
   */
  public grantClaim(grantee: iam.IGrantable): iam.Grant {
    return this.registry.grantClaim(grantee);
  }

  private createTable({ encryptionKey, removalPolicy }: DeviceRegistryProps): dynamodb.Table {
    const table = new dynamodb.Table(this, 'Table', {
      partitionKey: { name: KEY, type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: encryptionKey ? dynamodb.TableEncryption.CUSTOMER_MANAGED : dynamodb.TableEncryption.AWS_MANAGED,
      encryptionKey,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN,
    });
    acknowledgeTableWithoutPlan(table);
    return table;
  }
}

class RegistryInTable implements IDeviceRegistry {
  constructor(readonly table: dynamodb.ITable, readonly reprovisionWindow?: Duration) {}

  grantRegister(grantee: iam.IGrantable): iam.Grant {
    return this.grant(grantee, ['dynamodb:PutItem'], ['kms:Encrypt', 'kms:GenerateDataKey*']);
  }

  grantRead(grantee: iam.IGrantable): iam.Grant {
    return this.grant(grantee, ['dynamodb:BatchGetItem', 'dynamodb:DescribeTable', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan'], []);
  }

  grantRevoke(grantee: iam.IGrantable): iam.Grant {
    return this.grant(grantee, ['dynamodb:UpdateItem'], ['kms:Encrypt', 'kms:GenerateDataKey*']);
  }

  grantClaim(grantee: iam.IGrantable): iam.Grant {
    return this.grant(grantee, ['dynamodb:GetItem', 'dynamodb:UpdateItem'], ['kms:Encrypt', 'kms:GenerateDataKey*']);
  }

  /** DynamoDB uses a customer key in the name of whoever calls it. */
  private grant(grantee: iam.IGrantable, actions: string[], keyActions: string[]): iam.Grant {
    this.table.encryptionKey?.grant(grantee, 'kms:Decrypt', 'kms:DescribeKey', ...keyActions);
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.table.tableArn] });
  }
}

function windowProblems(window: Duration | undefined): Problem[] {
  return durationProblems('reprovisionWindow', window, {
    min: MIN_WINDOW_SECONDS,
    max: MAX_WINDOW_SECONDS,
    allowed: `from ${MIN_WINDOW_SECONDS} second to 10 years`,
    fix: 'leave it out to let each device provision once',
  });
}
