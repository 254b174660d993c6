"""The real binary on a free port, reset between tests; the clients that tests use it with are in clients.py and raw.py.

With `WATCHTRAIL_STACK` the tests ask a deployed stack instead (deployed.py), as far as they can.
"""

import datetime as dt
import functools
import os
import signal
import subprocess
import tempfile
from pathlib import Path

import boto3
import pytest
import requests
from botocore.config import Config

from deployed import Deployed

ROOT = Path(__file__).resolve().parents[2]
UTC = dt.timezone.utc
MINUTE, HOUR, DAY = 60, 3600, 86400
STACK = os.environ.get("WATCHTRAIL_STACK")


@functools.cache
def binary() -> Path:
    """`WATCHTRAIL_BIN`, or the debug binary of this workspace, built now so that it is never an old one."""
    named = os.environ.get("WATCHTRAIL_BIN")
    if named:
        return Path(named)
    # All of the workspace: a smaller set has other features, and builds the SDKs again.
    subprocess.run(["cargo", "build", "--workspace", "--bin", "watchtrail"], cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "watchtrail"


class Suite:
    """A process of `watchtrail serve`."""

    def __init__(self, data: Path | None = None, *options: str, env=None):
        if STACK:
            pytest.skip("needs a process of its own")
        place = ["--data", str(data)] if data else ["--memory"]
        command = [str(binary()), "serve", "--listen", "127.0.0.1:0", *place, *options]
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log, text=True, env=os.environ | (env or {})
        )
        greeting = self.process.stdout.readline()
        assert "http://" in greeting, f"the suite did not start: {greeting!r} {self.logged()}"
        self.url = "http://" + greeting.split("http://")[1].split(" ")[0]

    def client(self, service="cloudwatch", key="test", region="us-east-1", **config):
        """A boto3 client that sends each request once, and leaves it to the suite to find what is wrong with it."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False, **config),
        )

    def control(self, path, body=None, method="POST", status=200):
        """One of the suite's own requests, `/_watchtrail/…`."""
        answer = requests.request(method, f"{self.url}/_watchtrail/{path}", json=body, timeout=60)
        assert answer.status_code == status, answer.text
        return answer.json()

    def send(self, method, path="/", service="cloudwatch", **request):
        """A request as it is; all services have one address here."""
        return requests.request(method, self.url + path, **request)

    def host(self, service):
        """The name that clients ask for."""
        return self.url.removeprefix("http://")

    def there(self, value):
        """What is sent, as it is: see deployed.py."""
        return value

    back = there

    def environment(self):
        return {"AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

    def reset(self):
        self.control("reset")

    def holds_nothing(self, prefix):
        """No object whose name begins so."""
        listed = self.client("s3").list_objects_v2(Bucket="watchtrail-data", Prefix=prefix)
        assert listed["KeyCount"] == 0, listed

    def deliver(self):
        """Makes segments of everything that was written."""
        report = self.control("deliver")
        assert report["failures"] == 0, report
        return report

    def settle(self):
        """The same, where nobody may see a difference."""
        self.deliver()

    def advance(self, seconds):
        self.control("clock", {"advance_seconds": seconds})

    def now(self) -> float:
        """The suite's clock, in epoch seconds."""
        return self.control("clock", method="GET")["now_millis"] / 1000

    def last_minute(self) -> int:
        """The beginning of the last minute that has passed entirely, in epoch seconds."""
        return int(self.now()) // MINUTE * MINUTE - MINUTE

    def logged(self) -> str:
        self.log.seek(0)
        return self.log.read()

    def is_well(self):
        """It runs, and nothing in it has panicked: a panic in a task ends a request, not the process."""
        assert self.process.poll() is None, f"the suite died: {self.logged()}"
        assert "panicked" not in self.logged(), self.logged()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.is_well()
        self.process.terminate()
        assert self.process.wait(timeout=30) == 0, self.logged()


@pytest.fixture(scope="session")
def process():
    suite = Deployed(STACK, binary()) if STACK else Suite()
    yield suite
    suite.stop()


@pytest.fixture
def suite(process):
    """The shared process with nothing in it."""
    process.reset()
    yield process
    process.is_well()


@pytest.fixture
def cloudwatch(suite):
    return suite.client()


def environment(suite) -> dict:
    """What the README tells people to export, and nothing of this machine's own settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        **suite.environment(),
    }


def pytest_configure(config):
    config.addinivalue_line("markers", "local(what): needs of the local host what a stack has not, or not alike")


def pytest_collection_modifyitems(items):
    """A stack is asked by the tests that ask the shared process, and by no others."""
    for item in items if STACK else ():
        local = item.get_closest_marker("local")
        if local or "process" not in item.fixturenames:
            reason = f"needs the local host's {local.args[0]}" if local else "asks no shared suite"
            item.add_marker(pytest.mark.skip(reason=reason))
