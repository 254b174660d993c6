"""What the tests of CloudTrail share."""

import pytest
from logs import arn as arn_of

ACCOUNT, REGION = "123456789012", "us-east-1"
BUCKET = "audit-files"


def arn(resource, region=REGION, account=ACCOUNT):
    return arn_of(resource, region, account, "cloudtrail")


HISTORY = {"Type": "EVENT_DATA_STORE", "Location": arn("eventdatastore/event-history")}


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
