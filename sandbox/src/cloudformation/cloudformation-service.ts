import { Account, AwsError, Operations, Service } from '../account';
import { DeployedResource, DeployedStack } from '../assembly/deployment';
import { HttpHandler, queryProtocol } from '../http';

const NAMESPACE = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';

/** Reads the stacks that run: outputs for one's own clients, and which resource is which. */
export class CloudFormationService implements Service {
  readonly types = new Map([
    // Texts for people and tools; nothing runs.
    ['AWS::CDK::Metadata', { create: () => ({ ref: 'CDKMetadata', attributes: {} }) }],
  ]);

  readonly endpoints: ReadonlyMap<string, HttpHandler>;
  private stacks: readonly DeployedStack[] = [];
  private readonly created = new Date();

  constructor(private readonly account: Account) {
    account.addService('cloudformation', this.operations);
    this.endpoints = new Map([['cloudformation', queryProtocol(this.operations, NAMESPACE, 'cloudformation')]]);
  }

  /** Called when all stacks are there. */
  setStacks(stacks: readonly DeployedStack[]): void {
    this.stacks = stacks;
  }

  private get operations(): Operations {
    return {
      DescribeStacks: ({ StackName }: { StackName?: string }, caller) => {
        const stacks = StackName === undefined ? this.stacks : [this.stack(StackName)];
        caller.authorize('cloudformation:DescribeStacks', StackName === undefined ? '*' : stacks[0].environment.stackId);
        return { Stacks: stacks.map(stack => this.describe(stack)) };
      },
      ListStacks: (_input, caller) => {
        caller.authorize('cloudformation:ListStacks', '*');
        return {
          StackSummaries: this.stacks.map(({ environment: { stackName, stackId } }) => ({
            StackName: stackName, StackId: stackId, StackStatus: 'CREATE_COMPLETE', CreationTime: this.created,
          })),
        };
      },
      DescribeStackResources: ({ StackName, LogicalResourceId }: { StackName?: string; LogicalResourceId?: string }, caller) => {
        const stack = this.authorized(StackName, 'DescribeStackResources', caller);
        const resources = resourcesOf(stack).filter(({ logicalId }) => LogicalResourceId === undefined || logicalId === LogicalResourceId);
        return { StackResources: resources.map(resource => this.resource(stack, resource)) };
      },
      ListStackResources: ({ StackName }: { StackName?: string }, caller) => {
        const stack = this.authorized(StackName, 'ListStackResources', caller);
        return { StackResourceSummaries: resourcesOf(stack).map(resource => this.resource(stack, resource)) };
      },
      GetTemplate: ({ StackName }: { StackName?: string }, caller) => ({ TemplateBody: JSON.stringify(this.authorized(StackName, 'GetTemplate', caller).stack.template) }),
    };
  }

  private authorized(name: string | undefined, action: string, caller: { authorize(action: string, resource: string): void }): DeployedStack {
    const stack = this.stack(name);
    caller.authorize(`cloudformation:${action}`, stack.environment.stackId);
    return stack;
  }

  private stack(name: string | undefined): DeployedStack {
    const found = this.stacks.find(({ environment: { stackName, stackId } }) => stackName === name || stackId === name);
    if (!found) throw new AwsError('ValidationError', `Stack with id ${name} does not exist; there are: ${this.stacks.map(({ environment }) => environment.stackName).join(', ')}`);
    return found;
  }

  private describe({ environment: { stackName, stackId }, outputs }: DeployedStack) {
    return {
      StackName: stackName,
      StackId: stackId,
      StackStatus: 'CREATE_COMPLETE',
      CreationTime: this.created,
      Outputs: outputs.map(({ name, value, description, exportName }) => ({
        OutputKey: name, OutputValue: this.account.asServedHere(String(value)), Description: description, ExportName: exportName,
      })),
    };
  }

  private resource({ environment: { stackName, stackId } }: DeployedStack, { logicalId, ref, type, state }: DeployedResource) {
    return {
      StackName: stackName,
      StackId: stackId,
      LogicalResourceId: logicalId,
      PhysicalResourceId: ref,
      ResourceType: type,
      ResourceStatus: 'CREATE_COMPLETE',
      LastUpdatedTimestamp: this.created,
      Timestamp: this.created,
      ...state === 'unsupported' && { ResourceStatusReason: 'not modelled by the sandbox' },
    };
  }
}

function resourcesOf({ resources }: DeployedStack): DeployedResource[] {
  return [...resources.values()].filter(({ state }) => state !== 'absent');
}
