"""What no decent client sends, as bytes over HTTP in all three protocols: AWS's error, nothing stored, and the suite goes on.

Every fixture use ends with a look at the process: it lives, and nothing in it has panicked.
"""

import gzip
import json
import math
import socket

import pytest

from conftest import DAY, HOUR, MINUTE
from raw import PROTOCOLS, TARGET, VERSION, Json

VALUE, MISSING, COMBINATION = "InvalidParameterValue", "MissingParameter", "InvalidParameterCombination"
MALFORMED, VALIDATION, TOO_LARGE, NO_ACTION = "MalformedInput", "ValidationError", "RequestEntityTooLarge", "InvalidAction"
# The names of the errors' shapes, which JSON and CBOR tell besides.
SHAPES = {
    VALUE: "InvalidParameterValueException",
    MISSING: "MissingRequiredParameterException",
    COMBINATION: "InvalidParameterCombinationException",
    MALFORMED: "SerializationException",
    VALIDATION: "ValidationException",
    TOO_LARGE: "RequestEntityTooLargeException",
    NO_ACTION: "UnknownOperationException",
    "InvalidNextToken": "InvalidNextToken",
    "MissingAction": "MissingAction",
}
GREATEST = 2.0**360
BEYOND = math.nextafter(GREATEST, math.inf)


@pytest.fixture(params=PROTOCOLS, ids=list(PROTOCOLS))
def protocol(request, suite):
    return PROTOCOLS[request.param](suite)


def refused(answer, code, text, status=400):
    """The error that AWS would answer; the text is the whole message or, with … at its end, the beginning of it."""
    assert (answer.status, answer.code) == (status, code), answer
    assert answer.shape in (None, SHAPES[code]), answer
    message = answer.message.strip()
    assert message.startswith(text[:-1]) if text.endswith("…") else message == text, answer


def nothing_stored(suite):
    """Neither a metric nor a row of it, before and after delivery; and what is good is still taken."""
    json_ = Json(suite)
    assert json_.send("ListMetrics").output == {"Metrics": []}
    # Audit records tell of what was refused.
    suite.settle()
    suite.holds_nothing("metrics/")
    at = suite.last_minute()
    assert json_.send("PutMetricData", Namespace="Shop", MetricData=[datum(at)]).status == 200
    assert count(suite, at) == 1


def count(suite, at, metric="m", stat="SampleCount"):
    answer = Json(suite).send(
        "GetMetricStatistics", Namespace="Shop", MetricName=metric, StartTime=at, EndTime=at + MINUTE, Period=60,
        Statistics=[stat],
    )  # fmt: skip
    return sum(point[stat] for point in answer.output["Datapoints"])


def datum(at, **more):
    return {"MetricName": "m", "Timestamp": at, **({"Value": 1.0} if not more else more)}


def dimensions(*names, value="v"):
    return [{"Name": name, "Value": value} for name in names]


def statistic_set(count=1.0, total=1.0, least=1.0, most=1.0):
    return {"SampleCount": count, "Sum": total, "Minimum": least, "Maximum": most}


