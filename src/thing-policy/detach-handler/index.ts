import {
  DeletePolicyVersionCommand, DetachPolicyCommand, IoTClient, ListPolicyVersionsCommand, paginateListTagsForResource, paginateListTargetsForPolicy,
  ResourceNotFoundException,
} from '@aws-sdk/client-iot';
import { detachEverywhere, DetachLimits, PolicyCalls } from './core';
import { DETACH_TAG, DETACHMENT_PROPERTIES } from './env';
import { answering, CREATE_FAILED, CustomResourceEvent, CustomResourceResult } from '../../private/custom-resource/answer';

/** What Lambda tells about an invocation, as far as it is used. */
interface Invocation {
  readonly getRemainingTimeInMillis: () => number;
}

/** Enough to end the calls that run, and to answer CloudFormation. */
const TIME_TO_ANSWER_MS = 30_000;
const SETTLE_MS = 2_000;
/** A policy may take so long until it can be deleted. @see https://docs.aws.amazon.com/iot/latest/apireference/API_DetachPolicy.html */
const RELEASE_MS = 300_000;
/** AWS IoT detaches some ten targets a second and answers more with a throttle. */
const PARALLEL_CALLS = 5;
/** Certificates and thing groups in one answer of AWS IoT: its maximum. */
const PAGE_SIZE = 250;

export function policyCalls(client: IoTClient): PolicyCalls {
  return {
    detacher: resourceArn => orIfAbsent(undefined, async () => {
      for await (const { tags = [] } of paginateListTagsForResource({ client }, { resourceArn })) {
        const tag = tags.find(({ Key }) => Key === DETACH_TAG);
        if (tag) return tag.Value;
      }
      return undefined;
    }),
    targets: policyName => orIfAbsent(undefined, async () => {
      const targets: string[] = [];
      for await (const page of paginateListTargetsForPolicy({ client, pageSize: PAGE_SIZE }, { policyName })) targets.push(...page.targets ?? []);
      return targets;
    }),
    detach: (policyName, target) => orIfAbsent(undefined, async () => {
      await client.send(new DetachPolicyCommand({ policyName, target }));
    }),
    oldVersions: policyName => orIfAbsent([], async () => {
      const { policyVersions = [] } = await client.send(new ListPolicyVersionsCommand({ policyName }));
      return policyVersions.filter(version => !version.isDefaultVersion).map(version => version.versionId!);
    }),
    deleteVersion: (policyName, policyVersionId) => orIfAbsent(undefined, async () => {
      await client.send(new DeletePolicyVersionCommand({ policyName, policyVersionId }));
    }),
  };
}

/** What is gone already needs no work: another run, or a person, was faster. */
async function orIfAbsent<T>(absent: T, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return absent;
    throw error;
  }
}

/**
 * The physical id is the ARN of the policy, and a Delete goes by it alone: when another policy takes the place of one, the Delete of the
 * old id is about the old policy, whatever the properties say.
 */
export const makeWork = (calls: PolicyCalls, limits: DetachLimits) => async (event: CustomResourceEvent): Promise<CustomResourceResult> => {
  const given = String(event.ResourceProperties[DETACHMENT_PROPERTIES.policyArn]);
  const policyArn = event.RequestType === 'Delete' ? event.PhysicalResourceId ?? given : given;
  const result = { physicalResourceId: policyArn };
  if (event.RequestType !== 'Delete' || policyArn === CREATE_FAILED) return result;
  // The policy is updated before resources that left the template are deleted, so its tag tells what the new template wants.
  if (await calls.detacher(policyArn) !== event.LogicalResourceId) {
    console.log(JSON.stringify({ decision: 'kept', policy: policyArn }));
    return result;
  }
  const { targets, versions } = await detachEverywhere(policyNameIn(policyArn), calls, limits);
  console.log(JSON.stringify({ decision: 'detached', policy: policyArn, targets, versions }));
  return result;
};

/** Names of policies have no slash. */
function policyNameIn(policyArn: string): string {
  return policyArn.slice(policyArn.lastIndexOf('/') + 1);
}

let client: IoTClient | undefined;

export const handler = async (event: CustomResourceEvent, invocation: Invocation): Promise<void> => {
  client ??= new IoTClient({ retryMode: 'adaptive', maxAttempts: 10 });
  const spareMs = () => invocation.getRemainingTimeInMillis() - TIME_TO_ANSWER_MS;
  const wait = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, Math.max(0, Math.min(ms, spareMs()))));
  return answering(makeWork(policyCalls(client), {
    timeLeft: () => spareMs() > 0,
    settle: () => wait(SETTLE_MS),
    release: () => wait(RELEASE_MS),
    parallel: PARALLEL_CALLS,
  }))(event);
};
