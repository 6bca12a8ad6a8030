// The validator of aws-cdk-lib costs seconds per process; test/examples.test.ts switches it on, strictly.
process.env.CDK_VALIDATION ??= 'false';
// Nothing under test may find real credentials, nor wait for them.
process.env.AWS_EC2_METADATA_DISABLED = 'true';
process.env.AWS_REGION = 'us-east-1';
process.env.AWS_ACCESS_KEY_ID = 'test';
process.env.AWS_SECRET_ACCESS_KEY = 'test';
delete process.env.AWS_PROFILE;
// The same warning of the SDK in every file hides what a test says; jsii tells once that this Node.js is old.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
