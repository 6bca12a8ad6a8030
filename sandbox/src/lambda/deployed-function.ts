import { FunctionDefinition } from './function-definition';
import { FunctionLog } from './function-log';
import { InvocationOptions, InvocationResult, LambdaFunction, ThrottledError } from './lambda-function';
import { Account, AwsError, Caller } from '../account';

/** A function of a template, as the account runs it. */
export interface DeployedDefinition extends FunctionDefinition {
  readonly roleArn: string;
  /** As the template has it: `nodejs24.x`. */
  readonly runtime: string;
  readonly description?: string;
  /** ARN of the queue or topic for asynchronous events that failed. */
  readonly deadLetterArn?: string;
}

/** How asynchronous events of a function, version or alias are handled. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html */
export interface AsynchronousSettings {
  readonly maximumRetryAttempts?: number;
  readonly maximumEventAgeSeconds?: number;
  readonly onSuccessArn?: string;
  readonly onFailureArn?: string;
}

/** Runs a function as its role, writes its log, and counts. */
export class DeployedFunction {
  /** Versions by number or alias, to the number that runs. */
  readonly qualifiers = new Map<string, string>([['$LATEST', '$LATEST']]);
  readonly asynchronous = new Map<string, AsynchronousSettings>();
  private readonly lambda: LambdaFunction;
  private caller: Caller | undefined;

  constructor(private readonly account: Account, readonly definition: DeployedDefinition) {
    const { roleArn, name, logGroupName } = definition;
    const log = new FunctionLog(account, logGroupName, () => this.role());
    this.lambda = new LambdaFunction(definition, {
      region: account.environment.region,
      endpointUrl: account.endpointUrl,
      credentials: account.credentials.issue(account.sessionArn(roleArn, name)),
    }, (line, stream) => log.write(line, stream));
  }

  /**
   * A session of the function's role.
   *
   * @throws AwsError where its trust policy does not let Lambda in
   */
  role(): Caller {
    const { roleArn, name, arn } = this.definition;
    if (!this.caller) {
      this.account.assume(roleArn, 'lambda.amazonaws.com', { 'aws:SourceArn': arn });
      this.caller = this.account.sessionOf(roleArn, name);
    }
    return this.caller;
  }

  /**
   * Invokes and waits for the answer; an error of the function is an answer.
   *
   * @throws AwsError where it is throttled, or its role cannot be assumed
   */
  async invoke(event: unknown, options: InvocationOptions = {}): Promise<InvocationResult> {
    const { name } = this.definition;
    this.checkRole();
    const put = (metric: string, value: number) => this.account.metrics.put('AWS/Lambda', metric, { FunctionName: name }, value);
    try {
      const running = this.lambda.invoke(event, options);
      put('ConcurrentExecutions', this.lambda.concurrency);
      const result = await running;
      this.account.activity.count('invocations');
      put('Invocations', 1);
      put('Duration', result.milliseconds);
      put('Errors', result.failure ? 1 : 0);
      put('Throttles', 0);
      if (result.failure) {
        const { errorType, errorMessage } = result.failure;
        this.account.activity.record('invocationFailure', { functionName: name, errorType, message: errorMessage });
      }
      return result;
    } catch (error) {
      if (error instanceof ThrottledError) put('Throttles', 1);
      throw error;
    }
  }

  get underWay(): number {
    return this.lambda.concurrency;
  }

  stop(): void {
    this.lambda.stop();
  }

  private checkRole(): void {
    try {
      this.role();
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw new AwsError('AccessDeniedException', `The role defined for the function cannot be assumed by Lambda. (${error.message})`, 403);
    }
  }
}
