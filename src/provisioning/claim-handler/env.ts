import { required } from '../../private/environment';

/** Names of the environment variables that the claim construct sets and its function reads. */
export const CLAIM_ENV = {
  secretArn: 'CLAIM_SECRET_ARN',
} as const;

/** The fields of the secret, as a device or a production line reads them. */
export const CLAIM_SECRET_FIELDS = ['certificateId', 'certificateArn', 'certificatePem', 'privateKey'] as const;

export function readSecretArn(env: NodeJS.ProcessEnv): string {
  return required(env, CLAIM_ENV.secretArn);
}
