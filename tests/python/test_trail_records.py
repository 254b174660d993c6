"""Records of calls: who did what, when, from where, with which parameters, and what came of it.

Management calls stand in the event history always; data calls in the files of the trails that select them, and what was
written as data in neither.
"""

import datetime as dt
import json

import pytest
from botocore.exceptions import ClientError

from conftest import HOUR, UTC
from logs import arn as arn_of
from trails import ACCOUNT, arn, bucket, delivered, history, logging, mine, names, request_id, trail  # noqa: F401 (fixtures)

OTHER = "210987654321"


def one(client, **attributes):
    """The only record that is found so."""
    [found] = history(client, **attributes)
    return found


def failing(call, **input):
    """The error of a call that is refused."""
    with pytest.raises(ClientError) as raised:
        call(**input)
    return raised.value


def field(name, *values):
    return {"Field": name, "Equals": list(values)}


def data_of(type, *more):
    """An advanced selector of the data events of a type of resources."""
    return {"FieldSelectors": [field("eventCategory", "Data"), field("resources.type", type), *more]}


def ids(records):
    return {record["eventID"] for record in records}


def alarm(suite, name="cpu", **client):
    return suite.client(**client).put_metric_alarm(
        AlarmName=name,
        Namespace="Shop",
        MetricName="m",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.5,
        ComparisonOperator="GreaterThanThreshold",
        Statistic="Sum",
        Dimensions=[{"Name": "Host", "Value": "a"}],
        OKActions=["arn:aws:sns:us-east-1:123456789012:told"],
    )


def test_who(suite, trail):
    """A key of twelve digits is its account's root, any other a user of the first account."""
    alarm(suite, key="AKIAANN")
    alarm(suite, key=OTHER)
    assert one(trail, EventName="PutMetricAlarm")["userIdentity"] == {
        "type": "IAMUser",
        "principalId": "AKIAANN",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/AKIAANN",
        "accountId": ACCOUNT,
        "accessKeyId": "AKIAANN",
        "userName": "AKIAANN",
    }
    record = one(suite.client("cloudtrail", key=OTHER), EventName="PutMetricAlarm")
    assert record["userIdentity"] == {
        "type": "Root",
        "principalId": OTHER,
        "arn": f"arn:aws:iam::{OTHER}:root",
        "accountId": OTHER,
        "accessKeyId": OTHER,
    }
    assert record["recipientAccountId"] == OTHER
    for attribute in ({"Username": "AKIAANN"}, {"AccessKeyId": "AKIAANN"}):
        assert names(history(trail, **attribute)) == ["PutMetricAlarm"]
    assert "PutMetricAlarm" not in names(history(trail, Username="test"))


def test_when_where_and_by_what(suite, trail):
    before = int(suite.now())
    west = suite.client("logs", region="us-west-2", user_agent_extra="deploy/7")
    west.create_log_group(logGroupName="g")
    assert history(trail, EventName="CreateLogGroup") == []
    record = one(suite.client("cloudtrail", region="us-west-2"), EventName="CreateLogGroup")
    at = dt.datetime.fromisoformat(record["eventTime"])
    assert record["eventTime"].endswith("Z") and len(record["eventTime"]) == 20
    assert before <= at.timestamp() <= suite.now() and at.tzinfo == UTC
    fixed = {
        "eventVersion": "1.11",
        "eventSource": "logs.amazonaws.com",
        "awsRegion": "us-west-2",
        "sourceIPAddress": "127.0.0.1",
        "eventType": "AwsApiCall",
        "apiVersion": "2014-03-28",
        "managementEvent": True,
        "eventCategory": "Management",
        "recipientAccountId": ACCOUNT,
        "readOnly": False,
        "tlsDetails": {"clientProvidedHostHeader": suite.host("logs")},
    }
    assert {name: record.get(name) for name in fixed} == fixed
    assert record["userAgent"].startswith("Boto3/") and " deploy/7" in record["userAgent"]


def test_a_long_user_agent_is_cut(suite, trail):
    suite.client("logs", user_agent="x" * 3000).create_log_group(logGroupName="g")
    agent = one(trail, EventName="CreateLogGroup")["userAgent"]
    assert agent == "x" * len(agent) and 900 < len(agent) <= 1024


