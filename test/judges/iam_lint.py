"""Judges every policy in CloudFormation templates by parliament: actions and resources that exist and belong together, conditions with the right type.

Usage: iam_lint.py <template.json>...   Prints one line for each finding and, last, the number of policies that were judged.
"""
import json
import re
import sys

from parliament import analyze_policy_string

REGION_AND_ACCOUNT = "us-east-1:123456789012"
PSEUDO = {
    "AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "123456789012", "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "stack", "AWS::StackId": f"arn:aws:cloudformation:{REGION_AND_ACCOUNT}:stack/stack/1",
}
# What Ref or GetAtt Arn of a type looks like, for the comparison of resources with what an action takes.
ARNS = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION_AND_ACCOUNT}:table/name",
    "AWS::Events::Rule": f"arn:aws:events:{REGION_AND_ACCOUNT}:rule/name",
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/name",
    "AWS::IoT::Certificate": f"arn:aws:iot:{REGION_AND_ACCOUNT}:cert/" + "a" * 64,
    "AWS::IoT::Policy": f"arn:aws:iot:{REGION_AND_ACCOUNT}:policy/name",
    "AWS::KMS::Key": f"arn:aws:kms:{REGION_AND_ACCOUNT}:key/1b2c3d4e-0000-4000-8000-1b2c3d4e5f60",
    "AWS::KinesisFirehose::DeliveryStream": f"arn:aws:firehose:{REGION_AND_ACCOUNT}:deliverystream/name",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION_AND_ACCOUNT}:function:name",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION_AND_ACCOUNT}:log-group:name:*",
    "AWS::S3::Bucket": "arn:aws:s3:::name",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION_AND_ACCOUNT}:name",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION_AND_ACCOUNT}:name",
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{REGION_AND_ACCOUNT}:secret:name-a1b2c3",
}
REF_IS_ARN = {"AWS::SecretsManager::Secret", "AWS::SNS::Topic"}
# What `*` is in the policy of a resource.
OWN = {"AWS::KMS::Key": ARNS["AWS::KMS::Key"], "AWS::SecretsManager::ResourcePolicy": ARNS["AWS::SecretsManager::Secret"]}
# Where policies are: (type, path to the document, kind).
PLACES = [
    ("AWS::IAM::Policy", ["PolicyDocument"], "identity"),
    ("AWS::IAM::ManagedPolicy", ["PolicyDocument"], "identity"),
    ("AWS::IAM::Role", ["AssumeRolePolicyDocument"], "trust"),
    ("AWS::IAM::Role", ["Policies", "*", "PolicyDocument"], "identity"),
    ("AWS::SQS::QueuePolicy", ["PolicyDocument"], "resource"),
    ("AWS::SNS::TopicPolicy", ["PolicyDocument"], "resource"),
    ("AWS::S3::BucketPolicy", ["PolicyDocument"], "resource"),
    ("AWS::KMS::Key", ["KeyPolicy"], "resource"),
    ("AWS::SecretsManager::ResourcePolicy", ["ResourcePolicy"], "resource"),
    ("AWS::Logs::ResourcePolicy", ["PolicyDocument"], "resource"),
    ("AWS::IoT::Policy", ["PolicyDocument"], "iot"),
]


# Findings that are no fault of a policy: (kind, what the finding says, why). Anything else is one.
ACCEPTED = [
    ("identity", r"Unknown condition iotsitewise:assetHierarchyPath for action iotsitewise:BatchPutAssetPropertyValue",
     "AWS documents the key for this action; parliament's list is older: "
     "https://docs.aws.amazon.com/iot-sitewise/latest/userguide/security_iam_service-with-iam.html"),
    ("identity", r"Unknown action iot:DeleteConnection",
     "ends a connection; parliament's list is older: https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_DeleteConnection.html"),
    ("iot", r"Unknown action iot:AssumeRoleWithCertificate",
     "an action of IoT policies, not of IAM: https://docs.aws.amazon.com/iot/latest/developerguide/authorizing-direct-aws.html"),
    ("resource", r"Unknown condition kms:EncryptionContext:aws:logs:arn for action kms:Describe|ArnLike requires a value of type Arn but given String",
     "the statement that AWS documents for keys of CloudWatch Logs: "
     "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"),
    ("resource", r"RESOURCE_MISMATCH .*'kms:(ConnectCustomKeyStore|DescribeCustomKeyStores)'",
     "kms:* and kms:Describe* in the policy of a key, as AWS documents it: of the actions only those on a key have any effect there"),
    ("resource", r"RESOURCE_MISMATCH .*'s3:ListAccessGrants'",
     "s3:List* of CDK's own statement for autoDeleteObjects: of the actions only those on a bucket have any effect there"),
    ("resource", r"RESOURCE_POLICY_PRIVILEGE_ESCALATION .*s3:PutBucketPolicy",
     "CDK's own statement for autoDeleteObjects, which closes the bucket before it empties it (removalPolicy DESTROY)"),
]


