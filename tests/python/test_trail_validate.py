"""`aws cloudtrail validate-logs` as people run it: a trail's files are proved by its digests, and what was tampered with is named."""

import datetime as dt
import gzip
import hashlib
import json
import re
import subprocess
import threading

import pytest
from test_cli import FOLDER

from conftest import DAY, HOUR, MINUTE, UTC, Suite, environment
from trails import BUCKET, arn, bucket, content, digest_keys, keys, log_keys, trail  # noqa: F401 (fixtures)


def time(seconds):
    return dt.datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Validation:
    """What `validate-logs` says of a trail from `start` until now."""

    def __init__(self, suite, start, name="mine", region="us-east-1"):
        env = environment(suite)
        env["PATH"] = f"{FOLDER}:{env['PATH']}"
        # Digests of hours that are over, whichever minute it is.
        line = ["aws", "cloudtrail", "validate-logs", "--verbose", "--region", region, "--trail-arn", arn(f"trail/{name}")]
        line += ["--start-time", time(start), "--end-time", time(suite.now() + 1)]
        done = subprocess.run(line, env=env, capture_output=True, text=True)
        self.status, self.out, self.errors = done.returncode, done.stdout, done.stderr
        self.said = self.out + self.errors

    def ratio(self, kind):
        """Valid ones and all of a kind."""
        found = re.search(rf"^(\d+)/(\d+) {kind} files valid", self.out, re.MULTILINE)
        return (int(found[1]), int(found[2])) if found else (0, 0)

    def is_valid(self, digests, logs):
        assert self.status == 0 and "INVALID" not in self.said, self.said
        assert (self.ratio("digest"), self.ratio("log")) == ((digests, digests), (logs, logs)), self.said

    def names(self, kind, key, why):
        assert self.status == 1, self.said
        assert f"{kind} file\ts3://{BUCKET}/{key}\tINVALID: {why}" in self.errors, self.said


def make(suite, **settings):
    """A trail that validates its files and logs; the beginning of it."""
    start = suite.now() - MINUTE
    suite.client("s3").create_bucket(Bucket=BUCKET)
    trail = suite.client("cloudtrail")
    trail.create_trail(Name="mine", S3BucketName=BUCKET, EnableLogFileValidation=True, **settings)
    trail.start_logging(Name="mine")
    return start


def busy_hour(suite, **client):
    suite.client("logs", **client).create_log_group(logGroupName=f"group-{suite.now()}")
    suite.advance(HOUR)


def hours(suite, *busy):
    """Hours, with a call in those that are told so, and the last digest's time."""
    for is_busy in busy:
        busy_hour(suite) if is_busy else suite.advance(HOUR)
    suite.advance(HOUR + 10 * MINUTE)


def newest_digest(suite):
    """The time of the newest digest, in epoch seconds."""
    times = [key.rsplit("_", 1)[1].removesuffix(".json.gz") for key in digest_keys(suite)]
    read = (dt.datetime.strptime(time, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp() for time in times)
    return max(read, default=0)


@pytest.fixture
def filled(suite):
    """Six hours, some empty; the beginning, the keys of log files and of digests."""
    start = make(suite)
    hours(suite, True, True, False, True, False)
    found = log_keys(suite), digest_keys(suite)
    assert len(found[0]) == 3 and len(found[1]) in (6, 7), found
    Validation(suite, start).is_valid(len(found[1]), len(found[0]))
    return start, *found


def replaced(suite, key, body, metadata=True):
    """Puts another body under a key, with the old one's metadata."""
    s3 = suite.client("s3")
    old = s3.get_object(Bucket=BUCKET, Key=key)
    s3.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata=old["Metadata"] if metadata else {})


def packed(value):
    return gzip.compress(json.dumps(value).encode())


def test_valid_with_empty_hours(suite, filled):
    """A digest an hour, chained, also where nothing happened; every file of the bucket is named by one."""
    start, logs, digests = filled
    listed, previous = [], None
    for key in digests:
        digest = content(suite, key)
        assert digest["digestS3Object"] == key and digest["previousDigestS3Object"] == previous
        assert previous is None or digest["digestStartTime"] == end
        listed += [file["s3Object"] for file in digest["logFiles"]]
        previous, end = key, digest["digestEndTime"]
    assert sorted(listed) == sorted(logs)
    assert [content(suite, key)["logFiles"] for key in digests].count([]) >= 2
    again = Validation(suite, start)
    assert "No log files were delivered" not in again.said


def test_a_day(suite):
    start = make(suite)
    suite.client("logs").create_log_group(logGroupName="g")
    suite.advance(24 * HOUR)
    busy_hour(suite)
    suite.advance(24 * HOUR)
    digests = len(digest_keys(suite))
    assert digests in (49, 50)
    Validation(suite, start).is_valid(digests, 2)


def test_a_prefix(suite):
    start = make(suite, S3KeyPrefix="of/us")
    hours(suite, True)
    assert all(key.startswith("of/us/AWSLogs/") for key in keys(suite))
    Validation(suite, start).is_valid(len(digest_keys(suite)), 1)


