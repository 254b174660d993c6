"""Audit records survive `kill -9`: each that was acknowledged stands once in the trail's files and once in the Parquet, wherever the process was."""

import collections
import json
import random
import threading
import uuid

import duckdb
import pytest
import requests
from botocore.exceptions import BotoCoreError, ClientError

from conftest import MINUTE, Suite
from test_trail_events import event
from test_trail_intake import RECORD, event as of_event_bus
from trails import ACCOUNT, BUCKET, HISTORY, delivered, queued

ROUNDS = 4
# What is called while nothing logs yet.
BEFORE = ("CreateBucket", "CreateChannel", "CreateTrail")


class Load:
    """Who brings records, in three ways, until nobody answers."""

    def __init__(self, channel):
        self.channel, self.lock = channel, threading.Lock()
        # Events of a queue that are to be told of again, since nobody said that they were taken.
        self.waiting = []
        self.events, self.audit_events, self.calls = set(), set(), set()

    def call(self, suite, name):
        """Calls are recorded before they are answered."""
        answer = suite.client("logs", read_timeout=30).create_log_group(logGroupName=name)
        return self.calls, {answer["ResponseMetadata"]["RequestId"]}

    def put(self, suite, name):
        events = [{"id": str(number), "eventData": event(suite, f"{name}/{number}")} for number in range(3)]
        data = suite.client("cloudtrail-data", read_timeout=30)
        answer = data.put_audit_events(channelArn=self.channel, auditEvents=events)
        assert answer["failed"] == []
        return self.audit_events, {one["eventID"] for one in answer["successful"]}

    def tell(self, suite, name):
        """What a queue does: what was not taken comes again, and some of the rest does, too."""
        at = suite.control("clock", method="GET")["now"]
        records = [{**RECORD, "eventID": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{name}/{n}")), "eventTime": f"{at[:19]}Z"} for n in range(4)]
        with self.lock:
            self.waiting += records
            records, self.waiting = self.waiting, []
        try:
            answer = requests.post(f"{suite.url}/_watchtrail/trail", json=queued(*map(of_event_bus, records)), timeout=30)
            assert answer.status_code == 200, answer.text
            failed = {int(one["itemIdentifier"]) for one in answer.json()["batchItemFailures"]}
        except Exception:
            failed = set(range(len(records)))
            raise
        finally:
            with self.lock:
                self.waiting += [record for n, record in enumerate(records) if n in failed or n % 5 == 0]
        return self.events, {record["eventID"] for n, record in enumerate(records) if n not in failed}

    def work(self, way, suite, name, answered, wrong):
        for number in range(100_000):
            try:
                place, taken = way(suite, f"{name}-{number}")
            except ClientError as error:
                # A generation that was sealed meanwhile.
                if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                    wrong.append(error)
                continue
            except (BotoCoreError, requests.RequestException):
                return
            except Exception as error:
                wrong.append(error)
                return
            with self.lock:
                place |= taken
            answered.release()


def go_on(suite, deliver):
    """Time goes on, and what is due is delivered, until nobody answers."""
    try:
        while True:
            suite.deliver() if deliver else suite.advance(2 * MINUTE)
    except Exception:
        return


def in_parquet(folder):
    [root] = folder.glob("*/s3/watchtrail-data")
    table = f"read_parquet('{root}/trail/**/*.parquet', hive_partitioning = true, hive_types_autocast = false)"
    return [json.loads(row[0]) for row in duckdb.connect().execute(f"SELECT record FROM {table}").fetchall()]


def check(load, suite, folder):
    suite.deliver()
    files, parquet = delivered(suite), in_parquet(folder)
    for records in (files, parquet):
        ids = collections.Counter(record["eventID"] for record in records)
        assert [id for id, count in ids.items() if count > 1] == []
        asked = collections.Counter(record.get("requestID") for record in records)
        assert load.calls <= asked.keys() and all(asked[id] == 1 for id in load.calls)
        assert load.events | load.audit_events <= ids.keys()
    logged = {record["eventID"] for record in parquet if record["eventName"] not in BEFORE}
    assert {record["eventID"] for record in files} == logged


@pytest.mark.parametrize("delivering", [False, True], ids=["advancing", "delivering"])
def test_killed_under_load(tmp_path, delivering):
    chance, suite = random.Random(11 + delivering), Suite(tmp_path)
    trail = suite.client("cloudtrail")
    suite.client("s3").create_bucket(Bucket=BUCKET)
    trail.create_trail(Name="mine", S3BucketName=BUCKET)
    load = Load(trail.create_channel(Name="shop", Source="Custom", Destinations=[HISTORY])["ChannelArn"])
    suite.advance(1)
    trail.start_logging(Name="mine")
    for round in range(ROUNDS):
        answered, wrong, threads = threading.Semaphore(0), [], []
        for way in (load.call, load.put, load.tell, load.tell):
            arguments = (way, suite, f"{round}-{len(threads)}", answered, wrong)
            threads.append(threading.Thread(target=load.work, args=arguments))
        threads.append(threading.Thread(target=go_on, args=(suite, delivering)))
        for thread in threads:
            thread.start()
        # So many answers from here, and not a time: every machine is at work then.
        for _ in range(chance.randrange(20, 80)):
            assert answered.acquire(timeout=60), "nobody is answered any more"
        suite.kill()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert "panicked" not in suite.logged(), suite.logged()
        suite = Suite(tmp_path)
    # The queue sends what was not taken once more.
    load.events |= load.tell(suite, "last")[1]
    check(load, suite, tmp_path)
    assert min(map(len, (load.events, load.audit_events, load.calls))) > ROUNDS * 5
    suite.stop()
