import { MakeAction } from '../action';

/** `S3`: an object a message. A key that does not change is written over and over. */
export const s3: MakeAction = properties => {
  const bucket = properties.field('BucketName');
  const key = properties.field('Key');
  return {
    failedAction: 'S3Action',
    resource: properties.text('BucketName'),
    roleArn: properties.text('RoleArn'),
    call(result) {
      const Bucket = bucket(result);
      return { service: 's3', operation: 'PutObject', resource: Bucket, input: { Bucket, Key: key(result), Body: result.payload } };
    },
  };
};
