"""The third night of the demo, with a row deleted by hand before it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.program import Story, demo
from tests.demo.conftest import runs, undecided

GONE = {
    "harbor-point": {"Breakwater Elementary", "Harbor Point Middle School"},
    "granite-falls": set[str](),
    "mesa-verde": {"Palo Verde Middle School", "Ocotillo Elementary"},
    "blue-ridge": {"Pine Bluff Elementary"},
    "northwind": set[str](),
}


@pytest.fixture(scope="module")
def three_nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Shared, so only to be read. Breakwater Elementary's row is deleted."""
    folder = tmp_path_factory.mktemp("demo")
    with demo(folder, 0) as running:
        delete(folder / "rosters" / "harbor-point" / "orgs.csv", "Breakwater")
        running.story.next_night()
        yield running.story


def delete(path: Path, naming: str) -> None:
    rows = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(row for row in rows if naming not in row), "utf-8")


@pytest.mark.parametrize("slug", GONE)
def test_some_schools_go_and_some_are_back(three_nights: Story, slug: str) -> None:
    assert undecided(three_nights, slug) == GONE[slug]
    assert runs(three_nights, slug)[-1].outcome == "applied"


def test_the_batch_of_the_drop_folder_is_a_delta(three_nights: Story) -> None:
    archive = three_nights.samples.folder / "drops" / "blue-ridge" / "archive"
    forms = [path.stem.rpartition("-")[2] for path in sorted(archive.iterdir())]
    assert forms == ["bulk", "bulk", "delta"]
