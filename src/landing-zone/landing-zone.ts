import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { DeviceEndpoint } from './device-endpoint';
import { lakeOptionProblems, lakeOptions, withoutLakeOptions } from './lake-of-telemetry';
import { meetNeighbours, takenNameProblems } from './neighbours';
import { warnOfUntakenTelemetry } from './telemetry-coverage';
import { LifecycleConnectivityTableOptions } from '../connectivity/connectivity-options';
import { DEFAULT_IGNORED_PREFIXES } from '../connectivity/connectivity-problems';
import { LifecycleConnectivityTable } from '../connectivity/lifecycle-connectivity-table';
import { FirehoseBatchPipelineOptions } from '../firehose-batch/firehose-batch-options';
import { FirehoseBatchPipeline } from '../firehose-batch/firehose-batch-pipeline';
import { DataLake } from '../lake/data-lake';
import { DataLakeOptions } from '../lake/data-lake-options';
import { OnboardingApi } from '../onboarding/onboarding-api';
import { OnboardingOptions } from '../onboarding/onboarding-options';
import { kindProblems, Kinds, textProblems, throwOnProblems } from '../private/validation';
import { ClaimCertificate } from '../provisioning/claim-certificate';
import { DeviceRegistry, DeviceRegistryOptions } from '../provisioning/device-registry';
import { FleetProvisioning } from '../provisioning/fleet-provisioning';
import { FleetProvisioningOptions, ProvisioningTemplateType } from '../provisioning/fleet-provisioning-options';
import { RuleErrorQueue, RuleErrorQueueOptions } from '../rules/rule-error-queue';
import { SiteWiseRule, SiteWiseRuleOptions } from '../sitewise/sitewise-rule';
import { ThingPolicy, ThingPolicyOptions } from '../thing-policy/thing-policy';
import { DEFAULT_TELEMETRY_TOPICS } from '../thing-policy/topic-pattern';

const KINDS: Kinds<LandingZoneProps> = {
  lists: ['alarmActions'],
  options: ['telemetry', 'lake', 'thingPolicy', 'registry', 'provisioning', 'connectivity', 'siteWise', 'errors', 'onboarding'],
};
/** The provisioning template is named after the zone, and its name has the lowest limit: 36 characters. */
const ZONE_NAME = { max: 36, pattern: /^[a-zA-Z0-9_]+$/, characters: 'letters, digits and underscores' };

/** Properties of a LandingZone: a few for the whole of it, and the options of each part. */
export interface LandingZoneProps {
  /**
   * Name of the zone in what devices are told: the provisioning template has this name, the telemetry rule `<name>_telemetry`. 1 to 36
   * letters, digits and underscores, unique in the account and Region. Firmware holds both names, so choose one that lasts.
   *
   * @default - names made from the path of the construct and the name of the stack
   */
  readonly zoneName?: string;

  /**
   * Key that encrypts everything the zone stores: buckets, tables, queues, stream, secret, logs and function settings.
   *
   * The zone adds what CloudWatch Logs needs to the policy of a key of this app. To the policy of an imported key its owner adds it.
   *
   * @default - keys of the services, at no charge
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to buckets, tables, error queue and device policy when the zone is removed from its stack, or the stack is deleted.
   *
   * With DESTROY all data goes, and all devices lose their permissions. With RETAIN they also stay behind when the very first deployment
   * fails; `RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE` keeps them from then on only.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * What happens when any alarm of the zone goes off. A part's own `alarmActions` replace these for that part.
   *
   * A topic that has a policy of its own must allow `cloudwatch.amazonaws.com` to publish.
   *
   * @default - alarms show in CloudWatch and tell nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * What devices may do.
   *
   * @default - telemetry, commands, shadows, jobs and metrics, each only for the own thing
   */
  readonly thingPolicy?: ThingPolicyOptions;

  /**
   * The allow-list of devices.
   *
   * @default - a device may provision once, after its serial number was registered
   */
  readonly registry?: DeviceRegistryOptions;

  /**
   * How devices get in.
   *
   * @default - by claim, decided by the registry, with a claim certificate that AWS IoT makes
   */
  readonly provisioning?: FleetProvisioningOptions;

  /**
   * How telemetry gets to the lake.
   *
   * Its bucket, prefixes, columns and partitions are those of the lake. With a `deliveryStream`, `table`, `transform`, `compression` or the
   * format JSON_LINES it has a form of its own, and the zone has no lake.
   *
   * @default - all of `data/#`, in batches of a minute
   */
  readonly telemetry?: FirehoseBatchPipelineOptions;

  /**
   * How the lake keeps telemetry. An option that is in `telemetry` as well is given in one of them.
   *
   * @default - a row per message as Parquet, with tables, views and a workgroup of Athena
   */
  readonly lake?: DataLakeOptions;

  /**
   * How presence events become the connectivity table.
   *
   * @default - all clients but those of the console and those that connect with the claim; no history, no alerts
   */
  readonly connectivity?: LifecycleConnectivityTableOptions;

