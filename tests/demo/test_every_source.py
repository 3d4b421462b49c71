"""The partners of the demo whose rosters come in every other way, and their first nights."""

import os
from collections.abc import Iterator
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
GONE = {
    "harbor-point": {"Seaview Elementary"},
    "granite-falls": {"Quarry Hill Elementary"},
    "mesa-verde": {"Desert Willow Elementary", "Palo Verde Middle School"},
    "blue-ridge": {"Laurel Fork Elementary"},
}


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The demo as it starts; shared, so only to be read."""
    with demo(tmp_path_factory.mktemp("demo"), 0) as running:
        yield running.story


def totals(run: Run) -> tuple[int, int]:
    assert run.counts is not None
    return run.counts.schools_total, run.counts.staff_total


@pytest.mark.parametrize("slug", SIZES)
def test_the_first_roster_connects_everybody(two_nights: Story, slug: str) -> None:
    first = runs(two_nights, slug)[0]
    assert (first.outcome, totals(first)) == ("applied", SIZES[slug])


@pytest.mark.parametrize("slug", GONE)
def test_the_second_night_takes_a_school(two_nights: Story, slug: str) -> None:
    assert [run.outcome for run in runs(two_nights, slug)] == ["applied", "applied"]
    assert undecided(two_nights, slug) == GONE[slug]


def test_the_csv_partner_has_its_upload_and_no_nights(two_nights: Story) -> None:
    assert [run.night for run in runs(two_nights, UPLOADED)] == [None]


def test_the_next_upload_is_ready_and_lacks_a_school(two_nights: Story) -> None:
    syncing = two_nights.service.syncing
    would = syncing.would(UPLOADED, upload=two_nights.others.upload("second"))
    assert would.plan is not None
    assert (would.outcome, would.plan.loss.schools_gone) == ("applied", 1)


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
