import { CREATE_FAILED, CustomResourceEvent, CustomResourceResult } from '../../private/custom-resource/answer';

export interface NewCertificate {
  readonly certificateId: string;
  readonly certificateArn: string;
  readonly certificatePem: string;
  readonly privateKey: string;
}

/** The calls to AWS IoT and Secrets Manager, one request each unless it pages. Removing what is gone already is no error. */
export interface ClaimDeps {
  /** A certificate and keys, not active yet. */
  readonly createCertificate: () => Promise<NewCertificate>;
  /** A certificate as it is, or undefined where there is none. */
  readonly findCertificate: (certificateId: string) => Promise<{ readonly certificateArn: string; readonly status: string } | undefined>;
  readonly setStatus: (certificateId: string, status: 'ACTIVE' | 'INACTIVE') => Promise<void>;
  readonly detachPolicies: (certificateArn: string) => Promise<void>;
  readonly deleteCertificate: (certificateId: string) => Promise<void>;
  /** Stores the keys as the version that has the id of the certificate, makes it current and labels it. */
  readonly store: (certificate: NewCertificate, label: string) => Promise<void>;
  /** The id of the certificate whose version has the label. */
  readonly stored: (label: string) => Promise<string | undefined>;
  /** Makes the version of a certificate the current one again. */
  readonly makeCurrent: (certificateId: string) => Promise<void>;
}

/**
 * One certificate for each rotation, whatever happens to the requests of CloudFormation.
 *
 * The secret remembers which certificate belongs to which rotation, as a label on the version that holds its keys. So a
 * request that comes twice finds its certificate, and the rollback of an update finds the one from before.
 */
export const makeClaim = (deps: ClaimDeps) => async (event: CustomResourceEvent): Promise<CustomResourceResult> => {
  if (event.RequestType === 'Delete') {
    await remove(event.PhysicalResourceId ?? CREATE_FAILED, deps);
    return { physicalResourceId: event.PhysicalResourceId ?? CREATE_FAILED };
  }
  const label = `rotation:${String(event.ResourceProperties.Rotation)}`;
  const { certificateId, certificateArn } = await existing(label, deps) ?? await create(label, deps);
  return { physicalResourceId: certificateId, data: { CertificateId: certificateId, CertificateArn: certificateArn } };
};

type Certificate = Pick<NewCertificate, 'certificateId' | 'certificateArn'>;

async function existing(label: string, deps: ClaimDeps): Promise<Certificate | undefined> {
  const certificateId = await deps.stored(label);
  const found = certificateId === undefined ? undefined : await deps.findCertificate(certificateId);
  if (certificateId === undefined || found === undefined) return undefined;
  if (found.status === 'REVOKED') throw new Error(`certificate ${certificateId} of this rotation was revoked: pass another rotation`);
  await deps.makeCurrent(certificateId);
  if (found.status !== 'ACTIVE') await deps.setStatus(certificateId, 'ACTIVE');
  return { certificateId, certificateArn: found.certificateArn };
}

/** The certificate becomes active last: a run that is cut short leaves at most one that nobody can connect with. */
async function create(label: string, deps: ClaimDeps): Promise<Certificate> {
  const certificate = await deps.createCertificate();
  try {
    await deps.store(certificate, label);
    await deps.setStatus(certificate.certificateId, 'ACTIVE');
    return certificate;
  } catch (error) {
    await undo(certificate, error, deps);
    throw error;
  }
}

async function undo({ certificateId }: Certificate, cause: unknown, deps: ClaimDeps): Promise<void> {
  try {
    await remove(certificateId, deps);
  } catch (error) {
    const reason = `${describe(cause)}; certificate ${certificateId} could not be removed either (${describe(error)}): delete it by hand`;
    throw new Error(reason, { cause });
  }
}

async function remove(certificateId: string, deps: ClaimDeps): Promise<void> {
  if (certificateId === CREATE_FAILED) return;
  const found = await deps.findCertificate(certificateId);
  if (found === undefined) return;
  // First the one thing that matters if a later step fails: nobody can connect with it any more.
  if (found.status === 'ACTIVE') await deps.setStatus(certificateId, 'INACTIVE');
  await deps.detachPolicies(found.certificateArn);
  await deps.deleteCertificate(certificateId);
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
