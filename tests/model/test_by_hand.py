"""The product as people and the product's end see it agrees with the model after every step.

Only commands, clicks and questions over HTTP. Each planted defect shows that this road would find
what no other can: what is wrong between the stored truth and the eye.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Connection

import bot.access.api
import bot.commands.stores
import bot.engine
import handlers.views.freeze
from storage.access import Access, Accesses
from storage.cards import Cards
from storage.work import Job
from tests.harness.slack.hands import Hands
from tests.model.by_hand import STEPS, ByHand
from tests.model.hands_on import Town
from tests.model.test_model import SOAK

LENGTH = 25
HISTORIES = {"sqlite": 4, "postgresql": 1}

# Enough that each planted defect shows itself.
ENOUGH = 12

Recorded = Callable[[str, object], None]
Plant = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture
def town(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with opened(database_url, tmp_path, monkeypatch) as town:
        yield town


@dataclass
class Left:
    """What a command leaves to whoever works already."""

    hands: Hands

    def carry(self, tx: Connection, job: Job) -> None:
        self.hands.carry(tx, job)

    def close(self) -> None:
        """There is nothing of its own."""


@contextmanager
def opened(url: str, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Town]:
    town = Town(url, folder)
    # Shell and bot have one time, and what a command owes is done by the bot that runs.
    patch.setattr(bot.commands.stores, "now", town.clock)
    patch.setattr(bot.engine, "ClientCarrier", lambda url: Left(town.hands))
    with town.open():
        yield town
        town.http.close()


def lived(town: Town, histories: int, **more: Any) -> None:
    """So many random histories. One that is wrong is not made smaller: an office is slow."""
    STEPS.clear()
    machine = type("OfOneTown", (ByHand,), {"town": town})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=histories,
            stateful_step_count=LENGTH,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            **more,
        ),
    )


def test_random_histories_by_hand_agree_with_the_model(
    town: Town, record_property: Recorded
) -> None:
    lived(town, HISTORIES[town.stores.database.engine.dialect.name])
    record_property("steps", dict(STEPS))
    print(f"\nThe model agreed after every step by hand: {dict(STEPS)}")


def a_decided_school_stays_open_on_the_card(patch: pytest.MonkeyPatch) -> None:
    def unchanged(self: Cards, partner: Any) -> int | None:
        current = self.current(partner)
        return current.id if current is not None else None

    patch.setattr(Cards, "refresh", unchanged)


def whoever_asked_before_is_answered_the_same(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(bot.access.api, "known", lambda tags, _: bool(tags))


def the_dialog_forgets_who_works_elsewhere(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(handlers.views.freeze, "_elsewhere", lambda _: [])


def an_email_stands_for_one_account_alone(patch: pytest.MonkeyPatch) -> None:
    by_email = Accesses.by_email

    def first(self: Accesses, slug: str, emails: Any) -> dict[str, Access]:
        found = by_email(self, slug, emails)
        return {email: self.by_key(one.keys[-1:]) or one for email, one in found.items()}

    patch.setattr(Accesses, "by_email", first)


PLANTS = [
    whoever_asked_before_is_answered_the_same,
    the_dialog_forgets_who_works_elsewhere,
    a_decided_school_stays_open_on_the_card,
    an_email_stands_for_one_account_alone,
]


# Each takes a while; `make soak` plants all of them.
@pytest.mark.parametrize("plant", PLANTS if SOAK else PLANTS[:1])
def test_a_planted_defect_is_found_by_hand(
    plant: Plant, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    with opened(sqlite_url, tmp_path, monkeypatch) as town, pytest.raises(AssertionError):
        lived(town, ENOUGH, derandomize=True)
    print(f"\nFound “{plant.__name__}” after {STEPS['sqlite']} steps")
