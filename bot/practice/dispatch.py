"""To the app: signed HTTP or Socket Mode, three seconds for an answer, events again on failure."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from bot.practice.faults import Disturbance
from bot.practice.limits import ANSWER_SECONDS
from bot.practice.sockets import Sockets
from bot.practice.state import Json, Store

TIMED_OUT = "http_timeout"
FAILED = "http_error"
UNREACHABLE = "connection_failed"


@dataclass(frozen=True)
class Answer:
    """What came back: a status and a body, or the reason why nothing did.

    `errors` are a modal's complaints by block_id, the app's or the client's own; `notice` is
    what the person was told when the app did not answer well.
    """

    status: int | None = None
    body: str = ""
    problem: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    notice: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the app answered with 200 in time."""
        return self.problem is None and self.status is not None and 200 <= self.status < 300

    @property
    def json(self) -> Any:
        """The body as JSON, or None."""
        try:
            return json.loads(self.body) if self.body.strip() else None
        except ValueError:
            return None


@dataclass
class Delivery:
    """One thing sent to the app, with every attempt's answer."""

    kind: str
    payload: Json
    answers: list[Answer] = field(default_factory=list)
    done: bool = False

    @property
    def answer(self) -> Answer:
        """The last answer."""
        return self.answers[-1] if self.answers else Answer(problem=UNREACHABLE)


def body_of(kind: str, payload: Json) -> tuple[bytes, str]:
    """The body and content type of a delivery by HTTP."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def signed(secret: str, body: bytes, now: float) -> dict[str, str]:
    """Slack's signature headers, version v0."""
    stamp = str(int(now))
    base = b"v0:" + stamp.encode() + b":" + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def post(url: str, body: bytes, headers: dict[str, str], seconds: float) -> Answer:
    """One HTTP request that ends after `seconds` at the latest."""
    place = urlsplit(url)
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    connection = kind(place.hostname or "", place.port, timeout=seconds)
    path = (place.path or "/") + (f"?{place.query}" if place.query else "")
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        return Answer(response.status, response.read().decode("utf-8", "replace"))
    except TimeoutError:
        return Answer(problem=TIMED_OUT)
    except (OSError, http.client.HTTPException):
        return Answer(problem=UNREACHABLE)
    finally:
        connection.close()


class Dispatch:
    """Sends, waits and repeats; keeps a log of everything sent."""

    def __init__(self, store: Store, sockets: Sockets, retry_delays: Sequence[float]) -> None:
        self.store = store
        self.sockets = sockets
        self.retry_delays = tuple(retry_delays)
        self.request_url: str | None = None
        self.seconds = ANSWER_SECONDS
        self.deliveries: list[Delivery] = []
        self.disturbances: list[Disturbance] = []
        self._stopping = threading.Event()
        self._threads: set[threading.Thread] = set()

    def start(self) -> None:
        """Be ready to send."""
        self._stopping.clear()

    def stop(self) -> None:
        """Give up what is waiting for another attempt."""
        self._stopping.set()
        for thread in list(self._threads):
            thread.join(self.seconds + 1)

    def ask(self, kind: str, payload: Json) -> Answer:
        """Send an interaction or a command once and wait for its answer."""
        delivery = self._log(Delivery(kind, payload))
        self._attempt(delivery, 0, None)
        self._finish(delivery)
        return delivery.answer

    def tell(self, payload: Json) -> Delivery:
        """Send an event in the background, again when it fails."""
        delivery = self._log(Delivery("events_api", payload))
        self._spawn(lambda: self._persist(delivery))
        return delivery

    def again(self, delivery: Delivery) -> Answer:
        """Send something a second time; an event is marked as Slack marks its retries."""
        number = len(delivery.answers) if delivery.kind == "events_api" else 0
        self._attempt(delivery, number, TIMED_OUT if number else None)
        self._finish(delivery)
        return delivery.answer

    def _persist(self, delivery: Delivery) -> None:
        self._attempt(delivery, 0, None)
        for number, delay in enumerate(self.retry_delays, start=1):
            if delivery.answer.ok or self._stopping.wait(delay):
                break
            reason = delivery.answer.problem or FAILED
            self._attempt(delivery, number, reason)
        self._finish(delivery)

    def _attempt(self, delivery: Delivery, number: int, reason: str | None) -> None:
        trouble = self._trouble(delivery.kind)
        answer = self._through(trouble, lambda: self._send(delivery, number, reason))
        for copy in range(trouble.duplicate):
            again = number + 1 + copy if delivery.kind == "events_api" else 0
            self._send(delivery, again, TIMED_OUT if again else None)
        with self.store.lock:
            delivery.answers.append(answer)
            self.store.changed()

    def _through(self, trouble: Disturbance, send: Callable[[], Answer]) -> Answer:
        if trouble.drop:
            return Answer(problem=TIMED_OUT)
        if trouble.delay:
            self._stopping.wait(trouble.delay)
        answer = send()
        return Answer(problem=TIMED_OUT) if trouble.lose_answer else answer

    def _trouble(self, kind: str) -> Disturbance:
        with self.store.lock:
            for trouble in self.disturbances:
                if trouble.kind in ("*", kind):
                    trouble.times -= 1
                    if trouble.times <= 0:
                        self.disturbances.remove(trouble)
                    return trouble
        return Disturbance()

    def _send(self, delivery: Delivery, number: int, reason: str | None) -> Answer:
        if self.request_url is None:
            ack = self.sockets.send(delivery.kind, delivery.payload, number, reason, self.seconds)
            return Answer(problem=ack.problem) if ack.problem else Answer(200, ack.body)
        body, content_type = body_of(delivery.kind, delivery.payload)
        headers = {"Content-Type": content_type, "User-Agent": "Slackbot 1.0"}
        # The app compares this with its own clock, so it is never the injected one.
        headers |= signed(self.store.app.signing_secret, body, time.time())
        if number:
            headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason or FAILED}
        return post(self.request_url, body, headers, self.seconds)

    def _log(self, delivery: Delivery) -> Delivery:
        with self.store.lock:
            self.deliveries.append(delivery)
        return delivery

    def _finish(self, delivery: Delivery) -> None:
        with self.store.lock:
            delivery.done = True
            self.store.changed()

    def _spawn(self, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            finally:
                self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=run, name="practice-event", daemon=True)
        self._threads.add(thread)
        thread.start()
