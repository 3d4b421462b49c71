"""`docs/refusals.md` says what the code says."""

import re

from bot.rosters import faults
from bot.rosters.refusals import PAGE, page

EVERY = [faults.NoBatch, *faults.NoBatch.__subclasses__(), *faults.RosterFault.every()]


def test_the_document_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "make it anew: python -m bot.rosters.refusals"


def test_every_code_stands_in_it_once() -> None:
    codes = re.findall(r"^\| `(\w+)`", page(), re.MULTILINE)
    assert sorted(codes) == sorted(kind.code for kind in EVERY)
    assert len(set(codes)) == len(codes)


def test_no_theme_is_left_out() -> None:
    assert set(faults.THEMES) == set(faults.RosterFault.__subclasses__())


def test_no_sentence_serves_two_causes() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    happened = [re.sub(r"‹\w+›", "", row.split("|")[2]) for row in rows]
    assert len(set(happened)) == len(rows)


def test_every_row_says_what_happened_and_what_to_do() -> None:
    rows = [line.split(" | ") for line in page().splitlines() if line.startswith("| `")]
    assert all(len(row) == 3 for row in rows)
    assert all(row[1].endswith(".") and row[2].endswith(". |") for row in rows)
