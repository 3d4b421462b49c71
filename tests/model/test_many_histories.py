"""As many random histories as one likes: product and model agree after every step of a million."""

import os
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import Phase
from hypothesis.stateful import run_state_machine_as_test

import bot.sync
from tests.model.machine import STEPS
from tests.model.test_model import at_most, histories
from tests.model.world import World

SOAK = os.environ.get("RECESS_SOAK") == "1"
# On each of the two databases; together they are a million.
STEPS_EACH = int(os.environ.get("RECESS_STEPS", "1000000")) // 2
# So many histories, then a word on how far it is.
BATCH = 250


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    world = World(database_url)
    yield world
    world.close()


@pytest.mark.skipif(not SOAK, reason="it takes hours; `make soak` does it")
def test_many_histories_agree_with_the_model(
    world: World, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setattr(bot.sync, "open_roster", world.opened)
    name = world.database.engine.dialect.name
    STEPS.clear()
    while STEPS[name] < STEPS_EACH:
        machine = histories(world)
        run_state_machine_as_test(machine, settings=at_most(BATCH, phases=(Phase.generate,)))
        # A worker of a parallel run has no output, but it has the errors of its session.
        print(f"{name}: {STEPS[name]:,} of {STEPS_EACH:,} steps agreed", file=sys.stderr)
    record_property("steps", dict(STEPS))
