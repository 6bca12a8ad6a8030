import { writeJson } from '../../sql';
import { ActionFailure, MakeAction, RuleResult } from '../action';

const SEPARATORS = ['\n', '\t', '\r\n', ','] as const;
/** https://docs.aws.amazon.com/iot/latest/developerguide/kinesis-firehose-rule-action.html */
const MAXIMUM_RECORDS = 500;

/** `Firehose`: the result as one record; in batch mode each element of an array as one, all in one call. */
export const firehose: MakeAction = properties => {
  const stream = properties.field('DeliveryStreamName');
  const separator = Buffer.from(properties.oneOf('Separator', SEPARATORS) ?? '');
  const isBatch = properties.flag('BatchMode');
  const record = (data: Buffer) => ({ Data: separator.length === 0 ? data : Buffer.concat([data, separator]) });
  return {
    failedAction: 'FirehoseAction',
    resource: properties.text('DeliveryStreamName'),
    roleArn: properties.text('RoleArn'),
    call(result) {
      const DeliveryStreamName = stream(result);
      if (!isBatch) return { service: 'firehose', operation: 'PutRecord', resource: DeliveryStreamName, input: { DeliveryStreamName, Record: record(result.payload) } };
      return {
        service: 'firehose',
        operation: 'PutRecordBatch',
        resource: DeliveryStreamName,
        input: { DeliveryStreamName, Records: elementsOf(result).map(element => record(Buffer.from(element))) },
        refusal: ({ FailedPutCount = 0 }: { FailedPutCount?: number }) => FailedPutCount > 0 ? `${FailedPutCount} records of the batch were not taken` : undefined,
      };
    },
  };
};

function elementsOf({ value }: RuleResult): string[] {
  if (!Array.isArray(value)) throw new ActionFailure('batchMode needs an array as the result of the rule\'s SQL: select one with SELECT VALUE');
  if (value.length > MAXIMUM_RECORDS) throw new ActionFailure(`batchMode takes an array of at most ${MAXIMUM_RECORDS} elements, got ${value.length}`);
  return value.map(writeJson);
}
