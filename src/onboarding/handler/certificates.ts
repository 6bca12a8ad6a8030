import { IotCalls, Rotations } from './device';
import { refuse } from './refusal';

/** AWS IoT detaches a thing within seconds of the call, and until then keeps the certificate. */
const PATIENCE_MS = [200, 500, 1_000, 2_000, 3_000];

export interface RemovalDeps {
  readonly iot: IotCalls;
  readonly rotations: Rotations;
  readonly wait: (ms: number) => Promise<void>;
}

/**
 * Deletes a certificate, from any point that an earlier try may have come to.
 *
 * First it becomes inactive, the one thing that matters if a later step fails: nobody can connect with it any more. AWS IoT wants that,
 * and that nothing is attached, before it deletes.
 */
export async function removeCertificate(certificateId: string, thingName: string, { iot, rotations, wait }: RemovalDeps): Promise<void> {
  const found = await iot.findCertificate(certificateId);
  if (found) {
    const { certificateArn, status } = found;
    if (status === 'ACTIVE') await iot.setStatus(certificateId, 'INACTIVE');
    await iot.detachThing(thingName, certificateArn);
    await iot.detachPolicies(certificateArn);
    await deleteInTime(certificateId, iot, wait);
  }
  await rotations.forget(certificateId);
}

async function deleteInTime(certificateId: string, iot: IotCalls, wait: RemovalDeps['wait']): Promise<void> {
  for (const ms of PATIENCE_MS) {
    if (await iot.deleteCertificate(certificateId)) return;
    await wait(ms);
  }
  if (!await iot.deleteCertificate(certificateId)) throw refuse('StillAttached', 'the certificate is inactive, and AWS IoT still detaches it: repeat the call');
}
