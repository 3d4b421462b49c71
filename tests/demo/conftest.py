"""What became of the partners of a demo, and somebody who walks through one in a browser."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from bot.demo.program import Story
from storage.runs import Run
from tests.demo.hand import Demo, Hand, started

if TYPE_CHECKING:
    from playwright.sync_api import Page


def runs(story: Story, slug: str) -> list[Run]:
    """The first one first."""
    with story.service.stores.read() as store:
        return store.runs.of(store.partners.named(slug), 10)[::-1]


def undecided(story: Story, slug: str) -> set[str]:
    with story.service.stores.read() as store:
        schools = store.schools.of(store.partners.named(slug))
    return {school.name for school in schools if school.status == "action_needed"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One for all walks of a file: each has partners of its own."""
    with started(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture
def hand(page: "Page", demo: Demo) -> Hand:
    return Hand(page, demo)
