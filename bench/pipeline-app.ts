import { App, Stack } from 'aws-cdk-lib';
import { FirehoseBatchPipeline, ThingPolicy } from '../src';

// What the sandbox's messages go through in its benchmark: a rule, a batch and the shipped transform, with their defaults.
const app = new App();
const stack = new Stack(app, 'Pipeline');
new ThingPolicy(stack, 'Device');
new FirehoseBatchPipeline(stack, 'Telemetry');
app.synth();
