"""The clients that people use, behind one face, so that a test is written once and holds for all of them.

`call` takes an operation's name and its input with times in epoch seconds, and returns the output with times in epoch
seconds, or raises `Refused` with what the client's user sees of an error.
"""

import contextlib
import datetime as dt
import io
import json
import os
import re
import subprocess
import sys
import unittest.mock
from pathlib import Path

from awscli.clidriver import create_clidriver
from botocore import xform_name
from botocore.exceptions import ClientError

from conftest import ROOT, UTC, environment
from raw import Cbor

HERE = Path(__file__).resolve().parent


class Refused(Exception):
    def __init__(self, code, status, message):
        super().__init__(code, status, message)
        # The CLI does not tell the status.
        self.code, self.status, self.message = code, status, message


def seconds(value):
    """The value with every time in it as epoch seconds."""
    if isinstance(value, dict):
        return {name: seconds(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [seconds(inner) for inner in value]
    return value.timestamp() if isinstance(value, dt.datetime) else value


class Boto3:
    """The newest boto3, which speaks awsJson 1.0."""

    def __init__(self, suite):
        self.client = suite.client()

    def call(self, operation, **input):
        return boto3_call(self.client, operation, input)


def boto3_call(client, operation, input):
    try:
        output = getattr(client, xform_name(operation))(**input)
    except ClientError as error:
        answer = error.response
        raise Refused(
            answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]
        ) from None
    del output["ResponseMetadata"]
    return seconds(output)


class OldBoto3:
    """boto3 1.38, the last that speaks awsQuery and XML, in a process of its own: two versions do not fit into one."""

    FOLDER = ROOT / ".venv-query"

    def __init__(self, suite):
        install(HERE / "query.txt", self.FOLDER)
        self.suite, env = suite, environment(suite)
        env["PYTHONPATH"] = os.pathsep.join([str(self.FOLDER), *filter(None, [env.get("PYTHONPATH")])])
        command = [sys.executable, str(HERE / "old_boto3.py")]
        self.worker = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def call(self, operation, **input):
        self.worker.stdin.write(self.suite.there(json.dumps([operation, input])) + "\n")
        self.worker.stdin.flush()
        answer = json.loads(self.suite.back(self.worker.stdout.readline()))
        if "refused" in answer:
            raise Refused(*answer["refused"])
        return answer["output"]

    def close(self):
        self.worker.stdin.close()
        assert self.worker.wait(timeout=30) == 0


def install(requirements: Path, folder: Path):
    """Installs packages into a folder, unless they are there."""
    done = folder / "installed.txt"
    if done.exists() and done.read_text() == requirements.read_text():
        return
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--upgrade"]
    subprocess.run([*pip, "--target", str(folder), "-r", str(requirements)], check=True)
    done.write_text(requirements.read_text())


class RawCbor:
    """rpc-v2-cbor, which the SDKs for Rust, Go and Java send."""

    def __init__(self, suite):
        self.protocol = Cbor(suite)

    def call(self, operation, **input):
        answer = self.protocol.send(operation, **input)
        if answer.status != 200:
            raise Refused(answer.code, answer.status, answer.message)
        return seconds(answer.output)


class Cli:
    """The stock `aws` command, run within this process: its start takes far longer than its work. test_cli.py starts it."""

    def __init__(self, suite):
        self.suite = suite
        # awscli itself says there, when it is imported, where its own files are.
        self.env = {**environment(suite), "AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}

    def call(self, operation, **input):
        command = ["cloudwatch", xform_name(operation, "-"), "--no-paginate", "--cli-input-json"]
        command.append(self.suite.there(json.dumps(input)))
        out, err = io.StringIO(), io.StringIO()
        environ = unittest.mock.patch.dict(os.environ, self.env, clear=True)
        with environ, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = create_clidriver().main(command)
        told, complaint = self.suite.back(out.getvalue()), self.suite.back(err.getvalue())
        if status:
            pattern = r"An error occurred \((\w+)\) when calling the (\w+) operation: (.*)"
            found = re.search(pattern, complaint, re.DOTALL)
            assert found and found[2] == operation, complaint
            raise Refused(found[1], None, found[3])
        return times(json.loads(told)) if told.strip() else {}


def times(value, name=None):
    """The CLI's output with its times as epoch seconds. Version 1 prints them as they come, version 2 as ISO 8601."""
    if isinstance(value, dict):
        return {inner: times(one, inner) for inner, one in value.items()}
    if isinstance(value, list):
        return [times(one, name) for one in value]
    if name in ("Timestamp", "Timestamps") and isinstance(value, str):
        return dt.datetime.fromisoformat(value).astimezone(UTC).timestamp()
    return value


CLIENTS = {"boto3": Boto3, "boto3-1.38": OldBoto3, "cbor": RawCbor, "cli": Cli}
