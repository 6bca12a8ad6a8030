import { AsynchronousSettings, DeployedFunction } from './deployed-function';
import { AwsError } from '../account';

/** A function as somebody named it, with the version that answers. */
export interface FunctionTarget {
  readonly function: DeployedFunction;
  readonly qualifier: string | undefined;
  /** `$LATEST` or a number. */
  readonly version: string;
  /** With the qualifier, where one was named. */
  readonly arn: string;
}

/** `name`, `name:qualifier`, `account:function:name`, and ARNs with or without a qualifier. */
const NAME = /^(?:arn:[\w-]+:lambda:([\w-]+):)?(?:(\d{12}):)?(?:function:)?([\w-]+)(?::(\$LATEST|[\w-]+))?$/;

/** All functions, by every name that AWS takes. */
export class FunctionDirectory {
  private readonly functions = new Map<string, DeployedFunction>();

  /** @param arnOf - ARN of what has this name in Lambda */
  constructor(private readonly arnOf: (resource: string) => string) {}

  get all(): DeployedFunction[] {
    return [...this.functions.values()];
  }

  add(deployed: DeployedFunction): void {
    this.functions.set(deployed.definition.name, deployed);
  }

  named(name: string): DeployedFunction | undefined {
    return this.functions.get(name);
  }

  /** ARN of what is meant, whether it is there or not: who may not call it is not told. */
  arnFor(name: string, qualifier?: string): string {
    const { functionName, qualifier: found } = this.read(name, qualifier);
    return this.arnOf(`function:${functionName}${found === undefined ? '' : `:${found}`}`);
  }

  /** @throws AwsError ResourceNotFoundException */
  find(name: string, qualifier?: string): FunctionTarget {
    const { functionName, qualifier: wanted } = this.read(name, qualifier);
    const deployed = this.functions.get(functionName);
    const version = deployed?.qualifiers.get(wanted ?? '$LATEST');
    const arn = this.arnFor(name, qualifier);
    // The ARN of another account or Region is not ours, though the name may be the same.
    if (!deployed || version === undefined || name.startsWith('arn:') && !(`${arn}:`).startsWith(`${name}:`)) {
      throw new AwsError('ResourceNotFoundException', `Function not found: ${name.startsWith('arn:') ? name : arn}`, 404, { Type: 'User' });
    }
    return { function: deployed, qualifier: wanted, version, arn };
  }

  private read(name: string, qualifier?: string): { functionName: string; qualifier?: string } {
    const [, , , functionName, own] = NAME.exec(name) ?? [];
    if (functionName === undefined) throw new AwsError('ValidationException', `Value '${name}' at 'functionName' is no name or ARN of a function`);
    if (own !== undefined && qualifier !== undefined && own !== qualifier) {
      throw new AwsError('InvalidParameterValueException', 'The derived qualifier from the function name does not match the specified qualifier.');
    }
    return { functionName, qualifier: qualifier ?? own };
  }
}

/** Settings of the qualifier that was named, which is `$LATEST` where none was. */
export function asynchronousSettingsOf({ function: deployed, qualifier = '$LATEST' }: FunctionTarget): AsynchronousSettings {
  return deployed.asynchronous.get(qualifier) ?? {};
}
