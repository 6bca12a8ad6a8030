import { Lazy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { SiteWiseAsset } from './asset';
import { Problem } from '../private/validation';

/** More do not fit into the 10,240 characters of a role's inline policies: each takes about 90. */
const MAX_ROOT_ASSETS = 100;

/**
 * Limits writing to the hierarchies below some assets, or undefined where there are none. Assets that come later join the list.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/iotsitewise-rule-action.html
 */
export function rootAssetConditions(rootAssets: () => SiteWiseAsset[]): iam.Conditions | undefined {
  if (rootAssets().length === 0) return undefined;
  const paths = () => rootAssets().flatMap(({ assetId }) => [`/${assetId}`, `/${assetId}/*`]);
  return { StringLike: { 'iotsitewise:assetHierarchyPath': Lazy.list({ produce: paths }) } };
}

export function rootAssetProblems(rootAssets: SiteWiseAsset[]): Problem[] {
  if (rootAssets.length <= MAX_ROOT_ASSETS) return [];
  return [{
    prop: 'rootAssets', got: rootAssets.length, allowed: `at most ${MAX_ROOT_ASSETS} assets`, fix: 'put them below one root asset, or pass [] to allow every asset of the account',
  }];
}