def text_of(value, resources):
    """A template value with its references replaced by what they may be once deployed."""
    if isinstance(value, list):
        return [text_of(item, resources) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (name, argument), = value.items()
        if name == "Ref":
            resource_type = resources.get(argument, {}).get("Type")
            return PSEUDO.get(argument) or (ARNS.get(resource_type) if resource_type in REF_IS_ARN else "name")
        if name == "Fn::GetAtt":
            return ARNS.get(resources[argument[0]]["Type"], "name") if argument[1].endswith("Arn") else "name"
        if name == "Fn::Join":
            return argument[0].join(str(text_of(part, resources)) for part in argument[1])
        if name == "Fn::Sub":
            text, more = argument if isinstance(argument, list) else (argument, {})
            of = lambda found: str(text_of(more.get(found[1], {"Ref": found[1]}), resources))
            return re.sub(r"\$\{([^!}][^}]*)\}", of, text)
        if name == "Fn::ImportValue":
            return "name"
        if name.startswith("Fn::"):
            raise ValueError(f"{name} is not known here: teach it to text_of")
    return {key: text_of(item, resources) for key, item in value.items()}


def documents(value, path):
    if not path:
        yield value
    elif path[0] == "*":
        for item in value:
            yield from documents(item, path[1:])
    elif value.get(path[0]) is not None:
        yield from documents(value[path[0]], path[1:])


def statements(document):
    listed = document["Statement"]
    return listed if isinstance(listed, list) else [listed]


def denies_without_tls(statement):
    return statement["Effect"] == "Deny" and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}


def prepared(document, kind, resource_type):
    """parliament knows identity policies only: what the other kinds leave out, and what AWS IoT alone knows, is put into its terms."""
    if kind == "resource":
        # `Deny s3:*` holds actions on other resources than buckets, which parliament calls a mismatch. cdk-nag judges these statements.
        document["Statement"] = [statement for statement in statements(document) if not denies_without_tls(statement)]
    for statement in statements(document):
        if kind == "trust":
            statement["Resource"] = ARNS["AWS::IAM::Role"]
        if kind == "resource" and statement.get("Resource") == "*":
            # In the policy of a resource: that resource.
            statement["Resource"] = OWN[resource_type]
        if kind == "iot":
            # Variables and condition keys of AWS IoT policies are none of IAM: the isolation tests judge those (test/thing-policy).
            statement.pop("Condition", None)
            resource = json.dumps(statement["Resource"])
            statement["Resource"] = json.loads(re.sub(r"\$\{iot:[A-Za-z.]+(\[[A-Za-z]+\])?\}", "name", resource))
    return document


def main(paths):
    judged = 0
    findings = 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            resources = json.load(file)["Resources"]
        known = {type_name for type_name, _, _ in PLACES}
        for logical_id, resource in resources.items():
            looks_like_policy = resource["Type"].endswith("Policy") and "ScalingPolicy" not in resource["Type"]
            if looks_like_policy and resource["Type"] not in known:
                findings += 1
                print(f"FAIL {path} {logical_id}: nobody judges the policies of {resource['Type']}")
            for type_name, place, kind in PLACES:
                if resource["Type"] != type_name:
                    continue
                for document in documents(resource.get("Properties", {}), place):
                    document = text_of(document, resources)
                    if isinstance(document, str):
                        document = json.loads(document)
                    judged += 1
                    document = prepared(document, kind, type_name)
                    if not document["Statement"]:
                        continue
                    for finding in analyze_policy_string(json.dumps(document)).findings:
                        text = f"{finding.issue} {finding.detail}"
                        if any(kind == where and re.search(what, text) for where, what, _ in ACCEPTED):
                            continue
                        findings += 1
                        print(f"FAIL {path} {logical_id} ({kind}): {text}")
    print(f"{judged} policies in {len(paths)} templates were judged")
    return 1 if findings or not judged else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
