"""What the tests of CloudTrail share."""

import gzip
import json
import re

import pytest
from logs import arn as arn_of

ACCOUNT, REGION = "123456789012", "us-east-1"
BUCKET = "audit-files"

# A log file's key: AWS's "CloudTrail log file naming".
LOG_KEY = re.compile(
    r"(?P<prefix>.+/)?AWSLogs/(?P<account>\d{12})/CloudTrail/(?P<region>[a-z0-9-]+)/(?P<day>\d{4}/\d{2}/\d{2})/"
    r"(?P=account)_CloudTrail_(?P=region)_(?P<minute>\d{8}T\d{4}Z)_[A-Za-z0-9]{16}\.json\.gz"
)


def arn(resource, region=REGION, account=ACCOUNT):
    return arn_of(resource, region, account, "cloudtrail")


HISTORY = {"Type": "EVENT_DATA_STORE", "Location": arn("eventdatastore/event-history")}


def history(client, **attributes):
    """The records that LookupEvents finds, of all pages, newest first."""
    asked = [{"AttributeKey": key, "AttributeValue": value} for key, value in attributes.items()]
    input = {"LookupAttributes": asked} if asked else {}
    pages = client.get_paginator("lookup_events").paginate(**input)
    return [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]


def keys(suite, bucket=BUCKET, **client):
    pages = suite.client("s3", **client).get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


def log_keys(suite, bucket=BUCKET):
    return [key for key in keys(suite, bucket) if "/CloudTrail/" in key]


def digest_keys(suite, bucket=BUCKET):
    return [key for key in keys(suite, bucket) if "/CloudTrail-Digest/" in key]


def content(suite, key, bucket=BUCKET):
    """What a file of a trail says."""
    return json.loads(gzip.decompress(suite.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()))


def delivered(suite, bucket=BUCKET):
    """The records of all log files in a bucket, in the order of their keys."""
    return [record for key in log_keys(suite, bucket) for record in content(suite, key, bucket)["Records"]]


def queued(*bodies):
    """An invocation of the trail's function with messages of its queue; their ids are their places."""
    message = lambda number, body: {"messageId": str(number), "eventSource": "aws:sqs", "body": json.dumps(body)}
    return {"Records": [message(number, body) for number, body in enumerate(bodies)]}


def take_in(suite, *bodies):
    """What the trail's function answers to messages of its queue."""
    return suite.control("trail", queued(*bodies))


def names(records):
    return sorted(record["eventName"] for record in records)


def request_id(answer):
    """Of an answer, or of the error it was."""
    return getattr(answer, "response", answer)["ResponseMetadata"]["RequestId"]


@pytest.fixture
def bucket(suite):
    suite.client("s3").create_bucket(Bucket=BUCKET)
    return BUCKET


@pytest.fixture
def trail(suite):
    return suite.client("cloudtrail")


@pytest.fixture
def mine(trail, bucket):
    """A trail of that name."""
    trail.create_trail(Name="mine", S3BucketName=bucket)
    return "mine"


@pytest.fixture
def logging(trail, mine):
    """The same, and it logs."""
    trail.start_logging(Name=mine)
    return mine
