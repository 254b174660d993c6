"""What subscriptions send, seen from outside: by boto3, to real servers that stand for Lambda, Kinesis and Firehose."""

import base64
import gzip
import http.server
import json
import random
import threading
import urllib.parse

import pytest
from logs import ACCOUNT, ROLE, arn, invalid
from test_sns import PATIENCE, until

from conftest import MINUTE, Suite

FUNCTION = arn("function:pager", service="lambda")
STREAM = arn("stream/events", service="kinesis")
DELIVERY = arn("deliverystream/lake", service="firehose")
NO_FUNCTION = (
    "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function."
)
NO_STREAM = "Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state."
NO_DELIVERY = (
    "Could not deliver test message to specified Firehose stream. Check if the given Firehose stream is in ACTIVE state."
)


class Services:
    """Lambda, Kinesis and Firehose behind one port. What a function or stream got is in `got`, as (message, partition key)."""

    def __init__(self):
        self.got, self.dry, self.broken, self.hanging, self.release = {}, [], set(), set(), threading.Event()
        services = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                name, data, key = services.read(self.path, self.headers, json.loads(body))
                if name in services.hanging:
                    services.release.wait(PATIENCE)
                    self.close_connection = True
                    return
                if name in services.broken:
                    self.answer(500, b'{"__type":"InternalFailure"}')
                    return
                if self.headers["x-amz-invocation-type"] == "DryRun":
                    services.dry.append(name)
                    self.answer(204, b"")
                    return
                message = json.loads(gzip.decompress(base64.b64decode(data)))
                services.got.setdefault(name, []).append((message, key))
                self.answer(200, b'{"ShardId":"shardId-000000000000","SequenceNumber":"1","RecordId":"1"}')

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("content-type", "application/x-amz-json-1.1")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def read(path, headers, body):
        target = headers["x-amz-target"]
        if target == "Kinesis_20131202.PutRecord":
            return body["StreamName"], body["Data"], body["PartitionKey"]
        if target == "Firehose_20150804.PutRecord":
            return body["DeliveryStreamName"], body["Record"]["Data"], None
        function = urllib.parse.unquote(path).split("/functions/")[1].split("/invocations")[0]
        return function.split(":")[-1], body["awslogs"]["data"], None

    def messages(self, name):
        return [message for message, _ in self.got.get(name, []) if message["messageType"] == "DATA_MESSAGE"]

    def events(self, name):
        return [event["message"] for message in self.messages(name) for event in message["logEvents"]]

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def services():
    services = Services()
    yield services
    services.close()


@pytest.fixture
def start(services, monkeypatch):
    """Starts suites that know these services."""
    for service in ("LAMBDA", "KINESIS", "FIREHOSE"):
        monkeypatch.setenv(f"WATCHTRAIL_{service}_ENDPOINT", services.url)
    return Suite


@pytest.fixture
def connected(start):
    suite = start()
    yield suite
    suite.stop()


def create(suite, group="g", streams=("s",)):
    logs = suite.client("logs")
    logs.create_log_group(logGroupName=group)
    for stream in streams:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    return logs


def filter_to(destination, name="f", pattern="", group="g", **more):
    role = {} if ":lambda:" in destination else {"roleArn": ROLE}
    return dict(logGroupName=group, filterName=name, filterPattern=pattern, destinationArn=destination) | role | more


def put(suite, logs, *messages, group="g", stream="s"):
    now = int(suite.now() * 1000)
    events = [{"timestamp": now, "message": message} for message in messages]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def listed(suite):
    notifications = suite.control("notifications", method="GET")["notifications"]
    return [each for each in notifications if each["kind"] == "subscription"]


