"""The stock `aws` command as people start it: the lines that the README and `watchtrail serve` show, files, pages, errors."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, Suite, environment

FOLDER = Path(sys.executable).parent
RANGE = "--start-time $(date -u -d '-1 hour' +%FT%TZ) --end-time $(date -u -d '+1 minute' +%FT%TZ)"


def in_shell(suite):
    env = environment(suite)
    env["PATH"] = f"{FOLDER}:{env['PATH']}"

    def run(line, fails=False):
        done = subprocess.run(["bash", "-c", suite.there(line)], env=env, capture_output=True, text=True)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return suite.back(done.stderr if fails else done.stdout)

    return run


@pytest.fixture
def shell(suite):
    """Runs a line as it is pasted, with `aws` of this environment; gives its output, or what it says of an error."""
    return in_shell(suite)


def block(heading, language=""):
    """The first block of code in that language below a heading of the README."""
    section = (ROOT / "README.md").read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return section.split(f"```{language}\n")[1].split("```")[0]


def paste(shell, text):
    """Runs the commands of a text, but for `export`, which the fixture did; every one that reads must find something."""
    commands = [line for line in text.replace("\\\n", " ").splitlines() if line.strip().startswith("aws ")]
    assert len(commands) >= 3, text
    for command in commands:
        output = shell(command)
        if " put-" in command:
            assert output == "", command
        else:
            found = json.loads(output)
            answers = found.get("Metrics") or found.get("Datapoints") or found["MetricDataResults"][0]["Values"]
            assert answers, command


def test_the_lines_of_the_readme(shell):
    """Put, list and read, as the README says, word by word."""
    paste(shell, block("Ten lines with the stock CLI"))


@pytest.mark.local("SNS and clock")
def test_the_alarms_of_the_readme(shell):
    """Three alarms, from put to notification, word by word."""
    told = shell("set -e\n" + block("Alarms"))
    states = dict(line.split("\t")[:2] for line in told.splitlines() if line.count("\t") == 2)
    assert states == {"cpu-high": "ALARM", "bill": "ALARM", "errors": "OK"}, told
    assert "95.0 of 1.0 samples, breaches" in told
    for subject in [r'ALARM: \"cpu-high', r'ALARM: \"bill', r'ALARM: \"errors', r'OK: \"errors']:
        assert subject in told, subject
    assert told.count("Successfully executed action") == 2


def test_the_lines_of_the_greeting():
    """`watchtrail serve` prints lines that work on the suite that printed them."""
    suite = Suite()
    # A blank line follows the first one, which is read already, and the last.
    assert suite.process.stdout.readline() == "\n"
    greeting = "".join(iter(suite.process.stdout.readline, "\n"))
    address = f"AWS_ENDPOINT_URL={suite.url} "
    assert address in greeting
    paste(in_shell(suite), greeting)
    suite.stop()


def test_the_python_of_the_readme(suite):
    """The lines for boto3 find what they put."""
    script = block("Ten lines with the stock CLI", "python").replace("http://127.0.0.1:4700", suite.url)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0 and "'Sum': 1.0" in done.stdout, done


def test_json_from_a_file(shell, tmp_path):
    """`--metric-data file://` and `get-metric-data` with queries from a file."""
    data, queries = tmp_path / "data.json", tmp_path / "queries.json"
    data.write_text(json.dumps([{"MetricName": "m", "Values": [1, 2], "Counts": [3, 4], "StorageResolution": 1}]))
    shell(f"aws cloudwatch put-metric-data --namespace Shop --metric-data file://{data}")
    stat = {"Metric": {"Namespace": "Shop", "MetricName": "m"}, "Period": 60, "Stat": "SampleCount"}
    queries.write_text(json.dumps([{"Id": "n", "MetricStat": stat, "Label": "n of ${PROP('MetricName')}"}]))
    [result] = json.loads(shell(f"aws cloudwatch get-metric-data --metric-data-queries file://{queries} {RANGE}"))[
        "MetricDataResults"
    ]
    assert (result["Values"], result["Label"], result["StatusCode"]) == ([7.0], "n of m", "Complete")


def test_pages(shell, suite):
    """The CLI reads all pages by itself, and goes on from its own token."""
    data = [{"MetricName": f"m{n:04}", "Value": 1} for n in range(501)]
    suite.client().put_metric_data(Namespace="Shop", MetricData=data)
    names = "--query 'Metrics[].MetricName'"
    assert len(json.loads(shell(f"aws cloudwatch list-metrics {names}"))) == 501
    page = json.loads(shell("aws cloudwatch list-metrics --max-items 500"))
    rest = json.loads(shell(f"aws cloudwatch list-metrics --starting-token {page['NextToken']} {names}"))
    assert (len(page["Metrics"]), rest) == (500, ["m0500"])


def test_errors(shell):
    """An error tells code, operation and text, and the command fails."""
    put = "aws cloudwatch put-metric-data --namespace Shop --metric-name m"
    said = "An error occurred (InvalidParameterValue) when calling the PutMetricData operation: The value NaN"
    assert said in shell(f"{put} --value NaN", fails=True)
    assert "must be a value in the set [ Seconds" in shell(f"{put} --value 1 --unit Furlong", fails=True)
    assert "(InvalidAction)" in shell("aws cloudwatch list-dashboards", fails=True)
