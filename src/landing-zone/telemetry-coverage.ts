import { Annotations, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { FirehoseBatchPipelineOptions } from '../firehose-batch/firehose-batch-options';
import { DEFAULT_TOPIC_FILTER } from '../firehose-batch/telemetry-sql';

const WARNING = 'cdk-iot-landing-zone:telemetryNotTaken';

/** Devices may publish what no rule of the zone takes: that is legal, AWS IoT acknowledges it, and nothing is stored. */
export function warnOfUntakenTelemetry(policy: IConstruct, telemetryTopics: string[], telemetry: FirehoseBatchPipelineOptions): void {
  const filter = telemetry.topicFilter ?? DEFAULT_TOPIC_FILTER;
  if (telemetry.sql !== undefined || Token.isUnresolved(filter)) return;
  const untaken = telemetryTopics.filter(topic => !Token.isUnresolved(topic) && !covers(filter, topic));
  if (untaken.length === 0) return;
  Annotations.of(policy).addWarningV2(WARNING, `devices may publish to ${JSON.stringify(untaken)}, which the telemetry rule does not take: `
    + `it reads '${filter}'. Set 'telemetry.topicFilter' and 'thingPolicy.telemetryTopics' to fit, or add a rule of your own`);
}

/**
 * Whether every topic that a pattern of the policy allows matches an MQTT filter.
 *
 * `<thing>` is one level; a `*` may stand for several.
 */
export function covers(filter: string, pattern: string): boolean {
  const levels = pattern.split('/');
  const filterLevels = filter.split('/');
  for (let at = 0; at < filterLevels.length; at++) {
    if (filterLevels[at] === '#') return true;
    const level = levels[at];
    if (level === undefined || level.includes('*')) return false;
    if (filterLevels[at] !== '+' && filterLevels[at] !== level) return false;
  }
  return levels.length === filterLevels.length;
}
