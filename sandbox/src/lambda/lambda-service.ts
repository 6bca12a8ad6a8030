import { existsSync } from 'fs';
import * as path from 'path';
import { AsynchronousInvocations } from './asynchronous-invocations';
import { DeployedFunction } from './deployed-function';
import { EventSourceMappings, QueueByArn } from './event-source-mappings';
import { Language } from './function-definition';
import { FunctionDirectory } from './function-directory';
import { FunctionProperties, FunctionResources } from './function-properties';
import { LAMBDA_ROUTES, lambdaOperations } from './lambda-operations';
import { pythonExecutable } from './python';
import { qualifierTypes } from './qualifier-types';
import { Account, Service } from '../account';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { HttpHandler, restJsonProtocol } from '../http';

/** Lambda waits about one and two minutes before it repeats an event; a demonstration does not. */
const WAIT_FACTOR = 1 / 60;
/** How long invocations under way may take at the end. */
const STOP_SECONDS = 5;

export interface LambdaOptions {
  /** The queue that a mapping polls; undefined where there is none of this ARN. */
  readonly queueByArn: QueueByArn;
  /** Waits before asynchronous events are repeated are Lambda's times this. @default 1/60: 1 and 2 seconds instead of minutes */
  readonly waitFactor?: number;
  /** Folders in which code finds modules that Lambda has and it did not bring, such as `@aws-sdk`. @default the `node_modules` around the current folder and this package */
  readonly nodeModules?: readonly string[];
}

/** Lambda: functions of the template in processes of their own, invoked as IAM allows. */
export class LambdaService implements Service {
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly endpoints: ReadonlyMap<string, HttpHandler>;
  private readonly functions: FunctionDirectory;
  private readonly asynchronous: AsynchronousInvocations;
  private readonly mappings: EventSourceMappings;
  private readonly layers = new Map<string, string>();
  private usesPython = false;

  constructor(private readonly account: Account, private readonly options: LambdaOptions) {
    this.functions = new FunctionDirectory(resource => account.arn('lambda', resource));
    this.asynchronous = new AsynchronousInvocations(account, { functions: this.functions, waitFactor: options.waitFactor ?? WAIT_FACTOR });
    this.mappings = new EventSourceMappings(account, this.functions, options.queueByArn);
    const operations = lambdaOperations(this.functions, this.asynchronous);
    account.addService('lambda', operations);
    this.endpoints = new Map([['lambda', restJsonProtocol(operations, LAMBDA_ROUTES, 'lambda')]]);
    this.types = new Map([
      ['AWS::Lambda::Function', { create: request => this.createFunction(request) }],
      ['AWS::Lambda::EventSourceMapping', { create: request => this.mappings.create(request) }],
      ...qualifierTypes(account, this.functions, this.layers),
    ]);
  }

  async start(): Promise<void> {
    if (this.usesPython && await pythonExecutable() === undefined) {
      this.account.activity.record('problem', { message: 'functions in Python cannot run: there is no python3 on the PATH' });
    }
    await this.asynchronous.start();
    this.mappings.start();
  }

  async stop(): Promise<void> {
    const end = setTimeout(() => this.functions.all.forEach(deployed => deployed.stop()), STOP_SECONDS * 1000);
    await Promise.all([this.mappings.stop(), this.asynchronous.stop()]);
    clearTimeout(end);
    this.functions.all.forEach(deployed => deployed.stop());
    this.account.logs.flush();
  }

  private createFunction(request: ResourceRequest): CreatedResource {
    const resources: FunctionResources = {
      codeFolder: this.account.folder('lambda-code'),
      layerFolder: arn => this.layers.get(arn),
      modulesFor: language => this.modulesFor(language),
    };
    const properties = new FunctionProperties(request, resources);
    const definition = properties.definition(name => this.account.arn('lambda', `function:${name}`));
    this.account.hasNoEffect(request, properties.unsupported);
    if (definition.unrunnable !== undefined) this.account.activity.record('problem', { message: `${request.path}: ${definition.unrunnable}; its invocations fail` });
    this.usesPython ||= definition.language === 'python';
    this.functions.add(new DeployedFunction(this.account, definition));
    return { ref: definition.name, attributes: { Arn: definition.arn } };
  }

  private modulesFor(language: Language): readonly string[] {
    if (language === 'python') return [];
    return this.options.nodeModules ?? [...new Set([...above(process.cwd()), ...above(__dirname)])];
  }
}

/** Folders of modules from here up, the nearest first. */
function above(folder: string): string[] {
  const parent = path.dirname(folder);
  const modules = path.join(folder, 'node_modules');
  return [...existsSync(modules) ? [modules] : [], ...parent === folder ? [] : above(parent)];
}
