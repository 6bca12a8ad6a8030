import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { Account } from '../../src/account';
import { AthenaService } from '../../src/athena';
import { BucketStore } from '../../src/s3/bucket-store';
import { SYSTEM_CLOCK } from '../../src/time/clock';

const ENDLESS = 'SELECT count(*) FROM range(1000000000000)';
const folder = mkdtempSync(path.join(tmpdir(), 'endless-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Call = (operation: string, input: object) => Promise<any>;

function athenaUnderTest(): { athena: AthenaService; call: Call } {
  const account = new Account({ environment: { account: '111122223333', region: 'eu-west-1', partition: 'aws' }, stateFolder: folder, clock: SYSTEM_CLOCK });
  const athena = new AthenaService(account, { store: new BucketStore(path.join(folder, 'buckets')), tables: () => [], table: () => undefined });
  return { athena, call: (operation, input) => account.call('athena', operation, input, account.operator) };
}

async function stateOf(call: Call, QueryExecutionId: string, wanted: string): Promise<string | undefined> {
  for (;;) {
    const { QueryExecution: { Status } } = await call('GetQueryExecution', { QueryExecutionId });
    if (Status.State === wanted) return Status.StateChangeReason;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

test('a query that does not end is stopped by StopQueryExecution, and those that wait for their turn come to it', async () => {
  const { call } = athenaUnderTest();
  const started = await Promise.all([1, 2, 3].map(() => call('StartQueryExecution', { QueryString: ENDLESS }))) as { QueryExecutionId: string }[];
  const { QueryExecutionId: last } = await call('StartQueryExecution', { QueryString: 'SELECT 1 AS one' });
  for (const { QueryExecutionId } of started) await call('StopQueryExecution', { QueryExecutionId });
  for (const { QueryExecutionId } of started) expect(await stateOf(call, QueryExecutionId, 'CANCELLED')).toBe('the query was cancelled');
  await stateOf(call, last, 'SUCCEEDED');
}, 60_000);

test('a stop ends queries that run', async () => {
  const { athena } = athenaUnderTest();
  const endless = athena.lake.query(ENDLESS);
  const told = expect(endless).rejects.toThrow('the sandbox stops');
  await new Promise(resolve => setTimeout(resolve, 500));
  athena.stop();
  await told;
  await expect(athena.lake.query('SELECT 1')).rejects.toThrow('the sandbox stops');
}, 60_000);

test('one statement is taken at a time', async () => {
  const { athena } = athenaUnderTest();
  await expect(athena.lake.query('SELECT 1; SELECT 2')).rejects.toThrow('Only one sql statement is allowed. Got: SELECT 1; SELECT 2');
});
