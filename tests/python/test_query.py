"""boto3 1.38, the last that speaks awsQuery and XML, in a process of its own."""

import json
import os
import subprocess
import sys

import pytest

from conftest import ROOT, environment

FOLDER = ROOT / ".venv-query"
BOTO3 = "1.38.46"

SCRIPT = """
import datetime as dt, json
import boto3
from botocore.exceptions import ClientError

sent = []
client = boto3.client("cloudwatch")
client.meta.events.register("before-send.*", lambda request, **_: sent.append(request))
at = dt.datetime.now(dt.timezone.utc).replace(second=0, microsecond=0)
minute = dt.timedelta(minutes=1)
base = {"MetricName": "m", "Timestamp": at, "Unit": "Count", "Dimensions": [{"Name": "Region", "Value": "E&U <1>"}]}
client.put_metric_data(Namespace="Shop", MetricData=[
    {**base, "Value": 42},
    {**base, "Values": [1.5, 2.5], "Counts": [2, 1]},
    {**base, "StatisticValues": {"SampleCount": 2, "Sum": 10, "Minimum": 4, "Maximum": 6}},
])
body = sent[-1].body
assert b"Action=PutMetricData" in (body if isinstance(body, bytes) else body.encode()), "this boto3 speaks no awsQuery"
client.put_metric_data(Namespace="Many", MetricData=[
    {"MetricName": f"m{n}", "Timestamp": at, "Value": n} for n in range(600)
])
big = dict(sent[-1].headers)
range_ = dict(StartTime=at, EndTime=at + minute)
statistics = client.get_metric_statistics(
    Namespace="Shop", MetricName="m", Dimensions=base["Dimensions"], Period=60, Statistics=["Sum", "SampleCount"], **range_)
stat = {"Metric": {"Namespace": "Many", "MetricName": "m599"}, "Period": 60, "Stat": "p50"}
data = client.get_metric_data(MetricDataQueries=[{"Id": "q", "MetricStat": stat}], **range_)
pages = [page["Metrics"] for page in client.get_paginator("list_metrics").paginate(Namespace="Many")]
shop = client.list_metrics(Namespace="Shop")["Metrics"]
errors = []
for call in (
    lambda: client.put_metric_data(Namespace="Shop", MetricData=[{**base, "Value": 1, "Values": [1]}]),
    lambda: client.put_metric_data(Namespace="Shop", MetricData=[{**base, "Value": 1e200}]),
    lambda: client.describe_alarms(),
    lambda: client.list_metrics(NextToken="x"),
):
    try:
        call()
        errors.append("no error")
    except ClientError as error:
        errors.append([error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]])
print(json.dumps({
    "statistics": statistics["Datapoints"], "label": statistics["Label"], "data": data["MetricDataResults"],
    "pages": [len(page) for page in pages], "shop": shop, "errors": errors,
    "encoding": str(big.get("Content-Encoding")),
}, default=str))
"""


@pytest.fixture(scope="session")
def old_boto3():
    """A folder with the old boto3; made once."""
    done = FOLDER / f"boto3-{BOTO3}.dist-info"
    if not done.exists():
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", str(FOLDER)]
        subprocess.run([*pip, f"boto3=={BOTO3}"], check=True)
    return {"PYTHONPATH": str(FOLDER)}


def test_the_query_protocol_from_put_to_read(suite, old_boto3):
    """Every operation's form is read and its XML is understood; special characters survive; errors have their code."""
    env = {**environment(suite), **old_boto3, "AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    [point] = seen["statistics"]
    assert (point["Sum"], point["SampleCount"], point["Unit"], seen["label"]) == (57.5, 6.0, "Count", "m")
    [result] = seen["data"]
    assert (result["Id"], result["Values"], result["StatusCode"]) == ("q", [599.0], "Complete")
    assert seen["pages"] == [500, 100]
    assert seen["shop"][0]["Dimensions"] == [{"Name": "Region", "Value": "E&U <1>"}]
    assert seen["errors"] == [
        ["InvalidParameterCombination", 400],
        ["InvalidParameterValue", 400],
        ["InvalidAction", 400],
        ["InvalidParameterValue", 400],
    ]
    assert seen["encoding"].lower() == "gzip"