def test_a_changed_file(suite, filled):
    start, logs, _ = filled
    changed = content(suite, logs[1])
    changed["Records"][0]["sourceIPAddress"] = "10.0.0.1"
    replaced(suite, logs[1], packed(changed))
    found = Validation(suite, start)
    found.names("Log", logs[1], "hash value doesn't match")
    assert found.ratio("log") == (2, 3) and found.errors.count("INVALID") == 1


def test_a_record_less(suite, filled):
    start, logs, _ = filled
    less = content(suite, logs[0])
    less["Records"].pop()
    replaced(suite, logs[0], packed(less))
    Validation(suite, start).names("Log", logs[0], "hash value doesn't match")


def test_a_deleted_file(suite, filled):
    start, logs, _ = filled
    suite.client("s3").delete_object(Bucket=BUCKET, Key=logs[0])
    found = Validation(suite, start)
    found.names("Log", logs[0], "not found")
    assert found.ratio("log") == (2, 3) and found.errors.count("INVALID") == 1


def test_a_broken_file(suite, filled):
    start, logs, _ = filled
    replaced(suite, logs[2], b"no gzip")
    Validation(suite, start).names("Log", logs[2], "invalid format")


def test_a_forged_file(suite, filled):
    """Who writes the forgery's hash into the digest cannot sign it."""
    start, logs, digests = filled
    forged = json.dumps({"Records": []}).encode()
    replaced(suite, logs[0], gzip.compress(forged))
    [key] = [key for key in digests if logs[0] in str(content(suite, key))]
    digest = content(suite, key)
    for file in digest["logFiles"]:
        if file["s3Object"] == logs[0]:
            file["hashValue"] = hashlib.sha256(forged).hexdigest()
    replaced(suite, key, packed(digest))
    Validation(suite, start).names("Digest", key, "signature verification failed")


def test_a_forged_signature(suite, filled):
    """The next digest's signature is no signature of this one, nor is one by another key."""
    start, _, digests = filled
    s3 = suite.client("s3")
    middle, other = (s3.get_object(Bucket=BUCKET, Key=key) for key in digests[2:4])
    s3.put_object(Bucket=BUCKET, Key=digests[2], Body=middle["Body"].read(), Metadata=other["Metadata"])
    Validation(suite, start).names("Digest", digests[2], "signature verification failed")


def test_a_changed_digest(suite, filled):
    start, logs, digests = filled
    digest = content(suite, digests[3])
    digest["logFiles"] = []
    digest["newestEventTime"] = None
    replaced(suite, digests[3], packed(digest))
    Validation(suite, start).names("Digest", digests[3], "signature verification failed")


def test_a_deleted_digest(suite, filled):
    start, _, digests = filled
    suite.client("s3").delete_object(Bucket=BUCKET, Key=digests[2])
    Validation(suite, start).names("Digest", digests[2], "not found")


def test_a_digest_in_anothers_place(suite, filled):
    start, _, digests = filled
    s3 = suite.client("s3")
    s3.copy_object(Bucket=BUCKET, Key=digests[2], CopySource={"Bucket": BUCKET, "Key": digests[1]})
    Validation(suite, start).names("Digest", digests[2], "has been moved from its original location")


def test_over_restarts(tmp_path):
    """The key and the chain outlive the process, however it ended."""
    suite = Suite(tmp_path)
    start = make(suite)
    busy_hour(suite)
    suite.client("logs").create_log_group(logGroupName="before")
    suite.kill()
    suite = Suite(tmp_path)
    busy_hour(suite)
    suite.stop()
    suite = Suite(tmp_path)
    hours(suite, False, True)
    Validation(suite, start).is_valid(len(digest_keys(suite)), len(log_keys(suite)))
    [key] = suite.client("cloudtrail").list_public_keys(StartTime=start, EndTime=suite.now())["PublicKeyList"]
    assert {content(suite, digest)["digestPublicKeyFingerprint"] for digest in digest_keys(suite)} == {key["Fingerprint"]}
    suite.stop()


def test_two_regions(suite):
    """A chain for each region, each checked by itself."""
    start = make(suite, IsMultiRegionTrail=True)
    for number in range(3):
        suite.client("logs").create_log_group(logGroupName=f"group-{number}")
        busy_hour(suite, region="eu-west-1")
    suite.advance(HOUR + 10 * MINUTE)
    for region in ("us-east-1", "eu-west-1"):
        logs, digests = ([key for key in found if f"/{region}/" in key] for found in (log_keys(suite), digest_keys(suite)))
        assert len(logs) == 3 and len(digests) >= 4
        Validation(suite, start, region=region).is_valid(len(digests), 3)
    # What is wrong in one is not wrong in the other.
    suite.client("s3").delete_object(Bucket=BUCKET, Key=logs[0])
    Validation(suite, start, region="eu-west-1").names("Log", logs[0], "not found")
    assert Validation(suite, start).status == 0


