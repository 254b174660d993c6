"""The way into the trail from outside, as the function's invocations come on AWS: the queue's messages, events, notices and backfills."""

import gzip
import json

import pytest
import requests

from conftest import DAY
from trails import ACCOUNT, BUCKET, bucket, history, logging, mine, queued, take_in, trail  # noqa: F401 (fixtures)

RECORD = {
    "eventVersion": "1.09",
    "eventID": "5e1f7d9c-0000-4000-8000-00000000000a",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "RunInstances",
    "awsRegion": "us-east-1",
    "recipientAccountId": ACCOUNT,
    "managementEvent": True,
    "eventCategory": "Management",
}


@pytest.fixture
def record(suite):
    at = suite.control("clock", method="GET")["now"]
    return {**RECORD, "eventTime": f"{at[:19]}Z"}


def event(record):
    return {"version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.ec2", "detail": record}


def found(trail):
    return [one["eventID"] for one in history(trail, EventSource="ec2.amazonaws.com")]


def test_whatever_the_function_takes(suite, trail, bucket, record):
    """The same record by each way, all of which count once."""
    key = "AWSLogs/x.json.gz"
    suite.client("s3").put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(json.dumps({"Records": [record]}).encode()))
    notice = {"Records": [{"s3": {"bucket": {"name": BUCKET}, "object": {"key": key}}}]}
    none = {"batchItemFailures": []}
    taken = {"files": 1, "records": 1, "aside": 0, "next": None}
    ways = [
        (queued(event(record), notice), none),
        (event(record), none),
        (notice, none),
        ({"s3Bucket": BUCKET, "s3ObjectKey": [key]}, none),
        ({"backfill": {"bucket": BUCKET, "prefix": "AWSLogs/"}}, taken),
        (queued(), none),
        ({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET}, none),
    ]
    for body, answer in ways:
        assert suite.control("trail", body) == answer, body
    assert found(trail) == [record["eventID"]]
    suite.deliver()
    assert take_in(suite, event(record)) == none
    suite.deliver()
    assert found(trail) == [record["eventID"]]


def test_what_is_no_record_is_kept_aside(suite, trail, logging):
    """It is not sent again, and the trail's status tells of it."""
    assert take_in(suite, {"hello": 1}, event({"eventID": "x"})) == {"batchItemFailures": []}
    kept = suite.client("s3").list_objects_v2(Bucket="watchtrail-data", Prefix="trail-aside/")
    assert kept["KeyCount"] == 2
    told = trail.get_trail_status(Name=logging)["LatestDeliveryError"]
    assert told.startswith("2 texts") and "trail-aside/" in told
    suite.advance(8 * DAY)
    assert "LatestDeliveryError" not in trail.get_trail_status(Name=logging)


def test_a_backfill_of_a_bucket_that_is_not_there(suite):
    answer = suite.control("trail", {"backfill": {"bucket": "nowhere", "prefix": ""}}, status=404)
    assert 'no bucket "nowhere"' in answer["message"]


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{}", b'{"Records":1}', b'{"backfill":{}}'])
def test_what_it_does_not_take(suite, body):
    answer = requests.post(f"{suite.url}/_watchtrail/trail", data=body, timeout=60)
    assert answer.status_code == 400 and 'send {"Records":' in answer.json()["message"], answer.text


def test_it_is_posted(suite):
    suite.control("trail", method="GET", status=405)
