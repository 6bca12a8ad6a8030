#!/usr/bin/env python3
"""The zone of the README, without any prop."""
from aws_cdk import App, CfnOutput, Stack

from cdk_iot_landing_zone import LandingZone

app = App()
stack = Stack(app, "Plant")
zone = LandingZone(stack, "Zone")

CfnOutput(stack, "TelemetryTopic", value=zone.telemetry.rule.basic_ingest_topic_for("data/<thing>/telemetry"))

app.synth()
