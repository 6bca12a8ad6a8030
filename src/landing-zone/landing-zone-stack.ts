import { Stack, StackProps } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { LandingZone, LandingZoneProps } from './landing-zone';

/** Properties of a LandingZoneStack: those of a stack and those of a zone. */
export interface LandingZoneStackProps extends StackProps, LandingZoneProps {}

/**
 * A stack that holds one landing zone and nothing else.
 *
 * @example
 * import { App } from 'aws-cdk-lib';
 * import { LandingZoneStack } from 'cdk-iot-landing-zone';
 *
 * declare const app: App;
 *
 * new LandingZoneStack(app, 'Plant', { env: { region: 'eu-central-1' }, zoneName: 'plant' });
 */
export class LandingZoneStack extends Stack {
  /** The zone, for its parts. */
  public readonly zone: LandingZone;

  constructor(scope: Construct, id: string, props: LandingZoneStackProps = {}) {
    super(scope, id, props);
    this.zone = new LandingZone(this, 'Zone', props);
  }
}