# A datum's wrong members, its error, and the text with `@` for `MetricData.member.2`. The datum before it is good: nothing of
# it may be stored either.
DATA = {
    "NaN": ({"Value": math.nan}, VALUE, "The value NaN for parameter @.Value is invalid."),
    "infinity": ({"Value": math.inf}, VALUE, "The value Infinity for parameter @.Value is invalid."),
    "-infinity": ({"Value": -math.inf}, VALUE, "The value -Infinity for parameter @.Value is invalid."),
    "beyond 2^360": ({"Value": BEYOND}, VALUE, "The value 2.348542582773834E108 for parameter @.Value is invalid."),
    "beyond -2^360": ({"Value": -BEYOND}, VALUE, "The value -2.348542582773834E108 for parameter @.Value is invalid."),
    "NaN in values": ({"Values": [1.0, math.nan]}, VALUE, "The value NaN for parameter @.Values.member.2 is invalid."),
    "NaN in counts": ({"Values": [1.0], "Counts": [math.nan]}, VALUE,
                      "The value NaN for parameter @.Counts.member.1 is invalid."),
    "NaN in a set": ({"StatisticValues": statistic_set(total=math.nan)}, VALUE,
                     "The value NaN for parameter @.StatisticValues.Sum is invalid."),
    "151 values": ({"Values": [1.0] * 151}, VALUE, "The collection @.Values must not have a size greater than 150."),
    "fewer counts": ({"Values": [1.0, 2.0], "Counts": [1.0]}, VALUE,
                     "The parameters @.Values and @.Counts must be of the same size."),
    "more counts": ({"Values": [1.0], "Counts": [1.0, 2.0]}, VALUE,
                    "The parameters @.Values and @.Counts must be of the same size."),
    "counts alone": ({"Value": 1.0, "Counts": [1.0]}, VALUE,
                     "The parameters @.Values and @.Counts must be of the same size."),
    "a count of 0": ({"Values": [1.0], "Counts": [0.0]}, VALUE, "The value 0.0 for parameter @.Counts.member.1 is invalid."),
    "a count below 0": ({"Values": [1.0], "Counts": [-1.0]}, VALUE,
                        "The value -1.0 for parameter @.Counts.member.1 is invalid."),
    "no samples": ({"StatisticValues": statistic_set(count=0.0)}, VALUE,
                   "The value 0.0 for parameter @.StatisticValues.SampleCount is invalid."),
    "minimum above maximum": ({"StatisticValues": statistic_set(least=2.0)}, VALUE,
                              "The parameter @.StatisticValues.Maximum must be greater than or equal to …"),
    "half a set": ({"StatisticValues": {"SampleCount": 1.0, "Sum": 1.0, "Minimum": 1.0}}, MISSING,
                   "The parameter @.StatisticValues.Maximum is required."),
    "no value": ({}, COMBINATION, "At least one of the parameters must be specified."),
    "Value and Values": ({"Value": 1.0, "Values": [1.0]}, COMBINATION,
                         "The parameters @.Value and @.Values are mutually exclusive and you have specified both."),
    "Value and a set": ({"Value": 1.0, "StatisticValues": statistic_set()}, COMBINATION,
                        "The parameters @.Value and @.StatisticValues are mutually exclusive and you have specified both."),
    "Values and a set": ({"Values": [1.0], "StatisticValues": statistic_set()}, COMBINATION,
                         "The parameters @.StatisticValues and @.Values are mutually exclusive and you have specified both."),
    "31 dimensions": ({"Value": 1.0, "Dimensions": dimensions(*(f"d{n}" for n in range(31)))}, VALUE,
                      "The collection @.Dimensions must not have a size greater than 30."),
    "a dimension twice": ({"Value": 1.0, "Dimensions": dimensions("a", "b", "a")}, VALUE,
                          "No metric may specify the same dimension name twice."),
    "a dimension's empty name": ({"Value": 1.0, "Dimensions": dimensions("")}, MISSING,
                                 "The parameter @.Dimensions.member.1.Name is required."),
    "a dimension's empty value": ({"Value": 1.0, "Dimensions": dimensions("a", value="")}, MISSING,
                                  "The parameter @.Dimensions.member.1.Value is required."),
    "a dimension's long name": ({"Value": 1.0, "Dimensions": dimensions("d" * 256)}, VALUE,
                                "The parameter @.Dimensions.member.1.Name must be shorter than 256 characters."),
    "a dimension's long value": ({"Value": 1.0, "Dimensions": dimensions("d", value="v" * 1025)}, VALUE,
                                 "The parameter @.Dimensions.member.1.Value must be shorter than 1025 characters."),
    "a dimension's colon": ({"Value": 1.0, "Dimensions": dimensions(":d")}, VALUE,
                            "The value for parameter @.Dimensions.member.1.Name must not start with a colon."),
    "a dimension beyond ASCII": ({"Value": 1.0, "Dimensions": dimensions("d", value="ü")}, VALUE,
                                 "The value for parameter @.Dimensions.member.1.Value contains non-ASCII characters."),
    "no name": ({"Value": 1.0, "MetricName": None}, MISSING, "The parameter @.MetricName is required."),
    "an empty name": ({"Value": 1.0, "MetricName": ""}, MISSING, "The parameter @.MetricName is required."),
    "a long name": ({"Value": 1.0, "MetricName": "m" * 256}, VALUE,
                    "The parameter @.MetricName must be shorter than 256 characters."),
    "a name beyond ASCII": ({"Value": 1.0, "MetricName": "ü"}, VALUE,
                            "The value for parameter @.MetricName contains non-ASCII characters."),
    "a name with a bell": ({"Value": 1.0, "MetricName": "m\x07"}, VALUE,
                           "The value for parameter @.MetricName contains ASCII control characters."),
    "an unknown unit": ({"Value": 1.0, "Unit": "Furlong"}, VALUE,
                        "The parameter @.Unit must be a value in the set [ Seconds, Microseconds, …"),
    "half a minute": ({"Value": 1.0, "StorageResolution": 30}, VALUE,
                      "The parameter @.StorageResolution must be a value in the set [ 1, 60 ]."),
    "too old": ({"Value": 1.0, "Timestamp": -14 * DAY - MINUTE}, VALUE,
                "The parameter @.Timestamp must specify a time within the past two weeks."),
    "1970": ({"Value": 1.0, "Timestamp": None, "at": 0}, VALUE,
             "The parameter @.Timestamp must specify a time within the past two weeks."),
    "too new": ({"Value": 1.0, "Timestamp": 2 * HOUR + MINUTE}, VALUE,
                "The parameter @.Timestamp must specify a time no more than two hours in the future."),
}  # fmt: skip


