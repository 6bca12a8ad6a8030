module example.com/plant

go 1.25

require (
	github.com/aws/aws-cdk-go/awscdk/v2 v2.263.0
	github.com/aws/jsii-runtime-go v1.140.0
	github.com/cdk-iot-landing-zone/cdk-iot-landing-zone-go/cdkiotlandingzone v0.1.0
)
