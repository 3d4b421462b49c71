"""Several people and a sync at the same moment: some order of their steps explains what came out.

Each does one thing in a thread of its own. The model tries the orders, one after the other, until
one has the same answers and the same end.
"""

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from itertools import permutations

import pytest
from sqlalchemy.exc import IntegrityError

import bot.sync
from handlers.ask import Answer
from handlers.freeze import freeze
from handlers.mistake import Reported, report
from handlers.pause import pause
from handlers.release import release
from handlers.unfreeze import request, unfreeze
from storage.errors import Busy, SyncUnderWay
from storage.partners import Partner, Partners
from storage.schools import School, Schools
from tests.model.district import Breaker, District, Row
from tests.model.machine import answered, became, report_became
from tests.model.test_model import SOAK
from tests.model.world import Snapshot, World

ROUNDS = 12
SCHOOLS = {"A": ("01", "A School"), "B": ("02", "B School")}
STAFF = {
    "p1": Row("one@example.org", "One", frozenset("A")),
    "p2": Row("two@example.org", "Two", frozenset("AB")),
    "p3": Row("three@example.org", "Three", frozenset("B")),
}
LENIENT = Breaker(100, 100, 101, 1)
ADMINS, SUPPORT = ("ana", "bo"), ("sue", "sam")
# Somebody came too late to a busy place: nothing was done, at whatever moment that was.
TOO_BUSY = "too busy"


@dataclass(frozen=True)
class Act:
    """One thing that one person does; a night has the roster that it finds."""

    what: str
    who: str
    school: str
    without: str = ""

    def in_the_model(self, district: District) -> object:
        one, at = self.who, self.school
        acts: dict[str, Callable[[], object]] = {
            "pause": lambda: district.pause(one, [at], {})[at],  # type: ignore[index]
            "freeze": lambda: district.freeze(one, at, None, None),
            "unfreeze": lambda: district.unfreeze(one, at, None),
            "request": lambda: district.ask(one, at),
            "report": lambda: district.report(one, at, None),
            "release": lambda: district.release(one, at, ["p2"], None),
            "night": lambda: district.night(shared(self.without), STAFF)[0],
        }
        return acts[self.what]()

    def in_the_product(self, world: World, slug: str, keys: dict[str, int]) -> object:
        ask = world.ask(self.who, slug, [self.school], {})
        acts: dict[str, Callable[[], object]] = {
            "pause": lambda: pause(ask, world.desk),
            "freeze": lambda: freeze(ask, world.desk, None).answer,
            "unfreeze": lambda: unfreeze(ask, world.desk),
            "request": lambda: {True: "done", False: "asked before"}[
                bool(request(ask, world.desk))
            ],
            "report": lambda: report(ask, world.desk),
            "release": lambda: release(ask, world.desk, [keys["p2"]]),
            "night": lambda: world.syncing.now(slug).outcome,
        }
        return _in_a_word(answered(acts[self.what]))


def _in_a_word(done: object) -> object:
    if isinstance(done, Answer):
        return became(done.changes[0])
    if isinstance(done, Reported):
        return report_became(done)
    return done if isinstance(done, str) else "done"


def shared(without: str) -> dict[str, tuple[str, str]]:
    return {id: named for id, named in SCHOOLS.items() if id != without}


@pytest.fixture
def world(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from _opened(database_url, monkeypatch)


@pytest.fixture
def postgres_world(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from _opened(postgres_url, monkeypatch)


def _opened(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World(url)
    monkeypatch.setattr(bot.sync, "open_roster", world.opened)
    yield world
    world.close()


@pytest.mark.parametrize("hands", [2, 4] if SOAK else [4])
def test_every_history_is_one_that_some_order_explains(world: World, hands: int) -> None:
    chance = random.Random(hands)
    _rounds(ROUNDS, world, chance, hands)


def test_without_the_partners_lock_some_history_is_one_that_no_order_explains(
    postgres_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above would notice: on PostgreSQL people then really decide at once."""
    monkeypatch.setattr(Partners, "locked", Partners.named)
    monkeypatch.setattr(Schools, "picked", _not_locked)
    chance = random.Random(4)
    with pytest.raises((AssertionError, IntegrityError)):
        _rounds(ROUNDS * 10, postgres_world, chance, 4)


def _not_locked(self: Schools, partner: Partner, ids: Iterable[str]) -> list[School]:
    return [self.named(partner, id) for id in ids]


def _rounds(count: int, world: World, chance: random.Random, hands: int) -> None:
    for _ in range(count):
        slug, district = _begun(world, chance)
        acts = _acts(chance, hands)
        answers = _at_once(world, slug, acts)
        assert _explained(world, slug, district, acts, answers), (acts, answers)


def _begun(world: World, chance: random.Random) -> tuple[str, District]:
    """A partner whose school A is missing, and of whom B may be frozen."""
    slug, district = world.partner(LENIENT), District(LENIENT)
    for without in ("", "A"):
        world.snapshot = Snapshot(shared(without), STAFF)
        assert world.syncing.now(slug).outcome == district.night(shared(without), STAFF)[0]
    if chance.random() < 0.5:
        for act in (Act("freeze", "ana", "B"), Act("freeze", "bo", "A")):
            if chance.random() < 0.6:
                assert act.in_the_product(world, slug, {}) == act.in_the_model(district)
    return slug, district


def _acts(chance: random.Random, hands: int) -> list[Act]:
    """What they do, mostly to the same school; at most one of them is a sync."""
    school = chance.choice("AAB")
    acts = []
    for _ in range(hands):
        what = chance.choice(("pause", "freeze", "unfreeze", "request", "report", "release"))
        people = SUPPORT if what in ("unfreeze", "release") else ADMINS
        acts.append(Act(what, chance.choice(people), school))
    if chance.random() < 0.5:
        acts[0] = Act("night", "ana", school, chance.choice(("", "A", "B")))
    return acts


def _at_once(world: World, slug: str, acts: Sequence[Act]) -> list[object]:
    keys = world.observed(slug).keys
    night = next((act for act in acts if act.what == "night"), None)
    world.snapshot = Snapshot(shared(night.without if night else ""), STAFF)
    ready = threading.Barrier(len(acts))

    def do(act: Act) -> object:
        ready.wait()
        try:
            return act.in_the_product(world, slug, keys)
        except (Busy, SyncUnderWay):
            return TOO_BUSY

    with ThreadPoolExecutor(len(acts)) as people:
        return list(people.map(do, acts))


def _explained(
    world: World, slug: str, begun: District, acts: Sequence[Act], answers: Sequence[object]
) -> bool:
    seen = _end(world, slug)
    done = [(a, answer) for a, answer in zip(acts, answers, strict=True) if answer != TOO_BUSY]
    for order in permutations(done):
        district = deepcopy(begun)
        agrees = all(act.in_the_model(district) == answer for act, answer in order)
        if agrees and _end_of(district) == seen:
            return True
    return False


def _end(world: World, slug: str) -> object:
    seen = world.observed(slug)
    return seen.schools, seen.history, seen.memberships, seen.locks, seen.cases


def _end_of(district: District) -> object:
    schools = {
        id: (s.number, s.name, s.status, s.present, len(s.moves))
        for id, s in district.schools.items()
    }
    moves = {id: s.moves for id, s in district.schools.items()}
    return schools, moves, district.memberships, district.locks(), district.cases
