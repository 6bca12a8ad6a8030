"""Reads back from the emulator what the template asked for. Usage: emulator_facts.py <endpoint> <stack>"""
import json
import sys

import botocore.session

endpoint, stack = sys.argv[1:]
session = botocore.session.Session()
clients = {name: session.create_client(name, endpoint_url=endpoint, region_name="us-east-1")
           for name in ("cloudformation", "sqs", "dynamodb", "iot", "s3", "lambda", "firehose")}


def claim(text, holds):
    print(text if holds else f"FAIL {text}")
    return bool(holds)


summaries = clients["cloudformation"].get_paginator("list_stack_resources").paginate(StackName=stack).build_full_result()["StackResourceSummaries"]


def of(resource_type):
    return [summary["PhysicalResourceId"] for summary in summaries if summary["ResourceType"] == resource_type]


results = []
status = clients["cloudformation"].describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
results.append(claim(f"the stack is complete, with {len(summaries)} resources", status in ("CREATE_COMPLETE", "UPDATE_COMPLETE") and len(summaries) > 60))

queues = [clients["sqs"].get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] for url in of("AWS::SQS::Queue")]
results.append(claim(f"all {len(queues)} queues are encrypted", queues and all(queue.get("SqsManagedSseEnabled") == "true" for queue in queues)))
results.append(claim("all queues refuse what is not TLS", queues and all("aws:SecureTransport" in queue.get("Policy", "") for queue in queues)))
results.append(claim("the queues of presence events, for connectivity, alerts and rotation, have a dead-letter queue", sum("RedrivePolicy" in queue for queue in queues) == 3))

keys = [{key["KeyType"]: key["AttributeName"] for key in clients["dynamodb"].describe_table(TableName=name)["Table"]["KeySchema"]}
        for name in of("AWS::DynamoDB::Table")]
results.append(claim("registry, connectivity, history and rotations have the keys that the handlers write",
                     sorted(keys, key=str) == sorted([{"HASH": "SerialNumber"}, {"HASH": "ClientID"}, {"HASH": "ClientID", "RANGE": "EventID"},
                                                      {"HASH": "CertificateId"}], key=str)))

documents = [json.loads(clients["iot"].get_policy(policyName=name)["policyDocument"]) for name in of("AWS::IoT::Policy")]
results.append(claim("the policy of the things is a document with their own names in it", any("${iot:Connection.Thing.ThingName}" in json.dumps(d) for d in documents)))

template = clients["iot"].describe_provisioning_template(templateName="sensors")
results.append(claim("the provisioning template is enabled, has its hook and a body of JSON",
                     template["enabled"] and template["preProvisioningHook"]["targetArn"] and "Resources" in json.loads(template["templateBody"])))

rules = [clients["iot"].get_topic_rule(ruleName=name)["rule"] for name in of("AWS::IoT::TopicRule")]
results.append(claim(f"all {len(rules)} rules have an error action and the SQL of 2016-03-23",
                     rules and all("errorAction" in rule and rule["awsIotSqlVersion"] == "2016-03-23" for rule in rules)))

buckets = of("AWS::S3::Bucket")
results.append(claim("the lake is encrypted and closed to the public", buckets and all(
    clients["s3"].get_bucket_encryption(Bucket=bucket) and all(clients["s3"].get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    for bucket in buckets)))

functions = [clients["lambda"].get_function(FunctionName=name)["Configuration"] for name in of("AWS::Lambda::Function")]
results.append(claim(f"all {len(functions)} functions have code and run on Node.js 24", functions and all(f["Runtime"] == "nodejs24.x" and f["CodeSize"] > 0 for f in functions)))

mappings = clients["lambda"].list_event_source_mappings()["EventSourceMappings"]
results.append(claim("the queues of presence events feed their functions", len(mappings) == 3))

streams = [clients["firehose"].describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"] for name in of("AWS::KinesisFirehose::DeliveryStream")]
results.append(claim("the stream is active", len(streams) == 1 and streams[0]["DeliveryStreamStatus"] == "ACTIVE"))
sys.exit(0 if all(results) else 1)
