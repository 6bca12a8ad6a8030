import { readFileSync } from 'fs';
import * as path from 'path';
import { CLAIM, LIST, LOOK_UP, ONBOARD, Service, TAKE_OUT } from './service';
import { openApiDocument } from '../../src/onboarding/handler/openapi';
import { ANSWERS, routeKey, ROUTES } from '../../src/onboarding/handler/routes';
import { violations } from '../../src/onboarding/handler/schema';
import { newKey } from '../../src/onboarding/handler/signing-request';

const document = openApiDocument() as any;

test('the document in the package is the one that the routes make', () => {
  expect(JSON.parse(readFileSync(path.join(__dirname, '../../assets/onboarding/openapi.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(document)));
});

/** What OpenAPI 3.1 asks for, as far as this document uses it. @see https://spec.openapis.org/oas/v3.1.0 */
describe('the document is valid', () => {
  const operations: [string, any][] = Object.entries<any>(document.paths).flatMap(([url, methods]) => Object.entries<any>(methods).map(([method, operation]) => [`${method} ${url}`, operation] as [string, any]));

  test('has one operation for each route, each with an id of its own', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(operations.map(([name]) => name).sort()).toEqual(ROUTES.map(route => routeKey(route).replace(/^\w+/, method => method.toLowerCase())).sort());
    expect(new Set(operations.map(([, { operationId }]) => operationId)).size).toBe(operations.length);
  });

  test.each(operations)('%s declares each parameter of its path once, and each answer with a description', (name, operation) => {
    const inPath = operation.parameters.filter((parameter: any) => parameter.in === 'path');
    expect(inPath.map((parameter: any) => [parameter.name, parameter.required])).toEqual([...name.matchAll(/\{(\w+)\}/g)].map(match => [match[1], true]));
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['200', '400', '401', '403', '429', '500', '503']));
    for (const response of Object.values<any>(operation.responses)) expect(response.description).toEqual(expect.any(String));
    expect(operation.security).toEqual([{ token: [expect.stringMatching(/^devices\/(read|write)$/)] }]);
  });

  test('has what it refers to', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(match => match[1]);
    expect([...new Set(references)].sort()).toEqual(Object.keys(document.components.schemas).sort());
    for (const pattern of JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)) expect(() => new RegExp(JSON.parse(pattern[1]), 'u')).not.toThrow();
  });
});

describe('every answer is as the document says', () => {
  let service: Service;
  beforeAll(async () => {
    service = await Service.start();
    await service.call(ONBOARD, 'S4');
    for (const thingName of ['press-S3', 'press-S4']) {
      const { iot } = service.deps();
      await iot.ensureThing(thingName, undefined);
      await iot.attachThing(thingName, (await iot.createCertificate(newKey().csr)).certificateArn);
    }
  }, 120_000);
  afterAll(async () => service.stop());

  test.each<[string, string, string | undefined, Parameters<Service['call']>[2], number]>([
    ['onboarding', ONBOARD, 'S1', {}, 200],
    ['repeating it', ONBOARD, 'S1', {}, 200],
    ['rotating', ONBOARD, 'S1', { query: { rotate: 'true' } }, 200],
    ['a wrong body', ONBOARD, 'S1', { body: 'x' }, 400],
    ['looking up', LOOK_UP, 'S1', {}, 200],
    ['looking up what is not there', LOOK_UP, 'S9', {}, 404],
    ['listing', LIST, undefined, { query: { limit: '1' } }, 200],
    ['a claim', CLAIM, 'S2', {}, 200],
    ['a claim of a device that has its certificate', CLAIM, 'S1', {}, 409],
    ['a thing of somebody else', ONBOARD, 'S3', {}, 409],
    ['taking out', TAKE_OUT, 'S1', {}, 200],
    ['taking out what shares its thing', TAKE_OUT, 'S4', {}, 200],
    ['onboarding what was taken out', ONBOARD, 'S1', {}, 409],
  ])('%s', async (_name, route, serial, more, expected) => {
    const { status, body } = await service.call(route, serial, more);
    const { answer, statuses } = ROUTES.find(one => routeKey(one) === route)!;
    expect(status).toBe(expected);
    if (status !== 200) expect(statuses).toContain(status);
    const schema = ANSWERS[status === 200 ? answer.schema : 'Failure'];
    expect(violations(strict(schema), body, 'the answer')).toEqual([]);
  });
});

/** No property that the document does not name. */
function strict(schema: any): any {
  if (schema.type === 'array') return { ...schema, items: strict(schema.items) };
  if (schema.type !== 'object') return schema;
  const properties = Object.entries(schema.properties).map(([name, inner]) => [name, strict(inner)]);
  return { ...schema, additionalProperties: false, properties: Object.fromEntries(properties) };
}
