import { creationOrder, dependenciesOf } from './references';
import { Template } from './template';

export interface Creation {
  /** Whether others go on while this one is made. */
  takesTime(logicalId: string): boolean;
  make(logicalId: string): Promise<void>;
}

/**
 * Makes the resources of a template one after the other, each after those that it refers to or depends on. What takes time is begun in its
 * turn, and awaited only by those that need it.
 *
 * @throws the error of the first in that order, when nothing is being made any more
 */
export async function inOrder(template: Template, { takesTime, make }: Creation): Promise<void> {
  const order = creationOrder(template);
  const begun = new Map<string, Promise<void>>();
  const failures = new Map<string, unknown>();
  for (const logicalId of order) {
    const needed = dependenciesOf(template.Resources, logicalId);
    await Promise.all(needed.map(other => begun.get(other)));
    if (failures.size > 0) break;
    const made = make(logicalId).catch((error: unknown) => { failures.set(logicalId, error); });
    if (takesTime(logicalId)) begun.set(logicalId, made);
    else await made;
  }
  await Promise.all(begun.values());
  const failed = order.find(logicalId => failures.has(logicalId));
  if (failed !== undefined) throw failures.get(failed);
}