def test_with_what(suite, trail, bucket):
    """Members with a small first letter; what callers name themselves stays as it is."""
    alarm(suite)
    assert one(trail, EventName="PutMetricAlarm")["requestParameters"] == {
        "alarmName": "cpu",
        "namespace": "Shop",
        "metricName": "m",
        "period": 60,
        "evaluationPeriods": 1,
        "threshold": 1.5,
        "comparisonOperator": "GreaterThanThreshold",
        "statistic": "Sum",
        "dimensions": [{"name": "Host", "value": "a"}],
        "oKActions": ["arn:aws:sns:us-east-1:123456789012:told"],
    }
    suite.client("logs").create_log_group(logGroupName="G", tags={"Team": "Audit"})
    record = one(trail, EventName="CreateLogGroup")
    assert record["requestParameters"] == {"logGroupName": "G", "tags": {"Team": "Audit"}}
    trail.create_trail(Name="all", S3BucketName=bucket, TagsList=[{"Key": "Team", "Value": "Audit"}])
    record = one(trail, EventName="CreateTrail")
    assert record["requestParameters"] == {
        "name": "all",
        "s3BucketName": bucket,
        "tagsList": [{"key": "Team", "value": "Audit"}],
    }


def test_what_came_of_it(suite, trail, bucket):
    """The answers of calls that changed something, and only those."""
    made = trail.create_trail(Name="all", S3BucketName=bucket)
    trail.describe_trails()
    trail.get_trail(Name="all")
    suite.client("logs").describe_log_groups()
    record = one(trail, EventName="CreateTrail")
    assert record["responseElements"]["trailARN"] == made["TrailARN"] and record["readOnly"] is False
    for name in ("DescribeTrails", "GetTrail", "DescribeLogGroups"):
        record = one(trail, EventName=name)
        assert (record["readOnly"], record["responseElements"]) == (True, None), name
    assert one(trail, EventName="GetTrail")["requestParameters"] == {"name": "all"}
    trail.delete_trail(Name="all")
    assert one(trail, EventName="DeleteTrail")["responseElements"] is None
    assert "DeleteTrail" in names(history(trail, ReadOnly="false"))
    assert "DeleteTrail" not in names(history(trail, ReadOnly="true"))


def test_refused_calls(suite, trail):
    """Code and message as the caller got them, and no answer."""
    logs = suite.client("logs")

    def check(call, name, **input):
        error = failing(call, **input).response
        record = one(trail, EventName=name)
        assert (record["errorCode"], record["errorMessage"]) == (error["Error"]["Code"], error["Error"]["Message"])
        assert record["responseElements"] is None
        assert record["requestID"] == error["ResponseMetadata"]["RequestId"]
        return record

    record = check(logs.delete_log_group, "DeleteLogGroup", logGroupName="nowhere")
    assert record["requestParameters"] == {"logGroupName": "nowhere"}
    check(logs.put_retention_policy, "PutRetentionPolicy", logGroupName="g", retentionInDays=2)
    check(trail.start_logging, "StartLogging", Name="nowhere")
    check(trail.create_trail, "CreateTrail", Name="a b", S3BucketName="nowhere")
    # What a shape's constraints refuse, and what is missing.
    check(logs.create_log_group, "CreateLogGroup", logGroupName="no spaces")
    check(suite.client().delete_alarms, "DeleteAlarms")
    check(suite.client().put_metric_alarm, "PutMetricAlarm", AlarmName="x")


def test_calls_that_cannot_be_read(suite, trail):
    scope = "Credential=test/20260101/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=00"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 {scope}",
        "X-Amz-Target": "Logs_20140328.CreateLogGroup",
        "Content-Type": "application/x-amz-json-1.1",
    }
    answer = suite.send("POST", service="logs", data="{no JSON", headers=headers, timeout=60)
    record = one(trail, EventName="CreateLogGroup")
    assert record["requestID"] == answer.headers["x-amzn-requestid"] and record["requestParameters"] is None
    assert record["errorCode"] == answer.json()["__type"].split("#")[-1]


def test_calls_that_are_not_supported(suite, trail):
    """They were tried all the same."""
    error = failing(trail.list_event_data_stores)
    record = one(trail, EventName="ListEventDataStores")
    assert record["errorCode"] == error.response["Error"]["Code"]
    assert record["requestID"] == request_id(error)


