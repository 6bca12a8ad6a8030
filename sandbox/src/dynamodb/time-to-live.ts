import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'fs';
import * as path from 'path';
import { EngineClient } from './engine-client';
import { KnownTable } from './table-directory';
import { isObject, JsonObject } from '../json';
import { Clock } from '../time/clock';

const SWEEP_MS = 60_000;
/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html */
const OLDEST_SECONDS = 5 * 365 * 86_400;
/** Deletions that a stream may still have to tell. */
const REMEMBERED = 100_000;

export interface TimeToLiveOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** Undefined before it has started: then there is nothing to delete from. */
  engine(): Promise<EngineClient> | undefined;
  find(table: string): Promise<KnownTable>;
  onProblem(message: string): void;
}

/**
 * Deletes expired items, once a minute where the service takes up to some days. Neither engine is told of it, so that both
 * go by the clock of the account.
 */
export class TimeToLive {
  private readonly attributes: Map<string, string>;
  private readonly deleted = new Set<string>();
  private cancel?: () => void;
  private stopped = false;
  private sweeping: Promise<void> = Promise.resolve();

  constructor(private readonly options: TimeToLiveOptions) {
    this.attributes = new Map(existsSync(this.file) ? Object.entries(JSON.parse(readFileSync(this.file, 'utf8')) as { [table: string]: string }) : []);
  }

  attributeOf(table: string): string | undefined {
    return this.attributes.get(table);
  }

  /** @param attribute - that says when an item expires, in seconds since 1970; undefined where none does */
  set(table: string, attribute: string | undefined): void {
    if (this.attributes.get(table) === attribute) return;
    if (attribute === undefined) this.attributes.delete(table);
    else this.attributes.set(table, attribute);
    const beside = `${this.file}.new`;
    writeFileSync(beside, JSON.stringify(Object.fromEntries(this.attributes)));
    const handle = openSync(beside, 'r');
    fsyncSync(handle);
    closeSync(handle);
    renameSync(beside, this.file);
  }

  start(): void {
    this.cancel = this.options.clock.after(SWEEP_MS, () => {
      this.sweeping = this.sweep().finally(() => {
        if (!this.stopped) this.start();
      });
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancel?.();
    await this.sweeping;
  }

  /** Whether a deletion in a stream is one of these. */
  didDelete(table: string, keys: JsonObject): boolean {
    return this.deleted.has(keyOf(table, keys));
  }

  /** Deletes what has expired by now. */
  async sweep(): Promise<void> {
    for (const [table, attribute] of this.attributes) {
      try {
        await this.sweepTable(table, attribute);
      } catch (error) {
        this.options.onProblem(`expired items of ${table} stay: ${(error as Error).message}`);
      }
    }
  }

  private async sweepTable(name: string, attribute: string): Promise<void> {
    const engine = await this.options.engine();
    if (!engine) return;
    const { keys } = await this.options.find(name);
    const now = Math.floor(this.options.clock.now() / 1000);
    const expired = {
      ExpressionAttributeNames: { '#expiry': attribute },
      ExpressionAttributeValues: { ':now': { N: String(now) }, ':oldest': { N: String(now - OLDEST_SECONDS) } },
    };
    const condition = '#expiry BETWEEN :oldest AND :now';
    const keyNames = Object.fromEntries(keys.map((key, at) => [`#key${at}`, key]));
    let from: JsonObject | undefined;
    do {
      const { Items, LastEvaluatedKey } = await engine.call('DynamoDB_20120810', 'Scan', {
        TableName: name,
        FilterExpression: condition,
        ProjectionExpression: Object.keys(keyNames).join(', '),
        ...expired,
        ExpressionAttributeNames: { ...expired.ExpressionAttributeNames, ...keyNames },
        ...from && { ExclusiveStartKey: from },
      });
      for (const Key of (Items as JsonObject[])) {
        if (this.stopped) return;
        this.remember(name, Key);
        // It may have been given a longer life in the meantime.
        await engine.call('DynamoDB_20120810', 'DeleteItem', { TableName: name, Key, ConditionExpression: condition, ...expired })
          .catch((error: Error) => this.forgetUnlessDeleted(error, name, Key));
      }
      from = isObject(LastEvaluatedKey) ? LastEvaluatedKey : undefined;
    } while (from);
  }

  private forgetUnlessDeleted(error: Error, table: string, key: JsonObject): void {
    this.deleted.delete(keyOf(table, key));
    if (error.name !== 'ConditionalCheckFailedException') throw error;
  }

  private remember(table: string, key: JsonObject): void {
    this.deleted.add(keyOf(table, key));
    if (this.deleted.size > REMEMBERED) this.deleted.delete(this.deleted.values().next().value!);
  }

  private get file(): string {
    return path.join(this.options.folder, 'time-to-live.json');
  }
}

function keyOf(table: string, key: JsonObject): string {
  return JSON.stringify([table, ...Object.entries(key).sort(([a], [b]) => a < b ? -1 : 1)]);
}
