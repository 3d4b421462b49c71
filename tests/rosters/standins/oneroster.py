"""The OneRoster stand-ins, held to the specification, and wrong on request.

What they answer is checked (`oneroster_contract`); with `spoil` they do what providers do when
something is wrong.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from bot.demo.standins import oneroster as standin
from bot.demo.standins.oneroster import (
    APPLICATION,
    DIGESTS,
    KEY,
    PARTNER_KEY,
    SECRET,
    Record,
    application,
    refusal,
    role_1p2,
    school,
)
from bot.demo.standins.server import Answer, Asked
from tests.rosters.standins.oneroster_contract import STATUS_INFO, breaches
from tests.rosters.standins.server import Broken, Server

__all__ = [
    "APPLICATION", "DIGESTS", "KEY", "PARTNER_KEY", "SECRET", "USER", "ClassLink", "Fault",
    "OneRoster", "Record", "application", "body", "cut", "drips", "empty", "fails", "headed",
    "html", "ids", "is_not_json", "role_1p2", "school", "user_1p1", "user_1p2",
    "without_envelope",
]  # fmt: skip

Fault = Callable[[Answer], Answer]
"""Makes a wrong answer of a right one."""

# What nobody needs and no log may show.
PRIVATE = {"password": "hunter2", "phone": "555-0100", "sms": "555-0100"}


def user_1p1(
    id: str, schools: Sequence[str] = ("s1",), role: str = "teacher", **more: Any
) -> Record:
    return standin.user_1p1(id, schools, role, **PRIVATE | more)


def user_1p2(
    id: str, schools: Sequence[str] = ("s1",), role: str = "teacher", **more: Any
) -> Record:
    return standin.user_1p2(id, schools, role, **PRIVATE | more)


USER = {"1.1": user_1p1, "1.2": user_1p2}


@dataclass
class _Spoilt(Server):
    """`checked` holds every answer to the specification."""

    version: str = "1.1"
    checked: bool = True
    _faults: list[tuple[str, int, Fault]] = field(default_factory=list)
    _meanwhile: list[tuple[str, int, Callable[[], object]]] = field(default_factory=list)
    _times: Counter[str] = field(default_factory=Counter)

    def spoil(self, what: str, fault: Fault, nth: int = 1, times: int = 1) -> None:
        """Spoil the nth answer about `what` (schools, users, token, …) and those after it."""
        since = self._times[what]
        self._faults += [(what, since + nth + more, fault) for more in range(times)]

    def meanwhile(self, what: str, act: Callable[[], object], nth: int = 1) -> None:
        """Do something just before the nth question about `what` is answered."""
        self._meanwhile.append((what, self._times[what] + nth, act))

    def times(self, what: str) -> int:
        """How often `what` was asked for."""
        return self._times[what]

    def answer(self, asked: Asked) -> Answer:
        what = urlsplit(asked.target).path.rpartition("/")[2]
        self._times[what] += 1
        now = (what, self._times[what])
        for name, nth, act in list(self._meanwhile):
            if (name, nth) == now:
                act()
        right = super().answer(asked)
        if self.checked:
            self._check(what, right)
        for name, nth, fault in self._faults:
            if (name, nth) == now:
                right = fault(right)
        return right

    def _check(self, what: str, right: Answer) -> None:
        key = {"schools": "orgs", "users": "users"}.get(what)
        document = json.loads(right.body)
        wrong: object = None
        if right.status == 200 and key is not None:
            wrong = breaches(self.version, key, document)
        elif "imsx_codeMajor" in document:
            wrong = STATUS_INFO(document)
        assert not wrong, f"the stand-in breaks the specification: {wrong}"


@dataclass
class OneRoster(_Spoilt, standin.OneRoster):
    """One that can be spoilt."""


@dataclass
class ClassLink(_Spoilt, standin.ClassLink):
    """One that can be spoilt."""


# Answers that are wrong


def fails(status: int, **headers: str) -> Fault:
    """A refusal with this status; `headers` are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def fault(_right: Answer) -> Answer:
        wrong = refusal(status, "internal_server_error")
        return replace(wrong, headers={**wrong.headers, **named})

    return fault


def html(right: Answer) -> Answer:
    """The page of a gate, a proxy or a login in place of the answer."""
    page = b"<!doctype html><title>Maintenance</title><p>Back soon</p>"
    return Answer(right.status, {"Content-Type": "text/html"}, page)


def cut(right: Answer) -> Answer:
    """The connection breaks off in the middle of the body."""
    return Broken(right.status, right.headers, right.body, sent=len(right.body) // 2)


def drips(right: Answer) -> Answer:
    """The body goes on, a byte at a time, without an end."""
    endless = right.body + b" " * 100_000
    return Broken(right.status, right.headers, endless, sent=len(right.body) - 1, drips=True)


def is_not_json(right: Answer) -> Answer:
    return replace(right, body=right.body[:-2])


def body(change: Callable[[Any], Any]) -> Fault:
    """The same answer with its document changed."""

    def fault(right: Answer) -> Answer:
        return replace(right, body=json.dumps(change(json.loads(right.body))).encode())

    return fault


without_envelope = body(lambda document: {"message": "OK"})
empty = body(lambda document: {key: [] for key in document})


def headed(**headers: str | None) -> Fault:
    """The same answer with other headers; None takes one away."""

    def fault(right: Answer) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {**right.headers, **named}
        return replace(right, headers={k: v for k, v in kept.items() if v is not None})

    return fault


def ids(records: Iterable[Record]) -> list[str]:
    return [str(record["sourcedId"]) for record in records]
