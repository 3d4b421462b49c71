"""The locks of a large school become events in parts, and a click finds its turn in between."""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from pydantic import SecretStr

from bot import webhooks
from bot.webhooks import Receiver, Webhooks
from storage import events
from storage.rules.lifecycle import Event
from tests.storage.conftest import opened
from tests.storage.office import Office, person
from tests.webhooks.product import SECRET

Told = list[tuple[str, str]]


@pytest.fixture
def office(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Five people at A, of whom two are a part."""
    monkeypatch.setattr(events, "PART", 2)
    for office in opened(sqlite_url):
        office.night("A", [person(f"t{number}", "A") for number in range(5)])
        yield office


def telling(office: Office, taken: Told) -> Webhooks:
    """Tells a product that takes everything."""

    def take(request: httpx.Request) -> httpx.Response:
        document = json.loads(request.content)
        if "account" in document["data"]:
            taken.append((document["type"], document["data"]["account"]))
        return httpx.Response(202, content=iter([b""]))

    client = httpx.Client(transport=httpx.MockTransport(take))
    return Webhooks(office.stores, Receiver("https://x.example", SecretStr(SECRET), client), "C0")


def in_between(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> list[float]:
    """Let this happen between two parts; gives how long each pause was."""
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 1:
            happens()

    monkeypatch.setattr(webhooks.time, "sleep", sleep)
    return pauses


def test_everybody_else_gets_their_turn_between_two_parts(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: Told = []
    office.stores.tells = True
    office.change("A", Event.FROZEN)
    jobs = list(office.carrier.jobs)
    pauses = in_between(monkeypatch, lambda: office.declare("cedar"))
    telling(office, taken).tell(jobs[-1].key)
    assert len(pauses) == 2
    assert office.carrier.jobs == jobs
    assert sorted(taken) == [("account.locked", f"t{number}") for number in range(5)]


def test_what_changes_between_two_parts_is_told_as_it_is_then(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: Told = []
    office.change("A", Event.FROZEN)
    in_between(monkeypatch, lambda: office.change("A", Event.UNFROZEN))
    product = telling(office, taken)
    product.tell("tell:1:1")
    assert sorted(taken) == [("account.locked", "t0"), ("account.locked", "t1")]
    with office.stores.read() as store:
        assert store.events.untold(office.partner.id)
    product.tell("tell:1:2")
    assert sorted(taken[2:]) == [("account.unlocked", "t0"), ("account.unlocked", "t1")]


def test_a_sweep_that_finds_nothing_waits_for_nobody(office: Office) -> None:
    product = telling(office, [])
    product.tell("tell:1:1")
    with office.stores.transaction():
        assert product.carry_abandoned([]) == 0
