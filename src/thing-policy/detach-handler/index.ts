import {
  DeletePolicyVersionCommand, DetachPolicyCommand, IoTClient, ListPolicyVersionsCommand, paginateListTargetsForPolicy, ResourceNotFoundException,
} from '@aws-sdk/client-iot';
import { detachEverywhere, DetachLimits, PolicyCalls } from './core';
import { DETACHMENT_PROPERTIES } from './env';
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

/** The policy is named in the physical id, so that a policy of another name is detached by the Delete of the old id. */
export const makeWork = (calls: PolicyCalls, limits: DetachLimits) => async (event: CustomResourceEvent): Promise<CustomResourceResult> => {
  const policyName = String(event.ResourceProperties[DETACHMENT_PROPERTIES.policyName]);
  const physicalResourceId = event.RequestType === 'Delete' ? event.PhysicalResourceId ?? policyName : policyName;
  if (event.RequestType !== 'Delete' || physicalResourceId === CREATE_FAILED) return { physicalResourceId };
  const { targets, versions } = await detachEverywhere(policyName, calls, limits);
  console.log(JSON.stringify({ decision: 'detached', policy: policyName, targets, versions }));
  return { physicalResourceId };
};

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
