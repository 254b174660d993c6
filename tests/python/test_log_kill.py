"""What PutLogEvents answered 200 survives `kill -9`, once and not twice, wherever the process was."""

import collections
import random
import threading

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from conftest import DAY, Suite
from log_model import create, filtered, got, messages, millis, objects, put

STREAMS = ("a", "b", "c")
WRITERS = 6
ROUNDS = 4


def test_put_kill_start_read(tmp_path):
    """The same events, ids and tokens on the same folder, from the journal and from segments."""
    first = Suite(tmp_path)
    logs = first.client("logs")
    create(logs)
    logs.put_retention_policy(logGroupName="g", retentionInDays=30)
    at = millis(first)
    for number in range(20):
        put(logs, [(at - number, f"{number} \0 ünï"), (at, "x" * 1000)])
        if number == 10:
            first.deliver()
    page = logs.filter_log_events(logGroupName="g", limit=15)
    place = logs.get_log_events(logGroupName="g", logStreamName="s", startFromHead=True, limit=7)["nextForwardToken"]

    def everything(suite):
        logs = suite.client("logs")
        rest = logs.filter_log_events(logGroupName="g", limit=15, nextToken=page["nextToken"])["events"]
        behind = logs.get_log_events(logGroupName="g", logStreamName="s", startFromHead=True, nextToken=place)["events"]
        described = logs.describe_log_groups()["logGroups"], logs.describe_log_streams(logGroupName="g")["logStreams"]
        return filtered(logs), got(logs), rest, behind, described

    before = everything(first)
    assert len(before[0]) == 40 and len(before[3]) == 33
    first.kill()
    second = Suite(tmp_path)
    assert everything(second) == before
    second.deliver()
    assert everything(second)[:4] == before[:4]
    second.kill()
    third = Suite(tmp_path)
    assert everything(third)[:4] == before[:4]
    third.stop()


class Load:
    """Writers that put requests of a few events each, until nobody answers."""

    def __init__(self):
        # Request → its messages, and whether it was acknowledged; when not, nobody knows.
        self.sent, self.acknowledged = collections.defaultdict(list), set()
        self.lock = threading.Lock()

    def write(self, suite, round, writer, answered, failed):
        logs = suite.client("logs", connect_timeout=5, read_timeout=30)
        chance = random.Random(f"{round}/{writer}")
        at = millis(suite)
        for number in range(100_000):
            request = f"{round}/{writer}/{number}"
            stream = STREAMS[writer % len(STREAMS)]
            # Of several days, that a request lies in several segments.
            start = at - chance.randrange(5) * DAY * 1000
            padding = "x" * chance.choice([1, 10, 10, 3000])
            texts = [f"{request}/{n} {padding}" for n in range(chance.randrange(1, 5))]
            with self.lock:
                self.sent[request] = [(stream, text) for text in texts]
            try:
                put(logs, [(start + n, text) for n, text in enumerate(texts)], stream=stream)
            except ClientError as error:
                # A generation that was sealed meanwhile: to be sent again, and not stored.
                if error.response["ResponseMetadata"]["HTTPStatusCode"] != 503:
                    failed.append(error)
                continue
            except BotoCoreError:
                return
            with self.lock:
                self.acknowledged.add(request)
            answered.release()
        failed.append("the process outlived its writers")

    def check(self, suite):
        """Every acknowledged event is there once in its stream, every other one at most once, requests whole."""
        logs = suite.client("logs")
        found = [(event["logStreamName"], event["message"]) for event in filtered(logs)]
        times = collections.Counter(found)
        assert not [event for event, count in times.items() if count > 1], "an event is there twice"
        by_stream = [(stream, text) for stream in STREAMS for text in messages(got(logs, stream=stream))]
        assert sorted(by_stream) == sorted(found)
        for request, events in self.sent.items():
            there = [event in times for event in events]
            assert all(there) or (request not in self.acknowledged and not any(there)), f"{request}: {there}"
        assert times.keys() <= {event for events in self.sent.values() for event in events}, "what nobody put"


