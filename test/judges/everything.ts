import { App, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { LandingZone } from '../../src';
import { fullProps } from '../landing-zone/full-zone';

// A plain app of a user with every part of the zone, for the aws-cdk CLI.
const app = new App();
const stack = new Stack(app, 'Plant');
new LandingZone(stack, 'Zone', { ...fullProps(stack), encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }) });
app.synth();