def edited(now, members):
    """A datum with these members: times count from now, None takes away, `at` is a time as it is."""
    made = {"MetricName": "m", "Timestamp": now, **members}
    if members.get("Timestamp") is not None:
        made["Timestamp"] = now + members["Timestamp"]
    if "at" in made:
        made["Timestamp"] = made.pop("at")
    return {name: value for name, value in made.items() if value is not None}


@pytest.mark.parametrize("case", DATA)
def test_a_wrong_datum(suite, protocol, case):
    members, code, text = DATA[case]
    now = int(suite.now())
    data = [{**datum(now), "MetricName": "good"}, edited(now, members)]
    answer = protocol.send("PutMetricData", Namespace="Shop", MetricData=data)
    refused(answer, code, text.replace("@", "MetricData.member.2"))
    nothing_stored(suite)


# What is wrong with a request as a whole.
REQUESTS = {
    "no namespace": ({"Namespace": None}, MISSING, "The parameter Namespace is required."),
    "an empty namespace": ({"Namespace": ""}, MISSING, "The parameter Namespace is required."),
    "a blank namespace": ({"Namespace": "  "}, MISSING, "The parameter Namespace is required."),
    "a long namespace": ({"Namespace": "n" * 256}, VALUE, "The parameter Namespace must be shorter than 256 characters."),
    "a namespace beyond ASCII": ({"Namespace": "ü"}, VALUE, "The value for parameter Namespace contains non-ASCII characters."),
    "a namespace with a colon": ({"Namespace": ":n"}, VALUE, "The value :n for parameter Namespace is invalid."),
    "no data": ({"MetricData": None}, MISSING, "The parameter MetricData is required."),
    "empty data": ({"MetricData": []}, MISSING, "The parameter MetricData is required."),
    "1,001 data": ({"times": 1001}, VALUE, "The collection MetricData must not have a size greater than 1000."),
    "three entities": ({"EntityMetricData": 3, "StrictEntityValidation": False}, VALUE,
                       "The collection EntityMetricData must not have a size greater than 2."),
    "entities without strictness": ({"EntityMetricData": 1}, MISSING, "The parameter StrictEntityValidation is required."),
    "a wrong entity, strictly": ({"EntityMetricData": 1, "StrictEntityValidation": True}, VALIDATION,
                                 "1 validation error detected: Value …"),
}  # fmt: skip


@pytest.mark.parametrize("case", REQUESTS)
def test_a_wrong_request(suite, protocol, case):
    members, code, text = REQUESTS[case]
    now = int(suite.now())
    data = [datum(now)] * members.get("times", 1)
    input = {"Namespace": "Shop", "MetricData": data, **members}
    if "EntityMetricData" in input:
        # Five attributes of a key, of which AWS allows four.
        entity = {"KeyAttributes": {f"key{n}": "x" for n in range(5)}}
        input["EntityMetricData"] = [{"Entity": entity, "MetricData": data}] * members["EntityMetricData"]
    input = {name: value for name, value in input.items() if value is not None and name != "times"}
    refused(protocol.send("PutMetricData", **input), code, text)
    nothing_stored(suite)


