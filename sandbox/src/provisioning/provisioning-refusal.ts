import { ProvisioningError } from '../provisioning-template';
import { RegistryError } from '../registry/registry-error';

/** What the API of fleet provisioning answers with instead of a result. */
export class ProvisioningRefusal extends Error {
  constructor(readonly statusCode: number, readonly errorCode: string, message: string) {
    super(message);
  }
}

export function refusalOf(error: unknown): ProvisioningRefusal {
  if (error instanceof ProvisioningRefusal) return error;
  if (error instanceof ProvisioningError) return new ProvisioningRefusal(error.code === 'InvalidRequest' ? 400 : 409, error.code, error.message);
  if (error instanceof RegistryError) return new ProvisioningRefusal(error.name === 'ResourceNotFoundException' ? 404 : 400, error.name, error.message);
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  // The provisioning role may not; IAM's message names action and resource.
  if (name === 'AccessDeniedException') return new ProvisioningRefusal(403, 'AccessDenied', `Access Denied: ${message}`);
  return new ProvisioningRefusal(500, 'InternalServerError', message);
}
