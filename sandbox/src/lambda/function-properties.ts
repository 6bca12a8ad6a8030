import { existsSync, mkdirSync, statSync, writeFileSync } from 'fs';
import * as path from 'path';
import { DeployedDefinition } from './deployed-function';
import { Language } from './function-definition';
import { ResourceRequest } from '../assembly/resource-type';
import { KnownProperties, unsupportedProperties } from '../assembly/unsupported-properties';
import { TemplateProperties } from '../iam/template-properties';
import { isObject, JsonObject } from '../json';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAXIMUM_NAME = 64;
const MAXIMUM_TIMEOUT_SECONDS = 900;
const MAXIMUM_ENVIRONMENT_BYTES = 4096;
/** What Lambda takes where the template says nothing. */
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MIB = 128;

const KNOWN: KnownProperties = {
  Code: { S3Bucket: true, S3Key: true, ZipFile: true },
  DeadLetterConfig: { TargetArn: true },
  Description: true,
  Environment: { Variables: true },
  FunctionName: true,
  Handler: true,
  Layers: true,
  LoggingConfig: { LogGroup: true, LogFormat: true },
  MemorySize: true,
  ReservedConcurrentExecutions: true,
  Role: true,
  Runtime: true,
  Tags: true,
  Timeout: true,
};

export interface FunctionResources {
  /** Where code goes that stands in the template itself. */
  readonly codeFolder: string;
  /** Folder of a layer by its ARN. */
  layerFolder(arn: string): string | undefined;
  /** Folders of modules that Lambda brings for a language, such as the AWS SDK. */
  modulesFor(language: Language): readonly string[];
}

/** Reads `AWS::Lambda::Function`. */
export class FunctionProperties {
  private readonly properties: TemplateProperties;

  constructor(private readonly request: ResourceRequest, private readonly resources: FunctionResources) {
    this.properties = new TemplateProperties(request);
  }

  /** What has no effect here. */
  get unsupported(): string[] {
    const { LoggingConfig } = this.request.properties;
    const json = isObject(LoggingConfig) && LoggingConfig.LogFormat === 'JSON' ? ['LoggingConfig.LogFormat'] : [];
    return [...unsupportedProperties(this.request.properties, KNOWN), ...json];
  }

  definition(arnOf: (name: string) => string): DeployedDefinition {
    const { properties, request } = this;
    const name = properties.optionalText('FunctionName') ?? request.generatedName(MAXIMUM_NAME);
    const runtime = properties.optionalText('Runtime') ?? 'provided';
    const language: Language = runtime.startsWith('python') ? 'python' : 'node';
    const code = this.code(name, language, runtime);
    const logGroup = this.inside('LoggingConfig').LogGroup;
    const deadLetter = this.inside('DeadLetterConfig').TargetArn;
    return {
      name,
      arn: arnOf(name),
      version: '$LATEST',
      handler: properties.optionalText('Handler') ?? 'index.handler',
      language,
      runtime,
      codeFolder: code.folder,
      unrunnable: code.unrunnable,
      timeoutSeconds: this.number('Timeout', 1, MAXIMUM_TIMEOUT_SECONDS) ?? DEFAULT_TIMEOUT_SECONDS,
      memoryMiB: this.number('MemorySize', 128, 10_240) ?? DEFAULT_MEMORY_MIB,
      reservedConcurrency: this.number('ReservedConcurrentExecutions', 0, Infinity),
      environment: this.environment(),
      modulePath: [...this.layerFolders(language), ...this.resources.modulesFor(language)],
      logGroupName: typeof logGroup === 'string' ? logGroup : `/aws/lambda/${name}`,
      roleArn: properties.text('Role'),
      description: properties.optionalText('Description'),
      deadLetterArn: typeof deadLetter === 'string' ? deadLetter : undefined,
    };
  }

  private code(name: string, language: Language, runtime: string): { readonly folder: string; readonly unrunnable?: string } {
    const cannot = (unrunnable: string) => ({ folder: this.resources.codeFolder, unrunnable });
    const { S3Key, ZipFile } = this.inside('Code');
    if (typeof this.inside('Code').ImageUri === 'string') return cannot('functions from container images are not modelled');
    if (!/^(nodejs|python)\d/.test(runtime)) return cannot(`the runtime ${runtime} is not modelled: nodejs and python are`);
    if (typeof ZipFile === 'string') {
      const folder = path.join(this.resources.codeFolder, name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, language === 'node' ? 'index.js' : 'index.py'), ZipFile);
      return { folder };
    }
    if (typeof S3Key !== 'string') return this.properties.fail('Code', 'needs S3Bucket and S3Key, or ZipFile');
    const staged = this.request.assetPath(S3Key);
    if (staged === undefined) return cannot(`its code, ${S3Key}, is not in the assembly: only assets of the app are`);
    if (!existsSync(staged)) return cannot(`its code, ${staged}, is not there: run 'cdk synth' again`);
    if (statSync(staged).isDirectory()) return { folder: staged };
    return cannot(`its code is the file ${path.basename(staged)}: only folders are run, as Code.fromAsset of a folder stages them`);
  }

  private environment(): { [name: string]: string } {
    const { Variables = {} } = this.inside('Environment');
    if (!isObject(Variables)) return this.properties.fail('Environment/Variables', `needs an object, got ${JSON.stringify(Variables)}`);
    const entries = Object.entries(Variables).map(([name, value]): [string, string] => [name, String(value)]);
    const bytes = entries.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
    if (bytes > MAXIMUM_ENVIRONMENT_BYTES) this.properties.fail('Environment', `variables have at most ${MAXIMUM_ENVIRONMENT_BYTES} bytes, these have ${bytes}`);
    return Object.fromEntries(entries);
  }

  /** Later layers win over earlier ones, as their files lie over theirs. */
  private layerFolders(language: Language): string[] {
    return this.properties.texts('Layers').reverse().map(arn => this.resources.layerFolder(arn)).filter(folder => folder !== undefined)
      .map(folder => path.join(folder, language === 'node' ? 'nodejs/node_modules' : 'python'));
  }

  private inside(name: string): JsonObject {
    const found = this.request.properties[name] ?? {};
    return isObject(found) ? found : this.properties.fail(name, `needs an object, got ${JSON.stringify(found)}`);
  }

  private number(name: string, least: number, most: number): number | undefined {
    const text = this.properties.optionalText(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    const allowed = most === Infinity ? `at least ${least}` : `from ${least} to ${most}`;
    return Number.isInteger(value) && value >= least && value <= most ? value : this.properties.fail(name, `must be a whole number ${allowed}, got ${text}`);
  }
}