def test_two_trails_in_a_bucket(suite):
    """Each has its own files and its own chain."""
    start = make(suite)
    trail = suite.client("cloudtrail")
    trail.create_trail(Name="other", S3BucketName=BUCKET, EnableLogFileValidation=True)
    trail.start_logging(Name="other")
    hours(suite, True, False, True)
    logs = log_keys(suite)
    mine = [key for key in digest_keys(suite) if "_mine_us-east-1_" in key]
    assert len(logs) == 4
    Validation(suite, start).is_valid(len(mine), 2)
    Validation(suite, start, "other").is_valid(len(digest_keys(suite)) - len(mine), 2)


def test_logging_that_stopped_for_hours(suite):
    """The chain ends and another begins: a gap, and nothing invalid."""
    start = make(suite)
    trail = suite.client("cloudtrail")
    busy_hour(suite)
    trail.stop_logging(Name="mine")
    suite.advance(5 * HOUR)
    trail.start_logging(Name="mine")
    hours(suite, True, True)
    found = Validation(suite, start)
    assert found.status == 0 and "INVALID" not in found.said, found.said
    assert found.ratio("log") == (len(log_keys(suite)),) * 2


def test_validation_that_is_switched_on_later(suite):
    """What was delivered before it is named by no digest."""
    start = suite.now() - MINUTE
    suite.client("s3").create_bucket(Bucket=BUCKET)
    trail = suite.client("cloudtrail")
    trail.create_trail(Name="mine", S3BucketName=BUCKET)
    trail.start_logging(Name="mine")
    busy_hour(suite)
    assert digest_keys(suite) == []
    assert "valid" not in Validation(suite, start).out
    trail.update_trail(Name="mine", EnableLogFileValidation=True)
    hours(suite, True, False)
    found = Validation(suite, start)
    assert found.status == 0 and found.ratio("log") == (1, 1), found.said


def test_a_bucket_and_a_prefix_that_change(suite):
    """The chain goes on where the files go, and leads back."""
    start = make(suite)
    hours(suite, True)
    s3, trail = suite.client("s3"), suite.client("cloudtrail")
    s3.create_bucket(Bucket="second-files")
    trail.update_trail(Name="mine", S3BucketName="second-files", S3KeyPrefix="p")
    hours(suite, True)
    moved = keys(suite, "second-files")
    assert moved and all(key.startswith("p/AWSLogs/") for key in moved)
    both = [*keys(suite), *moved]
    digests = sum("CloudTrail-Digest" in key for key in both)
    Validation(suite, start).is_valid(digests, len(both) - digests)


def test_validation_that_pauses(suite):
    """Switched off and on again, what was validated stays so."""
    start = make(suite)
    trail = suite.client("cloudtrail")
    hours(suite, True)
    trail.update_trail(Name="mine", EnableLogFileValidation=False)
    hours(suite, True)
    trail.update_trail(Name="mine", EnableLogFileValidation=True)
    hours(suite, True)
    found = Validation(suite, start)
    assert found.status == 0 and "INVALID" not in found.said, found.said
    assert found.ratio("log") == (2, 2)


def test_another_year_another_key(suite):
    """Digests of both years are valid, each by the key of its time."""
    start = make(suite)
    trail = suite.client("cloudtrail")
    hours(suite, True)
    trail.stop_logging(Name="mine")
    suite.advance(370 * DAY)
    later = suite.now()
    trail.start_logging(Name="mine")
    hours(suite, True)
    fingerprints = [content(suite, key)["digestPublicKeyFingerprint"] for key in digest_keys(suite)]
    assert len(set(fingerprints)) == 2
    for since in (start, later - MINUTE):
        found = Validation(suite, since)
        assert found.status == 0 and "INVALID" not in found.said, found.said
    assert found.ratio("log")[0] >= 1


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.5])
def test_killed_while_hours_pass(tmp_path, seconds):
    """The chain has each hour once, wherever the process was killed at its digests."""
    suite = Suite(tmp_path)
    start = make(suite, IsMultiRegionTrail=True)
    for round in range(4):
        for region in ("us-east-1", "eu-west-1"):
            for number in range(3):
                suite.client("logs", region=region).create_log_group(logGroupName=f"group-{round}-{number}")

        def pass_by(suite=suite):
            try:
                suite.advance(8 * HOUR)
            except Exception:
                return

        thread = threading.Thread(target=pass_by)
        thread.start()
        thread.join(seconds * (round + 1))
        suite.kill()
        thread.join()
        suite = Suite(tmp_path)
    # A clock that was killed on its way is where it was stored last: digests may be ahead of it.
    suite.advance(max(0, newest_digest(suite) - suite.now()))
    hours(suite, True)
    for region in ("us-east-1", "eu-west-1"):
        logs, digests = ([key for key in found if f"/{region}/" in key] for found in (log_keys(suite), digest_keys(suite)))
        Validation(suite, start, region=region).is_valid(len(digests), len(logs))
        ends = [content(suite, key)["digestEndTime"] for key in digests]
        assert len(set(ends)) == len(ends)
    suite.stop()