  /**
   * Which measurements go to AWS IoT SiteWise. There is no default, since it follows from your models.
   *
   * @default - nothing goes to SiteWise
   */
  readonly siteWise?: SiteWiseRuleOptions;

  /**
   * The web service that onboards devices by serial number. `{}` switches it on.
   *
   * It has the things of devices named, and their topics told, as `provisioning` and `thingPolicy` say.
   *
   * @default - there is none: devices get in by fleet provisioning alone
   */
  readonly onboarding?: OnboardingOptions;

  /**
   * Where messages wait whose rule failed.
   *
   * @default - 14 days in a queue, with an alarm
   */
  readonly errors?: RuleErrorQueueOptions;
}

/**
 * A landing zone for device data: onboarding, ingestion into a lake, connectivity and, with models, SiteWise.
 *
 * It only wires: each part is a construct of its own and a property here. Without any prop it is safe to deploy: no device
 * gets in before its serial number is registered, each reaches its own topics only, and data outlives the stack.
 *
 * @example
 * import { Duration, Stack } from 'aws-cdk-lib';
 * import * as iam from 'aws-cdk-lib/aws-iam';
 * import { LandingZone } from 'cdk-iot-landing-zone';
 *
 * declare const stack: Stack;
 * declare const production: iam.IRole;
 *
 * const zone = new LandingZone(stack, 'Zone', {
 *   zoneName: 'plant',
 *   connectivity: { historyRetention: Duration.days(30) },
 * });
 * zone.registry.grantRegister(production);
 */
export class LandingZone extends Construct {
  /** Where messages of all rules wait that failed. */
  public readonly errors: RuleErrorQueue;
  /** Where telemetry is, with its tables and queries; undefined where `telemetry` has a form of its own. */
  public readonly lake?: DataLake;
  /** The way of telemetry into the lake: its stream, buckets and rule. */
  public readonly telemetry: FirehoseBatchPipeline;
  /** What devices may do. Add statements or Basic Ingest rules here. */
  public readonly thingPolicy: ThingPolicy;
  /** The allow-list. Grant `grantRegister` to whoever registers devices. */
  public readonly registry: DeviceRegistry;
  /** How devices get in: the template, its role and its hook. */
  public readonly provisioning: FleetProvisioning;
  /** Who is connected. */
  public readonly connectivity: LifecycleConnectivityTable;
  /** The rules that write to SiteWise; undefined without `siteWise`. */
  public readonly siteWise?: SiteWiseRule;
  /** The web service that onboards devices; undefined without `onboarding`. */
  public readonly onboarding?: OnboardingApi;
  /** The host name that devices connect to. */
  public readonly endpoint: DeviceEndpoint;

  constructor(scope: Construct, id: string, props: LandingZoneProps = {}) {
    super(scope, id);
    throwOnProblems(this, [...kindProblems(props, KINDS), ...textProblems('zoneName', props.zoneName, ZONE_NAME), ...takenNameProblems(this, props.zoneName)]);
    throwOnProblems(this, lakeOptionProblems(props.telemetry, props.lake));
    const { zoneName, encryptionKey, removalPolicy, alarmActions } = props;
    const shared = { encryptionKey, removalPolicy, alarmActions };

    this.errors = new RuleErrorQueue(this, 'Errors', { ...shared, ...given(props.errors) });
    const rules = { ...shared, errorQueue: this.errors };
    const lake = lakeOptions(props.telemetry, props.lake);
    this.lake = lake && new DataLake(this, 'Lake', { encryptionKey, removalPolicy, ...given(lake) });
    this.telemetry = new FirehoseBatchPipeline(this, 'Telemetry', {
      ...rules, ruleName: nameOf(zoneName, 'telemetry'), lake: this.lake, ...given(this.lake ? withoutLakeOptions(props.telemetry) : props.telemetry),
    });
    const telemetryTopics = props.thingPolicy?.telemetryTopics ?? DEFAULT_TELEMETRY_TOPICS;
    this.thingPolicy = this.createThingPolicy(telemetryTopics, props);
    this.registry = new DeviceRegistry(this, 'Registry', { encryptionKey, removalPolicy, ...given(props.registry) });
    this.provisioning = new FleetProvisioning(this, 'Provisioning', {
      ...shared,
      policy: this.thingPolicy,
      registry: this.registry,
      templateName: zoneName,
      claimCertificate: defaultClaim(props.provisioning),
      ...given(props.provisioning),
    });
    const ignoredClientIdPrefixes = [...DEFAULT_IGNORED_PREFIXES, ...this.provisioning.claim ? [this.provisioning.claim.clientIdPrefix] : []];
    this.connectivity = new LifecycleConnectivityTable(this, 'Connectivity', { ...rules, ignoredClientIdPrefixes, ...given(props.connectivity) });
    this.siteWise = props.siteWise && new SiteWiseRule(this, 'SiteWise', { errorQueue: this.errors, alarmActions, ...given(props.siteWise) });
    this.endpoint = new DeviceEndpoint(this, 'Endpoint', { encryptionKey });
    this.onboarding = props.onboarding && this.createOnboarding(telemetryTopics, props);
    this.createOutputs(telemetryTopics);
    meetNeighbours(this, zoneName, props.telemetry);
  }

