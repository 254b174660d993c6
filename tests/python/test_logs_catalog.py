"""Destinations, resource policies, query definitions and export tasks as boto3 sees them."""

import json
import uuid

import pytest
from logs import ROLE, arn, invalid, missing, pages, refused, violated, without_metadata
from test_logs_resources import at_once

STREAM = arn("stream/s", service="kinesis")
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "route53.amazonaws.com"}, "Action": "logs:PutLogEvents", "Resource": "*"}
        ],
    }
)
LIMIT = "LimitExceededException", "Resource limit exceeded."


@pytest.fixture
def logs(suite):
    return suite.client("logs")


def destination(name="d", **changes):
    return {"destinationName": name, "targetArn": STREAM, "roleArn": ROLE} | changes


def destinations(logs, **input):
    return [one["destinationName"] for one in logs.describe_destinations(**input)["destinations"]]


@pytest.mark.local("destinations, which need not exist")
def test_destinations(suite, logs):
    assert logs.describe_destinations()["destinations"] == []
    made = logs.put_destination(**destination(tags={"a": "1"}))["destination"]
    created = made["creationTime"]
    assert made == destination(arn=arn("destination:d"), creationTime=created)
    assert abs(created / 1000 - suite.now()) < 60
    assert logs.describe_destinations()["destinations"] == [made]
    logs.put_destination_policy(destinationName="d", accessPolicy=POLICY)
    suite.advance(60)
    target = arn("deliverystream/t", service="firehose")
    made = logs.put_destination(**destination(targetArn=target, tags={"b": "2"}))["destination"]
    assert (made["targetArn"], made["accessPolicy"], made["creationTime"]) == (target, POLICY, created)
    own = arn("destination:d")
    assert logs.list_tags_for_resource(resourceArn=own)["tags"] == {"a": "1", "b": "2"}
    logs.untag_resource(resourceArn=own, tagKeys=["a"])
    logs.tag_resource(resourceArn=own, tags={"c": "3"})
    assert logs.list_tags_for_resource(resourceArn=own)["tags"] == {"b": "2", "c": "3"}
    assert without_metadata(logs.delete_destination(destinationName="d")) == {}
    gone = "The specified destination does not exist."
    missing(logs.delete_destination, gone, destinationName="d")
    missing(logs.list_tags_for_resource, "The specified resource does not exist.", resourceArn=own)
    made = logs.put_destination(**destination())["destination"]
    assert "accessPolicy" not in made
    assert logs.list_tags_for_resource(resourceArn=own)["tags"] == {}


@pytest.mark.local("destinations, which need not exist")
def test_destinations_by_page_and_prefix(logs):
    names = sorted(["a", "a b", "ab", "b", "é", "日"], key=str.encode)
    for name in reversed(names):
        logs.put_destination(**destination(name))
    for size in (1, 2, 6):
        paged = pages(logs.describe_destinations, "destinations", size)
        assert [one["destinationName"] for one in paged] == names
    assert destinations(logs, DestinationNamePrefix="a") == ["a", "a b", "ab"]
    invalid(logs.describe_destinations, ..., limit=51)


@pytest.mark.local("destinations, which need not exist")
def test_what_is_no_destination(logs):
    put = logs.put_destination
    invalid(put, "PutDestination operation cannot work with targetArn for vendor lambda", **destination(targetArn=arn("function:f", service="lambda")))
    invalid(put, ..., **destination(targetArn="x"))
    invalid(put, ..., **destination(roleArn="x"))
    invalid(put, violated("'a:b'", "destinationName", "Member must satisfy regular expression pattern: [^:*]*"), **destination("a:b"))
    invalid(put, violated("null", "roleArn", "Member must not be null"), destinationName="d", targetArn=STREAM)
    invalid(logs.put_destination_policy, "The specified destination does not exist.", destinationName="d", accessPolicy=POLICY)
    logs.put_destination(**destination())
    for wrong in ("x", "[]", "{}", POLICY + " " * 5120):
        invalid(logs.put_destination_policy, ..., destinationName="d", accessPolicy=wrong)


def test_resource_policies(suite, logs):
    made = logs.put_resource_policy(policyName="p", policyDocument=POLICY)
    assert "revisionId" not in made
    policy = made["resourcePolicy"]
    assert policy == {
        "policyName": "p",
        "policyDocument": POLICY,
        "policyScope": "ACCOUNT",
        "lastUpdatedTime": policy["lastUpdatedTime"],
    }
    suite.advance(60)
    document = POLICY.replace("route53", "es")
    logs.put_resource_policy(policyName="p", policyDocument=document)
    [shown] = logs.describe_resource_policies()["resourcePolicies"]
    assert shown["policyDocument"] == document
    assert shown["lastUpdatedTime"] >= policy["lastUpdatedTime"] + 60_000
    logs.delete_resource_policy(policyName="p")
    gone = "Policy with name [p] does not exist."
    missing(logs.delete_resource_policy, gone, policyName="p")
    assert logs.describe_resource_policies()["resourcePolicies"] == []
    for wrong in ("x", "{}", '{"Statement": []}'):
        invalid(logs.put_resource_policy, ..., policyName="p", policyDocument=wrong)
    invalid(logs.put_resource_policy, violated("null", "policyName", "Member must not be null"), policyDocument=POLICY)
    invalid(logs.put_resource_policy, violated("null", "policyDocument", "Member must not be null"), policyName="p")
    invalid(logs.delete_resource_policy, ...)


