"""Every source in every situation, and `docs/sources.md`, which says what comes of each."""

import os
import re
from pathlib import Path

import pytest

from bot.partners_file import SOURCES as DECLARED
from bot.partners_file import read_partners
from bot.rosters import KINDS
from tests.rosters.situations import SITUATIONS, SOURCES, every, lived
from tests.rosters.sources_page import PAGE, PROSE, page, told

# What files, a service and a drop folder store; `make soak` tries all kinds on PostgreSQL.
SOAK = os.environ.get("RECESS_SOAK") == "1"
CHIEF = ("oneroster-csv", "clever", "tp-connector")
ANEW = "make it anew: make docs"
PARTNER = """
[[partner]]
slug = "lincoln"
name = "Lincoln Unified"
timezone = "America/Los_Angeles"
channel = "C0LINCOLN"
admins = ["U0ANA"]
"""


@pytest.mark.parametrize(("kind", "situation"), list(every()))
def test_the_document_says_what_comes_of_it(
    kind: str, situation: str, sqlite_url: str, tmp_path: Path
) -> None:
    outcome = lived(kind, situation, sqlite_url, tmp_path)
    assert told(PAGE.read_text("utf-8")).get((kind, situation)) == outcome, ANEW


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("kind", SOURCES if SOAK else CHIEF)
def test_the_same_comes_of_it_on_postgresql(
    kind: str, situation: str, postgres_url: str, tmp_path: Path
) -> None:
    """A fault stores nothing, and another road stores what its kind does."""
    outcome = lived(kind, situation, postgres_url, tmp_path)
    assert told(PAGE.read_text("utf-8"))[kind, situation] == outcome


def test_the_document_is_current_in_all_else() -> None:
    text = PAGE.read_text("utf-8")
    assert page(told(text)) == text, ANEW


def test_the_document_says_nothing_that_is_not_lived_through() -> None:
    assert set(told(PAGE.read_text("utf-8"))) == set(every()), ANEW


def test_every_kind_of_source_is_in_it() -> None:
    assert set(SOURCES) == set(KINDS) == set(DECLARED)


@pytest.mark.parametrize("kind", SOURCES)
def test_its_example_can_be_imported(kind: str, tmp_path: Path) -> None:
    example = re.findall(r"```toml\n(.*?)```", PROSE[kind], re.DOTALL)
    file = tmp_path / "partners.toml"
    file.write_text(PARTNER + example[0])
    [declared] = read_partners(file)
    assert declared.source["kind"] == kind


@pytest.mark.parametrize("kind", SOURCES)
def test_every_key_of_a_source_is_named(kind: str) -> None:
    missing = {key for key in DECLARED[kind].model_fields if f"`{key}`" not in PROSE[kind]}
    assert missing <= {"kind"}
