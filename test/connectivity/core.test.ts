import * as fc from 'fast-check';
import { isNewer, Kind, LifecycleEvent, Moment, parse, placeOf, statusAfter, withoutSuperseded } from '../../src/connectivity/handler/core';
import { historyItem } from '../../src/connectivity/handler/item';
import { required } from '../../src/private/environment';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 1, 12);

const at = (minutes: number, versionNumber: number, sessionIdentifier: string, kind: Kind): Moment =>
  ({ kind, versionNumber, sessionIdentifier, timestamp: NOON + minutes * MINUTE });

describe('order', () => {
  test.each<[string, Moment, Moment]>([
    ['a disconnect is after the connect of its session, whatever their clocks say', at(0, 5, 'a', 'disconnected'), at(4, 5, 'a', 'connected')],
    ['the higher version is later, though its clock is 4 minutes behind', at(0, 6, 'b', 'connected'), at(4, 5, 'a', 'disconnected')],
    ['versions that are skipped change nothing', at(0, 40, 'b', 'connected'), at(4, 5, 'a', 'disconnected')],
    ['a lower version about an hour later is of a new epoch', at(56, 0, 'b', 'connected'), at(0, 41, 'a', 'disconnected')],
    ['a new epoch first seen at a version above 0', at(56, 7, 'b', 'disconnected'), at(0, 41, 'a', 'disconnected')],
    ['a new epoch first seen at the version of the old one', at(56, 41, 'b', 'connected'), at(0, 41, 'a', 'disconnected')],
    ['a new epoch first seen above the version of the old one', at(56, 50, 'b', 'connected'), at(0, 41, 'a', 'disconnected')],
    ['sessions of one epoch may lie days apart', at(9_000, 6, 'b', 'connected'), at(0, 5, 'a', 'connected')],
    ['a connect is after the disconnect that it caused', at(0, 6, 'b', 'connected'), at(0.1, 5, 'a', 'disconnected')],
    ['half an hour to the millisecond is one epoch still', at(0, 6, 'b', 'connected'), at(30, 5, 'a', 'connected')],
  ])('%s', (_claim, later, earlier) => {
    expect([isNewer(later, earlier), isNewer(earlier, later)]).toEqual([true, false]);
  });

  test('of any two events at most one is newer, and of two sessions exactly one', () => {
    const moment = fc.record({
      kind: fc.constantFrom<Kind>('connected', 'disconnected'),
      versionNumber: fc.nat(3),
      sessionIdentifier: fc.constantFrom('a', 'b', 'c'),
      timestamp: fc.integer({ min: NOON, max: NOON + 70 * MINUTE }),
    });
    fc.assert(fc.property(moment, moment, (a, b) => {
      const newer = Number(isNewer(a, b)) + Number(isNewer(b, a));
      expect(newer).toBe(a.sessionIdentifier === b.sessionIdentifier && a.kind === b.kind ? 0 : 1);
    }), { numRuns: 2_000 });
  });
});

describe('place', () => {
  const connect = at(0, 5, 'a', 'connected');
  const disconnect = at(1, 5, 'a', 'disconnected');

  test('of the first event is the newest', () => {
    expect([placeOf(connect, {}), placeOf(disconnect, {})]).toEqual(['newest', 'newest']);
  });

  test('of a connect that comes after its disconnect is only the newest connect', () => {
    expect(placeOf(connect, { disconnected: disconnect })).toBe('newestOfKind');
  });

  test('of a repeated event is stale', () => {
    expect(placeOf(connect, { connected: connect })).toBe('stale');
    expect(placeOf(connect, { connected: connect, disconnected: disconnect })).toBe('stale');
  });
});

describe('status', () => {
  const event = { ...at(0, 5, 'a', 'disconnected'), clientId: 'press' };

  test('is Disconnected after a disconnect, for a reason or without one', () => {
    expect(statusAfter(event)).toBe('Disconnected');
    expect(statusAfter({ ...event, disconnectReason: 'CONNECTION_LOST' })).toBe('Disconnected');
  });

  test('stays Connected when a newer session of the same client pushed this one out', () => {
    expect(statusAfter({ ...event, disconnectReason: 'DUPLICATE_CLIENTID' })).toBe('Connected');
  });
});

