"""Log events from outside: what PutLogEvents takes, and that GetLogEvents and FilterLogEvents return exactly it, wherever it is."""

import base64
import random
import threading

import pytest

from conftest import DAY, HOUR
from log_model import (
    MS_DAY,
    MS_HOUR,
    NO_GROUP,
    NO_STREAM,
    PATTERNS,
    Group,
    a_message,
    create,
    filter_pages,
    filtered,
    get_pages,
    got,
    messages,
    millis,
    pairs,
    put,
    refused,
)

INVALID = "InvalidParameterException"
MOST_BYTES, OVERHEAD, MOST_EVENTS = 1_048_576, 26, 10_000
LARGEST = MOST_BYTES - OVERHEAD
SECOND = 1000
ODD = [
    "\0",
    "a\0b",
    "\n",
    "two\nlines\r\n",
    " ",
    "\t tab ",
    '"\\/\b\f',
    "ünïcödé ﷽ 🦀 \U0010ffff",
    "e\u0301 \u200d\u202e\ufeff",
    "\x7f\x80\uffff",
    "{",
    "[x]",
    "null",
]


@pytest.fixture
def logs(suite):
    return suite.client("logs")


@pytest.fixture(params=["tail", "segments"])
def settle(request, suite):
    """What was written stays in the journal, or is made segments of: nobody may see a difference."""
    return suite.deliver if request.param == "segments" else lambda: None


# PutLogEvents


def spread(count, size):
    """So many messages of together so many bytes."""
    short = size // count
    return ["x" * short] * (count - 1) + ["x" * (size - short * (count - 1))]


