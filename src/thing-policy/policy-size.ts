import { Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** Characters that are not white space. @see https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicy.html */
export const MAX_DOCUMENT_CHARACTERS = 2_048;
/** The longest values that these have where AWS IoT runs: `aws-us-gov`, `ap-southeast-1` and an account number. */
const LONGEST_PSEUDO_PARAMETER: Record<string, number> = { 'AWS::Partition': 10, 'AWS::Region': 14, 'AWS::AccountId': 12 };
/** What a name that is only known when the stack is deployed may have: rules and role aliases have up to 128 characters. */
const LONGEST_NAME = 128;

export interface DocumentSize {
  /** Characters with the partition, Region and account at their longest, and other tokens as one character each. */
  readonly atLeast: number;
  /** Characters with the other tokens at the longest that AWS allows for a name. */
  readonly atMost: number;
}

/** How long AWS IoT will find a document that may still hold tokens. */
export function sizeOf(scope: IConstruct, document: unknown): DocumentSize {
  const resolved: unknown = Stack.of(scope).resolve(document);
  let unknown = 0;
  const filled = fill(resolved, () => {
    unknown++;
    return '?';
  });
  const atLeast = JSON.stringify(filled).replace(/\s/g, '').length;
  return { atLeast, atMost: atLeast + unknown * (LONGEST_NAME - 1) };
}

function fill(value: unknown, unknownToken: () => string): unknown {
  if (Array.isArray(value)) return value.map(item => fill(item, unknownToken));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && /^(Ref|Fn::)/.test(entries[0][0])) return fillIntrinsic(entries[0], unknownToken);
  return Object.fromEntries(entries.map(([key, item]) => [key, fill(item, unknownToken)]));
}

function fillIntrinsic([name, argument]: [string, unknown], unknownToken: () => string): string {
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return (fill(parts, unknownToken) as string[]).join(separator);
  }
  const longest = name === 'Ref' ? LONGEST_PSEUDO_PARAMETER[argument as string] : undefined;
  return longest === undefined ? unknownToken() : 'x'.repeat(longest);
}
