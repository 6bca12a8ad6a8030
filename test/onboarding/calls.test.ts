import { ED25519, RSA_1024, RSA_2048, SECP256K1 } from './fixtures';
import { CLAIM, LIST, LOOK_UP, ONBOARD, Service, TABLES, TAKE_OUT } from './service';
import { retire } from '../../src/onboarding/handler/core';
import { keyOfCertificate, keyOfRequest, newKey, signingRequestProblem } from '../../src/onboarding/handler/signing-request';
import { makeHandler as makeRotationHandler } from '../../src/onboarding/rotation-handler';
import { decide } from '../../src/provisioning/hook-handler/core';

let service: Service;
beforeAll(async () => { service = await Service.start(); }, 120_000);
afterAll(async () => service.stop());
beforeEach(async () => service.clear());

const NO_ERROR = { code: '', msg: '', type: '' };
const ROTATE = { query: { rotate: 'true' } };

describe('onboarding', () => {
  test('answers all that a device needs, in the shape of the quickstart', async () => {
    const { status, headers, body } = await service.call(ONBOARD, 'S1');
    expect(status).toBe(200);
    expect(headers).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    const [certificateId] = service.iot.certificates.keys();
    expect(body).toEqual({
      serialNumber: 'S1',
      deviceName: 'press-S1',
      thingId: 'id-of-press-S1',
      status: 'PROVISIONED',
      keyAlreadyIssued: false,
      credential: {
        certificateArn: `arn:aws:iot:us-east-1:111122223333:cert/${certificateId}`,
        certificateId,
        certificatePem: expect.stringMatching(/^-----BEGIN CERTIFICATE-----/),
        privateKey: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----/),
        publicKey: expect.stringMatching(/^-----BEGIN PUBLIC KEY-----/),
      },
      mqttEndpoint: 'abc-ats.iot.us-east-1.amazonaws.com',
      topics: { telemetry: ['data/press-S1/*'], basicIngest: ['$aws/rules/zone_telemetry/data/press-S1/*'], commands: ['cmd/press-S1/*'] },
      error: NO_ERROR,
    });
    expect(await service.stored('S1')).toEqual({
      SerialNumber: 'S1', Status: 'PROVISIONED', ThingName: 'press-S1', CertificateId: certificateId, ProvisionedAt: expect.any(String), UpdatedAt: expect.any(String),
    });
  });

  test('with a signing request makes the certificate for its key, and answers no key', async () => {
    const { csr } = newKey();
    const { body } = await service.call(ONBOARD, 'S1', { body: { csr } });
    expect(Object.keys(body.credential)).toEqual(['certificateArn', 'certificateId', 'certificatePem']);
    expect(keyOfCertificate(body.credential.certificatePem)).toBe(keyOfRequest(csr));
  });

  test('repeated answers the same device without its key', async () => {
    const first = (await service.call(ONBOARD, 'S1')).body;
    const { status, body } = await service.call(ONBOARD, 'S1');
    const { privateKey, publicKey, ...credential } = first.credential;
    expect([typeof privateKey, typeof publicKey]).toEqual(['string', 'string']);
    expect([status, body]).toEqual([200, { ...first, credential, keyAlreadyIssued: true }]);
    expect(service.iot.made).toBe(1);
  });

  test('200 times at once makes one device and one certificate, and one caller gets the key', async () => {
    // The clock stands still, so that a busy machine lets no patience and no lease run out.
    const wait = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms));
    const answers = await Promise.all(Array.from({ length: 200 }, () => service.call(ONBOARD, 'S1', {}, service.deps({ wait }))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers.filter(({ body }) => body.credential.privateKey)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.keyAlreadyIssued)).toHaveLength(199);
    expect(new Set(answers.map(({ body }) => body.credential.certificateId)).size).toBe(1);
    expect([service.iot.made, service.iot.certificates.size, service.iot.things.size]).toEqual([1, 1, 1]);
  }, 120_000);

  test('gives the thing its attributes, and adds them to a thing that is there', async () => {
    service.iot.things.set('press-S1', { thingId: 'id-of-press-S1', attributes: { site: 'north' } });
    await service.call(ONBOARD, 'S1', { body: { attributes: { line: 'l4' } } });
    expect(service.iot.things.get('press-S1')!.attributes).toEqual({ site: 'north', line: 'l4' });
  });

  test('names the thing as the registry and its parameters say, as the hook does', async () => {
    await service.put(TABLES.registry, { SerialNumber: 'S1', Status: 'REGISTERED', ThingName: 'chosen' });
    expect((await service.call(ONBOARD, 'S1')).body.deviceName).toBe('chosen');
    const deps = service.deps({}, [{ Ref: 'Line' }, '-', { Ref: 'SerialNumber' }]);
    const { status, body } = await service.call(ONBOARD, 'S2', {}, deps);
    expect([status, body.error.code]).toEqual([409, 'ParameterNotInRegistry']);
    expect(await service.stored('S2')).toBeUndefined();
  });

  test('makes the thing again where somebody deleted it by hand, with the certificate that is there', async () => {
    const { body } = await service.call(ONBOARD, 'S1');
    service.iot.things.clear();
    const again = await service.call(ONBOARD, 'S1');
    expect(again.body).toMatchObject({ thingId: 'id-of-press-S1', keyAlreadyIssued: true, credential: { certificateId: body.credential.certificateId } });
    expect(service.iot.things.has('press-S1')).toBe(true);
    expect(await service.stored('S1')).not.toHaveProperty('LeaseOwner');
  });

  test('makes a new certificate where somebody deleted it by hand', async () => {
    await service.call(ONBOARD, 'S1');
    service.iot.certificates.clear();
    expect((await service.call(ONBOARD, 'S1')).body).toMatchObject({ keyAlreadyIssued: false, credential: { privateKey: expect.any(String) } });
    expect(await service.stored('S1')).not.toHaveProperty('RetiringCertificateIds');
  });
});