test('of many events of one client at most two matter, and the older is written first', () => {
  const events = [at(1, 5, 'a', 'disconnected'), at(2, 6, 'b', 'connected'), at(0, 5, 'a', 'connected'), at(2, 6, 'b', 'connected')]
    .map(moment => ({ ...moment, clientId: 'press' }));
  expect(withoutSuperseded(events)).toEqual([events[0], events[1]]);
});

describe('parse', () => {
  const connected = {
    clientId: 'press',
    eventType: 'connected',
    timestamp: NOON,
    versionNumber: 0,
    sessionIdentifier: 's',
    thingName: 'press',
    ipAddress: '192.0.2.1',
    principalIdentifier: 'p',
  };

  test('keeps what is used, and no principal', () => {
    const { clientId, timestamp, versionNumber, thingName, ipAddress } = connected;
    expect(parse(JSON.stringify(connected)))
      .toEqual({ event: { clientId, timestamp, versionNumber, thingName, ipAddress, kind: 'connected', sessionIdentifier: 's' } });
  });

  test.each<[string, unknown, string]>([
    ['no JSON', 'hello', 'not JSON'],
    ['a number', '7', 'not a JSON object'],
    ['null', 'null', 'not a JSON object'],
    ['an array', '[]', 'not a JSON object'],
    ['no client', { clientId: undefined }, 'clientId is not 1 to 2048 bytes of text'],
    ['an empty client', { clientId: '' }, 'clientId is not 1 to 2048 bytes of text'],
    ['a client over the limit of a key', { clientId: 'ä'.repeat(1_025) }, 'clientId is not 1 to 2048 bytes of text'],
    ['an unknown type', { eventType: 'connect_failed' }, 'eventType is neither connected nor disconnected'],
    ['a type of the prototype', { eventType: 'constructor' }, 'eventType is neither connected nor disconnected'],
    ['a time that is text', { timestamp: String(NOON) }, 'timestamp is not a number of milliseconds'],
    ['a time before 1970', { timestamp: -1 }, 'timestamp is not a number of milliseconds'],
    ['no version', { versionNumber: undefined }, 'versionNumber is not a whole number from 0'],
    ['a broken version', { versionNumber: 1.5 }, 'versionNumber is not a whole number from 0'],
    ['no session', { sessionIdentifier: null }, 'sessionIdentifier is not 1 to 994 bytes of text'],
    ['a session over the limit of a sort key', { sessionIdentifier: `${'ä'.repeat(497)}x` }, 'sessionIdentifier is not 1 to 994 bytes of text'],
  ])('says what is wrong with %s', (_name, change, problem) => {
    expect(parse(typeof change === 'string' ? change : JSON.stringify({ ...connected, ...change as object }))).toEqual({ problem });
  });

  test('takes a client of exactly the limit of a key', () => {
    expect(parse(JSON.stringify({ ...connected, clientId: 'ä'.repeat(1_024) })).problem).toBeUndefined();
  });

  test('takes a session whose row of history has a sort key of exactly the limit, whenever it was', () => {
    const { event } = parse(JSON.stringify({ ...connected, eventType: 'disconnected', timestamp: Number.MAX_SAFE_INTEGER, sessionIdentifier: 'ä'.repeat(497) })) as { event: LifecycleEvent };
    expect(Buffer.byteLength(historyItem(event, 86_400).EventID.S!)).toBe(1_024);
  });

  test('never throws, whatever the text', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), text => { expect(parse(text)).toHaveProperty('problem'); }));
  });
});

test('a row of history has one key for one event, and expires counted from the event', () => {
  const event = { ...at(0, 5, 'a', 'disconnected'), clientId: 'press', disconnectReason: 'CONNECTION_LOST' };
  expect(historyItem(event, 86_400)).toEqual({
    ClientID: { S: 'press' },
    EventID: { S: `${NOON}#disconnected#a` },
    EventType: { S: 'disconnected' },
    EventTime: { N: String(NOON) },
    VersionNum: { N: '5' },
    SessionIdentifier: { S: 'a' },
    DisconnectReason: { S: 'CONNECTION_LOST' },
    ExpiresAt: { N: String(NOON / 1_000 + 86_400) },
  });
});

test('a variable that is missing is told apart from an empty one', () => {
  expect(() => required({}, 'NAME')).toThrow('environment variable NAME is missing');
  expect(() => required({ NAME: '' }, 'NAME')).toThrow('environment variable NAME is empty');
  expect(required({ NAME: 'x' }, 'NAME')).toBe('x');
});
