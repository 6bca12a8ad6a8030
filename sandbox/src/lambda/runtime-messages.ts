/** An invocation, on its way into the process of a function. */
export interface ToRuntime {
  readonly requestId: string;
  readonly event: unknown;
  /** Milliseconds since 1970 at which the process is ended. */
  readonly deadline: number;
  /** As it was invoked: with its qualifier, where there is one. */
  readonly functionArn: string;
  readonly traceId: string;
}

export interface FunctionFailure { readonly errorType: string; readonly errorMessage: string; readonly trace?: string[] }

/** What the process says: that it has loaded the handler or cannot, and the outcome of an invocation with the memory that the process has used at most. */
export type FromRuntime =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly error: FunctionFailure }
  | { readonly type: 'result'; readonly requestId: string; readonly payload: string; readonly memoryMiB?: number }
  | { readonly type: 'error'; readonly requestId: string; readonly error: FunctionFailure; readonly memoryMiB?: number };
