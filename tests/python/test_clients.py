"""What people do with CloudWatch's metrics, by every client that they do it with."""

import pytest

from clients import CLIENTS, Refused
from conftest import DAY, HOUR, MINUTE, STACK

REGION = [{"Name": "Region", "Value": 'E&U <1> "x" = y'}]


# A process is reset; of a stack each test has keys of its own.
@pytest.fixture(scope="function" if STACK else "session", params=CLIENTS, ids=list(CLIENTS))
def connected(request, process):
    client = CLIENTS[request.param](process)
    yield client
    getattr(client, "close", lambda: None)()


@pytest.fixture
def client(connected, suite):
    return connected


def put(client, *data, namespace="Shop"):
    assert client.call("PutMetricData", Namespace=namespace, MetricData=list(data)) == {}


def datum(metric, at, **more):
    return {"MetricName": metric, "Timestamp": at, **({"Value": 1.0} if not more else {}), **more}


def query(id="q", metric="m", stat="Sum", period=MINUTE, **more):
    asked = {"Metric": {"Namespace": "Shop", "MetricName": metric}, "Period": period, "Stat": stat}
    return {"Id": id, "MetricStat": asked, **more}


def get_data(client, *queries, at, minutes=10, **more):
    return client.call(
        "GetMetricData", MetricDataQueries=list(queries), StartTime=at, EndTime=at + minutes * MINUTE, **more
    )


def statistics(client, at, **more):
    asked = {"Namespace": "Shop", "MetricName": "m", "StartTime": at, "EndTime": at + MINUTE, "Period": MINUTE, **more}
    return client.call("GetMetricStatistics", **asked)


def test_statistics(suite, client):
    """Every kind of value and every statistic, from the journal and from segments."""
    at = suite.last_minute()
    put(
        client,
        datum("m", at, Value=100, Unit="Count", Dimensions=REGION),
        datum("m", at, Values=[float(n) for n in range(1, 100)], Counts=[1.0] * 99, Unit="Count", Dimensions=REGION),
        datum("m", at, Value=7, Unit="Bytes", Dimensions=REGION),
        datum("set", at, StatisticValues={"SampleCount": 10, "Sum": 55, "Minimum": 1, "Maximum": 10}),
    )
    plain = {"SampleCount": 100, "Sum": 5050, "Average": 50.5, "Minimum": 1, "Maximum": 100}
    # AWS's definitions, of which each can be told by hand.
    extended = {
        "p1": 1, "p50": 50, "p99.9": 100, "tm90": 45.5, "tc90": 90, "ts90": 4095, "wm90": 49.95, "IQM": 50.5,
        "TM(10%:90%)": 50.5, "PR(10:50)": 40,
    }  # fmt: skip
    for _ in ("journal", "segments"):
        answer = statistics(client, at, Dimensions=REGION, Unit="Count", Statistics=list(plain))
        assert answer == {"Label": "m", "Datapoints": [{"Timestamp": at, "Unit": "Count", **plain}]}
        answer = statistics(client, at, Dimensions=REGION, Unit="Count", ExtendedStatistics=list(extended))
        [point] = answer["Datapoints"]
        assert point["ExtendedStatistics"] == pytest.approx(extended)
        # Each unit is aggregated apart.
        answer = statistics(client, at, Dimensions=REGION, Statistics=["Sum"])
        assert sorted((point["Unit"], point["Sum"]) for point in answer["Datapoints"]) == [("Bytes", 7), ("Count", 5050)]
        # A set of dimensions that nobody put is another metric.
        assert statistics(client, at, Statistics=["Sum"]) == {"Label": "m", "Datapoints": []}
        [point] = statistics(client, at, MetricName="set", Statistics=list(plain))["Datapoints"]
        expected = {"SampleCount": 10, "Sum": 55, "Average": 5.5, "Minimum": 1, "Maximum": 10}
        assert point == {"Timestamp": at, "Unit": "None", **expected}
        suite.settle()


def test_metric_data(suite, client):
    """Exactly AWS's members; newest first unless asked; labels that tell queries apart, and dynamic ones."""
    at = suite.last_minute() - 4 * MINUTE
    put(client, *(datum("m", at + n * MINUTE, Value=n) for n in range(5)))
    suite.settle()
    times = [at + n * MINUTE for n in range(5)]

    answer = get_data(client, query(), query("x", "none"), at=at)
    found = {"Id": "q", "Label": "m", "Timestamps": times[::-1], "Values": [4, 3, 2, 1, 0], "StatusCode": "Complete"}
    nothing = {"Id": "x", "Label": "none", "Timestamps": [], "Values": [], "StatusCode": "Complete"}
    assert answer == {"MetricDataResults": [found, nothing], "Messages": []}

    queries = [
        query("a", Label="${LABEL}: ${MAX} at most, ${DATAPOINT_COUNT} of ${PROP('MetricName')} ${NO_SUCH}"),
        query("b", stat="p50", period=5 * MINUTE),
        query("c", stat="Average", ReturnData=False),
    ]
    answer = get_data(client, *queries, at=at, ScanBy="TimestampAscending")
    [a, b] = answer["MetricDataResults"]
    assert (a["Timestamps"], a["Values"]) == (times, [0, 1, 2, 3, 4])
    assert a["Label"] == "m Sum 60: 4 at most, 5 of m ${NO_SUCH}"
    assert (b["Timestamps"], b["Values"], b["Label"]) == ([at], [2], "m p50 300")


