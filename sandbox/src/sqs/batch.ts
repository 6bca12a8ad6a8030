import { AwsError } from '../account';
import { serviceErrorOf } from '../http/service-error';

const MAXIMUM_ENTRIES = 10;
const ID = /^[\w-]{1,80}$/;

/**
 * Does something for each entry of a batch; an entry that is refused does not hinder the others.
 *
 * @throws AwsError where the batch as a whole is none
 */
export function batched<E extends { readonly Id: string }>(entries: readonly E[] = [], handle: (entry: E) => object | void) {
  if (entries.length === 0) throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > MAXIMUM_ENTRIES) {
    throw new AwsError('TooManyEntriesInBatchRequest', `Maximum number of entries per request are ${MAXIMUM_ENTRIES}. You have sent ${entries.length}.`);
  }
  const wrong = entries.find(({ Id }) => !ID.test(Id));
  if (wrong) throw new AwsError('InvalidBatchEntryId', `The batch entry id ${JSON.stringify(wrong.Id)} needs 1 to 80 letters, digits, hyphens and underscores.`);
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...handle(entry) });
    } catch (error) {
      const known = serviceErrorOf(error);
      if (!known) throw error;
      Failed.push({ Id: entry.Id, Code: known.code, Message: known.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
}