describe('a thing of somebody else', () => {
  /** A thing with a certificate that nobody noted in the registry. */
  const foreign = async (thingName: string) => {
    const { iot } = service.deps();
    const { certificateId, certificateArn } = await iot.createCertificate(newKey().csr);
    await iot.setStatus(certificateId, 'ACTIVE');
    await iot.attachPolicy(certificateArn);
    await iot.ensureThing(thingName, { site: 'north' });
    await iot.attachThing(thingName, certificateArn);
    service.iot.requests.length = 0;
    return certificateId;
  };
  const changes = () => service.iot.requests.filter(request => !request.startsWith('GET'));

  test('is not touched where a device is taken out that was only registered, also under a name that the registry fixes', async () => {
    const certificateId = await foreign('chosen');
    await service.put(TABLES.registry, { SerialNumber: 'S1', Status: 'REGISTERED', ThingName: 'chosen' });
    const { status, body } = await service.call(TAKE_OUT, 'S1');
    expect([status, body.status, changes()]).toEqual([200, 'REVOKED', []]);
    expect(service.iot.certificates.get(certificateId)).toMatchObject({ status: 'ACTIVE', policies: new Set(['Fleet']) });
  });

  test('is not adopted: a registered device stays as it is, and one that is new is not listed', async () => {
    await foreign('press-S1');
    await foreign('press-S2');
    await service.put(TABLES.registry, { SerialNumber: 'S1', Status: 'REGISTERED' });
    for (const serial of ['S1', 'S2']) {
      const { status, body } = await service.call(ONBOARD, serial, { body: { attributes: { site: 'south' } } });
      expect([status, body.error]).toEqual([409, { code: 'ThingInUse', type: 'Conflict', msg: expect.stringContaining(`the thing press-${serial} has certificates that are not of this device`) }]);
    }
    expect(changes()).toEqual([]);
    expect(await service.stored('S1')).toEqual({ SerialNumber: 'S1', Status: 'REGISTERED' });
    expect(await service.stored('S2')).toBeUndefined();
  });

  test('is not adopted by a second device for which the registry fixes the same name', async () => {
    for (const SerialNumber of ['S1', 'S2']) await service.put(TABLES.registry, { SerialNumber, Status: 'REGISTERED', ThingName: 'chosen' });
    expect((await service.call(ONBOARD, 'S1')).status).toBe(200);
    expect((await service.call(ONBOARD, 'S2')).body.error.code).toBe('ThingInUse');
  });

  test('is adopted while nothing is attached to it, and goes with the device', async () => {
    await service.deps().iot.ensureThing('press-S1', { site: 'north' });
    expect((await service.call(ONBOARD, 'S1')).status).toBe(200);
    expect((await service.call(TAKE_OUT, 'S1')).body.thingKept).toBeUndefined();
    expect(service.iot.things.size).toBe(0);
  });

  test('stays where the device is taken out and something else is attached, and the answer and the log say so', async () => {
    const { body: { credential } } = await service.call(ONBOARD, 'S1');
    const certificateId = await foreign('press-S1');
    const { status, body } = await service.call(TAKE_OUT, 'S1');
    expect([status, body]).toEqual([200, expect.objectContaining({ status: 'REVOKED', thingId: 'id-of-press-S1', thingKept: true })]);
    expect([...service.iot.certificates.keys()]).toEqual([certificateId]);
    expect(service.iot.certificates.get(certificateId)!.things.has('press-S1')).toBe(true);
    expect(credential.certificateId).not.toBe(certificateId);
    expect(service.lines.at(-1)).toMatchObject({ decision: 'DONE', reason: 'REVOKED_THING_KEPT' });
    await service.put(TABLES.registry, { SerialNumber: 'S1', Status: 'REGISTERED' });
    expect((await service.call(ONBOARD, 'S1')).body.error.code).toBe('ThingInUse');
  });

  test('is told from the own one of a device that rotates: it keeps what an operator has attached', async () => {
    await service.call(ONBOARD, 'S1');
    const certificateId = await foreign('press-S1');
    const { body } = await service.call(ONBOARD, 'S1', ROTATE);
    await retire(body.credential.certificateId, service.deps());
    expect([...service.iot.certificates.keys()]).toEqual([certificateId, body.credential.certificateId]);
  });
});