def test_no_more_than_ten_policies_of_an_account(logs):
    logs.create_log_group(logGroupName="g")
    for n in range(10):
        logs.put_resource_policy(policyName=f"p{n}", policyDocument=POLICY)
    refused(logs.put_resource_policy, *LIMIT, policyName="one more", policyDocument=POLICY)
    logs.put_resource_policy(policyName="p3", policyDocument=POLICY)
    logs.put_resource_policy(resourceArn=arn("log-group:g"), policyDocument=POLICY)
    for size in (1, 4, 10):
        paged = pages(logs.describe_resource_policies, "resourcePolicies", size)
        assert [one["policyName"] for one in paged] == [f"p{n}" for n in range(10)]


def test_the_policy_of_a_group(logs):
    logs.create_log_group(logGroupName="g")
    own = arn("log-group:g")
    attach = {"resourceArn": own, "policyName": "p", "policyDocument": POLICY}
    made = logs.put_resource_policy(**attach)
    revision = made["revisionId"]
    assert made["resourcePolicy"]["resourceArn"] == own
    assert made["resourcePolicy"]["policyScope"] == "RESOURCE"
    assert made["resourcePolicy"]["revisionId"] == revision
    assert logs.describe_resource_policies()["resourcePolicies"] == []
    for query in ({"resourceArn": own}, {"policyScope": "RESOURCE"}):
        assert logs.describe_resource_policies(**query)["resourcePolicies"] == [made["resourcePolicy"]]
    for wrong in ({}, {"expectedRevisionId": "x"}):
        refused(logs.put_resource_policy, "OperationAbortedException", ..., **attach, **wrong)
        refused(logs.delete_resource_policy, "OperationAbortedException", ..., resourceArn=own, **wrong)
    second = logs.put_resource_policy(**attach, expectedRevisionId=revision)["revisionId"]
    assert second != revision
    # A group that is made again has no policy.
    logs.delete_log_group(logGroupName="g")
    missing(logs.put_resource_policy, **attach)
    logs.create_log_group(logGroupName="g")
    assert logs.describe_resource_policies(resourceArn=own)["resourcePolicies"] == []
    revision = logs.put_resource_policy(**attach)["revisionId"]
    logs.delete_resource_policy(resourceArn=own, expectedRevisionId=revision)
    missing(logs.delete_resource_policy, ..., resourceArn=own)
    invalid(logs.put_resource_policy, ..., resourceArn="x", policyDocument=POLICY)


def definitions(logs, **input):
    return [one["name"] for one in logs.describe_query_definitions(**input)["queryDefinitions"]]


def test_query_definitions(suite, logs):
    query = {"name": "errors", "queryString": "fields @message | limit {{n}}"}
    parameters = [{"name": "n", "defaultValue": "10", "description": "how many"}]
    id = logs.put_query_definition(**query, logGroupNames=["a", "b"], parameters=parameters)["queryDefinitionId"]
    assert str(uuid.UUID(id)) == id
    [shown] = logs.describe_query_definitions()["queryDefinitions"]
    modified = shown["lastModified"]
    about = {"queryDefinitionId": id, "queryLanguage": "CWLI", "lastModified": modified}
    assert shown == query | about | {"logGroupNames": ["a", "b"], "parameters": parameters}
    suite.advance(60)
    changed = {"name": "renamed", "queryString": "fields @message", "queryDefinitionId": id}
    assert logs.put_query_definition(**changed)["queryDefinitionId"] == id
    [shown] = logs.describe_query_definitions()["queryDefinitions"]
    assert shown.pop("lastModified") >= modified + 60_000
    assert shown == changed | {"queryLanguage": "CWLI", "logGroupNames": []}
    gone = "The specified query definition does not exist."
    missing(logs.put_query_definition, gone, **(changed | {"queryDefinitionId": str(uuid.uuid4())}))
    assert logs.delete_query_definition(queryDefinitionId=id)["success"] is True
    missing(logs.delete_query_definition, gone, queryDefinitionId=id)
    missing(logs.put_query_definition, gone, **changed)


def test_the_same_request_twice_makes_one_definition(suite, logs):
    query = {"name": "q", "queryString": "fields @message", "clientToken": str(uuid.uuid4())}
    ids = {logs.put_query_definition(**query)["queryDefinitionId"] for _ in range(2)}
    assert len(ids) == 1
    ids |= set(at_once(suite, [lambda client: client.put_query_definition(**query)["queryDefinitionId"]] * 8))
    assert len(ids) == 1
    assert definitions(logs) == ["q"]
    elsewhere = suite.client("logs", region="eu-west-1")
    assert elsewhere.put_query_definition(**query)["queryDefinitionId"] not in ids


