import { Annotations, CfnResource, Duration, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, IConstruct, IDependable } from 'constructs';
import { ClaimCertificate } from './claim-certificate';
import { DeviceRegistry, IDeviceRegistry } from './device-registry';
import { propProblems, TEMPLATE_NAME_LENGTH } from './fleet-provisioning-checks';
import { FleetProvisioningProps, ProvisioningTemplateType, ThingOverride } from './fleet-provisioning-options';
import { THING_NAME_PARAMETER } from './hook-handler/env';
import { ProvisioningClaim } from './provisioning-claim';
import { provisioningStatements } from './provisioning-role';
import { RegistryHook } from './registry-hook';
import { buildBody } from './template-builder';
import { bodyProblems, parseBody } from './template-checks';
import { attributeParameters, decisiveParameters, isObject, JsonObject } from './template-document';
import { parametersOf, partsOf } from './template-text';
import { trustedService } from '../private/trust';
import { Problem, throwOnProblems } from '../private/validation';

const DEFAULT_SERIAL_NUMBER_PARAMETER = 'SerialNumber';
const DEFAULT_JITP_THING_NAME = '${AWS::IoT::Certificate::CommonName}';
const DEFAULT_DENIAL_ALARM_THRESHOLD = 20;
/** The only one there is. @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-iot-provisioningtemplate-provisioninghook.html */
const PAYLOAD_VERSION = '2020-04-01';
const MANAGED_POLICY = 'service-role/AWSIoTThingsRegistration';
const ANY_DEVICE_WARNING = 'cdk-iot-landing-zone:anyDeviceMayProvision';

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

/** The template, where its parts are settled. */
interface TemplateParts {
  readonly body?: JsonObject;
  readonly json: string;
  readonly memberships: IDependable[];
}

