import { ACCOUNT, ExampleZone, REGION } from './example-zone';
import { AuthorizationRequest } from '../../src/iam';

const iot = (resource: string) => `arn:aws:iot:${REGION}:${ACCOUNT}:${resource}`;

/** Every call that a function, a rule, the stream or a service of the bundled example makes, as its handler or the AWS page of its action says. */
export function callsOf(zone: ExampleZone): AuthorizationRequest[] {
  const calls: AuthorizationRequest[] = [];
  const by = (role: string) => ({
    may(actions: string, resource: string, context?: AuthorizationRequest['context']) {
      const principal = role.endsWith('.com') ? role : zone.arn(role);
      for (const action of actions.split(' ')) calls.push({ principal, action, resource, ...context && { context } });
      return this;
    },
    logsTo(group: string) {
      const arn = zone.arn(group).replace(/:\*$/, '');
      return this.may('logs:CreateLogStream', `${arn}:log-stream:`).may('logs:PutLogEvents', `${arn}:log-stream:2026/11/21/[$LATEST]0123`);
    },
    reads(queue: string) {
      return this.may('sqs:ReceiveMessage sqs:DeleteMessage sqs:ChangeMessageVisibility sqs:GetQueueAttributes', zone.arn(queue));
    },
  });

  // Functions: what their handlers send, and what Lambda does in their name for logs and event source mappings.
  by('ZoneErrorsRedriveRole').logsTo('ZoneErrorsRedriveLogs')
    .may('sqs:ReceiveMessage sqs:DeleteMessage sqs:ChangeMessageVisibility', zone.arn('ZoneErrorsQueue'))
    .may('iot:Publish', iot('topic/$aws/rules/sensors_telemetry/data/gateway-1/sensor'))
    .may('sqs:SendMessage', zone.arn('ZoneConnectivityQueue'))
    .may('sqs:SendMessage', zone.arn('ZoneConnectivityAlertQueue'))
    .may('sqs:SendMessage', zone.arn('ZoneOnboardingRotationQueue'));
  by('ZoneTelemetryTransformRole').logsTo('ZoneTelemetryTransformLogs');
  by('ZoneProvisioningHookHandlerRole').logsTo('ZoneProvisioningHookHandlerLogs')
    .may('dynamodb:GetItem dynamodb:UpdateItem', zone.arn('ZoneRegistryTable'));
  by('ZoneProvisioningClaimGeneratorRole').logsTo('ZoneProvisioningClaimGeneratorLogs')
    .may('iot:CreateKeysAndCertificate', '*')
    .may('iot:ListAttachedPolicies iot:DescribeCertificate iot:UpdateCertificate iot:DetachPolicy iot:DeleteCertificate', iot('cert/0a1b'))
    .may('secretsmanager:DescribeSecret secretsmanager:PutSecretValue secretsmanager:UpdateSecretVersionStage', zone.arn('ZoneProvisioningClaimSecret'));
  by('ZoneConnectivityHandlerRole').logsTo('ZoneConnectivityHandlerLogs').reads('ZoneConnectivityQueue')
    .may('dynamodb:GetItem dynamodb:UpdateItem', zone.arn('ZoneConnectivityTable'))
    .may('dynamodb:PutItem', zone.arn('ZoneConnectivityHistory'));
  by('ZoneConnectivityAlertHandlerRole').logsTo('ZoneConnectivityAlertHandlerLogs').reads('ZoneConnectivityAlertQueue')
    .may('dynamodb:GetItem dynamodb:UpdateItem', zone.arn('ZoneConnectivityTable'))
    .may('sns:Publish', zone.arn('Pager'));
  by('ZoneEndpointLookUpRole').logsTo('ZoneEndpointLookUpLogs').may('iot:DescribeEndpoint', '*');
  by('ZoneOnboardingHandlerRole').logsTo('ZoneOnboardingHandlerLogs')
    .may('dynamodb:GetItem dynamodb:UpdateItem dynamodb:PutItem dynamodb:Scan', zone.arn('ZoneRegistryTable'))
    .may('dynamodb:PutItem dynamodb:DeleteItem', zone.arn('ZoneOnboardingRotationTable'))
    .may('dynamodb:BatchGetItem', zone.arn('ZoneConnectivityTable'))
    .may('iot:CreateThing iot:DescribeThing iot:UpdateThing iot:DeleteThing iot:AttachThingPrincipal iot:DetachThingPrincipal', iot('thing/gateway-1'))
    .may('iot:AttachPolicy iot:DetachPolicy iot:DescribeCertificate iot:UpdateCertificate iot:DeleteCertificate iot:ListAttachedPolicies', iot('cert/0a1b'))
    .may('iot:CreateCertificateFromCsr iot:ListCertificates iot:ListThingPrincipals', '*')
    .may('iot:DeleteConnection', iot('client/gateway-1'))
    .may('iot:CreateProvisioningClaim', iot('provisioningtemplate/sensors'));
  by('ZoneOnboardingRotationHandlerRole').logsTo('ZoneOnboardingRotationHandlerLogs').reads('ZoneOnboardingRotationQueue')
    .may('dynamodb:GetItem dynamodb:UpdateItem', zone.arn('ZoneRegistryTable'))
    .may('dynamodb:GetItem dynamodb:DeleteItem', zone.arn('ZoneOnboardingRotationTable'))
    .may('iot:DescribeCertificate iot:UpdateCertificate iot:DetachPolicy iot:DeleteCertificate iot:ListAttachedPolicies', iot('cert/0a1b'))
    .may('iot:DetachThingPrincipal', iot('thing/gateway-1'));

  // Rules.
  by('ZoneTelemetryRuleRole').may('firehose:PutRecord', zone.arn('ZoneTelemetryStream')).may('sqs:SendMessage', zone.arn('ZoneErrorsQueue'));
  for (const [role, queue] of [
    ['ZoneConnectivityConnectedRuleRole', 'ZoneConnectivityQueue'],
    ['ZoneConnectivityDisconnectedRuleRole', 'ZoneConnectivityQueue'],
    ['ZoneConnectivityAlertRuleRole', 'ZoneConnectivityAlertQueue'],
    ['ZoneOnboardingRotationRuleRole', 'ZoneOnboardingRotationQueue'],
  ]) by(role).may('sqs:SendMessage', zone.arn(queue)).may('sqs:SendMessage', zone.arn('ZoneErrorsQueue'));
  for (const value of ['Temperature', 'Occupancy', 'Humidity']) {
    by(`ZoneSiteWise${value}RuleRole`).may('sqs:SendMessage', zone.arn('ZoneErrorsQueue')).may(
      'iotsitewise:BatchPutAssetPropertyValue', `arn:aws:iotsitewise:${REGION}:${ACCOUNT}:asset/a1`,
      { 'iotsitewise:assetHierarchyPath': `/${zone.ref('SiteWiseSensorsAll')}.AssetId/a1` },
    );
  }

  // The stream, and fleet provisioning.
  const bucket = zone.arn('ZoneLakeBucket');
  const glue = `arn:aws:glue:${REGION}:${ACCOUNT}`;
  by('ZoneTelemetryStreamRole').may('s3:GetBucketLocation s3:ListBucket', bucket)
    .may('s3:PutObject s3:AbortMultipartUpload', `${bucket}/telemetry/day=2026-11-21/part-1.parquet`)
    .may('s3:PutObject', `${bucket}/errors/processing-failed/part-1`)
    .may('logs:PutLogEvents', `${zone.arn('ZoneTelemetryStreamLogs').replace(/:\*$/, '')}:log-stream:delivery`)
    .may('lambda:InvokeFunction', zone.arn('ZoneTelemetryTransformFunction'))
    .may('glue:GetTableVersions', `${glue}:catalog`)
    .may('glue:GetTableVersions', `${glue}:database/${zone.ref('ZoneLakeDatabase')}`);
  by('CompactionRole').may('s3:GetBucketLocation', bucket).may('s3:GetObject', zone.scriptArn('CompactionJob'))
    .may('s3:ListBucket', bucket, { 's3:prefix': 'telemetry/dt=2026-11-21/' })
    .may('s3:GetObject s3:PutObject s3:DeleteObject', `${bucket}/telemetry/dt=2026-11-21/hour=07/compacted-0.parquet`)
    .may('s3:GetObject s3:PutObject s3:DeleteObject', `${bucket}/wide/telemetry/s1_sensor/dt=2026-11-21/hour=07/compacted-0.parquet`)
    .may('s3:GetObject s3:PutObject s3:DeleteObject', `${bucket}/compaction/telemetry/manifests/0.json`)
    .may('s3:GetObject', `${bucket}/wide_$folder$`).may('s3:ListBucket', bucket, { 's3:prefix': 'wide_$folder$' })
    .may('logs:CreateLogStream logs:PutLogEvents', `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws-glue/jobs/Sensors-Compaction/output:log-stream:0`);
  by('ZoneProvisioningRole').may('iot:RegisterThing', '*').may('iot:AttachThingPrincipal', iot('thing/gateway-1'))
    .may('iot:DescribeCertificate iot:UpdateCertificate', iot('cert/0a1b'))
    .may('iot:CreateThing iot:DescribeThing', iot('thing/gateway-1'))
    .may('iot:DescribeThingType', iot(`thingtype/${zone.ref('ZoneProvisioningThingType')}`))
    .may('iot:AddThingToThingGroup', iot('thing/gateway-1'))
    .may('iot:AttachPolicy', iot(`policy/${zone.ref('ZoneThingPolicy')}`))
    .may('iot:GetPolicy', iot(`policy/${zone.ref('ZoneThingPolicy')}`));

  // Services that come by themselves: only policies of resources let them in.
  by('iot.amazonaws.com').may('lambda:InvokeFunction', zone.arn('ZoneProvisioningHookHandlerFunction'),
    { 'aws:SourceAccount': ACCOUNT, 'aws:SourceArn': iot('provisioningtemplate/sensors') });
  by('events.amazonaws.com').may('sqs:SendMessage', zone.arn('CompactionFailedRuns'), { 'aws:SourceArn': zone.arn('CompactionFailureRule') });
  by('apigateway.amazonaws.com').may('lambda:InvokeFunction', zone.arn('ZoneOnboardingHandlerFunction'), {
    'aws:SourceArn': `arn:aws:execute-api:${REGION}:${ACCOUNT}:${zone.ref('ZoneOnboardingApi')}/api/GET/devices`,
  });
  by('cloudwatch.amazonaws.com').may('sns:Publish', zone.arn('Pager'),
    { 'aws:SourceAccount': ACCOUNT, 'aws:SourceArn': `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:Errors` });
  return calls;
}