describe('attributes for a device that is known', () => {
  test('are merged with those of its thing, and nothing else is made', async () => {
    const { body: { credential } } = await service.call(ONBOARD, 'S1', { body: { attributes: { site: 'north', line: 'l4' } } });
    const { status, body } = await service.call(ONBOARD, 'S1', { body: { attributes: { line: 'l5' } } });
    expect([status, body.keyAlreadyIssued, body.credential.certificateId]).toEqual([200, true, credential.certificateId]);
    expect(service.iot.things.get('press-S1')!.attributes).toEqual({ site: 'north', line: 'l5' });
    expect(service.iot.made).toBe(1);
    expect(await service.stored('S1')).not.toHaveProperty('LeaseOwner');
  });

  test('that the thing has already cost no write', async () => {
    await service.call(ONBOARD, 'S1', { body: { attributes: { site: 'north' } } });
    service.iot.requests.length = 0;
    expect((await service.call(ONBOARD, 'S1', { body: { attributes: { site: 'north' } } })).status).toBe(200);
    expect(service.iot.requests.filter(request => !request.startsWith('GET'))).toEqual([]);
  });
});

describe('fleet provisioning and the API agree about a serial number', () => {
  const settings = {
    tableName: '', templateName: 'Fleet', serialNumberParameter: 'SerialNumber', declaredParameters: [], fixedParameters: [], attributeParameters: [], reprovisionWindowSeconds: 3_600,
  };
  /** @param later - milliseconds from now */
  const hookSays = async (later = 7_200_000) => {
    const { Status: status, CertificateId: certificateId, ProvisionedAt: provisionedAt } = (await service.stored('S1'))!;
    return decide({ certificateId: 'c2', parameters: { SerialNumber: 'S1' } }, 'S1', { status, certificateId, provisionedAt, parameters: {} }, settings, new Date(service.time + later)).reason;
  };

  test('the hook denies a device that the API has onboarded', async () => {
    await service.call(ONBOARD, 'S1');
    expect(await hookSays()).toBe('ALREADY_PROVISIONED');
  });

  test('the hook denies a device while the API is at work on it, also within the window', async () => {
    await service.put(TABLES.registry, { SerialNumber: 'S1', Status: 'REGISTERED', ProvisionedAt: new Date(service.time).toISOString() });
    let during = '';
    const { iot } = service.deps();
    await service.call(ONBOARD, 'S1', {}, service.deps({ iot: { ...iot, attachPolicy: async arn => { during = await hookSays(60_000); return iot.attachPolicy(arn); } } }));
    expect(during).toBe('ALREADY_PROVISIONED');
  });

  test('the hook denies a device that was taken out', async () => {
    await service.call(ONBOARD, 'S1');
    await service.call(TAKE_OUT, 'S1');
    expect(await hookSays()).toBe('REVOKED');
  });

  test('the API answers a device that the hook has let in, and makes nothing', async () => {
    const { iot } = service.deps();
    const { certificateId } = await iot.createCertificate(newKey().csr);
    await iot.ensureThing('press-S1', undefined);
    await service.put(TABLES.registry, { SerialNumber: 'S1', Status: 'PROVISIONED', CertificateId: certificateId, ThingName: 'press-S1' });
    expect((await service.call(ONBOARD, 'S1')).body).toMatchObject({ keyAlreadyIssued: true, credential: { certificateId } });
    expect(service.iot.made).toBe(1);
  });

  test('a device that an operator revokes while it is onboarded does not become active in the registry', async () => {
    const { iot } = service.deps();
    const attachPolicy = async (arn: string) => {
      await service.put(TABLES.registry, { ...(await service.stored('S1'))! as Record<string, string>, Status: 'REVOKED' });
      return iot.attachPolicy(arn);
    };
    const { status } = await service.call(ONBOARD, 'S1', {}, service.deps({ iot: { ...iot, attachPolicy } }));
    expect([status, (await service.stored('S1'))!.Status]).toEqual([503, 'REVOKED']);
  });
});

