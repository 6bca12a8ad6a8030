import { Annotations, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct, IConstruct } from 'constructs';
import { PolicyDetachment } from './policy-detachment';
import { connectGrant, dialogueGrant, PolicyGrant, publishGrant, receiveGrant, reservedTopic, statementsOf } from './policy-grants';
import { MAX_DOCUMENT_CHARACTERS, sizeOf } from './policy-size';
import { DEFAULT_COMMAND_TOPICS, DEFAULT_TELEMETRY_TOPICS, thingTopicProblems, topicOfThing, wildcardProblem } from './topic-pattern';
import { kindProblems, Kinds, Problem, textProblems, throwOnProblems } from '../private/validation';
import { IngestRule } from '../rules/ingest-rule';

/** @see https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicy.html */
const POLICY_NAME = { max: 128, pattern: /^[\w+=,.@-]+$/, characters: 'letters, digits and _+=,.@-' };
/** @see https://docs.aws.amazon.com/iot/latest/apireference/API_CreateRoleAlias.html */
const ROLE_ALIAS = { max: 128, pattern: /^[\w=,@-]+$/, characters: 'letters, digits and _=,@-' };
/** @see https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_UpdateThingShadow.html ; `*` and `?` are the policy's own. */
const SHADOW_NAME = { max: 64, pattern: /^[$a-zA-Z0-9:_*?-]+$/, characters: 'letters, digits and $:_-, or *' };
const KINDS: Kinds<ThingPolicyProps> = {
  texts: ['policyName', 'roleAlias'], textLists: ['telemetryTopics', 'commandTopics', 'namedShadows'], lists: ['statements', 'basicIngestRules'],
};
const ALL_SHADOWS = ['*'];
/**
 * `get…` and `delete…`, then `update…`, but not `name/…`: told apart by the second letter. Written out they would be three
 * patterns, 230 characters more, and no named shadow would fit beside the classic one.
 */
const CLASSIC_SHADOW = ['shadow/?e*', 'shadow/?p*'];
/** Where a grant that is not a prop comes from, in the message about the document's size. */
const ADDED_STATEMENTS = 'statements';
const SIZE_WARNING = 'cdk-iot-landing-zone:thingPolicyMayBeTooLong';

/** An AWS IoT policy that things may have, made here or elsewhere. */
export interface IThingPolicy extends IConstruct {
  /** The name, for provisioning templates and attachments. */
  readonly policyName: string;
  /** The ARN of the policy. */
  readonly policyArn: string;
}

/** Options of a ThingPolicy. */
export interface ThingPolicyOptions {
  /**
   * Name of the policy: 1 to 128 letters, digits and `_+=,.@-`. Another name makes another policy.
   * Devices stay on the old one with RETAIN, and have none with DESTROY, until they get the new one.
   *
   * @default - CloudFormation makes one
   */
  readonly policyName?: string;

  /**
   * Topics of a device's own messages, for publishing through the message broker and over Basic Ingest alike.
   *
   * `<thing>` stands for the name of the connected thing and must be a level of its own. `*` after it stands for any characters,
   * slashes too. At most 256 bytes and 7 slashes, of which the name of the thing takes its part. An empty list allows no telemetry.
   *
   * @default ['data/<thing>/*']
   */
  readonly telemetryTopics?: string[];

  /**
   * Whether telemetry may go through the message broker, where others can subscribe to it.
   *
   * Without it devices reach only the rules given to `basicIngestRules` or `allowBasicIngest`.
   *
   * @default true
   */
  readonly telemetryOverBroker?: boolean;

  /**
   * Topics that a device may subscribe to and receive from, written like `telemetryTopics`. An empty list allows none.
   *
   * @default ['cmd/<thing>/*']
   */
  readonly commandTopics?: string[];

  /**
   * Whether a device may use its classic (unnamed) shadow over MQTT.
   *
   * @default true
   */
  readonly classicShadow?: boolean;

  /**
   * Names of the shadows that a device may use over MQTT; `*` stands for any characters. An empty list allows none.
   *
   * @default ['*']
   */
  readonly namedShadows?: string[];

