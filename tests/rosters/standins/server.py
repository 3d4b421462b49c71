"""A server on loopback that keeps what it was asked, and breaks in the ways that servers do."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Self

from bot.demo.standins import server
from bot.demo.standins.server import Answer, Asked


@dataclass(frozen=True)
class Broken(Answer):
    """`sent` is how many bytes of the body come before the connection breaks off.

    With `drips` the rest comes a byte at a time, without an end.
    """

    sent: int | None = None
    drips: bool = False


@dataclass
class Server(server.Server):
    """`dripped` is called before each byte that drips, to let time pass."""

    asked: list[Asked] = field(default_factory=list, init=False)
    wrong: list[BaseException] = field(default_factory=list, init=False)
    dripped: Callable[[], object] = field(default=lambda: None, init=False)

    def __enter__(self) -> Self:
        self._closing = threading.Event()
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        self._closing.set()
        super().__exit__(*error)
        assert not self.wrong, self.wrong

    def _answered(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        try:
            return self.answer(asked)
        except Exception as error:
            self.wrong.append(error)
            return Answer(500, {}, b"")

    def send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        if not isinstance(answer, Broken):
            super().send(handler, answer)
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        handler.wfile.write(answer.body[: answer.sent])
        handler.wfile.flush()
        handler.close_connection = True
        while answer.drips and not self._closing.wait(0.001):
            self.dripped()
            handler.wfile.write(b" ")
            handler.wfile.flush()
