"""The template, deployed by the real SAM CLI to an emulator of AWS that runs the functions' own binaries."""

import importlib.util
import json
import os
import re
import runpy
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]
STACK = "watchtrail-e2e"
REGION = "us-east-1"
REACH = ROOT / "tests/e2e/reach"


def eventually(seconds, ask):
    """What `ask` answers, as soon as it is something."""
    until = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer or time.monotonic() > until:
            return answer
        time.sleep(0.2)


class Emulator:
    """A process of ministack with everything it writes in one folder."""

    def __init__(self, folder):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.env = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        settings = {
            # The functions are held to their roles' policies.
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            "S3_DATA_DIR": str(folder / "s3"),
            "SFTP_ENABLED": "0",
            "STATE_DIR": str(folder / "state"),
        }
        self.log = folder / "ministack.log"
        with self.log.open("wb") as log:
            # A session of its own: the functions that it starts end with it.
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("emulator.py"))],
                env=self.env | settings,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def healthy(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            return urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=5).status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def client(self, service, url=None, key=("test", "test")):
        return boto3.client(
            service,
            endpoint_url=url or self.url,
            region_name=REGION,
            aws_access_key_id=key[0],
            aws_secret_access_key=key[1],
            config=Config(retries={"max_attempts": 3}, read_timeout=120, s3={"addressing_style": "path"}),
        )


def deployable(folder, template=ROOT / "template.yaml"):
    """The template without what the emulator cannot do."""
    text = template.read_text()
    # ministack refuses every template with a named query of Athena ("Unrecognized resource types"), and speaks no TLS,
    # which the buckets', the queues' and the topic's policies ask for. It has no alarms on metric math.
    queries = re.findall(r"\n  (\w+Query):\n    Type: AWS::Athena::NamedQuery", text)
    mathematical = ["DeadLettersAlarm", "ErrorsAlarm", "ThrottlesAlarm"]
    for resource in [*queries, "DataPolicy", "TrailFilesPolicy", *mathematical]:
        text, removed = re.subn(rf"\n  {resource}:\n(?:(?:    .*)?\n)+", "\n", text)
        assert removed == 1, f"{resource} is called otherwise now"
    text = re.sub(r"\n( +)- Sid: OnlyByTLS\n(?:\1  .*\n)+", "\n", text)
    text = text.replace("CodeUri: target/lambda/", f"CodeUri: {ROOT}/target/lambda/")
    path = folder / "template.yaml"
    path.write_text(text)
    return path


