import { randomUUID } from 'crypto';
import { environmentOf, FunctionDefinition, FunctionSurroundings } from './function-definition';
import { FunctionProcess } from './function-process';
import { FunctionFailure } from './runtime-messages';

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

/** Lambda refuses the invocation: all of the function's reserved concurrency is in use. */
export class ThrottledError extends Error {
  public override readonly name = 'TooManyRequestsException';
}

/** Runs a function of the template in processes of its own. */
export class LambdaFunction {
  private readonly idle: FunctionProcess[] = [];
  private readonly busy = new Set<FunctionProcess>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  private stopped = false;

  constructor(
    readonly definition: FunctionDefinition,
    private readonly surroundings: FunctionSurroundings,
    private readonly onLog: (line: string) => void,
  ) {}

  /**
   * Invokes the function and waits for its answer. An error of the function is an answer, too.
   *
   * @throws ThrottledError above the reserved concurrency
   */
  public async invoke(event: unknown): Promise<InvocationResult> {
    await this.enter();
    try {
      return await this.run(event);
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }

  /** Ends all its processes; invocations under way fail. */
  public stop(): void {
    this.stopped = true;
    for (const process of [...this.idle.splice(0), ...this.busy]) process.end();
  }

  private async enter(): Promise<void> {
    const { reservedConcurrency, name } = this.definition;
    if (reservedConcurrency !== undefined && this.running >= reservedConcurrency) {
      throw new ThrottledError(`Rate Exceeded: ${name} has a reserved concurrency of ${reservedConcurrency}, and as many invocations are running.`);
    }
    while (this.running >= PROCESSES && reservedConcurrency === undefined) await new Promise<void>(resolve => this.waiting.push(resolve));
    this.running++;
  }

  private async run(event: unknown): Promise<InvocationResult> {
    const { arn, timeoutSeconds } = this.definition;
    const requestId = randomUUID();
    const begun = Date.now();
    const process = this.process();
    this.busy.add(process);
    this.onLog(`START RequestId: ${requestId} Version: ${this.definition.version}`);
    const traceId = `Root=1-${Math.floor(begun / 1000).toString(16)}-${requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`;
    const outcome = await process.invoke({ requestId, event, deadline: begun + timeoutSeconds * 1000, functionArn: arn, traceId }, timeoutSeconds);
    this.busy.delete(process);
    if (process.usable && !this.stopped) this.idle.push(process);
    else process.end();

    const milliseconds = Date.now() - begun;
    this.onLog(`END RequestId: ${requestId}`);
    this.onLog(`REPORT RequestId: ${requestId}\tDuration: ${milliseconds} ms`);
    if ('payload' in outcome && Buffer.byteLength(outcome.payload) > PAYLOAD_BYTES) {
      return this.failed(requestId, milliseconds, {
        errorType: 'Function.ResponseSizeTooLarge', errorMessage: `Response payload size exceeded maximum allowed payload size (${PAYLOAD_BYTES} bytes).`,
      });
    }
    return 'payload' in outcome ? { requestId, payload: outcome.payload, milliseconds } : this.failed(requestId, milliseconds, outcome.failure);
  }

  private failed(requestId: string, milliseconds: number, failure: FunctionFailure): InvocationResult {
    const error = failure.errorType.startsWith('Sandbox.') || failure.errorType === 'Runtime.ExitError'
      ? { errorType: failure.errorType, errorMessage: `RequestId: ${requestId} ${failure.errorMessage}` } : failure;
    this.onLog(`${error.errorType}: ${error.errorMessage}`);
    return { requestId, payload: JSON.stringify(error), failure: error, milliseconds };
  }

  /** The process that was used last, so that the others grow old; a new one where none is idle. */
  private process(): FunctionProcess {
    for (let process = this.idle.pop(); process; process = this.idle.pop()) if (process.usable) return process;
    return new FunctionProcess({
      environment: { ...environmentOf(this.definition, this.surroundings), AWS_LAMBDA_LOG_STREAM_NAME: logStreamName() },
      workingFolder: this.definition.codeFolder,
      onLog: this.onLog,
    });
  }
}

function logStreamName(): string {
  return `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${randomUUID().replaceAll('-', '')}`;
}