  private createThingPolicy(telemetryTopics: string[], { encryptionKey, removalPolicy, thingPolicy, telemetry }: LandingZoneProps): ThingPolicy {
    const basicIngestRules = telemetryTopics.length > 0 ? [this.telemetry.rule] : [];
    const policy = new ThingPolicy(this, 'ThingPolicy', { encryptionKey, removalPolicy, basicIngestRules, ...given(thingPolicy) });
    warnOfUntakenTelemetry(policy, telemetryTopics, telemetry ?? {});
    return policy;
  }

  private createOnboarding(telemetryTopics: string[], props: LandingZoneProps): OnboardingApi {
    const { encryptionKey, removalPolicy, alarmActions, provisioning, thingPolicy } = props;
    const overBroker = thingPolicy?.telemetryOverBroker ?? true;
    return new OnboardingApi(this, 'Onboarding', {
      encryptionKey,
      removalPolicy,
      alarmActions,
      policy: this.thingPolicy,
      registry: this.registry,
      provisioning: provisioning?.templateType === ProvisioningTemplateType.JITP ? undefined : this.provisioning,
      connectivityTable: this.connectivity.table,
      errorQueue: this.errors,
      mqttEndpoint: this.endpoint.hostName,
      thingName: provisioning?.thingName,
      serialNumberParameter: provisioning?.serialNumberParameter,
      telemetryTopics,
      telemetryOverBroker: overBroker,
      commandTopics: thingPolicy?.commandTopics,
      basicIngestRule: this.telemetry.rule,
      ...given(props.onboarding),
    });
  }

  private createOutputs(telemetryTopics: string[]): void {
    const output = (id: string, value: string, description: string) => new CfnOutput(this, id, { value, description });
    output('DeviceEndpoint', this.endpoint.hostName, 'Host name that devices connect to, by MQTT on port 8883');
    output('ProvisioningTemplate', this.provisioning.templateName, 'Name of the provisioning template, for the firmware');
    // Only the built-in hook asks the registry, and only that hook has this alarm.
    if (this.provisioning.denialAlarm) output('RegistryTable', this.registry.table.tableName, 'Table of the devices that may get in');
    telemetryTopics.slice(0, 1).forEach(topic => output('TelemetryTopic', this.telemetry.basicIngestTopicFor(topic),
      'Where a device publishes telemetry without the messaging charge: <thing> is its name, * what it chooses'));
    if (this.provisioning.claim?.secret) output('ClaimSecret', this.provisioning.claim.secret.secretArn, 'Secret with the claim certificate and its key');
    if (this.telemetry.bucket) output('LakeBucket', this.telemetry.bucket.bucketName, 'Bucket of the telemetry, and of what could not be transformed or delivered');
    if (this.lake) {
      output('LakeDatabase', this.lake.databaseName, 'Glue database of the telemetry: tables telemetry, raw and errors, and views of them');
      output('QueryWorkgroup', this.lake.workgroupName, 'Workgroup of Athena to query it in, with saved queries');
    }
    output('ConnectivityTable', this.connectivity.table.tableName, 'Table of who is connected');
    if (this.onboarding) {
      const { address, tokenAddress, clientId, clientSecret } = this.onboarding;
      output('OnboardingAddress', address, 'Address of the onboarding API: POST <address>/onboard/<serial number>');
      if (tokenAddress) output('OnboardingTokenAddress', tokenAddress, 'Where the client of the onboarding API gets its tokens');
      if (clientId) output('OnboardingClientId', clientId, 'Id of the client of the onboarding API');
      if (clientSecret) output('OnboardingClientSecret', clientSecret.secretName, 'Name of the secret that holds the secret of the client');
    }
    output('ErrorQueue', this.errors.queue.queueUrl, 'Queue of messages that failed in a rule');
    output('RedriveFunction', this.errors.redriveFunction.functionName, 'Invoke with {} to put the failed messages through their rule again');
  }
}

/** Devices that come just in time have a certificate of their own. */
function defaultClaim(options: FleetProvisioningOptions = {}): ClaimCertificate | undefined {
  return options.templateType === ProvisioningTemplateType.JITP ? undefined : ClaimCertificate.generated();
}

/** The options that say something: one that is undefined does not take the place of what the zone supplies. */
function given<T extends object>(options?: T): Partial<T> {
  return Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function nameOf(zoneName: string | undefined, part: string): string | undefined {
  return zoneName === undefined ? undefined : `${zoneName}_${part}`;
}