class Stack:
    def __init__(self, emulator, folder):
        self.emulator = emulator
        parameters = {
            "Architecture": {"aarch64": "arm64"}.get(os.uname().machine, os.uname().machine),
            "AuthType": "NONE",
            "DeliveryConcurrency": "2",
            "AccountEvents": "ENABLED",
        }
        command = [
            *["sam", "deploy", "--stack-name", STACK, "--template-file", str(deployable(folder))],
            *["--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar"],
            *["--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())],
        ]
        env = emulator.env | {"SAM_CLI_TELEMETRY": "0"}
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{emulator.log.read_text()[-4000:]}"
        described = emulator.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        self.status = described["StackStatus"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
        self.reach()
        self.key = self.make_key("e2e", "--allow", "*")
        self.cloudwatch = self.watchtrail("cloudwatch", "Url")
        self.logs = self.watchtrail("logs", "LogsUrl")
        self.trail = self.watchtrail("cloudtrail", "TrailUrl")

    def reach(self):
        """This process finds the function URLs, too."""
        os.environ["WATCHTRAIL_EMULATOR"] = self.clients()["WATCHTRAIL_EMULATOR"]
        runpy.run_path(str(REACH / "sitecustomize.py"))

    def clients(self):
        """What a user of the stack exports, and how the emulator is reached, which has no TLS."""
        exports = dict(each.split("=", 1) for each in self.outputs["Environment"].split())
        urls = {name: url.replace("https://", "http://") for name, url in exports.items()}
        return {**urls, "PYTHONPATH": str(REACH), "WATCHTRAIL_EMULATOR": self.emulator.url.rsplit(":", 1)[1]}

    def make_key(self, user, *grant, secret=None):
        """A key of the suite, made by its command as a user of AWS makes it; `secret` where it is one of AWS's already."""
        command = [binary(), "keys", "--stack", STACK, "--json", "create", "--user", user, *grant]
        env = dict(self.emulator.env)
        if secret:
            command += ["--secret-from", "SECRET"]
            env["SECRET"] = secret
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)["AccessKey"]
        return made["AccessKeyId"], made["SecretAccessKey"]

    def watchtrail(self, service, output, key=None):
        """A client of one of the suite's own functions, without TLS, which the emulator has not."""
        url = self.outputs[output].replace("https://", "http://")
        return self.emulator.client(service, url, key or self.key)

    def client(self, service):
        return self.emulator.client(service)

    def invoke(self, function, event):
        """The answer of a function to an event, or to a file of `events/`."""
        payload = event if isinstance(event, dict) else json.loads((ROOT / "events" / f"{event}.json").read_text())
        answer = self.client("lambda").invoke(FunctionName=self.outputs[function], Payload=json.dumps(payload))
        body = json.load(answer["Payload"])
        assert "FunctionError" not in answer, body
        return body

    def later(self, function, hours, event):
        """The same as `invoke`, with the clock of the function that many hours ahead."""
        functions, name = self.client("lambda"), self.outputs[function]
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        library = Path(importlib.util.find_spec("libfaketime").origin).parent / "vendor/libfaketime/src/libfaketime.so.1"
        clock = {"LD_PRELOAD": str(library), "FAKETIME": f"+{hours * 3600}", "DONT_FAKE_MONOTONIC": "1"}
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables | clock})
        try:
            return self.invoke(function, event)
        finally:
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})

    def aws_key(self, user):
        """A key of AWS's own that may read the trail's files."""
        iam, bucket = self.client("iam"), self.outputs["TrailBucket"]
        iam.create_user(UserName=user)
        arns = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
        reads = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"], "Resource": arns}
        policy = {"Version": "2012-10-17", "Statement": [reads]}
        iam.put_user_policy(UserName=user, PolicyName="reads", PolicyDocument=json.dumps(policy))
        return iam.create_access_key(UserName=user)["AccessKey"]

    def objects(self, prefix=""):
        listed = self.client("s3").list_objects_v2(Bucket=self.outputs["Bucket"], Prefix=prefix)
        return [found["Key"] for found in listed.get("Contents", [])]


def binary():
    """The command: `WATCHTRAIL_BIN`, or the debug binary of this workspace."""
    return os.environ.get("WATCHTRAIL_BIN") or ROOT / "target/debug/watchtrail"


def clients_python():
    """The Python of the stock clients, which want another boto3 than what deploys."""
    if not (ROOT / ".venv/bin/aws").exists():
        subprocess.run(["make", "-s", ".venv/installed"], cwd=ROOT, check=True)
    return ROOT / ".venv/bin/python"


@pytest.fixture(scope="session")
def built():
    subprocess.run([ROOT / "tools/build-lambda"], env=os.environ | {"PROFILE": "dev"}, check=True)
    if "WATCHTRAIL_BIN" not in os.environ:
        subprocess.run(["cargo", "build", "--workspace", "--bin", "watchtrail"], cwd=ROOT, check=True)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory):
    emulator = Emulator(tmp_path_factory.mktemp("emulator"))
    try:
        assert eventually(60, emulator.healthy), emulator.log.read_text()
        yield emulator
    finally:
        emulator.stop()


@pytest.fixture(scope="session")
def stack(built, emulator, tmp_path_factory):
    return Stack(emulator, tmp_path_factory.mktemp("stack"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failure shows what the emulator and the functions said."""
    report = (yield).get_result()
    emulator = item.funcargs.get("emulator") or getattr(item.funcargs.get("stack"), "emulator", None)
    if report.failed and emulator:
        report.sections.append(("ministack", emulator.log.read_text()[-8000:]))
