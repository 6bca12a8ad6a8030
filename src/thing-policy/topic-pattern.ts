import { Token } from 'aws-cdk-lib';
import { topicProblems } from '../mqtt/topic';
import { Problem } from '../private/validation';

/** Topics of a device's own messages, where nobody says others. */
export const DEFAULT_TELEMETRY_TOPICS = ['data/<thing>/*'];
/** Topics that a device subscribes to, where nobody says others. */
export const DEFAULT_COMMAND_TOPICS = ['cmd/<thing>/*'];

/** AWS IoT puts the name of the connected thing in its place. It must never pass through Fn::Sub, which would look for a resource of that name. */
export const THING_NAME_VARIABLE = '${iot:Connection.Thing.ThingName}';
/** What a topic of a ThingPolicy has where the name of the thing goes. */
export const THING_PLACEHOLDER = '<thing>';

/** A topic pattern as it goes into a policy: the placeholder becomes the policy variable. */
export function topicOfThing(pattern: string): string {
  return pattern.split(THING_PLACEHOLDER).join(THING_NAME_VARIABLE);
}

/**
 * Checks patterns of topics that belong to one thing each. Tokens pass.
 *
 * Thing names hold no slash and no wildcard, so a pattern that has the name as a level of its own, with nothing of variable
 * length before it, never matches a topic of another thing.
 */
export function thingTopicProblems(prop: string, patterns: string[]): Problem[] {
  return patterns.flatMap((pattern, at) => Token.isUnresolved(pattern) ? [] : patternProblems(`${prop}[${at}]`, pattern));
}

function patternProblems(prop: string, got: string): Problem[] {
  if (/[+#]/.test(got)) return [wildcardProblem(prop, got)];
  if (got.startsWith('$')) {
    return [{ prop, got, allowed: 'a topic that does not begin with $', fix: 'AWS reserves those: use the props for shadows, jobs, metrics and Basic Ingest' }];
  }
  const levels = topicOfThing(got).split('/');
  const own = levels.indexOf(THING_NAME_VARIABLE);
  if (own < 0) {
    const fix = `write for example data/${THING_PLACEHOLDER}/*, since without it one device could speak for another`;
    return [{ prop, got, allowed: `a topic with ${THING_PLACEHOLDER} as a level of its own`, fix }];
  }
  if (/[*?]/.test(levels.slice(0, own).join('/'))) {
    const fix = 'move the wildcards behind it: before it they would also match topics of other things';
    return [{ prop, got, allowed: `a topic without * and ? before ${THING_PLACEHOLDER}`, fix }];
  }
  // The shortest thing name has one character; how long the real ones are is not known here.
  return topicProblems(prop, levels.map(level => level === THING_NAME_VARIABLE ? 't' : level).join('/')).map(problem => ({ ...problem, got }));
}

/** MQTT wildcards have no meaning in the topic of a policy: AWS IoT would compare them as plain text, and nothing would ever match. */
export function wildcardProblem(prop: string, got: string): Problem {
  return { prop, got, allowed: 'a topic without + and #', fix: 'write * for any characters: in a policy + and # are plain text, which no topic has' };
}
