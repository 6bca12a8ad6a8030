/** Names of the errors that the control plane of AWS IoT answers with. */
export type RegistryErrorName =
  | 'ResourceNotFoundException' | 'ResourceAlreadyExistsException' | 'InvalidRequestException' | 'DeleteConflictException'
  | 'CertificateStateException' | 'LimitExceededException' | 'VersionConflictException' | 'VersionsLimitExceededException'
  | 'MalformedPolicyException' | 'InvalidStateTransitionException' | 'CertificateValidationException' | 'RegistrationCodeValidationException';

/** What AWS IoT refuses, in its words. */
export class RegistryError extends Error {
  constructor(public override readonly name: RegistryErrorName, message: string) {
    super(message);
  }
}

export function notFound(what: string, name: string): RegistryError {
  return new RegistryError('ResourceNotFoundException', `${what} ${name} cannot be found.`);
}

export function invalid(message: string): RegistryError {
  return new RegistryError('InvalidRequestException', message);
}
