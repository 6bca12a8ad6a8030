/** Names of the environment variables that the claim construct sets and its function reads. */
export const CLAIM_ENV = {
  secretArn: 'CLAIM_SECRET_ARN',
} as const;

/** The fields of the secret, as a device or a production line reads them. */
export const CLAIM_SECRET_FIELDS = ['certificateId', 'certificateArn', 'certificatePem', 'privateKey'] as const;

export function readSecretArn(env: NodeJS.ProcessEnv): string {
  const value = env[CLAIM_ENV.secretArn];
  if (value === undefined) throw new Error(`environment variable ${CLAIM_ENV.secretArn} is missing`);
  if (value === '') throw new Error(`environment variable ${CLAIM_ENV.secretArn} is empty`);
  return value;
}
