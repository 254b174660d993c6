"""What the tests of logs share: short calls, readers that follow tokens to the end, and a naive model of what CloudWatch Logs
returns."""

import dataclasses
import json

from botocore.exceptions import ClientError

from conftest import DAY, HOUR

# Milliseconds, as log events have them.
MS_HOUR, MS_DAY = HOUR * 1000, DAY * 1000
NO_GROUP = ("ResourceNotFoundException", "The specified log group does not exist.")
NO_STREAM = ("ResourceNotFoundException", "The specified log stream does not exist.")


def refused(call, **input):
    """Code and message of the error that a call is refused with."""
    try:
        output = call(**input)
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, error.response
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"not refused: {str(output)[:500]}")


def millis(suite) -> int:
    """The suite's clock, in epoch milliseconds."""
    return int(suite.now() * 1000)


def create(logs, group="g", *streams):
    logs.create_log_group(logGroupName=group)
    for stream in streams or ("s",):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)


def put(logs, events, group="g", stream="s", **more):
    """Puts (time, message) pairs."""
    events = [{"timestamp": time, "message": message} for time, message in events]
    return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events, **more)


def filter_pages(logs, group="g", **input):
    """All pages of FilterLogEvents."""
    input = {"logGroupName": group, **input}
    while True:
        page = logs.filter_log_events(**input)
        assert page["searchedLogStreams"] == []
        yield page["events"]
        if "nextToken" not in page:
            return
        input["nextToken"] = page["nextToken"]


def filtered(logs, group="g", **input):
    """All events of FilterLogEvents, as they come."""
    return [event for page in filter_pages(logs, group, **input) for event in page]


def get_pages(logs, group="g", stream="s", forward=True, **input):
    """All pages of GetLogEvents in a direction, until the token comes back."""
    input = {"logGroupName": group, "logStreamName": stream, "startFromHead": forward, **input}
    token = "nextForwardToken" if forward else "nextBackwardToken"
    while True:
        page = logs.get_log_events(**input)
        assert page["nextForwardToken"] and page["nextBackwardToken"]
        if page[token] == input.get("nextToken"):
            assert page["events"] == []
            return
        yield page["events"]
        input["nextToken"] = page[token]


def got(logs, group="g", stream="s", forward=True, **input):
    """All events of GetLogEvents in the order of time, whichever way they are read."""
    pages = list(get_pages(logs, group, stream, forward, **input))
    return [event for page in (pages if forward else reversed(pages)) for event in page]


def messages(events):
    return [event["message"] for event in events]


def pairs(events):
    return [(event["timestamp"], event["message"]) for event in events]


def objects(suite, prefix="logs/"):
    """The keys in the suite's bucket."""
    pages = suite.client("s3").get_paginator("list_objects_v2").paginate(Bucket="watchtrail-data", Prefix=prefix)
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


# Filter patterns, and what they mean.
PATTERNS = {
    "alpha": lambda text: "alpha" in text,
    "alpha beta": lambda text: "alpha" in text and "beta" in text,
    "?alpha ?gamma": lambda text: "alpha" in text or "gamma" in text,
    "alpha -beta": lambda text: "alpha" in text and "beta" not in text,
    '"beta gamma"': lambda text: "beta gamma" in text,
    "%n[0-4]$%": lambda text: text[-1] in "01234" and text[-2] == "n",
    "{ $.n >= 5 }": lambda text: (document(text).get("n") or 0) >= 5,
    '{ $.word = "al*" && $.n < 9 }': lambda text: document(text).get("word") == "alpha" and document(text)["n"] < 9,
    "{ $.none NOT EXISTS }": lambda text: text.startswith("{"),
    "[first=alpha, ...]": lambda text: text.split(" ")[0] == "alpha",
    "[..., last=n1]": lambda text: text.split(" ")[-1] == "n1",
    "nothing": lambda text: False,
}


def document(text):
    return json.loads(text) if text.startswith("{") else {}


def a_message(chance):
    """A message that patterns are about, some of them long."""
    words = [chance.choice(["alpha", "beta", "gamma", "delta"]) for _ in range(chance.randrange(1, 5))]
    number = chance.randrange(10)
    if chance.random() < 0.3:
        return json.dumps({"word": words[0], "n": number})
    if chance.random() < 0.02:
        words.append("x" * 100_000)
    return " ".join([*words, f"n{number}"])


@dataclasses.dataclass
class Group:
    """A log group as the model has it. Streams hold (time, message) in the order in which they came."""

    streams: dict = dataclasses.field(default_factory=dict)
    days: int | None = None
    floor: int = 0

    def kept_from(self, now):
        return max(self.floor, now - self.days * MS_DAY) if self.days else self.floor

    def retain(self, days, now):
        """What had expired until now stays so."""
        self.floor, self.days = self.kept_from(now), days

    def put(self, stream, events, now):
        """Stores what is accepted; answers the indexes of what is not."""
        too_old = sum(time < now - 14 * MS_DAY for time, _ in events)
        expired = sum(time < self.kept_from(now) for time, _ in events)
        too_new = sum(time > now + 2 * MS_HOUR for time, _ in events)
        self.streams[stream] += events[max(too_old, expired) : len(events) - too_new]
        info = {}
        if too_old:
            info["tooOldLogEventEndIndex"] = too_old
        if expired:
            info["expiredLogEventEndIndex"] = expired
        if too_new:
            info["tooNewLogEventStartIndex"] = len(events) - too_new
        return info

    def find(self, now, wanted=lambda stream: True, start=0, end=None, matches=lambda message: True):
        """(stream, time, message) of the events in `[start, end]`, by time."""
        found = [
            (stream, time, message)
            for stream, events in self.streams.items()
            if wanted(stream)
            for time, message in events
            if time >= max(start, self.kept_from(now)) and (end is None or time <= end) and matches(message)
        ]
        # A stable sort: those of one stream and one time are in the order in which they came.
        return sorted(found, key=lambda event: event[1])
