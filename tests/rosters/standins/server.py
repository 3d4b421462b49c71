"""A server on loopback that answers what it is told, also in the ways that servers break."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Asked:
    """One request. `headers` are by their names in small letters."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """`sent` is how many bytes of the body come before the connection breaks off.

    With `drips` the rest comes a byte at a time, without an end.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent: int | None = None
    drips: bool = False


@dataclass
class Server:
    """Listens while it is entered, and keeps what it was asked.

    `dripped` is called before each byte that drips, to let time pass.
    """

    asked: list[Asked] = field(default_factory=list, init=False)
    wrong: list[BaseException] = field(default_factory=list, init=False)
    dripped: Callable[[], object] = field(default=lambda: None, init=False)

    def answer(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._closing = threading.Event()
        self._turn = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
        assert not self.wrong, self.wrong

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.command, handler.path, headers, handler.rfile.read(length))
        with self._turn:
            self.asked.append(asked)
            answer = self._answered(asked)
        try:
            self._send(handler, answer)
        except OSError:
            handler.close_connection = True

    def _answered(self, asked: Asked) -> Answer:
        try:
            return self.answer(asked)
        except Exception as error:
            self.wrong.append(error)
            return Answer(500, {}, b"")

    def _send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        handler.wfile.write(answer.body[: answer.sent])
        handler.wfile.flush()
        if answer.sent is not None:
            handler.close_connection = True
        while answer.drips and not self._closing.wait(0.001):
            self.dripped()
            handler.wfile.write(b" ")
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
