"""`watchtrail test`, as people and CI run it."""

import re
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, binary

ERRORS = """
test Errors

  alarm errors
    Shop Errors
    Sum > 5 for 1 period of 1m
    on ALARM: ops

  data Shop Errors
    0 9

  expect
    2m  errors {state}, errors told ops ALARM
"""


def run(*arguments):
    done = subprocess.run([str(binary()), "test", *map(str, arguments)], capture_output=True, text=True, timeout=600)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def write(tmp_path):
    def write(name: str, text: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    return write


def test_all_of_ours_pass():
    code, out, err = run(ROOT / "tests" / "alarms")
    assert (code, err) == (0, ""), out
    assert re.search(r"^\d\d+ passed, 0 failed in \d+\.\d s$", out.splitlines()[-1]), out
    assert all(line.startswith("ok   ") for line in out.splitlines()[:-1]), out


def test_folders_are_searched_and_failures_are_told(write, tmp_path):
    good = write("deep/er/good.test", ERRORS.format(state="ALARM"))
    bad = write("bad.test", ERRORS.format(state="OK"))
    write("deep/notes.txt", "no test")
    code, out, _ = run(tmp_path)
    assert code == 1
    assert f"ok   {good}:2: Errors\n" in out
    assert f"FAIL {bad}:2: Errors\n     {bad}:13: 2m: expected errors OK, but it was ALARM\n" in out
    assert "\n1 passed, 1 failed in " in out
    assert run(good)[0] == 0


def test_a_file_that_is_no_test_is_told_apart(write):
    good = write("good.test", ERRORS.format(state="ALARM"))
    wrong = write("wrong.test", ERRORS.format(state="alarm"))
    code, out, _ = run(good, wrong)
    assert code == 2
    assert f"{wrong}:13:16: expected OK, ALARM, INSUFFICIENT_DATA, told, reason, suppressed or gone\n" in out
    assert "\n        2m  errors alarm, errors told ops ALARM\n                   ^\n" in out
    assert "\n1 passed, 0 failed, 1 file not understood in " in out


def test_files_that_are_not_there_and_no_files_at_all(tmp_path):
    code, out, _ = run(tmp_path / "none.test")
    assert code == 2 and "none.test: " in out
    code, out, err = run()
    assert code == 2 and "<FILE>..." in err


def test_where_nothing_is_tested_nothing_passes(write, tmp_path):
    code, out, _ = run(tmp_path)
    assert (code, out.splitlines()[0]) == (2, "no file of these folders is called *.test")
    empty = write("empty.test", "# nothing\n")
    code, out, _ = run(empty)
    assert (code, out.splitlines()[0]) == (2, f"{empty}: there is no test in it")
    idle = write("idle.test", ERRORS.split("  expect")[0])
    code, out, _ = run(idle)
    assert (code, out.splitlines()[0]) == (2, f"{idle}:2: the test “Errors” expects nothing")


def test_timelines_on_request(write):
    good = write("good.test", ERRORS.format(state="ALARM"))
    assert "INSUFFICIENT_DATA" not in run(good)[1]
    code, out, _ = run("--verbose", good)
    assert code == 0 and "     errors: Shop Errors Sum > 5 for 1 period of 1m\n     time  data  state\n" in out