/**
 * Lets devices register themselves: a provisioning template with its role, a hook that decides who may, and claims.
 *
 * By default a device says its serial number; the hook looks it up in a DeviceRegistry and denies what is not there. The
 * device gets a thing, a certificate of its own and the policy of the fleet.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/provision-wo-cert.html
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

  private readonly props: FleetProvisioningProps;
  private readonly registryHook?: RegistryHook;

  constructor(scope: Construct, id: string, props: FleetProvisioningProps = {}) {
    super(scope, id);
    throwOnProblems(this, propProblems(props));
    this.props = props;

    this.templateName = props.templateName ?? Names.uniqueResourceName(this, { maxLength: TEMPLATE_NAME_LENGTH, separator: '-', allowedSpecialCharacters: '_-' });
    this.templateArn = Stack.of(this).formatArn({ service: 'iot', resource: 'provisioningtemplate', resourceName: this.templateName });
    const parts = props.templateBody ? this.readBody(props.templateBody.json) : this.makeBody();
    this.provisioningRole = props.provisioningRole ?? this.createRole(parts.body);
    this.registry = props.registry ?? (this.asksRegistry ? this.createRegistry() : undefined);
    this.registryHook = this.asksRegistry ? this.createHook(parts.body!, this.registry!) : undefined;
    this.hook = this.registryHook?.function ?? props.hook;
    this.createTemplate(parts, this.allowHook());
    this.errorAlarm = this.hook && this.createErrorAlarm();
    this.denialAlarm = this.registryHook && this.createDenialAlarm();
    this.claim = props.claimCertificate && this.addClaim('Claim', props.claimCertificate);
    this.warnOfAnyDevice();
  }

  /**
   * Adds a claim that devices may share, for instance one for each production site or while an old one is replaced.
   *
   * @param id id of the claim below this construct
   * @param certificate the certificate of the claim
   */
  public addClaim(id: string, certificate: ClaimCertificate): ProvisioningClaim {
    if (this.props.templateType === ProvisioningTemplateType.JITP) {
      throwOnProblems(this, [{ prop: 'templateType', got: ProvisioningTemplateType.JITP, allowed: 'FLEET_PROVISIONING for claims', fix: 'devices come with their own certificate' }]);
    }
    return new ProvisioningClaim(this, id, {
      templateName: this.templateName,
      certificate,
      clientIdPrefix: this.props.claimClientIdPrefix,
      keysFromAws: this.props.claimKeysFromAws,
      encryptionKey: this.props.encryptionKey,
      removalPolicy: this.props.removalPolicy,
    });
  }

  /**
   * Registers a certificate authority: devices with a certificate that it signed are provisioned when they first connect.
   *
   * @param id id of the authority below this construct
   * @param options the certificate of the authority
   * @see https://docs.aws.amazon.com/iot/latest/developerguide/jit-provisioning.html
   */
  public addCertificateAuthority(id: string, options: JitpCertificateAuthorityOptions): iot.CfnCACertificate {
    if (this.props.templateType !== ProvisioningTemplateType.JITP) {
      throwOnProblems(this, [{ prop: 'templateType', got: ProvisioningTemplateType.FLEET_PROVISIONING, allowed: 'JITP for certificate authorities', fix: 'set templateType: ProvisioningTemplateType.JITP' }]);
    }
    const authority = new iot.CfnCACertificate(this, id, {
      caCertificatePem: options.caCertificatePem,
      verificationCertificatePem: options.verificationCertificatePem,
      certificateMode: options.verificationCertificatePem === undefined ? 'SNI_ONLY' : 'DEFAULT',
      status: 'ACTIVE',
      autoRegistrationStatus: 'ENABLE',
      registrationConfig: { templateName: this.templateName },
    });
    authority.applyRemovalPolicy(this.removalPolicy);
    authority.node.addDependency(this.node.findChild('Template'));
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

  private get asksRegistry(): boolean {
    return this.props.templateType !== ProvisioningTemplateType.JITP && !this.props.hook && !this.props.allowAnyDevice;
  }

  private get serialNumberParameter(): string {
    return this.props.serialNumberParameter ?? DEFAULT_SERIAL_NUMBER_PARAMETER;
  }

  private get thingName(): string {
    const fromDevice = `\${${this.serialNumberParameter}}`;
    return this.props.thingName ?? (this.props.templateType === ProvisioningTemplateType.JITP ? DEFAULT_JITP_THING_NAME : fromDevice);
  }

  private get removalPolicy(): RemovalPolicy {
    return this.props.removalPolicy ?? RemovalPolicy.RETAIN;
  }

  private readBody(json: string): TemplateParts {
    const { body, problems } = parseBody(json);
    throwOnProblems(this, [...problems, ...(body ? this.bodyProblems(body) : problems.length > 0 ? [] : this.opaqueBodyProblems())]);
    return { body, json: body ? Stack.of(this).toJsonString(body) : json, memberships: [] };
  }

  private makeBody(): TemplateParts {
    const { thingType, thingGroups = [], billingGroup, attributes = {}, deviceConfiguration, parameterDefaults = {} } = this.props;
    const type = thingType?._membership.bind(this, this.removalPolicy);
    const groups = thingGroups.map((group, index) => group._membership.bind(this, this.removalPolicy, index + 1));
    const billing = billingGroup?._membership.bind(this, this.removalPolicy);
    const body = buildBody({
      // The built-in hook makes the name, so that the registry can fix it.
      thingName: this.asksRegistry ? `\${${THING_NAME_PARAMETER}}` : this.thingName,
      extraParameters: this.asksRegistry ? [this.serialNumberParameter, ...parametersOf(this.thingName)] : [],
      policyName: this.props.policy!.policyName,
      thingTypeName: type?.name,
      thingGroupNames: groups.map(({ name }) => name),
      billingGroupName: billing?.name,
      attributes,
      deviceConfiguration,
      parameterDefaults,
      overrides: {
        attributes: this.props.attributesOverride ?? ThingOverride.MERGE,
        thingType: this.props.thingTypeOverride ?? ThingOverride.REPLACE,
        thingGroups: this.props.thingGroupsOverride ?? ThingOverride.DO_NOTHING,
      },
    });
    throwOnProblems(this, this.bodyProblems(body));
    const memberships = [type, ...groups, billing].map(member => member?.resource).filter((resource): resource is CfnResource => resource !== undefined);
    return { body, json: Stack.of(this).toJsonString(body), memberships };
  }

  private bodyProblems(body: JsonObject): Problem[] {
    const declared = isObject(body.Parameters) ? Object.keys(body.Parameters) : [];
    const prop = 'serialNumberParameter';
    return [
      ...bodyProblems(body, this.props.templateType === ProvisioningTemplateType.JITP),
      ...(!this.asksRegistry || declared.includes(this.serialNumberParameter) ? [] : [{
        prop, got: this.serialNumberParameter, allowed: `one of the parameters ${JSON.stringify(declared)} of the body`, fix: 'the built-in hook looks devices up by it',
      }]),
    ];
  }

  /** A body that is one token can be passed on, but nothing can be read from it. */
  private opaqueBodyProblems(): Problem[] {
    const allowed = 'readable at synth';
    const fix = 'put tokens into strings inside the JSON';
    return [
      ...(this.asksRegistry ? [{ prop: 'templateBody', got: 'a token', allowed: `${allowed} for the built-in hook`, fix: `${fix}, or pass a hook` }] : []),
      ...(this.props.provisioningRole || this.props.registrationManagedPolicy ? []
        : [{ prop: 'templateBody', got: 'a token', allowed: `${allowed} to derive the role`, fix: `${fix}, or pass a provisioningRole` }]),
    ];
  }

  private createRole(body: JsonObject | undefined): iam.Role {
    // AWS documents the template as the source for claims; for JITP it documents none that is known here.
    const sourceArn = this.props.templateType === ProvisioningTemplateType.JITP ? undefined : this.templateArn;
    const role = new iam.Role(this, 'Role', {
      assumedBy: trustedService(this, 'iot.amazonaws.com', sourceArn),
      description: `Registers the devices that provision through ${this.node.path}`,
      managedPolicies: this.props.registrationManagedPolicy ? [iam.ManagedPolicy.fromAwsManagedPolicyName(MANAGED_POLICY)] : undefined,
    });
    if (!this.props.registrationManagedPolicy) provisioningStatements(this, body!).forEach(statement => role.addToPolicy(statement));
    return role;
  }

  private createRegistry(): DeviceRegistry {
    return new DeviceRegistry(this, 'Registry', { encryptionKey: this.props.encryptionKey, removalPolicy: this.props.removalPolicy });
  }

  private createHook(body: JsonObject, registry: IDeviceRegistry): RegistryHook {
    return new RegistryHook(this, 'Hook', {
      registry,
      templateName: this.templateName,
      serialNumberParameter: this.serialNumberParameter,
      thingNameParts: this.props.templateBody ? undefined : partsOf(this.thingName),
      fixedParameters: decisiveParameters(body).filter(name => name !== this.serialNumberParameter),
      attributeParameters: attributeParameters(body),
      encryptionKey: this.props.encryptionKey,
    });
  }

  /** In the stack of the template, which knows the function already: the stack of the function need not know the template. */
  private allowHook(): lambda.CfnPermission | undefined {
    if (!this.hook) return undefined;
    const problems = sharedHookProblems(this, this.hook);
    throwOnProblems(this, this.props.allowSharedHook ? [] : problems);
    return new lambda.CfnPermission(this, 'HookPermission', {
      action: 'lambda:InvokeFunction',
      functionName: this.hook.functionArn,
      principal: 'iot.amazonaws.com',
      sourceArn: this.templateArn,
      sourceAccount: Stack.of(this).account,
    });
  }

  private createTemplate({ json, memberships }: TemplateParts, permission: lambda.CfnPermission | undefined): void {
    const template = new iot.CfnProvisioningTemplate(this, 'Template', {
      templateName: this.templateName,
      templateType: this.props.templateType ?? ProvisioningTemplateType.FLEET_PROVISIONING,
      templateBody: json,
      provisioningRoleArn: this.provisioningRole.roleArn,
      description: this.props.description,
      enabled: this.props.enabled ?? true,
      preProvisioningHook: this.hook && { targetArn: this.hook.functionArn, payloadVersion: PAYLOAD_VERSION },
    });
    // The first device must find all that its registration needs.
    template.node.addDependency(this.provisioningRole, ...memberships);
    if (permission) template.node.addDependency(permission);
    if (this.registryHook) template.node.addDependency(this.registryHook.role);
  }

  private createErrorAlarm(): cloudwatch.Alarm {
    return this.createAlarm('ErrorAlarm', this.metricErrors(), 1,
      'The provisioning hook fails, so that AWS IoT denies every device. Read its log: lines with the decision ERROR say why.');
  }

  private createDenialAlarm(): cloudwatch.Alarm {
    return this.createAlarm('DenialAlarm', this.metricDenied(), this.props.denialAlarmThreshold ?? DEFAULT_DENIAL_ALARM_THRESHOLD,
      'Devices are denied more often than usual: a claim may have leaked, or a batch was not registered. Lines with the decision DENY in the log of the hook say why.');
  }

  private createAlarm(id: string, metric: cloudwatch.IMetric, threshold: number, alarmDescription: string): cloudwatch.Alarm {
    const alarm = new cloudwatch.Alarm(this, id, {
      metric,
      threshold,
      alarmDescription,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(...this.props.alarmActions ?? []);
    return alarm;
  }

  private warnOfAnyDevice(): void {
    if (!this.props.allowAnyDevice) return;
    Annotations.of(this).addWarningV2(ANY_DEVICE_WARNING,
      'There is no hook: whoever holds the claim can register any thing name, also one that exists. Leave allowAnyDevice out to ask a DeviceRegistry');
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
