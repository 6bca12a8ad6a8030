import type { AttributeValue, UpdateItemInput } from '@aws-sdk/client-dynamodb';
import { EPOCH_GAP_MS, Kind, Known, LifecycleEvent, Moment, Place, placeOf, statusAfter } from './core';
import { ATTRIBUTE, HISTORY_ATTRIBUTE } from './env';

export type Item = Record<string, AttributeValue>;
export type Update = Omit<UpdateItemInput, 'TableName'>;

/** Writes, or answers the item that made the condition fail. */
export type ConditionalUpdate = (update: Update) => Promise<Item | undefined>;

const NAMES_OF: Record<Kind, { version: string; time: string; session: string }> = {
  connected: { version: ATTRIBUTE.connectVersion, time: ATTRIBUTE.connectTime, session: ATTRIBUTE.connectSession },
  disconnected: { version: ATTRIBUTE.disconnectVersion, time: ATTRIBUTE.disconnectTime, session: ATTRIBUTE.disconnectSession },
};

/** Writes only grow what is known, so that an event is placed after at most three; more means that somebody else writes too. */
const MAX_ATTEMPTS = 5;

/**
 * Brings one event into the table. Safe to repeat, in any order, and beside any number of others doing the same.
 *
 * The table knows the newest event of each kind, `Status` follows the newer of the two, and each write is one conditional
 * update that keeps this true: nothing is read before, so nothing can change in between.
 */
export async function record(event: LifecycleEvent, update: ConditionalUpdate, now: () => number): Promise<Place> {
  let place: Place = 'newest';
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const refusedBy = await update(updateFor(event, place, now()));
    if (!refusedBy) return place;
    place = placeOf(event, knownOf(refusedBy));
    if (place === 'stale') return place;
  }
  throw new Error(`the item of ${event.clientId} changed under ${MAX_ATTEMPTS} conditional writes`);
}

/** The conditional write for an event that is thought to belong at `place`. */
export function updateFor(event: LifecycleEvent, place: Exclude<Place, 'stale'>, now: number): Update {
  const other = event.kind === 'connected' ? 'disconnected' : 'connected';
  const newest = place === 'newest';
  const names = NAMES_OF[event.kind];
  const values: [string, AttributeValue | undefined][] = [
    [names.version, { N: String(event.versionNumber) }],
    [names.time, { N: String(event.timestamp) }],
    [names.session, { S: event.sessionIdentifier }],
    [ATTRIBUTE.updatedAt, { N: String(now) }],
    event.kind === 'connected' ? [ATTRIBUTE.ipAddress, text(event.ipAddress)] : [ATTRIBUTE.disconnectReason, text(event.disconnectReason)],
    ...newest ? ofTheNewest(event) : [],
  ];
  const set = values.filter(([, value]) => value !== undefined);
  const remove = values.filter(([, value]) => value === undefined);
  return {
    Key: { [ATTRIBUTE.clientId]: { S: event.clientId } },
    UpdateExpression: [
      `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
      ...remove.length > 0 ? [`REMOVE ${remove.map(([name]) => `#${name}`).join(', ')}`] : [],
    ].join(' '),
    ConditionExpression: `(${newerThan(event.kind, event.kind)}) AND ${newest ? '' : 'NOT '}(${newerThan(other, event.kind)})`,
    ExpressionAttributeNames: Object.fromEntries([
      ...values.map(([name]) => name), ...Object.values(NAMES_OF[other]),
    ].map(name => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value!])),
      ':longBefore': { N: String(event.timestamp - EPOCH_GAP_MS) },
      ':longAfter': { N: String(event.timestamp + EPOCH_GAP_MS) },
    },
  };
}

function ofTheNewest(event: LifecycleEvent): [string, AttributeValue | undefined][] {
  return [
    [ATTRIBUTE.status, { S: statusAfter(event) }],
    [ATTRIBUTE.session, { S: event.sessionIdentifier }],
    [ATTRIBUTE.thingName, text(event.thingName)],
  ];
}

/** `isNewer` of core.ts as a condition: that the event of kind `of` is newer than the stored one of kind `stored`. */
function newerThan(stored: Kind, of: Kind): string {
  const { version, time, session } = NAMES_OF[stored];
  const event = NAMES_OF[of];
  // Not `<>`: that is what a missing attribute makes true on one engine and false on another.
  const otherSession = `NOT #${session} = :${event.session}`;
  // Flat, as AND binds tighter than OR: each level of brackets doubles the time that dynalite takes to parse.
  return [
    `attribute_not_exists(#${time})`,
    `${otherSession} AND #${time} < :longBefore`,
    `${otherSession} AND #${time} <= :longAfter AND #${version} < :${event.version}`,
    `${otherSession} AND #${version} = :${event.version} AND #${time} < :${event.time}`,
    `#${version} = :${event.version} AND #${time} = :${event.time} AND #${session} < :${event.session}`,
    ...of === 'disconnected' && stored === 'connected' ? [`#${session} = :${event.session}`] : [],
  ].join(' OR ');
}

/** The newest events that an item speaks of. */
export function knownOf(item: Item): Known {
  return { connected: momentOf(item, 'connected'), disconnected: momentOf(item, 'disconnected') };
}

function momentOf(item: Item, kind: Kind): Moment | undefined {
  const { version, time, session } = NAMES_OF[kind];
  if (item[time] === undefined) return undefined;
  return { kind, timestamp: Number(item[time].N), versionNumber: Number(item[version]?.N), sessionIdentifier: item[session]?.S ?? '' };
}

/** The row of the history table. The key is made of the event, so that a repetition writes the same row again. */
export function historyItem(event: LifecycleEvent, retentionSeconds: number): Item {
  const { thingName, ipAddress, disconnectReason } = event;
  return {
    [ATTRIBUTE.clientId]: { S: event.clientId },
    [HISTORY_ATTRIBUTE.eventId]: { S: `${String(event.timestamp).padStart(13, '0')}#${event.kind}#${event.sessionIdentifier}` },
    [HISTORY_ATTRIBUTE.eventType]: { S: event.kind },
    [HISTORY_ATTRIBUTE.eventTime]: { N: String(event.timestamp) },
    [HISTORY_ATTRIBUTE.version]: { N: String(event.versionNumber) },
    [HISTORY_ATTRIBUTE.expiresAt]: { N: String(Math.floor(event.timestamp / 1000) + retentionSeconds) },
    [ATTRIBUTE.session]: { S: event.sessionIdentifier },
    ...thingName !== undefined && { [ATTRIBUTE.thingName]: { S: thingName } },
    ...ipAddress !== undefined && { [ATTRIBUTE.ipAddress]: { S: ipAddress } },
    ...disconnectReason !== undefined && { [ATTRIBUTE.disconnectReason]: { S: disconnectReason } },
  };
}

function text(value: string | undefined): AttributeValue | undefined {
  return value === undefined ? undefined : { S: value };
}