def again(work):
    """Does it until nobody answers."""
    try:
        while True:
            work()
    except Exception:
        return


@pytest.mark.parametrize("delivering", [False, True], ids=["writing", "delivering"])
def test_killed_under_load(tmp_path, delivering):
    """Clients write from several threads while the process is killed at random moments; each start finds all of it."""
    chance = random.Random(17 + delivering)
    suite, load = Suite(tmp_path), Load()
    create(suite.client("logs"), "g", *STREAMS)
    for round in range(ROUNDS):
        answered, failed = threading.Semaphore(0), []
        work = [
            threading.Thread(target=load.write, args=(suite, round, writer, answered, failed)) for writer in range(WRITERS)
        ]
        if delivering:
            work.append(threading.Thread(target=again, args=(suite.deliver,)))
        for thread in work:
            thread.start()
        # So many answers from here, and not a time: every machine is at work then.
        for _ in range(chance.randrange(30, 200)):
            assert answered.acquire(timeout=60), "nobody is answered any more"
        suite.kill()
        for thread in work:
            thread.join()
        assert failed == []
        assert "panicked" not in suite.logged(), suite.logged()
        suite = Suite(tmp_path)
        load.check(suite)
    suite.deliver()
    load.check(suite)
    suite.advance(8 * DAY)
    load.check(suite)
    assert len(load.acknowledged) >= ROUNDS * 30
    suite.client("logs").delete_log_group(logGroupName="g")
    suite.advance(8 * DAY)
    # Nor do crashes leave anything behind.
    assert objects(suite) == []
    suite.stop()


def test_killed_while_groups_come_and_go(tmp_path):
    """Groups and streams that were answered to be there are there, those that were answered to be deleted are not, nor their events."""
    chance, suite = random.Random(5), Suite(tmp_path)
    # Group → whether it is there; None when nobody knows.
    known, number = {}, 0
    for _ in range(3):
        logs = suite.client("logs", read_timeout=30)
        answered, threads = threading.Semaphore(0), []

        def live(thread, first, logs=logs, answered=answered):
            try:
                for number in range(first, first + 10_000):
                    name = f"{thread}-{number}"
                    known[name] = None
                    create(logs, name, "s", "t")
                    put(logs, [(millis(suite), name)], name)
                    known[name] = ["s", "t"]
                    if number % 3 == 1:
                        known[name] = None
                        logs.delete_log_stream(logGroupName=name, logStreamName="s")
                        known[name] = ["t"]
                    elif number % 3 == 2:
                        known[name] = None
                        logs.delete_log_group(logGroupName=name)
                        known[name] = []
                    answered.release()
            except Exception:
                return

        for thread in range(4):
            threads.append(threading.Thread(target=live, args=(thread, number)))
        threads.append(threading.Thread(target=again, args=(suite.deliver,)))
        for thread in threads:
            thread.start()
        for _ in range(chance.randrange(15, 40)):
            assert answered.acquire(timeout=60), "nobody is answered any more"
        suite.kill()
        for thread in threads:
            thread.join()
        number += 10_000
        assert "panicked" not in suite.logged(), suite.logged()
        suite = Suite(tmp_path)
        logs = suite.client("logs")
        there = {group["logGroupName"] for page in logs.get_paginator("describe_log_groups").paginate() for group in page["logGroups"]}
        for name, streams in known.items():
            if streams is None:
                continue
            assert (name in there) == bool(streams), name
            if streams:
                found = logs.describe_log_streams(logGroupName=name)["logStreams"]
                assert [stream["logStreamName"] for stream in found] == streams, name
                assert messages(filtered(logs, name)) == ([name] if "s" in streams else []), name
    assert [name for name, streams in known.items() if streams] and [name for name, streams in known.items() if streams == []]
    suite.stop()
