"""Programs that people already write and read logs with: a logging handler, command line tools, agents, Powertools, alarms."""

import datetime as dt
import json
import logging
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import watchtower
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from conftest import DAY, HOUR, MINUTE, UTC, environment
from log_model import MS_DAY, MS_HOUR, create, filtered, got, messages, millis, objects, pairs, put

FOLDER = Path(sys.executable).parent


@pytest.fixture
def logs(suite):
    return suite.client("logs")


@pytest.fixture
def run(suite, tmp_path):
    """Runs a command line tool of this environment, and gives what it prints."""
    env = {**environment(suite), "PYTHONUNBUFFERED": "1", "TZ": "UTC", "AWS_CONFIG_FILE": str(tmp_path / "config")}
    # Version 1 of the CLI has `aws logs tail` from a plugin, which is version 2's code.
    (tmp_path / "config").write_text("[plugins]\nlogs-tail = awscli_plugin_logs_tail\n")

    def start(*command):
        command = [str(FOLDER / command[0]), *command[1:]]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(*command):
        process = start(*command)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        return out

    run.start = start
    return run


# watchtower


def handler(logs, **more):
    return watchtower.CloudWatchLogHandler(boto3_client=logs, log_group_name="app", log_stream_name="s", **more)


def logger(handler):
    made = logging.Logger("test", logging.DEBUG)
    made.addHandler(handler)
    return made


@pytest.mark.parametrize("queues", [True, False])
def test_watchtower(suite, logs, queues):
    """It makes group and stream with a retention, and sends lines in batches, or each by itself."""
    made = handler(logs, use_queues=queues, log_group_retention_days=14)
    log = logger(made)
    expected = [f"line {number} ünï 🦀" for number in range(50)]
    for line in expected:
        log.info(line)
    log.warning({"a": 1, "b": ["c"]})
    log.error("two\nlines")
    made.close()
    found = messages(got(logs, "app", "s"))
    # Without queues two requests may come within a millisecond, and then have no order.
    assert sorted(found[:50]) == sorted(expected) and (found[:50] == expected or not queues)
    assert json.loads(found[50]) == {"a": 1, "b": ["c"]} and found[51:] == ["two\nlines"]
    [group] = logs.describe_log_groups()["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == ("app", 14)
    # Another process of the same program finds them there.
    again = handler(logs, use_queues=queues)
    logger(again).info("again")
    again.close()
    assert messages(got(logs, "app", "s"))[-1] == "again"


def test_watchtower_with_full_batches(suite, logs):
    """Batches end by count and by size; nothing is lost in between, and threads share a handler."""
    made = handler(logs, max_batch_count=100, max_batch_size=50_000, send_interval=3600)
    log = logger(made)
    # What comes while it makes the stream, it drops.
    log.info("first")
    made.flush()

    def work(thread):
        for number in range(400):
            log.info(f"{thread}/{number} {'x' * (number % 700)}")

    threads = [threading.Thread(target=work, args=[thread]) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made.flush()
    made.close()
    expected = ["first", *(f"{thread}/{number}" for thread in range(4) for number in range(400))]
    for _ in range(2):
        found = [message.split(" ")[0] for message in messages(filtered(logs, "app"))]
        assert sorted(found) == sorted(expected)
        suite.settle()


def test_watchtower_after_the_group_was_deleted(suite, logs):
    """The handler says so, and the program goes on."""
    made = handler(logs, use_queues=False)
    log = logger(made)
    log.info("before")
    logs.delete_log_group(logGroupName="app")
    with pytest.warns(watchtower.WatchtowerWarning):
        log.info("lost")
    made.close()
    assert logs.describe_log_groups()["logGroups"] == []


# awslogs


@pytest.fixture
def some(suite, logs):
    """Lines of an hour, the last ones in segments or not."""
    create(logs, "/app/web", "web-1", "web-2")
    create(logs, "/app/db", "db")
    now = millis(suite)
    for number in range(30):
        at = now - (30 - number) * 100_000 + 50_000
        put(logs, [(at, f"line {number} {'ERROR' if number % 10 == 3 else 'INFO'}")], "/app/web", f"web-{number % 2 + 1}")
        if number == 15:
            suite.settle()
    return now


def test_awslogs_lists(run, some):
    assert run("awslogs", "groups").split() == ["/app/db", "/app/web"]
    assert run("awslogs", "groups", "--log-group-prefix", "/app/w").split() == ["/app/web"]
    assert run("awslogs", "streams", "/app/db").split() == ["db"]


def test_awslogs_lists_streams(suite, run, some):
    """It shows those whose last event, as DescribeLogStreams tells it, lies in the time that is asked for."""
    suite.settle()
    assert run("awslogs", "streams", "/app/web", "--start", "1h").split() == ["web-1", "web-2"]
    assert run("awslogs", "streams", "/app/web", "--start", "1d", "--end", "2h").split() == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["ALL", "--start", "1h"], range(30)),
        (["web-1", "--start", "1h"], range(0, 30, 2)),
        (["web-.*", "--start", "1h"], range(30)),
        (["ALL", "--start", "1h", "--filter-pattern", "ERROR"], [3, 13, 23]),
        (["ALL", "--start", "1h", "--filter-pattern", "?ERROR -INFO"], [3, 13, 23]),
        (["ALL", "--start", "1h", "--end", "30m"], range(12)),
        (["ALL", "--start", "20m", "--end", "10m"], range(18, 24)),
        (["ALL", "--start", "3h", "--end", "2h"], []),
    ],
    ids=str,
)
def test_awslogs_gets(suite, run, some, arguments, expected):
    suite.settle()
    out = run("awslogs", "get", "/app/web", *arguments, "--no-group", "--no-stream", "--no-color")
    assert [int(line.split()[1]) for line in out.splitlines()] == list(expected)


