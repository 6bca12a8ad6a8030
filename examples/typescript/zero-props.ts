import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { LandingZone } from '../../src';

const app = new App();
const stack = new Stack(app, 'Plant');
const zone = new LandingZone(stack, 'Zone');

new CfnOutput(stack, 'TelemetryTopic', { value: zone.telemetry.rule.basicIngestTopicFor('data/<thing>/telemetry') });

app.synth();
