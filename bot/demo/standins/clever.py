"""Clever, as far as a roster of staff needs it: tokens, one district, its schools and users.

It answers in pages with links.
"""

import base64
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.demo.standins.server import Answer, Asked, Server

DISTRICT = "4fd43cc56d11340000000005"
# Worth nothing anywhere else.
CLIENT, SECRET = "recess", "client-secret-7"
TOKEN = "token-of-lincoln-7"  # noqa: S105
AT = "2026-11-01T02:00:00.000Z"

Record = dict[str, Any]


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
class Clever:
    """One application at Clever, with one connected district. `page` is the most of a page."""

    schools: list[Record] = field(default_factory=lambda: [school(n) for n in range(1, 6)])
    users: list[Record] = field(default_factory=list)
    district: Record = field(default_factory=dict)
    connected: dict[str, str] = field(default_factory=lambda: {DISTRICT: TOKEN})
    version: str = "3.1"
    page: int = 2
    projected: bool = False

    @contextmanager
    def listening(self) -> Iterator[str]:
        """A server on loopback; gives its address."""
        with _Listening(self) as server:
            yield server.url

    def answer(self, request: httpx.Request) -> httpx.Response:
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
        return httpx.Response(200, json={"data": entries, "links": []})

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
        return httpx.Response(200, json={"data": wrapped, "links": links})


def refused(status: int, **headers: str) -> httpx.Response:
    """A refusal; headers are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    document = {"message": "refused"}
    return httpx.Response(status, json=document, headers=named)


class _Listening(Server):
    def __init__(self, clever: Clever) -> None:
        self.clever = clever

    def answer(self, asked: Asked) -> Answer:
        url = f"http://{asked.headers['host']}{asked.target}"
        response = self.clever.answer(httpx.Request(asked.method, url, headers=asked.headers))
        named = response.headers.items()
        headers = {name: value for name, value in named if name != "content-length"}
        return Answer(response.status_code, headers, response.content)