/** Calls without TLS, which policies of resources deny. */
export function plainCallsOf(zone: ExampleZone): AuthorizationRequest[] {
  const context = { 'aws:SecureTransport': 'false' };
  return [
    { principal: zone.arn('ZoneTelemetryRuleRole'), action: 'sqs:SendMessage', resource: zone.arn('ZoneErrorsQueue') },
    { principal: zone.arn('ZoneErrorsRedriveRole'), action: 'sqs:SendMessage', resource: zone.arn('ZoneConnectivityQueue') },
    { principal: zone.arn('ZoneErrorsRedriveRole'), action: 'sqs:SendMessage', resource: zone.arn('ZoneConnectivityAlertQueue') },
    { principal: 'lambda.amazonaws.com', action: 'sqs:SendMessage', resource: zone.arn('ZoneConnectivityDeadLetterQueue') },
    { principal: 'events.amazonaws.com', action: 'sqs:SendMessage', resource: zone.arn('CompactionFailedRuns') },
    { principal: zone.arn('ZoneErrorsRedriveRole'), action: 'sqs:SendMessage', resource: zone.arn('ZoneOnboardingRotationQueue') },
    { principal: 'lambda.amazonaws.com', action: 'sqs:SendMessage', resource: zone.arn('ZoneOnboardingRotationDeadLetterQueue') },
    { principal: zone.arn('ZoneOnboardingHandlerRole'), action: 'secretsmanager:GetSecretValue', resource: zone.arn('ZoneOnboardingClientSecret') },
    { principal: zone.arn('ZoneConnectivityAlertHandlerRole'), action: 'sns:Publish', resource: zone.arn('Pager') },
    { principal: zone.arn('ZoneTelemetryStreamRole'), action: 's3:PutObject', resource: `${zone.arn('ZoneLakeBucket')}/telemetry/part-1` },
    { principal: zone.arn('ZoneProvisioningClaimGeneratorRole'), action: 'secretsmanager:PutSecretValue', resource: zone.arn('ZoneProvisioningClaimSecret') },
  ].map(call => ({ ...call, context }));
}

