import * as path from 'path';
import { Duration, Names, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DataLake } from './data-lake';
import { glueScheduleProblems } from './glue-schedule';
import { createGlueRole, createSecurity, folderMarkers, listFolders, useObjects } from './glue-security';
import { LakeColumn, LakeFormat } from './lake-column';
import { compactionFolder, wideFolder } from './lake-folders';
import { LakeTable } from './lake-table';
import { timePatterns } from './partition-projection';
import { ROW_COLUMNS } from './row-columns';
import { literalFolder } from '../firehose-batch/object-prefix';
import { acknowledge, acknowledgeLogWithoutKey, addActions } from '../private/acknowledge';
import { alarmFrom } from '../private/alarm';
import { DurationRule, durationProblems, numberProblems, Problem, throwOnProblems } from '../private/validation';

/** Spark 3.5 and Python 3.11. @see https://docs.aws.amazon.com/glue/latest/dg/release-notes.html */
const GLUE_VERSION = '5.0';
/** At night of most of Europe and after the last hour of the day is closed. */
const DEFAULT_SCHEDULE = events.Schedule.cron({ minute: '30', hour: '3' });
const DEFAULT_SETTLE_TIME = Duration.hours(2);
const DEFAULT_LOOKBACK = Duration.days(7);
const DEFAULT_WORKERS = 2;
/** Names of Glue's own; each job has two log groups below it. */
const LOG_GROUPS = '/aws-glue/jobs';
const TIMEOUT = Duration.hours(4);
/** Firehose writes late for up to a day while S3 refuses. @see https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html */
const LOOKBACK: DurationRule = { min: 2, max: 3_650, unit: 'days', allowed: 'from 2 to 3650 days', fix: 'pass Duration.days(2) or more, since Firehose tries for a day to write' };
/** Firehose buffers for 15 minutes at most. */
const SETTLE: DurationRule = { min: 1_800, max: 86_400, allowed: 'from 1800 to 86400 seconds', fix: 'pass Duration.minutes(30) to Duration.hours(24)' };
/** Glue needs a driver and a worker. @see https://docs.aws.amazon.com/glue/latest/dg/add-job.html */
const WORKERS = { min: 2, max: 299, unit: 'workers' };

/** Properties of a LakeCompaction. */
export interface LakeCompactionProps {
  /** The lake whose files are merged. */
  readonly lake: DataLake;

  /**
   * When the job runs, in UTC, as a cron expression. Each run is paid by the second, a minute at least, for each worker.
   *
   * @default - every day at 03:30
   */
  readonly schedule?: events.Schedule;

  /**
   * How long after its end an hour is closed, from 30 minutes to a day. What comes later is merged by a later run.
   *
   * @default Duration.hours(2)
   */
  readonly settleTime?: Duration;

  /**
   * For how long hours are looked at again, from 2 to 3,650 days. Set it once to the age of a lake that gets its first compaction.
   *
   * @default Duration.days(7)
   */
  readonly lookback?: Duration;

  /**
   * How many workers of type G.1X (4 vCPU, 16 GB) share the work, from 2 to 299.
   *
   * @default 2
   */
  readonly workers?: number;

  /**
   * Key that encrypts the logs of the job. Objects keep to the encryption of their bucket.
   *
   * @default - keys of CloudWatch Logs, at no charge
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long the logs of the job are kept.
   *
   * @default logs.RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * What happens when a run fails.
   *
   * @default - the alarm shows in CloudWatch and tells nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/**
 * A scheduled Glue job that merges the many small files of each closed hour of a lake into few, sorted by thing and time and without the copies
 * of messages that were delivered twice. For each device type of the lake it writes a wide table.
 *
 * It may be cut off at any moment and run again: no row is lost, and a second run changes nothing. While it puts merged files in place of
 * others, queries may count rows of that hour twice for some seconds.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/performance-tuning-data-optimization-techniques.html
 * @example
 * import { Stack } from 'aws-cdk-lib';
 * import { DataLake, LakeCompaction } from 'cdk-iot-landing-zone';
 *
 * declare const stack: Stack;
 * declare const lake: DataLake;
 *
 * new LakeCompaction(stack, 'Compaction', { lake });
 */
export class LakeCompaction extends Construct {
  /** Name of the job, to start it by hand. */
  readonly jobName: string;
  /** What the job may do is granted to it. */
  readonly role: iam.IRole;
  /** The wide tables, in the order of the device types of the lake. */
  readonly wideTables: LakeTable[];
  /** Messages of EventBridge about runs that failed, with the reason, for 14 days. */
  readonly failedRuns: sqs.IQueue;
  /** In alarm when a run fails, runs too long or is stopped. */
  readonly alarm: cloudwatch.IAlarm;

