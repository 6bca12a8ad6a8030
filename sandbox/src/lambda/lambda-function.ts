import { randomUUID } from 'crypto';
import { environmentOf, FunctionDefinition, FunctionSurroundings } from './function-definition';
import { FunctionProcess, Outcome } from './function-process';
import { pythonExecutable } from './python';
import { FunctionFailure, ToRuntime } from './runtime-messages';
import { AwsError } from '../account';

/** How many processes a function has at most where the template reserves nothing; more invocations wait. */
const PROCESSES = 8;
/** Of a synchronous invocation, request and response. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const PAYLOAD_BYTES = 6 * 1024 * 1024;

export interface InvocationResult {
  readonly requestId: string;
  /** JSON text: what the handler returned, or the error as Lambda gives it. */
  readonly payload: string;
  readonly failure?: FunctionFailure;
  readonly milliseconds: number;
}

/** How a function is invoked, where it is not as usual. */
export interface InvocationOptions {
  /** The same for all attempts of an asynchronous invocation. */
  readonly requestId?: string;
  /** With the qualifier that the caller named. */
  readonly functionArn?: string;
}

/** Lambda refuses the invocation: all of the function's reserved concurrency is in use. */
export class ThrottledError extends AwsError {
  constructor(message: string) {
    super('TooManyRequestsException', message, 429, { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' });
  }
}

interface Instance { readonly process: FunctionProcess; readonly logStream: string }

/** Runs a function of the template in processes of its own. */
export class LambdaFunction {
  private readonly idle: Instance[] = [];
  private readonly busy = new Set<Instance>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  private stopped = false;

  constructor(
    readonly definition: FunctionDefinition,
    private readonly surroundings: FunctionSurroundings,
    private readonly writeLog: (line: string, stream: string) => void,
  ) {}

  /** Invocations under way. */
  public get concurrency(): number {
    return this.running;
  }

  /**
   * Invokes the function and waits for its answer. An error of the function is an answer, too.
   *
   * @throws ThrottledError above the reserved concurrency
   */
  public async invoke(event: unknown, options: InvocationOptions = {}): Promise<InvocationResult> {
    await this.enter();
    try {
      return await this.run(event, options);
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }

  /** Ends all its processes; invocations under way fail. */
  public stop(): void {
    this.stopped = true;
    for (const { process } of [...this.idle.splice(0), ...this.busy]) process.end();
  }

  private async enter(): Promise<void> {
    const { reservedConcurrency, name } = this.definition;
    if (reservedConcurrency !== undefined && this.running >= reservedConcurrency) {
      throw new ThrottledError(`Rate Exceeded: ${name} has a reserved concurrency of ${reservedConcurrency}, and as many invocations are running.`);
    }
    while (this.running >= PROCESSES && reservedConcurrency === undefined) await new Promise<void>(resolve => this.waiting.push(resolve));
    this.running++;
  }

  /** What comes after the end has nowhere to go. */
  private log(line: string, stream: string): void {
    if (!this.stopped) this.writeLog(line, stream);
  }

  private async run(event: unknown, { requestId = randomUUID(), functionArn = this.definition.arn }: InvocationOptions): Promise<InvocationResult> {
    const { timeoutSeconds, memoryMiB, unrunnable, language } = this.definition;
    const python = language === 'python' ? await pythonExecutable() : undefined;
    const cannot = unrunnable ?? (language === 'python' && python === undefined
      ? 'there is no python3 on the PATH of the sandbox: install Python 3 and start again' : undefined);
    const begun = Date.now();
    const instance = cannot === undefined ? this.instance(python) : { logStream: logStreamName() };
    const log = (line: string) => this.log(line, instance.logStream);
    log(`START RequestId: ${requestId} Version: ${this.definition.version}`);
    const traceId = `Root=1-${Math.floor(begun / 1000).toString(16)}-${requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`;
    const message = { requestId, event, deadline: begun + timeoutSeconds * 1000, functionArn, traceId };
    const outcome: Outcome = 'process' in instance ? await this.runIn(instance, message)
      : { failure: { errorType: 'Sandbox.CannotRun', errorMessage: `${this.definition.name} cannot run here: ${cannot}` }, ended: false };

    const milliseconds = Date.now() - begun;
    const result = this.resultOf(outcome, requestId, milliseconds);
    if (result.failure) log(`${result.failure.errorType}: ${result.failure.errorMessage}`);
    log(`END RequestId: ${requestId}`);
    const used = outcome.memoryMiB === undefined ? '' : `\tMax Memory Used: ${outcome.memoryMiB} MB`;
    log(`REPORT RequestId: ${requestId}\tDuration: ${milliseconds} ms\tBilled Duration: ${milliseconds} ms\tMemory Size: ${memoryMiB} MB${used}`);
    return result;
  }

  private async runIn(instance: Instance, message: ToRuntime): Promise<Outcome> {
    const { process } = instance;
    this.busy.add(instance);
    const outcome = await process.invoke(message, this.definition.timeoutSeconds);
    this.busy.delete(instance);
    if (process.usable && !this.stopped) this.idle.push(instance);
    else process.end();
    return outcome;
  }

  private resultOf(outcome: Outcome, requestId: string, milliseconds: number): InvocationResult {
    if ('payload' in outcome) {
      if (Buffer.byteLength(outcome.payload) <= PAYLOAD_BYTES) return { requestId, payload: outcome.payload, milliseconds };
      const errorMessage = `Response payload size exceeded maximum allowed payload size (${PAYLOAD_BYTES} bytes).`;
      return failed(requestId, milliseconds, { errorType: 'Function.ResponseSizeTooLarge', errorMessage });
    }
    const { failure } = outcome;
    return failed(requestId, milliseconds, failure.errorType.startsWith('Sandbox.') || failure.errorType === 'Runtime.ExitError'
      ? { errorType: failure.errorType, errorMessage: `RequestId: ${requestId} ${failure.errorMessage}` } : failure);
  }

  /** The process that was used last, so that the others grow old; a new one where none is idle. */
  private instance(python: string | undefined): Instance {
    for (let instance = this.idle.pop(); instance; instance = this.idle.pop()) if (instance.process.usable) return instance;
    const logStream = logStreamName();
    return {
      logStream,
      process: new FunctionProcess({
        environment: { ...environmentOf(this.definition, this.surroundings), AWS_LAMBDA_LOG_STREAM_NAME: logStream },
        workingFolder: this.definition.codeFolder,
        python,
        onLog: line => this.log(line, logStream),
      }),
    };
  }
}

function failed(requestId: string, milliseconds: number, failure: FunctionFailure): InvocationResult {
  return { requestId, payload: JSON.stringify(failure), failure, milliseconds };
}

function logStreamName(): string {
  return `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${randomUUID().replaceAll('-', '')}`;
}
