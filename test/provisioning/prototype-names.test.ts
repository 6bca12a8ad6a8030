import { App, Stack } from 'aws-cdk-lib';
import { ClaimCertificate, FleetProvisioning, ProvisioningTemplateBody, ThingPolicy } from '../../src';
import { buildBody } from '../../src/provisioning/template-builder';
import { decisiveParameters } from '../../src/provisioning/template-document';

describe('parameters with names that every object has', () => {
  test.each(['constructor', 'toString', 'hasOwnProperty'])('%s behind a group is fixed by the registry, as any other name is', name => {
    const body = {
      Parameters: { SerialNumber: { Type: 'String' }, [name]: { Type: 'String' } },
      Resources: { thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'SerialNumber' }, ThingGroups: [{ 'Fn::Sub': ['${' + name + '}', { x: 'y' }] }] } } },
    };
    expect(() => ProvisioningTemplateBody.fromJson(JSON.stringify(body))).not.toThrow();
    expect(decisiveParameters(body)).toEqual(expect.arrayContaining(['SerialNumber', name]));
  });

  test('have no default of their own', () => {
    const { Parameters } = buildBody({
      thingName: '${constructor}-${SerialNumber}', policyName: 'p', attributes: {}, thingGroupNames: [], extraParameters: [], parameterDefaults: {}, overrides: {},
    } as unknown as Parameters<typeof buildBody>[0]);
    expect(Parameters).toMatchObject({ constructor: { Type: 'String' } });
    expect(JSON.stringify(Parameters)).not.toContain('Default');
  });
});

test('a construct that was refused for its claim does not keep the hook from the corrected one', () => {
  const stack = new Stack(new App(), 'Plant');
  const policy = new ThingPolicy(stack, 'Policy');
  const { hook } = new FleetProvisioning(new Stack(new App(), 'Other'), 'Source', { policy });
  expect(() => new FleetProvisioning(stack, 'A', { policy, hook, claimCertificate: ClaimCertificate.fromCsr('x') })).toThrow('csrPem');
  expect(() => new FleetProvisioning(stack, 'B', { policy, hook })).not.toThrow();
});
