"""What the tests of the practice workspace speak in: a clock, blocks, an app that listens."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

from slack_sdk.signature import SignatureVerifier

Json = dict[str, Any]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "x", **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(action_id: str = "go", text: str = "Go", **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def option(text: str = "One", value: str = "1", **more: Any) -> Json:
    return {"text": plain(text), "value": value, **more}


def options(count: int) -> list[Json]:
    return [option(f"Option {i}", str(i)) for i in range(count)]


def field_block(element: Json | None = None, **more: Any) -> Json:
    typed = element or {"type": "plain_text_input", "action_id": "text"}
    return {"type": "input", "block_id": "why", "label": plain("Why"), "element": typed, **more}


def modal(*blocks: Json, **more: Any) -> Json:
    title = {"type": "modal", "title": plain("Freeze"), "submit": plain("Go")}
    return {**title, "blocks": list(blocks), **more}


def home(*blocks: Json) -> Json:
    return {"type": "home", "blocks": list(blocks)}


def table(rows: int, cells: int, text: str = "x") -> Json:
    cell = {"type": "raw_text", "text": text}
    return {"type": "table", "rows": [[cell] * cells for _ in range(rows)]}


@dataclass(frozen=True)
class Request:
    """What the app was sent: headers in lower case, and the payload it carries."""

    headers: dict[str, str]
    body: bytes
    genuine: bool

    @property
    def payload(self) -> Json:
        if self.headers["content-type"].startswith("application/json"):
            return json.loads(self.body)
        form = {key: values[0] for key, values in parse_qs(self.body.decode(), True).items()}
        return json.loads(form["payload"]) if "payload" in form else form


@dataclass
class Receiver:
    """An app that takes signed requests and answers what `answer` says: a status and a body."""

    secret: str
    answer: Callable[[Request], tuple[int, Any]] = lambda request: (200, "")
    requests: list[Request] = field(default_factory=list)

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.take(self)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/slack/events"

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        genuine = SignatureVerifier(self.secret).is_valid_request(body, headers)
        request = Request(headers, body, genuine)
        self.requests.append(request)
        status, said = self.answer(request)
        text = said if isinstance(said, str) else json.dumps(said)
        try:
            handler.send_response(status)
            handler.send_header("Content-Length", str(len(text.encode())))
            handler.end_headers()
            handler.wfile.write(text.encode())
        except OSError:
            """The workspace has given up waiting."""