  /**
   * Whether a device may learn of its jobs and report on them over MQTT.
   *
   * @default true
   */
  readonly jobs?: boolean;

  /**
   * Whether a device may report metrics to AWS IoT Device Defender.
   *
   * @default true
   */
  readonly defenderMetrics?: boolean;

  /**
   * Whether a device may leave a last will. Its topic must be one that the device may publish to.
   *
   * @default true
   */
  readonly lastWill?: boolean;

  /**
   * Whether a device may ask for a persistent session, in which subscriptions and QoS 1 messages survive a lost connection.
   *
   * @default true
   */
  readonly persistentSessions?: boolean;

  /**
   * Whether a device may publish its telemetry with the RETAIN flag. AWS IoT closes the connection of one that does so without leave.
   *
   * Off by default because the number of retained messages is a quota of the whole account that one device could use up.
   *
   * @default false
   */
  readonly retainedMessages?: boolean;

  /**
   * Name of the role alias whose temporary credentials a device may ask for with its certificate.
   *
   * @default - devices get no AWS credentials
   * @see https://docs.aws.amazon.com/iot/latest/developerguide/authorizing-direct-aws.html
   */
  readonly roleAlias?: string;

  /**
   * Statements of your own, added as they are. AWS IoT knows no principals here; explicit denies win over everything above.
   *
   * @default - what the options above allow, and no more
   */
  readonly statements?: iam.PolicyStatement[];
}

/** Properties of a ThingPolicy. */
export interface ThingPolicyProps extends ThingPolicyOptions {
  /**
   * Rules that devices may reach by Basic Ingest, each on its own telemetry topics only.
   *
   * @default - added later with `allowBasicIngest`
   * @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-basic-ingest.html
   */
  readonly basicIngestRules?: IngestRule[];

  /**
   * What happens to the policy when the construct is removed.
   *
   * AWS IoT refuses to delete a policy that a certificate or group still has. With DESTROY a function detaches it from all of
   * them first: every device loses its permissions at that moment. A change from DESTROY to RETAIN detaches nothing.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Key that encrypts the log of the function that detaches the policy. The policy itself is not encrypted by customer keys.
   *
   * @default - a key of CloudWatch Logs, at no charge
   */
  readonly encryptionKey?: kms.IKey;
}

/**
 * One AWS IoT policy for a whole fleet, built from what a device may do.
 *
 * Policy variables keep devices apart: each connects only as its own thing, and publishes, subscribes and receives only on topics
 * that have its name. The certificate must be attached to the thing, and the client id must be the thing's name.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html
 * @example
 * import { Stack } from 'aws-cdk-lib';
 * import { ThingPolicy } from 'cdk-iot-landing-zone';
 *
 * declare const stack: Stack;
 *
 * new ThingPolicy(stack, 'Presses', { telemetryTopics: ['data/<thing>/telemetry'], retainedMessages: true });
 */
export class ThingPolicy extends Construct implements IThingPolicy {
  /**
   * Uses a policy that exists already. Nothing can be added to it.
   *
   * @param scope where the reference lives
   * @param id its id there
   * @param policyName name of the policy, in the account and Region of the stack
   */
  public static fromPolicyName(scope: Construct, id: string, policyName: string): IThingPolicy {
    class Import extends Construct implements IThingPolicy {
      readonly policyName = policyName;
      readonly policyArn = Stack.of(this).formatArn({ service: 'iot', resource: 'policy', resourceName: policyName });
    }
    return new Import(scope, id);
  }

  readonly policyName: string;
  readonly policyArn: string;

  private readonly telemetryTopics: string[];
  private readonly grants: PolicyGrant[];
  private readonly added: unknown[] = [];

