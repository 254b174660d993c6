"""What alarms do when they fire, seen from outside: functions, topics that hang, restarts, and why."""

import json
import threading

import pytest
import requests
from test_sns import Endpoint, until

from conftest import MINUTE, Suite

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:pager"


def put_alarm(cloudwatch, name="high", metric="Load", **more):
    alarm = {
        "AlarmName": name,
        "Namespace": "Shop",
        "MetricName": metric,
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 10,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    cloudwatch.put_metric_alarm(**alarm | more)


def put(cloudwatch, value, metric="Load", **more):
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": metric, "Value": value, **more}])


def history(cloudwatch, name, kind):
    found = cloudwatch.describe_alarm_history(AlarmName=name, HistoryItemType=kind, ScanBy="TimestampAscending")
    return [(item["HistorySummary"], json.loads(item["HistoryData"])) for item in found["AlarmHistoryItems"]]


def state(cloudwatch, name="high"):
    return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]


def told(suite, kind):
    notifications = suite.control("notifications", method="GET")["notifications"]
    return [each for each in notifications if each["kind"] == kind]


def test_a_function_is_invoked(tmp_path, monkeypatch):
    """With the event that AWS sends, by the real SDK, at the endpoint that was named."""
    endpoint = Endpoint(answers=(202,))
    monkeypatch.setenv("WATCHTRAIL_LAMBDA_ENDPOINT", f"http://127.0.0.1:{endpoint.server.server_port}")
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]:
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    suite = Suite()
    cloudwatch = suite.client()
    put_alarm(cloudwatch, AlarmActions=[FUNCTION])
    put(cloudwatch, 99)
    suite.advance(MINUTE)
    [(headers, body)] = until(lambda: endpoint.got, "the invocation")
    assert {name.lower(): value for name, value in headers.items()}["x-amz-invocation-type"] == "Event"
    event = json.loads(body)
    assert event["source"] == "aws.cloudwatch"
    assert event["alarmArn"] == "arn:aws:cloudwatch:us-east-1:123456789012:alarm:high"
    assert event["alarmData"]["state"]["value"] == "ALARM"
    assert event["alarmData"]["previousState"]["reason"] == "Unchecked: Initial alarm creation"
    assert event["alarmData"]["configuration"]["metrics"][0]["metricStat"]["stat"] == "Maximum"
    [(summary, _)] = history(cloudwatch, "high", "Action")
    assert summary == f"Successfully executed action {FUNCTION}"
    [listed] = told(suite, "lambda")
    assert (listed["function"], listed["outcome"], listed["event"]) == (FUNCTION, "delivered", event)
    suite.stop()


def test_without_a_lambda_the_failure_says_what_to_do(suite, cloudwatch):
    put_alarm(cloudwatch, AlarmActions=[FUNCTION])
    put(cloudwatch, 99)
    suite.advance(MINUTE)
    [(summary, data)] = history(cloudwatch, "high", "Action")
    assert summary == f"Failed to execute action {FUNCTION}"
    assert "--lambda-endpoint" in data["error"] and data["actionState"] == "Failed"


def test_the_event_of_a_transition(suite, cloudwatch):
    put_alarm(cloudwatch)
    put(cloudwatch, 99)
    suite.advance(MINUTE)
    [listed] = told(suite, "event")
    event = listed["event"]
    assert (event["detail-type"], event["source"]) == ("CloudWatch Alarm State Change", "aws.cloudwatch")
    assert event["resources"] == ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:high"]
    assert (event["detail"]["previousState"]["value"], event["detail"]["state"]["value"]) == (
        "INSUFFICIENT_DATA",
        "ALARM",
    )


def test_an_endpoint_that_hangs_delays_no_alarm(suite, cloudwatch):
    """The message is published all the same, and the other alarm's subscriber is told."""
    sns = suite.client("sns")
    slow, quick = Endpoint(hangs=True), Endpoint()
    topics = {}
    for name, endpoint in [("slow", slow), ("quick", quick)]:
        topics[name] = sns.create_topic(Name=name)["TopicArn"]
        url = f"http://127.0.0.1:{endpoint.server.server_port}/"
        sns.subscribe(TopicArn=topics[name], Protocol="http", Endpoint=url)
    [_, asked] = until(lambda: quick.got, "the handshake")[0]
    requests.get(json.loads(asked)["SubscribeURL"], timeout=10)
    put_alarm(cloudwatch, "slow", AlarmActions=[topics["slow"]])
    put_alarm(cloudwatch, "quick", AlarmActions=[topics["quick"]])
    put(cloudwatch, 99)
    suite.advance(MINUTE)
    [_, (_, body)] = until(lambda: quick.got[1:] and quick.got, "the notification")
    assert json.loads(json.loads(body)["Message"])["AlarmName"] == "quick"
    for name in topics:
        assert [summary.split(" ")[0] for summary, _ in history(cloudwatch, name, "Action")] == ["Successfully"]
    slow.release.set()


