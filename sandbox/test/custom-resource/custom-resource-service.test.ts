import { CustomResourceService } from '../../src/custom-resource';
import { LambdaService } from '../../src/lambda';
import { lambda, role, World } from '../lambda/world';

async function worldOf(folder?: string): Promise<World> {
  const world = new World(folder);
  await world.listen();
  world.add(new LambdaService(world.account, { queueByArn: () => undefined }));
  world.add(new CustomResourceService(world.account, { addUnsigned: (prefix, handle) => world.http.addUnsigned(prefix, handle) }));
  return world;
}
const custom = (handler: string, Properties: object = {}, Type = 'Custom::Thing') => ({
  Role: role(),
  Function: lambda('custom', `custom.${handler}`),
  Thing: { Type, Properties: { ServiceToken: { 'Fn::GetAtt': ['Function', 'Arn'] }, ...Properties } },
});
const thingOf = async (world: World, ...args: Parameters<typeof custom>) => (await world.deploy(custom(...args))).resources.get('Thing')!;
const events = (world: World) => world.account.logs.last('/aws/lambda/custom', 100).map(({ message }) => message).filter(message => message.startsWith('{')).map(text => JSON.parse(text));

let world: World;
beforeEach(async () => { world = await worldOf(); });
afterEach(async () => world.stop());

test('the answer gives the resource its id and attributes, and the function gets numbers and booleans as text', async () => {
  const thing = await thingOf(world, 'fetches', { Id: 'first', Size: 5, Nested: { On: true, List: [1] } });
  expect(thing).toMatchObject({ ref: 'first', attributes: { Type: 'Create', Calls: '1' }, state: 'running' });
  expect(events(world)).toEqual([{ RequestType: 'Create', ResourceProperties: expect.objectContaining({ Size: '5', Nested: { On: 'true', List: ['1'] } }) }]);
});

test.each(['Custom::Thing', 'AWS::CloudFormation::CustomResource'])('%s may answer by HTTPS without a port, as older libraries do', async type => {
  expect(await thingOf(world, 'requests', {}, type)).toMatchObject({ ref: 'fixed', attributes: { By: 'https.request' } });
});

test('a restart with the same properties invokes nothing; other properties are an update, another id replaces', async () => {
  const { folder } = world;
  await thingOf(world, 'fetches', { Id: 'first' });
  await world.stop({ keep: true });

  world = await worldOf(folder);
  expect(await thingOf(world, 'fetches', { Id: 'first' })).toMatchObject({ ref: 'first', attributes: { Type: 'Create' } });
  expect(events(world)).toEqual([]);
  expect(await thingOf(world, 'fetches', { Id: 'second' })).toMatchObject({ ref: 'second', attributes: { Type: 'Update' } });
  expect(events(world)).toEqual([
    { RequestType: 'Update', PhysicalResourceId: 'first', ResourceProperties: expect.objectContaining({ Id: 'second' }), OldResourceProperties: expect.objectContaining({ Id: 'first' }) },
    { RequestType: 'Delete', PhysicalResourceId: 'first', ResourceProperties: expect.objectContaining({ Id: 'first' }) },
  ]);
});

test.each<[string, string, object, string]>([
  ['FAILED', 'fetches', { Fail: true }, 'as it was told'],
  ['an error instead of an answer', 'throws', {}, 'the function failed: {"errorType":"Error","errorMessage":"before it answered"'],
  ['no answer', 'silent', { ServiceTimeout: 1 }, 'no answer came within 1 seconds'],
  ['an answer that CloudFormation does not know', 'wrong', {}, 'Invalid Response object: Status must be SUCCESS or FAILED, got "DONE"'],
])('%s stops the start, which names the resource', async (_name, handler, properties, reason) => {
  const start = thingOf(world, handler, properties);
  await expect(start).rejects.toMatchObject({ name: 'TemplateError', location: 'Resources/Thing', message: expect.stringContaining(`Create of the custom resource Thing: ${reason}`) });
});

test('what failed is tried again as new at the next start', async () => {
  await expect(thingOf(world, 'fetches', { Fail: true })).rejects.toThrow('as it was told');
  expect(await thingOf(world, 'fetches')).toMatchObject({ attributes: { Type: 'Create' } });
});

test('only an address that somebody waits at takes an answer', async () => {
  expect((await fetch(`${world.endpoint}/-/custom-resource/0000`, { method: 'PUT', body: '{}' })).status).toBe(404);
});

test('a topic behind a custom resource is refused', async () => {
  await expect(world.deploy({ Thing: { Type: 'Custom::Thing', Properties: { ServiceToken: 'arn:aws:sns:eu-west-1:111122223333:topic' } } }))
    .rejects.toThrow('only functions are modelled behind custom resources');
});
