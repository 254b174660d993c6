"""What only boto3 does: its paginators, its classes of errors, its compression, its ideas of time. The rest is in
test_clients.py."""

import datetime as dt

import pytest
from botocore.exceptions import ClientError

from conftest import MINUTE, UTC


def put(client, data, namespace="Shop"):
    client.put_metric_data(Namespace=namespace, MetricData=data)


def total(client, at, stat="Sum"):
    """One statistic of the minute."""
    answer = client.get_metric_statistics(
        Namespace="Shop", MetricName="m", StartTime=at, EndTime=at + MINUTE, Period=MINUTE, Statistics=[stat]
    )
    return sum(point[stat] for point in answer["Datapoints"])


def test_the_paginators(suite, cloudwatch):
    """boto3's own paginators see each of 1,201 metrics, and each of 20 data points, once."""
    at = suite.last_minute() - 19 * MINUTE
    for start in (0, 1000):
        put(cloudwatch, [{"MetricName": f"m{n}", "Value": 1} for n in range(start, min(start + 1000, 1201))], "Many")
    pages = list(cloudwatch.get_paginator("list_metrics").paginate(Namespace="Many"))
    assert [len(page["Metrics"]) for page in pages] == [500, 500, 201]
    assert len({metric["MetricName"] for page in pages for metric in page["Metrics"]}) == 1201

    put(cloudwatch, [{"MetricName": "m", "Timestamp": at + n * MINUTE, "Value": n} for n in range(20)])
    stat = {"Metric": {"Namespace": "Shop", "MetricName": "m"}, "Period": MINUTE, "Stat": "Sum"}
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[{"Id": "q", "MetricStat": stat}], StartTime=at, EndTime=at + 20 * MINUTE, MaxDatapoints=7
    )
    values = [result["Values"] for page in pages for result in page["MetricDataResults"]]
    assert [len(some) for some in values] == [7, 7, 6]
    assert sum(values, []) == list(range(19, -1, -1))


def test_a_page_has_at_most_100800_data_points(suite, cloudwatch):
    """AWS's limit holds where nobody asks for less; the rest is on the next page."""
    at = suite.last_minute() - 399 * MINUTE
    put(cloudwatch, [{"MetricName": "m", "Timestamp": at + n * MINUTE, "Value": n} for n in range(400)])
    stat = {"Metric": {"Namespace": "Shop", "MetricName": "m"}, "Period": MINUTE, "Stat": "Sum"}
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[{"Id": f"q{n}", "MetricStat": stat} for n in range(300)],
        StartTime=at, EndTime=at + 400 * MINUTE,
    )  # fmt: skip
    sizes = [sum(len(result["Values"]) for result in page["MetricDataResults"]) for page in pages]
    assert sizes == [100_800, 19_200]


def test_a_large_request_is_compressed(suite, cloudwatch):
    """From 10 KB on boto3 sends gzip, and every data point of it arrives."""
    sent = []
    cloudwatch.meta.events.register("before-send.*", lambda request, **_: sent.append(request))
    at = suite.last_minute()
    put(cloudwatch, [{"MetricName": "m", "Timestamp": at, "Value": n, "Unit": "Count"} for n in range(1000)])
    assert sent[0].headers["Content-Encoding"] == b"gzip"
    assert (total(cloudwatch, at), total(cloudwatch, at, "SampleCount")) == (499_500, 1000)


@pytest.mark.parametrize(
    "operation, arguments, error, code",
    [
        ("list_dashboards", {}, None, "InvalidAction"),
        ("put_metric_data", {"Namespace": "Shop", "MetricData": []}, "MissingRequiredParameterException", "MissingParameter"),
        ("put_metric_data", {"Namespace": ":x", "MetricData": [{"MetricName": "m", "Value": 1}]},
         "InvalidParameterValueException", "InvalidParameterValue"),
        ("get_metric_statistics", {"Namespace": "N", "MetricName": "m", "StartTime": 0, "EndTime": 60, "Period": 60},
         "InvalidParameterCombinationException", "InvalidParameterCombination"),
        ("list_metrics", {"NextToken": "x"}, "InvalidParameterValueException", "InvalidParameterValue"),
        ("list_tags_for_resource", {"ResourceARN": "arn:aws:cloudwatch:us-east-1:999999999999:alarm:a"},
         "ResourceNotFoundException", "ResourceNotFoundException"),
    ],
)  # fmt: skip
def test_errors_have_the_class_of_their_shape(cloudwatch, operation, arguments, error, code):
    """`x-amzn-query-error` has the code, and the body the shape, by which `except client.exceptions.…` finds it."""
    expected = getattr(cloudwatch.exceptions, error) if error else ClientError
    with pytest.raises(ClientError) as raised:
        getattr(cloudwatch, operation)(**arguments)
    assert (type(raised.value), raised.value.response["Error"]["Code"]) == (expected, code)


def test_times_of_all_kinds(suite, cloudwatch):
    """Aware, naive (UTC) and fractional times are the same minute."""
    at = suite.last_minute()
    aware = dt.datetime.fromtimestamp(at, UTC)
    elsewhere = aware.astimezone(dt.timezone(dt.timedelta(hours=5, minutes=30)))
    fraction = aware + dt.timedelta(milliseconds=250)
    times = [at, at + 0.5, aware, aware.replace(tzinfo=None), elsewhere, fraction, aware.isoformat()]
    put(cloudwatch, [{"MetricName": "m", "Timestamp": time, "Value": 1} for time in times])
    assert total(cloudwatch, at) == len(times)


def test_accounts_and_regions(suite):
    """A key of twelve digits is an account; the region is the signature's."""
    at = suite.last_minute()
    scopes = [("111111111111", "us-east-1"), ("222222222222", "us-east-1"), ("111111111111", "eu-west-1")]
    clients = [suite.client(key=key, region=region) for key, region in scopes]
    for n, client in enumerate(clients):
        put(client, [{"MetricName": "m", "Timestamp": at, "Value": 10**n}])
    assert [total(client, at) for client in clients] == [1, 10, 100]
