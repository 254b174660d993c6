"""Requests over plain HTTP in CloudWatch's three protocols: what no SDK would send can be sent, and all that is answered is
seen."""

import dataclasses
import json
import math
import urllib.parse
import xml.etree.ElementTree as ET

import cbor2

TARGET = "GraniteServiceVersion20100801"
VERSION = "2010-08-01"
NAMESPACE = "{http://monitoring.amazonaws.com/doc/2010-08-01/}"
# Members that hold a point in time; CBOR writes them as tag 1.
TIMES = {"Timestamp", "StartTime", "EndTime"}
# Members that hold a map; forms write its entries by number.
MAPS = {"KeyAttributes", "Attributes"}


@dataclasses.dataclass
class Answer:
    status: int
    # The code of the query protocol, which all three can tell; None when there is no error.
    code: str | None
    message: str | None
    # The name of the error's shape, which the query protocol does not tell.
    shape: str | None
    # The decoded output; awsQuery's as an XML element.
    output: object
    headers: dict


class Protocol:
    """`send` takes an operation and its input; `post` takes a body as it is, `changes` replaces headers (None removes)."""

    def __init__(self, suite):
        self.suite = suite

    def send(self, operation, **input):
        return self.post(operation, self.encode(operation, input))

    def post(self, operation, body, changes=(), method="POST", path=None):
        headers = {**self.headers(operation), **dict(changes)}
        headers = {name: value for name, value in headers.items() if value is not None}
        path = self.path(operation) if path is None else path
        answer = self.suite.send(method, path, data=body, headers=headers, timeout=60)
        return self.decode(answer)

    def path(self, operation):
        return "/"

    def decode(self, answer):
        output = self.parse(answer.content)
        if answer.status_code == 200:
            return Answer(200, None, None, None, output, answer.headers)
        code = answer.headers.get("x-amzn-query-error", ";").split(";")[0]
        message = output.get("message", output.get("Message"))
        shape = output["__type"].split("#")[-1]
        return Answer(answer.status_code, code, message, shape, output, answer.headers)


class Json(Protocol):
    def headers(self, operation):
        return {
            "X-Amz-Target": f"{TARGET}.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
            "x-amzn-query-mode": "true",
        }

    def encode(self, operation, input):
        return json.dumps(walk(input, number=json_number))

    def parse(self, body):
        return json.loads(body)


class Cbor(Protocol):
    def headers(self, operation):
        return {
            "smithy-protocol": "rpc-v2-cbor",
            "Content-Type": "application/cbor",
            "Accept": "application/cbor",
            "x-amzn-query-mode": "true",
        }

    def path(self, operation):
        return f"/service/{TARGET}/operation/{operation}"

    def encode(self, operation, input):
        return cbor2.dumps(walk(input, time=lambda seconds: cbor2.CBORTag(1, float(seconds))))

    def parse(self, body):
        # cbor2 makes a datetime of tag 1.
        return cbor2.loads(body)


class Query(Protocol):
    def headers(self, operation):
        return {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}

    def encode(self, operation, input):
        pairs = [("Action", operation), ("Version", VERSION), *flat("", walk(input, number=query_number))]
        return urllib.parse.urlencode(pairs)

    def parse(self, body):
        return ET.fromstring(body)

    def decode(self, answer):
        root = self.parse(answer.content)
        if answer.status_code == 200:
            return Answer(200, None, None, None, root, answer.headers)
        error = root.find(f"{NAMESPACE}Error")
        code, message = (error.findtext(f"{NAMESPACE}{name}") for name in ("Code", "Message"))
        return Answer(answer.status_code, code, message, None, root, answer.headers)


PROTOCOLS = {"json": Json, "cbor": Cbor, "query": Query}


def walk(value, number=lambda number: number, time=lambda seconds: seconds, name=None):
    """A copy of the value with all numbers and times in it changed."""
    if isinstance(value, dict):
        return {key: walk(inner, number, time, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [walk(inner, number, time) for inner in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return time(value) if name in TIMES else number(value)
    return value


def word(number):
    """What the text protocols write for a number that is none."""
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def json_number(number):
    return number if math.isfinite(number) else word(number)


def query_number(number):
    return repr(number) if math.isfinite(number) else word(number)


def flat(path, value):
    """The pairs of a form: `MetricData.member.1.Value`, `1`."""
    dot = f"{path}." if path else ""
    if path.split(".")[-1] in MAPS:
        for number, (key, inner) in enumerate(value.items(), 1):
            yield f"{dot}entry.{number}.key", key
            yield from flat(f"{dot}entry.{number}.value", inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(dot + name, inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from flat(f"{dot}member.{number}", inner)
    else:
        yield path, str(value).lower() if isinstance(value, bool) else value
