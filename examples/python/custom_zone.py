#!/usr/bin/env python3
"""A zone that takes what a company has already: its key, its bucket, its own decision about which devices get in."""
import jsii
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_iot as iot
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from cdk_iot_landing_zone import (
    FirehoseBatchPipelineOptions,
    FleetProvisioningOptions,
    IngestRule,
    IRuleAction,
    LakeColumn,
    LakeColumnType,
    LakeFormat,
    LandingZone,
    LifecycleConnectivityTableOptions,
    RuleActionConfig,
    SiteWiseAssetModel,
    SiteWiseHierarchy,
    SiteWiseMeasurement,
    SiteWiseMetric,
    SiteWiseRuleOptions,
    SiteWiseVariable,
    SqsAction,
)


@jsii.implements(IRuleAction)
class LogAction:
    """An action that the library has no class for."""

    def __init__(self, log_group: logs.ILogGroup) -> None:
        self._log_group = log_group

    def bind(self, rule: IngestRule) -> RuleActionConfig:
        self._log_group.grant_write(rule.role)
        return RuleActionConfig(
            configuration=iot.CfnTopicRule.ActionProperty(
                cloudwatch_logs=iot.CfnTopicRule.CloudwatchLogsActionProperty(
                    log_group_name=self._log_group.log_group_name,
                    role_arn=rule.role.role_arn,
                ),
            ),
        )


app = App()
stack = Stack(app, "Presses", description="Landing zone for the presses of our plants")

key = kms.Key(stack, "Key", description="Device data", enable_key_rotation=True)

bucket = s3.Bucket(
    stack,
    "Lake",
    encryption=s3.BucketEncryption.KMS,
    encryption_key=key,
    bucket_key_enabled=True,
    block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
    enforce_ssl=True,
    versioned=True,
)

hook = lambda_.Function(
    stack,
    "Hook",
    description="Lets in presses, by their serial number",
    runtime=lambda_.Runtime.NODEJS_24_X,
    handler="index.handler",
    code=lambda_.Code.from_inline(
        "exports.handler = async ({ parameters }) => ({ allowProvisioning: /^PR-[0-9]{6}$/.test(parameters.SerialNumber) });"
    ),
    timeout=Duration.seconds(5),
)

press = SiteWiseAssetModel(
    stack,
    "Press",
    measurements=[
        SiteWiseMeasurement(name="Temperature", unit="C", value_from="temperature"),
        SiteWiseMeasurement(name="Pressure", unit="bar", value_from="pressure"),
    ],
)
hall = SiteWiseAssetModel(
    stack,
    "Hall",
    hierarchies=[SiteWiseHierarchy(name="Presses", child_model=press)],
    metrics=[
        SiteWiseMetric(
            name="Mean temperature",
            unit="C",
            window=Duration.minutes(15),
            expression="avg(t)",
            variables={"t": SiteWiseVariable.of_children("Presses", "Temperature")},
        ),
    ],
)
hall.add_asset("North", children=[press.add_asset("Press7", device="PR-000007")])

zone = LandingZone(
    stack,
    "Zone",
    zone_name="presses",
    encryption_key=key,
    provisioning=FleetProvisioningOptions(hook=hook, attributes={"firmware": "${FirmwareVersion}"}),
    telemetry=FirehoseBatchPipelineOptions(
        bucket=bucket,
        buffering_interval=Duration.minutes(5),
        format=LakeFormat.PARQUET,
        columns=[
            LakeColumn(name="temperature", type=LakeColumnType.DOUBLE, comment="Degrees Celsius"),
            LakeColumn(name="pressure", type=LakeColumnType.DOUBLE, comment="Bar"),
        ],
    ),
    connectivity=LifecycleConnectivityTableOptions(history_retention=Duration.days(30)),
    site_wise=SiteWiseRuleOptions(models=[press], topic_filter="data/+/telemetry"),
)

# A rule of our own beside those of the zone; what fails waits in the same queue.
overheated = sqs.Queue(
    stack, "OverheatedQueue", encryption_master_key=key, enforce_ssl=True, retention_period=Duration.days(14)
)
log_group = logs.LogGroup(stack, "OverheatedLog", retention=logs.RetentionDays.ONE_MONTH)
IngestRule(
    stack,
    "Overheated",
    sql="SELECT *, topic(2) AS thing FROM 'data/+/telemetry' WHERE temperature > 90",
    actions=[SqsAction(overheated), LogAction(log_group)],
    error_queue=zone.errors,
)

app.synth()