def test_a_message_is_cut(suite, trail):
    failing(suite.client("logs").create_log_group, logGroupName="%" * 5000)
    assert len(one(trail, EventName="CreateLogGroup")["errorMessage"]) <= 1024


def test_requests_and_events_have_ids(suite, trail):
    """A request's is the one that its caller was answered, an event's is its own."""
    calls = {
        "DescribeAlarms": suite.client().describe_alarms,
        "DescribeLogGroups": suite.client("logs").describe_log_groups,
        "DescribeTrails": trail.describe_trails,
    }
    answered = {request_id(call()): name for name, call in calls.items() for _ in range(30)}
    found = {record["requestID"]: record["eventName"] for record in history(trail)}
    assert len(answered) == 90 and answered.items() <= found.items()
    records = history(trail)
    assert len({record["eventID"] for record in records}) == len(records)


def test_every_protocol_is_recorded_alike(suite, trail):
    """The query protocol of old SDKs: the same members, the same types, the id of the answer."""
    parameters = {
        "Action": "PutMetricAlarm",
        "Version": "2010-08-01",
        "AlarmName": "old",
        "Namespace": "Shop",
        "MetricName": "m",
        "Period": "60",
        "EvaluationPeriods": "1",
        "Threshold": "1.5",
        "ComparisonOperator": "GreaterThanThreshold",
        "Statistic": "Sum",
        "Dimensions.member.1.Name": "Host",
        "Dimensions.member.1.Value": "a",
        "OKActions.member.1": "arn:aws:sns:us-east-1:123456789012:told",
    }
    scope = "Credential=test/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=00"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {scope}", "User-Agent": "old"}
    answer = suite.send("POST", data=parameters, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    old = one(trail, EventName="PutMetricAlarm")
    assert old["requestID"] in answer.text and old["userAgent"] == "old"
    alarm(suite)
    [new] = [record for record in history(trail, EventName="PutMetricAlarm") if record["eventID"] != old["eventID"]]
    assert old["requestParameters"] == {**new["requestParameters"], "alarmName": "old"}


def test_resources(suite, trail, mine):
    def check(name, type, arn):
        record = one(trail, EventName=name)
        assert {"accountId": ACCOUNT, "type": type, "ARN": arn} in record["resources"], record
        assert names(history(trail, ResourceName=arn)).count(name) or names(history(trail, ResourceType=type)).count(name)

    logs = suite.client("logs")
    logs.create_log_group(logGroupName="/a/b")
    alarm(suite)
    suite.client().delete_alarms(AlarmNames=["cpu", "none"])
    check("CreateTrail", "AWS::CloudTrail::Trail", arn("trail/mine"))
    check("CreateLogGroup", "AWS::Logs::LogGroup", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/a/b")
    check("PutMetricAlarm", "AWS::CloudWatch::Alarm", f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:cpu")
    check("DeleteAlarms", "AWS::CloudWatch::Alarm", f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:none")


def test_who_deleted_the_bucket(suite, trail):
    s3 = suite.client("s3", key="AKIABOB")
    s3.create_bucket(Bucket="precious")
    s3.delete_bucket(Bucket="precious")
    [event] = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "DeleteBucket"}])["Events"]
    assert (event["Username"], event["EventSource"]) == ("AKIABOB", "s3.amazonaws.com")
    assert event["Resources"] == [{"ResourceType": "AWS::S3::Bucket", "ResourceName": "precious"}]
    record = json.loads(event["CloudTrailEvent"])
    assert record["requestParameters"]["bucketName"] == "precious"
    assert {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::precious"} in record["resources"]
    assert names(history(trail, ResourceName="precious")) == ["CreateBucket", "DeleteBucket"]


def test_bucket_calls(suite, trail):
    """Refused ones too; calls on objects are data."""
    s3 = suite.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.list_buckets()
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    s3.get_object(Bucket="bucket", Key="k")
    s3.list_objects_v2(Bucket="bucket")
    failing(s3.delete_bucket, Bucket="nowhere")
    failing(s3.create_bucket, Bucket="No_name")
    calls = history(trail, EventSource="s3.amazonaws.com")
    assert names(calls) == ["CreateBucket", "CreateBucket", "DeleteBucket", "ListBuckets"]
    assert one(trail, EventName="DeleteBucket")["errorCode"] == "NoSuchBucket"
    assert one(trail, EventName="ListBuckets")["readOnly"] is True


def test_ids_of_bucket_calls(suite, trail):
    answer = suite.client("s3").create_bucket(Bucket="bucket")
    assert answer["ResponseMetadata"]["RequestId"] == one(trail, EventName="CreateBucket")["requestID"]


def test_messages_of_refused_bucket_calls(suite, trail):
    failing(suite.client("s3").delete_bucket, Bucket="nowhere")
    assert one(trail, EventName="DeleteBucket")["errorMessage"] == "The specified bucket does not exist"


def test_calls_of_topics(suite, trail):
    sns = suite.client("sns")
    answer = sns.create_topic(Name="t", Attributes={"DisplayName": "T"})
    topic = answer["TopicArn"]
    record = one(trail, EventName="CreateTopic")
    assert (record["eventSource"], record["apiVersion"]) == ("sns.amazonaws.com", "2010-03-31")
    assert record["requestID"] == request_id(answer)
    assert record["requestParameters"] == {"name": "t", "attributes": {"DisplayName": "T"}}
    assert record["responseElements"] == {"topicArn": topic}
    assert [resource["ARN"] for resource in record["resources"]] == [topic]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ann@example.com")
    assert "ann@" not in str(one(trail, EventName="Subscribe"))
    sns.list_topics()
    record = one(trail, EventName="ListTopics")
    assert record["readOnly"] is True and record["responseElements"] is None
    error = failing(sns.get_topic_attributes, TopicArn=f"{topic}x")
    record = one(trail, EventName="GetTopicAttributes")
    assert (record["errorCode"], record["errorMessage"]) == (error.response["Error"]["Code"], error.response["Error"]["Message"])


def test_published_messages_are_data(suite, trail, logging):
    """Recorded where a trail selects them, without what was said; what the suite itself publishes is no call."""
    topic = suite.client("sns").create_topic(Name="t")["TopicArn"]
    suite.client("sns").publish(TopicArn=topic, Message="before")
    trail.put_event_selectors(TrailName=logging, AdvancedEventSelectors=[data_of("AWS::SNS::Topic")])
    suite.client("sns").publish(TopicArn=topic, Message="the message", Subject="the subject")
    suite.deliver()
    [record] = delivered(suite)
    assert (record["eventName"], record["eventCategory"], record["managementEvent"]) == ("Publish", "Data", False)
    hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert record["requestParameters"] == {"topicArn": topic, "message": hidden, "subject": hidden}
    assert history(trail, EventName="Publish") == []


@pytest.mark.parametrize(
    ("call", "input", "name"),
    [
        ("delete_bucket_website", {}, "DeleteBucketWebsite"),
        ("delete_public_access_block", {}, "DeleteBucketPublicAccessBlock"),
        ("put_public_access_block", {"PublicAccessBlockConfiguration": {}}, "PutBucketPublicAccessBlock"),
        ("put_bucket_notification_configuration", {"NotificationConfiguration": {}}, "PutBucketNotification"),
        ("put_bucket_policy", {"Policy": "{}"}, "PutBucketPolicy"),
    ],
)
def test_calls_on_what_belongs_to_a_bucket(suite, trail, call, input, name):
    """They are no deletions and creations of buckets, not even refused ones."""
    s3 = suite.client("s3")
    s3.create_bucket(Bucket="bucket")
    try:
        getattr(s3, call)(Bucket="bucket", **input)
    except ClientError:
        pass
    assert names(history(trail, EventSource="s3.amazonaws.com")) == sorted(["CreateBucket", name])


SECRETS = ("a-secret-line", "424242")


def data_calls(suite):
    """Each kind of data calls; answers the names of those that a record has."""
    s3, logs, metrics = suite.client("s3"), suite.client("logs"), suite.client()
    s3.put_object(Bucket="data", Key="in/a b", Body=SECRETS[0])
    s3.get_object(Bucket="data", Key="in/a b")
    s3.delete_object(Bucket="data", Key="out/c")
    at = int(suite.now() * 1000)
    logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[{"timestamp": at, "message": SECRETS[0]}])
    logs.get_log_events(logGroupName="g", logStreamName="s")
    metrics.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "m", "Value": int(SECRETS[1])}])
    metrics.list_metrics(Namespace="Shop")


