export * from './landing-zone/device-endpoint';
export * from './rules/ingest-rule';
export * from './rules/rule-action';
export * from './rules/rule-error-queue';
export * from './thing-policy/thing-policy';