  constructor(scope: Construct, id: string, props: ThingPolicyProps = {}) {
    super(scope, id);
    throwOnProblems(this, kindProblems(props, KINDS));
    const telemetryTopics = props.telemetryTopics ?? DEFAULT_TELEMETRY_TOPICS;
    const commandTopics = props.commandTopics ?? DEFAULT_COMMAND_TOPICS;
    throwOnProblems(this, problemsOf({ ...props, telemetryTopics, commandTopics }));

    this.telemetryTopics = telemetryTopics.map(topicOfThing);
    this.grants = grantsOf(props, this.telemetryTopics, commandTopics.map(topicOfThing));
    props.statements?.forEach(statement => this.added.push(statement.toStatementJson()));
    props.basicIngestRules?.forEach(rule => this.grants.push(this.basicIngestGrant(rule)));
    this.throwIfTooLong();

    const policy = this.createPolicy(props.policyName);
    policy.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.RETAIN);
    this.policyName = policy.ref;
    this.policyArn = policy.attrArn;
    if (props.removalPolicy === RemovalPolicy.DESTROY) new PolicyDetachment(this, 'Detachment', { policy, encryptionKey: props.encryptionKey });
  }

  /**
   * Lets devices publish their telemetry straight to a rule, without the messaging charge, on their own topics only:
   * `$aws/rules/<rule>/data/<thing>/…`.
   *
   * @param rule the rule that shall get the messages; in another stack it must have a `ruleName` or a path that stays
   */
  public allowBasicIngest(rule: IngestRule): void {
    throwOnProblems(this, noTelemetryProblems('telemetryTopics', this.telemetryTopics, 1));
    this.grow(this.grants, this.basicIngestGrant(rule));
  }

  /**
   * Adds a statement of your own as it is.
   *
   * @param statement without principals; later changes to it have no effect here
   */
  public addStatement(statement: iam.PolicyStatement): void {
    throwOnProblems(this, statementProblems('statement', statement));
    this.grow(this.added, statement.toStatementJson());
  }

  /** Whoever catches the error goes on with the policy as it was. */
  private grow<T>(list: T[], item: T): void {
    list.push(item);
    try {
      this.throwIfTooLong();
    } catch (error) {
      list.pop();
      throw error;
    }
  }

  private createPolicy(policyName?: string): iot.CfnPolicy {
    const policy = new iot.CfnPolicy(this, 'Policy', {
      policyName,
      policyDocument: Lazy.any({ produce: () => this.documentOf(this.grants, this.added) }),
    });
    this.node.defaultChild = policy;
    return policy;
  }

  private basicIngestGrant(rule: IngestRule): PolicyGrant {
    return publishGrant('basicIngestRules', this.telemetryTopics.map(topic => rule.basicIngestTopicFor(topic)));
  }

  private documentOf(grants: PolicyGrant[], added: unknown[]): Record<string, unknown> {
    return { Version: '2012-10-17', Statement: [...statementsOf(this, grants), ...added] };
  }

  private throwIfTooLong(): void {
    const { atLeast, atMost } = sizeOf(this, this.documentOf(this.grants, this.added));
    if (atLeast > MAX_DOCUMENT_CHARACTERS) {
      throwOnProblems(this, [{
        prop: 'document',
        got: atLeast,
        allowed: `at most ${MAX_DOCUMENT_CHARACTERS} characters without white space (partition, Region and account counted at their longest)`,
        fix: `switch off or shorten what costs most: ${this.costs(atLeast)}`,
      }]);
    }
    if (atMost > MAX_DOCUMENT_CHARACTERS) {
      Annotations.of(this).addWarningV2(SIZE_WARNING,
        `the policy holds names that are known only at deployment; with long ones it passes ${MAX_DOCUMENT_CHARACTERS} characters and fails there`);
    }
  }

  /** What each prop adds to the document, the dearest first. */
  private costs(total: number): string {
    const props = [...new Set([...this.grants.map(grant => grant.prop), ADDED_STATEMENTS])];
    const charactersWithout = (prop: string) => {
      const added = prop === ADDED_STATEMENTS ? [] : this.added;
      return sizeOf(this, this.documentOf(this.grants.filter(grant => grant.prop !== prop), added)).atLeast;
    };
    return props.map(prop => ({ prop, characters: total - charactersWithout(prop) })).filter(({ characters }) => characters > 0)
      .sort((a, b) => b.characters - a.characters).map(({ prop, characters }) => `${prop} ${characters}`).join(', ');
  }
}

