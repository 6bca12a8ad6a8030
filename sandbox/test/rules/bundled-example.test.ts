import { RulesUnderTest } from './rules-under-test';
import { ResourceType } from '../../src/assembly/resource-type';
import { SiteWiseService } from '../../src/iotsitewise';
import { JsonObject } from '../../src/json';
import bundled from '../bundled-example/Sensors.template.json';

const named = (refOf: (name: string) => string): ResourceType => ({
  create: request => ({ ref: refOf(request.generatedName(60)), attributes: { Arn: `arn:aws:x:eu-west-1:111122223333:${request.generatedName(60)}` } }),
});

let zone: RulesUnderTest;
let siteWise: SiteWiseService;
beforeEach(async () => {
  zone = new RulesUnderTest();
  siteWise = new SiteWiseService(zone.account);
  zone.account.addService('firehose', { PutRecord: (input, caller) => void zone.calls.push({ service: 'firehose', operation: 'PutRecord', input, caller: caller.arn }) });
  zone.account.addService('sqs', { SendMessage: (input, caller) => void zone.calls.push({ service: 'sqs', operation: 'SendMessage', input, caller: caller.arn }) });
  const others: [string, ResourceType][] = ['AWS::SQS::Queue', 'AWS::KinesisFirehose::DeliveryStream'].map(type => [type, named(name => name)]);
  await zone.deploy(bundled.Resources as unknown as JsonObject, [...siteWise.types, ...others]);
});
afterEach(async () => {
  await siteWise.stop();
  zone.remove();
});

test('all rules of the bundled example compile, and nothing of them is without effect', () => {
  const rules = Object.values(bundled.Resources).filter(({ Type }) => Type === 'AWS::IoT::TopicRule');
  expect(zone.rules.rulesOverview()).toHaveLength(rules.length);
  expect([...zone.account.withoutEffect.keys()].filter(path => path.includes('Rule'))).toEqual([]);
});

test('a measurement is in the stream and in SiteWise, which its role may write to', async () => {
  const payload = { device: { deviceId: 'c3b5f1a9e7d4' }, measurements: { temperature: 21.5 } };
  await zone.publish('data/gateway-1/sensor', payload);
  expect(zone.account.activity.last('ruleFailure')).toEqual([]);
  expect(zone.calls.map(({ service }) => service)).toEqual(['firehose']);
  expect(JSON.parse(zone.calls[0].input.Record.Data)).toMatchObject({ ...payload, iot_topic: 'data/gateway-1/sensor', iot_thing_name: 'gateway-1', iot_client_id: 'gateway-1' });
  const { propertyValue } = await zone.account.call('iotsitewise', 'GetAssetPropertyValue', { propertyAlias: 'c3b5f1a9e7d4Temperature' }, zone.account.operator);
  expect(propertyValue).toEqual({ timestamp: { timeInSeconds: zone.clock.now() / 1000, offsetInNanos: 0 }, quality: 'GOOD', value: { doubleValue: 21.5 } });
});

test('a measurement of a sensor that SiteWise does not know waits in the error queue', async () => {
  await zone.publish('data/gateway-1/sensor', { device: { deviceId: 'unknown' }, measurements: { temperature: 1 } });
  const [{ input }] = zone.calls.filter(({ service }) => service === 'sqs');
  expect(JSON.parse(input.MessageBody)).toMatchObject({
    topic: 'data/gateway-1/sensor', failures: [{ failedAction: 'IotSiteWiseAction', failedResource: 'unknownTemperature', errorMessage: expect.stringContaining('ResourceNotFoundException') }],
  });
});

test('a disconnection goes to the table and to the alert, that of a claim certificate to neither', async () => {
  const event = (clientId: string) => ({ clientId, eventType: 'disconnected', disconnectReason: 'CONNECTION_LOST' });
  await zone.publish('$aws/events/presence/disconnected/gateway-1', event('gateway-1'), { clientId: '' });
  await zone.publish('$aws/events/presence/disconnected/claim-1', event('claim-1'), { clientId: '' });
  expect(zone.calls.map(({ service, input }) => [service, JSON.parse(input.MessageBody).clientId])).toEqual([['sqs', 'gateway-1'], ['sqs', 'gateway-1']]);
});
