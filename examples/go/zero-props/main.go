// The zone of the README, without any prop.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	zone "github.com/cdk-iot-landing-zone/cdk-iot-landing-zone-go/cdkiotlandingzone"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Plant"), nil)
	plant := zone.NewLandingZone(stack, jsii.String("Zone"), nil)

	awscdk.NewCfnOutput(stack, jsii.String("TelemetryTopic"), &awscdk.CfnOutputProps{
		Value: plant.Telemetry().Rule().BasicIngestTopicFor(jsii.String("data/<thing>/telemetry")),
	})

	app.Synth(nil)
}
