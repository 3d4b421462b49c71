"""The product and the model of DESIGN 2 and 3 agree after every step of random histories.

Each planted defect shows that the histories would find it.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

import bot.sync
from tests.model.defects import DEFECTS
from tests.model.machine import STEPS, Histories
from tests.model.world import World

# PostgreSQL takes three times as long for a step; what only it could do wrong is rarer than that.
HISTORIES = {"sqlite": 40, "postgresql": 8}
HISTORIES_OF_FILES, LENGTH = 5, 40
# All defects are looked for by `make soak`; these are those that would do the most harm.
SOAK = os.environ.get("RECESS_SOAK") == "1"
CHIEF = (
    "memberships of an absent school are dropped",
    "a release is ignored",
    "unfreezing one school unlocks its people at another",
    "a stale preview is acted on",
    "a hold is applied to other content",
    "a link thaws a frozen school",
)
# Enough that even the shyest defect shows itself; most do within ten.
ENOUGH = 1_500

Recorded = Callable[[str, object], None]


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    yield from opened(database_url)


@pytest.fixture
def sqlite_world(sqlite_url: str) -> Iterator[World]:
    yield from opened(sqlite_url)


def opened(url: str) -> Iterator[World]:
    world = World(url)
    yield world
    world.close()


def histories(world: World, folder: Path | None = None) -> type[Histories]:
    return type("OfOneWorld", (Histories,), {"world": world, "folder": folder, "before": None})


def at_most(count: int, **more: object) -> settings:
    return settings(
        max_examples=count,
        stateful_step_count=LENGTH,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        **more,  # type: ignore[arg-type]
    )


def test_random_histories_agree_with_the_model(
    world: World, monkeypatch: pytest.MonkeyPatch, record_property: Recorded
) -> None:
    monkeypatch.setattr(bot.sync, "open_roster", world.opened)
    STEPS.clear()
    count = HISTORIES[world.database.engine.dialect.name]
    run_state_machine_as_test(histories(world), settings=at_most(count))
    record_property("steps", dict(STEPS))
    print(f"\nThe model agreed after every step: {dict(STEPS)}")


def test_histories_of_real_files_agree_with_the_model(
    sqlite_world: World, tmp_path: Path, record_property: Recorded
) -> None:
    STEPS.clear()
    folder = tmp_path / "roster"
    run_state_machine_as_test(histories(sqlite_world, folder), settings=at_most(HISTORIES_OF_FILES))
    record_property("steps", dict(STEPS))
    print(f"\nThe model agreed after every step on real files: {dict(STEPS)}")


@pytest.mark.parametrize("name", DEFECTS if SOAK else CHIEF)
def test_a_planted_defect_is_found(
    name: str, sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.sync, "open_roster", sqlite_world.opened)
    DEFECTS[name](monkeypatch)
    # What is found is not made smaller: that would take longer than finding it.
    quick = at_most(ENOUGH, phases=(Phase.generate,), derandomize=True, report_multiple_bugs=False)
    STEPS.clear()
    with pytest.raises(AssertionError):
        run_state_machine_as_test(histories(sqlite_world), settings=quick)
    print(f"\nFound “{name}” after {STEPS['sqlite']} steps")