describe('rotation', () => {
  test('gives a new certificate, leaves the old one at work, and deletes it after the new one has connected', async () => {
    const first = (await service.call(ONBOARD, 'S1')).body.credential.certificateId;
    const second = (await service.call(ONBOARD, 'S1', ROTATE)).body.credential.certificateId;
    expect([...service.iot.certificates].map(([id, { status }]) => [id, status])).toEqual([[first, 'ACTIVE'], [second, 'ACTIVE']]);
    expect(await retire(first, service.deps())).toEqual([]);
    expect(service.iot.certificates.size).toBe(2);
    expect(await retire(second, service.deps())).toEqual([first]);
    expect([...service.iot.certificates.keys()]).toEqual([second]);
    expect(await service.stored('S1')).toMatchObject({ CertificateId: second });
    expect(await service.stored('S1')).not.toHaveProperty('RetiringCertificateIds');
    expect(await service.watched()).toBe(0);
  });

  test('done twice before the device connects keeps all until the newest has connected', async () => {
    await service.call(ONBOARD, 'S1');
    const second = (await service.call(ONBOARD, 'S1', ROTATE)).body.credential.certificateId;
    const third = (await service.call(ONBOARD, 'S1', ROTATE)).body.credential.certificateId;
    expect(await retire(second, service.deps())).toEqual([]);
    expect((await retire(third, service.deps())).length).toBe(2);
    expect([...service.iot.certificates.keys()]).toEqual([third]);
  });

  test('repeated with the same signing request answers the certificate that it has made, until the device comes with another key', async () => {
    await service.call(ONBOARD, 'S1');
    const csr = { ...ROTATE, body: { csr: newKey().csr } };
    const rotated = (await service.call(ONBOARD, 'S1', csr)).body;
    expect(rotated.keyAlreadyIssued).toBe(false);
    expect((await service.call(ONBOARD, 'S1', csr)).body).toEqual({ ...rotated, keyAlreadyIssued: true });
    expect(service.iot.made).toBe(2);
    expect((await service.call(ONBOARD, 'S1', { ...ROTATE, body: { csr: newKey().csr } })).body.keyAlreadyIssued).toBe(false);
    expect(service.iot.made).toBe(3);
  });

  test('with the key of a certificate that an operator has made inactive makes a new one', async () => {
    const csr = { body: { csr: newKey().csr } };
    const { certificateId } = (await service.call(ONBOARD, 'S1', csr)).body.credential;
    await service.deps().iot.setStatus(certificateId, 'INACTIVE');
    expect((await service.call(ONBOARD, 'S1', { ...ROTATE, ...csr })).body.keyAlreadyIssued).toBe(false);
  });

  test('stops where ten certificates work already, and says what to do', async () => {
    for (let times = 0; times <= 10; times++) expect((await service.call(ONBOARD, 'S1', ROTATE)).status).toBe(200);
    const { status, body } = await service.call(ONBOARD, 'S1', ROTATE);
    expect([status, body.error.code]).toEqual([409, 'TooManyRotations']);
    expect(service.iot.certificates.size).toBe(11);
    expect(await service.stored('S1')).not.toHaveProperty('LeaseOwner');
  });

  test('takes away what a device had before that came by fleet provisioning again and again, also where those are too many at first', async () => {
    const { iot } = service.deps();
    const made: string[] = [];
    await iot.ensureThing('press-S1', undefined);
    for (let times = 0; times < 12; times++) {
      const { certificateId, certificateArn } = await iot.createCertificate(newKey().csr);
      await iot.setStatus(certificateId, 'ACTIVE');
      await iot.attachThing('press-S1', certificateArn);
      made.push(certificateId);
    }
    const newest = made.at(-1)!;
    await service.put(TABLES.registry, { SerialNumber: 'S1', Status: 'PROVISIONED', ThingName: 'press-S1', CertificateId: newest });
    await service.retiring('S1', made.slice(0, -1));
    expect((await service.call(ONBOARD, 'S1', ROTATE)).body.error.code).toBe('TooManyRotations');
    expect((await retire(newest, service.deps())).length).toBe(11);
    expect([...service.iot.certificates.keys()]).toEqual([newest]);
    expect((await service.call(ONBOARD, 'S1', ROTATE)).status).toBe(200);
  });

  test('hears of connections from a queue: answers each event that failed, and ignores what has no certificate', async () => {
    const asked: string[] = [];
    const id = 'a'.repeat(64);
    const handler = makeRotationHandler({
      retire: async certificateId => {
        asked.push(certificateId);
        if (certificateId.startsWith('b')) throw new Error('throttled');
        return ['old'];
      },
      log: line => service.lines.push(line),
    });
    const bodies = [{ principalIdentifier: id }, { principalIdentifier: id }, { principalIdentifier: 'AIDAXYZ:user' }, {}, { principalIdentifier: 'b'.repeat(64) }];
    const Records = [...bodies.map(body => JSON.stringify(body)), 'no json'].map((body, at) => ({ messageId: `m${at}`, body }));
    expect(await handler({ Records } as never)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm4' }] });
    expect(asked).toEqual([id, 'b'.repeat(64)]);
  });
});

describe('taking out', () => {
  test('deletes certificate and thing, cuts the connection, and remembers', async () => {
    await service.call(ONBOARD, 'S1');
    service.iot.requests.length = 0;
    const { status, body } = await service.call(TAKE_OUT, 'S1');
    expect([status, body]).toEqual([200, expect.objectContaining({ serialNumber: 'S1', deviceName: 'press-S1', status: 'REVOKED', error: NO_ERROR })]);
    expect([service.iot.things.size, service.iot.certificates.size, service.iot.disconnected]).toEqual([0, 0, ['press-S1']]);
    const changes = service.iot.requests.filter(request => !/^(GET|POST \/attached)/.test(request)).map(request => request.replace(/[0-9a-f]{64}/, 'ID'));
    expect(changes).toEqual([
      'PUT /certificates/ID', 'DELETE /connections/press-S1', 'DELETE /things/press-S1/principals', 'POST /target-policies/Fleet', 'DELETE /certificates/ID', 'DELETE /things/press-S1',
    ]);
  });

  test('is safe to repeat, and the device does not come back by onboarding, rotating or a claim', async () => {
    await service.call(ONBOARD, 'S1');
    await service.call(TAKE_OUT, 'S1');
    expect((await service.call(TAKE_OUT, 'S1')).status).toBe(200);
    for (const answer of [await service.call(ONBOARD, 'S1'), await service.call(ONBOARD, 'S1', ROTATE), await service.call(CLAIM, 'S1')]) {
      expect([answer.status, answer.body.error.code]).toEqual([409, 'DeviceRevoked']);
    }
    expect((await service.call(LOOK_UP, 'S1')).body).toMatchObject({ status: 'REVOKED' });
    expect(service.iot.certificates.size).toBe(0);
  });

  test('lets the device in again after an operator registers it', async () => {
    await service.call(ONBOARD, 'S1');
    await service.call(TAKE_OUT, 'S1');
    await service.put(TABLES.registry, { SerialNumber: 'S1', Status: 'REGISTERED' });
    expect((await service.call(ONBOARD, 'S1')).body).toMatchObject({ status: 'PROVISIONED', credential: { privateKey: expect.any(String) } });
  });

  test('leaves a thing alone that only has the name which a registered device would get', async () => {
    service.iot.things.set('press-S1', { thingId: 'other', attributes: {} });
    await service.put(TABLES.registry, { SerialNumber: 'S1', Status: 'REGISTERED' });
    expect((await service.call(TAKE_OUT, 'S1')).status).toBe(200);
    expect(service.iot.things.size).toBe(1);
  });

  test('deletes the certificates that a device had before it came by fleet provisioning again', async () => {
    const { iot } = service.deps();
    const old = await iot.createCertificate(newKey().csr);
    await iot.setStatus(old.certificateId, 'ACTIVE');
    await service.call(ONBOARD, 'S1');
    await iot.attachThing('press-S1', old.certificateArn);
    await service.retiring('S1', [old.certificateId]);
    expect((await service.call(TAKE_OUT, 'S1')).body.thingKept).toBeUndefined();
    expect([service.iot.certificates.size, service.iot.things.size]).toEqual([0, 0]);
  });

  test('of a serial number that nobody knows is 404 and writes nothing', async () => {
    for (const route of [TAKE_OUT, LOOK_UP]) expect((await service.call(route, 'S9')).status).toBe(404);
    expect(await service.stored('S9')).toBeUndefined();
  });
});

describe('claims', () => {
  test('register a serial number that is new, and answer a claim of the template', async () => {
    const { status, body } = await service.call(CLAIM, 'S1');
    expect([status, body]).toEqual([200, {
      serialNumber: 'S1',
      templateName: 'Template',
      expiration: '2027-01-15T08:00:00.000Z',
      credential: { certificateId: 'claim', certificatePem: 'CLAIM-PEM', privateKey: 'CLAIM-KEY', publicKey: 'CLAIM-PUBLIC' },
      mqttEndpoint: 'abc-ats.iot.us-east-1.amazonaws.com',
      error: NO_ERROR,
    }]);
    expect(await service.stored('S1')).toEqual({ SerialNumber: 'S1', Status: 'REGISTERED' });
    expect((await service.call(CLAIM, 'S1')).status).toBe(200);
  });

  test('are not made for a device that is provisioned, nor without a template', async () => {
    await service.call(ONBOARD, 'S1');
    expect((await service.call(CLAIM, 'S1')).body.error.code).toBe('AlreadyProvisioned');
    expect((await service.call(CLAIM, 'S2', {}, service.deps({ claim: undefined }))).status).toBe(404);
  });
});

describe('the list', () => {
  test('has every device once, page by page, with who is connected', async () => {
    for (const serial of ['S1', 'S2', 'S3']) await service.call(ONBOARD, serial);
    await service.put(TABLES.connectivity, { ClientID: 'press-S1', Status: 'Connected', ConnectTime: 1_767_323_045_000 });
    await service.put(TABLES.connectivity, { ClientID: 'press-S2', Status: 'Disconnected', DisconnectTime: 1_767_323_045_000, DisconnectReason: 'CONNECTION_LOST' });
    const found = new Map<string, any>();
    for (let nextToken: string | undefined; ;) {
      const { status, body } = await service.call(LIST, undefined, { query: { limit: '2', ...nextToken === undefined ? {} : { nextToken } } });
      expect([status, body.devices.length <= 2]).toEqual([200, true]);
      for (const device of body.devices) found.set(device.serialNumber, device.connectivity);
      ({ nextToken } = body);
      if (nextToken === undefined) break;
    }
    expect(Object.fromEntries(found)).toEqual({
      S1: { status: 'Connected', since: '2026-01-02T03:04:05.000Z' },
      S2: { status: 'Disconnected', since: '2026-01-02T03:04:05.000Z', disconnectReason: 'CONNECTION_LOST' },
      S3: { status: 'Unknown' },
    });
  });

  test('says Unknown where nobody watches', async () => {
    await service.call(ONBOARD, 'S1');
    const { body } = await service.call(LIST, undefined, {}, service.deps({ connectivityOf: undefined }));
    expect(body.devices).toEqual([expect.objectContaining({ serialNumber: 'S1', deviceName: 'press-S1', connectivity: { status: 'Unknown' } })]);
  });

  test.each<Record<string, string>>([{ limit: '0' }, { limit: '101' }, { limit: 'x' }, { limit: '1.5' }, { nextToken: '!' }, { nextToken: 'xx' }])('refuses %j', async query => {
    expect((await service.call(LIST, undefined, { query })).status).toBe(400);
  });
});

describe('what is refused before anything is written', () => {
  const weak = () => `-----BEGIN CERTIFICATE REQUEST-----\n${'A'.repeat(400)}\n-----END CERTIFICATE REQUEST-----`;
  const tampered = () => {
    const der = Buffer.from(newKey().csr.split('\n').slice(1, -2).join(''), 'base64');
    der[der.length - 1] = 255 - der[der.length - 1];
    return `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
  };
  test.each<[string, string, any, RegExp]>([
    ['a serial number with a space', 'S 1', undefined, /serialNumber must match/],
    ['a serial number with a slash', 'a/b', undefined, /serialNumber must match/],
    ['a serial number of 129 characters', 'a'.repeat(129), undefined, /1 to 128 characters, has 129/],
    ['a body that is no JSON', 'S1', '{', /must be JSON/],
    ['a body that is a list', 'S1', [], /must be an object/],
    ['a body that is null', 'S1', 'null', /must be an object/],
    ['a body with something else in it', 'S1', { other: 1 }, /none of csr, attributes/],
    ['a csr that is a number', 'S1', { csr: 1 }, /body.csr must be a text/],
    ['a csr of 4,097 characters', 'S1', { csr: 'a'.repeat(4_097) }, /1 to 4096 characters, has 4097/],
    ['a csr that is none', 'S1', { csr: weak() }, /must be a certificate signing request/],
    ['a csr that somebody changed', 'S1', { csr: tampered() }, /signature that is not of its key/],
    ['a private key', 'S1', { csr: '-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----' }, /holds a private key/],
    ['an attribute value with a space', 'S1', { attributes: { site: 'north hall' } }, /must match/],
    ['an attribute name with a space', 'S1', { attributes: { 'the site': 'north' } }, /name of entry 1/],
    ['an attribute value of 801 characters', 'S1', { attributes: { site: 'a'.repeat(801) } }, /0 to 800 characters/],
    ['four attributes', 'S1', { attributes: { a: '1', b: '2', c: '3', d: '4' } }, /at most 3 entries, has 4/],
  ])('%s', async (_name, serial, body, message) => {
    const { status, body: answer } = await service.call(ONBOARD, serial, { body });
    expect([status, answer.error]).toEqual([400, { code: 'InvalidRequest', type: 'InvalidRequest', msg: expect.stringMatching(message) }]);
    expect(service.iot.requests).toEqual([]);
    expect(await service.stored(serial)).toBeUndefined();
  });

  test('rotate that is neither true nor false', async () => {
    expect((await service.call(ONBOARD, 'S1', { query: { rotate: 'yes' } })).status).toBe(400);
  });

  test.each([['S1'], ['a'.repeat(128 - 'press-'.length)]])('but not a serial number at its limits', async serial => {
    expect((await service.call(ONBOARD, serial)).status).toBe(200);
  });

  test('a serial number whose thing would have a name that is too long', async () => {
    const { status, body } = await service.call(ONBOARD, 'a'.repeat(128));
    expect([status, body.error.code]).toEqual([409, 'InvalidThingName']);
    expect(await service.stored('a'.repeat(128))).toBeUndefined();
  });

  test('the key of a signing request is judged: not P-256, P-384 or P-521, and not RSA of 2,048 bits', () => {
    expect(signingRequestProblem(newKey().csr)).toBeUndefined();
    expect(signingRequestProblem(RSA_1024)).toMatch(/RSA with 2048 bits or more/);
    expect(signingRequestProblem(ED25519)).toMatch(/RSA with 2048 bits or more/);
    expect(signingRequestProblem(RSA_2048)).toBeUndefined();
    expect(signingRequestProblem(SECP256K1)).toMatch(/P-256, P-384 or P-521/);
  });
});

describe('what AWS says becomes a status that tells what to do', () => {
  test.each([
    ['ThrottlingException', 429, 503, 'Throttled'],
    ['ServiceUnavailableException', 503, 503, 'Throttled'],
    ['LimitExceededException', 410, 429, 'QuotaUsedUp'],
    ['InvalidRequestException', 400, 400, 'InvalidRequest'],
    ['ResourceNotFoundException', 404, 404, 'ResourceNotFound'],
    ['UnauthorizedException', 401, 500, 'InternalError'],
  ])('%s', async (error, status, expected, code) => {
    service.iot.interfere = request => request.startsWith('PUT /target-policies') ? { status, error } : undefined;
    const answer = await service.call(ONBOARD, 'S1');
    expect([answer.status, answer.body.error.code, answer.headers['retry-after'] !== undefined]).toEqual([expected, code, [429, 503].includes(expected)]);
    expect(answer.body.serialNumber).toBe('S1');
    // The next call need not wait where AWS has answered, and finishes what this one began.
    service.iot.interfere = undefined;
    if (status >= 500) service.time += 61_000;
    expect((await service.call(ONBOARD, 'S1')).status).toBe(200);
    expect(service.iot.certificates.size).toBe(1);
  });

  test('a certificate whose making was not answered is waited for, and asked for once only', async () => {
    service.iot.interfere = request => request === 'POST /certificates' ? { status: 500, error: 'InternalFailureException' } : undefined;
    const { status, headers, body } = await service.call(ONBOARD, 'S1');
    expect([status, headers['retry-after'], body.error.code]).toEqual([503, '60', 'OutcomeUnknown']);
    expect(service.iot.requests.filter(request => request === 'POST /certificates')).toHaveLength(1);
    expect(await service.stored('S1')).toHaveProperty('LeaseOwner');
  });
});

test('the log has one line for each call, with who and why, and no key, certificate or token', async () => {
  const keys: string[] = [];
  const remember = ({ body }: { body: any }) => keys.push(...Object.entries(body.credential ?? {}).filter(([name]) => /Pem|Key/.test(name)).map(([, value]) => value as string));
  const { csr } = newKey();
  for (const call of [[ONBOARD, 'S1'], [ONBOARD, 'S1', ROTATE], [ONBOARD, 'S2', { body: { csr } }], [LOOK_UP, 'S1'], [CLAIM, 'S3'], [TAKE_OUT, 'S1'], [ONBOARD, 'S1']] as const) {
    remember(await service.call(call[0], call[1], call[2]));
  }
  await service.call(ONBOARD, 'S4', { body: { csr: '-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----' } });
  service.iot.interfere = () => ({ status: 403, error: 'Exception: -----BEGIN CERTIFICATE-----LEAK' });
  await service.call(ONBOARD, 'S5');
  expect(service.lines.map(({ decision, reason }) => `${decision} ${reason}`)).toEqual([
    'DONE ONBOARDED', 'DONE ROTATED', 'DONE ONBOARDED', 'DONE ALREADY_ISSUED', 'DONE CLAIM_FOR_NEW_DEVICE', 'DONE REVOKED', 'REFUSED DeviceRevoked', 'REFUSED InvalidRequest', 'FAILED InternalError',
  ]);
  expect(service.lines[0]).toEqual({ decision: 'DONE', reason: 'ONBOARDED', operation: ONBOARD, serialNumber: 'S1', caller: 'client-1', requestId: 'request-1', deviceName: 'press-S1' });
  const log = JSON.stringify(service.lines);
  for (const key of [...keys, csr, 'SECRET', 'LEAK', 'TOKEN-ID', 'CLAIM-KEY', 'BEGIN']) expect(log).not.toContain(JSON.stringify(key).slice(1, -1));
  expect(keys.length).toBeGreaterThan(8);
});

test('a key is in no table', async () => {
  await service.call(ONBOARD, 'S1');
  await service.call(ONBOARD, 'S1', ROTATE);
  expect(JSON.stringify(await service.stored('S1'))).not.toMatch(/BEGIN|KEY-----/);
});