def test_pages_of_metric_data(suite, client):
    """`MaxDatapoints` over all series together; each data point is on one page."""
    at = suite.last_minute() - 4 * MINUTE
    put(client, *(datum(metric, at + n * MINUTE, Value=n) for metric in "ab" for n in range(4)))
    seen, sizes, token = {"a": [], "b": []}, [], {}
    while not sizes or token:
        answer = get_data(client, query("a", "a"), query("b", "b"), at=at, MaxDatapoints=3, **token)
        for result in answer["MetricDataResults"]:
            seen[result["Id"]] += result["Values"]
        sizes.append(sum(len(result["Values"]) for result in answer["MetricDataResults"]))
        token = {"NextToken": answer["NextToken"]} if "NextToken" in answer else {}
        suite.settle()
    assert (seen, sizes) == ({"a": [3, 2, 1, 0], "b": [3, 2, 1, 0]}, [3, 3, 2])


def test_lists_of_metrics(suite, client):
    """Filters, and pages of 500."""
    at = suite.last_minute()
    put(client, *(datum(f"m{n:03}", at) for n in range(501)), namespace="Many")
    put(client, datum("a", at, Value=1, Dimensions=REGION), datum("a", at), datum("old", at - 4 * HOUR))
    suite.settle()

    def names(**asked):
        return [metric["MetricName"] for metric in client.call("ListMetrics", **asked)["Metrics"]]

    first = client.call("ListMetrics", Namespace="Many")
    assert len(first["Metrics"]) == 500
    assert names(Namespace="Many", NextToken=first["NextToken"]) == ["m500"]
    answer = client.call("ListMetrics", Namespace="Shop", Dimensions=[{"Name": "Region"}])
    assert answer == {"Metrics": [{"Namespace": "Shop", "MetricName": "a", "Dimensions": REGION}]}
    assert names(Namespace="Shop") == ["a", "a", "old"]
    assert names(MetricName="a", RecentlyActive="PT3H") == ["a", "a"]
    assert names(Namespace="Shop", RecentlyActive="PT3H") == ["a", "a"]
    assert names(Dimensions=[{"Name": "Region", "Value": "EU"}]) == []
    # AWS lists what had data in the last two weeks.
    suite.advance(15 * DAY)
    assert client.call("ListMetrics") == {"Metrics": []}


def test_tags(suite, client):
    """Tags are set, listed and taken away."""
    client.call("PutCompositeAlarm", AlarmName="a & b", AlarmRule="FALSE")
    arn = {"ResourceARN": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a & b"}
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}, {"Key": "é", "Value": "<ö>"}]
    assert client.call("TagResource", **arn, Tags=tags) == {}
    assert client.call("ListTagsForResource", **arn) == {"Tags": tags}
    assert client.call("UntagResource", **arn, TagKeys=["a", "none"]) == {}
    assert client.call("ListTagsForResource", **arn) == {"Tags": tags[1:]}


def test_errors(suite, client):
    """Code, status and text of errors, as AWS's users see them."""
    at = suite.last_minute()

    def check(operation, code, text, status=400, **input):
        with pytest.raises(Refused) as refused:
            client.call(operation, **input)
        seen = refused.value
        assert (seen.code, seen.message.strip()) == (code, text)
        assert seen.status in (status, None)

    put = {"operation": "PutMetricData", "Namespace": "Shop"}
    check(**put, code="MissingParameter", text="The parameter MetricData is required.", MetricData=[])
    check(
        **put,
        code="InvalidParameterCombination",
        text="The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have"
        " specified both.",
        MetricData=[datum("m", at, Value=1.0, Values=[1.0])],
    )
    check(
        **put,
        code="InvalidParameterValue",
        text="The value 1.0E200 for parameter MetricData.member.1.Value is invalid.",
        MetricData=[datum("m", at, Value=1e200)],
    )
    check(
        "GetMetricStatistics",
        code="InvalidParameterCombination",
        text="You have requested up to 1441 datapoints, which exceeds the limit of 1440. You may reduce the datapoints"
        " requested by increasing Period, or decreasing the time range.",
        Namespace="Shop", MetricName="m", StartTime=at, EndTime=at + 1441 * MINUTE, Period=60, Statistics=["Sum"],
    )  # fmt: skip
    check(
        "GetMetricData",
        code="ValidationError",
        text="The parameter StartTime must not equal parameter EndTime.",
        MetricDataQueries=[query()], StartTime=at, EndTime=at,
    )  # fmt: skip
    check("GetMetricData", code="InvalidNextToken", text="The next token is not valid.",
          MetricDataQueries=[query()], StartTime=at, EndTime=at + 60, NextToken="x")  # fmt: skip
    check("ListMetrics", code="InvalidParameterValue", text="The value for parameter NextToken is invalid.", NextToken="x")
    check(
        "ListTagsForResource",
        code="ResourceNotFoundException",
        status=404,
        text="arn:aws:cloudwatch:us-east-1:999999999999:alarm:a does not exist",
        ResourceARN="arn:aws:cloudwatch:us-east-1:999999999999:alarm:a",
    )
    check(
        "ListDashboards",
        code="InvalidAction",
        text="ListDashboards of cloudwatch is not supported by Watchtrail; see docs/coverage.md",
    )
    assert client.call("ListMetrics") == {"Metrics": []}, "something of a refused request was stored"
