"""Log groups and log streams, their retention, tags, keys and protection, as boto3 sees them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from clients import boto3_call
from logs import NO_GROUP, arn, invalid, missing, pages, refused, violated, without_metadata

KEY = arn("key/1234abcd-12ab-34cd-56ef-1234567890ab", service="kms")
NO_STREAM = "The specified log stream does not exist."


@pytest.fixture
def logs(suite):
    return suite.client("logs")


def described(logs, **input):
    return [group["logGroupName"] for group in logs.describe_log_groups(**input)["logGroups"]]


def streams(logs, group="g", **input):
    return [stream["logStreamName"] for stream in logs.describe_log_streams(logGroupName=group, **input)["logStreams"]]


def test_a_group_is_made_and_shown(suite, logs):
    assert without_metadata(logs.create_log_group(logGroupName="/aws/lambda/f#1.a_b-C")) == {}
    [group] = logs.describe_log_groups()["logGroups"]
    assert abs(group.pop("creationTime") / 1000 - suite.now()) < 60
    own = arn("log-group:/aws/lambda/f#1.a_b-C")
    assert group == {
        "logGroupName": "/aws/lambda/f#1.a_b-C",
        "arn": own + ":*",
        "logGroupArn": own,
        "metricFilterCount": 0,
        "storedBytes": 0,
        "logGroupClass": "STANDARD",
        "deletionProtectionEnabled": False,
    }


def test_everything_that_can_be_said_of_a_new_group(logs):
    logs.create_log_group(
        logGroupName="g",
        kmsKeyId=KEY,
        tags={"a": "1", "b": ""},
        logGroupClass="INFREQUENT_ACCESS",
        deletionProtectionEnabled=True,
    )
    [group] = logs.describe_log_groups(logGroupNamePrefix="g")["logGroups"]
    assert (group["kmsKeyId"], group["logGroupClass"]) == (KEY, "INFREQUENT_ACCESS")
    assert group["deletionProtectionEnabled"] is True
    assert "retentionInDays" not in group
    assert logs.list_tags_log_group(logGroupName="g")["tags"] == {"a": "1", "b": ""}


def test_what_is_no_new_group(logs):
    logs.create_log_group(logGroupName="g")
    create = logs.create_log_group
    refused(create, "ResourceAlreadyExistsException", "The specified log group already exists", logGroupName="g")
    for reserved in ("aws/x", "AWS/x"):
        invalid(create, "Log groups starting with AWS/ are reserved for AWS.", logGroupName=reserved)
    pattern = r"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+"
    invalid(create, violated("'a b'", "logGroupName", pattern), logGroupName="a b")
    invalid(create, violated("null", "logGroupName", "Member must not be null"))
    long = "Member must have length less than or equal to 512"
    invalid(create, violated(f"'{'x' * 513}'", "logGroupName", long), logGroupName="x" * 513)
    classes = "[STANDARD, INFREQUENT_ACCESS, DELIVERY, ESSENTIALS]"
    message = violated("'CHEAP'", "logGroupClass", f"Member must satisfy enum value set: {classes}")
    invalid(create, message, logGroupName="h", logGroupClass="CHEAP")
    for key in ("alias/mine", "1234", arn("key/1", region="eu-west-1", service="kms")):
        invalid(create, "The specified KMS Key Id could not be found.", logGroupName="h", kmsKeyId=key)
    reserved = "aws: prefixed tag key names are not allowed for external use."
    invalid(create, reserved, logGroupName="h", tags={"aws:x": "1"})
    assert described(logs) == ["g"]


def test_a_refusal_as_it_stands_on_the_wire(suite):
    headers = {"X-Amz-Target": "Logs_20140328.DeleteLogGroup", "Content-Type": "application/x-amz-json-1.1"}
    answer = suite.send("POST", service="logs", data='{"logGroupName": "g"}', headers=headers, timeout=60)
    assert answer.status_code == 400
    assert answer.json() == {"__type": "ResourceNotFoundException", "message": NO_GROUP}
    assert answer.headers["Content-Type"] == "application/x-amz-json-1.1"


def test_deleted_and_made_again_a_group_is_new(suite, logs):
    logs.create_log_group(logGroupName="g", tags={"old": "1"}, kmsKeyId=KEY)
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    logs.put_retention_policy(logGroupName="g", retentionInDays=7)
    logs.put_metric_filter(
        logGroupName="g",
        filterName="f",
        filterPattern="",
        metricTransformations=[{"metricName": "m", "metricNamespace": "N", "metricValue": "1"}],
    )
    assert without_metadata(logs.delete_log_group(logGroupName="g")) == {}
    assert described(logs) == []
    for call in (logs.delete_log_group, logs.describe_log_streams, logs.list_tags_log_group):
        missing(call, logGroupName="g")
    missing(logs.create_log_stream, logGroupName="g", logStreamName="s")
    suite.advance(60)
    logs.create_log_group(logGroupName="g")
    [group] = logs.describe_log_groups()["logGroups"]
    assert group["metricFilterCount"] == 0
    assert not {"retentionInDays", "kmsKeyId"} & group.keys()
    assert streams(logs) == []
    assert logs.list_tags_log_group(logGroupName="g")["tags"] == {}
    logs.create_log_stream(logGroupName="g", logStreamName="s")


def test_a_protected_group_stays(logs):
    logs.create_log_group(logGroupName="g", deletionProtectionEnabled=True)
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    refused(logs.delete_log_group, "ValidationException", ..., logGroupName="g")
    refused(logs.delete_log_stream, "ValidationException", ..., logGroupName="g", logStreamName="s")
    protect = logs.put_log_group_deletion_protection
    protect(logGroupIdentifier=arn("log-group:g"), deletionProtectionEnabled=False)
    logs.delete_log_stream(logGroupName="g", logStreamName="s")
    protect(logGroupIdentifier="g", deletionProtectionEnabled=True)
    refused(logs.delete_log_group, "ValidationException", ..., logGroupName="g")
    protect(logGroupIdentifier="g", deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName="g")
    missing(protect, logGroupIdentifier="g", deletionProtectionEnabled=True)
    missing(protect, logGroupIdentifier=arn("log-group:g", account="1" * 12), deletionProtectionEnabled=True)
    invalid(protect, ..., logGroupIdentifier=arn("destination:g"), deletionProtectionEnabled=True)


NAMES = ["#", "-", ".", "/", "/a", "/a/b", "A", "Z", "_", "a", "a#b", "a-b", "a.b", "a/b", "a_b", "aa", "b"]


def test_groups_by_page_prefix_and_pattern(logs):
    for name in reversed(NAMES):
        logs.create_log_group(logGroupName=name)
    assert NAMES == sorted(NAMES) == described(logs)
    for size in (1, 3, len(NAMES), 50):
        paged = pages(logs.describe_log_groups, "logGroups", size)
        assert [group["logGroupName"] for group in paged] == NAMES
        paged = pages(logs.describe_log_groups, "logGroups", size, logGroupNamePrefix="a")
        assert [group["logGroupName"] for group in paged] == [name for name in NAMES if name.startswith("a")]
        paged = pages(logs.describe_log_groups, "logGroups", size, logGroupNamePattern="/")
        assert [group["logGroupName"] for group in paged] == [name for name in NAMES if "/" in name]
        paged = pages(logs.list_log_groups, "logGroups", size)
        assert [group["logGroupName"] for group in paged] == NAMES
    for wrong in (0, 51):
        invalid(logs.describe_log_groups, ..., limit=wrong)
    for wrong in (0, 1001):
        invalid(logs.list_log_groups, ..., limit=wrong)


def test_a_token_belongs_to_its_request(logs):
    for name in NAMES:
        logs.create_log_group(logGroupName=name)
    token = logs.describe_log_groups(limit=2)["nextToken"]
    assert described(logs, limit=3, nextToken=token) == NAMES[2:5]
    message = "The specified nextToken is invalid."
    invalid(logs.describe_log_groups, message, logGroupNamePrefix="a", nextToken=token)
    invalid(logs.describe_log_groups, message, nextToken="x")
    invalid(logs.describe_log_groups, violated("''", "nextToken", "Member must have length greater than or equal to 1"), nextToken="")


def test_what_a_search_by_pattern_shows(logs):
    logs.create_log_group(logGroupName="DataLogs", deletionProtectionEnabled=True)
    logs.create_log_group(logGroupName="datalogs")
    [group] = logs.describe_log_groups(logGroupNamePattern="Data")["logGroups"]
    assert group.keys() == {"arn", "creationTime", "logGroupArn", "logGroupClass", "logGroupName", "metricFilterCount"}


def test_groups_by_identifier_class_and_account(suite, logs):
    classes = {"a": "STANDARD", "b": "INFREQUENT_ACCESS", "c": "ESSENTIALS", "d": "DELIVERY"}
    for name, kind in classes.items():
        logs.create_log_group(logGroupName=name, logGroupClass=kind)
    suite.client("logs", key="210987654321").create_log_group(logGroupName="other")
    assert described(logs) == list("abcd")
    assert described(logs, logGroupIdentifiers=["c", arn("log-group:a"), "gone", "c"]) == ["a", "c"]
    assert described(logs, logGroupClass="STANDARD") == ["a"]
    assert described(logs, logGroupClass="DELIVERY") == ["d"]
    assert described(logs, logGroupClass="ESSENTIALS") == ["b", "c"]
    assert described(logs, logGroupClass="INFREQUENT_ACCESS") == ["b", "c"]
    assert described(logs, includeLinkedAccounts=True) == list("abcd")
    assert described(logs, includeLinkedAccounts=True, accountIdentifiers=["123456789012"]) == list("abcd")
    invalid(logs.describe_log_groups, ..., includeLinkedAccounts=True, accountIdentifiers=["210987654321"])
    invalid(logs.describe_log_groups, ..., logGroupIdentifiers=["a"], logGroupNamePrefix="a")
    message = "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
    invalid(logs.describe_log_groups, message, logGroupNamePrefix="a", logGroupNamePattern="a")


def test_groups_are_listed_by_pattern_class_and_tags(logs):
    logs.create_log_group(logGroupName="/aws/lambda/a", tags={"env": "prod"})
    logs.create_log_group(logGroupName="my-discovery", tags={"env": "production", "team": "x"})
    logs.create_log_group(logGroupName="x/aws/lambda", logGroupClass="INFREQUENT_ACCESS")

    def listed(**input):
        return [group["logGroupName"] for group in logs.list_log_groups(**input)["logGroups"]]

    assert logs.list_log_groups(logGroupNamePattern="^/aws/lambda")["logGroups"] == [
        {
            "logGroupName": "/aws/lambda/a",
            "logGroupArn": arn("log-group:/aws/lambda/a"),
            "logGroupClass": "STANDARD",
        }
    ]
    assert listed(logGroupNamePattern="^/aws/lambda|discovery") == ["/aws/lambda/a", "my-discovery"]
    assert listed(logGroupNamePattern="lambda") == ["/aws/lambda/a", "x/aws/lambda"]
    assert listed(logGroupNamePattern="no-such-group") == []
    assert listed(logGroupClass="INFREQUENT_ACCESS") == ["x/aws/lambda"]
    assert listed(logGroupTags=[{"key": "env"}]) == ["/aws/lambda/a", "my-discovery"]
    assert listed(logGroupTags=[{"key": "env"}], limit=1) == ["/aws/lambda/a"]
    assert listed(logGroupTags=[{"key": "env", "values": ["prod"]}]) == ["/aws/lambda/a"]
    assert listed(logGroupTags=[{"key": "env", "values": ["prod*"]}, {"key": "team"}]) == ["my-discovery"]
    for wrong in ("ab", ".*", "a" * 25, "(abc)"):
        invalid(logs.list_log_groups, ..., logGroupNamePattern=wrong)
    invalid(logs.list_log_groups, "The filter fieldIndexNames is not supported yet by this suite", fieldIndexNames=["x"])
    invalid(logs.list_log_groups, "The filter dataSources is not supported yet by this suite", dataSources=[{"name": "x"}])


ALLOWED = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]


def test_retention(logs):
    logs.create_log_group(logGroupName="g")
    for days in ALLOWED:
        assert without_metadata(logs.put_retention_policy(logGroupName="g", retentionInDays=days)) == {}
        assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == days
    values = ", ".join(map(str, ALLOWED))
    for days in (-1, 0, 2, 3654):
        message = violated(f"'{days}'", "retentionInDays", f"Member must satisfy enum value set: [{values}]")
        invalid(logs.put_retention_policy, message, logGroupName="g", retentionInDays=days)
    logs.delete_retention_policy(logGroupName="g")
    logs.delete_retention_policy(logGroupName="g")
    assert "retentionInDays" not in logs.describe_log_groups()["logGroups"][0]
    missing(logs.put_retention_policy, logGroupName="h", retentionInDays=1)
    missing(logs.delete_retention_policy, logGroupName="h")
    invalid(logs.put_retention_policy, violated("null", "retentionInDays", "Member must not be null"), logGroupName="g")


def test_the_retention_of_the_delivery_class_is_fixed(logs):
    logs.create_log_group(logGroupName="g", logGroupClass="DELIVERY")
    assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 2
    refused(logs.put_retention_policy, "InvalidOperationException", ..., logGroupName="g", retentionInDays=7)
    refused(logs.delete_retention_policy, "InvalidOperationException", ..., logGroupName="g")


def test_keys(logs):
    logs.create_log_group(logGroupName="g")
    logs.associate_kms_key(logGroupName="g", kmsKeyId=KEY)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == KEY
    logs.disassociate_kms_key(resourceIdentifier=arn("log-group:g"))
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]
    logs.associate_kms_key(resourceIdentifier=arn("log-group:g"), kmsKeyId=KEY)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == KEY
    missing(logs.associate_kms_key, logGroupName="h", kmsKeyId=KEY)
    missing(logs.disassociate_kms_key, logGroupName="h")
    invalid(logs.associate_kms_key, "The specified KMS Key Id could not be found.", logGroupName="g", kmsKeyId="x")
    invalid(logs.associate_kms_key, ..., kmsKeyId=KEY)
    invalid(logs.disassociate_kms_key, ..., logGroupName="g", resourceIdentifier=arn("log-group:g"))
    results = "A KMS key for the results of queries is not supported yet by this suite"
    invalid(logs.associate_kms_key, results, resourceIdentifier=arn("query-result:*"), kmsKeyId=KEY)


def test_tags(suite, logs):
    logs.create_log_group(logGroupName="/g/1", tags={"a": "1"})
    own = arn("log-group:/g/1")
    logs.tag_resource(resourceArn=own, tags={"b": "2", "a": "3"})
    logs.tag_log_group(logGroupName="/g/1", tags={"ключ 1": "välue/+-@=:."})
    tags = {"a": "3", "b": "2", "ключ 1": "välue/+-@=:."}
    assert logs.list_tags_for_resource(resourceArn=own)["tags"] == tags
    assert logs.list_tags_log_group(logGroupName="/g/1")["tags"] == tags
    logs.untag_resource(resourceArn=own, tagKeys=["a", "none"])
    logs.untag_log_group(logGroupName="/g/1", tags=["b"])
    assert logs.list_tags_for_resource(resourceArn=own)["tags"] == {"ключ 1": "välue/+-@=:."}
    gone = "The specified resource does not exist."
    other = suite.client("logs", region="eu-west-1")
    for client, name in ((logs, arn("log-group:h")), (logs, arn("destination:d")), (other, own)):
        missing(client.tag_resource, gone, resourceArn=name, tags={"a": "1"})
        missing(client.untag_resource, gone, resourceArn=name, tagKeys=["a"])
        missing(client.list_tags_for_resource, gone, resourceArn=name)
    invalid(logs.list_tags_for_resource, ..., resourceArn=arn("query:q"))
    # The form with `:*` is not the one that tags take.
    invalid(logs.list_tags_for_resource, ..., resourceArn=own + ":*")
    missing(logs.tag_log_group, logGroupName="h", tags={"a": "1"})
    missing(logs.untag_log_group, logGroupName="h", tags=["a"])


def test_no_more_than_fifty_tags(logs):
    logs.create_log_group(logGroupName="g", tags={f"k{n}": "v" for n in range(50)})
    own = arn("log-group:g")
    logs.tag_resource(resourceArn=own, tags={"k1": "w"})
    refused(logs.tag_resource, "TooManyTagsException", ..., resourceArn=own, tags={"one more": "v"})
    assert len(logs.list_tags_for_resource(resourceArn=own)["tags"]) == 50
    invalid(logs.tag_resource, ..., resourceArn=own, tags={})
    invalid(logs.tag_resource, ..., resourceArn=own, tags={"aws:x": "v"})


STREAMS = ["$LATEST", "2024/01/01/[$LATEST]abc", "a b", "a\tb", "ab", "é", "日本語", "😀"]


def test_streams_are_made_shown_and_deleted(suite, logs):
    logs.create_log_group(logGroupName="g")
    for name in reversed(STREAMS):
        assert without_metadata(logs.create_log_stream(logGroupName="g", logStreamName=name)) == {}
    ordered = sorted(STREAMS, key=str.encode)
    shown = logs.describe_log_streams(logGroupName="g")["logStreams"]
    assert [stream["logStreamName"] for stream in shown] == ordered
    for stream in shown:
        assert abs(stream.pop("creationTime") / 1000 - suite.now()) < 60
        name = stream.pop("logStreamName")
        assert stream == {"arn": arn(f"log-group:g:log-stream:{name}"), "storedBytes": 0}
    for size in (1, 3, 8, 50):
        for descending in (False, True):
            paged = pages(logs.describe_log_streams, "logStreams", size, logGroupName="g", descending=descending)
            names = [stream["logStreamName"] for stream in paged]
            assert names == (ordered[::-1] if descending else ordered)
    assert streams(logs, logStreamNamePrefix="a") == ["a\tb", "a b", "ab"]
    assert streams(logs, logStreamNamePrefix="a", descending=True, limit=2) == ["ab", "a b"]
    assert streams(logs, logStreamNamePrefix="日") == ["日本語"]
    for name in STREAMS:
        logs.delete_log_stream(logGroupName="g", logStreamName=name)
        missing(logs.delete_log_stream, NO_STREAM, logGroupName="g", logStreamName=name)
    assert streams(logs) == []
    logs.create_log_stream(logGroupName="g", logStreamName="ab")
    assert streams(logs) == ["ab"]


def test_what_is_no_stream(logs):
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    create = logs.create_log_stream
    exists = "The specified log stream already exists"
    refused(create, "ResourceAlreadyExistsException", exists, logGroupName="g", logStreamName="s")
    missing(create, logGroupName="h", logStreamName="s")
    for name in ("a:b", "a*"):
        message = violated(f"'{name}'", "logStreamName", "Member must satisfy regular expression pattern: [^:*]*")
        invalid(create, message, logGroupName="g", logStreamName=name)
    invalid(create, ..., logGroupName="g", logStreamName="")
    invalid(create, ..., logGroupName="g", logStreamName="x" * 513)
    create(logGroupName="g", logStreamName="é" * 512)
    missing(logs.delete_log_stream, logGroupName="h", logStreamName="s")
    missing(logs.delete_log_stream, NO_STREAM, logGroupName="g", logStreamName="t")


def test_how_streams_are_asked_for(suite, logs):
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    describe = logs.describe_log_streams
    for identifier in ("g", arn("log-group:g"), arn("log-group:g")):
        assert len(describe(logGroupIdentifier=identifier)["logStreams"]) == 1
    both = "LogGroup name and LogGroup ARN are mutually exclusive parameters."
    refused(describe, "ValidationException", both, logGroupName="g", logGroupIdentifier="g")
    refused(describe, "ValidationException", ...)
    missing(describe, logGroupName="h")
    missing(describe, logGroupIdentifier=arn("log-group:g", account="210987654321"))
    order = "Cannot order by LastEventTime with a logStreamNamePrefix."
    invalid(describe, order, logGroupName="g", orderBy="LastEventTime", logStreamNamePrefix="s")
    values = "Member must satisfy enum value set: [LogStreamName, LastEventTime]"
    invalid(describe, violated("'Name'", "orderBy", values), logGroupName="g", orderBy="Name")
    missing(suite.client("logs", region="eu-west-1").describe_log_streams, logGroupName="g")


def test_streams_without_events_by_time(logs):
    logs.create_log_group(logGroupName="g")
    for name in ("c", "a", "b"):
        logs.create_log_stream(logGroupName="g", logStreamName=name)
    for size in (1, 2, 3):
        paged = pages(logs.describe_log_streams, "logStreams", size, logGroupName="g", orderBy="LastEventTime")
        assert [stream["logStreamName"] for stream in paged] == ["a", "b", "c"]
        query = {"logGroupName": "g", "orderBy": "LastEventTime", "descending": True}
        paged = pages(logs.describe_log_streams, "logStreams", size, **query)
        assert [stream["logStreamName"] for stream in paged] == ["c", "b", "a"]


@pytest.mark.parametrize("delivered", ["before", "between", "after"])
def test_what_is_known_of_streams_and_groups(suite, logs, delivered):
    logs.create_log_group(logGroupName="g")
    now = int(suite.now() * 1000)
    times = {"early": [now - 5000, now - 4000], "late": [now - 3000, now - 1000], "middle": [now - 2000]}
    for stream, stamps in times.items():
        logs.create_log_stream(logGroupName="g", logStreamName=stream)
        events = [{"timestamp": stamp, "message": "x" * 74} for stamp in stamps]
        logs.put_log_events(logGroupName="g", logStreamName=stream, logEvents=events)
        if stream == "early" and delivered == "between":
            suite.deliver()
    logs.create_log_stream(logGroupName="g", logStreamName="empty")
    if delivered == "before":
        suite.deliver()
    for stream in logs.describe_log_streams(logGroupName="g")["logStreams"]:
        stamps = times.get(stream["logStreamName"])
        if stamps is None:
            assert stream.keys() == {"arn", "creationTime", "logStreamName", "storedBytes"}
            continue
        assert (stream["firstEventTimestamp"], stream["lastEventTimestamp"]) == (stamps[0], stamps[-1])
        assert abs(stream["lastIngestionTime"] - now) < 60_000
        assert stream["storedBytes"] == 0
        assert len(stream["uploadSequenceToken"]) == 56 and stream["uploadSequenceToken"].isdigit()
    by_time = ["empty", "early", "middle", "late"]
    for size in (1, 3, 4):
        query = {"logGroupName": "g", "orderBy": "LastEventTime"}
        paged = pages(logs.describe_log_streams, "logStreams", size, **query)
        assert [stream["logStreamName"] for stream in paged] == by_time
        paged = pages(logs.describe_log_streams, "logStreams", size, **query, descending=True)
        assert [stream["logStreamName"] for stream in paged] == by_time[::-1]
    # Messages with 26 bytes each, as PutLogEvents counts them; AWS's figure is late, too.
    suite.deliver()
    assert logs.describe_log_groups()["logGroups"][0]["storedBytes"] == 5 * (74 + 26)
    # A stream that is made again knows nothing of the old one.
    logs.delete_log_stream(logGroupName="g", logStreamName="late")
    logs.create_log_stream(logGroupName="g", logStreamName="late")
    [again] = logs.describe_log_streams(logGroupName="g", logStreamNamePrefix="late")["logStreams"]
    assert "lastEventTimestamp" not in again


def at_once(suite, calls, threads=8):
    """The outcomes of calls that run at once, each a function of a client of its own."""
    clients = [suite.client("logs") for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda pair: pair[1](clients[pair[0] % threads]), enumerate(calls)))


def test_only_one_of_many_makes_a_group_or_a_stream(suite, logs):
    def create_group(client):
        try:
            client.create_log_group(logGroupName="g")
            return True
        except client.exceptions.ResourceAlreadyExistsException:
            return False

    assert sum(at_once(suite, [create_group] * 16)) == 1

    def create_stream(client):
        try:
            client.create_log_stream(logGroupName="g", logStreamName="s")
            return True
        except client.exceptions.ResourceAlreadyExistsException:
            return False

    assert sum(at_once(suite, [create_stream] * 16)) == 1


def test_tags_of_many_writers_are_all_kept(suite, logs):
    logs.create_log_group(logGroupName="g")
    own = arn("log-group:g")
    at_once(suite, [lambda client, n=n: client.tag_resource(resourceArn=own, tags={f"k{n}": "v"}) for n in range(40)])
    assert len(logs.list_tags_for_resource(resourceArn=own)["tags"]) == 40


def test_a_group_is_deleted_once_while_others_change_it(suite, logs):
    logs.create_log_group(logGroupName="g")

    def change(n):
        def call(client):
            try:
                client.put_retention_policy(logGroupName="g", retentionInDays=ALLOWED[n])
            except client.exceptions.ResourceNotFoundException:
                pass
            return False

        return call

    def delete(client):
        try:
            client.delete_log_group(logGroupName="g")
            return True
        except client.exceptions.ResourceNotFoundException:
            return False

    calls = [delete if n % 5 == 4 else change(n) for n in range(20)]
    assert sum(at_once(suite, calls)) == 1
    assert described(logs) == []


def test_groups_survive_a_restart(tmp_path):
    from conftest import Suite

    suite = Suite(tmp_path)
    logs = suite.client("logs")
    logs.create_log_group(logGroupName="g", tags={"a": "1"})
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    suite.kill()
    suite = Suite(tmp_path)
    logs = suite.client("logs")
    assert described(logs) == ["g"]
    assert streams(logs) == ["s"]
    assert boto3_call(logs, "ListTagsLogGroup", {"logGroupName": "g"}) == {"tags": {"a": "1"}}
    suite.stop()
