import { Annotations, Duration, Names, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, IConstruct } from 'constructs';
import { ClaimCertificate } from './claim-certificate';
import { DeviceRegistry, IDeviceRegistry } from './device-registry';
import { propProblems, TEMPLATE_NAME_LENGTH } from './fleet-provisioning-checks';
import { FleetProvisioningProps, ProvisioningTemplateType } from './fleet-provisioning-options';
import { ProvisioningClaim, ProvisioningClaimProps } from './provisioning-claim';
import { provisioningStatements } from './provisioning-role';
import { RegistryHook } from './registry-hook';
import { attributeParameters, decisiveParameters, declaredParameters } from './template-document';
import { flowOf, TemplateFlow, templateParts, TemplateParts } from './template-parts';
import { acknowledge, acknowledgeInlinePolicy, acknowledgeWildcards, addActions } from '../private/acknowledge';
import { alarmFrom } from '../private/alarm';
import { trustedService } from '../private/trust';
import { kindProblems, Kinds, Problem, throwOnProblems } from '../private/validation';

const KINDS: Kinds<FleetProvisioningProps> = {
  texts: ['templateName', 'description', 'serialNumberParameter', 'thingName', 'claimClientIdPrefix'],
  lists: ['thingGroups', 'alarmActions'],
  textMaps: ['attributes', 'deviceConfiguration', 'parameterDefaults'],
};
const DEFAULT_DENIAL_ALARM_THRESHOLD = 20;
/** The only one there is. @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-iot-provisioningtemplate-provisioninghook.html */
const PAYLOAD_VERSION = '2020-04-01';
const MANAGED_POLICY = 'service-role/AWSIoTThingsRegistration';
const ANY_DEVICE_WARNING = 'cdk-iot-landing-zone:anyDeviceMayProvision';
const ANY_DEVICE_TEXT = 'There is no hook: whoever holds the claim can register any thing name, also one that exists. '
  + 'Leave allowAnyDevice out to ask a DeviceRegistry';

/** Options of a certificate authority whose devices come just in time. */
export interface JitpCertificateAuthorityOptions {
  /** The certificate of the authority in PEM. */
  readonly caCertificatePem: string;

  /**
   * A certificate that the authority signed for the registration code of this account and Region, to prove that the authority is
   * yours. With one, devices may also connect without naming the endpoint (SNI).
   *
   * @default - no proof: devices have to send the SNI, and the same authority may be registered in other accounts too
   */
  readonly verificationCertificatePem?: string;
}

/**
 * Lets devices register themselves: a provisioning template with its role, a hook that decides who may, and claims.
 *
 * By default a device says its serial number; the hook looks it up in a DeviceRegistry and denies what is not there. The
 * device gets a thing, a certificate of its own and the policy of the fleet.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/provision-wo-cert.html
 * @example
 * import { Stack } from 'aws-cdk-lib';
 * import { ClaimCertificate, FleetProvisioning, FleetThingType, ThingPolicy } from 'cdk-iot-landing-zone';
 *
 * declare const stack: Stack;
 *
 * new FleetProvisioning(stack, 'Provisioning', {
 *   policy: new ThingPolicy(stack, 'Presses'),
 *   thingType: FleetThingType.create({ description: 'Hydraulic press' }),
 *   attributes: { firmware: '${FirmwareVersion}' },
 *   claimCertificate: ClaimCertificate.generated(),
 * });
 */
export class FleetProvisioning extends Construct {
  /** Name of the template, for the topics of devices. */
  public readonly templateName: string;
  /** ARN of the template. */
  public readonly templateArn: string;
  /** The role that AWS IoT registers devices with. */
  public readonly provisioningRole: iam.IRole;
  /** The devices that the built-in hook lets in; none where another hook decides, unless one was given. */
  public readonly registry?: IDeviceRegistry;
  /** The function that decides about each device, for its log and its metrics. */
  public readonly hook?: lambda.IFunction;
  /** The claim of `claimCertificate`. */
  public readonly claim?: ProvisioningClaim;
  /** In alarm while the hook fails: no device can register, whether it may or not. */
  public readonly errorAlarm?: cloudwatch.IAlarm;
  /** In alarm while the built-in hook denies more than usual. */
  public readonly denialAlarm?: cloudwatch.IAlarm;

  private readonly flow: TemplateFlow;
  private readonly template: iot.CfnProvisioningTemplate;
  private readonly registryHook?: RegistryHook;
  private readonly claimOptions: Omit<ProvisioningClaimProps, 'certificate'>;

