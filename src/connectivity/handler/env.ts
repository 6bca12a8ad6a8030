/** Names of the environment variables that the construct sets and the two connectivity functions read. */
export const CONNECTIVITY_ENV = {
  tableName: 'CONNECTIVITY_TABLE_NAME',
  /** Set only when there is a history table. */
  historyTableName: 'HISTORY_TABLE_NAME',
  historyRetentionSeconds: 'HISTORY_RETENTION_SECONDS',
  /** Set only on the function that sends offline alerts. */
  alertTopicArn: 'ALERT_TOPIC_ARN',
} as const;

/** Attributes of the connectivity table. The first six are those of the AWS connectivity sample, with its meaning. */
export const ATTRIBUTE = {
  clientId: 'ClientID',
  connectVersion: 'ConnectVersionNum',
  disconnectVersion: 'DisconnectVersionNum',
  connectTime: 'ConnectTime',
  disconnectTime: 'DisconnectTime',
  status: 'Status',
  thingName: 'ThingName',
  /** Session of the newest event, which is the one that `Status` follows. */
  session: 'SessionIdentifier',
  /** Sessions of the newest event of each kind: without them two epochs with equal version numbers look alike. */
  connectSession: 'ConnectSessionIdentifier',
  disconnectSession: 'DisconnectSessionIdentifier',
  disconnectReason: 'DisconnectReason',
  ipAddress: 'IpAddress',
  updatedAt: 'UpdatedAt',
  /** Session whose disconnect was alerted last, when a function took the alert on, and when it was sent. */
  alertSession: 'AlertSessionIdentifier',
  alertClaimedAt: 'AlertClaimedAt',
  alertSentAt: 'AlertSentAt',
} as const;

/** Attributes of the history table, beside those above. */
export const HISTORY_ATTRIBUTE = {
  /** Sort key: `<timestamp>#<kind>#<session>`, so that a repeated event replaces itself and a query reads in order of time. */
  eventId: 'EventID',
  eventType: 'EventType',
  eventTime: 'EventTime',
  version: 'VersionNum',
  expiresAt: 'ExpiresAt',
} as const;