def test_awslogs_shows_streams_and_times(run, some):
    out = run("awslogs", "get", "/app/web", "ALL", "--start", "1h", "--timestamp", "--ingestion-time", "--no-color")
    lines = [line.split() for line in out.splitlines()]
    assert [line[:2] for line in lines] == [["/app/web", f"web-{number % 2 + 1}"] for number in range(30)]
    at = dt.datetime.fromtimestamp(some / 1000, UTC) - dt.timedelta(seconds=2950)
    assert lines[0][2] == at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# The CLI


def test_the_cli_round_trip(suite, run):
    """Create, put, read, filter and delete, in the short form, in JSON and by pages."""
    now = millis(suite)
    aws = ["aws", "logs"]
    group = ["--log-group-name", "g"]
    stream = [*group, "--log-stream-name", "s"]
    assert run(*aws, "create-log-group", *group) == run(*aws, "create-log-stream", *stream) == ""
    put_out = run(*aws, "put-log-events", *stream, "--log-events", f"timestamp={now},message='a b'", f"timestamp={now},message=c")
    assert json.loads(put_out)["nextSequenceToken"]
    events = [{"timestamp": now + number, "message": f"ünï {number}"} for number in range(20)]
    run(*aws, "put-log-events", *stream, "--log-events", json.dumps(events))
    expected = ["a b", "c", *(event["message"] for event in events)]
    for _ in range(2):
        page = json.loads(run(*aws, "get-log-events", *stream, "--start-from-head", "--limit", "5"))
        assert messages(page["events"]) == expected[:5]
        token = ["--start-from-head", "--limit", "5", "--next-token", page["nextForwardToken"]]
        assert messages(json.loads(run(*aws, "get-log-events", *stream, *token))["events"]) == expected[5:10]
        # All pages, as the paginator has them: pages of three, and a token of the CLI's own.
        every = json.loads(run(*aws, "filter-log-events", *group, "--page-size", "3"))["events"]
        assert messages(every) == expected
        some = json.loads(run(*aws, "filter-log-events", *group, "--max-items", "4"))
        rest = json.loads(run(*aws, "filter-log-events", *group, "--starting-token", some["NextToken"]))
        assert messages(some["events"] + rest["events"]) == expected
        text = run(*aws, "filter-log-events", *group, "--filter-pattern", "a b", "--query", "events[].message", "--output", "text")
        assert text == "a b\n"
        suite.settle()
    described = json.loads(run(*aws, "describe-log-streams", *group))["logStreams"]
    assert [(each["logStreamName"], each["lastEventTimestamp"]) for each in described] == [("s", now + 19)]
    assert run(*aws, "delete-log-group", *group) == ""
    assert json.loads(run(*aws, "describe-log-groups"))["logGroups"] == []


