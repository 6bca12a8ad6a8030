import * as path from 'path';
import { AssetStaging, CfnResource, Names, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as cxapi from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';

/**
 * The bundled code of one handler, staged as `lambda.Code.fromAsset` does it.
 *
 * `Asset` also imports the staging bucket as a construct, and with it the facts of all Regions: a seventh of the
 * synthesis of a zone, for a bucket that nobody is granted anything on. The template is the same.
 */
export class HandlerCode extends lambda.Code {
  public readonly isInline = false;
  private stagedPath?: string;

  /** @param asset - folder below `assets/` that the build bundled from `src/<capability>/handler` */
  constructor(private readonly asset: string) {
    super();
  }

  public bind(scope: Construct): lambda.CodeConfig {
    const stack = Stack.of(scope);
    const staging = new AssetStaging(scope, 'Code', { sourcePath: path.join(__dirname, '../../assets', this.asset), exclude: ['*.map'] });
    this.stagedPath = staging.relativeStagedPath(stack);
    const { bucketName, objectKey } = stack.synthesizer.addFileAsset({
      packaging: staging.packaging,
      sourceHash: staging.assetHash,
      fileName: this.stagedPath,
      deployTime: true,
      displayName: `${Names.stackRelativeConstructPath(scope)}/Code`,
    });
    return { s3Location: { bucketName, objectKey } };
  }

  /** What the CLI (`cdk watch`) and SAM read to find the code of a function. */
  public bindToResource(resource: CfnResource, options: lambda.ResourceBindOptions = {}): void {
    if (!resource.node.tryGetContext(cxapi.ASSET_RESOURCE_METADATA_ENABLED_CONTEXT)) return;
    resource.addMetadata(cxapi.ASSET_RESOURCE_METADATA_PATH_KEY, this.stagedPath);
    resource.addMetadata(cxapi.ASSET_RESOURCE_METADATA_IS_BUNDLED_KEY, false);
    resource.addMetadata(cxapi.ASSET_RESOURCE_METADATA_PROPERTY_KEY, options.resourceProperty ?? 'Code');
  }
}
