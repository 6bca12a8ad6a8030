import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { LifecycleEvent, placeOf, statusAfter } from '../handler/core';
import { ATTRIBUTE } from '../handler/env';
import { Item, knownOf, Update } from '../handler/item';

/** After this long an alert that was taken on and not sent is free again: whoever took it has timed out. */
export const CLAIM_MS = 60_000;

export type Verdict =
  /** The table does not know of this disconnect yet: it has to be written before anything can be said. */
  | 'unknown'
  /** The client is back, or its newest session ended by being replaced. */
  | 'connected'
  /** A later session ended, too: its own message stands for it. */
  | 'superseded'
  | 'alreadySent'
  /** Another invocation is sending it now. */
  | 'claimed';

/** Whether a disconnect can leave its client offline at all. */
export function mayAlert(event: LifecycleEvent): boolean {
  return event.kind === 'disconnected' && statusAfter(event) === 'Disconnected';
}

/** Takes the alert on, if this very disconnect is still the state of the client and nobody else has. */
export function claimFor(event: LifecycleEvent, now: number): Update {
  return {
    Key: keyOf(event),
    UpdateExpression: 'SET #alertSession = :session, #claimedAt = :now REMOVE #sentAt',
    ConditionExpression: [
      '#status = :disconnected AND #session = :session',
      '(NOT #alertSession = :session OR (attribute_not_exists(#sentAt) AND #claimedAt < :expired))',
    ].join(' AND '),
    ExpressionAttributeNames: {
      '#status': ATTRIBUTE.status,
      '#session': ATTRIBUTE.session,
      '#alertSession': ATTRIBUTE.alertSession,
      '#claimedAt': ATTRIBUTE.alertClaimedAt,
      '#sentAt': ATTRIBUTE.alertSentAt,
    },
    ExpressionAttributeValues: {
      ':disconnected': { S: 'Disconnected' },
      ':session': { S: event.sessionIdentifier },
      ':now': { N: String(now) },
      ':expired': { N: String(now - CLAIM_MS) },
    },
  };
}

/** Notes that the alert was sent, so that a repeated message sends no second one. */
export function sentFor(event: LifecycleEvent, now: number): Update {
  return {
    Key: keyOf(event),
    UpdateExpression: 'SET #sentAt = :now',
    ConditionExpression: '#alertSession = :session',
    ExpressionAttributeNames: { '#alertSession': ATTRIBUTE.alertSession, '#sentAt': ATTRIBUTE.alertSentAt },
    ExpressionAttributeValues: { ':session': { S: event.sessionIdentifier }, ':now': { N: String(now) } },
  };
}

/** Gives an alert back that could not be sent, so that the next delivery need not wait for the claim to expire. */
export function releaseFor(event: LifecycleEvent): Update {
  return {
    Key: keyOf(event),
    UpdateExpression: 'REMOVE #alertSession, #claimedAt',
    ConditionExpression: '#alertSession = :session AND attribute_not_exists(#sentAt)',
    ExpressionAttributeNames: {
      '#alertSession': ATTRIBUTE.alertSession, '#claimedAt': ATTRIBUTE.alertClaimedAt, '#sentAt': ATTRIBUTE.alertSentAt,
    },
    ExpressionAttributeValues: { ':session': { S: event.sessionIdentifier } },
  };
}

/** Why a claim was refused, by the item that refused it. */
export function verdictOn(event: LifecycleEvent, item: Item): Verdict {
  if (placeOf(event, knownOf(item)) === 'newest') return 'unknown';
  if (item[ATTRIBUTE.status]?.S !== 'Disconnected') return 'connected';
  if (item[ATTRIBUTE.session]?.S !== event.sessionIdentifier) return 'superseded';
  return item[ATTRIBUTE.alertSentAt] === undefined ? 'claimed' : 'alreadySent';
}

/** What subscribers get, as JSON. */
export function messageFor(event: LifecycleEvent, now: number): string {
  const { clientId, thingName, timestamp, sessionIdentifier, disconnectReason } = event;
  return JSON.stringify({
    clientId, thingName, status: 'Disconnected', disconnectedAt: timestamp, disconnectReason, sessionIdentifier, checkedAt: now,
  });
}

function keyOf(event: LifecycleEvent): Record<string, AttributeValue> {
  return { [ATTRIBUTE.clientId]: { S: event.clientId } };
}
