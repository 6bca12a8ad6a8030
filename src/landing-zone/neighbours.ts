import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { FirehoseBatchPipelineOptions } from '../firehose-batch/firehose-batch-options';
import { DEFAULT_TOPIC_FILTER } from '../firehose-batch/telemetry-sql';
import { Problem } from '../private/validation';

const WARNING = 'cdk-iot-landing-zone:zonesShareTopics';

interface Neighbour {
  readonly zone: IConstruct;
  readonly zoneName?: string;
  /** Undefined where a statement of the user's own says what is read. */
  readonly topicFilter?: string;
}

/** The zones of each app. */
const zones = new WeakMap<IConstruct, Neighbour[]>();

/** AWS IoT refuses the second rule or template of a name, but only in the middle of a deployment. */
export function takenNameProblems(zone: IConstruct, zoneName: string | undefined): Problem[] {
  if (zoneName === undefined || Token.isUnresolved(zoneName)) return [];
  return neighboursOf(zone).filter(other => other.zoneName === zoneName).slice(0, 1).map(other => ({
    prop: 'zoneName', got: zoneName, allowed: `one that ${other.zone.node.path} in the same account and Region does not have`, fix: 'choose another name',
  }));
}

/** Remembers a zone, and tells when it stores what the devices of another zone send as well: topics are those of the account and Region. */
export function meetNeighbours(zone: IConstruct, zoneName: string | undefined, telemetry: FirehoseBatchPipelineOptions = {}): void {
  const { sql, topicFilter = DEFAULT_TOPIC_FILTER } = telemetry;
  const filter = sql === undefined && !Token.isUnresolved(topicFilter) ? topicFilter : undefined;
  const sharing = neighboursOf(zone).find(other => filter !== undefined && other.topicFilter !== undefined && overlap(filter, other.topicFilter));
  if (sharing) {
    Annotations.of(zone).addWarningV2(WARNING, `the telemetry rules of this zone and of ${sharing.zone.node.path} read '${filter}' and '${sharing.topicFilter}' `
      + "of one account and Region, so that both store the same messages: give each zone topics of its own by 'telemetry.topicFilter' and 'thingPolicy.telemetryTopics'");
  }
  const known = zones.get(zone.node.root) ?? [];
  zones.set(zone.node.root, [...known, { zone, zoneName, topicFilter: filter }]);
}

/** Stacks for any account or Region may go to different ones, so of these only one and the same counts. */
function neighboursOf(zone: IConstruct): Neighbour[] {
  const stack = Stack.of(zone);
  const isKnown = !Token.isUnresolved(stack.account) && !Token.isUnresolved(stack.region);
  return (zones.get(zone.node.root) ?? []).filter(other => {
    const others = Stack.of(other.zone);
    return others === stack || (isKnown && others.account === stack.account && others.region === stack.region);
  });
}

/** Whether there is a topic that both filters match. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [one.split('/'), other.split('/')];
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    if (a[at] === '#' || b[at] === '#') return true;
    if (a[at] === undefined || b[at] === undefined) return false;
    if (a[at] !== '+' && b[at] !== '+' && a[at] !== b[at]) return false;
  }
  return true;
}