function grantsOf(props: ThingPolicyProps, telemetryTopics: string[], commandTopics: string[]): PolicyGrant[] {
  const connectAttributes = [
    ...((props.lastWill ?? true) ? ['LastWill'] : []),
    ...((props.persistentSessions ?? true) ? ['PersistentConnect'] : []),
  ];
  const shadows = shadowTopics(props.classicShadow ?? true, props.namedShadows ?? ALL_SHADOWS);
  return [
    connectGrant(connectAttributes),
    ...((props.telemetryOverBroker ?? true) ? [publishGrant('telemetryTopics', telemetryTopics, props.retainedMessages ?? false)] : []),
    receiveGrant('commandTopics', commandTopics),
    dialogueGrant('classicShadow/namedShadows', shadows),
    dialogueGrant('jobs', (props.jobs ?? true) ? [reservedTopic('jobs/*')] : []),
    dialogueGrant('defenderMetrics', (props.defenderMetrics ?? true) ? [reservedTopic('defender/metrics/*')] : []),
    ...(props.roleAlias === undefined ? [] : [{
      prop: 'roleAlias',
      statements: [{ actions: ['iot:AssumeRoleWithCertificate'], resources: [`rolealias/${props.roleAlias}`] }],
    }]),
  ];
}

/** Both kinds together are one pattern. The classic shadow alone is not, since `shadow/*` holds the named ones too. */
function shadowTopics(classic: boolean, named: string[]): string[] {
  const everyName = named.includes('*');
  if (classic && everyName) return [reservedTopic('shadow/*')];
  return [
    ...(classic ? CLASSIC_SHADOW : []).map(reservedTopic),
    ...(everyName ? [reservedTopic('shadow/name/*')] : named.map(name => reservedTopic(`shadow/name/${name}/*`))),
  ];
}

function problemsOf(props: ThingPolicyProps & { telemetryTopics: string[]; commandTopics: string[] }): Problem[] {
  return [
    ...textProblems('policyName', props.policyName, POLICY_NAME),
    ...thingTopicProblems('telemetryTopics', props.telemetryTopics),
    ...thingTopicProblems('commandTopics', props.commandTopics),
    ...(props.namedShadows ?? []).flatMap((name, at) => textProblems(`namedShadows[${at}]`, name, SHADOW_NAME)),
    ...textProblems('roleAlias', props.roleAlias, ROLE_ALIAS),
    ...(props.statements ?? []).flatMap((statement, at) => statementProblems(`statements[${at}]`, statement)),
    ...noTelemetryProblems('telemetryTopics', props.telemetryTopics, props.basicIngestRules?.length ?? 0),
  ];
}

function noTelemetryProblems(prop: string, topics: string[], rules: number): Problem[] {
  if (rules === 0 || topics.length > 0) return [];
  const fix = 'name the topics, and set telemetryOverBroker to false if only rules shall get them';
  return [{ prop, got: topics, allowed: 'at least one topic where a rule takes Basic Ingest', fix }];
}

function statementProblems(prop: string, statement: iam.PolicyStatement): Problem[] {
  // JavaScript may pass the JSON of a statement.
  if (typeof statement?.toStatementJson !== 'function') return [{ prop, got: statement, allowed: 'a PolicyStatement', fix: 'pass new iam.PolicyStatement({ … })' }];
  if (statement.actions.length === 0 && statement.notActions.length === 0) {
    return [{ prop, got: 'a statement without actions', allowed: 'a statement with at least one action', fix: "pass for example actions: ['iot:Receive']" }];
  }
  if (statement.resources.length === 0 && statement.notResources.length === 0) {
    return [{ prop, got: 'a statement without resources', allowed: 'a statement with at least one resource', fix: 'pass the ARNs that it speaks of, since AWS IoT refuses one without' }];
  }
  const wildcards = statement.resources.filter(resource => /:topic\/.*[+#]/.test(resource)).map(resource => wildcardProblem(prop, resource));
  const principals = statement.hasPrincipal
    ? [{ prop, got: 'a statement with a principal', allowed: 'a statement without principals', fix: 'leave them out: the policy speaks of the device that has it' }]
    : [];
  return [...wildcards, ...principals];
}
