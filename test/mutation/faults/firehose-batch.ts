import { Fault, faultsIn } from '../fault';

const PIPELINE = ['test/firehose-batch/firehose-batch-pipeline.test'];
const TRANSFORM = ['test/firehose-batch/transform.test'];

export const FIREHOSE_BATCH_FAULTS: Fault[] = [
  ...faultsIn('src/firehose-batch/handler/index.ts', TRANSFORM, [
    ['a record is answered twice', 'return { records };', 'return { records: [...records, ...records.slice(0, 1)] };'],
    ['a record is not answered', 'return { records };', 'return { records: records.slice(1) };'],
    ['a record that is not JSON is lost', 'return refuse(sent, outcome.reason);', "return { recordId, result: 'Dropped', data };"],
    ['what failed lies empty under the error prefix', "return { recordId, result: 'ProcessingFailed', data };", "return { recordId, result: 'ProcessingFailed', data: '' };"],
    ['rows of one reading are dropped', 'outcome.rows === 0', 'outcome.rows <= 1'],
    ['the answer is larger than Lambda allows, and the batch fails', '6_291_456 - 1_024', '6_291_456 + 1_024_000'],
    ['a refused record is counted twice', "result !== 'Ok' || saved <= 0", "result !== 'Ok'"],
    ['nobody is told of refused records', 'if (refused === 0) return;', 'if (refused >= 0) return;'],
    ['the keys of the partition are lost', 'outcome.partition ?', 'false ?'],
  ]),
  ...faultsIn('src/firehose-batch/handler/core.ts', TRANSFORM, [
    ['rows run together on one line', "return line + '}\\n';", "return line + '}';"],
    ['rows are 33 levels deep', 'MAX_DEPTH = 32', 'MAX_DEPTH = 33'],
    ['bytes that are no text pass', "!isUtf8(Buffer.from(text, 'latin1'))", 'false'],
    ['half an array passes', "if (inArray) throw new Refused('no JSON objects');", ''],
    ['one record is larger than all of the answer may be', "if (output.length > MAX_OUTPUT_BYTES) throw new Refused('too large');", ''],
    ['rows land in the partition of another site', 'this.partition[key] !== keys[key]', 'this.partition[key] === undefined'],
    ['a value of a device leads out of the folder', ".replace(/^\\.+/, '_')", ''],
    ['a row has one column twice', 'if (column.seenInRow === this.row) return this.writeRowWithCollisions();', ''],
    ['an escape that JSON does not know passes', String.raw`'"\\/bfnrt'.includes(kind)`, String.raw`'"\\/bfnrtx'.includes(kind)`],
    ['a number with a leading zero passes', 'if (this.text.charCodeAt(this.at) === ZERO) this.at += 1;\n    else this.skipDigits();', 'this.skipDigits();'],
  ]),
  ...faultsIn('src/firehose-batch/handler/known-paths.ts', TRANSFORM, [
    ['a key of 1,024 characters is refused', 'key.length > MAX_KEY_CHARACTERS', 'key.length >= MAX_KEY_CHARACTERS'],
    ['memory grows with every new key', 'this.knownCharacters <= MAX_KNOWN_CHARACTERS) return;', 'true) return;'],
    ['of a key that is there twice the first counts', 'last.get(path) === index ?', 'paths.indexOf(path) === index ?'],
  ]),
  ...faultsIn('src/firehose-batch/columns.ts', ['test/firehose-batch/columns.test'], [
    ['a name is longer than Glue takes', 'MAX_NAME_CHARACTERS = 240', 'MAX_NAME_CHARACTERS = 260'],
    ['keys that look the same are two columns', ".normalize('NFKC')", ''],
    ['the order of keys decides which column a value is in', '.sort((a, b) => comparePaths(a.path, b.path))', ''],
    ['a nested key takes the name of a flat one', 'paths.filter(isExact).forEach(path => give(path, path.name));', ''],
  ]),
  ...faultsIn('src/firehose-batch/firehose-batch-pipeline.ts', PIPELINE, [
    ['who may read rows may read everything', '`${literalFolder(prefix)}*`', "'*'"],
    ['who may put records may put them anywhere', 'resourceArns: [this.stream.deliveryStreamRef.deliveryStreamArn]', "resourceArns: ['*']"],
    ['there is no raw backup', 'props.rawBackup ?? true ? props', 'props.rawBackup ?? false ? props'],
    ['the transform does not know the keys of partitions', '{ [TRANSFORM_ENV.partitionKeys]: partitionBy.join() }', '{}'],
  ]),
  ...faultsIn('src/firehose-batch/firehose-batch-pipeline.ts', ['test/lake/data-lake.test'], [
    ['the transform does not know how rows of a lake are made', '{ [TRANSFORM_ENV.lakeRows]: JSON.stringify(lake._rowPlan) }', '{}'],
  ]),
  ...faultsIn('src/firehose-batch/delivery-places.ts', PIPELINE, [
    ['originals are deleted after 9 days', 'DEFAULT_RAW_RETENTION = Duration.days(90)', 'DEFAULT_RAW_RETENTION = Duration.days(9)'],
  ]),
  ...faultsIn('src/firehose-batch/handler/lake-row.ts', ['test/firehose-batch/lake-rows.test'], [
    ['digits beyond those of a double are lost', 'if (!isExact(value, number)) attributes', 'if (false) attributes'],
    ['flags are no measurements', 'measurements += `,${label}1`;', ''],
    ['a device says which thing it is', 'if (treatment.added >= 0) {', 'if (treatment.added > 0) {'],
    ['a text in a column of numbers fails the conversion of the row', 'if (!isNumber(code)) return undefined;', 'if (!isNumber(code)) return value;'],
    ['a number too large for its column fails the conversion of the row', 'integer >= limits[0] && integer <= limits[1]', 'integer >= limits[0]'],
    ['lists are lost', 'attributes += `,${label}${JSON.stringify(value)}`;', ''],
    ['the second key names the device before the first', 'treatment.deviceId < deviceIdRank', 'true'],
  ]),
  ...faultsIn('src/firehose-batch/handler/timestamps.ts', ['test/firehose-batch/lake-rows.test'], [
    ['seconds are read as milliseconds', '[1e11, 1_000]', '[1e11, 1]'],
    ['a time without a zone is that of the function', 'text.length === 10 || hasZone', 'true'],
  ]),
  ...faultsIn('src/firehose-batch/delivery-stream.ts', PIPELINE, [
    ['every account may have Firehose assume the role', "trustedService(this, 'firehose.amazonaws.com')", "new iam.ServicePrincipal('firehose.amazonaws.com')"],
    ['records wait unencrypted in the stream', ": { keyType: 'AWS_OWNED_CMK' }", ': undefined'],
    ['the stream may write every log', 'resources: [this.logGroup.logGroupArn]', "resources: ['*']"],
    ['the stream may write everywhere in the bucket', 'bucket.arnForObjects(`${folder}*`)', "bucket.arnForObjects('*')"],
    ['the stream may call every function', 'resources: transformFunction.resourceArnsForGrantInvoke', "resources: ['*']"],
    ['the stream is checked before its role may write', 'this.stream.node.addDependency(this.role);', ''],
    ['the stream is checked before its table is there', 'if (props.table) this.stream.node.addDependency(props.table);', ''],
    ['answers of the transform are larger than Lambda allows', 'TRANSFORM_BUFFER_MB = 1', 'TRANSFORM_BUFFER_MB = 3'],
    ['a transform that fails once loses its batch to the error prefix', 'TRANSFORM_RETRIES = 3', 'TRANSFORM_RETRIES = 0'],
    ['Parquet keeps to an old schema', "versionId: 'LATEST'", "versionId: '1'"],
    ['objects are not encrypted with the key of the bucket', 'encryptionConfiguration: encryptionOf(bucket),', ''],
    ['failures of the delivery are not logged', "cloudWatchLoggingOptions: this.logTo('Delivery'),", ''],
    ['records that failed lie among the rows', 'errorOutputPrefix: delivery.errorPrefix,\n        bufferingHints', 'errorOutputPrefix: delivery.prefix,\n        bufferingHints'],
  ]),
  ...faultsIn('src/firehose-batch/firehose-action.ts', ['test/firehose-batch/firehose-action.test'], [
    ['the rule may put records on every stream', 'resources: [deliveryStreamArn]', "resources: ['*']"],
    ['the rule may put batches that it never sends', "...this.batchMode ? ['firehose:PutRecordBatch'] : []", "'firehose:PutRecordBatch'"],
    ['records run together on one line', 'options.separator ?? RecordSeparator.NEWLINE', 'options.separator ?? RecordSeparator.COMMA'],
    ['batch mode drops messages that are no array', 'if (this.batchMode && !selectsValue(rule.sql))', 'if (false)'],
  ]),
  ...faultsIn('src/firehose-batch/telemetry-sql.ts', PIPELINE, [
    ['a quote in the topic filter changes the statement', String.raw`/['\\\p{Cc}`, String.raw`/[\\\p{Cc}`],
    ['the thing name is that of the level before', '`topic(${open + 1})`', '`topic(${open})`'],
    ['a word of SQL passes for a field', 'FIELD_NAME.test(batchField) && word === undefined', 'FIELD_NAME.test(batchField)'],
  ]),
  ...faultsIn('src/firehose-batch/pipeline-problems.ts', PIPELINE, [
    ['a buffering interval of 901 seconds passes', 'max: 900', 'max: 901'],
    ['Parquet is buffered by less than Firehose takes', 'minConverted: 64', 'minConverted: 63'],
    ['settings are ignored beside a stream of one\'s own', 'props.deliveryStream ? ownStreamProblems(props) :', 'props.deliveryStream ? [] :'],
    ['partitions without a transform pass', 'if (partitionBy.length === 0 || transform._isFlatten', 'if (true || transform._isFlatten'],
  ]),
  ...faultsIn('src/firehose-batch/partition-keys.ts', PIPELINE, [
    ['each device has a partition of its own, and most fail', 'ONE_PER_DEVICE.test(name) && !ONE_PER_GROUP.test(name)', 'false'],
    ['the id of a site is taken for one of a device', ' && !ONE_PER_GROUP.test(name)', ''],
  ]),
  ...faultsIn('src/firehose-batch/object-prefix.ts', ['test/firehose-batch/object-prefix.test'], [
    ['a prefix of 513 characters passes', 'MAX_EVALUATED_CHARACTERS = 512', 'MAX_EVALUATED_CHARACTERS = 513'],
    ['failures of all kinds lie in one folder', 'if (prefix.includes(ERROR_TYPE) ||', 'if (true ||'],
  ]),
  ...faultsIn('src/firehose-batch/object-prefix.ts', PIPELINE, [
    ['a rule of the bucket deletes the rows', "folder === '' || literalFolder(rows).startsWith(folder) ?", "folder === '' ?"],
  ]),
  ...faultsIn('src/firehose-batch/refused-records.ts', PIPELINE, [
    ['a single refused record is not counted', "'$.refused', '>', 0", "'$.refused', '>', 1"],
  ]),
  ...faultsIn('src/firehose-batch/pipeline-alarms.ts', PIPELINE, [
    ['the alarm goes off while records wait as they should', 'interval + FRESHNESS_PATIENCE.toSeconds()', 'interval'],
    ['the alarm goes off on success', 'pipeline.metricDeliverySuccess(), LESS_THAN_THRESHOLD', 'pipeline.metricDeliverySuccess(), GREATER_THAN_THRESHOLD'],
    ['a first message that is not JSON raises no alarm', 'alarmFrom(1, pipeline.rule.metricParseErrors()', 'alarmFrom(2, pipeline.rule.metricParseErrors()'],
  ]),
];
