// Clients of AWS as they come, for tests of the sandbox and of the root alike.
export * as cloudformation from '@aws-sdk/client-cloudformation';
export * as cloudwatch from '@aws-sdk/client-cloudwatch';
export * as dynamodb from '@aws-sdk/client-dynamodb';
export * as firehose from '@aws-sdk/client-firehose';
export * as iot from '@aws-sdk/client-iot';
export * as iotdata from '@aws-sdk/client-iot-data-plane';
export * as sitewise from '@aws-sdk/client-iotsitewise';
export * as lambda from '@aws-sdk/client-lambda';
export * as s3 from '@aws-sdk/client-s3';
export * as secrets from '@aws-sdk/client-secrets-manager';
export * as sns from '@aws-sdk/client-sns';
export * as sqs from '@aws-sdk/client-sqs';
export * as sts from '@aws-sdk/client-sts';
export * as mqtt from 'mqtt';