@pytest.mark.parametrize(
    "texts",
    [
        ["x" * LARGEST],
        ["é" * (LARGEST // 2)],
        ["🦀" * (LARGEST // 4) + "xx"],
        ["\0" * LARGEST],
        [base64.b64encode(random.Random(1).randbytes(LARGEST // 4 * 3)).decode().ljust(LARGEST)],
        spread(2, MOST_BYTES - 2 * OVERHEAD),
        spread(MOST_EVENTS, MOST_BYTES - MOST_EVENTS * OVERHEAD),
        ["x"] * MOST_EVENTS,
    ],
    ids=["one", "two bytes each", "four bytes each", "zeros", "incompressible", "two", "most events", "short"],
)
def test_the_largest_requests(suite, logs, settle, texts):
    """Bytes of UTF-8 and 26 an event: exactly 1,048,576 are taken, one more is not; 10,000 events are, too."""
    create(logs)
    at = millis(suite)
    size = sum(len(text.encode()) + OVERHEAD for text in texts)
    put(logs, [(at, text) for text in texts])
    if size == MOST_BYTES:
        more = [(at, text) for text in [*texts[:-1], texts[-1] + "x"]]
        said = "Upload too large: 1048577 bytes exceeds limit of 1048576"
        assert refused(put, logs=logs, events=more) == (INVALID, said)
    if len(texts) == MOST_EVENTS:
        code, said = refused(put, logs=logs, events=[(at, "x")] * (MOST_EVENTS + 1))
        assert code == INVALID and "'logEvents' failed to satisfy constraint" in said and "10000" in said
    settle()
    # A page takes as much as a request.
    assert [messages(page) for page in filter_pages(logs)] == [texts]
    assert [messages(page) for page in get_pages(logs)] == [texts]
    assert messages(got(logs, forward=False)) == texts


def test_what_a_page_holds(suite, logs, settle):
    """1 MB with the overhead, and at least one event."""
    create(logs)
    at = millis(suite)
    for text in "abc":
        put(logs, [(at, text * LARGEST)])
        at += 1
    put(logs, [(at, "x" * 500_000), (at, "y" * 500_000)])
    settle()
    expected = [["a" * LARGEST], ["b" * LARGEST], ["c" * LARGEST], ["x" * 500_000, "y" * 500_000]]
    assert [messages(page) for page in filter_pages(logs)] == expected
    assert [messages(page) for page in get_pages(logs) if page] == expected
    assert [messages(page) for page in get_pages(logs, forward=False) if page] == expected[::-1]


# Hours from now, and which of them are stored; what else is answered.
JUDGED = [
    ([0], [0], {}),
    ([-1, -1, 0, 0, 1], [0, 1, 2, 3, 4], {}),
    ([-335.9], [0], {}),
    ([-336.1, -335.9], [1], {"tooOldLogEventEndIndex": 1}),
    ([-1000, -337, -336.1], [], {"tooOldLogEventEndIndex": 3}),
    ([1.9, 2.1, 3], [0], {"tooNewLogEventStartIndex": 1}),
    ([2.1], [], {"tooNewLogEventStartIndex": 0}),
    ([-23.9, 0], [0, 1], {}),
    ([-24, 0], [0, 1], {}),
    ([-400, -23, 0, 5, 600], [1, 2], {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 3}),
    ([-400, 5], [], {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 1}),
]
ORDER = "Log events in a single PutLogEvents request must be in chronological order."
SPAN = "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."


@pytest.mark.parametrize(("hours", "stored", "expected"), JUDGED, ids=str)
def test_which_events_are_taken(suite, logs, settle, hours, stored, expected):
    """Too old and too new ones are left out, and told by their indexes; only the others count for the span."""
    create(logs)
    now = millis(suite)
    events = [(now + int(hour * MS_HOUR), f"at {hour}") for hour in hours]
    answer = put(logs, events)
    assert answer.get("rejectedLogEventsInfo", {}) == expected
    assert answer["nextSequenceToken"]
    settle()
    expected = [events[index] for index in stored]
    assert pairs(filtered(logs)) == pairs(got(logs)) == expected


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ([0, -0.001], ORDER),
        ([-1, 0, -1], ORDER),
        ([3, 2], ORDER),
        ([-400, -500], ORDER),
        ([-24.1, 0], SPAN),
        ([-400, -24.1, 0, 3], SPAN),
        ([-335, 1], SPAN),
    ],
    ids=str,
)
def test_requests_that_are_refused_whole(suite, logs, hours, said):
    create(logs)
    now = millis(suite)
    events = [(now + int(hour * MS_HOUR), "m") for hour in hours]
    assert refused(put, logs=logs, events=events) == (INVALID, said)
    assert filtered(logs) == []


@pytest.mark.parametrize(
    ("hours", "stored", "expected"),
    [
        ([-71.9, -71], [0, 1], {}),
        ([-72.1, -71.9], [1], {"expiredLogEventEndIndex": 1}),
        ([-400, -73, -71, 3],
         [2],
         {"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2, "tooNewLogEventStartIndex": 3}),
        ([-100, -80], [], {"expiredLogEventEndIndex": 2}),
        # What retention leaves out does not count for the span.
        ([-100, -1], [1], {"expiredLogEventEndIndex": 1}),
    ],
    ids=str,
)  # fmt: skip
def test_which_events_a_retention_of_three_days_takes(suite, logs, settle, hours, stored, expected):
    create(logs)
    logs.put_retention_policy(logGroupName="g", retentionInDays=3)
    now = millis(suite)
    events = [(now + int(hour * MS_HOUR), f"at {hour}") for hour in hours]
    assert put(logs, events).get("rejectedLogEventsInfo", {}) == expected
    settle()
    assert pairs(filtered(logs)) == pairs(got(logs)) == [events[index] for index in stored]


@pytest.mark.parametrize(
    ("input", "code", "said"),
    [
        ({"logEvents": []}, INVALID, "at 'logEvents' failed to satisfy constraint"),
        ({"logEvents": None}, INVALID, "Value null at 'logEvents'"),
        ({"logEvents": [{"timestamp": 1, "message": ""}]}, INVALID, "at 'logEvents.1.member.message' failed"),
        ({"logEvents": [{"timestamp": -1, "message": "m"}]}, INVALID, "at 'logEvents.1.member.timestamp' failed"),
        ({"logEvents": [{"timestamp": 1}]}, INVALID, "Value null at 'logEvents.1.member.message'"),
        ({"logEvents": [{"message": "m"}]}, INVALID, "Value null at 'logEvents.1.member.timestamp'"),
        ({"logGroupName": "none"}, *NO_GROUP),
        ({"logStreamName": "none"}, *NO_STREAM),
        ({"logGroupName": "a b"}, INVALID, "at 'logGroupName' failed to satisfy constraint"),
        ({"logStreamName": "a:b"}, INVALID, "at 'logStreamName' failed to satisfy constraint"),
        ({"logStreamName": "a*"}, INVALID, "at 'logStreamName' failed to satisfy constraint"),
        ({"logStreamName": ""}, INVALID, "at 'logStreamName' failed to satisfy constraint"),
    ],
    ids=str,
)
def test_refusals(suite, logs, input, code, said):
    create(logs)
    event = {"timestamp": millis(suite), "message": "m"}
    input = {"logGroupName": "g", "logStreamName": "s", "logEvents": [event], **input}
    input = {name: value for name, value in input.items() if value is not None}
    found = refused(logs.put_log_events, **input)
    assert found[0] == code and said in found[1], found
    assert filtered(logs) == []


def test_sequence_tokens_mean_nothing(suite, logs):
    """Any is taken, a used one again, and one is answered each time."""
    create(logs)
    at = millis(suite)
    tokens = [put(logs, [(at, "0")])["nextSequenceToken"]]
    for number, token in enumerate(["garbage", tokens[0], tokens[0], "1"], 1):
        tokens.append(put(logs, [(at + number, str(number))], sequenceToken=token)["nextSequenceToken"])
    # The same events again are other events.
    put(logs, [(at + 4, "4")], sequenceToken=tokens[-2])
    assert len(set(tokens)) == 5
    assert messages(got(logs)) == ["0", "1", "2", "3", "4", "4"]


def test_messages_come_back_as_they_were(suite, logs, settle):
    """Zeros, line breaks, quotes, and everything of Unicode."""
    create(logs)
    at = millis(suite)
    put(logs, [(at, text) for text in ODD])
    settle()
    assert messages(filtered(logs)) == messages(got(logs)) == messages(got(logs, forward=False, limit=2)) == ODD


@pytest.mark.parametrize("name", ["s", "a/b/[$LATEST]c", " ", "ünï 🦀", "..", "x" * 512, "%2F", "#"], ids=ascii)
def test_names_of_streams(suite, logs, settle, name):
    """Whatever is no colon and no asterisk, and not a name that only begins alike."""
    create(logs, "g", name, *([f"{name}2"] if len(name) < 512 else []))
    put(logs, [(millis(suite), "mine")], stream=name)
    if len(name) < 512:
        put(logs, [(millis(suite), "other")], stream=f"{name}2")
    settle()
    assert messages(got(logs, stream=name)) == ["mine"]
    [found] = filtered(logs, logStreamNames=[name])
    assert (found["message"], found["logStreamName"]) == ("mine", name)


def test_times_of_ingestion(suite, logs, settle):
    """An event tells when it came, which is not when it happened."""
    create(logs)
    at = millis(suite) - MS_DAY
    before = millis(suite)
    put(logs, [(at, "m")])
    after = millis(suite)
    settle()
    for [event] in (got(logs), filtered(logs)):
        assert event["timestamp"] == at and before <= event["ingestionTime"] <= after


# GetLogEvents


def numbered(suite, logs, count, settle):
    """Events a second apart, in requests of three, the later half of them put first. Answers their times."""
    create(logs)
    start = millis(suite) - MS_HOUR
    times = [start + number * SECOND for number in range(count)]
    events = [(time, str(number)) for number, time in enumerate(times)]
    for half in (events[count // 2 :], events[: count // 2]):
        for at in range(0, len(half), 3):
            put(logs, half[at : at + 3])
    settle()
    return times


@pytest.mark.parametrize("limit", [1, 2, 7, 20, 21, 10_000])
@pytest.mark.parametrize("forward", [True, False])
def test_pages_in_both_directions(suite, logs, settle, limit, forward):
    """Each event once, pages as full as they may be, each page in the order of time."""
    numbered(suite, logs, 20, settle)
    numbers = [str(number) for number in range(20)]
    pages = [messages(page) for page in get_pages(logs, forward=forward, limit=limit)]
    pages = [page for page in pages if page]
    if forward:
        assert pages == [numbers[at : at + limit] for at in range(0, 20, limit)]
    else:
        assert pages == [numbers[max(0, at - limit) : at] for at in range(20, 0, -limit)]


def test_the_latest_come_first_unless_the_head_is_asked_for(suite, logs, settle):
    numbered(suite, logs, 20, settle)
    asked = {"logGroupName": "g", "logStreamName": "s", "limit": 3}
    assert messages(logs.get_log_events(**asked)["events"]) == ["17", "18", "19"]
    assert messages(logs.get_log_events(**asked, startFromHead=False)["events"]) == ["17", "18", "19"]
    assert messages(logs.get_log_events(**asked, startFromHead=True)["events"]) == ["0", "1", "2"]


def test_tokens_turn_around(suite, logs, settle):
    """A page's backward token leads to what is before it, its forward token to what is behind it, whichever way it came."""
    numbered(suite, logs, 20, settle)
    asked = {"logGroupName": "g", "logStreamName": "s", "limit": 4, "startFromHead": True}

    def ask(token=None):
        page = logs.get_log_events(**asked, **({"nextToken": token} if token else {}))
        return messages(page["events"]), page["nextForwardToken"], page["nextBackwardToken"]

    first = ask()
    second = ask(first[1])
    third = ask(second[1])
    assert third[0] == ["8", "9", "10", "11"]
    assert ask(third[2])[0] == second[0] and ask(second[2])[0] == first[0]
    back = ask(third[2])
    assert ask(back[1])[0] == third[0] and ask(back[2])[0] == first[0]
    # At either end the token stays the same, and the other one leads back.
    end, start = third, first
    while end[0]:
        end = ask(end[1])
    while start[0]:
        start = ask(start[2])
    for _ in range(2):
        assert ask(end[1])[:2] == ([], end[1])
        assert ask(start[2])[0] == [] and ask(start[2])[2] == start[2]
    assert ask(end[2])[0] == ["16", "17", "18", "19"]
    assert ask(start[1])[0] == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, range(0, 20)),
        (3, None, range(3, 20)),
        (3.001, None, range(4, 20)),
        (None, 3, range(0, 3)),
        (None, 3.001, range(0, 4)),
        (3, 3, []),
        (3, 3.001, [3]),
        (5, 3, []),
        (-1000, 9000, range(0, 20)),
        (30, 40, []),
    ],
    ids=str,
)
def test_ranges_of_get(suite, logs, settle, start, end, expected):
    """The start is inclusive, the end is not; pages keep to them."""
    times = numbered(suite, logs, 20, settle)
    bounds = [("startTime", start), ("endTime", end)]
    asked = {name: max(0, times[0] + int(second * SECOND)) for name, second in bounds if second is not None}
    expected = [str(number) for number in expected]
    for forward in (True, False):
        assert messages(got(logs, forward=forward, **asked)) == expected
        assert messages(got(logs, forward=forward, limit=2, **asked)) == expected


def test_tokens_of_something_else_are_refused(suite, logs, settle):
    numbered(suite, logs, 5, settle)
    logs.create_log_stream(logGroupName="g", logStreamName="t")
    create(logs, "h")
    asked = {"logGroupName": "g", "logStreamName": "s"}
    token = logs.get_log_events(**asked)["nextForwardToken"]
    other = [{**asked, "logStreamName": "t"}, {**asked, "logGroupName": "h"}]
    said = (INVALID, "The specified nextToken is invalid.")
    for input in other:
        assert refused(logs.get_log_events, **input, nextToken=token) == said
    wrong = ["x", "f/1", token[:-1], token + "0", token[1:], "\0", "🦀", token.replace("f/", "g/"), " ", "f/" + "9" * 5000]
    for garbage in wrong:
        assert refused(logs.get_log_events, **asked, nextToken=garbage) == said, garbage
    filter_token = logs.filter_log_events(logGroupName="g", limit=1)["nextToken"]
    assert refused(logs.get_log_events, **asked, nextToken=filter_token) == said
    assert refused(logs.filter_log_events, logGroupName="g", limit=1, nextToken=token) == said
    # A stream that was made again is another one.
    logs.delete_log_stream(logGroupName="g", logStreamName="s")
    assert refused(logs.get_log_events, **asked, nextToken=token) == NO_STREAM
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    assert refused(logs.get_log_events, **asked, nextToken=token) == said


@pytest.mark.parametrize("start", [None, 0, "now", 2**43, 2**44, 2**53, 2**63 - 1], ids=str)
def test_an_empty_stream(suite, logs, start):
    """It has tokens; they stay the same, and lead to what comes."""
    create(logs)
    asked = {"logGroupName": "g", "logStreamName": "s"}
    if start is not None:
        asked["startTime"] = millis(suite) - SECOND if start == "now" else start
    page = logs.get_log_events(**asked, startFromHead=True)
    for _ in range(2):
        again = logs.get_log_events(**asked, startFromHead=True, nextToken=page["nextForwardToken"])
        assert again["events"] == [] and again["nextForwardToken"] == page["nextForwardToken"]
        again = logs.get_log_events(**asked, nextToken=page["nextBackwardToken"])
        assert again["events"] == [] and again["nextBackwardToken"] == page["nextBackwardToken"]
    put(logs, [(millis(suite), "first")])
    again = logs.get_log_events(**asked, startFromHead=True, nextToken=page["nextForwardToken"])
    assert messages(again["events"]) == (["first"] if start in (None, 0, "now") else [])


@pytest.mark.parametrize("same_time", [True, False])
def test_the_end_is_followed(suite, logs, same_time):
    """Whoever keeps the forward token gets what comes, each event once, while it is delivered, also events of one time."""
    create(logs)
    at, seen, sent = millis(suite), [], []
    token = logs.get_log_events(logGroupName="g", logStreamName="s", startFromHead=True)["nextForwardToken"]
    for number in range(60):
        events = [(at + (0 if same_time else number), f"{number}/{n}") for n in range(number % 3 + 1)]
        put(logs, events)
        sent += [message for _, message in events]
        if number % 7 == 3:
            suite.settle()
        while number % 2:
            page = logs.get_log_events(logGroupName="g", logStreamName="s", startFromHead=True, nextToken=token, limit=2)
            seen += messages(page["events"])
            if page["nextForwardToken"] == token:
                break
            token = page["nextForwardToken"]
    assert seen == sent


def test_tokens_that_time_went_past(suite, logs):
    """A page that begins where nothing is kept any more is empty, and its token stays."""
    create(logs)
    logs.put_retention_policy(logGroupName="g", retentionInDays=1)
    at = millis(suite)
    put(logs, [(at - MS_HOUR, "a"), (at, "b")])
    asked = {"logGroupName": "g", "logStreamName": "s", "limit": 1}
    back = logs.get_log_events(**asked)["nextBackwardToken"]
    ahead = logs.get_log_events(**asked, startFromHead=True)["nextForwardToken"]
    down = {"logGroupName": "g", "limit": 1, "startTime": at - MS_DAY, "startFromHead": False}
    token = logs.filter_log_events(**down)["nextToken"]
    suite.advance(3 * DAY)
    page = logs.get_log_events(**asked, nextToken=back)
    assert (page["events"], page["nextBackwardToken"]) == ([], back)
    page = logs.get_log_events(**asked, nextToken=ahead)
    assert (page["events"], page["nextForwardToken"]) == ([], ahead)
    page = logs.filter_log_events(**down, nextToken=token)
    assert page["events"] == [] and "nextToken" not in page


def test_parallel_writers(suite, logs):
    """Eight writers into one stream at once, while it is read and delivered: each event is there once."""
    create(logs)
    start, stop = millis(suite), threading.Event()
    sent = {f"{writer}/{number}/{index}" for writer in range(8) for number in range(15) for index in range(3)}

    def write(writer):
        client = suite.client("logs")
        for number in range(15):
            put(client, [(start + number, f"{writer}/{number}/{index}") for index in range(3)])

    def read():
        client = suite.client("logs")
        while not stop.is_set():
            seen = messages(got(client, limit=50))
            assert len(seen) == len(set(seen)) and set(seen) <= sent
            suite.settle()

    failed = []

    def noting(work, *arguments):
        def run():
            try:
                work(*arguments)
            except BaseException as error:
                failed.append(error)

        return threading.Thread(target=run)

    writers, reader = [noting(write, writer) for writer in range(8)], noting(read)
    for thread in [*writers, reader]:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert failed == []
    for _ in range(2):
        for found in (got(logs), got(logs, forward=False, limit=17), filtered(logs), filtered(logs, limit=17)):
            assert sorted(messages(found)) == sorted(sent)
            assert [event["timestamp"] for event in found] == sorted(event["timestamp"] for event in found)
        suite.settle()


# FilterLogEvents


@pytest.fixture
def three_streams(suite, logs, settle):
    """Streams a1, a2 and b with an event each second in turn; answers the first time."""
    create(logs, "g", "a1", "a2", "b")
    start = millis(suite) - MS_HOUR
    for number in range(30):
        put(logs, [(start + number * SECOND, str(number))], stream=["a1", "a2", "b"][number % 3])
    settle()
    return start


@pytest.mark.parametrize(
    ("input", "expected"),
    [
        ({}, range(30)),
        ({"logStreamNames": ["a1"]}, range(0, 30, 3)),
        ({"logStreamNames": ["b", "a1"]}, [n for n in range(30) if n % 3 != 1]),
        ({"logStreamNames": ["a1", "a1"]}, range(0, 30, 3)),
        ({"logStreamNamePrefix": "a"}, [n for n in range(30) if n % 3 != 2]),
        ({"logStreamNamePrefix": "a2"}, range(1, 30, 3)),
        ({"logStreamNamePrefix": "a22"}, []),
        ({"logStreamNamePrefix": "1"}, []),
        ({"interleaved": False}, range(30)),
        ({"interleaved": True}, range(30)),
        ({"unmask": True}, range(30)),
        ({"filterPattern": ""}, range(30)),
        ({"filterPattern": "7"}, [7, 17, 27]),
        ({"filterPattern": "7", "logStreamNamePrefix": "a"}, [7, 27]),
        ({"logGroupIdentifier": "arn:aws:logs:us-east-1:123456789012:log-group:g"}, range(30)),
        ({"logGroupIdentifier": "g", "logStreamNames": ["b"]}, range(2, 30, 3)),
    ],
    ids=str,
)
@pytest.mark.parametrize("limit", [None, 7, 1])
def test_what_is_filtered(logs, three_streams, input, expected, limit):
    asked = {**input, **({"limit": limit} if limit else {})}
    if "logGroupIdentifier" not in asked:
        asked["logGroupName"] = "g"
    found, token = [], None
    while True:
        page = logs.filter_log_events(**asked, **({"nextToken": token} if token else {}))
        assert len(page["events"]) <= (limit or 10_000)
        found += page["events"]
        token = page.get("nextToken")
        if not token:
            break
    assert messages(found) == [str(number) for number in expected]
    assert all(event["logStreamName"] == ["a1", "a2", "b"][int(event["message"]) % 3] for event in found)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (3, None, range(3, 30)),
        (3.001, None, range(4, 30)),
        (None, 3, range(0, 4)),
        (None, 2.999, range(0, 3)),
        (3, 3, [3]),
        (3, 3.001, [3]),
        (5, 3, []),
        (40, 50, []),
    ],
    ids=str,
)
@pytest.mark.parametrize("from_head", [True, False])
def test_ranges_of_filter(logs, three_streams, start, end, expected, from_head):
    """Here the end is inclusive, too; the latest come first when that is asked for."""
    bounds = [("startTime", -1 if start is None else start), ("endTime", end)]
    asked = {name: three_streams + int(second * SECOND) for name, second in bounds if second is not None}
    expected = [str(number) for number in expected]
    for limit in (1, 7, 10_000):
        found = filtered(logs, **asked, limit=limit, startFromHead=from_head)
        assert messages(found) == (expected if from_head else expected[::-1])


def test_the_latest_first_need_a_start(logs, three_streams):
    """The documentation: "only on or after Jan 1, 2024 00:00:00 UTC"."""
    assert refused(filtered, logs=logs, startFromHead=False)[0] == INVALID
    first = {"startFromHead": False, "startTime": 1_704_067_200_000}
    assert len(filtered(logs, **first)) == 30
    # A token has its direction, whatever is said beside it.
    page = logs.filter_log_events(logGroupName="g", limit=3, **first)
    again = logs.filter_log_events(
        logGroupName="g", limit=3, startTime=first["startTime"], startFromHead=True, nextToken=page["nextToken"]
    )
    assert messages(page["events"] + again["events"]) == ["29", "28", "27", "26", "25", "24"]


@pytest.mark.parametrize(
    ("input", "code", "said"),
    [
        ({"logStreamNames": ["a1"], "logStreamNamePrefix": "a"}, INVALID,
         "logStreamNamePrefix and logStreamNames cannot be specified together."),
        ({"logStreamNames": []}, INVALID, "at 'logStreamNames' failed to satisfy constraint"),
        ({"logStreamNames": ["a"] * 101}, INVALID, "at 'logStreamNames' failed to satisfy constraint"),
        ({"logStreamNamePrefix": ""}, INVALID, "at 'logStreamNamePrefix' failed to satisfy constraint"),
        ({"logStreamNames": ["a1", "none"]}, *NO_STREAM),
        ({"logGroupName": "none"}, *NO_GROUP),
        ({"limit": 0}, INVALID, "at 'limit' failed to satisfy constraint"),
        ({"limit": 10_001}, INVALID, "at 'limit' failed to satisfy constraint"),
        ({"startTime": -1}, INVALID, "at 'startTime' failed to satisfy constraint"),
        ({"filterPattern": "{ $.a = "}, INVALID, ""),
        ({"filterPattern": "[a"}, INVALID, ""),
        ({"filterPattern": "x" * 1025}, INVALID, "at 'filterPattern' failed to satisfy constraint"),
        ({"logGroupIdentifier": "g"}, "ValidationException", "mutually exclusive"),
        ({"nextToken": "garbage"}, INVALID, "The specified nextToken is invalid."),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_refusals_of_filter(logs, three_streams, input, code, said):
    found = refused(logs.filter_log_events, **{"logGroupName": "g", **input})
    assert found[0] == code and said in found[1], found


def test_tokens_of_another_search_are_refused(suite, logs, three_streams):
    """The token must come with the same search; the limit may change."""
    asked = {"logGroupName": "g", "limit": 2, "filterPattern": "1"}
    token = logs.filter_log_events(**asked)["nextToken"]
    assert messages(logs.filter_log_events(**{**asked, "limit": 3}, nextToken=token)["events"]) == ["11", "12", "13"]
    create(logs, "h")
    others = [
        {"filterPattern": "2"},
        {"logGroupName": "h"},
        {"logStreamNamePrefix": "a"},
        {"logStreamNames": ["b"]},
        {"startTime": three_streams},
        {"endTime": three_streams + 60_000},
    ]
    for other in others:
        said = refused(logs.filter_log_events, **{**asked, **other}, nextToken=token)
        assert said == (INVALID, "The specified nextToken is invalid."), other
    elsewhere = suite.client("logs", key="111122223333")
    create(elsewhere)
    assert refused(elsewhere.filter_log_events, **asked, nextToken=token)[0] == INVALID


def test_event_ids(suite, logs):
    """Unique, in the order of the events, and the same before and after delivery."""
    create(logs, "g", "s", "t")
    at = millis(suite)
    for number in range(20):
        put(logs, [(at - number % 5, f"{number}"), (at, f"{number} too")], stream="st"[number % 2])
    before = filtered(logs)
    ids = [event["eventId"] for event in before]
    assert len(set(ids)) == 40 and ids == sorted(ids)
    assert all(len(each) == 56 and each.isdigit() for each in ids)
    suite.settle()
    assert filtered(logs) == before
    assert filtered(logs, limit=3) == before


@pytest.mark.parametrize(("limit", "came"), [(1, 3), (7, 3), (49, 1), (50, 0)])
@pytest.mark.parametrize("from_head", [True, False])
def test_pages_go_on_across_deliveries(suite, logs, limit, came, from_head):
    """A token from the journal leads on in segments, also between events of one request and of one time."""
    create(logs)
    at = millis(suite)
    for number in range(10):
        put(logs, [(at, f"{number}/{n}") for n in range(5)])
    asked = {"startTime": at - MS_HOUR, "startFromHead": from_head}
    expected, found = filtered(logs, **asked), []
    for number, page in enumerate(filter_pages(logs, limit=limit, **asked)):
        found += page
        if number < 3:
            # What comes behind the reader's back is not its business, what comes ahead is.
            put(logs, [(at - SECOND, "before"), (at + SECOND, "after")])
            suite.settle()
    ahead = "after" if from_head else "before"
    assert [event for event in found if event["message"] != ahead] == expected
    assert len(found) - len(expected) == came


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_find_the_same_everywhere(suite, logs, settle, pattern):
    """In the journal and in segments, by streams or not, in pages or not."""
    create(logs, "g", "s", "t")
    chance, at = random.Random(3), millis(suite) - MS_HOUR
    events = [(at + number, a_message(chance), chance.choice("st")) for number in range(300)]
    for time, message, stream in events:
        if time % 4 == 0:
            put(logs, [(time, message)], stream=stream)
    for stream in "st":
        put(logs, [(time, message) for time, message, of in events if of == stream and time % 4], stream=stream)
    settle()
    for names in ({}, {"logStreamNames": ["t"]}, {"logStreamNamePrefix": "s"}):
        wanted = {"s": "logStreamNames" not in names, "t": "logStreamNamePrefix" not in names}
        expected = [(time, text) for time, text, of in events if wanted[of] and PATTERNS[pattern](text)]
        assert pairs(filtered(logs, filterPattern=pattern, **names)) == expected
        assert pairs(filtered(logs, filterPattern=pattern, limit=7, **names)) == expected
        within = [pair for pair in expected if at + 100 <= pair[0] <= at + 200]
        asked = {"startTime": at + 100, "endTime": at + 200}
        assert pairs(filtered(logs, filterPattern=pattern, **asked, **names)) == within


# Deletion


@pytest.mark.parametrize("when", ["tail", "segments", "both"])
def test_nothing_of_a_deleted_stream_comes_back(suite, logs, when):
    """Not under its old name, not with its siblings, not by a delivery that comes later."""
    create(logs, "g", "s", "t")
    at = millis(suite)
    for number in range(3):
        put(logs, [(at, f"old {number}")])
        put(logs, [(at, f"kept {number}")], stream="t")
        if when == "segments" or (when == "both" and number == 1):
            suite.settle()
    logs.delete_log_stream(logGroupName="g", logStreamName="s")

    def check(mine):
        assert sorted(messages(filtered(logs))) == sorted(["kept 0", "kept 1", "kept 2", *mine])
        assert messages(filtered(logs, filterPattern="old")) == []
        assert len(got(logs, stream="t")) == 3

    for _ in range(2):
        check([])
        assert refused(got, logs=logs) == NO_STREAM
        assert refused(put, logs=logs, events=[(at, "m")]) == NO_STREAM
        suite.settle()
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    for _ in range(2):
        check([])
        assert got(logs) == [] and filtered(logs, logStreamNames=["s"]) == []
        suite.settle()
    put(logs, [(at, "new")])
    for _ in range(2):
        check(["new"])
        assert messages(got(logs)) == messages(filtered(logs, logStreamNames=["s"])) == ["new"]
        suite.settle()


@pytest.mark.parametrize("when", ["tail", "segments", "both"])
@pytest.mark.parametrize("before", ["delete", "clock"])
def test_nothing_of_a_deleted_group_comes_back(suite, logs, when, before):
    """Whether what it held was already removed in the background or not."""
    create(logs)
    at = millis(suite)
    for number in range(3):
        put(logs, [(at, f"old {number}")])
        if when == "segments" or (when == "both" and number == 1):
            suite.settle()
    logs.delete_log_group(logGroupName="g")
    assert refused(filtered, logs=logs) == refused(got, logs=logs) == NO_GROUP
    assert refused(put, logs=logs, events=[(at, "m")]) == NO_GROUP
    if before == "clock":
        suite.advance(HOUR)
    create(logs)
    for _ in range(2):
        assert filtered(logs) == got(logs) == []
        suite.settle()
    put(logs, [(at, "new")])
    for _ in range(3):
        assert messages(filtered(logs)) == messages(got(logs)) == ["new"]
        suite.advance(DAY)
    [group] = logs.describe_log_groups()["logGroups"]
    assert group["storedBytes"] == len("new") + OVERHEAD


def test_groups_are_apart(suite, logs):
    """Names that begin alike, accounts and regions."""
    clients = {
        "here": logs,
        "account": suite.client("logs", key="111122223333"),
        "region": suite.client("logs", region="eu-west-1"),
    }
    at = millis(suite)
    for place, client in clients.items():
        for name in ("g", "g/", "g2", "G", "a/b", "a-b", "a%b".replace("%", "_")):
            create(client, name)
            put(client, [(at, f"{place} {name}")], group=name)
    for _ in range(2):
        for place, client in clients.items():
            for name in ("g", "g/", "g2", "G", "a/b", "a-b", "a_b"):
                assert messages(filtered(client, name)) == messages(got(client, name)) == [f"{place} {name}"]
        suite.settle()


# All together


def test_events_that_come_late(suite, logs):
    """Days apart, over many requests and deliveries, and never in order."""
    create(logs, "g", "s", "t")
    chance, model = random.Random(11), Group({"s": [], "t": []})
    now = millis(suite)
    for number in range(150):
        stream = chance.choice("st")
        at = now - chance.randrange(1, 13 * 24) * MS_HOUR
        events = [(at + n * chance.randrange(1, MS_HOUR), f"{number}/{n}") for n in range(chance.randrange(1, 6))]
        events.sort()
        put(logs, events, stream=stream)
        model.put(stream, events, now)
        if number % 40 == 39:
            suite.settle()
    for _ in range(2):
        check(suite, logs, model, chance, "g", thorough=True)
        suite.settle()


def check(suite, logs, model, chance, name, thorough=False):
    """Compares what clients see of a group with the model."""
    now = millis(suite)
    for stream in model.streams if thorough else chance.sample(list(model.streams), min(1, len(model.streams))):
        expected = [event[1:] for event in model.find(now, lambda each, wanted=stream: each == wanted)]
        limit = chance.choice([3, 50, 10_000]) if len(expected) < 100 else chance.choice([50, 10_000])
        found = got(logs, name, stream, forward=chance.random() < 0.5, limit=limit)
        same(pairs(found), expected)
    asked, about = {}, {}
    kind = chance.randrange(3)
    if kind == 0 and model.streams:
        names = chance.sample(list(model.streams), min(2, len(model.streams)))
        asked["logStreamNames"], about["wanted"] = names, lambda stream: stream in names
    elif kind == 1:
        asked["logStreamNamePrefix"], about["wanted"] = "s", lambda stream: stream.startswith("s")
    if chance.random() < 0.5:
        pattern = chance.choice(list(PATTERNS))
        asked["filterPattern"], about["matches"] = pattern, PATTERNS[pattern]
    from_head = chance.random() < 0.6
    if chance.random() < 0.5 or not from_head:
        asked["startTime"] = about["start"] = now - chance.randrange(20 * 24) * MS_HOUR
    if chance.random() < 0.4:
        asked["endTime"] = about["end"] = now - chance.randrange(10 * 24) * MS_HOUR
    expected = [event[1:] for event in model.find(now, **about)]
    limit = chance.choice([1, 7, 100, None]) if len(expected) < 60 else chance.choice([100, None])
    if limit:
        asked["limit"] = limit
    found = filtered(logs, name, startFromHead=from_head, **asked)
    same(pairs(found if from_head else found[::-1]), expected)
    ids = [event["eventId"] for event in found]
    assert len(set(ids)) == len(ids) and ids == sorted(ids, reverse=not from_head)


def same(found, expected):
    """The same events in the same order, but for those of one time: requests of one millisecond have no order."""
    assert [time for time, _ in found] == [time for time, _ in expected]
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.local("clock")
def test_a_random_life(suite, seed):
    """Hundreds of random steps beside a model that knows nothing of journals, segments and pages."""
    chance, logs = random.Random(seed), suite.client("logs")
    groups = {}
    # Events lie half an hour beside the hours that bounds are at, and so never on them, however long a step takes.
    origin = millis(suite) - MS_HOUR // 2
    passed = 0

    def put_some():
        name = chance.choice(list(groups))
        model = groups[name]
        if not model.streams:
            return
        stream, now = chance.choice(list(model.streams)), millis(suite)
        hour = chance.choice([0, 0, 0, -1, -5, -24, -100, -200, -320, -340, 1, 3]) + chance.randrange(-12, 1)
        first = origin + passed + hour * MS_HOUR
        times = [first + chance.choice([0, 0, 1, 20]) * MS_HOUR + chance.randrange(500_000) for _ in range(chance.randrange(1, 9))]
        events = [(time, a_message(chance)) for time in sorted(times)]
        answer = put(logs, events, name, stream)
        assert answer.get("rejectedLogEventsInfo", {}) == model.put(stream, events, now)

    def look():
        name = chance.choice(list(groups))
        check(suite, logs, groups[name], chance, name)

    def pass_time():
        nonlocal passed
        hours = chance.choice([1, 2, 24, 24, 72])
        passed += hours * MS_HOUR
        suite.advance(hours * HOUR)

    def a_stream():
        name = chance.choice(list(groups))
        stream = chance.choice(["s1", "s2", "t1"])
        if stream in groups[name].streams:
            logs.delete_log_stream(logGroupName=name, logStreamName=stream)
            del groups[name].streams[stream]
        else:
            logs.create_log_stream(logGroupName=name, logStreamName=stream)
            groups[name].streams[stream] = []

    def a_group():
        name = chance.choice("gh")
        if name in groups:
            logs.delete_log_group(logGroupName=name)
            del groups[name]
        if name not in groups:
            create(logs, name, "s1", "t1")
            groups[name] = Group({"s1": [], "t1": []})

    def a_retention():
        name = chance.choice(list(groups))
        days = chance.choice([1, 3, 7, 30, None])
        groups[name].retain(days, millis(suite))
        if days:
            logs.put_retention_policy(logGroupName=name, retentionInDays=days)
        else:
            logs.delete_retention_policy(logGroupName=name)

    a_group()
    steps = [(put_some, 50), (look, 25), (suite.deliver, 10), (pass_time, 6), (a_stream, 5), (a_retention, 3), (a_group, 1)]
    for _ in range(400):
        [step] = chance.choices([step for step, _ in steps], [weight for _, weight in steps])
        step()
    for _ in range(2):
        for name, model in groups.items():
            check(suite, logs, model, chance, name, thorough=True)
        suite.settle()
    assert sum(len(events) for model in groups.values() for events in model.streams.values()) > 0


def test_garbage(suite, logs):
    """What no SDK sends is refused as such, and the process lives."""
    create(logs)
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Logs_20140328.PutLogEvents"}
    bodies = [
        b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"logGroupName": 1}', b'{"logEvents": {}}', b'{"logEvents": [1]}', b"\xff\xfe",
        b'{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":"1","message":"m"}]}',
        b'{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1e99,"message":"m"}]}',
        b'{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1.5,"message":"m"}]}',
        b'{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1,"message":"\\ud800"}]}',
        b'{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1,"message":["m"]}]}',
        b'{"logGroupName":"g","logStreamName":"s","logEvents":' + b"[" * 10_000,
    ]  # fmt: skip
    for body in bodies:
        answer = suite.send("POST", service="logs", data=body, headers=headers, timeout=60)
        assert answer.status_code in (200, 400), (body[:100], answer.status_code, answer.text)
        if answer.status_code == 400:
            assert answer.json()["__type"], body[:100]
    assert filtered(logs) == []
