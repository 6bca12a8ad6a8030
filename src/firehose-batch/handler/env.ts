/** Names of the environment variables that the construct sets and the transform reads. */
export const TRANSFORM_ENV = {
  /** Columns whose values become partition keys, separated by commas. */
  partitionKeys: 'PARTITION_KEYS',
} as const;

/** Reads the columns to partition by; without the variable there are none. */
export function readPartitionKeys(env: { readonly [name: string]: string | undefined }): string[] {
  const text = env[TRANSFORM_ENV.partitionKeys];
  if (text === undefined) return [];
  const keys = text.split(',');
  if (keys.includes('')) throw new Error(`${TRANSFORM_ENV.partitionKeys} must be column names separated by commas, got ${JSON.stringify(text)}`);
  return keys;
}