@pytest.mark.parametrize("delivered", [False, True])
def test_aws_logs_tail(suite, run, some, delivered):
    if delivered:
        suite.settle()
    tail = ["aws", "logs", "tail", "/app/web"]

    def numbers(*more):
        lines = [line.split() for line in run(*tail, "--format", "short", *more).splitlines()]
        return [int(line[2]) for line in lines]

    assert numbers("--since", "1h") == list(range(30))
    assert numbers() == list(range(24, 30))
    assert numbers("--since", "1d", "--filter-pattern", "ERROR") == [3, 13, 23]
    assert numbers("--since", "1h", "--prefix", "web-2") == list(range(1, 30, 2))
    detailed = run(*tail, "--since", "1h").splitlines()
    assert [line.split()[1] for line in detailed] == [f"web-{number % 2 + 1}" for number in range(30)]


def test_aws_logs_tail_follows(suite, run, logs):
    """It asks again and again from its last event on, and shows each once, whatever is delivered meanwhile."""
    create(logs, "g", "s", "t")
    at = millis(suite) - 1000
    put(logs, [(at, "a"), (at, "b")])
    process = run.start("aws", "logs", "tail", "g", "--format", "short", "--follow")
    try:
        seen = [process.stdout.readline().split()[1] for _ in range(2)]
        # One of the same time as the last that was seen, and one of the other stream.
        put(logs, [(at, "c")])
        put(logs, [(at + 1, "d")], stream="t")
        suite.settle()
        seen += [process.stdout.readline().split()[1] for _ in range(2)]
        put(logs, [(at + 1, "e"), (at + 2, "f")])
        seen += [process.stdout.readline().split()[1] for _ in range(2)]
    finally:
        process.kill()
        process.communicate()
    assert seen == ["a", "b", "c", "d", "e", "f"]


# Agents


def test_fifty_streams_each_five_seconds(suite, logs):
    """An agent's habit over two minutes: all of it is there once, and the bucket holds no object for each request."""
    streams = [f"host-{number:02}" for number in range(50)]
    create(logs, "g", *streams)
    sent = {stream: [] for stream in streams}
    for tick in range(24):
        at = millis(suite)
        for number, stream in enumerate(streams):
            events = [(at + n, f"{stream} {tick} {n}") for n in range(1 + (tick + number) % 4)]
            put(logs, events, stream=stream)
            sent[stream] += events
        suite.advance(5)
    for _ in range(2):
        for stream in streams[::7]:
            assert pairs(got(logs, stream=stream)) == sent[stream]
        found = filtered(logs, limit=1000)
        assert sorted(pairs(found)) == sorted(pair for events in sent.values() for pair in events)
        one = filtered(logs, logStreamNamePrefix="host-4", filterPattern='"23 0"')
        assert messages(one) == [f"host-4{number} 23 0" for number in range(10)]
        assert len(objects(suite)) <= 10
        suite.advance(DAY)
    assert 1 <= len(objects(suite)) <= 10
    described = logs.describe_log_streams(logGroupName="g", orderBy="LastEventTime", descending=True)["logStreams"]
    assert {each["logStreamName"]: (each["firstEventTimestamp"], each["lastEventTimestamp"]) for each in described} == {
        stream: (events[0][0], events[-1][0]) for stream, events in sent.items()
    }