  constructor(scope: Construct, id: string, props: FleetProvisioningProps = {}) {
    super(scope, id);
    throwOnProblems(this, kindProblems(props, KINDS));
    throwOnProblems(this, propProblems(props));
    const flow = this.flow = flowOf(props);
    this.templateName = props.templateName
      ?? Names.uniqueResourceName(this, { maxLength: TEMPLATE_NAME_LENGTH, separator: '-', allowedSpecialCharacters: '_-' });
    this.templateArn = Stack.of(this).formatArn({ service: 'iot', resource: 'provisioningtemplate', resourceName: this.templateName });

    const parts = templateParts(this, props, flow);
    this.provisioningRole = props.provisioningRole ?? this.createRole(flow, parts, props.registrationManagedPolicy ?? false);
    this.registry = props.registry ?? (flow.asksRegistry ? this.createRegistry(props) : undefined);
    this.registryHook = flow.asksRegistry ? this.createHook(this.registry!, flow, parts, props.encryptionKey) : undefined;
    this.hook = this.registryHook?.function ?? props.hook;
    this.template = this.createTemplate(flow, parts, props);
    this.errorAlarm = this.hook && this.createErrorAlarm(props.alarmActions ?? []);
    this.denialAlarm = this.registryHook
      && this.createDenialAlarm(props.denialAlarmThreshold ?? DEFAULT_DENIAL_ALARM_THRESHOLD, props.alarmActions ?? []);
    this.claimOptions = claimOptionsOf(this.templateName, props);
    this.claim = props.claimCertificate?._bind && this.addClaim('Claim', props.claimCertificate);
    if (props.allowAnyDevice) Annotations.of(this).addWarningV2(ANY_DEVICE_WARNING, ANY_DEVICE_TEXT);
  }

  /**
   * Adds a claim that devices may share, for instance one for each production site or while an old one is replaced.
   *
   * @param id id of the claim below this construct
   * @param certificate the certificate of the claim
   */
  public addClaim(id: string, certificate: ClaimCertificate): ProvisioningClaim {
    this.requireType(ProvisioningTemplateType.FLEET_PROVISIONING, 'claims', 'devices that come just in time have their own certificate');
    return new ProvisioningClaim(this, id, { ...this.claimOptions, certificate });
  }

  /**
   * Registers a certificate authority: devices with a certificate that it signed are provisioned when they first connect.
   *
   * @param id id of the authority below this construct
   * @param options the certificate of the authority
   * @see https://docs.aws.amazon.com/iot/latest/developerguide/jit-provisioning.html
   */
  public addCertificateAuthority(id: string, options: JitpCertificateAuthorityOptions): iot.CfnCACertificate {
    this.requireType(ProvisioningTemplateType.JITP, 'certificate authorities', 'set it to ProvisioningTemplateType.JITP');
    const authority = new iot.CfnCACertificate(this, id, {
      caCertificatePem: options.caCertificatePem,
      verificationCertificatePem: options.verificationCertificatePem,
      certificateMode: options.verificationCertificatePem === undefined ? 'SNI_ONLY' : 'DEFAULT',
      status: 'ACTIVE',
      autoRegistrationStatus: 'ENABLE',
      registrationConfig: { templateName: this.templateName },
    });
    authority.applyRemovalPolicy(this.flow.removalPolicy);
    authority.node.addDependency(this.template);
    return authority;
  }

