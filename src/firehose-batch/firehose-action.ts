import * as iam from 'aws-cdk-lib/aws-iam';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import { selectsValue } from './telemetry-sql';
import { throwOnProblems } from '../private/validation';
import { IngestRule } from '../rules/ingest-rule';
import { IRuleAction, RuleActionConfig } from '../rules/rule-action';

/** What stands between the records of a stream. */
export enum RecordSeparator {
  /** A line feed, as JSON lines need it. */
  NEWLINE = '\n',
  /** A tab. */
  TAB = '\t',
  /** Carriage return and line feed. */
  WINDOWS_NEWLINE = '\r\n',
  /** A comma. */
  COMMA = ',',
}

/** How a FirehoseAction writes. */
export interface FirehoseActionOptions {
  /**
   * What AWS IoT puts after each record. Without one, the records of an object run into each other.
   *
   * @default RecordSeparator.NEWLINE
   */
  readonly separator?: RecordSeparator;

  /**
   * Whether the result of the SQL is an array, each of whose at most 500 elements becomes a record.
   *
   * Messages whose result is no array are lost without an error, so the SQL has to be a `SELECT VALUE`.
   *
   * @default false
   * @see https://docs.aws.amazon.com/iot/latest/developerguide/kinesis-firehose-rule-action.html
   */
  readonly batchMode?: boolean;
}

/**
 * A rule action that puts each message on a Firehose stream.
 *
 * It makes one request a message, of which a stream takes 2,000 a second in the largest Regions and 1,000 elsewhere
 * before it throttles; `batchMode` makes one request an array.
 */
export class FirehoseAction implements IRuleAction {
  private readonly stream: firehose.IDeliveryStreamRef;
  private readonly separator: RecordSeparator;
  private readonly batchMode: boolean;

  /**
   * @param stream the stream to put records on
   * @param options how to write them
   */
  constructor(stream: firehose.IDeliveryStreamRef, options: FirehoseActionOptions = {}) {
    this.stream = stream;
    this.separator = options.separator ?? RecordSeparator.NEWLINE;
    this.batchMode = options.batchMode ?? false;
  }

  /**
   * Grants the rule to put records and returns the action. Rules call it themselves.
   *
   * @param rule the rule whose messages go to the stream
   */
  public bind(rule: IngestRule): RuleActionConfig {
    if (this.batchMode && !selectsValue(rule.sql)) {
      throwOnProblems(rule, [{
        prop: 'batchMode', got: rule.sql, allowed: 'used with an sql that selects an array', fix: 'write SELECT VALUE with an array, or leave batchMode out',
      }]);
    }
    const { deliveryStreamArn, deliveryStreamName } = this.stream.deliveryStreamRef;
    rule.role.addToPrincipalPolicy(new iam.PolicyStatement({
      actions: ['firehose:PutRecord', ...this.batchMode ? ['firehose:PutRecordBatch'] : []],
      resources: [deliveryStreamArn],
    }));
    return {
      configuration: {
        firehose: { deliveryStreamName, roleArn: rule.role.roleArn, separator: this.separator, batchMode: this.batchMode },
      },
    };
  }
}
