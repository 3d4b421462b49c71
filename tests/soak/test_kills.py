"""The bot is killed where it hurts; afterwards everything is there once, whole, as it was asked."""

import os
from collections.abc import Callable, Sequence

from tests.soak.aims import (
    AIMS,
    APPLYING,
    CLICK,
    KINDS,
    UNKNOWN,
    UNPOSTED,
    Aim,
    Killing,
)
from tests.soak.town import Town

SOAK = os.environ.get("RECESS_SOAK") == "1"
EACH, ALL = 5, 25
# One of each kind; the others are for the long form.
FEW = {
    "sqlite": ("schools applied", "marked as sending", "answered", "change made"),
    "postgresql": ("run told", "delivery begun", "answered", "pause committed"),
}


def at(*holds: str) -> Sequence[Aim]:
    return [next(aim for aim in AIMS if aim.hold == hold) for hold in holds]


TWO = at(
    "answered",
    "run told",
    "marked as sending",
    "change made",
    "freeze committed",
    "delivery begun",
    "night owed",
    "posted and recorded",
)
STOPPED = at("change made", "answered", "run told", "marked as sending")


def aims(database: str) -> Sequence[Aim]:
    if SOAK:
        return AIMS
    few = at(*FEW[database])
    assert {aim.kind for aim in few} == {APPLYING, UNPOSTED, UNKNOWN, CLICK}
    return few


def test_killed_and_started_again(database_url: str, founded: Callable[..., Town]) -> None:
    database = "sqlite" if database_url.startswith("sqlite") else "postgresql"
    town = founded(database_url, socket_mode=database == "sqlite")
    killing = Killing(town)
    town.start()
    for aim in aims(database):
        killing.at(aim)
    if SOAK:
        tell(database, killing)
        assert killing.tally.total() >= ALL
        for kind in KINDS[:4]:
            assert sum(n for (k, _), n in killing.tally.items() if k == kind) >= EACH


def test_stopped_in_the_middle(sqlite_url: str, founded: Callable[..., Town]) -> None:
    """What still runs when the time to stop is over is cut off, as by a kill."""
    town = founded(sqlite_url, socket_mode=True)
    stopping = Killing(town, politely=True)
    town.start()
    for aim in STOPPED if SOAK else STOPPED[:1]:
        stopping.at(aim)


def test_another_serve_takes_over(postgres_url: str, founded: Callable[..., Town]) -> None:
    """Slack's requests come by Socket Mode to either of the two."""
    town = founded(postgres_url, socket_mode=True)
    killing = Killing(town)
    town.start()
    for aim in TWO if SOAK else TWO[:1]:
        killing.at_one_of_two(aim)
    if SOAK:
        tell("postgresql, one of two", killing)


def tell(database: str, killing: Killing) -> None:
    nights = killing.town.day
    print(f"\n{database}: {killing.tally.total()} kills in {nights} nights; all there, once")
    for kind in KINDS:
        inside = {where: n for (k, where), n in killing.tally.items() if k == kind}
        print(f"  {sum(inside.values()):3}  {kind}")
        for where, number in inside.items():
            print(f"         {number}  {where}")
