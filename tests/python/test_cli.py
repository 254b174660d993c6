"""The real `aws` CLI, with the lines that `watchtrail serve` prints and the README shows."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import environment

AWS = Path(sys.executable).with_name("aws")


@pytest.fixture
def aws(suite):
    def run(line, fails_with=None):
        done = subprocess.run(["bash", "-c", f"{AWS} {line}"], env=environment(suite), capture_output=True, text=True)
        if fails_with:
            assert done.returncode != 0 and fails_with in done.stderr, done.stdout + done.stderr
            return None
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


RANGE = "--start-time $(date -u -d '-1 hour' +%FT%TZ) --end-time $(date -u -d '+1 minute' +%FT%TZ)"


def test_the_lines_of_the_readme(aws):
    """Put, list and read, as people paste it."""
    put = "cloudwatch put-metric-data --namespace Shop --metric-name Orders --dimensions Region=EU"
    assert aws(f"{put} --value 42 --unit Count") is None
    listed = aws("cloudwatch list-metrics --namespace Shop")
    metric = {"Namespace": "Shop", "MetricName": "Orders", "Dimensions": [{"Name": "Region", "Value": "EU"}]}
    assert listed == {"Metrics": [metric]}
    read = f"cloudwatch get-metric-statistics --namespace Shop --metric-name Orders --period 60 {RANGE}"
    asked = f"{read} --dimensions Name=Region,Value=EU --statistics Sum Average --extended-statistics p99"
    [point] = aws(asked)["Datapoints"]
    del point["Timestamp"]
    assert point == {"Sum": 42.0, "Average": 42.0, "Unit": "Count", "ExtendedStatistics": {"p99": 42.0}}


def test_json_from_a_file(aws, tmp_path):
    """`--metric-data file://` and `get-metric-data` with queries from a file."""
    data = tmp_path / "data.json"
    data.write_text(json.dumps([{"MetricName": "m", "Values": [1, 2], "Counts": [3, 4], "StorageResolution": 1}]))
    aws(f"cloudwatch put-metric-data --namespace Shop --metric-data file://{data}")
    queries = tmp_path / "queries.json"
    stat = {"Metric": {"Namespace": "Shop", "MetricName": "m"}, "Period": 60, "Stat": "SampleCount"}
    queries.write_text(json.dumps([{"Id": "n", "MetricStat": stat, "Label": "n of ${PROP('MetricName')}"}]))
    answer = aws(f"cloudwatch get-metric-data --metric-data-queries file://{queries} {RANGE}")
    [result] = answer["MetricDataResults"]
    assert (result["Values"], result["Label"], result["StatusCode"]) == ([7.0], "n of m", "Complete")


def test_errors_read_well(aws):
    """An error names its code and the operation."""
    put = "cloudwatch put-metric-data --namespace Shop --metric-name m"
    aws(f"{put} --value 1 --unit Furlong", fails_with="InvalidParameterValue")
    aws(f"{put} --value NaN", fails_with="InvalidParameterValue")
    aws("cloudwatch describe-alarms", fails_with="InvalidAction")
