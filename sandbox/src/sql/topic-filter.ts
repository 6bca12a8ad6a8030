/**
 * Tells whether a topic matches a filter as AWS IoT does it.
 *
 * Unlike in plain MQTT, `a/#` does not match `a`. A wildcard at the beginning does not match topics that begin with `$`.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/topics.html#topicfilters
 */
export function compileTopicFilter(filter: string): (levels: readonly string[]) => boolean {
  const pattern = filter.split('/');
  const open = pattern[pattern.length - 1] === '#';
  const fixed = open ? pattern.length - 1 : pattern.length;
  const wildcardFirst = pattern[0] === '+' || pattern[0] === '#';
  return levels => {
    if (open ? levels.length <= fixed : levels.length !== fixed) return false;
    if (wildcardFirst && levels[0].startsWith('$')) return false;
    for (let at = 0; at < fixed; at++) {
      if (pattern[at] !== '+' && pattern[at] !== levels[at]) return false;
    }
    return true;
  };
}

/** What is wrong with a filter, or undefined. */
export function problemOfTopicFilter(filter: string): string | undefined {
  const levels = filter.split('/');
  if (filter === '') return 'a topic filter is not empty';
  if (Buffer.byteLength(filter) > 256) return 'a topic filter has at most 256 bytes';
  if (levels.some((level, at) => level.includes('#') && (level !== '#' || at < levels.length - 1))) return "'#' stands alone at the end of a topic filter";
  return levels.some(level => level.includes('+') && level !== '+') ? "'+' stands for a whole level of a topic filter" : undefined;
}