  constructor(scope: Construct, id: string, props: LakeCompactionProps) {
    super(scope, id);
    throwOnProblems(this, problemsOf(props));
    const { lake } = props;

    this.wideTables = lake.deviceTypes.map(({ name, columns }) => lake._table(
      `${name}Table`, name, lake.bucket, widePrefix(lake.prefix, name), [...PLAIN_COLUMNS, ...columns], LakeFormat.PARQUET));
    const script = new Asset(this, 'Script', { path: path.join(__dirname, '../../assets/lake-compaction/compact.py') });
    const role = this.createRole(props, script);
    this.role = role;
    const job = this.createJob(props, script, role);
    this.jobName = job.ref;
    this.createTrigger(props.schedule ?? DEFAULT_SCHEDULE);
    const queue = this.createFailureQueue();
    this.failedRuns = queue;
    const alarm = new cloudwatch.Alarm(this, 'Alarm', alarmFrom(1, queue.metricNumberOfMessagesSent({ period: Duration.minutes(5), statistic: 'Sum' }),
      'A compaction of the lake failed. No data is lost, but files stay small: the log of the job and the queue of failed runs tell why.'));
    addActions(alarm, props.alarmActions ?? []);
    this.alarm = alarm;
  }

  private createRole({ lake, encryptionKey }: LakeCompactionProps, script: Asset): iam.Role {
    const role = createGlueRole(this, `Merges the files of ${lake.node.path}`, LOG_GROUPS, encryptionKey);
    const folders = [literalFolder(lake.prefix), wideFolder(lake.prefix), compactionFolder(lake.prefix)];
    const markers = [wideFolder(lake.prefix), compactionFolder(lake.prefix)].flatMap(folderMarkers);
    listFolders(role, lake.bucket, folders, markers);
    useObjects(role, lake.bucket, ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:PutObject'], folders, markers);
    lake.bucket.encryptionKey?.grantEncryptDecrypt(role);
    role.addToPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [script.bucket.arnForObjects(script.s3ObjectKey)] }));
    return role;
  }

  private createJob(props: LakeCompactionProps, script: Asset, role: iam.Role): glue.CfnJob {
    const { lake, settleTime, lookback, workers, encryptionKey, logRetention } = props;
    const security = createSecurity(this, lake.bucket, encryptionKey);
    const logGroupPrefix = `${LOG_GROUPS}/${Names.uniqueResourceName(this, { maxLength: 128, separator: '-', allowedSpecialCharacters: '-_' })}`;
    const url = (folder: string) => lake.bucket.s3UrlForObject(folder);
    const deviceTypes = lake.deviceTypes.map(({ name, attribute, values, columns }) =>
      ({ name, attribute, values, columns: columns.map(column => ({ name: column.name, type: column.type.name })) }));
    const job = new glue.CfnJob(this, 'Job', {
      description: `Merges the files of closed hours of ${lake.node.path}`,
      role: role.roleArn,
      glueVersion: GLUE_VERSION,
      workerType: 'G.1X',
      numberOfWorkers: workers ?? DEFAULT_WORKERS,
      timeout: TIMEOUT.toMinutes(),
      // A failed run is taken up by the next one; to try at once would hide what failed.
      maxRetries: 0,
      executionProperty: { maxConcurrentRuns: 1 },
      securityConfiguration: security,
      command: { name: 'glueetl', pythonVersion: '3', scriptLocation: script.s3ObjectUrl },
      defaultArguments: {
        '--root': url(literalFolder(lake.prefix)),
        '--wide': url(wideFolder(lake.prefix)),
        '--state': url(compactionFolder(lake.prefix)),
        '--partitions': timePatterns(lake.prefix).join(),
        '--device-types': JSON.stringify(deviceTypes),
        '--settle-minutes': String((settleTime ?? DEFAULT_SETTLE_TIME).toMinutes()),
        '--lookback-days': String((lookback ?? DEFAULT_LOOKBACK).toDays()),
        '--job-language': 'python',
        '--enable-continuous-cloudwatch-log': 'true',
        '--custom-logGroup-prefix': logGroupPrefix,
      },
    });
    const logFolder = security === undefined ? logGroupPrefix : `${logGroupPrefix}/${security}-role/${role.roleName}`;
    job.node.addDependency(role, ...this.createLogGroups(logFolder, logRetention, encryptionKey));
    return job;
  }

  /** By the names that Glue would give them, which keeps what it writes for ever. @see https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html */
  private createLogGroups(prefix: string, retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH, encryptionKey?: kms.IKey): logs.LogGroup[] {
    return [['OutputLogs', 'output'], ['ErrorLogs', 'error']].map(([id, name]) => {
      const logGroup = new logs.LogGroup(this, id, { logGroupName: `${prefix}/${name}`, retention, encryptionKey, removalPolicy: RemovalPolicy.DESTROY });
      if (!encryptionKey) acknowledgeLogWithoutKey(logGroup);
      return logGroup;
    });
  }

  private createTrigger(schedule: events.Schedule): void {
    new glue.CfnTrigger(this, 'Trigger', {
      type: 'SCHEDULED',
      description: `Starts the compaction of ${this.node.path}`,
      schedule: schedule.expressionString,
      startOnCreation: true,
      actions: [{ jobName: this.jobName }],
    });
  }

  /** Glue has no metric of runs that failed, only an event, and an event alone cannot set off an alarm. */
  private createFailureQueue(): sqs.Queue {
    const queue = new sqs.Queue(this, 'FailedRuns', { encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true, retentionPeriod: Duration.days(14) });
    acknowledge(queue, ['AwsSolutions-SQS3'], 'Nothing reads this queue but a person who looks why a run failed, so there is nothing to fail and no dead-letter queue.');
    new events.Rule(this, 'FailureRule', {
      description: `Runs of the compaction of ${this.node.path} that failed`,
      eventPattern: {
        source: ['aws.glue'],
        detailType: ['Glue Job State Change'],
        detail: { jobName: [this.jobName], state: ['FAILED', 'TIMEOUT', 'STOPPED', 'ERROR'] },
      },
      targets: [new targets.SqsQueue(queue)],
    });
    return queue;
  }
}

const PLAIN_COLUMNS: LakeColumn[] = ROW_COLUMNS.filter(({ type }) => !type.name.startsWith('map'));

/** The partitions of the rows, in the folder of a wide table. */
function widePrefix(prefix: string, name: string): string {
  return `${wideFolder(prefix)}${name}/${prefix.slice(literalFolder(prefix).length)}`;
}

function problemsOf({ lake, schedule, settleTime, lookback, workers }: LakeCompactionProps): Problem[] {
  return [
    ...glueScheduleProblems('schedule', schedule),
    ...durationProblems('settleTime', settleTime, SETTLE),
    ...durationProblems('lookback', lookback, LOOKBACK),
    ...numberProblems('workers', workers, WORKERS),
    ...timeProblems(lake.prefix),
  ];
}

/** Which hours are closed is read off the folders. */
function timeProblems(prefix: string): Problem[] {
  if (timePatterns(prefix).some(level => level.includes('=yyyy'))) return [];
  return [{ prop: 'lake', got: prefix, allowed: 'a lake whose prefix has a time from the year on', fix: 'use a prefix such as telemetry/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/' }];
}
