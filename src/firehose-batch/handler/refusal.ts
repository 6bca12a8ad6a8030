/** Why a record makes no rows. */
export type Refusal = 'no JSON objects' | 'key too long' | 'too large' | 'rows of several partitions';

/** Ends the scan of one record; `clean` turns it into a value. */
export class Refused extends Error {
  constructor(readonly reason: Refusal) {
    super(reason);
  }
}
