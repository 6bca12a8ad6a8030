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
  ...faultsIn('src/lake/lake-bucket.ts', ['test/firehose-batch/firehose-batch-pipeline.test'], [
    ['data travels to the bucket without TLS', 'enforceSSL: true', 'enforceSSL: false'],
    ['the bucket is open to policies for the public', 's3.BlockPublicAccess.BLOCK_ALL', 's3.BlockPublicAccess.BLOCK_ACLS'],
    ['objects that are overwritten are lost', 'versioned: true', 'versioned: false'],
    ['the bucket keeps the customer key out', 'props.encryptionKey ? s3.BucketEncryption.KMS : s3.BucketEncryption.S3_MANAGED', 's3.BucketEncryption.S3_MANAGED'],
    ['the lake goes with the stack', 'props.removalPolicy ?? RemovalPolicy.RETAIN', 'props.removalPolicy ?? RemovalPolicy.DESTROY'],
    ['a bucket that is kept is emptied', 'autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY', 'autoDeleteObjects: removalPolicy !== RemovalPolicy.DESTROY'],
  ]),
  ...faultsIn('src/lake/data-lake.ts', ['test/lake/data-lake.test'], [
    ['whoever queries may read other databases', 'arnOf(\'glue\', \'table\', `${this.databaseName}/*`)', "arnOf('glue', 'table', '*')"],
    ['the stream is refused by Lake Formation', 'if (!this.isGoverned) return undefined;', 'return undefined;'],
    ['results of queries are kept for ever', '...expiring(RESULT_FOLDER, props.resultRetention ?? DEFAULT_RESULT_RETENTION),', ''],
    ['rows are deleted though nobody asked', 'props.rowRetention ? expiring', 'true ? expiring'],
    ['a query may read without limit', 'DEFAULT_SCAN_LIMIT = Size.gibibytes(100)', 'DEFAULT_SCAN_LIMIT = Size.tebibytes(100)'],
  ]),
  ...faultsIn('src/lake/query-workgroup.ts', ['test/lake/data-lake.test'], [
    ['the workgroup cannot be deleted with its stack', 'recursiveDeleteOption: true', 'recursiveDeleteOption: false'],
    ['a client chooses where its results go', 'enforceWorkGroupConfiguration: true', 'enforceWorkGroupConfiguration: false'],
  ]),
  ...faultsIn('src/lake/lake-views.ts', ['test/lake/data-lake.test'], [
    ['a column called order breaks its view', 'return `"${name.replaceAll(\'"\', \'""\')}"`;', 'return name;'],
    ['a quote in a value ends the statement', ".replaceAll('\\'', '\\'\\'')", ''],
    ['what failed stays in base64', 'from_utf8(from_base64("rawdata"))', '"rawdata"'],
  ]),
  ...faultsIn('src/lake/data-lake-problems.ts', ['test/lake/data-lake.test'], [
    ['originals among the rows pass', '...folderProblems(props, places),', ''],
    ['a function that cannot be told its columns fails in the middle of a deployment', 'bytes <= MAX_PLAN_BYTES', 'bytes > 0'],
  ]),
  ...faultsIn('src/lake/lake-compaction.ts', ['test/lake/lake-compaction.test'], [
    ['two runs delete the files of each other', 'maxConcurrentRuns: 1', 'maxConcurrentRuns: 2'],
    ['nobody hears of a run that ran too long', "'TIMEOUT', ", ''],
    ['the job may read every asset of the account', 'script.bucket.arnForObjects(script.s3ObjectKey)', "script.bucket.arnForObjects('*')"],
    ['the job cannot put the key on its logs', 'LOG_GROUPS, encryptionKey)', 'LOG_GROUPS)'],
    ['hours are merged while Firehose still writes', 'min: 1_800', 'min: 0'],
  ]),
];