# Metrics of logs


def metric_sum(suite, name, namespace="Shop", dimensions=(), start=None, stat="Sum", period=MINUTE):
    """Values by minute."""
    metric = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": each, "Value": value} for each, value in dimensions],
    }
    now = suite.now()
    [result] = suite.client().get_metric_data(
        MetricDataQueries=[{"Id": "q", "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}}],
        StartTime=start or now - HOUR,
        EndTime=now + HOUR,
        ScanBy="TimestampAscending",
    )["MetricDataResults"]
    assert result["StatusCode"] == "Complete"
    return result["Values"]


def test_what_powertools_prints_becomes_metrics(suite, logs, capsys):
    """Lambda's output goes to a log group as it is; the embedded metric format in it makes metrics, dimensions and units."""
    create(logs, "/aws/lambda/f")
    lines = []
    for number in range(3):
        metrics = Metrics(namespace="Shop", service="booking")
        metrics.clear_metrics()
        metrics.add_dimension(name="environment", value="test")
        metrics.add_metric(name="Orders", unit=MetricUnit.Count, value=1)
        metrics.add_metric(name="Orders", unit=MetricUnit.Count, value=number)
        metrics.add_metric(name="Latency", unit=MetricUnit.Milliseconds, value=12.5)
        metrics.add_metadata(key="order", value=f"o-{number}")
        metrics.flush_metrics()
        metrics.clear_metrics()
        lines += capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and all(json.loads(line)["_aws"] for line in lines)
    # The suite's clock is the system's here, and so is the timestamp in what was printed.
    put(logs, [(millis(suite), "START"), *((millis(suite), line) for line in lines), (millis(suite), "END")], "/aws/lambda/f")
    dimensions = [("environment", "test"), ("service", "booking")]
    for _ in range(2):
        assert sum(metric_sum(suite, "Orders", dimensions=dimensions)) == 6
        assert sum(metric_sum(suite, "Orders", dimensions=dimensions, stat="SampleCount")) == 6
        assert set(metric_sum(suite, "Latency", dimensions=dimensions, stat="Maximum")) == {12.5}
        assert len(filtered(logs, "/aws/lambda/f", filterPattern='{ $.order = "o-1" }')) == 1
        suite.settle()
    assert [metric["MetricName"] for metric in suite.client().list_metrics(Namespace="Shop")["Metrics"]] == ["Latency", "Orders"]


def test_the_embedded_format_by_hand(suite, logs):
    """Several namespaces, sets of dimensions, arrays of values; what is no such event makes nothing."""
    create(logs)
    now = millis(suite)

    def event(values, dimensions=((),), namespace="Shop", at=now, **fields):
        metrics = [{"Name": name, "Unit": "Count"} for name in values]
        about = [{"Namespace": namespace, "Dimensions": [list(each) for each in dimensions], "Metrics": metrics}]
        return json.dumps({"_aws": {"Timestamp": at, "CloudWatchMetrics": about}, **fields, **values})

    lines = [
        event({"a": 1}),
        event({"a": [2, 3]}),
        event({"b": 5}, [["host"], ["host", "zone"], []], host="h", zone="z"),
        event({"c": 7}, namespace="Other"),
        event({"a": "no number"}),
        event({"d": 9}, [["absent"]]),
        event({"old": 100}, at=now - 15 * MS_DAY),
        event({"new": 100}, at=now + 3 * MS_HOUR),
        '{"_aws": 1, "a": 100}',
        event({"a": 100})[:-1],
    ]
    put(logs, [(now, line) for line in lines])
    assert sum(metric_sum(suite, "a")) == 6 and sum(metric_sum(suite, "a", stat="SampleCount")) == 3
    for dimensions in ([], [("host", "h")], [("host", "h"), ("zone", "z")]):
        assert sum(metric_sum(suite, "b", dimensions=dimensions)) == 5
    assert sum(metric_sum(suite, "c", "Other")) == 7
    # Seen with AWS: a metric whose dimensions cannot be read appears without them.
    assert sum(metric_sum(suite, "d")) == 9
    listed = {metric["MetricName"] for metric in suite.client().list_metrics()["Metrics"]}
    assert listed == {"a", "b", "c", "d"}
    # The events themselves are there like others.
    assert messages(got(logs)) == lines


@pytest.mark.local("one process: a stack has several, which learn of a filter within seconds")
@pytest.mark.parametrize("delivered", [False, True])
def test_a_metric_filter_counts(suite, logs, delivered):
    """From the moment it is put, whatever is put after it; also what it makes of values and dimensions."""
    create(logs, "g", "s", "t")
    put(logs, [(millis(suite), "ERROR before")])
    logs.put_metric_filter(
        logGroupName="g",
        filterName="errors",
        filterPattern="ERROR",
        metricTransformations=[{"metricNamespace": "Shop", "metricName": "Errors", "metricValue": "1", "defaultValue": 0}],
    )
    sizes = {"metricNamespace": "Shop", "metricName": "Size", "metricValue": "$.size", "unit": "Bytes"}
    logs.put_metric_filter(
        logGroupName="g",
        filterName="sizes",
        filterPattern="{ $.size > 10 }",
        metricTransformations=[{**sizes, "dimensions": {"host": "$.host"}}],
    )
    at = int(suite.last_minute()) * 1000
    for stream in "st":
        put(logs, [(at + 1, "ERROR one"), (at + 2, "fine"), (at + 3, "ERROR two ERROR")], stream=stream)
    put(logs, [(at + 4, json.dumps({"size": size, "host": host})) for host in "ab" for size in (5, 20, 30.5)])
    if delivered:
        suite.settle()
    assert metric_sum(suite, "Errors", start=at / 1000 - MINUTE) == [4]
    for host in "ab":
        assert metric_sum(suite, "Size", dimensions=[("host", host)]) == [50.5]
        assert metric_sum(suite, "Size", dimensions=[("host", host)], stat="Minimum") == [20]
    # A filter that is gone counts no more.
    logs.delete_metric_filter(logGroupName="g", filterName="errors")
    put(logs, [(at + 5, "ERROR late")])
    assert metric_sum(suite, "Errors", start=at / 1000 - MINUTE) == [4]


def test_a_metric_filter_raises_an_alarm(suite, logs):
    """ERROR in a log line → metric → ALARM → a message to a topic; and OK when the errors end."""
    create(logs)
    cloudwatch, topic = suite.client(), suite.client("sns").create_topic(Name="ops")["TopicArn"]
    logs.put_metric_filter(
        logGroupName="g",
        filterName="errors",
        filterPattern="?ERROR ?Exception",
        metricTransformations=[{"metricNamespace": "Shop", "metricName": "Errors", "metricValue": "1", "defaultValue": 0}],
    )
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="Shop",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=3,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
        OKActions=[topic],
    )

    def state():
        return cloudwatch.describe_alarms(AlarmNames=["errors"])["MetricAlarms"][0]["StateValue"]

    put(logs, [(millis(suite), "all is well"), (millis(suite), "one ERROR")])
    suite.advance(2 * MINUTE)
    assert state() == "OK"
    now = millis(suite)
    put(logs, [(now, f"java.lang.Exception {number}") for number in range(3)])
    suite.advance(MINUTE)
    assert state() == "ALARM"
    put(logs, [(millis(suite), "all is well")])
    suite.advance(5 * MINUTE)
    assert state() == "OK"
    told = suite.control("notifications", method="GET")["notifications"]
    subjects = [each["subject"].split(":")[0] for each in told if each["kind"] == "sns"]
    assert subjects[-2:] == ["ALARM", "OK"]
    assert suite.client("logs").describe_metric_filters(metricNamespace="Shop", metricName="Errors")["metricFilters"]
