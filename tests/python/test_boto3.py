"""The newest boto3, which speaks awsJson 1.0."""

import datetime as dt

import pytest
from botocore.exceptions import ClientError

from conftest import total

MINUTE = dt.timedelta(minutes=1)


def test_round_trip_of_every_kind_of_value(suite, cloudwatch):
    """Value, Values with Counts and StatisticValues add up, from the journal and from segments."""
    at = suite.last_minute()
    base = {"MetricName": "m", "Timestamp": at, "Unit": "Count", "Dimensions": [{"Name": "Region", "Value": "EU"}]}
    cloudwatch.put_metric_data(
        Namespace="Shop",
        MetricData=[
            {**base, "Value": 42},
            {**base, "Values": [1.5, 2.5], "Counts": [2, 1]},
            {**base, "StatisticValues": {"SampleCount": 2, "Sum": 10, "Minimum": 4, "Maximum": 6}},
        ],
    )
    for _ in ("journal", "segments"):
        answer = cloudwatch.get_metric_statistics(
            Namespace="Shop", MetricName="m", Dimensions=base["Dimensions"], StartTime=at, EndTime=at + MINUTE,
            Period=60, Statistics=["SampleCount", "Sum", "Minimum", "Maximum", "Average"], Unit="Count",
        )
        assert answer["Label"] == "m"
        [point] = answer["Datapoints"]
        assert point == {
            "Timestamp": at, "SampleCount": 6.0, "Sum": 57.5, "Minimum": 1.5, "Maximum": 42.0,
            "Average": 57.5 / 6, "Unit": "Count",
        }
        suite.deliver()


def test_get_metric_data_has_exactly_aws_members(suite, cloudwatch):
    """`Messages` is always there, `NextToken` only when there is more, the label is the metric's name."""
    at = suite.last_minute()
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "m", "Timestamp": at, "Value": 1}])
    query = {"Metric": {"Namespace": "Shop", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "q", "MetricStat": query}], StartTime=at, EndTime=at + MINUTE,
    )
    del answer["ResponseMetadata"]
    result = {"Id": "q", "Label": "m", "Timestamps": [at], "Values": [1.0], "StatusCode": "Complete"}
    assert answer == {"MetricDataResults": [result], "Messages": []}


def test_newest_first_unless_asked(suite, cloudwatch):
    """ScanBy is TimestampDescending by default."""
    at = suite.last_minute() - 5 * MINUTE
    data = [{"MetricName": "m", "Timestamp": at + n * MINUTE, "Value": n} for n in range(5)]
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
    query = {"Metric": {"Namespace": "Shop", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
    asked = dict(MetricDataQueries=[{"Id": "q", "MetricStat": query}], StartTime=at, EndTime=at + 5 * MINUTE)

    def values(**more):
        return cloudwatch.get_metric_data(**asked, **more)["MetricDataResults"][0]["Values"]

    assert values() == [4, 3, 2, 1, 0]
    assert values(ScanBy="TimestampAscending") == [0, 1, 2, 3, 4]


def test_pages_of_list_metrics(suite, cloudwatch):
    """boto3's own paginator sees each of 1,201 metrics once."""
    for start in (0, 1000):
        data = [{"MetricName": f"m{n}", "Value": 1} for n in range(start, min(start + 1000, 1201))]
        cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
    pages = list(cloudwatch.get_paginator("list_metrics").paginate(Namespace="Shop"))
    assert [len(page["Metrics"]) for page in pages] == [500, 500, 201]
    assert len({metric["MetricName"] for page in pages for metric in page["Metrics"]}) == 1201


def test_a_large_request_is_compressed_by_the_sdk(suite, cloudwatch):
    """From 10 KB on boto3 sends gzip, and every data point of it arrives."""
    sent = []
    cloudwatch.meta.events.register("before-send.*", lambda request, **_: sent.append(dict(request.headers)))
    at = suite.last_minute()
    data = [{"MetricName": "m", "Timestamp": at, "Value": n, "Unit": "Count"} for n in range(1000)]
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
    assert any("gzip" in str(value).lower() for value in sent[0].values()), sent
    assert total(cloudwatch, "m", at, at + MINUTE) == 499_500


@pytest.mark.parametrize(
    "operation, arguments, error, status",
    [
        ("describe_alarms", {}, "UnknownOperationException", 400),
        ("put_metric_data", {"Namespace": "Shop", "MetricData": []}, "MissingRequiredParameterException", 400),
        ("put_metric_data", {"Namespace": ":x", "MetricData": [{"MetricName": "m", "Value": 1}]}, "InvalidParameterValueException", 400),
        ("list_metrics", {"NextToken": "x"}, "InvalidParameterValueException", 400),
    ],
)
def test_errors_have_the_class_that_boto3_looks_for(suite, cloudwatch, operation, arguments, error, status):
    """With `x-amzn-query-error` boto3 shows the code of the query protocol and finds the class of the shape."""
    with pytest.raises(ClientError) as raised:
        getattr(cloudwatch, operation)(**arguments)
    answer = raised.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    codes = {
        "UnknownOperationException": "InvalidAction",
        "MissingRequiredParameterException": "MissingParameter",
        "InvalidParameterValueException": "InvalidParameterValue",
    }
    assert answer["Error"]["Code"] == codes[error], answer
    known = getattr(cloudwatch.exceptions, error, None)
    assert known is None or isinstance(raised.value, known)


def test_timestamps_of_all_kinds(suite, cloudwatch):
    """Aware, naive (UTC) and fractional times are the same minute."""
    at = suite.last_minute()
    times = [at, at.replace(tzinfo=None), at + dt.timedelta(milliseconds=250), at.timestamp() + 0.5, at.isoformat()]
    data = [{"MetricName": "m", "Timestamp": time, "Value": 1} for time in times]
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
    assert total(cloudwatch, "m", at, at + MINUTE) == len(times)


def test_accounts_and_regions(suite):
    """A key of twelve digits is an account; the region is the signature's."""
    at = suite.last_minute()
    scopes = [("111111111111", "us-east-1"), ("222222222222", "us-east-1"), ("111111111111", "eu-west-1")]
    for n, (key, region) in enumerate(scopes):
        client = suite.client(key=key, region=region)
        client.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "m", "Timestamp": at, "Value": 10**n}])
    for n, (key, region) in enumerate(scopes):
        assert total(suite.client(key=key, region=region), "m", at, at + MINUTE) == 10**n


def test_tags(suite, cloudwatch):
    """Tags are set, listed and taken away."""
    arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_a_session_survives_kill_9(tmp_path):
    """What the README shows: put, kill -9, start again, read."""
    from conftest import Suite

    first = Suite(tmp_path / "data")
    at = first.last_minute()
    for n in range(20):
        first.client().put_metric_data(
            Namespace="Shop", MetricData=[{"MetricName": "Orders", "Timestamp": at, "Value": n}]
        )
        if n == 10:
            first.deliver()
    first.kill()
    second = Suite(tmp_path / "data")
    try:
        client = second.client()
        assert total(client, "Orders", at, at + MINUTE) == 190
        assert total(client, "Orders", at, at + MINUTE, stat="SampleCount") == 20
        assert [m["MetricName"] for m in client.list_metrics()["Metrics"]] == ["Orders"]
    finally:
        second.stop()
    assert second.process.returncode == 0, "SIGTERM ends it well"
