"""The product's end of a webhook: takes what is signed as it should be, or answers badly."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Product:
    """`answer` is the status for everything, `refused` for single accounts, by id."""

    url: str = ""
    answer: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    # Every attempt, in the order of its arrival: the delivery's id and the document.
    attempts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def receive(self, headers: dict[str, str], body: bytes) -> int:
        """Raises what the library raises for a wrong signature."""
        document = Webhook(SECRET).verify(body, headers)
        with self.lock:
            self.attempts.append((headers["webhook-id"], document))
            if self.answer >= 300 or document["data"].get("account") in self.refused:
                return self.answer if self.answer >= 300 else 422
            self.taken.append(document)
        return self.answer

    def of(self, type: str) -> list[dict[str, Any]]:
        """The data of everything taken of a type, oldest first."""
        return [document["data"] for document in self.taken if document["type"] == type]

    def locked(self) -> set[str]:
        """What a receiver knows that lets the last event of each account win."""
        last: dict[str, dict[str, Any]] = {}
        for document in self.taken:
            data = document["data"]
            if (
                "account" in data
                and data["sequence"] >= last.get(data["account"], data)["sequence"]
            ):
                last[data["account"]] = data
        return {account for account, data in last.items() if data["locked"]}


@contextmanager
def product() -> Iterator[Product]:
    """Listens on loopback for the block."""
    told = Product()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(told.receive(headers, body))
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """The test has the attempts."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
