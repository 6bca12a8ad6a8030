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
        Query: { Type: 'AWS::Athena::NamedQuery', Properties: { Name: 'sum', Database: { Ref: 'Lake' }, QueryString: 'SELECT sum(a) AS s FROM t' } },
      },
    }, 'S.json'),
    assets: [],
    dependsOn: [],
  }], { types: new Map([...glue.types, ...athena.types]), account: '111122223333', region: 'eu-west-1' });
  await store.createBucket('lake');
  await store.put('lake', 't/1', Buffer.from('{"a":1}\n'));
  const [{ sql, database }] = athena.namedQueries;
  expect(await athena.lake.query(sql, { database, workGroup: 'operators' })).toMatchObject({ rows: [['1']], columns: [{ name: 's' }] });
  await store.put('lake', 't/2', Buffer.from('{"a":2}\n'));
  await expect(athena.lake.query(sql, { database, workGroup: 'operators' })).rejects.toThrow('may read 10');
});
