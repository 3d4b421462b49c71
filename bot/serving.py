"""`recess serve`: everything in one process, until it is told to stop."""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import uvicorn
from starlette.routing import BaseRoute

from bot.access.api import AccessApi
from bot.access.clients import Clients
from bot.access.pace import Pace
from bot.frozen.key import signing_key
from bot.frozen.links import FrozenLinks
from bot.frozen.screen import FrozenScreen
from bot.settings import Settings, public_address, require_slack
from bot.web import web
from bot.wiring import Hire, Service, now
from storage.errors import RecessError

log = logging.getLogger(__name__)

# From the signal to the end of the process at most 10 seconds, of which these are waited.
DRAIN_SECONDS = 2
WAKE_SECONDS = 0.5
SWITCH_SECONDS = 0.0005
WORK_SECONDS = 5.0


class PortTaken(RecessError):
    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(
            f"Port {port} of {host} cannot be used ({why}). Nothing was started; "
            "free it or set HTTP_PORT to another one."
        )


def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Raises a RecessError when it cannot start."""
    require_slack(settings)
    # A comparison in this process would otherwise keep clicks waiting for the interpreter.
    sys.setswitchinterval(SWITCH_SECONDS)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Two lines for every firing, several times a minute; a line with its address for every page.
    for chatty in ("apscheduler", "httpx"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    over = stop_signal()
    server = Server(settings)
    try:
        server.start()
        log.info("Recess serves on http://%s:%s", settings.http_host, server.port)
        wait_for(over)
        log.info("Stopping")
    finally:
        settled = server.stop()
    log.info("Stopped")
    if not settled:
        # A thread that waits for Slack cannot be ended, and nothing of it would be lost.
        logging.shutdown()
        os._exit(0)


def stop_signal() -> threading.Event:
    """Set by SIGTERM and by Ctrl-C."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    return over


def wait_for(over: threading.Event) -> None:
    # A handler runs only when the main thread wakes up, and another thread may take the signal.
    while not over.wait(WAKE_SECONDS):
        pass


class Server:
    """The web server in a thread of its own, and the service behind it."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime] = now,
        poll: float = 1.0,
        *,
        ticks: Callable[[], float] = time.monotonic,
        hire: Hire | None = None,
    ) -> None:
        # Bound first: a taken port must be told before anything has begun.
        self._socket = _bound(settings.http_host, settings.http_port)
        self.port: int = self._socket.getsockname()[1]
        self.service = Service(settings, clock, poll, ticks=ticks, hire=hire)
        self._key = signing_key(settings)
        site = web(
            self.service.bolt,
            self.service.health,
            self.service.notices,
            takes_slack=settings.slack_app_token is None,
            doors=self._doors(settings, clock, ticks),
        )
        self._uvicorn = uvicorn.Server(
            uvicorn.Config(
                site,
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=DRAIN_SECONDS,
                lifespan="off",
            )
        )
        self._thread = threading.Thread(target=self._uvicorn.run, args=([self._socket],))

    def _doors(
        self, settings: Settings, clock: Callable[[], datetime], ticks: Callable[[], float]
    ) -> Sequence[BaseRoute]:
        """What the product asks, and what locked people see."""
        links = FrozenLinks(self._key, public_address(settings, self.port), clock)
        stores, clients = self.service.stores, Clients(settings.access_api_token)
        return [
            AccessApi(stores, clients, links, Pace(ticks)).mount(),
            FrozenScreen(stores, links, settings.support_contact).route(),
        ]

    def start(self) -> None:
        self.service.start()
        # A key that cannot be made or read is told now, and not to the first who is locked.
        self._key()
        self._thread.start()
        while not self._uvicorn.started and self._thread.is_alive():
            time.sleep(0.005)

    def stop(self) -> bool:
        """Take no more requests, then let the work end; False when some of it still runs."""
        self._uvicorn.should_exit = True
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()
        return self.service.stop(WORK_SECONDS)


@contextmanager
def running(
    settings: Settings, clock: Callable[[], datetime] = now, poll: float = 1.0
) -> Iterator[Server]:
    """A started server; stopped at the end, whatever happens."""
    server = Server(settings, clock, poll)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _bound(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise PortTaken(host, port, os.strerror(error.errno or 0)) from None
