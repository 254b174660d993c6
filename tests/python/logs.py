"""What the tests of CloudWatch Logs share."""

import pytest
from botocore.exceptions import ClientError

ACCOUNT, REGION = "123456789012", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
NO_GROUP = "The specified log group does not exist."


def arn(resource, region=REGION, account=ACCOUNT, service="logs"):
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def refused(call, code, message, status=400, **input):
    """The call is refused with exactly this; `...` is any message."""
    with pytest.raises(ClientError) as raised:
        call(**input)
    error = raised.value.response
    assert error["Error"]["Code"] == code, error
    assert message is ... or error["Error"]["Message"] == message, error
    assert error["ResponseMetadata"]["HTTPStatusCode"] == status


def invalid(call, message, **input):
    refused(call, "InvalidParameterException", message, **input)


def missing(call, message=NO_GROUP, **input):
    refused(call, "ResourceNotFoundException", message, **input)


def violated(value, member, constraint):
    return f"1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: {constraint}"


def without_metadata(output):
    return {name: value for name, value in output.items() if name != "ResponseMetadata"}


def pages(call, key, size, member="limit", **input):
    """All items of all pages; each but the last has `size`."""
    found, token = [], {}
    while True:
        page = call(**input, **token, **{member: size})
        found += page[key]
        assert len(page[key]) <= size
        if "nextToken" not in page:
            return found
        assert len(page[key]) == size
        token = {"nextToken": page["nextToken"]}
