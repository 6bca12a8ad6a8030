import { Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { THING_NAME_VARIABLE } from './topic-pattern';

/** What one prop lets a device do. */
export interface PolicyGrant {
  /** The prop that asks for it, for the message that says which grants cost most. */
  readonly prop: string;
  readonly statements: GrantStatement[];
}

export interface GrantStatement {
  readonly actions: string[];
  /** What follows the account in the ARN: `topic/data/…`. */
  readonly resources: string[];
  readonly condition?: Record<string, Record<string, string | string[]>>;
}

/** A statement as it stands in the document. */
export interface PolicyDocumentStatement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: Record<string, Record<string, string | string[]>>;
}

/**
 * Connect as the own thing, with the certificate attached to it, and with no more MQTT features than named.
 *
 * ForAllValues is true for a device that asks for none of them, so a plain connect passes whatever the list holds.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/connect-policy.html
 */
export function connectGrant(connectAttributes: string[]): PolicyGrant {
  return {
    prop: 'connect',
    statements: [{
      actions: ['iot:Connect'],
      resources: [`client/${THING_NAME_VARIABLE}`],
      condition: {
        'Bool': { 'iot:Connection.Thing.IsAttached': 'true' },
        'ForAllValues:StringEquals': { 'iot:ConnectAttributes': connectAttributes },
      },
    }],
  };
}

/** Publish, and where asked for with the RETAIN flag, which is an action of its own beside Publish. */
export function publishGrant(prop: string, topics: string[], retained = false): PolicyGrant {
  return { prop, statements: [{ actions: retained ? ['iot:Publish', 'iot:RetainPublish'] : ['iot:Publish'], resources: topics.map(asTopic) }] };
}

/** Subscribe and the Receive without which a subscription stays silent. */
export function receiveGrant(prop: string, topics: string[]): PolicyGrant {
  return {
    prop,
    statements: [
      { actions: ['iot:Receive'], resources: topics.map(asTopic) },
      { actions: ['iot:Subscribe'], resources: topics.map(asTopicFilter) },
    ],
  };
}

/** Ask and be answered on the same reserved topics. */
export function dialogueGrant(prop: string, topics: string[]): PolicyGrant {
  return {
    prop,
    statements: [
      { actions: ['iot:Publish', 'iot:Receive'], resources: topics.map(asTopic) },
      { actions: ['iot:Subscribe'], resources: topics.map(asTopicFilter) },
    ],
  };
}

/** A reserved topic of the connected thing: `$aws/things/<thing>/…`. */
export function reservedTopic(rest: string): string {
  return `$aws/things/${THING_NAME_VARIABLE}/${rest}`;
}

/**
 * The grants as statements, with the fewest characters that keep them exact: resources that may do the same share a statement.
 *
 * ARNs are joined, never substituted, because Fn::Sub would take policy variables for resources of the template.
 */
export function statementsOf(scope: IConstruct, grants: PolicyGrant[]): PolicyDocumentStatement[] {
  const groups = new Map<string, GrantStatement>();
  const granted = mergeActions(grants.flatMap(grant => grant.statements));
  for (const { actions, resources, condition } of granted) {
    const key = JSON.stringify([actions, condition]);
    const group = groups.get(key);
    groups.set(key, { actions, resources: [...group?.resources ?? [], ...resources], condition });
  }
  return [...groups.values()].map(({ actions, resources, condition }) => ({
    Effect: 'Allow',
    Action: oneOrMany(actions),
    Resource: oneOrMany(resources.map(resource => arnOf(scope, resource))),
    ...(condition ? { Condition: condition } : {}),
  }));
}

/** One entry per resource and condition, with every action that any grant gives it. */
function mergeActions(statements: GrantStatement[]): GrantStatement[] {
  const merged = new Map<string, GrantStatement>();
  for (const { actions, resources, condition } of statements) {
    for (const resource of resources) {
      const key = JSON.stringify([resource, condition]);
      const before = merged.get(key)?.actions ?? [];
      merged.set(key, { actions: [...new Set([...before, ...actions])].sort(), resources: [resource], condition });
    }
  }
  return [...merged.values()];
}

function arnOf(scope: IConstruct, typeAndName: string): string {
  const slash = typeAndName.indexOf('/');
  return Stack.of(scope).formatArn({ service: 'iot', resource: typeAndName.slice(0, slash), resourceName: typeAndName.slice(slash + 1) });
}

function oneOrMany(values: string[]): string | string[] {
  return values.length === 1 ? values[0] : values;
}

function asTopic(topic: string): string {
  return `topic/${topic}`;
}

function asTopicFilter(topic: string): string {
  return `topicfilter/${topic}`;
}
