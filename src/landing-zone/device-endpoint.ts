import { CustomResource, Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { acknowledge } from '../private/acknowledge';
import { HandlerFunction } from '../private/handler-function';

/** Properties of a DeviceEndpoint. */
export interface DeviceEndpointProps {
  /**
   * Key that encrypts the log of the function that looks the endpoint up.
   *
   * @default - a key of CloudWatch Logs
   */
  readonly encryptionKey?: kms.IKey;
}

/**
 * The host name that devices of this account and Region connect to, for outputs and for device configuration.
 *
 * CloudFormation has no resource for it, so a function asks AWS IoT for the `iot:Data-ATS` endpoint at deployment.
 * It does not change as long as the account exists.
 *
 * @see https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeEndpoint.html
 */
export class DeviceEndpoint extends Construct {
  /** Host name such as `a1b2c3-ats.iot.eu-central-1.amazonaws.com`: port 8883 for MQTT, 443 with ALPN. */
  readonly hostName: string;

  constructor(scope: Construct, id: string, props: DeviceEndpointProps = {}) {
    super(scope, id);
    const lookUp = new HandlerFunction(this, 'LookUp', {
      asset: 'landing-zone-endpoint',
      description: 'Looks up the host name that devices connect to',
      timeout: Duration.minutes(1),
      onFailure: 'CloudFormation calls it during a deployment and fails the deployment when it does not succeed; no event waits for it later.',
      encryptionKey: props.encryptionKey,
    });
    // DescribeEndpoint has no resource to restrict it to.
    lookUp.role.addToPolicy(new iam.PolicyStatement({ actions: ['iot:DescribeEndpoint'], resources: ['*'] }));
    acknowledge(lookUp, ['AwsSolutions-IAM5[Resource::*]'], 'The only action is DescribeEndpoint, which reads one host name and has no resource in IAM.');

    const endpoint = new CustomResource(this, 'Endpoint', {
      resourceType: 'Custom::IotDeviceEndpoint',
      serviceToken: lookUp.function.functionArn,
    });
    endpoint.node.addDependency(lookUp.role);
    this.hostName = endpoint.getAttString('HostName');
  }
}
