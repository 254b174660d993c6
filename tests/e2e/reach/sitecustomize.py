"""On the `PYTHONPATH` of clients: connects to the emulator whoever asks for a function URL by its name.

Signatures cover the name, which the emulator tells the function; its other way of addressing, by path, would change what was signed.
"""

import os
import socket

resolve = socket.getaddrinfo


def resolved(host, port, *arguments, **more):
    if isinstance(host, str) and host.endswith(".on.aws"):
        host, port = "127.0.0.1", int(os.environ["WATCHTRAIL_EMULATOR"])
    return resolve(host, port, *arguments, **more)


if "WATCHTRAIL_EMULATOR" in os.environ:
    socket.getaddrinfo = resolved