@pytest.fixture
def places(suite):
    """Where data calls write to."""
    suite.client("s3").create_bucket(Bucket="data")
    logs = suite.client("logs")
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")


def of_data(records):
    return [record for record in records if record["eventCategory"] == "Data"]


def test_data_calls_are_in_no_record(suite, trail, logging, places):
    data_calls(suite)
    suite.deliver()
    found = history(trail) + delivered(suite)
    assert found and of_data(found) == []
    assert {record["managementEvent"] for record in found} == {True}


def basic(*arns, reading="All", type="AWS::S3::Object"):
    data = [{"Type": type, "Values": list(arns)}]
    return {"EventSelectors": [{"ReadWriteType": reading, "IncludeManagementEvents": False, "DataResources": data}]}


def advanced(*selectors):
    return {"AdvancedEventSelectors": list(selectors)}


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        (basic("arn:aws:s3"), ["DeleteObject", "GetObject", "PutObject"]),
        (basic("arn:aws:s3:::data/"), ["DeleteObject", "GetObject", "PutObject"]),
        (basic("arn:aws:s3:::data/in/"), ["GetObject", "PutObject"]),
        (basic("arn:aws:s3:::data/in/", reading="WriteOnly"), ["PutObject"]),
        (basic("arn:aws:s3:::dat/"), []),
        (basic("arn:aws:lambda", type="AWS::Lambda::Function"), []),
        (advanced(data_of("AWS::S3::Object")), ["DeleteObject", "GetObject", "PutObject"]),
        (advanced(data_of("AWS::S3::Object", field("eventName", "GetObject"))), ["GetObject"]),
        (
            advanced(data_of("AWS::S3::Object", {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::data/out"]})),
            ["DeleteObject"],
        ),
        (
            advanced(data_of("AWS::S3::Object", {"Field": "resources.ARN", "NotStartsWith": ["arn:aws:s3:::data/out"]})),
            ["GetObject", "PutObject"],
        ),
        (advanced(data_of("AWS::CloudWatch::Metric")), ["ListMetrics", "PutMetricData"]),
        (advanced(data_of("AWS::CloudWatch::Metric", field("readOnly", "false"))), ["PutMetricData"]),
        (advanced(data_of("AWS::Logs::LogGroup")), ["GetLogEvents", "PutLogEvents"]),
        (
            advanced(*(data_of(type, field("readOnly", "true")) for type in ("AWS::Logs::LogGroup", "AWS::S3::Object"))),
            ["GetLogEvents", "GetObject"],
        ),
    ],
)
def test_selected_data_calls(suite, trail, logging, places, selectors, expected):
    """In the files and not in the history, and without the data."""
    trail.put_event_selectors(TrailName=logging, **selectors)
    data_calls(suite)
    suite.deliver()
    found = delivered(suite)
    assert names(of_data(found)) == expected
    assert {record["managementEvent"] for record in of_data(found)} <= {False}
    assert of_data(history(trail)) == []
    for record in found:
        text = json.dumps(record)
        assert not [secret for secret in SECRETS if secret in text]


def test_a_trail_that_does_not_log_selects_nothing(suite, trail, mine, places):
    trail.put_event_selectors(TrailName=mine, **basic("arn:aws:s3"))
    data_calls(suite)
    trail.start_logging(Name=mine)
    data_calls(suite)
    trail.stop_logging(Name=mine)
    data_calls(suite)
    suite.deliver()
    assert names(of_data(delivered(suite))) == ["DeleteObject", "GetObject", "PutObject"]


def test_calls_on_what_belongs_to_an_object(suite, trail, logging, places):
    trail.put_event_selectors(TrailName=logging, **advanced(data_of("AWS::S3::Object")))
    s3 = suite.client("s3")
    s3.put_object(Bucket="data", Key="k", Body=b"x")
    for call in (s3.get_object_acl, s3.get_object_tagging, s3.delete_object_tagging):
        try:
            call(Bucket="data", Key="k")
        except ClientError:
            continue
    suite.deliver()
    assert names(of_data(delivered(suite))) == ["DeleteObjectTagging", "GetObjectAcl", "GetObjectTagging", "PutObject"]


def test_what_a_data_record_says(suite, trail, logging, places):
    types = ["AWS::S3::Object", "AWS::CloudWatch::Metric", "AWS::Logs::LogGroup"]
    trail.put_event_selectors(TrailName=logging, **advanced(*map(data_of, types)))
    data_calls(suite)
    error = failing(suite.client("s3").get_object, Bucket="data", Key="nothing")
    suite.deliver()
    records = of_data(delivered(suite))
    found = {record["eventName"]: record for record in records if "errorCode" not in record}
    put = found["PutObject"]
    assert (put["requestParameters"]["bucketName"], put["requestParameters"]["key"]) == ("data", "in/a b")
    assert put["resources"][0] == {"accountId": ACCOUNT, "type": "AWS::S3::Object", "ARN": "arn:aws:s3:::data/in/a b"}
    assert found["PutMetricData"]["requestParameters"] == {"namespace": "Shop"}
    assert found["PutMetricData"]["eventSource"] == "monitoring.amazonaws.com"
    assert found["PutLogEvents"]["requestParameters"] == {"logGroupName": "g", "logStreamName": "s"}
    [refused] = [record for record in records if "errorCode" in record]
    assert (refused["eventName"], refused["errorCode"]) == ("GetObject", error.response["Error"]["Code"])
    assert len({record["eventID"] for record in records}) == len(records)


def test_data_calls_on_many(suite, trail, logging, places):
    """What lists, or names several, is about all that there is below a prefix."""
    types = ["AWS::S3::Object", "AWS::CloudWatch::Metric"]
    trail.put_event_selectors(TrailName=logging, **advanced(*map(data_of, types)))
    s3, metrics = suite.client("s3"), suite.client()
    s3.put_object(Bucket="data", Key="k", Body=b"x")
    s3.list_objects_v2(Bucket="data", Prefix="in/", MaxKeys=7)
    s3.delete_objects(Bucket="data", Delete={"Objects": [{"Key": "k"}]})
    s3.head_bucket(Bucket="data")
    metrics.list_metrics()
    query = {"Metric": {"Namespace": "Shop", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
    metrics.get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": query}], StartTime=suite.now() - HOUR, EndTime=suite.now()
    )
    suite.deliver()
    found = {record["eventName"]: record for record in of_data(delivered(suite))}
    ours = ["DeleteObjects", "GetMetricData", "HeadBucket", "ListMetrics", "ListObjects", "PutObject"]
    assert sorted(found) == ours
    objects = {"type": "AWS::S3::Object", "ARNPrefix": "arn:aws:s3:::data/"}
    bucket = {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::data"}
    for name in ("DeleteObjects", "HeadBucket", "ListObjects"):
        assert found[name]["resources"] == [objects, bucket]
    asked = found["ListObjects"]["requestParameters"]
    assert (asked["list-type"], asked["prefix"], asked["max-keys"]) == ("2", "in/", "7")
    metrics = {"type": "AWS::CloudWatch::Metric", "ARNPrefix": arn_of("metric/", service="cloudwatch")}
    assert found["GetMetricData"]["resources"] == found["ListMetrics"]["resources"] == [metrics]
    # A selector of one bucket takes them, too, of another's not.
    for bucket, expected in (("data", ["ListObjects"]), ("other", [])):
        trail.put_event_selectors(TrailName=logging, **basic(f"arn:aws:s3:::{bucket}/"))
        known = ids(delivered(suite))
        s3.list_objects_v2(Bucket="data")
        suite.deliver()
        new = [record for record in of_data(delivered(suite)) if record["eventID"] not in known]
        assert names(new) == expected


def test_who_asks_who_it_is(suite, trail):
    suite.client("sts").get_caller_identity()
    [found] = history(trail, EventName="GetCallerIdentity")
    assert (found["eventSource"], found["readOnly"]) == ("sts.amazonaws.com", True)


def test_no_data_in_management_records(suite, trail, places):
    """Log lines that are only tried with a pattern are log lines all the same."""
    suite.client("logs").test_metric_filter(filterPattern="secret", logEventMessages=[SECRETS[0]])
    assert SECRETS[0] not in json.dumps(history(trail))
