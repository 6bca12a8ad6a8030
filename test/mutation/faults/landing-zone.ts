import { Fault, faultsIn } from '../fault';

export const LANDING_ZONE_FAULTS: Fault[] = [
  ...faultsIn('src/landing-zone/device-endpoint.ts', ['test/landing-zone/device-endpoint.test'], [
    ['the look-up may do anything in AWS IoT', "actions: ['iot:DescribeEndpoint']", "actions: ['iot:*']"],
    ['the look-up may run before it is allowed to', 'endpoint.node.addDependency(lookUp.role);', ''],
  ]),
  ...faultsIn('src/landing-zone/endpoint-handler/index.ts', ['test/landing-zone/device-endpoint.test'], [
    ['devices get the endpoint that no current authority signs', "'iot:Data-ATS'", "'iot:Data'"],
    ['no address passes for one', 'if (!endpointAddress) throw', 'if (false) throw'],
    ['a stack cannot be deleted while AWS IoT does not answer', "if (event.RequestType === 'Delete')", "if (event.RequestType === 'Delete' && event.PhysicalResourceId === undefined)"],
  ]),
  ...faultsIn('src/landing-zone/landing-zone.ts', ['test/landing-zone/landing-zone.test'], [
    ['the hook asks another registry than that of the zone', 'policy: this.thingPolicy,\n      registry: this.registry,\n      templateName', 'policy: this.thingPolicy,\n      templateName'],
    ['each rule has an error queue of its own that nobody looks at', '{ ...shared, errorQueue: this.errors }', '{ ...shared }'],
    ['clients that only provision show in the connectivity table', '[this.provisioning.claim.clientIdPrefix]', '[]'],
    ['devices are granted no rule', 'telemetryTopics.length > 0 ? [this.telemetry.rule] : []', '[]'],
    ['an option that is undefined takes the place of the zone\'s', '.filter(([, value]) => value !== undefined)', '.filter(() => true)'],
    ['the claim\'s key is an output', 'this.provisioning.claim.secret.secretArn', 'this.provisioning.claim.secret.secretValue.unsafeUnwrap()'],
    ['devices that come just in time get a claim', 'options.templateType === ProvisioningTemplateType.JITP ?', 'false ?'],
    ['a name of 37 characters passes', 'max: 36', 'max: 37'],
  ]),
  ...faultsIn('src/landing-zone/landing-zone.ts', ['test/landing-zone/invariants.test'], [
    ['one function has another key than the zone', "new DeviceEndpoint(this, 'Endpoint', { encryptionKey })", "new DeviceEndpoint(this, 'Endpoint', {})"],
    ['the registry outlives a zone that shall go', '{ encryptionKey, removalPolicy, ...given(props.registry) }', '{ encryptionKey, ...given(props.registry) }'],
  ]),
  ...faultsIn('src/landing-zone/telemetry-coverage.ts', ['test/landing-zone/landing-zone.test'], [
    ['nobody tells that the rule does not take what devices send', "|| level.includes('*')", ''],
  ]),
];
