import { Fault, faultsIn } from '../fault';

const TABLE = ['test/connectivity/lifecycle-connectivity-table.test'];
const HANDLER = ['test/connectivity/handler.test'];
const ALERT = ['test/connectivity/alert.test'];

export const CONNECTIVITY_FAULTS: Fault[] = [
  ...faultsIn('src/connectivity/handler/core.ts', ['test/connectivity/core.test'], [
    ['a client that was offline for an hour stays in its old state', 'if (a.timestamp - b.timestamp > EPOCH_GAP_MS) return true;', ''],
    ['the older of two events wins', 'return a.versionNumber > b.versionNumber', 'return a.versionNumber < b.versionNumber'],
    ['a connect undoes the disconnect of its session', "return a.kind === 'disconnected' && b.kind === 'connected';", 'return true;'],
    ['a client that came back under its id shows as gone', "event.kind === 'connected' || event.disconnectReason === 'DUPLICATE_CLIENTID' ?", "event.kind === 'connected' ?"],
    ['a repeated event is written again', 'sameKind && !isNewer(event, sameKind)', 'sameKind && isNewer(sameKind, event)'],
    ['a late connect makes a client that left connected', "? 'newestOfKind' : 'newest'", "? 'newest' : 'newestOfKind'"],
    ['the older event of a batch is written last', 'isNewer(a, b) ? 1 : -1', 'isNewer(a, b) ? -1 : 1'],
    ['a client id of 2,048 bytes is refused', '> MAX_KEY_BYTES) {', '>= MAX_KEY_BYTES) {'],
    ['a session of a length that the history cannot keep passes', '- `${Number.MAX_SAFE_INTEGER}#disconnected#`.length', ''],
    ['a version below 0 passes', 'value as number >= 0', 'true'],
  ]),
  ...faultsIn('src/connectivity/handler/item.ts', HANDLER, [
    ['the write of an older event takes the place of a newer one', '`(${newerThan(event.kind, event.kind)}) AND ', '`'],
    ['an event that changed nothing counts as a failure for ever', "if (place === 'stale') return place;", ''],
    ['an event that could not be written counts as written', 'throw new Error(`the item of ${event.clientId} changed under ${MAX_ATTEMPTS} conditional writes`);', "return 'stale';"],
    ['the history never expires', 'Math.floor(event.timestamp / 1000) + retentionSeconds', 'event.timestamp + retentionSeconds'],
    ['an item keeps the thing of the client before', '[ATTRIBUTE.thingName, text(event.thingName)],', '...event.thingName === undefined ? [] : [[ATTRIBUTE.thingName, text(event.thingName)] as [string, AttributeValue]],'],
    ['a session without an address shows one', "event.kind === 'connected' ? [ATTRIBUTE.ipAddress, text(event.ipAddress)] :", "event.kind === 'connected' ? [ATTRIBUTE.ipAddress, text(event.ipAddress ?? '?')] :"],
  ]),
  ...faultsIn('src/connectivity/handler/item.ts', ['test/connectivity/core.test'], [
    ['two events of a session are one row of the history', '#${event.kind}#', '#'],
  ]),
  ...faultsIn('src/connectivity/handler/item.ts', ['test/connectivity/ordering.test'], [
    ['a session after a long pause loses to the one before', '`${otherSession} AND #${time} < :longBefore`,', ''],
    ['two sessions of one version are ordered by chance', 'AND #${version} < :${event.version}`', 'AND #${version} <= :${event.version}`'],
    ['the disconnect of a session loses to its connect', "...of === 'disconnected' && stored === 'connected' ? [`#${session} = :${event.session}`] : [],", ''],
  ]),
  ...faultsIn('src/connectivity/handler/table.ts', HANDLER, [
    ['a write that failed counts as done', 'if (!(error instanceof ConditionalCheckFailedException)) throw error;', 'if (!(error instanceof ConditionalCheckFailedException)) return undefined;'],
    ['every late event costs another read', "'ALL_OLD'", "'NONE'"],
  ]),
  ...faultsIn('src/connectivity/handler/index.ts', HANDLER, [
    ['events of a client that could not be written are lost', 'failed.push(...group.messageIds);', ''],
    ['one client that fails stops all others of the batch', '} catch (error) {\n', '} catch (error) {\n      throw error;\n'],
    ['more clients are written at once than DynamoDB is asked for', 'CLIENTS_AT_ONCE = 16', 'CLIENTS_AT_ONCE = 17'],
    ['every event is a write of its own', 'of withoutSuperseded(events)', 'of events'],
    ['the history has only what was newest', 'if (keep) for (const event of events) await', 'if (keep) for (const event of withoutSuperseded(events)) await'],
  ]),
  ...faultsIn('src/connectivity/handler/events.ts', HANDLER, [
    ['what is no event is dropped in silence', 'failed.push(messageId);', ''],
  ]),
  ...faultsIn('src/connectivity/alert-handler/core.ts', ALERT, [
    ['a client that is back is told as offline', "'#status = :disconnected AND #session = :session'", "'(#status = :disconnected OR attribute_exists(#status)) AND attribute_exists(#session)'"],
    ['one disconnect is told by each message', 'AND #claimedAt < :expired))', 'OR #claimedAt < :now))'],
    ['a session that was replaced is told', "event.kind === 'disconnected' && statusAfter(event) === 'Disconnected'", "event.kind === 'disconnected'"],
    ['an alert that failed is never tried again', "UpdateExpression: 'REMOVE #alertSession, #claimedAt'", "UpdateExpression: 'SET #claimedAt = #claimedAt'"],
    ['an alert is sent again while its sender is at work', 'now - CLAIM_MS', 'now + CLAIM_MS'],
  ]),
  ...faultsIn('src/connectivity/alert-handler/index.ts', ALERT, [
    ['an alert whose sender died is lost', "if (decision === 'claimed') failed.push(messageId);", ''],
    ['an alert that failed waits for a minute', 'await update(releaseFor(event));', ''],
    ['an alert is told again a minute later', 'await update(sentFor(event, now()));', ''],
    ['a disconnect that the table does not know yet is never told', 'await record(event, deps.update, deps.now);', ''],
    ['an alert that failed is lost', '      failed.push(messageId);\n    }', '    }'],
  ]),
  ...faultsIn('src/connectivity/lifecycle-connectivity-table.ts', TABLE, [
    ['one failed event makes all of its batch come again', 'reportBatchItemFailures: true', 'reportBatchItemFailures: false'],
    ['events wait without TLS', 'enforceSSL: true', 'enforceSSL: false'],
    ['events wait unencrypted', 'sqs.QueueEncryption.SQS_MANAGED', 'sqs.QueueEncryption.UNENCRYPTED'],
    ['the table cannot be restored', 'pointInTimeRecoveryEnabled: true', 'pointInTimeRecoveryEnabled: false'],
    ['the table goes with the stack', 'removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN', 'removalPolicy: removalPolicy ?? RemovalPolicy.DESTROY'],
    ['an event is given up after one attempt', 'MAX_RECEIVE_COUNT = 5', 'MAX_RECEIVE_COUNT = 1'],
    ['failed events are gone after 4 days', 'DEAD_LETTER_RETENTION = Duration.days(14)', 'DEAD_LETTER_RETENTION = Duration.days(4)'],
    ['an event is handled again while it is handled', 'Duration.seconds(6 * FUNCTION_TIMEOUT.toSeconds())', 'Duration.seconds(FUNCTION_TIMEOUT.toSeconds())'],
    ['clients with a slash in their id are not seen', "/#'${where}`", "/+'${where}`"],
    ['sessions that were replaced cost alerts', '[...isTaken, "disconnectReason <> \'DUPLICATE_CLIENTID\'"]', '[...isTaken]'],
    ['failed events cannot be redriven', 'this.errorQueue.addRedriveQueue(rule, queue);', ''],
    ['the function may do anything to the history', "this.historyTable, 'dynamodb:PutItem'", "this.historyTable, 'dynamodb:*'"],
    ['presence events go to the code of alerts', "asset: 'connectivity',", "asset: 'connectivity-alert',"],
    ['the queue feeds a function that may not read it yet', 'mapping.node.defaultChild!.node.addDependency(permission);', ''],
    ['the history never expires', 'timeToLiveAttribute: HISTORY_ATTRIBUTE.expiresAt,', ''],
    ['each queue has a dead end', 'deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },', ''],
  ]),
  ...faultsIn('src/connectivity/connectivity-alarms.ts', TABLE, [
    ['the first event that could not be written raises no alarm', 'alarmFrom(1, part.metricFailed()', 'alarmFrom(2, part.metricFailed()'],
    ['a table that is behind raises no alarm', 'LAG_PATIENCE = Duration.minutes(15)', 'LAG_PATIENCE = Duration.days(15)'],
    ['alarms call nobody', 'addActions(alarm, actions);', 'addActions(alarm, []);'],
  ]),
  ...faultsIn('src/connectivity/connectivity-problems.ts', TABLE, [
    ['a concurrency of 1 passes, which Lambda refuses', 'CONCURRENCY = { min: 2', 'CONCURRENCY = { min: 1'],
    ['a quiet period longer than SQS delays passes', 'QUIET_PERIOD: DurationRule = { min: 0, max: 900', 'QUIET_PERIOD: DurationRule = { min: 0, max: 901'],
    ['only the console is taken', '`NOT ${startsWith(prefix)}`', 'startsWith(prefix)'],
    ['of two prefixes that are meant, the second is past the others that are not', '`(${taken})`', 'taken'],
    ['a quote in a prefix changes the statement', String.raw`/^[^'"\\#+`, String.raw`/^[^"\\#+`],
    ['a 21st prefix passes', 'MAX_PREFIXES = 20', 'MAX_PREFIXES = 21'],
  ]),
];