  /**
   * Lets a trusted user hand out claims for this template that live five minutes, for instance from the app of an installer.
   *
   * @param grantee who may
   * @see https://docs.aws.amazon.com/iot/latest/apireference/API_CreateProvisioningClaim.html
   */
  public grantCreateClaim(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions: ['iot:CreateProvisioningClaim'], resourceArns: [this.templateArn] });
  }

  /**
   * Number of devices that the built-in hook denied. Requests that it could not decide are not among them.
   *
   * @param options how to aggregate
   */
  public metricDenied(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    if (!this.registryHook) throw new Error(`${this.node.path}: only the built-in hook counts its denials: count them in your own hook, if you have one`);
    return this.registryHook.metricDenied(options);
  }

  /**
   * Number of requests that the hook could not decide: it threw, ran out of time, or the registry did not answer.
   *
   * @param options how to aggregate
   */
  public metricErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    if (!this.hook) throw new Error(`${this.node.path}: there is no hook that could fail`);
    return this.hook.metricErrors({ period: Duration.minutes(5), statistic: 'Sum', ...options });
  }

  private createRole(flow: TemplateFlow, parts: TemplateParts, managed: boolean): iam.Role {
    const role = new iam.Role(this, 'Role', {
      // AWS documents the template as the source for claims; for JITP no source is known here.
      assumedBy: trustedService(this, 'iot.amazonaws.com', flow.templateType === ProvisioningTemplateType.JITP ? undefined : this.templateArn),
      description: `Registers the devices that provision through ${this.node.path}`,
      managedPolicies: managed ? [iam.ManagedPolicy.fromAwsManagedPolicyName(MANAGED_POLICY)] : undefined,
    });
    if (managed) {
      acknowledge(role, [`AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${MANAGED_POLICY}]`],
        'The option registrationManagedPolicy asks for this policy of AWS, for template bodies from which no narrower one can be derived.');
    } else {
      acknowledgeInlinePolicy(role);
      const statements = provisioningStatements(this, parts.body!);
      statements.forEach(statement => role.addToPolicy(statement));
      acknowledgeWildcards(role, statements, 'Things and certificates have names only once a device registers; the actions with * have no resource types in IAM.');
    }
    return role;
  }

  private createRegistry(props: FleetProvisioningProps): DeviceRegistry {
    return new DeviceRegistry(this, 'Registry', { encryptionKey: props.encryptionKey, removalPolicy: props.removalPolicy });
  }

  private createHook(registry: IDeviceRegistry, flow: TemplateFlow, parts: TemplateParts, encryptionKey?: kms.IKey): RegistryHook {
    return new RegistryHook(this, 'Hook', {
      registry,
      templateName: this.templateName,
      serialNumberParameter: flow.serialNumberParameter,
      thingNameParts: parts.thingNameParts,
      declaredParameters: declaredParameters(parts.body!),
      fixedParameters: decisiveParameters(parts.body!).filter(name => name !== flow.serialNumberParameter),
      attributeParameters: attributeParameters(parts.body!),
      encryptionKey,
    });
  }

  /** In the stack of the template, which knows the function already: the stack of the function need not know the template. */
  private allowInvocation(hook: lambda.IFunction, allowSharedHook: boolean): lambda.CfnPermission {
    const problems = sharedHookProblems(this, hook);
    throwOnProblems(this, allowSharedHook ? [] : problems);
    return new lambda.CfnPermission(this, 'HookPermission', {
      action: 'lambda:InvokeFunction',
      functionName: hook.functionArn,
      principal: 'iot.amazonaws.com',
      sourceArn: this.templateArn,
      sourceAccount: Stack.of(this).account,
    });
  }

  private createTemplate(flow: TemplateFlow, { json, memberships }: TemplateParts, props: FleetProvisioningProps): iot.CfnProvisioningTemplate {
    const template = new iot.CfnProvisioningTemplate(this, 'Template', {
      templateName: this.templateName,
      templateType: flow.templateType,
      templateBody: json,
      provisioningRoleArn: this.provisioningRole.roleArn,
      description: props.description,
      enabled: props.enabled ?? true,
      preProvisioningHook: this.hook && { targetArn: this.hook.functionArn, payloadVersion: PAYLOAD_VERSION },
    });
    // The first device must find all that its registration needs.
    template.node.addDependency(this.provisioningRole, ...memberships);
    // All of the policy, not its name alone: what detaches it on deletion must find no template left that hands it to new devices.
    if (props.policy) template.node.addDependency(props.policy);
    if (this.hook) template.node.addDependency(this.allowInvocation(this.hook, props.allowSharedHook ?? false));
    if (this.registryHook) template.node.addDependency(this.registryHook.role);
    return template;
  }

  private createErrorAlarm(actions: cloudwatch.IAlarmAction[]): cloudwatch.Alarm {
    return this.createAlarm('ErrorAlarm', this.metricErrors(), 1, actions,
      'The provisioning hook fails, so that AWS IoT denies every device. Read its log: lines with the decision ERROR say why.');
  }

  private createDenialAlarm(threshold: number, actions: cloudwatch.IAlarmAction[]): cloudwatch.Alarm {
    return this.createAlarm('DenialAlarm', this.metricDenied(), threshold, actions,
      'Devices are denied more often than usual: a claim may have leaked, or a batch was not registered. Lines with DENY in the log say why.');
  }

  private createAlarm(
    id: string, metric: cloudwatch.IMetric, threshold: number, actions: cloudwatch.IAlarmAction[], alarmDescription: string,
  ): cloudwatch.Alarm {
    const alarm = new cloudwatch.Alarm(this, id, alarmFrom(threshold, metric, alarmDescription));
    addActions(alarm, actions);
    return alarm;
  }

  private requireType(type: ProvisioningTemplateType, use: string, fix: string): void {
    const { templateType } = this.flow;
    throwOnProblems(this, templateType === type ? [] : [{ prop: 'templateType', got: templateType, allowed: `${type} for ${use}`, fix }]);
  }
}

/** For each app, the template that each function is the hook of. */
const hooked = new WeakMap<IConstruct, Map<string, string>>();

function sharedHookProblems(scope: Construct, hook: lambda.IFunction): Problem[] {
  const templates = hooked.get(scope.node.root) ?? new Map<string, string>();
  hooked.set(scope.node.root, templates);
  const other = templates.get(hook.functionArn);
  if (other === undefined) templates.set(hook.functionArn, scope.node.path);
  return other === undefined ? [] : [{
    prop: 'hook',
    got: `the hook of ${other}`,
    allowed: 'the hook of one template only (MULTIPLE_IOT_PROVISIONING_TEMPLATE_HOOK)',
    fix: 'make a function for each template, or set allowSharedHook if this one tells them apart by templateArn',
  }];
}

function claimOptionsOf(templateName: string, props: FleetProvisioningProps): Omit<ProvisioningClaimProps, 'certificate'> {
  return {
    templateName,
    clientIdPrefix: props.claimClientIdPrefix,
    keysFromAws: props.claimKeysFromAws,
    encryptionKey: props.encryptionKey,
    removalPolicy: props.removalPolicy,
  };
}
