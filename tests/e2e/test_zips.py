"""The zip of a release, deployed by the script in it as by a user who has neither the sources nor Rust."""

import json
import os
import re
import subprocess

import pytest
from conftest import ROOT, Emulator, deployable, eventually

STACK = "watchtrail-zips"


@pytest.fixture(scope="module")
def zips(built, tmp_path_factory):
    """The folder that the zip unpacks to."""
    folder = tmp_path_factory.mktemp("zips")
    subprocess.run([ROOT / "tools/package"], env=os.environ | {"PROFILE": "dev"}, check=True)
    made = max((ROOT / "dist").glob("*.zip"), key=lambda file: file.stat().st_mtime)
    subprocess.run(["unzip", "-q", made], cwd=folder, check=True)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder / made.stem, check=True)
    return folder / made.stem


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    """Its own: another stack would have the same Glue database and the same function URLs' host."""
    emulator = Emulator(tmp_path_factory.mktemp("emulator"))
    try:
        assert eventually(60, emulator.healthy), emulator.log.read_text()
        yield emulator
    finally:
        emulator.stop()


def deploy(zips, env, *arguments, answers=""):
    command = [zips / "deploy", *arguments]
    return subprocess.run(command, cwd=zips, env=env, input=answers, capture_output=True, text=True, timeout=300)


def test_who_has_no_credentials_is_told_what_to_do(zips, emulator):
    env = {name: value for name, value in emulator.env.items() if "KEY" not in name}
    refused = deploy(zips, env | {"AWS_EC2_METADATA_DISABLED": "true"})
    assert refused.returncode != 0
    assert "AWS does not know you" in refused.stderr and "aws configure" in refused.stderr


def test_who_has_no_sam_is_told_where_it_is(zips, emulator):
    refused = deploy(zips, emulator.env | {"PATH": "/usr/bin:/bin"})
    assert refused.returncode != 0
    assert "pip install aws-sam-cli" in refused.stderr


def test_the_zip_deploys_and_says_how_to_use_it(zips, emulator):
    deployable(zips, zips / "template.yaml")
    parameters = len(re.findall(r"\n  \w+:\n    Type: (?:String|Number)\n", (zips / "template.yaml").read_text()))
    # Name, region, parameters; no confirmation, roles, rollback; three URLs that Lambda lets everybody through to; and where to keep it.
    answers = [STACK, "", *[""] * parameters, "", "", "", *["y"] * 3, "", "", ""]
    first = deploy(zips, emulator.env, answers="".join(f"{answer}\n" for answer in answers))
    assert first.returncode == 0, f"{first.stdout}\n{first.stderr}\n{emulator.log.read_text()[-4000:]}"
    # Nothing is asked again.
    told = deploy(zips, emulator.env)
    assert told.returncode == 0, f"{told.stdout}\n{told.stderr}"
    for output in (first.stdout, told.stdout):
        exports = dict(re.findall(r"^  export (AWS_ENDPOINT_URL_\w+)=(\S+)$", output, re.MULTILINE))
        services = ("CLOUDWATCH", "CLOUDWATCH_LOGS", "CLOUDTRAIL", "CLOUDTRAIL_DATA")
        assert set(exports) == {f"AWS_ENDPOINT_URL_{service}" for service in services}
    # The line to paste makes a key.
    line = re.search(rf"^  (AWS_REGION=\S+ \./watchtrail-\S+ keys --stack {STACK} create .+)$", told.stdout, re.MULTILINE)[1]
    made = subprocess.run(["bash", "-c", line], cwd=zips, env=emulator.env, capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stderr
    assert "AWS_SECRET_ACCESS_KEY" in made.stdout
    # The functions of the zips run.
    listed = emulator.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in listed}
    event = (ROOT / "events/schedule-delivery.json").read_bytes()
    answer = emulator.client("lambda").invoke(FunctionName=outputs["DeliveryFunction"], Payload=event)
    assert "FunctionError" not in answer
    assert json.load(answer["Payload"])["failures"] == 0
    # Both queues of dead letters are looked at. (They are not asked here: `aws sqs` of version 1 did not go to AWS_ENDPOINT_URL.)
    assert f"  for queue in {outputs['DeadLetters']} {outputs['TrailDeadLetters']}; do\n" in told.stdout
