import { createHash } from 'crypto';
import { AssemblyStack } from './cloud-assembly';
import { inOrder } from './creation';
import { Intrinsics } from './intrinsics';
import { isObject, Json } from '../json';
import { parameterValues } from './parameters';
import { creationOrder, dependenciesOf } from './references';
import { CreatedResource, ResourceRequest, ResourceType, StackEnvironment } from './resource-type';
import { TemplateResource } from './template';

/** What became of one resource. */
export interface DeployedResource extends CreatedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly path: string;
  /** `running`; `unsupported`: nothing runs it, its names are made up; `absent`: its condition does not hold. */
  readonly state: 'running' | 'unsupported' | 'absent';
  /** Logical ids of unsupported resources that this one refers to or depends on, at whatever distance. */
  readonly hangsOn: string[];
}

export interface DeployedStack {
  readonly stack: AssemblyStack;
  readonly environment: StackEnvironment;
  readonly resources: Map<string, DeployedResource>;
  readonly outputs: { readonly name: string; readonly value: Json; readonly description?: string; readonly exportName?: string }[];
}

export interface DeploymentOptions {
  readonly types: ReadonlyMap<string, ResourceType>;
  /** Runs what `types` does not name, such as every type that begins with `Custom::`. */
  readonly typeOf?: (name: string) => ResourceType | undefined;
  /** Account of stacks that do not name one. */
  readonly account: string;
  /** Region of stacks that do not name one. */
  readonly region: string;
  /** Values of parameters, by stack id and name. */
  readonly parameters?: { readonly [stackId: string]: { readonly [name: string]: string } };
}

/**
 * Makes the resources of the stacks in the order that CloudFormation would.
 *
 * A resource whose type nobody runs gets names in AWS's form, so that what refers to it resolves; both are marked.
 *
 * @throws TemplateError naming the place in the template
 */
export async function deploy(stacks: AssemblyStack[], options: DeploymentOptions): Promise<DeployedStack[]> {
  const exports = new Map<string, Json>();
  const deployed: DeployedStack[] = [];
  for (const stack of stacks) deployed.push(await deployStack(stack, options, exports));
  return deployed;
}

async function deployStack(stack: AssemblyStack, options: DeploymentOptions, exports: Map<string, Json>): Promise<DeployedStack> {
  const { template } = stack;
  const typeOf = ({ Type }: TemplateResource) => options.types.get(Type) ?? options.typeOf?.(Type);
  const environment = environmentOf(stack, options);
  const resources = new Map<string, DeployedResource>();
  const present = (logicalId: string) => resources.get(logicalId)?.state !== 'absent' ? resources.get(logicalId) : undefined;
  const intrinsics = new Intrinsics({
    template,
    pseudoParameters: pseudoParametersOf(environment),
    parameters: parameterValues(stack, options.parameters?.[stack.id] ?? {}),
    ref: logicalId => present(logicalId)?.ref,
    attribute: (logicalId, name) => {
      const resource = present(logicalId);
      if (resource?.state === 'unsupported') return madeUpAttribute(resource, name, environment);
      return resource && Object.hasOwn(resource.attributes, name) ? resource.attributes[name] : undefined;
    },
    exported: name => exports.get(name),
  });

  const make = async (logicalId: string): Promise<DeployedResource> => {
    const resource = template.Resources[logicalId];
    const common = { logicalId, type: resource.Type, path: pathOf(resource, logicalId) };
    if (resource.Condition !== undefined && !intrinsics.condition(resource.Condition, `Resources/${logicalId}/Condition`)) {
      return { ...common, ref: '', attributes: {}, state: 'absent', hangsOn: [] };
    }
    const hangsOn = new Set(dependenciesOf(template.Resources, logicalId).map(other => resources.get(other)!)
      .flatMap(other => other.state === 'unsupported' ? [other.logicalId, ...other.hangsOn] : other.hangsOn));
    const request: ResourceRequest = {
      ...common,
      stack: environment,
      properties: (intrinsics.resolve(resource.Properties ?? {}, `Resources/${logicalId}/Properties`) ?? {}) as ResourceRequest['properties'],
      generatedName: maximum => generatedName(environment, logicalId, maximum),
      assetPath: objectKey => stack.assets.find(asset => asset.objectKey === objectKey)?.path,
    };
    const type = typeOf(resource);
    const created = type ? await type.create(request) : { ref: request.generatedName(64), attributes: {} };
    return { ...common, ...created, state: type ? 'running' : 'unsupported', hangsOn: [...hangsOn] };
  };

  await inOrder(template, {
    takesTime: logicalId => typeOf(template.Resources[logicalId])?.takesTime === true,
    make: async logicalId => { resources.set(logicalId, await make(logicalId)); },
  });

  const outputs = Object.entries(template.Outputs)
    .filter(([name, { Condition }]) => Condition === undefined || intrinsics.condition(Condition, `Outputs/${name}/Condition`))
    .map(([name, { Value, Description, Export }]) => ({
      name,
      value: intrinsics.resolve(Value, `Outputs/${name}/Value`) ?? null,
      description: Description,
      exportName: Export && String(intrinsics.resolve(Export.Name, `Outputs/${name}/Export/Name`)),
    }));
  for (const { exportName, value } of outputs) if (exportName !== undefined) exports.set(exportName, value);
  const written = new Map(creationOrder(template).map(logicalId => [logicalId, resources.get(logicalId)!]));
  return { stack, environment, resources: written, outputs };
}

