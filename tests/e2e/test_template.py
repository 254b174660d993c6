"""What the template promises of every function, queue and bucket, read off it; and that its manual knows its parameters."""

import re

import pytest
from conftest import ROOT
from samcli.yamlhelper import yaml_parse

TEMPLATE = yaml_parse((ROOT / "template.yaml").read_text())
MANUAL = (ROOT / "docs/deploy.md").read_text()


def resources(kind):
    return {name: each["Properties"] for name, each in TEMPLATE["Resources"].items() if each["Type"] == kind}


def branches(value):
    """What an `Fn::If` may come to; the value itself where it is none."""
    if isinstance(value, dict) and "Fn::If" in value:
        return [branch for each in value["Fn::If"][1:] for branch in branches(each)]
    return [] if value == {"Ref": "AWS::NoValue"} else [value]


def statements(role):
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            yield from branches(statement)


def as_list(value):
    return value if isinstance(value, list) else [value]


def refuses_plain_text(policy, resource):
    """Whether a policy denies everything on a resource without TLS."""
    return any(
        statement["Effect"] == "Deny"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        and {"Fn::GetAtt": [resource, "Arn"]} in as_list(statement["Resource"])
        for statement in policy["PolicyDocument"]["Statement"]
    )


def test_roles_name_what_they_may_reach():
    # These actions know no resources.
    free = {"dynamodb:ListStreams", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}
    for name, role in resources("AWS::IAM::Role").items():
        sids = [statement["Sid"] for statement in statements(role)]
        assert len(sids) == len(set(sids)), f"{name} says something twice"
        for statement in statements(role):
            actions = set(as_list(statement["Action"]))
            assert not any("*" in action for action in actions), f"{name} {statement['Sid']}"
            assert "*" not in as_list(statement["Resource"]) or actions <= free, f"{name} {statement['Sid']}"


def test_what_fails_ends_in_a_queue():
    functions = resources("AWS::Serverless::Function")
    for name, function in functions.items():
        events = function.get("Events", {}).values()
        if not events and name != "Logs":
            continue  # asked by its URL only
        if name != "Trail":
            assert "OnFailure" in function["EventInvokeConfig"]["DestinationConfig"], name
        for event in events:
            asked = event["Properties"]
            if event["Type"] == "ScheduleV2":
                assert asked["DeadLetterConfig"] and asked["RetryPolicy"], name
            elif event["Type"] == "DynamoDB":
                assert asked["DestinationConfig"]["OnFailure"] and asked["MaximumRetryAttempts"], name
            else:
                assert event["Type"] == "SQS" and asked["ScalingConfig"], name
    assert resources("AWS::SQS::Queue")["TrailQueue"]["RedrivePolicy"]["maxReceiveCount"] == 5
    for rule in resources("AWS::Events::Rule").values():
        assert all(target["DeadLetterConfig"] and target["RetryPolicy"] for target in rule["Targets"])


def test_queues_are_encrypted_and_refuse_plain_text():
    policies = resources("AWS::SQS::QueuePolicy").values()
    for name, queue in resources("AWS::SQS::Queue").items():
        assert queue["SqsManagedSseEnabled"] is True
        assert any({"Ref": name} in policy["Queues"] and refuses_plain_text(policy, name) for policy in policies), name


def test_buckets_are_encrypted_private_and_kept():
    policies = resources("AWS::S3::BucketPolicy").values()
    for name, bucket in resources("AWS::S3::Bucket").items():
        assert bucket["BucketEncryption"] and set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert any(policy["Bucket"] == {"Ref": name} and refuses_plain_text(policy, name) for policy in policies), name


@pytest.mark.parametrize("kind", ["AWS::S3::Bucket", "AWS::DynamoDB::Table"])
def test_data_outlive_the_stack(kind):
    for name in resources(kind):
        resource = TEMPLATE["Resources"][name]
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain"), name


def test_the_stacks_alarms_are_free():
    """Ten metrics are; each that an expression names counts. Every alarm says what to do, and the manual knows it."""
    watched = 0
    for name, alarm in resources("AWS::CloudWatch::Alarm").items():
        watched += sum("MetricStat" in each for each in alarm.get("Metrics", [])) or 1
        assert len(alarm["AlarmDescription"]["Fn::Sub"] if isinstance(alarm["AlarmDescription"], dict) else alarm["AlarmDescription"]) > 100, name
        assert alarm["AlarmName"]["Fn::Sub"].replace("${AWS::StackName}", "STACK") in MANUAL
        assert TEMPLATE["Resources"][name]["Condition"] == "Watched"
    assert watched == 9 and "nine metrics" in MANUAL


def test_every_parameter_is_grouped_and_explained():
    parameters = set(TEMPLATE["Parameters"])
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert {name for group in groups for name in group["Parameters"]} == parameters
    table = MANUAL.split("## Parameters")[1].split("\n## ")[0]
    named = {name for line in table.splitlines() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line.split("|")[1])}
    assert named == parameters
    assert all(parameter["Description"] for parameter in TEMPLATE["Parameters"].values())