def test_the_most_that_is_taken(suite, protocol):
    """The edges on the good side of all the above: taken, and read back, also after delivery."""
    now = int(suite.now())
    oldest, newest = now - 14 * DAY + 2 * MINUTE, now + 2 * HOUR - 2 * MINUTE
    base = {"Timestamp": now}
    data = [
        {"MetricName": "great", **base, "Values": [GREATEST, -GREATEST]},
        {"MetricName": "many", **base, "Values": [float(n) for n in range(150)], "Counts": [2.0] * 150},
        {"MetricName": "m" * 255, **base, "Value": 1.0, "Dimensions": dimensions(*(f"{n:0255}" for n in range(30)), value="v" * 1024)},
        {"MetricName": "old", "Timestamp": oldest, "Value": 1.0},
        {"MetricName": "new", "Timestamp": newest, "Value": 1.0},
    ]
    assert protocol.send("PutMetricData", Namespace="Shop", MetricData=data).status == 200
    thousand = [{"MetricName": "thousand", **base, "Value": 1.0}] * 1000
    assert protocol.send("PutMetricData", Namespace="Shop", MetricData=thousand).status == 200
    long = [{"MetricName": "m", **base, "Value": 1.0}]
    for namespace in ("n" * 255, "/" * 255):
        assert protocol.send("PutMetricData", Namespace=namespace, MetricData=long).status == 200
    for _ in ("journal", "segments"):
        minute = now // MINUTE * MINUTE
        assert (count(suite, minute, "great"), count(suite, minute, "great", "Maximum")) == (2, GREATEST)
        assert (count(suite, minute, "many"), count(suite, minute, "thousand")) == (300, 1000)
        assert count(suite, oldest // MINUTE * MINUTE, "old") == 1
        assert count(suite, newest // MINUTE * MINUTE, "new") == 1
        listed = Json(suite).send("ListMetrics", MetricName="m" * 255).output["Metrics"]
        assert [len(metric["Dimensions"]) for metric in listed] == [30]
        listed = Json(suite).send("ListMetrics", MetricName="m").output["Metrics"]
        assert [len(metric["Namespace"]) for metric in listed] == [255, 255]
        suite.settle()


def padded(protocol, operation, size, **input):
    """A body of exactly so many bytes that means the same: white space, a member, or a parameter that nobody knows."""
    body = protocol.encode(operation, input)
    body = body.encode() if isinstance(body, str) else body
    if protocol.__class__ is PROTOCOLS["json"]:
        return body + b" " * (size - len(body))
    if protocol.__class__ is PROTOCOLS["query"]:
        return body + b"&x=" + b"x" * (size - len(body) - 3)
    # One member more in a map of less than 23: its name, and a text with four bytes of length.
    extra = size - len(body) - 7
    return bytes([body[0] + 1]) + body[1:] + b"\x61x\x7a" + extra.to_bytes(4, "big") + b"x" * extra


GZIP = {"Content-Encoding": "gzip"}


def test_sizes(suite, protocol):
    """1 MB is taken, a byte more is not; nor is what grows without end; nor what is too much to be read at all."""

    def put(size, changes=(), pack=lambda body: body):
        body = padded(protocol, "PutMetricData", size, Namespace="Shop", MetricData=[datum(int(suite.now()))])
        assert len(body) == size
        return protocol.post("PutMetricData", pack(body), changes)

    most = 1 << 20
    refused(put(most + 1), TOO_LARGE, "Request size 1048577 exceeded 1048576 bytes", 413)
    refused(put(7 << 20), TOO_LARGE, "Request size …", 413)
    text = "Decompressed request size exceeded 10485760 bytes"
    refused(put(64 << 20, GZIP, gzip.compress), TOO_LARGE, text, 413)
    nothing_stored(suite)
    assert put(most).status == 200
    assert put(10 << 20, GZIP, gzip.compress).status == 200


def test_encodings_of_content(suite, protocol):
    """gzip however it is spelt, several members of it, and nothing else."""
    now = int(suite.now())
    body = protocol.encode("PutMetricData", {"Namespace": "Shop", "MetricData": [datum(now)]})
    body = body.encode() if isinstance(body, str) else body
    packed = gzip.compress(body)

    def put(sent, encoding):
        return protocol.post("PutMetricData", sent, {"Content-Encoding": encoding})

    damaged = "Unable to decompress the request body: not valid gzip"
    flipped = packed[:-6] + bytes([packed[-6] ^ 1]) + packed[-5:]
    for sent in (packed[:-1], packed[: len(packed) // 2], packed[:10], flipped, body, b"", b"\x1f\x8b"):
        refused(put(sent, "gzip"), MALFORMED, damaged)
    refused(put(body, "br"), MALFORMED, "Unsupported content encoding: only gzip is supported")
    assert Json(suite).send("ListMetrics").output == {"Metrics": []}
    parts = gzip.compress(body[:20]) + gzip.compress(body[20:])
    for sent, encoding in ((packed, "gzip"), (packed, "GZIP"), (packed, "x-gzip"), (parts, "gzip"), (body, "identity")):
        assert put(sent, encoding).status == 200, encoding
    assert count(suite, now // MINUTE * MINUTE) == 5


REQUIRED = "The parameter Namespace is required."
LIST, MAP = "Start of list found where not expected", "Start of structure or map found where not expected."
FORM = f"Action=PutMetricData&Version={VERSION}&Namespace=Shop&MetricData.member."
# Bodies of PutMetricData that are no input, by protocol.
BODIES = [
    ("json", b"", MISSING, REQUIRED),
    ("json", b"{", MALFORMED, "EOF while parsing…"),
    ("json", b'{"Namespace":"Shop"', MALFORMED, "EOF while parsing…"),
    ("json", b'{"Namespace":"Shop"}}', MALFORMED, "trailing characters…"),
    ("json", b"null", MALFORMED, "invalid type: null…"),
    ("json", b"[]", MALFORMED, LIST),
    ("json", b'{"Namespace":{}}', MALFORMED, MAP),
    ("json", b'{"Namespace":7}', MALFORMED, "NUMBER_VALUE can not be converted to a String"),
    ("json", b'{"MetricData":{}}', MALFORMED, MAP),
    ("json", b'{"Namespace":"a","Namespace":"b"}', MALFORMED, "duplicate field…"),
    ("json", b'{"Namespace":"Shop","MetricData":[{"MetricName":"m","Value":"1"}]}', MALFORMED, "invalid type: string…"),
    ("json", b'{"Namespace":"Shop","MetricData":[{"MetricName":"m","Value":1e999}]}', MALFORMED, "number out of range…"),
    ("json", b'{"Namespace":"Shop","MetricData":[{"MetricName":"m","Value":NaN}]}', MALFORMED, "expected value…"),
    ("json", b'{"Namespace":"Shop","MetricData":[["m",1]]}', MALFORMED, LIST),
    ("json", b'{"Namespace":"Shop","MetricData":[{"Timestamp":1e20}]}', MALFORMED, "timestamp out of range…"),
    ("json", b'{"Namespace":"Shop","MetricData":[{"Timestamp":"soon"}]}', MALFORMED, "timestamp must follow ISO8601…"),
    ("json", b'{"Namespace":"\xff"}', MALFORMED, "The body is not valid UTF-8"),
    # Half a pair of surrogates becomes a replacement character.
    ("json", b'{"Namespace":"\\ud800"}', VALUE, "The value for parameter Namespace contains non-ASCII characters."),
    ("json", b'{"Namespace":' + b"[" * 200_000, MALFORMED, LIST),
    ("json", b'{"MetricData":' + b"[" * 200_000 + b"]" * 200_000 + b"}", MALFORMED, LIST),
    ("json", b'{"x":' + b'{"x":' * 150_000 + b"1" + b"}" * 150_001, MISSING, REQUIRED),
    ("cbor", b"", MISSING, REQUIRED),
    ("cbor", b"\xa1", MALFORMED, "Invalid CBOR: end of input bytes"),
    ("cbor", b"\xa1\x69Namespace\x64Sho", MALFORMED, "Invalid CBOR: end of input bytes"),
    ("cbor", b"\xbf\x69Namespace\x64Shop", MALFORMED, "Invalid CBOR: end of input bytes"),
    ("cbor", b"\xa0\x00", MALFORMED, "Unexpected data after the end of the structure"),
    ("cbor", b"\x80", MALFORMED, "invalid type: list…"),
    ("cbor", b"\xf6", MALFORMED, "invalid type: null…"),
    ("cbor", b"\xff", MALFORMED, "invalid type…"),
    ("cbor", b"\xa1\x69Namespace\x07", MALFORMED, "invalid type: integer…"),
    ("cbor", b"\xa1\x69Namespace\x61\xff", MALFORMED, "Invalid CBOR: invalid utf-8…"),
    ("cbor", b"\xa2" + b"\x69Namespace\x61a" * 2, MALFORMED, "duplicate field…"),
    ("cbor", b"\xa1\x00\x00", MALFORMED, "invalid type: integer…"),
    ("cbor", b"\xd9\xd9\xf7\xa0", MALFORMED, "invalid type: tag…"),
    # Lengths that no memory has.
    ("cbor", b"\xbb" + b"\xff" * 8, MALFORMED, "Invalid CBOR: end of input bytes"),
    ("cbor", b"\xa1\x7b\x7f" + b"\xff" * 7, MALFORMED, "Invalid CBOR: end of input bytes"),
    ("cbor", b"\xa1\x6aMetricData\x9b\x00" + b"\xff" * 7, MALFORMED, "Invalid CBOR: end of input bytes"),
    ("cbor", b"\xa1\x61x" + b"\x81" * 200_000 + b"\x00", MALFORMED, "Structures are nested too deeply"),
    ("cbor", b"\xbf\x61x" + b"\xbf\x61x" * 200_000, MALFORMED, "Structures are nested too deeply"),
    ("cbor", b"\xa1\x61x" + b"\xc1" * 200_000 + b"\x00", MALFORMED, "Unexpected tag 1"),
    ("query", f"{FORM}1.MetricName=m&{FORM}1.MetricName=m", MALFORMED, "Duplicate parameter: Action"),
    ("query", f"{FORM}1.MetricName=m&MetricData.member.1.MetricName=n", MALFORMED,
     "Duplicate parameter: MetricData.member.1.MetricName"),
    ("query", f"{FORM}0.MetricName=m", MALFORMED, "Expected a list index from 1 on…"),
    ("query", f"{FORM}01.MetricName=m", MALFORMED, "Expected a list index from 1 on…"),
    ("query", f"{FORM}x.MetricName=m", MALFORMED, "Expected a list index from 1 on…"),
    ("query", f"{FORM}99999999999.MetricName=m", MALFORMED, "Expected a list index from 1 on…"),
    ("query", f"{FORM}1=m", MALFORMED, "Unexpected complex element termination"),
    ("query", f"{FORM}1.MetricName.x=m", MALFORMED, "Start of structure or map found where not expected."),
    ("query", f"{FORM}1.Value=one", MALFORMED, "'one' can not be converted to a Double"),
    ("query", f"{FORM}1.Value=", MALFORMED, "'' can not be converted to a Double"),
    ("query", f"{FORM}1.Timestamp=soon", MALFORMED, "timestamp must follow ISO8601"),
    ("query", f"{FORM}1.MetricName=%ff&MetricData.member.1.Value=1", VALUE,
     "The value for parameter MetricData.member.1.MetricName contains non-ASCII characters."),
    ("query", FORM + ".member.1" * 50_000 + "=1", MALFORMED, "Expected a list index from 1 on…"),
    ("query", FORM + "1" + ".Dimensions.member.1" * 20_000 + "=1", COMBINATION,
     "At least one of the parameters must be specified."),
    ("query", "", "MissingAction", "The request is missing an action or a required parameter."),
    ("query", f"Version={VERSION}", "MissingAction", "The request is missing an action or a required parameter."),
    ("query", "Action=PutMetricData", NO_ACTION,
     "Could not find operation PutMetricData for version NO_VERSION_SPECIFIED"),
    ("query", "Action=PutMetricData&Version=2009-05-15", NO_ACTION,
     "Could not find operation PutMetricData for version 2009-05-15"),
]  # fmt: skip


@pytest.mark.parametrize("name, body, code, text", BODIES, ids=[f"{name}-{n}" for n, (name, *_) in enumerate(BODIES)])
def test_a_body_that_is_no_input(suite, name, body, code, text):
    refused(PROTOCOLS[name](suite).post("PutMetricData", body), code, text)
    nothing_stored(suite)


def test_operations(suite, protocol):
    """One that nobody has, and one that AWS has and the suite has not."""
    for name in ("Nothing", "putmetricdata", "x" * 1000):
        refused(protocol.send(name), NO_ACTION, "Could not find operation …")
    refused(
        protocol.send("PutDashboard"), NO_ACTION,
        "PutDashboard of cloudwatch is not supported by Watchtrail; see docs/coverage.md",
    )  # fmt: skip
    nothing_stored(suite)


def test_tokens_that_are_not_ours(suite, protocol):
    """A token of nobody, of another request, or of a past time is refused."""
    at = suite.last_minute()
    data = [{"MetricName": f"m{n}", "Timestamp": at, "Value": 1.0} for n in range(501)]
    assert protocol.send("PutMetricData", Namespace="Shop", MetricData=data).status == 200
    token = Json(suite).send("ListMetrics", Namespace="Shop").output["NextToken"]
    text = "The value for parameter NextToken is invalid."
    for wrong in ("x", "!", "WzFd", token[:-1], "A" + token, "A" * 100_000):
        refused(protocol.send("ListMetrics", Namespace="Shop", NextToken=wrong), VALUE, text)
    refused(protocol.send("ListMetrics", Namespace="Other", NextToken=token), VALUE, text)
    refused(protocol.send("ListMetrics", NextToken=token), VALUE, text)
    assert protocol.send("ListMetrics", Namespace="Shop", NextToken=token).status == 200

    def data(token, period=60):
        stat = {"Metric": {"Namespace": "Shop", "MetricName": "m0"}, "Period": period, "Stat": "Sum"}
        return protocol.send(
            "GetMetricData", MetricDataQueries=[{"Id": "q", "MetricStat": stat}], StartTime=at, EndTime=at + 60, NextToken=token
        )

    for wrong in ("x", token):
        refused(data(wrong), "InvalidNextToken", "The next token is not valid.")


# Questions that AWS refuses: what is changed of a good one, the error, and its text.
STATISTICS = [
    ({"Period": 61}, VALUE, "The value 61 for parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60."),
    ({"Period": 0}, VALUE, "The value 0 for parameter Period …"),
    ({"Period": -60}, VALUE, "The value -60 for parameter Period …"),
    ({"Period": None}, MISSING, "The parameter Period is required."),
    ({"StartTime": None}, MISSING, "The parameter StartTime is required."),
    ({"EndTime": None}, MISSING, "The parameter EndTime is required."),
    ({"Namespace": None}, MISSING, "The parameter Namespace is required."),
    ({"MetricName": None}, MISSING, "The parameter MetricName is required."),
    ({"EndTime": 0}, VALUE, "The parameter StartTime must not equal parameter EndTime."),
    ({"EndTime": -60}, VALUE, "The parameter StartTime must be less than the parameter EndTime."),
    ({"EndTime": 1441 * 60}, COMBINATION, "You have requested up to 1441 datapoints, which exceeds the limit of 1440. …"),
    ({"EndTime": 400 * 86400, "Period": 1}, COMBINATION, "You have requested up to 34560000 datapoints, …"),
    ({"Statistics": None}, COMBINATION, "At least one of the parameters Statistics and ExtendedStatistics …"),
    ({"Statistics": ["sum"]}, VALUE, "The parameter Statistics.member.1.<list element> must be a value in the set [SampleCount, …"),
    ({"Statistics": ["Sum", "p99"]}, VALUE, "The parameter Statistics.member.2.<list element> must be a value …"),
    ({"Statistics": ["Sum"] * 6}, VALIDATION, "1 validation error detected: Value '[Sum, Sum, Sum, Sum, Sum, Sum]' at 'statistics' …"),
    ({"ExtendedStatistics": ["p101"]}, VALUE, "The value p101 for parameter ExtendedStatistics.member.1 is not supported."),
    ({"ExtendedStatistics": ["p50", "Sum"]}, VALUE, "The value Sum for parameter ExtendedStatistics.member.2 is not supported."),
    ({"ExtendedStatistics": ["TM(90%:10%)"]}, VALUE, "The value TM(90%:10%) for parameter …"),
    ({"ExtendedStatistics": ["p1"] * 11}, VALIDATION, "1 validation error detected: Value '[p1, …"),
    ({"Unit": "Furlong"}, VALIDATION, "1 validation error detected: Value 'Furlong' at 'unit' failed to satisfy constraint: Member must satisfy enum value set: [Seconds, …"),
    ({"Dimensions": [{"Name": "a", "Value": "v"}] * 2}, VALUE, "No metric may specify the same dimension name twice."),
]  # fmt: skip


@pytest.mark.parametrize("members, code, text", STATISTICS, ids=[str(n) for n in range(len(STATISTICS))])
def test_a_wrong_question_of_statistics(suite, protocol, members, code, text):
    at = suite.last_minute()
    input = {"Namespace": "Shop", "MetricName": "m", "StartTime": at, "EndTime": at + 60, "Period": 60, "Statistics": ["Sum"]}
    input.update(members)
    if members.get("EndTime") is not None:
        input["EndTime"] = at + members["EndTime"]
    input = {name: value for name, value in input.items() if value is not None}
    refused(protocol.send("GetMetricStatistics", **input), code, text)


QUERY = "MetricDataQueries.member.1"
STAT = {"Metric": {"Namespace": "Shop", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
# Queries of GetMetricData that AWS refuses.
QUERIES = [
    ([], VALIDATION, "…"),
    ([{"Id": "q"}], VALIDATION, f"Either {QUERY}.MetricStat or {QUERY}.Expression must be specified."),
    ([{"Id": "Q", "MetricStat": STAT}], VALIDATION, f"The value Q for parameter {QUERY}.Id is not matching …"),
    ([{"Id": "q-1", "MetricStat": STAT}], VALIDATION, f"The value q-1 for parameter {QUERY}.Id is not matching …"),
    ([{"Id": "q", "MetricStat": STAT}] * 2, VALIDATION, "The values for parameter id in MetricDataQueries are not unique: q."),
    ([{"Id": f"q{n}", "MetricStat": STAT} for n in range(501)], VALIDATION,
     "The collection MetricDataQueries must not have a size greater than 500."),
    ([{"Id": "q", "Expression": "SUM(METRICS())"}], VALIDATION, f"The parameter {QUERY}.Expression is not supported …"),
    ([{"Id": "q", "Expression": "1", "MetricStat": STAT}], VALIDATION,
     f"The parameters {QUERY}.MetricStat and {QUERY}.Expression are mutually exclusive …"),
    ([{"Id": "q", "MetricStat": {**STAT, "Stat": "sum"}}], VALIDATION,
     f"The value sum for parameter {QUERY}.MetricStat.Stat is not a valid statistic."),
    ([{"Id": "q", "MetricStat": {**STAT, "Period": 61}}], VALIDATION,
     f"The value 61 for parameter {QUERY}.MetricStat.Period must be …"),
    ([{"Id": "q", "MetricStat": STAT, "ReturnData": False}], VALIDATION, "At least one of the elements …"),
    ([{"Id": "q", "MetricStat": STAT, "AccountId": "999999999999"}], VALIDATION,
     f"The value 999999999999 for parameter {QUERY}.AccountId is invalid: …"),
]  # fmt: skip


@pytest.mark.parametrize("queries, code, text", QUERIES, ids=[str(n) for n in range(len(QUERIES))])
def test_a_wrong_question_of_data(suite, protocol, queries, code, text):
    at = suite.last_minute()
    answer = protocol.send("GetMetricData", MetricDataQueries=queries, StartTime=at, EndTime=at + 60)
    refused(answer, code, text)


def test_heads(suite):
    """Requests that are for nothing and nobody: a word that says so in the protocol that they look like, and no storing."""
    body = json.dumps({"Namespace": "Shop", "MetricData": [{"MetricName": "m", "Value": 1}]})
    amz_json = {"Content-Type": "application/x-amz-json-1.0"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    target = {"X-Amz-Target": f"{TARGET}.PutMetricData"}
    path = f"/service/{TARGET}/operation/PutMetricData"

    def check(method, path, headers, body, status, words):
        answer = suite.send(method, path, headers=headers, data=body, timeout=60)
        assert answer.status_code == status, answer.text
        assert words in answer.text, answer.text

    unknown = "UnknownOperationException"
    check("POST", "/", amz_json, body, 400, unknown)
    check("POST", "/", {**amz_json, "X-Amz-Target": ""}, body, 400, unknown)
    check("POST", "/", {**amz_json, "X-Amz-Target": "PutMetricData"}, body, 400, unknown)
    check("POST", "/", {**amz_json, "X-Amz-Target": "Nobody.PutMetricData"}, body, 400, unknown)
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        check(method, "/", {**amz_json, **target}, body, 400, unknown)
        check(method, path, {"smithy-protocol": "rpc-v2-cbor"}, b"\xa0", 400, unknown)
    check("POST", "/service/Nobody/operation/PutMetricData", {"smithy-protocol": "rpc-v2-cbor"}, b"\xa0", 400, unknown)
    check("POST", "/", form, body, 400, "<Code>MissingAction</Code>")
    check("POST", "/", form, "Action=Nothing", 400, "<Code>InvalidAction</Code>")
    # A target that is ours says enough; the type of the content matters only where there is none.
    check("POST", "/", {**target, "Content-Type": "text/plain"}, "{", 400, "SerializationException")
    assert Json(suite).send("ListMetrics").output == {"Metrics": []}


@pytest.mark.local("unsigned requests")
def test_a_target_that_is_no_text(suite):
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": b"\xff\xfe"}
    answer = suite.send("POST", "/", headers=headers, data="{}", timeout=60)
    assert answer.status_code == 400 and "UnknownOperationException" in answer.text, answer.text


def test_bytes_that_are_no_http(suite):
    """Half a request, no request, too much of a head: the connection ends, and the suite does not."""
    host, port = suite.url.removeprefix("http://").split(":")
    head = f"POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: {TARGET}.PutMetricData\r\n".encode()

    def check(sent, status):
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 " + status) if status else answer == b"", (sent[:80], answer)

    check(b"", b"")
    check(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400")
    check(b"nonsense\r\n\r\n", b"400")
    check(b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", b"414")
    check(b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x: y\r\n" * 1000 + b"\r\n", b"431")
    check(head + b"content-length: -1\r\n\r\n", b"400")
    check(head + b"content-length: 99999999999999999999\r\n\r\n", b"400")
    check(head + b"transfer-encoding: chunked\r\n\r\nzz\r\n", b"400")
    # A body that ends before it should.
    check(head + b"content-length: 100\r\n\r\n{}", b"400")
    nothing_stored(suite)
