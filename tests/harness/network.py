"""A closed network: tests talk to this machine alone.

An audit hook sees every connection and every look-up of a name that Python makes, whichever
library asks for it. It cannot be taken out again, so it is put in once and for all.
"""

import atexit
import ipaddress
import socket
import sys
from typing import Any

FAR: list[str] = []
"""What was tried and refused, so that a test fails even where its code swallowed the refusal."""


class FarConnection(Exception):
    """A test tried to reach another machine."""


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        host = host_of(arguments[1])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if not is_near(host):
        FAR.append(f"{event} to {host!r}")
        raise FarConnection(f"tests talk to this machine alone, not to {host!r}")


def host_of(address: object) -> object:
    """The host of an Internet address; nothing for a Unix socket or a connected one."""
    return address[0] if isinstance(address, tuple) else None


def is_near(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or host in ("", "localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def close() -> None:
    sys.addaudithook(refuse)


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on, kept for whoever is told to listen there.

    A socket that is bound to it and does not listen keeps it from being given to anybody else.
    """
    keeping = socket.socket()
    keeping.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeping.bind(("127.0.0.1", 0))
    atexit.register(keeping.close)
    port: int = keeping.getsockname()[1]
    return port
