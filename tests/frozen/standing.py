"""The frozen screen on a real socket, for a browser."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import uvicorn

from storage.partners import Declaration
from tests.access.door import BASE, Door


@contextmanager
def standing(door: Door) -> Iterator[str]:
    """Serves what the door serves; gives the address that stands for the public one."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        server = uvicorn.Server(uvicorn.Config(door.site, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([bound],))
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def declare(door: Door, **changed: str) -> None:
    """Change the partner's settings: its name, contact, or time zone."""
    fields = {name: getattr(door.office.partner, name) for name in Declaration.__dataclass_fields__}
    declaration = replace(Declaration(**fields), **changed)  # type: ignore[arg-type]
    with door.office.stores.transaction() as store:
        store.partners.declare(declaration)
        door.office.partner = store.partners.named(declaration.slug)


def screen_of(door: Door, account: str) -> str:
    """The path of the screen that a locked account is sent to."""
    address: str = door.lock(account)["screen"]
    return address.removeprefix(BASE)
