/** Names of the environment variables that the construct sets and the redrive function reads. */
export const REDRIVE_ENV = {
  queueUrl: 'ERROR_QUEUE_URL',
  /** JSON object: rule name to the URL of the queue that its messages go to instead of Basic Ingest. */
  ruleQueues: 'RULE_QUEUE_URLS',
} as const;

export interface RedriveEnvironment {
  readonly queueUrl: string;
  readonly ruleQueues: Readonly<Record<string, string>>;
}

export function readEnvironment(env: NodeJS.ProcessEnv): RedriveEnvironment {
  const queueUrl = env[REDRIVE_ENV.queueUrl];
  if (!queueUrl) throw new Error(`the environment variable ${REDRIVE_ENV.queueUrl} must be the URL of the error queue, got ${JSON.stringify(queueUrl)}`);
  return { queueUrl, ruleQueues: JSON.parse(env[REDRIVE_ENV.ruleQueues] ?? '{}') as Record<string, string> };
}
