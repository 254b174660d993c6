"""`/_watchtrail/…`: reset, clock, delivery, health and usage, as tests of our users use them."""

import requests

from conftest import DAY, HOUR, MINUTE, Suite


def put(suite, metric="m", at=None, **client):
    suite.client(**client).put_metric_data(
        Namespace="Shop", MetricData=[{"MetricName": metric, "Timestamp": at or suite.now(), "Value": 1}]
    )


def names(suite, **client):
    return [metric["MetricName"] for metric in suite.client(**client).list_metrics()["Metrics"]]


def test_reset_forgets_everything(suite):
    """Data, segments, tags and clock, of all accounts and regions."""
    scopes = [{"key": "111111111111"}, {"key": "222222222222", "region": "eu-west-1"}]
    arn = "arn:aws:cloudwatch:us-east-1:111111111111:alarm:a"
    before = suite.now()
    for scope in scopes:
        put(suite, **scope)
        suite.deliver()
        put(suite, "later", **scope)
    suite.client(**scopes[0]).put_composite_alarm(AlarmName="a", AlarmRule="FALSE")
    suite.client(**scopes[0]).tag_resource(ResourceARN=arn, Tags=[{"Key": "k", "Value": "v"}])
    suite.advance(30 * DAY)
    assert suite.control("reset") == {}
    assert before <= suite.now() < before + HOUR
    for scope in scopes:
        assert names(suite, **scope) == []
        s3 = suite.client("s3", **scope)
        assert s3.list_objects_v2(Bucket="watchtrail-data")["KeyCount"] == 0
    suite.client(**scopes[0]).put_composite_alarm(AlarmName="a", AlarmRule="FALSE")
    assert suite.client(**scopes[0]).list_tags_for_resource(ResourceARN=arn)["Tags"] == []
    # And it goes on.
    put(suite, "new")
    suite.deliver()
    assert names(suite) == ["new"]


def test_a_reset_on_disk_is_for_good(tmp_path):
    """Nothing comes back with the next start, and what is put after the reset does."""
    first = Suite(tmp_path)
    put(first, "old")
    first.deliver()
    first.control("reset")
    put(first, "new")
    first.kill()
    second = Suite(tmp_path)
    assert names(second) == ["new"]
    second.stop()


def test_the_clock_is_advanced(suite):
    """By seconds, by a duration, to a time; a later time is told by all of the suite."""

    def check(request, seconds):
        before = suite.now()
        answer = suite.control("clock", request)
        assert abs(answer["now_millis"] / 1000 - before - seconds) < 5, request
        assert abs(suite.now() - before - seconds) < 5, request

    check({"advance_seconds": 0}, 0)
    check({"advance_seconds": 1.5}, 1.5)
    check({"advance_seconds": 900}, 900)
    check({"advance": "PT15M"}, 900)
    check({"advance": "P1DT2H3M4S"}, 93_784)
    check({"advance": "P2W"}, 14 * DAY)
    now = int(suite.now())
    suite.control("clock", {"set": "2040-01-02T03:04:05Z"}, status=400)  # more than ten years
    suite.control("clock", {"set": "2031-01-02T03:04:05Z"})
    assert 0 <= suite.now() - 1_925_089_445 < 5 and suite.now() > now
    # The time without a timestamp is the suite's.
    put(suite, at=suite.now())
    answer = suite.client().get_metric_statistics(
        Namespace="Shop", MetricName="m", StartTime=suite.now() - MINUTE, EndTime=suite.now() + MINUTE, Period=60,
        Statistics=["SampleCount"],
    )  # fmt: skip
    assert [point["SampleCount"] for point in answer["Datapoints"]] == [1]


def test_the_clock_refuses(suite):
    """Nothing that is no time, no step back, and no half request; the clock stays where it is."""
    before = suite.now()

    def check(request, words):
        assert words in suite.control("clock", request, status=400)["message"], request

    check({}, "advance_seconds")
    check({"advance_seconds": -1}, "advance_seconds")
    check({"advance_seconds": 1, "advance": "PT1S"}, "advance_seconds")
    check({"forward": 1}, "unknown field")
    check({"advance": "1h"}, "no ISO 8601 duration")
    check({"advance": "PT"}, "no ISO 8601 duration")
    check({"advance": "P1M"}, "no ISO 8601 duration")
    check({"advance": "P9999999999999999W"}, "no ISO 8601 duration")
    check({"advance_seconds": 1e300}, "at most ten years")
    check({"set": "tomorrow"}, "no RFC 3339 time")
    check({"set": "2001-01-01T00:00:00Z"}, "never goes back")
    check([1], "send")
    for body in (b"", b"{", b"\xff"):
        answer = requests.post(f"{suite.url}/_watchtrail/clock", data=body, timeout=60)
        assert answer.status_code == 400, body
    assert 0 <= suite.now() - before < 30


def test_what_is_scheduled_runs_while_the_clock_goes(suite):
    """Within five minutes of the suite's time there are segments; after the retention there are fewer."""
    s3 = suite.client("s3")

    def resolutions():
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket="watchtrail-data").get("Contents", [])]
        return sorted({key.split("/resolution=")[1].split("/")[0] for key in keys if "/resolution=" in key}, key=int)

    put(suite)
    assert resolutions() == []
    suite.advance(6 * MINUTE)
    assert resolutions() == ["60"]
    suite.advance(20 * DAY)
    assert resolutions() == ["300", "3600"]
    suite.advance(50 * DAY)
    assert resolutions() == ["3600"]
    suite.advance(400 * DAY)
    assert resolutions() == []


def test_paths_and_methods(suite):
    """What is there, and a plain word for what is not."""
    assert suite.control("health", method="GET")["status"] == "ok"
    assert {"dynamodb", "s3"} <= suite.control("usage", method="GET").keys()
    assert suite.deliver()["generations"] == 0
    for path in ("health", "usage"):
        suite.control(path, status=405)
    for method in ("GET", "PUT", "DELETE"):
        suite.control("reset", method=method, status=405)
    suite.control("nothing", status=404)