/** Who assumes which role, with what the service says of itself. */
export function assumptionsOf(zone: ExampleZone): { role: string; service: string; context: { [key: string]: string } }[] {
  const functions = ['ZoneErrorsRedriveRole', 'ZoneTelemetryTransformRole', 'ZoneProvisioningHookHandlerRole', 'ZoneProvisioningClaimGeneratorRole',
    'ZoneConnectivityHandlerRole', 'ZoneConnectivityAlertHandlerRole', 'ZoneEndpointLookUpRole', 'ZoneOnboardingHandlerRole', 'ZoneOnboardingRotationHandlerRole'];
  const rules: [string, string][] = [
    ['ZoneTelemetryRuleRole', 'ZoneTelemetryRule'], ['ZoneConnectivityConnectedRuleRole', 'ZoneConnectivityConnectedRule'],
    ['ZoneConnectivityDisconnectedRuleRole', 'ZoneConnectivityDisconnectedRule'], ['ZoneConnectivityAlertRuleRole', 'ZoneConnectivityAlertRule'],
    ['ZoneSiteWiseTemperatureRuleRole', 'ZoneSiteWiseTemperatureRule'], ['ZoneSiteWiseOccupancyRuleRole', 'ZoneSiteWiseOccupancyRule'],
    ['ZoneSiteWiseHumidityRuleRole', 'ZoneSiteWiseHumidityRule'], ['ZoneOnboardingRotationRuleRole', 'ZoneOnboardingRotationRule'],
  ];
  const source = (resource: string) => ({ 'aws:SourceAccount': ACCOUNT, 'aws:SourceArn': iot(resource) });
  return [
    ...functions.map(role => ({ role: zone.arn(role), service: 'lambda.amazonaws.com', context: {} })),
    ...rules.map(([role, rule]) => ({ role: zone.arn(role), service: 'iot.amazonaws.com', context: source(`rule/${zone.ruleName(rule)}`) })),
    { role: zone.arn('ZoneProvisioningRole'), service: 'iot.amazonaws.com', context: source('provisioningtemplate/sensors') },
    { role: zone.arn('ZoneTelemetryStreamRole'), service: 'firehose.amazonaws.com', context: { 'aws:SourceAccount': ACCOUNT } },
    { role: zone.arn('CompactionRole'), service: 'glue.amazonaws.com', context: { 'aws:SourceAccount': ACCOUNT } },
  ];
}
