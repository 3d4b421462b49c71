"""The partners of the demo whose rosters come in every other way, and their first three nights."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.demo.connected import SECRET_NAME, UPLOADED, Connected, connected
from bot.demo.program import Story, demo
from storage.runs import Run
from tests.demo.conftest import runs, undecided

SIZES = {
    "harbor-point": (6, 90),
    "granite-falls": (5, 60),
    "mesa-verde": (8, 120),
    "blue-ridge": (7, 100),
    "northwind": (4, 40),
}
SECOND_NIGHT = {
    "harbor-point": {"Seaview Elementary"},
    "granite-falls": {"Quarry Hill Elementary"},
    "mesa-verde": {"Desert Willow Elementary", "Palo Verde Middle School"},
    "blue-ridge": {"Laurel Fork Elementary"},
    "northwind": set[str](),
}
THIRD_NIGHT = {
    "harbor-point": {"Breakwater Elementary", "Harbor Point Middle School"},
    "granite-falls": set[str](),
    "mesa-verde": {"Palo Verde Middle School", "Ocotillo Elementary"},
    "blue-ridge": {"Pine Bluff Elementary"},
    "northwind": set[str](),
}


@dataclass(frozen=True)
class Lived:
    """A demo after three nights, what was undecided after the two that it starts with, and what
    was said of the third.
    """

    story: Story
    after_two: Mapping[str, set[str]]
    third: str


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """Shared, so only to be read. Breakwater Elementary's row is deleted before the third night."""
    folder = tmp_path_factory.mktemp("demo")
    with demo(folder, 0) as running:
        after_two = {slug: undecided(running.story, slug) for slug in SIZES}
        delete(folder / "rosters" / "harbor-point" / "orgs.csv", "Breakwater")
        third = running.story.next_night()
        yield Lived(running.story, after_two, third)


def delete(path: Path, naming: str) -> None:
    rows = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(row for row in rows if naming not in row), "utf-8")


def totals(run: Run) -> tuple[int, int]:
    assert run.counts is not None
    return run.counts.schools_total, run.counts.staff_total


@pytest.mark.parametrize("slug", SIZES)
def test_the_first_roster_connects_everybody(lived: Lived, slug: str) -> None:
    first = runs(lived.story, slug)[0]
    assert (first.outcome, totals(first)) == ("applied", SIZES[slug])


@pytest.mark.parametrize("slug", SECOND_NIGHT)
def test_the_second_night_takes_a_school(lived: Lived, slug: str) -> None:
    assert lived.after_two[slug] == SECOND_NIGHT[slug]


@pytest.mark.parametrize("slug", THIRD_NIGHT)
def test_on_the_third_some_schools_go_and_some_are_back(lived: Lived, slug: str) -> None:
    assert undecided(lived.story, slug) == THIRD_NIGHT[slug]
    assert {run.outcome for run in runs(lived.story, slug)} == {"applied"}


def test_a_night_says_by_name_whose_roster_is_held(lived: Lived) -> None:
    assert "Golden Plains: held. Unusually many schools are gone from it." in lived.third


def test_the_csv_partner_has_its_upload_and_no_nights(lived: Lived) -> None:
    assert [run.night for run in runs(lived.story, UPLOADED)] == [None]


def test_the_next_upload_is_ready_and_lacks_a_school(lived: Lived) -> None:
    syncing = lived.story.service.syncing
    would = syncing.would(UPLOADED, upload=lived.story.others.upload("second"))
    assert would.plan is not None
    assert (would.outcome, would.plan.loss.schools_gone) == ("applied", 1)


def test_the_batch_of_the_third_night_is_a_delta(lived: Lived) -> None:
    archive = lived.story.samples.folder / "drops" / "blue-ridge" / "archive"
    forms = [path.stem.rpartition("-")[2] for path in sorted(archive.iterdir())]
    assert forms == ["bulk", "bulk", "delta"]


def test_no_night_comes_by_the_clock(lived: Lived) -> None:
    before = {slug: len(runs(lived.story, slug)) for slug in SIZES}
    lived.story.clock.ahead += timedelta(days=2)
    try:
        look = lived.story.service.clock.scheduler.get_job("look")
        look.func()
    finally:
        lived.story.clock.ahead -= timedelta(days=2)
    assert {slug: len(runs(lived.story, slug)) for slug in SIZES} == before


def test_the_stand_ins_and_their_secret_end_with_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET_NAME, "before")
    with connected(tmp_path) as others:
        addresses = _addresses(others)
        assert os.environ[SECRET_NAME] != "before"
    assert os.environ[SECRET_NAME] == "before"
    assert len(addresses) == 3
    for address in addresses:
        with pytest.raises(httpx.ConnectError):
            httpx.get(address)


def _addresses(others: Connected) -> set[str]:
    given = others.settings
    service = others.sources["granite-falls"]["url"]
    return {given["clever_api_url"], given["classlink_proxy_url"], service}
