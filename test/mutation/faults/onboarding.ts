import { Fault, faultsIn } from '../fault';

const CALLS = 'test/onboarding/calls.test';
const CRASHES = 'test/onboarding/crashes.test';
const CONSTRUCT = 'test/onboarding/onboarding-api.test';

export const ONBOARDING_FAULTS: Fault[] = [
  ...faultsIn('src/onboarding/handler/core.ts', [CALLS, CRASHES], [
    ['a call that was cut short leaves its certificate behind', 'for (const id of device.pendingCertificateId ? [device.pendingCertificateId] : await unrecorded(device, deps)) {',
      'for (const id of device.pendingCertificateId ? [device.pendingCertificateId] : []) {'],
    ['a search goes on until the function is cut off', 'if (timeLeft() < REST_MS) throw', 'if (false) throw'],
    ['a certificate of somebody else is deleted', 'keyOfCertificate(certificate.certificatePem) === device.pendingKey) found', 'true) found'],
    ['a revoked device comes back', "if (device.status === 'REVOKED') throw refuse", "if (device.status === 'NEVER') throw refuse"],
    ['the old certificate is never retired', 'if (retiring.length > 0) await deps.rotations.watch(certificate.certificateId, device.serialNumber);', ''],
    ['the old certificate goes before the device has the new one', 'if (device?.certificateId !== certificateId) return [];', 'if (device === undefined) return [];'],
    ['a device stays inactive', "await deps.iot.setStatus(certificate.certificateId, 'ACTIVE');", ''],
    ['the hook lets a device in that is being onboarded', "...device.status === 'REGISTERED' ? { provisionedAt: null } : {},", ''],
    ['a call that may still be under way meets the next one', 'if (isAnswered(error)) await register.release', 'await register.release'],
    ['taking out deletes a thing of somebody else', 'const thingId = isBegun ? await takeAway', 'const thingId = deviceName ? await takeAway'],
    ['taking out takes a thing from somebody else', 'some(principal => !isOneOf(ids, principal))', 'some(() => false)'],
    ['a thing of somebody else makes a new device known', 'const isFree = listed === undefined && await isFreeForNew(serialNumber, deps);', 'const isFree = false;'],
    ['a rotation that is repeated makes another certificate', '|| isFor(there.certificate, request))', ')'],
    ['attributes for a known device are dropped', 'return there && hasAttributes(there.thing, request) ? there : undefined;', 'return there?.thing ? there : undefined;'],
    ['taking out forgets that the device was revoked', "await mustChange(device, owner, { status: 'REVOKED' }, deps);\n    const revoked = { ...device, status: 'REVOKED' };",
      'const revoked = device;'],
    ['a device that was taken out stays connected', 'await iot.disconnect(clientId);', ''],
    ['rotations pile up without end', 'if (retiring.length > MAX_RETIRING) {', 'if (false) {'],
  ]),
  ...faultsIn('src/onboarding/handler/thing-owner.ts', [CALLS, CRASHES], [
    ['a device adopts a thing of somebody else', 'principals.length === 0 || principals.some', 'principals.length >= 0 || principals.some'],
  ]),
  ...faultsIn('src/onboarding/handler/register.ts', [CALLS, CRASHES], [
    ['two calls work on one device', 'OR LeaseUntil < :now)', 'OR LeaseUntil < :now OR LeaseUntil > :now)'],
    ['a change of an operator is written over', 'LeaseOwner = :owner AND #status = :seen AND ', 'LeaseOwner = :owner AND (#status = :seen OR attribute_exists(#status)) AND '],
    ['looking for a device makes one', "mayCreate ? '' : 'attribute_exists(SerialNumber) AND '", "''"],
  ]),
  ...faultsIn('src/onboarding/handler/iot.ts', [CALLS, CRASHES], [
    ['a certificate works before anybody knows of it', 'setAsActive: false', 'setAsActive: true'],
    ['a device shares its thing', "'EXCLUSIVE_THING'", "'NON_EXCLUSIVE_THING'"],
    ['only the first page of certificates is looked at', 'if (nextMarker === undefined || young.length < certificates.length) return ids;', 'return ids;'],
  ]),
  ...faultsIn('src/onboarding/handler/certificates.ts', [CALLS, CRASHES], [
    ['an active certificate is left that cannot be deleted', "if (status === 'ACTIVE') await iot.setStatus(certificateId, 'INACTIVE');", ''],
    ['a policy keeps a certificate from being deleted', 'await iot.detachPolicies(certificateArn);', ''],
  ]),
  ...faultsIn('src/onboarding/handler/api.ts', [CALLS], [
    ['the log tells what is in the request', 'const about = { operation: request.routeKey,', 'const about = { body: request.body, operation: request.routeKey,'],
    ['the log repeats a certificate that AWS has named', ".replace(/-----BEGIN[^]*/, '…')", ''],
    ['a claim is made for a device that was revoked', "if (device?.status === 'REVOKED') throw", 'if (false) throw'],
    ['any body is taken', "...route.body ? violations(route.body, body, 'the body') : [],", ''],
  ]),
  ...faultsIn('src/onboarding/handler/signing-request.ts', [CALLS], [
    ['a weak key is signed', 'modulusLength >= MIN_RSA_BITS', 'modulusLength > 0'],
    ['a private key is passed on', 'if (/PRIVATE KEY/.test(csr)) return', 'if (false) return'],
    ['a signing request that somebody changed is passed on', '!verify(digest, info, publicKey, signature)', 'false'],
  ]),
  ...faultsIn('src/onboarding/onboarding-api.ts', [CONSTRUCT], [
    ['anybody may call', "authorizationType: 'JWT',", "authorizationType: 'NONE',"],
    ['a token for reading may write', 'authorizationScopes: [route.scope],', "authorizationScopes: ['devices/read', 'devices/write'],"],
    ['every API may invoke the function', "sourceArn: api.arnForExecuteApi('*', '/*', STAGE),", ''],
    ['calls are not limited', 'throttle: { rateLimit: rateLimit ?? DEFAULT_RATE_LIMIT, burstLimit: burstLimit ?? DEFAULT_BURST_LIMIT },', ''],
    ['nobody knows who called', 'l1.accessLogSettings = {', 'void {'],
    ['devices are told of topics that they may not use', 'props.telemetryOverBroker ?? true ? telemetryTopics : []', 'telemetryTopics'],
    ['users and secrets go with the stack', 'const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;', 'const removalPolicy = props.removalPolicy ?? RemovalPolicy.DESTROY;'],
  ]),
  ...faultsIn('src/onboarding/onboarding-identity.ts', [CONSTRUCT], [
    ['a program asks for tokens where nobody is', 'return domain.baseUrl({ fips: isGovCloud });', 'return `https://${domain.domainName}`;'],
    ['client and pool are in different Regions', '!== TokenComparison.DIFFERENT) return [];', '!== undefined) return [];'],
    ['strangers sign up', 'selfSignUpEnabled: false', 'selfSignUpEnabled: true'],
    ['two accounts want one domain', '${PREFIX}-${Stack.of(scope).account}-${scope.node.addr.slice(-12)}', '${PREFIX}-${scope.node.addr.slice(-12)}'],
  ]),
  ...faultsIn('src/onboarding/onboarding-role.ts', [CONSTRUCT], [
    ['the function may change every resource of AWS IoT', "'iot:UpdateThing'], arn(scope, 'thing', '*'))", "'iot:UpdateThing'], '*')"],
    ['the function may make policies', "allow(['iot:AttachPolicy']", "allow(['iot:AttachPolicy', 'iot:CreatePolicy']"],
  ]),
];
