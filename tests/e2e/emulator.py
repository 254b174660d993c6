"""Starts the emulator, with one thing put right.

With authorization on, it holds the signature of whoever calls a function URL against its own IAM keys, even where the URL's AuthType is
NONE. AWS does not look at it there, and the suite's functions do: with keys that the emulator knows nothing of.
"""

import runpy

from ministack import app

enforce = app._enforce_data_plane


def enforce_but_for_urls(service, iam_action, *arguments, **more):
    if iam_action == "lambda:InvokeFunctionUrl":
        return None
    return enforce(service, iam_action, *arguments, **more)


app._enforce_data_plane = enforce_but_for_urls
runpy.run_module("ministack", run_name="__main__", alter_sys=True)
