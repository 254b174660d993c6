"""A suite of its own for each test: the real binary on a free port, reset between tests."""

import datetime as dt
import json
import os
import signal
import subprocess
from pathlib import Path

import boto3
import pytest
import requests
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]

UTC = dt.timezone.utc


def binary() -> Path:
    """`WATCHTRAIL_BIN`, or the debug binary of this workspace, which is built when it is not there."""
    named = os.environ.get("WATCHTRAIL_BIN")
    if named:
        return Path(named)
    built = ROOT / "target" / "debug" / "watchtrail"
    if not built.exists():
        subprocess.run(["cargo", "build", "--workspace", "--bin", "watchtrail"], cwd=ROOT, check=True)
    return built


class Suite:
    """A process of `watchtrail serve`."""

    def __init__(self, data: Path | None = None):
        place = ["--data", str(data)] if data else ["--memory"]
        command = [str(binary()), "serve", "--listen", "127.0.0.1:0", *place]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        greeting = self.process.stdout.readline()
        assert "http://" in greeting, f"the suite did not start: {greeting!r}"
        self.url = greeting.split("http://")[1].split(" ")[0].join(["http://", ""])
        self.address = self.url.removeprefix("http://")

    def client(self, service="cloudwatch", key="test", region="us-east-1", **config):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key="secret",
            config=Config(retries={"max_attempts": 1}, parameter_validation=False, **config),
        )

    def control(self, path, body=None, method="POST"):
        answer = requests.request(method, f"{self.url}/_watchtrail/{path}", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def reset(self):
        self.control("reset")

    def deliver(self):
        report = self.control("deliver")
        assert report["failures"] == 0, report

    def now(self) -> dt.datetime:
        millis = self.control("clock", method="GET")["now_millis"]
        return dt.datetime.fromtimestamp(millis / 1000, UTC)

    def last_minute(self) -> dt.datetime:
        """The beginning of the last minute that has passed entirely."""
        return self.now().replace(second=0, microsecond=0) - dt.timedelta(minutes=1)

    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.alive():
            self.process.terminate()
            self.process.wait(timeout=30)


@pytest.fixture(scope="session")
def process():
    suite = Suite()
    yield suite
    assert suite.alive(), "the suite died during the tests"
    suite.stop()


@pytest.fixture
def suite(process):
    """The shared process with nothing in it."""
    process.reset()
    yield process
    assert process.alive(), "the suite died during this test"


@pytest.fixture
def cloudwatch(suite):
    return suite.client()


def environment(suite: Suite) -> dict:
    """What the README tells people to export."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "AWS_ENDPOINT_URL": suite.url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def total(client, metric, start, end, namespace="Shop", stat="Sum", period=60, dimensions=()):
    """The sum over all periods of one additive statistic."""
    answer = client.get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions],
        StartTime=start,
        EndTime=end,
        Period=period,
        Statistics=[stat],
    )
    return sum(point[stat] for point in answer["Datapoints"])


def pretty(value) -> str:
    return json.dumps(value, default=str)[:300]
