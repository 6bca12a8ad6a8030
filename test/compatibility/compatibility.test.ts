import { Assembly, breakingChanges, readBaseline, readCurrent } from './compare';

const propertyOf = (type: Assembly, name: string): Assembly => type.properties.find((property: Assembly) => property.name === name);

test('an app that was written for the last release compiles with this version', () => {
  expect(breakingChanges(readBaseline(), readCurrent())).toBe('');
}, 180_000);

describe('the comparison', () => {
  const broken: [what: string, key: string][] = [
    ['a prop that is gone', 'removed:cdk-iot-landing-zone.LandingZoneProps.zoneName'],
    ['a prop of another type', 'LandingZoneProps: property encryptionKey, aws-cdk-lib.aws_kms.IKey is not assignable to number'],
    ['a prop that is required now', "SqsActionProps: newly required property 'useBase64' used to be optional"],
    ['a part that is gone', 'removed:cdk-iot-landing-zone.LandingZone.registry'],
    ['a method that is gone', 'removed:cdk-iot-landing-zone.IngestRule.addAction'],
    ['a method that users have to write besides', 'IRuleAction.unbind'],
    ['a member of an enum that is gone', 'removed:cdk-iot-landing-zone.LakeFormat.PARQUET'],
  ];
  let said: string;
  beforeAll(() => {
    const assembly = readCurrent();
    const type = (name: string): Assembly => assembly.types[`cdk-iot-landing-zone.${name}`];
    const without = (members: Assembly[], gone: string) => members.filter(({ name }) => name !== gone);
    type('LandingZoneProps').properties = without(type('LandingZoneProps').properties, 'zoneName');
    propertyOf(type('LandingZoneProps'), 'encryptionKey').type = { primitive: 'number' };
    delete propertyOf(type('SqsActionProps'), 'useBase64').optional;
    type('LandingZone').properties = without(type('LandingZone').properties, 'registry');
    type('IngestRule').methods = without(type('IngestRule').methods, 'addAction');
    type('IRuleAction').methods.push({ ...type('IRuleAction').methods[0], name: 'unbind' });
    type('LakeFormat').members = without(type('LakeFormat').members, 'PARQUET');
    said = breakingChanges(readCurrent(), assembly);
  }, 180_000);

  test.each(broken)('finds %s', (_what, key) => expect(said).toContain(key));

  test('finds nothing in a new optional prop', () => {
    const assembly = readCurrent();
    const { properties } = assembly.types['cdk-iot-landing-zone.LandingZoneProps'];
    properties.push({ ...propertyOf({ properties }, 'zoneName'), name: 'zoneColour' });
    expect(breakingChanges(readCurrent(), assembly)).toBe('');
  }, 180_000);
});
