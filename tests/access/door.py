"""The access API and the frozen screen over a database with one partner, asked without a socket."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote

import httpx
from pydantic import SecretStr
from slack_bolt import App
from starlette.applications import Starlette

from bot.access.api import AccessApi
from bot.access.clients import Clients
from bot.access.pace import Pace
from bot.frozen.links import FrozenLinks
from bot.frozen.screen import FrozenScreen
from bot.web import web
from storage.partners import Partner
from storage.rules.lifecycle import Event
from storage.schools import Actor
from storage.snapshot import RosterPerson
from tests.storage.office import Office, person, school

BASE = "https://recess.example"
FIRST_TOKEN = "a-long-random-text-of-whoever-set-it-up"
SUE = Actor("U0SUE", "Sue", "slack")

# Kim works at Oak, Lee at Oak and Elm, Max at Elm; the names say what people read.
SCHOOLS = {"A": ("Oak Elementary", "01"), "B": ("Elm Middle", "02"), "C": ("Fir High", "03")}
STAFF = (
    person("kim", "A", email="Kim@Lincoln.example"),
    person("lee", "A", "B", email="lee@lincoln.example"),
    person("max", "B", email="max@lincoln.example"),
)


@dataclass
class Door:
    office: Office
    token: str = FIRST_TOKEN
    seconds: float = 0.0
    contact: str = "help@recess.example"
    base: str = BASE
    key: str = "k" * 43
    site: Starlette = field(init=False)
    pace: Pace = field(init=False)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        """Build the site anew, with what was changed here."""
        stores = self.office.stores
        links = FrozenLinks(lambda: self.key, self.base, lambda: self.office.moment)
        clients = Clients(SecretStr(FIRST_TOKEN))
        self.pace = Pace(lambda: self.seconds)
        doors = [
            AccessApi(stores, clients, links, self.pace).mount(),
            FrozenScreen(stores, links, self.contact).route(),
        ]
        nobody = cast("App", None)
        self.site = web(nobody, dict, list, takes_slack=False, doors=doors)

    # What happens to the partner

    def night(self, *people: RosterPerson) -> None:
        seen = [school(id, *names) for id, names in SCHOOLS.items()]
        self.office.applied(self.office.planned(seen, people or STAFF))

    def freeze(self, id: str) -> None:
        self.office.change(id, Event.FROZEN)

    def unfreeze(self, id: str) -> None:
        self.office.change(id, Event.UNFROZEN)

    def release(self, account: str, school: str) -> None:
        with self.office.stores.transaction() as store:
            found = store.access.by_id("lincoln", [account])[account]
            [frozen] = store.schools.picked(self.office.partner, [school])
            assert store.releases.give(frozen, found.keys, SUE, "works elsewhere")

    def client(self, name: str, *only: Partner) -> str:
        """A new client's token."""
        with self.office.stores.transaction() as store:
            return store.tokens.create(name, only)

    # Asking

    def ask(self, account: str, partner: str = "lincoln", **more: Any) -> httpx.Response:
        path = f"/v1/partners/{quote(partner, safe='')}/accounts/{quote(account, safe='')}/access"
        return self.get(path, **more)

    def ask_email(self, email: str, partner: str = "lincoln", **more: Any) -> httpx.Response:
        path = f"/v1/partners/{quote(partner, safe='')}/access"
        return self.get(f"{path}?email={quote(email, safe='')}", **more)

    def ask_many(self, body: Any, partner: str = "lincoln", **more: Any) -> httpx.Response:
        return self.request("POST", f"/v1/partners/{partner}/access", json=body, **more)

    def lock(self, account: str) -> Any:
        """The answer about an account that is known."""
        answer = self.ask(account)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def request(
        self, method: str, path: str, token: str | None = None, **more: Any
    ) -> httpx.Response:
        token = self.token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.sent(method, path, headers=headers | more.pop("headers", {}), **more)

    def sent(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.site)
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
                return await client.request(method, path, **more)

        # A browser that was started in this thread left it an event loop.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(send())).result()

    # Looking at the screen

    def screen(self, address: str, language: str = "en", query: str = "") -> httpx.Response:
        assert address.startswith(f"{BASE}/frozen/")
        return self.sent(
            "GET", address.removeprefix(BASE) + query, headers={"Accept-Language": language}
        )


@contextmanager
def opened(url: str) -> Iterator[Door]:
    office = Office(url)
    try:
        door = Door(office)
        door.night()
        yield door
    finally:
        office.close()
