/** Names of the environment variables that the construct sets and the redrive function reads. */
export const REDRIVE_ENV = {
  queueUrl: 'ERROR_QUEUE_URL',
  /** JSON object: rule name to the URL of the queue that its messages go to instead of Basic Ingest. */
  ruleQueues: 'RULE_QUEUE_URLS',
} as const;
