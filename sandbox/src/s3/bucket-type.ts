import { BucketStore } from './bucket-store';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { TemplateError } from '../assembly/template-error';
import { KnownProperties, unsupportedProperties } from '../assembly/unsupported-properties';

const MAXIMUM_NAME = 63;
/** Files are not encrypted, but whoever may not use the key of a bucket is refused. Nobody from outside the account gets here. */
const KNOWN: KnownProperties = {
  BucketName: true, BucketEncryption: true, PublicAccessBlockConfiguration: true, OwnershipControls: true, Tags: true,
};

/** `AWS::S3::Bucket`: a folder. */
export class BucketType implements ResourceType {
  /** @param onUnsupported - told the properties that have no effect here, such as lifecycle rules */
  constructor(private readonly store: BucketStore, private readonly onUnsupported: (request: ResourceRequest, properties: string[]) => void) {}

  async create(request: ResourceRequest): Promise<CreatedResource> {
    const { logicalId, properties, stack } = request;
    const name = properties.BucketName ?? request.generatedName(MAXIMUM_NAME).toLowerCase();
    if (typeof name !== 'string') throw new TemplateError(`Resources/${logicalId}/Properties/BucketName`, 'must be text');
    const unsupported = unsupportedProperties(properties, KNOWN);
    if (unsupported.length > 0) this.onUnsupported(request, unsupported);
    await this.store.createBucket(name);
    return {
      ref: name,
      attributes: {
        Arn: `arn:${stack.partition}:s3:::${name}`,
        DomainName: `${name}.s3.amazonaws.com`,
        RegionalDomainName: `${name}.s3.${stack.region}.amazonaws.com`,
        DualStackDomainName: `${name}.s3.dualstack.${stack.region}.amazonaws.com`,
        WebsiteURL: `http://${name}.s3-website-${stack.region}.amazonaws.com`,
      },
    };
  }
}
