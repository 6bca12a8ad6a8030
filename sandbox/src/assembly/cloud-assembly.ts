import { existsSync, readFileSync } from 'fs';
import * as path from 'path';
import { Template, templateOf } from './template';

/** A folder or file that the assembly would upload, by the object key under which the template asks for it. */
export interface FileAsset { readonly objectKey: string; readonly path: string }

/** One stack of an assembly. */
export interface AssemblyStack {
  /** Id of the artifact, e.g. `Plant`. */
  readonly id: string;
  readonly stackName: string;
  /** From the environment of the stack; undefined where the stack is environment-agnostic. */
  readonly region?: string;
  readonly account?: string;
  readonly template: Template;
  readonly assets: FileAsset[];
  /** Ids of the stacks that are deployed before this one. */
  readonly dependsOn: string[];
}

/** The assembly cannot be read: what was looked for, where, and how to make it. */
export class AssemblyError extends Error {
  public override readonly name = 'AssemblyError';
}

interface Artifact {
  readonly type: string;
  readonly environment?: string;
  readonly dependencies?: string[];
  readonly properties?: { readonly templateFile?: string; readonly stackName?: string; readonly file?: string; readonly directoryName?: string };
}

/**
 * The stacks of a cloud assembly (`cdk.out`), those of its stages included, each after the ones that it depends on.
 *
 * @throws AssemblyError where there is no assembly, a file is missing or is not JSON, or two stacks depend on each other
 */
export function readAssembly(folder: string): AssemblyStack[] {
  return inOrder(readFolder(path.resolve(folder)));
}

function readFolder(folder: string): AssemblyStack[] {
  const manifestFile = path.join(folder, 'manifest.json');
  if (!existsSync(manifestFile)) {
    throw new AssemblyError(`${folder} holds no cloud assembly: there is no manifest.json. Run 'cdk synth' and name its output folder, usually cdk.out.`);
  }
  const { artifacts = {} } = readJson(manifestFile) as { artifacts?: { [id: string]: Artifact } };
  const stacks: AssemblyStack[] = [];
  for (const [id, artifact] of Object.entries(artifacts)) {
    if (artifact.type === 'aws:cloudformation:stack') stacks.push(readStack(folder, id, artifact, artifacts));
    if (artifact.type === 'cdk:cloud-assembly') stacks.push(...readFolder(path.join(folder, artifact.properties?.directoryName ?? id)));
  }
  return stacks;
}

function readStack(folder: string, id: string, artifact: Artifact, artifacts: { [id: string]: Artifact }): AssemblyStack {
  const templateFile = path.join(folder, artifact.properties?.templateFile ?? `${id}.template.json`);
  const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(artifact.environment ?? '') ?? [];
  const isStack = (other: string) => artifacts[other]?.type === 'aws:cloudformation:stack';
  return {
    id,
    stackName: artifact.properties?.stackName ?? id,
    region: region?.startsWith('unknown-') ? undefined : region,
    account: account?.startsWith('unknown-') ? undefined : account,
    template: templateOf(readJson(templateFile), path.basename(templateFile)),
    assets: (artifact.dependencies ?? []).filter(other => artifacts[other]?.type === 'cdk:asset-manifest')
      .flatMap(other => readAssets(folder, path.join(folder, artifacts[other].properties!.file!))),
    dependsOn: (artifact.dependencies ?? []).filter(isStack),
  };
}

interface ManifestFile { readonly source: { readonly path?: string }; readonly destinations: { [id: string]: { readonly objectKey: string } } }
interface AssetManifest { readonly files?: { [hash: string]: ManifestFile } }

function readAssets(folder: string, file: string): FileAsset[] {
  const { files = {} } = readJson(file) as AssetManifest;
  return Object.values(files).flatMap(({ source, destinations }) => source.path === undefined ? []
    : Object.values(destinations).map(({ objectKey }) => ({ objectKey, path: path.resolve(folder, source.path!) })));
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new AssemblyError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}). Run 'cdk synth' again.`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AssemblyError(`${file} is not JSON: ${(error as Error).message}. Run 'cdk synth' again.`);
  }
}

/** Depth first, so that each stack follows those it depends on; otherwise in the order of the manifest. */
function inOrder(stacks: AssemblyStack[]): AssemblyStack[] {
  const byId = new Map(stacks.map(stack => [stack.id, stack]));
  const ordered = new Set<AssemblyStack>();
  const visit = (stack: AssemblyStack, above: string[]) => {
    if (ordered.has(stack)) return;
    if (above.includes(stack.id)) throw new AssemblyError(`The stacks ${[...above, stack.id].join(' -> ')} depend on each other.`);
    for (const id of stack.dependsOn) visit(byId.get(id)!, [...above, stack.id]);
    ordered.add(stack);
  };
  stacks.forEach(stack => visit(stack, []));
  return [...ordered];
}