function environmentOf(stack: AssemblyStack, { account, region }: DeploymentOptions): StackEnvironment {
  const own = { account: stack.account ?? account, region: stack.region ?? region, partition: partitionOf(stack.region ?? region) };
  const digest = createHash('sha256').update(stack.stackName).digest('hex');
  const uuid = [digest.slice(0, 8), digest.slice(8, 12), digest.slice(12, 16), digest.slice(16, 20), digest.slice(20, 32)].join('-');
  return { ...own, stackName: stack.stackName, stackId: `arn:${own.partition}:cloudformation:${own.region}:${own.account}:stack/${stack.stackName}/${uuid}` };
}

/** The partition that a Region belongs to. */
export function partitionOf(region: string): string {
  return region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

function pseudoParametersOf({ account, region, partition, stackName, stackId }: StackEnvironment): { [name: string]: Json } {
  return {
    'AWS::AccountId': account,
    'AWS::Region': region,
    'AWS::Partition': partition,
    'AWS::StackName': stackName,
    'AWS::StackId': stackId,
    'AWS::URLSuffix': partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
    'AWS::NotificationARNs': [],
  };
}

/** An ARN where one is asked for, otherwise a text that says what it stands for. */
function madeUpAttribute({ ref, type }: DeployedResource, name: string, { partition, region, account }: StackEnvironment): string {
  const service = type.split('::')[1]?.toLowerCase() ?? 'custom';
  return /arn$/i.test(name) ? `arn:${partition}:${service}:${region}:${account}:${ref}` : `${ref}.${name}`;
}

/** CloudFormation cuts the logical id to make room for its suffix; ours depends on the stack and id alone, so that a restart finds its things again. */
function generatedName({ stackName, stackId }: StackEnvironment, logicalId: string, maximum: number): string {
  const suffix = createHash('sha256').update(`${stackId}/${logicalId}`).digest('hex').slice(0, 12).toUpperCase();
  const room = maximum - suffix.length - 2;
  const stack = stackName.slice(0, Math.max(1, Math.floor(room / 2)));
  return `${stack}-${logicalId.slice(0, Math.max(1, room - stack.length))}-${suffix}`;
}

function pathOf({ Metadata }: TemplateResource, logicalId: string): string {
  const found = isObject(Metadata) ? Metadata['aws:cdk:path'] : undefined;
  return typeof found === 'string' ? found : logicalId;
}
