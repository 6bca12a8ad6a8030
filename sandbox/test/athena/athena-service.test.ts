import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { Account } from '../../src/account';
import { deploy } from '../../src/assembly/deployment';
import { templateOf } from '../../src/assembly/template';
import { AthenaService } from '../../src/athena';
import { GlueService } from '../../src/glue';
import { BucketStore } from '../../src/s3/bucket-store';
import { SYSTEM_CLOCK } from '../../src/time/clock';

const folder = mkdtempSync(path.join(tmpdir(), 'athena-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a named query of the template runs over its table, within the limit of its workgroup', async () => {
  const account = new Account({ environment: { account: '111122223333', region: 'eu-west-1', partition: 'aws' }, stateFolder: folder, clock: SYSTEM_CLOCK });
  const store = new BucketStore(path.join(folder, 'buckets'));
  const glue = new GlueService(account);
  const athena = new AthenaService(account, { store, tables: () => glue.tables(), table: (database, name) => glue.table(database, name) });
  const input = {
    Name: 't',
    StorageDescriptor: { Location: 's3://lake/t/', Columns: [{ Name: 'a', Type: 'int' }], SerdeInfo: { SerializationLibrary: 'org.openx.data.jsonserde.JsonSerDe' } },
  };
  await deploy([{
    id: 'S',
    stackName: 'S',
    template: templateOf({
      Resources: {
        Lake: { Type: 'AWS::Glue::Database', Properties: { DatabaseInput: { Name: 'lake' } } },
        Table: { Type: 'AWS::Glue::Table', Properties: { DatabaseName: { Ref: 'Lake' }, TableInput: input } },
        Group: { Type: 'AWS::Athena::WorkGroup', Properties: { Name: 'operators', WorkGroupConfiguration: { BytesScannedCutoffPerQuery: 10 } } },
        Query: { Type: 'AWS::Athena::NamedQuery', Properties: { Name: 'sum', WorkGroup: { Ref: 'Group' }, Database: { Ref: 'Lake' }, QueryString: 'SELECT sum(a) AS s FROM t' } },
      },
    }, 'S.json'),
    assets: [],
    dependsOn: [],
  }], { types: new Map([...glue.types, ...athena.types]), account: '111122223333', region: 'eu-west-1' });
  await store.createBucket('lake');
  await store.put('lake', 't/1', Buffer.from('{"a":1}\n'));
  const [{ sql, database }] = athena.namedQueries;
  expect(await athena.lake.query(sql, { database, workGroup: 'operators' })).toMatchObject({ rows: [['1']], columns: [{ name: 's' }] });

  const ask = (operation: string, request: object) => account.call('athena', operation, request, account.operator) as Promise<any>;
  const ended = async (query: object) => {
    const { QueryExecutionId } = await ask('StartQueryExecution', query);
    for (;;) {
      const { QueryExecution: { Status } } = await ask('GetQueryExecution', { QueryExecutionId });
      if (Status.State !== 'RUNNING') return { QueryExecutionId, ...Status };
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  };
  const { NamedQueryIds: [NamedQueryId] } = await ask('ListNamedQueries', { WorkGroup: 'operators' });
  expect((await ask('GetNamedQuery', { NamedQueryId })).NamedQuery).toMatchObject({ Name: 'sum', QueryString: sql, Database: database });
  const { QueryExecutionId, State } = await ended({ QueryString: 'SELECT a, map([\'x\'], [1.5]) AS m, array[1, 2] AS l, NULL AS n, CAST(2 AS double) AS d FROM t', WorkGroup: 'operators' });
  expect(State).toBe('SUCCEEDED');
  const { ResultSet: { Rows, ResultSetMetadata } } = await ask('GetQueryResults', { QueryExecutionId });
  expect(Rows.map(({ Data }: any) => Data.map((cell: any) => cell.VarCharValue))).toEqual([['a', 'm', 'l', 'n', 'd'], ['1', '{x=1.5}', '[1, 2]', undefined, '2.0']]);
  expect(ResultSetMetadata.ColumnInfo[0]).toMatchObject({ Name: 'a', Type: 'integer' });
  const { NextToken, ...first } = await ask('GetQueryResults', { QueryExecutionId, MaxResults: 1 });
  const rest = await ask('GetQueryResults', { QueryExecutionId, NextToken });
  expect([first.ResultSet.Rows, rest.ResultSet.Rows, rest.NextToken]).toEqual([Rows.slice(0, 1), Rows.slice(1), undefined]);
  expect(await ended({ QueryString: 'SELECT * FROM nothing' })).toMatchObject({ State: 'FAILED', StateChangeReason: expect.stringContaining('TABLE_NOT_FOUND') });
  await expect(ask('StartQueryExecution', { QueryString: 'SELECT 1', WorkGroup: 'nobody' })).rejects.toThrow('WorkGroup nobody is not found');
  await expect(ask('GetQueryExecution', { QueryExecutionId: 'x' })).rejects.toThrow('was not found');

  await store.put('lake', 't/2', Buffer.from('{"a":2}\n'));
  await expect(athena.lake.query(sql, { database, workGroup: 'operators' })).rejects.toThrow('may read 10');
});
