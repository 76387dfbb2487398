"""Brings up the loopback of a network namespace that holds nothing else, and runs a command there.

unshare -n python -m tests.e2e.apart pytest …

The Playground listens on every address and asks nobody who they are: it may only run where nobody else can come.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys

_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1
WHERE = "what listens here would listen to the whole network: make e2e runs it in a network of its own"


def is_apart() -> bool:
    """Say whether nothing but this machine itself can be reached from here, nor reach here."""
    return all(name == "lo" or not _is_up(name) for _, name in socket.if_nameindex())


def bring_up() -> None:
    """Bring up the loopback. Raises OSError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        flags = _flags(asked, "lo")
        fcntl.ioctl(asked, _SET_FLAGS, struct.pack("16sh14x", b"lo", flags | _UP))


def _is_up(name: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        return bool(_flags(asked, name) & _UP)


def _flags(asked: socket.socket, name: str) -> int:
    told = fcntl.ioctl(asked, _GET_FLAGS, struct.pack("16sh14x", name.encode(), 0))
    flags: int = struct.unpack("16sh14x", told)[1]
    return flags


if __name__ == "__main__":
    bring_up()
    os.execvp(sys.argv[1], sys.argv[1:])
