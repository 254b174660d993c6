"""The deployed suite from outside: the AWS SDK for Rust, and the tests that the local host passes, by the same files."""

import os
import re
import subprocess
import time
from collections import Counter

from conftest import ROOT, STACK, binary, clients_python


def test_the_rust_sdk(stack):
    """Values in and out by CBOR, signed by a key of the suite (tests/deployed.rs)."""
    key = dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), stack.key))
    minute = int(time.time()) // 60 * 60 - 60
    program = os.path.join(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"), "debug/deployed")
    done = subprocess.run([program, str(minute)], env=stack.emulator.env | stack.clients() | key, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_tests_of_the_local_host(stack, capsys):
    """tests/python with the stack in the place of the process; what it has not (a clock, a reset, an S3 of its own) is skipped there."""
    env = os.environ | stack.emulator.env | stack.clients() | {"WATCHTRAIL_STACK": STACK, "WATCHTRAIL_BIN": str(binary())}
    command = [clients_python(), "-m", "pytest", "-q", "-rsfE", "--tb=short", "-p", "no:cacheprovider"]

    def run(*what):
        return subprocess.run([*command, *what], cwd=ROOT, env=env, capture_output=True, text=True)

    # Some at once: a stack is asked by many, and answers slowly here.
    done = run("-n", "6", "--dist", "worksteal", "tests/python")
    assert done.returncode in (0, 1), done.stdout[-20000:] + done.stderr[-2000:]
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    with capsys.disabled():
        print("", *tally(done.stdout), sep="\n  ")
        print(*(f"again: {name}" for name in failed), sep="\n  ")
    # A function has several environments, which learn within seconds of what another one was told: what met that is tried once more, alone.
    assert len(failed) <= 5 and bool(failed) == bool(done.returncode), done.stdout[-20000:]
    if failed:
        again = run(*failed)
        assert again.returncode == 0, again.stdout[-20000:]


def tally(said):
    """How many passed, and how many were skipped for what."""
    counts = Counter()
    for count, reason in re.findall(r"^SKIPPED \[(\d+)\] \S+ (?:Skipped: )?(.*)$", said, re.MULTILINE):
        counts[f"skipped: {reason}"] += int(count)
    for count, outcome in re.findall(r"(\d+) (passed|failed|errors?)\b", said.splitlines()[-1]):
        counts[outcome] += int(count)
    return [f"{count} {what}" for what, count in counts.most_common()]