def test_alarms_survive_kill(tmp_path):
    """Alarm, state, history, topic and the note of the last evaluation; and a state that was told is not told again."""
    suite = Suite(tmp_path)
    cloudwatch = suite.client()
    topic = suite.client("sns").create_topic(Name="ops")["TopicArn"]
    put_alarm(cloudwatch, AlarmActions=[topic], OKActions=[topic])
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(high)", AlarmActions=[topic])
    put(cloudwatch, 99)
    suite.advance(MINUTE)
    assert state(cloudwatch) == "ALARM"
    before = history(cloudwatch, "high", "StateUpdate")
    suite.kill()
    suite = Suite(tmp_path)
    cloudwatch = suite.client()
    assert state(cloudwatch) == "ALARM"
    assert history(cloudwatch, "high", "StateUpdate") == before
    assert told(suite, "sns") == []
    put(cloudwatch, 1)
    suite.advance(2 * MINUTE)
    put(cloudwatch, 1)
    suite.advance(MINUTE)
    assert state(cloudwatch) == "OK"
    assert [each["subject"] for each in told(suite, "sns")] == ['OK: "high" in US East (N. Virginia)']
    [both] = cloudwatch.describe_alarms(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert both["StateValue"] == "OK"
    suite.stop()


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path):
    """Alarms are put from several threads until the process is killed: each that was answered is there, with its history."""
    suite = Suite(tmp_path)
    acknowledged, lock = [], threading.Lock()

    def writer(thread):
        cloudwatch = suite.client()
        for number in range(200):
            name = f"{thread}-{number}"
            try:
                put_alarm(cloudwatch, name)
            except Exception:
                return
            with lock:
                acknowledged.append(name)

    threads = [threading.Thread(target=writer, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: len(acknowledged) > 60, "sixty alarms")
    suite.kill()
    for thread in threads:
        thread.join()
    suite = Suite(tmp_path)
    cloudwatch = suite.client()
    pages = cloudwatch.get_paginator("describe_alarms").paginate()
    found = {alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]}
    assert set(acknowledged) <= found
    for name in acknowledged[::10]:
        assert len(history(cloudwatch, name, "ConfigurationUpdate")) == 1
    suite.stop()


@pytest.mark.parametrize("metric, value, expected", [("Load", 99, "ALARM"), ("Other", 99, "OK")])
def test_another_metric_never_touches_an_alarm(suite, cloudwatch, metric, value, expected):
    """Nor do other dimensions, or another unit where the alarm names one."""
    put_alarm(cloudwatch, Unit="Percent", Dimensions=[{"Name": "Host", "Value": "a"}])
    mine = {"Dimensions": [{"Name": "Host", "Value": "a"}], "Unit": "Percent"}
    put(cloudwatch, 1, **mine)
    put(cloudwatch, 99, Unit="Percent")
    put(cloudwatch, 99, Unit="Percent", Dimensions=[{"Name": "Host", "Value": "b"}])
    put(cloudwatch, 99, Unit="Percent", Dimensions=[*mine["Dimensions"], {"Name": "Disk", "Value": "c"}])
    put(cloudwatch, 99, Unit="Count", Dimensions=mine["Dimensions"])
    put(cloudwatch, value, metric, **mine)
    suite.advance(MINUTE)
    assert state(cloudwatch) == expected


def test_why(suite, cloudwatch):
    put_alarm(cloudwatch, EvaluationPeriods=3, DatapointsToAlarm=2, TreatMissingData="breaching")
    put(cloudwatch, 99)
    suite.advance(2 * MINUTE)
    answer = requests.get(f"{suite.url}/_watchtrail/alarms/high", timeout=10)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith("high is ALARM since ")
    assert "1 datapoint was received for 3 periods and 2 missing datapoints were treated as [Breaching]." in answer.text
    assert answer.text.count("no data, counted as breaching") == 2
    assert "99.0 of 1.0 samples, breaches" in answer.text
    assert suite.control("alarms/nobody", method="GET", status=404)["message"].startswith("there is no alarm nobody in")
