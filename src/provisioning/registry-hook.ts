import { Duration, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { IDeviceRegistry } from './device-registry';
import { HOOK_ENV, NamePart } from './hook-handler/env';
import { HandlerFunction } from '../private/handler-function';

/** AWS IoT waits no longer. @see https://docs.aws.amazon.com/iot/latest/developerguide/pre-provisioning-hook.html */
const TIMEOUT = Duration.seconds(5);
/** A cold start has to fit into the 5 seconds as well, and CPU comes with memory. */
const MEMORY_MIB = 512;
const NAMESPACE = 'IotLandingZone';
const DENIED = 'ProvisioningDenied';

export interface RegistryHookProps {
  readonly registry: IDeviceRegistry;
  readonly templateName: string;
  readonly serialNumberParameter: string;
  /** @default - the template body makes the name */
  readonly thingNameParts?: NamePart[];
  readonly declaredParameters: string[];
  readonly fixedParameters: string[];
  readonly attributeParameters: string[];
  /** @default - the key of CloudWatch Logs */
  readonly encryptionKey?: kms.IKey;
}

/** The built-in hook: lets in what the registry lists, once. */
export class RegistryHook extends Construct {
  readonly function: lambda.IFunction;
  readonly role: iam.IRole;
  private readonly templateName: string;

  constructor(scope: Construct, id: string, props: RegistryHookProps) {
    super(scope, id);
    this.templateName = props.templateName;
    const handler = new HandlerFunction(this, 'Handler', {
      asset: 'provisioning-hook',
      description: 'Lets devices of the registry provision, once each',
      timeout: TIMEOUT,
      onFailure: 'AWS IoT calls it and waits for the answer; without one it denies the device, which asks again, and an alarm goes off.',
      memoryMiB: MEMORY_MIB,
      environment: environmentFor(props),
      encryptionKey: props.encryptionKey,
    });
    props.registry.grantClaim(handler.role);
    this.countDenials(handler.logGroup);
    this.function = handler.function;
    this.role = handler.role;
  }

  metricDenied(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: NAMESPACE,
      metricName: DENIED,
      dimensionsMap: { TemplateName: this.templateName },
      period: Duration.minutes(5),
      statistic: 'Sum',
      ...options,
    });
  }

  private countDenials(logGroup: logs.ILogGroup): void {
    new logs.MetricFilter(this, 'Denied', {
      logGroup,
      filterPattern: logs.FilterPattern.stringValue('$.decision', '=', 'DENY'),
      metricNamespace: NAMESPACE,
      metricName: DENIED,
      metricValue: '1',
      dimensions: { TemplateName: '$.template' },
    });
  }
}

function environmentFor(props: RegistryHookProps): { [name: string]: string } {
  const window = props.registry.reprovisionWindow;
  return {
    [HOOK_ENV.tableName]: props.registry.table.tableName,
    [HOOK_ENV.templateName]: props.templateName,
    [HOOK_ENV.serialNumberParameter]: props.serialNumberParameter,
    ...(props.thingNameParts ? { [HOOK_ENV.thingNameParts]: JSON.stringify(props.thingNameParts) } : {}),
    [HOOK_ENV.declaredParameters]: JSON.stringify(props.declaredParameters),
    [HOOK_ENV.fixedParameters]: JSON.stringify(props.fixedParameters),
    [HOOK_ENV.attributeParameters]: JSON.stringify(props.attributeParameters),
    ...(window ? { [HOOK_ENV.reprovisionWindowSeconds]: secondsOf(window) } : {}),
  };
}

function secondsOf(window: Duration): string {
  return window.isUnresolved() ? Token.asString(window.toSeconds()) : String(Math.ceil(window.toSeconds({ integral: false })));
}
