// A zone that takes what a company has already: its key, its bucket, its own decision about which devices get in.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiot"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
	zone "github.com/cdk-iot-landing-zone/cdk-iot-landing-zone-go/cdkiotlandingzone"
)

// logAction is an action that the library has no class for.
type logAction struct {
	logGroup awslogs.ILogGroup
}

func (action *logAction) Bind(rule zone.IngestRule) *zone.RuleActionConfig {
	action.logGroup.GrantWrite(rule.Role())
	return &zone.RuleActionConfig{
		Configuration: &awsiot.CfnTopicRule_ActionProperty{
			CloudwatchLogs: &awsiot.CfnTopicRule_CloudwatchLogsActionProperty{
				LogGroupName: action.logGroup.LogGroupName(),
				RoleArn:      rule.Role().RoleArn(),
			},
		},
	}
}

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Presses"), &awscdk.StackProps{
		Description: jsii.String("Landing zone for the presses of our plants"),
	})

	key := awskms.NewKey(stack, jsii.String("Key"), &awskms.KeyProps{
		Description:       jsii.String("Device data"),
		EnableKeyRotation: jsii.Bool(true),
	})

	bucket := awss3.NewBucket(stack, jsii.String("Lake"), &awss3.BucketProps{
		Encryption:        awss3.BucketEncryption_KMS,
		EncryptionKey:     key,
		BucketKeyEnabled:  jsii.Bool(true),
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		EnforceSSL:        jsii.Bool(true),
		Versioned:         jsii.Bool(true),
	})

	hook := awslambda.NewFunction(stack, jsii.String("Hook"), &awslambda.FunctionProps{
		Description: jsii.String("Lets in presses, by their serial number"),
		Runtime:     awslambda.Runtime_NODEJS_24_X(),
		Handler:     jsii.String("index.handler"),
		Code: awslambda.Code_FromInline(jsii.String(
			"exports.handler = async ({ parameters }) => ({ allowProvisioning: /^PR-[0-9]{6}$/.test(parameters.SerialNumber) });")),
		Timeout: awscdk.Duration_Seconds(jsii.Number(5)),
	})

	press := zone.NewSiteWiseAssetModel(stack, jsii.String("Press"), &zone.SiteWiseAssetModelProps{
		Measurements: &[]*zone.SiteWiseMeasurement{
			{Name: jsii.String("Temperature"), Unit: jsii.String("C"), ValueFrom: jsii.String("temperature")},
			{Name: jsii.String("Pressure"), Unit: jsii.String("bar"), ValueFrom: jsii.String("pressure")},
		},
	})
	hall := zone.NewSiteWiseAssetModel(stack, jsii.String("Hall"), &zone.SiteWiseAssetModelProps{
		Hierarchies: &[]*zone.SiteWiseHierarchy{{Name: jsii.String("Presses"), ChildModel: press}},
		Metrics: &[]*zone.SiteWiseMetric{{
			Name:       jsii.String("Mean temperature"),
			Unit:       jsii.String("C"),
			Window:     awscdk.Duration_Minutes(jsii.Number(15)),
			Expression: jsii.String("avg(t)"),
			Variables: &map[string]zone.SiteWiseVariable{
				"t": zone.SiteWiseVariable_OfChildren(jsii.String("Presses"), jsii.String("Temperature")),
			},
		}},
	})
	hall.AddAsset(jsii.String("North"), &zone.SiteWiseAssetOptions{
		Children: &[]zone.SiteWiseAsset{
			press.AddAsset(jsii.String("Press7"), &zone.SiteWiseAssetOptions{Device: jsii.String("PR-000007")}),
		},
	})

	presses := zone.NewLandingZone(stack, jsii.String("Zone"), &zone.LandingZoneProps{
		ZoneName:      jsii.String("presses"),
		EncryptionKey: key,
		Provisioning: &zone.FleetProvisioningOptions{
			Hook:       hook,
			Attributes: &map[string]*string{"firmware": jsii.String("${FirmwareVersion}")},
		},
		Telemetry: &zone.FirehoseBatchPipelineOptions{
			Bucket:            bucket,
			BufferingInterval: awscdk.Duration_Minutes(jsii.Number(5)),
			Format:            zone.LakeFormat_PARQUET,
			Columns: &[]*zone.LakeColumn{
				{Name: jsii.String("temperature"), Type: zone.LakeColumnType_DOUBLE(), Comment: jsii.String("Degrees Celsius")},
				{Name: jsii.String("pressure"), Type: zone.LakeColumnType_DOUBLE(), Comment: jsii.String("Bar")},
			},
		},
		Connectivity: &zone.LifecycleConnectivityTableOptions{HistoryRetention: awscdk.Duration_Days(jsii.Number(30))},
		SiteWise: &zone.SiteWiseRuleOptions{
			Models:      &[]zone.SiteWiseAssetModel{press},
			TopicFilter: jsii.String("data/+/telemetry"),
		},
	})

	// A rule of our own beside those of the zone; what fails waits in the same queue.
	overheated := awssqs.NewQueue(stack, jsii.String("OverheatedQueue"), &awssqs.QueueProps{
		EncryptionMasterKey: key,
		EnforceSSL:          jsii.Bool(true),
		RetentionPeriod:     awscdk.Duration_Days(jsii.Number(14)),
	})
	logGroup := awslogs.NewLogGroup(stack, jsii.String("OverheatedLog"), &awslogs.LogGroupProps{
		Retention: awslogs.RetentionDays_ONE_MONTH,
	})
	zone.NewIngestRule(stack, jsii.String("Overheated"), &zone.IngestRuleProps{
		Sql: jsii.String("SELECT *, topic(2) AS thing FROM 'data/+/telemetry' WHERE temperature > 90"),
		Actions: &[]zone.IRuleAction{
			zone.NewSqsAction(overheated, nil),
			&logAction{logGroup: logGroup},
		},
		ErrorQueue: presses.Errors(),
	})

	app.Synth(nil)
}
