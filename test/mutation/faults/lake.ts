import { Fault, faultsIn } from '../fault';

export const LAKE_FAULTS: Fault[] = [
  ...faultsIn('src/lake/lake-table.ts', ['test/lake/lake-table.test'], [
    ['one broken line fails every query', "'ignore.malformed.json': 'true'", "'ignore.malformed.json': 'false'"],
    ['a reader of the schema sees every table', "arnOf('table', `${this.databaseName}/${this.tableName}`)", "arnOf('table', '*')"],
    ['a reader of the schema may change it', "'glue:GetTableVersions'", "'glue:UpdateTable'"],
    ['Parquet is read as text', "this.format === LakeFormat.PARQUET ? 'parquet' : 'json'", "'json'"],
    ['columns are not checked', '...columnProblems(props.columns, props.prefix),', ''],
  ]),
  ...faultsIn('src/lake/partition-projection.ts', ['test/lake/lake-table.test'], [
    ['partition keys that nobody can list are listed', "{ type: 'injected' }", "{ type: 'enum' }"],
    ['the last hour of the day is not found', 'number(0, 23, 2)', 'number(0, 22, 2)'],
    ['hours are looked up in steps of a day', "'HOURS')", "'DAYS')"],
    ['the 30th of February passes', ' && midnight.toISOString().startsWith(text)', ''],
    ['a prefix without a slash at its end passes', "segments.pop() !== ''", "segments.pop() === '/'"],
    ['one column is there twice', '|| columns.some(column => column.name === name)', ''],
  ]),
  ...faultsIn('src/lake/column-problems.ts', ['test/lake/lake-table.test'], [
    ['names that look the same are two columns', "name.normalize('NFKC')", 'name'],
    ['a column name of 256 characters passes', 'COLUMN_NAME = { max: 255', 'COLUMN_NAME = { max: 256'],
    ['types are not checked', 'isColumnType(name)', 'name.length > 0'],
  ]),
  ...faultsIn('src/lake/column-type-grammar.ts', ['test/lake/lake-table.test'], [
    ['decimal(39) passes', String.raw`decimal(?:\\((?:[1-9]|[12]\\d|3[0-8])(?:,`, String.raw`decimal(?:\\((?:[1-9]|[12]\\d|3[0-9])(?:,`],
  ]),
];
