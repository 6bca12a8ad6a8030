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

export interface RegistryHookSettings {
  readonly registry: IDeviceRegistry;
  readonly templateName: string;
  readonly serialNumberParameter: string;
  readonly thingNameParts?: NamePart[];
  readonly fixedParameters: string[];
  readonly attributeParameters: string[];
  readonly encryptionKey?: kms.IKey;
}

/** The built-in hook: lets in what the registry lists, once. */
export class RegistryHook extends Construct {
  readonly function: lambda.IFunction;
  readonly role: iam.IRole;
  private readonly templateName: string;

  constructor(scope: Construct, id: string, settings: RegistryHookSettings) {
    super(scope, id);
    this.templateName = settings.templateName;
    const handler = new HandlerFunction(this, 'Handler', {
      asset: 'provisioning-hook',
      description: 'Lets devices of the registry provision, once each',
      timeout: TIMEOUT,
      memoryMiB: MEMORY_MIB,
      environment: environmentFor(settings),
      encryptionKey: settings.encryptionKey,
    });
    settings.registry.grantClaim(handler.role);
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

function environmentFor(settings: RegistryHookSettings): { [name: string]: string } {
  const window = settings.registry.reprovisionWindow;
  return {
    [HOOK_ENV.tableName]: settings.registry.table.tableName,
    [HOOK_ENV.templateName]: settings.templateName,
    [HOOK_ENV.serialNumberParameter]: settings.serialNumberParameter,
    ...(settings.thingNameParts ? { [HOOK_ENV.thingNameParts]: JSON.stringify(settings.thingNameParts) } : {}),
    [HOOK_ENV.fixedParameters]: JSON.stringify(settings.fixedParameters),
    [HOOK_ENV.attributeParameters]: JSON.stringify(settings.attributeParameters),
    ...(window ? { [HOOK_ENV.reprovisionWindowSeconds]: secondsOf(window) } : {}),
  };
}

function secondsOf(window: Duration): string {
  return window.isUnresolved() ? Token.asString(window.toSeconds()) : String(Math.ceil(window.toSeconds({ integral: false })));
}
