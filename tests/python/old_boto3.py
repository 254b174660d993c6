"""Carries out calls for clients.OldBoto3: a line of JSON in, a line of JSON out."""

import datetime as dt
import json
import sys

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

sent = []
client = boto3.client("cloudwatch", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))
client.meta.events.register("before-send.*", lambda request, **_: sent.append(request))


def plain(value):
    return value.timestamp() if isinstance(value, dt.datetime) else str(value)


for line in sys.stdin:
    operation, input = json.loads(line)
    try:
        output = getattr(client, xform_name(operation))(**input)
        del output["ResponseMetadata"]
        answer = {"output": output}
    except ClientError as error:
        error = error.response
        status = error["ResponseMetadata"]["HTTPStatusCode"]
        answer = {"refused": [error["Error"]["Code"], status, error["Error"]["Message"]]}
    # Else the tests would say nothing of awsQuery.
    assert sent[-1].headers["Content-Type"].startswith(b"application/x-www-form-urlencoded"), sent[-1].headers
    print(json.dumps(answer, default=plain), flush=True)
