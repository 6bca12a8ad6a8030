import { Service, LOOK_UP, ONBOARD, TAKE_OUT } from './service';
import { ApiDeps } from '../../src/onboarding/handler/api';
import { LEASE_MS, retire } from '../../src/onboarding/handler/core';
import { newKey } from '../../src/onboarding/handler/signing-request';

let service: Service;
beforeAll(async () => { service = await Service.start(); }, 120_000);
afterAll(async () => service.stop());
beforeEach(async () => service.clear());

class Crash extends Error {
  override readonly name = 'Crash';
}

/**
 * Dependencies of a function that dies at one point: before its call number `at / 2` to AWS is sent, or, where `at` is odd, after AWS has
 * done it and before its answer comes. From then on nothing of it runs any more.
 */
function dying(at: number): { deps: ApiDeps; points: () => number } {
  let point = 0;
  let dead = false;
  const dyingOf = <T extends object>(calls: T) => Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, async (
    ...args: unknown[]
  ) => {
    if (dead || point++ === at) {
      dead = true;
      throw new Crash(`before ${name}`);
    }
    const answer = await call(...args);
    if (point++ === at) {
      dead = true;
      throw new Crash(`after ${name}`);
    }
    return answer;
  }])) as T;
  const deps = service.deps();
  return { deps: { ...deps, register: dyingOf(deps.register), iot: dyingOf(deps.iot), rotations: dyingOf(deps.rotations) }, points: () => point };
}

const { csr } = newKey();
const CASES: [string, (deps?: ApiDeps) => Promise<{ status: number; body: any }>, boolean][] = [
  ['without a signing request', deps => service.call(ONBOARD, 'S1', {}, deps), false],
  ['with a signing request', deps => service.call(ONBOARD, 'S1', { body: { csr } }, deps), false],
  ['as a rotation', deps => service.call(ONBOARD, 'S1', { query: { rotate: 'true' } }, deps), true],
  ['as a rotation with a signing request', deps => service.call(ONBOARD, 'S1', { query: { rotate: 'true' }, body: { csr } }, deps), true],
];

/** One thing, complete certificates, and none that the registry does not know. */
async function expectComplete(certificates: number): Promise<void> {
  const stored = await service.stored('S1');
  expect([...service.iot.things.keys()]).toEqual(['press-S1']);
  const known = [stored!.CertificateId, ...stored!.RetiringCertificateIds ?? []].sort();
  expect([...service.iot.certificates.keys()].sort()).toEqual(known);
  expect(known).toHaveLength(certificates);
  for (const { status, policies, things } of service.iot.certificates.values()) {
    expect({ status, policies: [...policies], things: [...things] }).toEqual({ status: 'ACTIVE', policies: ['Fleet'], things: [['press-S1', 'EXCLUSIVE_THING']] });
  }
  for (const field of ['PendingKey', 'PendingSince', 'PendingCertificateId', 'LeaseOwner', 'LeaseUntil']) expect(stored).not.toHaveProperty(field);
}

describe.each(CASES)('onboarding %s that is cut short', (_case, call, isRotation) => {
  test('between any two calls, and repeated, ends in one complete device and leaves no certificate behind', async () => {
    for (let at = 0; ; at++) {
      await service.clear();
      if (isRotation) await service.call(ONBOARD, 'S1');
      const { deps, points } = dying(at);
      const { status } = await call(deps);
      const died = points() > at;
      if (!died) {
        expect(status).toBe(200);
        expect(at).toBeGreaterThanOrEqual(20);
        return;
      }
      // Another call does not meet one that may still run: the lease has to end first.
      service.time += LEASE_MS + 1;
      const again = await call();
      expect([at, again.status, again.body.status, again.body.error.code]).toEqual([at, 200, 'PROVISIONED', '']);
      const stored = await service.stored('S1');
      // A rotation whose answer was lost at its very end is a rotation that was done: repeating it makes another one, unless it has the same key.
      await expectComplete(1 + (stored!.RetiringCertificateIds?.length ?? 0));
      expect(stored!.RetiringCertificateIds?.length ?? 0).toBeLessThanOrEqual(!isRotation ? 0 : _case.includes('signing') ? 1 : 2);

      // Whatever happened, the newest certificate retires the others, and nobody waits for a certificate that is gone.
      await retire(stored!.CertificateId, service.deps());
      await expectComplete(1);
      expect(await service.watched()).toBe(0);
    }
  }, 300_000);

  test('gives the key to the caller who gets an answer, or says that it was issued', async () => {
    if (isRotation) await service.call(ONBOARD, 'S1');
    const { deps } = dying(16);
    await call(deps);
    service.time += LEASE_MS + 1;
    const { body } = await call();
    expect(Boolean(body.credential.privateKey) || body.keyAlreadyIssued || _case.includes('signing')).toBe(true);
  });
});