def test_a_function_is_invoked_with_what_matches(connected, services):
    logs = create(connected)
    logs.put_subscription_filter(**filter_to(FUNCTION, pattern="{ $.level = ERROR }"))
    assert services.dry == ["pager"]
    put(connected, logs, "ok", '{"level":"ERROR"}', "ok")
    [message] = until(lambda: services.messages("pager"), "the invocation")
    [event] = message.pop("logEvents")
    assert message == {
        "messageType": "DATA_MESSAGE",
        "owner": ACCOUNT,
        "logGroup": "g",
        "logStream": "s",
        "subscriptionFilters": ["f"],
    }
    [found] = logs.filter_log_events(logGroupName="g", filterPattern="level")["events"]
    assert event == {"id": found["eventId"], "timestamp": found["timestamp"], "message": '{"level":"ERROR"}'}
    [told] = until(lambda: listed(connected), "the notification")
    assert (told["destination"], told["outcome"], told["error"]) == (FUNCTION, "delivered", None)
    assert told["payload"] == message | {"logEvents": [event]}


def test_streams_get_a_test_message_and_then_events(connected, services):
    logs = create(connected, streams=("s", "t"))
    logs.put_subscription_filter(**filter_to(STREAM, "stream"))
    logs.put_subscription_filter(**filter_to(DELIVERY, "delivery"))
    for name, kind in (("events", "Kinesis stream"), ("lake", "Firehose")):
        [(test, _)] = services.got[name]
        [event] = test.pop("logEvents")
        assert abs(event.pop("timestamp") / 1000 - connected.now()) < 60
        assert event == {"id": "", "message": f"CWL CONTROL MESSAGE: Checking health of destination {kind}."}
        assert test == {
            "messageType": "CONTROL_MESSAGE",
            "owner": "CloudwatchLogs",
            "logGroup": "",
            "logStream": "",
            "subscriptionFilters": [],
        }
    put(connected, logs, "one")
    put(connected, logs, "two", stream="t")
    for name in ("events", "lake"):
        until(lambda: sorted(services.events(name)) == ["one", "two"], f"both events at {name}")
    keys = {message["logStream"]: key for message, key in services.got["events"][1:]}
    assert keys == {"s": "s", "t": "t"}


def test_a_destination_that_does_not_answer_is_refused(connected, services):
    logs = create(connected)
    services.broken = {"pager", "events", "lake"}
    invalid(logs.put_subscription_filter, NO_FUNCTION, **filter_to(FUNCTION))
    invalid(logs.put_subscription_filter, NO_STREAM, **filter_to(STREAM))
    invalid(logs.put_subscription_filter, NO_DELIVERY, **filter_to(DELIVERY))
    words = "Could not deliver test message to specified destination. Check if the destination is valid."
    invalid(logs.put_destination, words, destinationName="hub", targetArn=STREAM, roleArn=ROLE)
    assert logs.describe_subscription_filters(logGroupName="g")["subscriptionFilters"] == []


