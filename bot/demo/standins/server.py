"""A server on loopback that answers what it is told."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

# How long a closing server may take to notice it.
_POLL = 0.02


@dataclass(frozen=True)
class Asked:
    """One request. `headers` are by their names in small letters."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is nothing to tell."""


class Server(ABC):
    """Listens on a free port while it is entered, and answers one request at a time."""

    @abstractmethod
    def answer(self, asked: Asked) -> Answer:
        """What one request is answered."""

    def __enter__(self) -> Self:
        self._turn = threading.Lock()
        self._http = _Http(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(_POLL,))
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.command, handler.path, headers, handler.rfile.read(length))
        with self._turn:
            answer = self._answered(asked)
        try:
            self.send(handler, answer)
        except OSError:
            handler.close_connection = True

    def _answered(self, asked: Asked) -> Answer:
        """What cannot be answered is an error of the server's, as anywhere."""
        try:
            return self.answer(asked)
        except Exception:
            return Answer(500, {}, b"")

    def send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        handler.wfile.write(answer.body)
        handler.wfile.flush()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 10

        def do_GET(self) -> None:
            server.take(self)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    return Handler