test('taking a device out that is cut short between any two calls, and repeated, leaves nothing but the memory that it was revoked', async () => {
  for (let at = 0; ; at++) {
    await service.clear();
    await service.call(ONBOARD, 'S1');
    await service.call(ONBOARD, 'S1', { query: { rotate: 'true' } });
    const { deps, points } = dying(at);
    const { status } = await service.call(TAKE_OUT, 'S1', {}, deps);
    if (points() <= at) {
      expect([status, at > 20]).toEqual([200, true]);
      return;
    }
    service.time += LEASE_MS + 1;
    expect([at, (await service.call(TAKE_OUT, 'S1')).status]).toEqual([at, 200]);
    expect([at, service.iot.things.size, service.iot.certificates.size, await service.watched()]).toEqual([at, 0, 0, 0]);
    expect(await service.stored('S1')).toEqual({ SerialNumber: 'S1', Status: 'REVOKED', ThingName: 'press-S1', ProvisionedAt: expect.any(String), RevokedAt: expect.any(String), UpdatedAt: expect.any(String) });
  }
}, 300_000);

test('onboarding that is cut short anywhere, and then taken out, leaves nothing', async () => {
  for (let at = 0; ; at++) {
    await service.clear();
    const { deps, points } = dying(at);
    await service.call(ONBOARD, 'S1', {}, deps);
    if (points() <= at) return;
    service.time += LEASE_MS + 1;
    const { status } = await service.call(TAKE_OUT, 'S1');
    expect([at, [200, 404].includes(status), service.iot.things.size, service.iot.certificates.size]).toEqual([at, true, 0, 0]);
  }
}, 300_000);

test('onboarding that is cut short, and again before it has a certificate, and then taken out, leaves no thing', async () => {
  for (const lastPoint of [14, 16, 18, 20]) {
    await service.clear();
    await service.call(ONBOARD, 'S1', {}, dying(lastPoint).deps);
    service.time += LEASE_MS + 1;
    service.iot.interfere = request => request === 'POST /certificates' ? { status: 429, error: 'ThrottlingException' } : undefined;
    expect((await service.call(ONBOARD, 'S1')).status).toBe(503);
    service.iot.interfere = undefined;
    expect((await service.call(TAKE_OUT, 'S1')).status).toBe(200);
    expect([lastPoint, service.iot.things.size, service.iot.certificates.size]).toEqual([lastPoint, 0, 0]);
  }
});

test('retiring that is cut short between any two calls, and repeated, leaves the newest certificate alone', async () => {
  for (let at = 0; ; at++) {
    await service.clear();
    await service.call(ONBOARD, 'S1');
    const { body } = await service.call(ONBOARD, 'S1', { query: { rotate: 'true' } });
    const { deps, points } = dying(at);
    await retire(body.credential.certificateId, deps).catch(() => undefined);
    if (points() <= at) return;
    await retire(body.credential.certificateId, service.deps());
    await expectComplete(1);
    expect([at, [...service.iot.certificates.keys()], await service.watched()]).toEqual([at, [body.credential.certificateId], 0]);
  }
}, 300_000);

test('a certificate that was lost is found behind a page of somebody else\'s, which stay', async () => {
  const { deps } = dying(9);
  await service.call(ONBOARD, 'S1', {}, deps);
  expect(service.iot.made).toBe(1);
  const before = service.iot.made;
  const others = service.deps().iot;
  const ids: string[] = [];
  for (let made = 0; made < 3; made++) ids.push((await others.createCertificate(newKey().csr)).certificateId);
  service.time += LEASE_MS + 1;
  expect((await service.call(ONBOARD, 'S1')).status).toBe(200);
  expect(ids.map(id => service.iot.certificates.has(id))).toEqual([true, true, true]);
  expect([before, service.iot.certificates.size]).toEqual([1, 4]);
});

test.each([['page of certificates', 0], ['certificate behind four pages', 4]])('a search that takes ten seconds for each %s ends before the function is cut off, and says so', async (_what, from) => {
  await service.call(ONBOARD, 'S1', {}, dying(9).deps);
  const others = service.deps().iot;
  for (let made = 0; made < 6; made++) await others.createCertificate(newKey().csr);
  service.time += LEASE_MS + 1;
  service.iot.requests.length = 0;
  const sought = () => service.iot.requests.filter(request => request.startsWith('GET /certificates')).length;
  const getRemainingTimeInMillis = () => 29_000 - 10_000 * Math.max(0, sought() - from);
  const { status, headers, body } = await service.call(ONBOARD, 'S1', {}, service.deps(), { getRemainingTimeInMillis });
  expect([status, headers['retry-after'], body.error.code, sought()]).toEqual([503, '2', 'SearchUnfinished', from + 2]);
  // It is no crash: the next call need not wait.
  expect((await service.call(ONBOARD, 'S1')).status).toBe(200);
  expect(service.iot.certificates.size).toBe(7);
});

test('until the lease ends, another call says when to come again, and reads are answered', async () => {
  const { deps } = dying(7);
  await service.call(ONBOARD, 'S1', {}, deps);
  const { status, headers, body } = await service.call(ONBOARD, 'S1');
  expect([status, headers['retry-after'], body.error]).toEqual([503, '15', expect.objectContaining({ code: 'DeviceBusy', type: 'Busy' })]);
  expect((await service.call(LOOK_UP, 'S1')).body).toMatchObject({ status: 'ONBOARDING' });
});