def test_another_accounts_destination(connected, services):
    """The owner is the account that the events are from."""
    theirs = connected.client("logs", key="210987654321")
    role = "arn:aws:iam::210987654321:role/r"
    stream = arn("stream/events", account="210987654321", service="kinesis")
    made = theirs.put_destination(destinationName="hub", targetArn=stream, roleArn=role)["destination"]
    allow = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "logs:PutSubscriptionFilter", "Resource": made["arn"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    theirs.put_destination_policy(destinationName="hub", accessPolicy=policy)
    logs = create(connected)
    logs.put_subscription_filter(**filter_to(made["arn"], distribution="Random"))
    put(connected, logs, "one")
    [message] = until(lambda: services.messages("events"), "the event")
    assert (message["owner"], message["logGroup"]) == (ACCOUNT, "g")


@pytest.mark.local("destinations, which need not exist")
def test_without_endpoints_it_is_only_listed(suite):
    logs = create(suite)
    logs.put_subscription_filter(**filter_to(FUNCTION, "function"))
    logs.put_subscription_filter(**filter_to(STREAM, "stream"))
    put(suite, logs, "one")
    until(lambda: len(listed(suite)) == 2, "both notifications")
    for told in listed(suite):
        assert told["outcome"] == "listed" and "endpoint" in told["error"], told
        assert [event["message"] for event in told["payload"]["logEvents"]] == ["one"]
    # It is over: nothing is tried again.
    suite.advance(60 * MINUTE)
    put(suite, logs, "two")
    until(lambda: len(listed(suite)) == 4, "the next two notifications")


def test_one_that_hangs_delays_neither_another_nor_the_clock(connected, services):
    logs = create(connected)
    logs.put_subscription_filter(**filter_to(STREAM, "slow"))
    logs.put_subscription_filter(**filter_to(FUNCTION, "quick"))
    services.hanging = {"events"}
    expected = []
    for number in range(20):
        expected.append(f"event {number}")
        put(connected, logs, expected[-1])
        # Each is there while the other destination still hangs.
        until(lambda: services.events("pager") == expected, expected[-1])
        connected.advance(1)
    assert services.events("events") == []
    services.hanging = set()
    services.release.set()
    until(lambda: any(told["outcome"] == "failed" for told in listed(connected)), "the failure")
    # It is tried again by the suite's clock.
    connected.advance(10 * MINUTE)
    until(lambda: services.events("events") == expected, "all of it, in order")


def test_order_by_stream_while_many_write(connected, services):
    streams = [f"s{number}" for number in range(4)]
    logs = create(connected, streams=streams)
    logs.put_subscription_filter(**filter_to(FUNCTION, "function"))
    logs.put_subscription_filter(**filter_to(STREAM, "stream"))

    def write(stream):
        client = connected.client("logs")
        for number in range(40):
            put(connected, client, f"{stream} {number}", stream=stream)

    threads = [threading.Thread(target=write, args=[stream]) for stream in streams]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in ("pager", "events"):
        until(lambda: len(services.events(name)) == 160, "all events")
        for stream in streams:
            found = [event for event in services.events(name) if event.startswith(f"{stream} ")]
            assert found == [f"{stream} {number}" for number in range(40)]


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(start, services, tmp_path):
    """It is killed again and again while it takes and sends; one destination is down for a while."""
    acknowledged, number = [], 0
    for life in range(4):
        suite = start(tmp_path)
        logs = suite.client("logs")
        if life == 0:
            create(suite)
            logs.put_subscription_filter(**filter_to(FUNCTION, "function"))
            logs.put_subscription_filter(**filter_to(STREAM, "stream"))
        services.broken = {"events"} if life == 1 else set()
        enough, stop = len(acknowledged) + 20, threading.Event()

        def write():
            nonlocal number
            while not stop.is_set():
                number += 1
                try:
                    put(suite, logs, f"event {number}")
                except Exception:
                    return
                acknowledged.append(f"event {number}")

        thread = threading.Thread(target=write)
        thread.start()
        until(lambda: len(acknowledged) >= enough, "twenty events")
        suite.kill()
        stop.set()
        thread.join()
    suite = start(tmp_path)
    suite.advance(10 * MINUTE)
    for name in ("pager", "events"):
        until(lambda: set(acknowledged) <= set(services.events(name)), f"everything at {name}")
        first = list(dict.fromkeys(services.events(name)))
        numbers = [int(event.split()[1]) for event in first]
        assert numbers == sorted(numbers)
    suite.stop()


def test_large_events(connected, services):
    """A million bytes of what gzip cannot make much smaller, in two events, go in as many messages as a record takes."""
    logs = create(connected)
    logs.put_subscription_filter(**filter_to(STREAM))
    noise = random.Random(1)
    messages = ["".join(chr(noise.randrange(0x4E00, 0x9000)) for _ in range(170_000)) for _ in range(2)]
    put(connected, logs, *messages)
    until(lambda: services.events("events") == messages, "both")


def test_a_filter_that_is_deleted_sends_nothing_more(connected, services):
    logs = create(connected)
    logs.put_subscription_filter(**filter_to(STREAM))
    services.broken = {"events"}
    put(connected, logs, "waits")
    until(lambda: listed(connected)[1:], "the first try")
    logs.delete_subscription_filter(logGroupName="g", filterName="f")
    services.broken = set()
    connected.advance(10 * MINUTE)
    logs.put_subscription_filter(**filter_to(STREAM, "other"))
    put(connected, logs, "sent")
    until(lambda: services.events("events"), "the event")
    assert services.events("events") == ["sent"]
