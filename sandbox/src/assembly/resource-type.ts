import { JsonObject } from '../json';

/** Where a stack stands: what its pseudo parameters say. */
export interface StackEnvironment {
  readonly stackName: string;
  readonly stackId: string;
  readonly account: string;
  readonly region: string;
  readonly partition: string;
}

/** One resource of a template, its properties resolved. */
export interface ResourceRequest {
  readonly logicalId: string;
  readonly type: string;
  /** Path in the construct tree, from `aws:cdk:path`; the logical id where the template does not have it. */
  readonly path: string;
  readonly stack: StackEnvironment;
  readonly properties: JsonObject;
  /** A name such as CloudFormation makes it, `<stack>-<logical id>-<suffix>`, at most so long; the same for each run of the same stack. */
  generatedName(maximum: number): string;
  /** The folder or file that the assembly stages under an object key. */
  assetPath(objectKey: string): string | undefined;
}

/** What a template sees of a resource after it was made. */
export interface CreatedResource {
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives, by name. */
  readonly attributes: { readonly [name: string]: string };
}

/** Runs the resources of one CloudFormation type. */
export interface ResourceType {
  /** Whether others that do not need the resource are made while it is: for what waits for another process. */
  readonly takesTime?: boolean;
  create(request: ResourceRequest): CreatedResource | Promise<CreatedResource>;
}
