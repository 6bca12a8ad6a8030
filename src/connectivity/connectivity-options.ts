import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';

/** Options of a LifecycleConnectivityTable. */
export interface LifecycleConnectivityTableOptions {
  /**
   * Your own table. Its partition key is `ClientID`, a string, and it has no sort key; nothing but this construct writes
   * the attributes that the page of the construct lists.
   *
   * @default - a new table on demand, encrypted, with point-in-time recovery
   */
  readonly table?: dynamodb.ITable;

  /**
   * What a stream of the new table holds, for programs that want to react to changes. Read it from `table.tableStreamArn`.
   *
   * Repeated and outdated events change nothing, so they are not in the stream.
   *
   * @default - no stream
   */
  readonly stream?: dynamodb.StreamViewType;

  /**
   * Keeps every event in a second table, for this long after it happened: at least one day, in whole seconds. It doubles the
   * writes.
   *
   * DynamoDB deletes expired items within a few days; filter on `ExpiresAt` where that matters.
   *
   * @default - no history
   */
  readonly historyRetention?: Duration;

  /**
   * Only client ids that begin with one of these are taken by the rules: up to 20 prefixes, as in `ignoredClientIdPrefixes`.
   * Presence events are those of the whole account and Region, so say here which clients are meant where others share it.
   *
   * @default - every client but the ignored ones
   */
  readonly clientIdPrefixes?: string[];

  /**
   * Client ids that begin with one of these are left out by the rules, so they cost nothing further: up to 20 prefixes
   * of 1 to 128 characters without quotes, backslashes, control characters, `#` and `+`. With an empty list no client is left out.
   *
   * @default ['iotconsole'] - the MQTT test client of the console
   */
  readonly ignoredClientIdPrefixes?: string[];

  /**
   * Where to tell that a client went offline and stayed so for the quiet period. Once for each disconnect, as JSON.
   *
   * A session that ended because the same client connected again never alerts. The topic must be a standard one; where it
   * has a customer key, its publishers need that key, which this construct grants.
   *
   * @default - no alerts
   */
  readonly offlineAlertTopic?: sns.ITopic;

  /**
   * How long a client must be offline before it is told: 0 to 900 seconds (the longest delay of SQS).
   *
   * @default Duration.minutes(5)
   */
  readonly offlineAlertQuietPeriod?: Duration;

  /**
   * How many invocations of each function may run at once: 2 to 1,000. Storms of reconnects wait in the queue meanwhile.
   *
   * @default 10
   */
  readonly maxConcurrency?: number;

  /**
   * Your own function instead of the one that writes the table. It gets SQS batches of up to 100 presence events and must
   * answer which of them failed; it is allowed to take from the queue, and you let it write the table.
   *
   * It may live in another stack than this construct. It writes no history: `historyRetention` cannot be set beside it.
   *
   * @default - a function that follows the rules on the page of the construct
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
   */
  readonly handler?: lambda.IFunction;

  /**
   * How many connects and disconnects within one minute raise the storm alarm, 1 to 100,000,000. A fleet that reconnects all at
   * once, without jitter, makes two events a client.
   *
   * @default - no such alarm, since what is usual depends on the fleet
   */
  readonly stormAlarmThreshold?: number;

  /**
   * What happens when an event could not be written, when events wait too long or come in a storm, when AWS IoT throttles
   * a rule, or when a rule failed with an error queue of its own.
   *
   * @default - the alarms show in CloudWatch and tell nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}
