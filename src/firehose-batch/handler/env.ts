import { LakeRowPlan } from '../lake-row-plan';

/** Names of the environment variables that the construct sets and the transform reads. */
export const TRANSFORM_ENV = {
  /** Columns whose values become partition keys, separated by commas. */
  partitionKeys: 'PARTITION_KEYS',
  /** How rows with maps are made, a LakeRowPlan as JSON. */
  lakeRows: 'LAKE_ROWS',
} as const;

/** Reads the columns to partition by; without the variable there are none. */
export function readPartitionKeys(env: { readonly [name: string]: string | undefined }): string[] {
  const text = env[TRANSFORM_ENV.partitionKeys];
  if (text === undefined) return [];
  const keys = text.split(',');
  if (keys.includes('')) throw new Error(`${TRANSFORM_ENV.partitionKeys} must be column names separated by commas, got ${JSON.stringify(text)}`);
  return keys;
}

/** Reads how rows of a lake are made; without the variable rows are flat. */
export function readLakeRowPlan(env: { readonly [name: string]: string | undefined }): LakeRowPlan | undefined {
  const text = env[TRANSFORM_ENV.lakeRows];
  if (text === undefined) return undefined;
  try {
    const { deviceIdKeys, eventTimeKeys, columns } = JSON.parse(text) as LakeRowPlan;
    if (Array.isArray(deviceIdKeys) && Array.isArray(eventTimeKeys) && typeof columns === 'object') return { deviceIdKeys, eventTimeKeys, columns };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Error(`${TRANSFORM_ENV.lakeRows} must be JSON with deviceIdKeys, eventTimeKeys and columns, got ${JSON.stringify(text)}`);
}
