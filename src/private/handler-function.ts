import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledgeInlinePolicy, acknowledgeKeyUse, acknowledgeLogWithoutKey, acknowledgeStandards } from './acknowledge';
import { HandlerCode } from './handler-code';
import { allowLogsToUse } from './key-policy';

export interface HandlerFunctionProps {
  /** Folder below `assets/` that the build bundled from `src/<capability>/handler`. */
  readonly asset: string;
  readonly description: string;
  readonly timeout: Duration;
  /** Why the function needs no dead-letter queue of Lambda: what becomes of an invocation that failed. A sentence for whoever audits the template. */
  readonly onFailure: string;
  readonly environment?: { [name: string]: string };
  readonly memoryMiB?: number;
  readonly encryptionKey?: kms.IKey;
  readonly logRetention?: logs.RetentionDays;
}

/** A Lambda function of ours: own role that may write only its own log group, logs that expire, no managed policy. */
export class HandlerFunction extends Construct {
  readonly function: lambda.Function;
  readonly role: iam.Role;
  readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      retention: props.logRetention ?? logs.RetentionDays.ONE_MONTH,
      encryptionKey: props.encryptionKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    if (props.encryptionKey) {
      allowLogsToUse(this, props.encryptionKey);
      acknowledgeKeyUse(this);
    } else {
      acknowledgeLogWithoutKey(this.logGroup);
    }
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
    });
    acknowledgeInlinePolicy(this.role);
    this.logGroup.grantWrite(this.role);
    this.function = new lambda.Function(this, 'Function', {
      description: props.description,
      code: new HandlerCode(props.asset),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: props.memoryMiB ?? 256,
      timeout: props.timeout,
      environment: props.environment,
      environmentEncryption: props.encryptionKey,
      logGroup: this.logGroup,
      role: this.role,
    });
    acknowledgeStandards(this.function, ['LambdaDLQ'], props.onFailure);
    acknowledgeStandards(this.function, ['LambdaConcurrency'],
      'Reserved concurrency is taken from all other functions of the account and fails where it has little to give; what calls this function limits it.');
    acknowledgeStandards(this.function, ['LambdaInsideVPC'],
      'The function calls AWS by TLS only and nothing inside a network; in a VPC it would need endpoints or a NAT gateway, which are paid by the hour.');
  }
}
