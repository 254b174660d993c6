"""Starts the emulator, with three things put right.

With authorization on, it holds the signature of whoever calls a function URL against its own IAM keys, even where the URL's AuthType is
NONE. AWS does not look at it there, and the suite's functions do: with keys that the emulator knows nothing of.

What a table's TTL removes its stream does not tell, which AWS's does, by the service that says it is `dynamodb.amazonaws.com`.

A function whose clock a test puts forward signs what it sends for that time, and the emulator would refuse it.
"""

import runpy
import threading

from ministack import app
from ministack.core import sigv4
from ministack.services import dynamodb

enforce, remove = app._enforce_data_plane, dynamodb._remove_item


def enforce_but_for_urls(service, iam_action, *arguments, **more):
    if iam_action == "lambda:InvokeFunctionUrl":
        return None
    return enforce(service, iam_action, *arguments, **more)


def remove_and_tell(table, *key):
    old = remove(table, *key)
    if old and threading.current_thread().name == "dynamodb-ttl-reaper":
        dynamodb._emit_stream_event(table["TableName"], "REMOVE", old, None)
        records = dynamodb._stream_records.get(table["TableName"])
        if records:
            records[-1]["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    return old


app._enforce_data_plane = enforce_but_for_urls
dynamodb._remove_item = remove_and_tell
sigv4.request_time_failure = lambda *_, **__: None
runpy.run_module("ministack", run_name="__main__", alter_sys=True)
