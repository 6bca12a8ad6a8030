import { App, Stack } from 'aws-cdk-lib';
import { LandingZone } from '../src';

// A zone whose onboarding API lets in more calls than one machine can make.
const app = new App();
new LandingZone(new Stack(app, 'Onboarding'), 'Zone', { onboarding: { rateLimit: 10_000, burstLimit: 5_000 } });
app.synth();
