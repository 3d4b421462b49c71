"""Clever, as far as a roster of staff needs it: tokens, one district, its schools and users.

It answers as the specification says (`clever_contract`), in pages with links, and does on request
what goes wrong on the way. It is a transport for a client, or a server on loopback.
"""

import base64
import json
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from bot.rosters.rest import Web
from bot.settings import Settings
from tests.rosters.standins.clever_contract import ANSWERS, breaches

DISTRICT = "4fd43cc56d11340000000005"
CLIENT, SECRET = "recess", "client-secret-7"
TOKEN = "token-of-lincoln-7"
AT = "2026-11-01T02:00:00.000Z"

Record = dict[str, Any]
Spoilt = Callable[[httpx.Response], httpx.Response]


def school(number: int, name: str = "", **more: Any) -> Record:
    """A school whose ids are made from a number."""
    return {
        "id": f"5{number:023x}",
        "district": DISTRICT,
        "name": name or f"School {number}",
        "school_number": f"{number:04}",
        "sis_id": f"sis-{number}",
        "created": AT,
        "last_modified": AT,
        **more,
    }


def user(number: int, **roles: Sequence[int] | Record) -> Record:
    """A user with the schools of each role, such as `teacher=[1, 2]`."""
    return {
        "id": f"6{number:023x}",
        "district": DISTRICT,
        "created": AT,
        "last_modified": AT,
        "email": f"user{number}@example.org",
        "name": {"first": f"Ada {number}", "middle": None, "last": "Byron"},
        "roles": {name: _role(schools) for name, schools in roles.items()},
    }


def _role(schools: Sequence[int] | Record) -> Record:
    if isinstance(schools, dict):
        return schools
    return {"schools": [school(number)["id"] for number in schools], "title": None}


@dataclass
class _Fault:
    """What becomes of an answer: which list, which page of it, how often, and how."""

    what: str
    page: int
    times: int
    spoilt: Spoilt


@dataclass
class Clever:
    """One application at Clever, with one connected district. `page` is the most of a page."""

    schools: list[Record] = field(default_factory=lambda: [school(n) for n in range(1, 6)])
    users: list[Record] = field(default_factory=list)
    district: Record = field(default_factory=dict)
    connected: dict[str, str] = field(default_factory=lambda: {DISTRICT: TOKEN})
    version: str = "3.1"
    page: int = 2
    projected: bool = False
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

    @contextmanager
    def listening(self) -> Iterator[str]:
        """A server on loopback; gives its address."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.answer))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    # What it answers

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        what = _what(request)
        if request.url.params.get("limit") == "1":
            what = f"end of {what}"
        right = self._right(request)
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

    def _right(self, request: httpx.Request) -> httpx.Response:
        path, given = request.url.path, request.headers.get("Authorization")
        if path == "/oauth/tokens":
            basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            return self._tokens(request) if given == f"Basic {basic}" else refused(401)
        if given not in [f"Bearer {token}" for token in self.connected.values()]:
            return refused(401)
        lists: Mapping[str, Callable[[], list[Record]]] = {
            "districts": lambda: [self._district()],
            "schools": lambda: self.schools,
            "users": lambda: self._with_role(request.url.params.get("role")),
        }
        prefix, _, name = path.rpartition("/")
        if prefix != f"/v{self.version}" or name not in lists:
            return refused(404)
        return self._page(request, name, lists[name]())

    def _tokens(self, request: httpx.Request) -> httpx.Response:
        if request.url.params.get("owner_type") != "district":
            return refused(400)
        entries = [
            {
                "id": f"{number:024x}",
                "created": AT,
                "owner": {"type": "district", "id": id},
                "access_token": token,
                "scopes": ["read:district_admins", "read:teachers"],
            }
            for number, (id, token) in enumerate(self.connected.items())
        ]
        return kept("tokens", {"data": entries, "links": []})

    def _district(self) -> Record:
        own = {"id": DISTRICT, "name": "Lincoln Unified", "state": "running", "last_sync": AT}
        return own | self.district

    def _with_role(self, role: str | None) -> list[Record]:
        users = [user for user in self.users if role is None or role in user["roles"]]
        if not self.projected:
            return users
        return [{**user, "roles": {role: user["roles"][role]}} for user in users]

    def _page(self, request: httpx.Request, name: str, records: list[Record]) -> httpx.Response:
        query = request.url.params
        if int(query.get("limit", "100")) > 10_000:
            return refused(413)
        ids = [record["id"] for record in records]
        after = query.get("starting_after")
        start = 0 if after is None else bisect_right(ids, after)
        end = start + min(int(query.get("limit", "100")), self.page)
        links = [{"rel": "self", "uri": str(request.url.raw_path, "ascii")}]
        if end < len(records):
            following = request.url.copy_merge_params({"starting_after": ids[end - 1]})
            links.append({"rel": "next", "uri": str(following.raw_path, "ascii")})
        wrapped = [{"data": record, "uri": f"/x/{record['id']}"} for record in records[start:end]]
        return kept(name, {"data": wrapped, "links": links})


def _what(request: httpx.Request) -> str:
    return request.url.params.get("role") or request.url.path.rpartition("/")[2]


def kept(name: str, document: Any) -> httpx.Response:
    """An answer that keeps the specification."""
    wrong = list(breaches(ANSWERS[name], document))
    assert not wrong, f"the stand-in breaks the specification: {wrong[:3]}"
    return httpx.Response(200, json=document)


def refused(status: int, **headers: str) -> httpx.Response:
    """A refusal; headers are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    document = {"message": "refused"}
    assert not list(breaches(ANSWERS["error"], document))
    return httpx.Response(status, json=document, headers=named)


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


# A server on loopback


def _handler(answer: Callable[[httpx.Request], httpx.Response]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host = self.headers["Host"]
            request = httpx.Request("GET", f"http://{host}{self.path}", headers=dict(self.headers))
            response = answer(request)
            self.send_response(response.status_code)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.content)

        def log_message(self, format: str, *arguments: object) -> None:
            """Nobody reads it."""

    return Handler
