"""Clever's stand-in, held to the specification, and wrong on request.

What it answers is checked (`clever_contract`). It is a transport for a client, or a server on
loopback.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.demo.standins import clever as standin
from bot.demo.standins.clever import CLIENT, DISTRICT, SECRET, TOKEN, refused, school, user
from bot.rosters.rest import Web
from bot.settings import Settings
from tests.rosters.standins.clever_contract import ANSWERS, breaches

__all__ = [
    "DISTRICT", "SECRET", "TOKEN", "Clever", "Spoilt", "breaks", "drips", "fails", "html", "kept",
    "refused", "said", "school", "user", "with_document", "with_links", "with_record",
]  # fmt: skip

Spoilt = Callable[[httpx.Response], httpx.Response]


@dataclass
class _Fault:
    """What becomes of an answer: which list, which page of it, how often, and how."""

    what: str
    page: int
    times: int
    spoilt: Spoilt


@dataclass
class Clever(standin.Clever):
    """One that can be spoilt, in a network where sleeping only moves the time."""

    asked: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    time: float = 0.0
    _faults: list[_Fault] = field(default_factory=list)
    _pages: dict[str, int] = field(default_factory=dict)

    def spoil(self, what: str, spoilt: Spoilt, page: int = 1, times: int = 1_000_000) -> None:
        """Spoil the answers to `what`: tokens, districts, schools, staff or teacher."""
        self._faults.append(_Fault(what, page, times, spoilt))

    # How it is reached

    def web(self, **more: Any) -> Web:
        """A network with nothing else in it, where sleeping only moves the time."""
        return Web(
            transport=httpx.MockTransport(self.answer),
            sleep=self._sleep,
            clock=lambda: self.time,
            now=lambda: 1_000_000 + self.time,
            **more,
        )

    def settings(self, url: str = "http://127.0.0.1:1") -> Settings:
        return Settings(
            _env_file=None,
            clever_client_id=CLIENT,
            clever_client_secret=SECRET,
            clever_api_url=url,
            clever_token_url=f"{url}/oauth/tokens",
        )

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    # What it answers

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        what = _what(request)
        if request.url.params.get("limit") == "1":
            what = f"end of {what}"
        right = super().answer(request)
        if right.status_code == 200:
            kept(_list(request), right.json())
        page = self._pages.setdefault(what, 0) + 1
        spoilt = right
        for fault in self._faults:
            if fault.what == what and fault.page == page and fault.times > 0:
                fault.times -= 1
                spoilt = fault.spoilt(spoilt)
        if spoilt.status_code == 200:
            self._pages[what] = page
        return spoilt

    def again(self) -> None:
        """Count pages from the first, for another reading."""
        self._pages.clear()


def _what(request: httpx.Request) -> str:
    return request.url.params.get("role") or request.url.path.rpartition("/")[2]


def kept(name: str, document: Any) -> httpx.Response:
    """An answer that keeps the specification."""
    wrong = list(breaches(ANSWERS[name], document))
    assert not wrong, f"the stand-in breaks the specification: {wrong[:3]}"
    return httpx.Response(200, json=document)


def _list(request: httpx.Request) -> str:
    return request.url.path.rpartition("/")[2]


# What goes wrong on the way


def fails(status: int, **headers: str) -> Spoilt:
    return lambda _: refused(status, **headers)


def html(status: int = 200) -> Spoilt:
    return lambda _: httpx.Response(status, html="<!doctype html><p>hunter2 Back soon</p>")


def breaks(error: type[httpx.TransportError]) -> Spoilt:
    def spoilt(_: httpx.Response) -> httpx.Response:
        raise error("hunter2")

    return spoilt


def said(content: bytes, kind: str = "application/json") -> Spoilt:
    return lambda _: httpx.Response(200, content=content, headers={"Content-Type": kind})


def with_document(change: Callable[[Any], Any]) -> Spoilt:
    """The same answer with its document changed; `change` gives the new one."""
    return lambda right: said(json.dumps(change(json.loads(right.content))).encode())(right)


def with_record(**fields: Any) -> Spoilt:
    """The first record of the page with other fields."""

    def change(document: Any) -> Any:
        document["data"][0]["data"].update(fields)
        return document

    return with_document(change)


def with_links(*links: Any) -> Spoilt:
    return with_document(lambda document: {**document, "links": list(links)})


def drips(clock: Callable[[], None], pieces: int = 1000) -> Spoilt:
    """A body of many pieces; `clock` is called before each."""

    def body() -> Iterator[bytes]:
        for _ in range(pieces):
            clock()
            yield b" "

    kind = {"Content-Type": "application/json"}
    return lambda _: httpx.Response(200, content=body(), headers=kind)
