import { Pattern } from './pattern';

/** arn, partition, service, region, account, and the rest, in which colons mean nothing. */
const SEGMENTS = 6;

/**
 * Whether a pattern of an ARN matches one. Wildcards stay within their segment; in the last they cross slashes and colons.
 *
 * A pattern with fewer segments matches only when it ends with `*`, as `*` alone does.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function arnMatches(pattern: Pattern, arn: string): boolean {
  return segmentsMatch(pattern, arn, segmentsOf(arn));
}

/** The same, with the ARN taken apart before: many patterns are compared with one. */
export function segmentsMatch(pattern: Pattern, arn: string, segments: readonly string[]): boolean {
  if (pattern.matchesAnything) return true;
  const parts = pattern.segments(SEGMENTS);
  if (parts.length < SEGMENTS) return pattern.text.endsWith('*') && pattern.matches(arn);
  return segments.length === SEGMENTS && parts.every((part, at) => part.matches(segments[at]));
}

export function segmentsOf(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length < SEGMENTS ? parts : [...parts.slice(0, SEGMENTS - 1), parts.slice(SEGMENTS - 1).join(':')];
}
