/** A function as a template describes it. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  readonly version: string;
  /** `file.export`, as in AWS: `index.handler`. */
  readonly handler: string;
  /** `node` where it is not told. */
  readonly language?: Language;
  /** Folder that holds the code. */
  readonly codeFolder: string;
  /** Why its code cannot run here: each invocation fails with this sentence. */
  readonly unrunnable?: string;
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  /** Its own variables; the process gets no others but those that Lambda sets. */
  readonly environment: { readonly [name: string]: string };
  readonly logGroupName: string;
  /** At most so many invocations at once, and throttled above; undefined: as many as the pool allows, and the rest wait. */
  readonly reservedConcurrency?: number;
  /** Folders in which its code finds modules that it did not bring: layers, and the SDK that Lambda has. */
  readonly modulePath?: readonly string[];
}

export type Language = 'node' | 'python';

/** What the function may call with, and where its calls go. */
export interface FunctionSurroundings {
  readonly region: string;
  /** Temporary credentials of the function's role. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string };
  /** Address that unmodified AWS SDKs call instead of AWS. */
  readonly endpointUrl: string;
}

/** The variables that a process of the function sees: Lambda's own, then those of the template, which may not change Lambda's. */
export function environmentOf(definition: FunctionDefinition, surroundings: FunctionSurroundings): { [name: string]: string } {
  const { region, credentials, endpointUrl } = surroundings;
  const { modulePath = [], language = 'node' } = definition;
  return {
    ...modulePath.length > 0 && { [language === 'node' ? 'NODE_PATH' : 'PYTHONPATH']: modulePath.join(':') },
    ...definition.environment,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: definition.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMiB),
    AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroupName,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_EC2_METADATA_DISABLED: 'true',
    LAMBDA_TASK_ROOT: definition.codeFolder,
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    _HANDLER: definition.handler,
  };
}