def test_query_definitions_by_page_prefix_and_language(logs):
    for name, language in (("b", "SQL"), ("a", "CWLI"), ("ab", "PPL"), ("a", "CWLI")):
        logs.put_query_definition(name=name, queryString="x", queryLanguage=language)
    for size in (1, 2, 4):
        paged = pages(logs.describe_query_definitions, "queryDefinitions", size, member="maxResults")
        assert [one["name"] for one in paged] == ["a", "a", "ab", "b"]
    assert definitions(logs, queryDefinitionNamePrefix="ab") == ["ab"]
    assert definitions(logs, queryLanguage="CWLI") == ["a", "a"]
    invalid(logs.put_query_definition, ..., name="x", queryString="x", queryLanguage="SQL", parameters=[{"name": "n"}])
    invalid(logs.put_query_definition, ..., name="x")
    invalid(logs.describe_query_definitions, ..., maxResults=1001)


def export(group="g", **changes):
    return {"logGroupName": group, "fromTime": 0, "to": 1000, "destination": "bucket"} | changes


@pytest.fixture
def bucket(suite):
    suite.client("s3").create_bucket(Bucket="bucket")


def tasks(logs, **input):
    return logs.describe_export_tasks(**input)["exportTasks"]


def test_an_export_task_is_made_shown_and_cancelled(suite, logs, bucket):
    logs.create_log_group(logGroupName="g")
    id = logs.create_export_task(**export(taskName="t", logStreamNamePrefix="s"))["taskId"]
    assert str(uuid.UUID(id)) == id
    [task] = tasks(logs)
    created = task["executionInfo"]["creationTime"]
    assert abs(created / 1000 - suite.now()) < 60
    if task["status"]["code"] == "PENDING":
        assert task == {
            "taskId": id,
            "taskName": "t",
            "logGroupName": "g",
            "from": 0,
            "to": 1000,
            "destination": "bucket",
            "destinationPrefix": "exportedlogs",
            "status": {"code": "PENDING"},
            "executionInfo": {"creationTime": created},
        }
    refused(logs.create_export_task, *LIMIT, **export())
    other = suite.client("logs", key="210987654321")
    other.create_log_group(logGroupName="g")
    other.create_export_task(**export())
    logs.cancel_export_task(taskId=id)
    [task] = tasks(logs, taskId=id)
    assert task["status"]["code"] == "CANCELLED"
    assert task["executionInfo"]["completionTime"] >= created
    over = "The specified export task has already finished"
    refused(logs.cancel_export_task, "InvalidOperationException", over, taskId=id)
    missing(logs.cancel_export_task, "The specified export task does not exist.", taskId="none")
    assert tasks(logs, taskId="none") == []


def test_export_tasks_by_page_and_status(suite, logs, bucket):
    logs.create_log_group(logGroupName="g")
    ids = []
    for _ in range(3):
        ids.insert(0, logs.create_export_task(**export())["taskId"])
        logs.cancel_export_task(taskId=ids[0])
        suite.advance(1)
    ids.insert(0, logs.create_export_task(**export(destinationPrefix="p"))["taskId"])
    for size in (1, 3, 4):
        assert [task["taskId"] for task in pages(logs.describe_export_tasks, "exportTasks", size)] == ids
    assert [task["taskId"] for task in tasks(logs, statusCode="CANCELLED")] == ids[1:]
    assert tasks(logs, statusCode="COMPLETED") == []
    assert tasks(logs, taskId=ids[0])[0]["destinationPrefix"] == "p"
    invalid(logs.describe_export_tasks, ..., statusCode="x")


def test_what_is_no_export(logs, bucket):
    logs.create_log_group(logGroupName="g")
    logs.create_log_group(logGroupName="ia", logGroupClass="INFREQUENT_ACCESS")
    missing(logs.create_export_task, **export("h"))
    invalid(logs.create_export_task, ..., **export(fromTime=2000))
    invalid(logs.create_export_task, ..., **export(fromTime=-1))
    invalid(logs.create_export_task, ..., **export("ia"))
    invalid(logs.create_export_task, ..., logGroupName="g", fromTime=0, to=1)
    invalid(logs.create_export_task, "The specified bucket does not exist.", **export(destination="no-such-bucket"))
    assert tasks(logs) == []


def test_one_of_many_exports_finds_a_place(suite, logs, bucket):
    logs.create_log_group(logGroupName="g")

    def create(client):
        try:
            client.create_export_task(**export())
            return True
        except client.exceptions.LimitExceededException:
            return False

    assert sum(at_once(suite, [create] * 16)) == 1
    assert len(tasks(logs)) == 1
