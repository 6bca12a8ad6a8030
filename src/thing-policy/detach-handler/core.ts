/** The calls that taking a policy from its targets needs. */
export interface PolicyCalls {
  /** Logical id of the custom resource that may detach the policy. `undefined` when it has no such tag, or there is no such policy. */
  readonly detacher: (policyArn: string) => Promise<string | undefined>;
  /** All targets that have the policy now. `undefined` when there is no such policy. */
  readonly targets: (policyName: string) => Promise<string[] | undefined>;
  /** Detaches; succeeds when the target no longer has the policy. */
  readonly detach: (policyName: string, target: string) => Promise<void>;
  /** Versions that are not the default. */
  readonly oldVersions: (policyName: string) => Promise<string[]>;
  /** Deletes a version; succeeds when it is gone already. */
  readonly deleteVersion: (policyName: string, versionId: string) => Promise<void>;
}

export interface DetachLimits {
  /** Whether another call may begin. */
  readonly timeLeft: () => boolean;
  /** Waits before the targets are listed once more. */
  readonly settle: () => Promise<void>;
  /** Waits, once something was detached, until AWS IoT lets the policy be deleted. */
  readonly release: () => Promise<void>;
  /** Calls that run at once. */
  readonly parallel: number;
}

export interface Detached {
  readonly targets: number;
  readonly versions: number;
}

/**
 * Takes the policy from every target and deletes its old versions, so that it can be deleted.
 *
 * Safe to repeat and to run twice at once: what is still attached is asked for anew each time, nothing is remembered. The list
 * may lag behind (and certificates may be attached meanwhile), so it is read again until it is empty.
 *
 * @throws when the time is over before the list is empty; another run goes on from there
 */
export async function detachEverywhere(policyName: string, calls: PolicyCalls, limits: DetachLimits): Promise<Detached> {
  const detached = new Set<string>();
  for (;;) {
    const targets = await calls.targets(policyName);
    if (targets === undefined) return { targets: detached.size, versions: 0 };
    if (targets.length === 0) break;
    if (targets.every(target => detached.has(target))) await limits.settle();
    await inParallel(targets, limits, async target => {
      await calls.detach(policyName, target);
      detached.add(target);
    });
  }
  const versions = await calls.oldVersions(policyName);
  for (const version of versions) await calls.deleteVersion(policyName, version);
  if (detached.size > 0) await limits.release();
  return { targets: detached.size, versions: versions.length };
}

/** Ends only when every call has ended, so that nothing runs on after CloudFormation has its answer. */
async function inParallel(items: string[], limits: DetachLimits, work: (item: string) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const failures: unknown[] = [];
  const worker = async () => {
    while (waiting.length > 0 && failures.length === 0 && limits.timeLeft()) {
      await work(waiting.pop()!).catch(error => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: limits.parallel }, worker));
  if (failures.length > 0) throw failures[0];
  if (waiting.length > 0) throw new Error(`time is over with ${waiting.length} target(s) left: delete the policy again to go on`);
}
