"""What a month of the work would cost: `GET /_watchtrail/cost` and `watchtrail cost`."""

import json
import subprocess

import pytest

from conftest import HOUR, Suite, binary

METRICS = 40


@pytest.fixture(scope="module")
def bills(tmp_path_factory):
    """An hour of forty metrics a minute, a log group and three alarms, stored as on AWS."""
    suite = Suite(tmp_path_factory.mktemp("cost"), "--as-on-aws")
    metrics, logs = suite.client(), suite.client("logs")
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    for number, period in enumerate((60, 300, 10)):
        metrics.put_metric_alarm(
            AlarmName=f"a{number}", Namespace="Shop", MetricName="m0", Period=period, EvaluationPeriods=1, Threshold=1,
            ComparisonOperator="GreaterThanThreshold", Statistic="Sum",
        )  # fmt: skip
    metrics.put_composite_alarm(AlarmName="all", AlarmRule="ALARM(a0) AND ALARM(a1)")
    for _ in range(60):
        for start in range(0, METRICS, 20):
            data = [{"MetricName": f"m{n}", "Value": 1.5} for n in range(start, start + 20)]
            metrics.put_metric_data(Namespace="Shop", MetricData=data)
        event = {"timestamp": int(suite.now() * 1000), "message": "x" * 974}
        logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[event])
        suite.advance(60)
    yield suite, suite.control("cost", method="GET")
    suite.stop()


def amounts(bill):
    assert bill["dollars"] == pytest.approx(sum(line["dollars"] for line in bill["lines"]))
    return {line["what"]: (line["a_month"], line["dollars"]) for line in bill["lines"]}


def test_what_cloudwatch_charges(bills):
    """Metrics and alarms by the month, calls and bytes as often as a month has this hour."""
    _, cost = bills
    times = cost["times"]
    assert cost["seconds"] == pytest.approx(HOUR, rel=0.02) and times == pytest.approx(730, rel=0.02)
    aws = amounts(cost["aws"])
    assert aws["custom metrics"] == (METRICS, pytest.approx(12.0))
    assert aws["alarms"] == (2, pytest.approx(0.2))
    assert aws["high-resolution alarms"] == (1, pytest.approx(0.3))
    assert aws["composite alarms"] == (1, pytest.approx(0.5))
    calls = 2 * 60 + 4
    assert aws["calls of CloudWatch"] == (pytest.approx(calls * times), pytest.approx(calls * times * 1e-5))
    assert aws["GB of log events ingested"][0] == pytest.approx(60 * 1000 * times / 1e9)


def test_what_watchtrail_costs(bills):
    """At least a write unit a request; a function started three times a minute; and all of it much less."""
    _, cost = bills
    own, times = amounts(cost["watchtrail"]), cost["times"]
    assert own["DynamoDB write units"][0] >= 3 * 60 * times
    invocations, price = own["Lambda invocations"]
    assert invocations == pytest.approx((3 * 60 + 3 * 60 + 6) * times, rel=0.05) and price == pytest.approx(invocations * 2e-7)
    for name in ("DynamoDB read units", "S3 PUT and LIST", "Lambda GB-seconds", "GB in S3"):
        assert own[name][1] > 0, name
    assert cost["watchtrail"]["dollars"] < cost["aws"]["dollars"] / 5


def test_metrics_that_are_asked_for(bills):
    """Five statistics of a metric are billed as one, six as two."""
    suite, before = bills
    statistics = ["Sum", "Average", "Minimum", "Maximum", "SampleCount", "p50"]
    queries = [
        {"Id": f"q{n}{i}", "MetricStat": {"Metric": {"Namespace": "Shop", "MetricName": f"m{n}"}, "Period": 60, "Stat": stat}}
        for n in range(2) for i, stat in enumerate(statistics[: 5 + n])
    ]  # fmt: skip
    now = suite.now()
    suite.client().get_metric_data(MetricDataQueries=queries, StartTime=now - 600, EndTime=now)
    after = suite.control("cost", method="GET")
    asked, _ = amounts(after["aws"])["metrics that GetMetricData was asked for"]
    assert asked == pytest.approx(3 * after["times"])
    assert "metrics that GetMetricData was asked for" not in amounts(before["aws"])


def test_what_cloudtrail_charges(suite):
    """The first copy of management events is free in each region; others, data events and applications' events are not."""
    s3, trail = suite.client("s3"), suite.client("cloudtrail")
    for name in ("first", "second"):
        s3.create_bucket(Bucket=name)
        trail.create_trail(Name=name, S3BucketName=name, IsMultiRegionTrail=True)
    data = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::first/"]}
    selector = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": [data]}
    trail.put_event_selectors(TrailName="second", EventSelectors=[selector])
    for name in ("first", "second"):
        trail.start_logging(Name=name)
    for number in range(3):
        suite.client("logs", region="eu-west-1").create_log_group(logGroupName=f"g{number}")
        suite.client("logs", region="eu-west-1").describe_log_groups()
        s3.put_object(Bucket="first", Key="k", Body=b"x")
    place = [{"Type": "EVENT_DATA_STORE", "Location": "event-history"}]
    channel = trail.create_channel(Name="app", Source="Custom", Destinations=place)["ChannelArn"]
    record = {
        "version": "1", "UID": "u", "userIdentity": {"type": "t", "principalId": "p"}, "eventSource": "app",
        "eventName": "n", "eventTime": "2026-11-22T10:00:00Z", "recipientAccountId": "123456789012",
    }  # fmt: skip
    suite.client("cloudtrail-data").put_audit_events(channelArn=channel, auditEvents=[{"id": "1", "eventData": json.dumps(record)}])
    suite.advance(HOUR)
    cost = suite.control("cost", method="GET")
    aws, counted = amounts(cost["aws"]), suite.control("usage", method="GET")["trails"]
    here, europe = (counted[f"123456789012/{region}"].values() for region in ("us-east-1", "eu-west-1"))
    assert sorted(one["management"] for one in europe) == [3, 6]
    assert sorted(one["data"] for one in here) == [0, 3]
    copies = 3 + min(one["management"] for one in here)
    count, price = aws["management events to a second trail"]
    assert count == pytest.approx(copies * cost["times"]) and price == pytest.approx(count * 2e-5)
    count, price = aws["data events to trails"]
    assert count == pytest.approx(3 * cost["times"]) and price == pytest.approx(count * 1e-6)
    assert aws["GB of audit events by PutAuditEvents"][0] > 0


def test_the_command(bills):
    suite, _ = bills
    run = lambda *more: subprocess.run([binary(), "cost", "--url", suite.url, *more], capture_output=True, text=True)
    table = run()
    assert table.returncode == 0, table.stderr
    for word in ("Watchtrail on AWS", "CloudWatch and CloudTrail", "custom metrics", "Watchtrail costs 1/", "Traps"):
        assert word in table.stdout, table.stdout
    assert set(json.loads(run("--json").stdout)) == {"seconds", "times", "watchtrail", "aws", "notes"}
    nobody = subprocess.run([binary(), "cost", "--url", "http://127.0.0.1:1"], capture_output=True, text=True)
    assert nobody.returncode == 1 and "start the suite" in nobody.stderr


def test_what_is_said_of_figures_that_mean_little(suite):
    notes = " ".join(suite.control("cost", method="GET")["notes"])
    assert "Less than ten minutes" in notes and "without --as-on-aws" in notes
