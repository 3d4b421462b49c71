"""A large district: what the process of one sync needs, and what an unchanged night writes.

As a rule a tenth of it, with less to fit into; with RECESS_SOAK=1 all of it.
"""

import json
import os
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.rosters import school_id, write_district
from storage.database import sqlite_path
from tests.harness import databases
from tests.harness.memory import measured

LONG = os.environ.get("RECESS_SOAK") == "1"
LIMIT = (200 if LONG else 130) * 1024
SCHOOLS, STAFF, USERS = (1_000, 100_000, 600_000) if LONG else (100, 10_000, 60_000)
WRITTEN = ("schools", "accounts", "memberships")

PARTNER = """
[[partner]]
slug = "plains"
name = "Great Plains Unified"
timezone = "America/Chicago"
channel = "C0PLAINS"
admins = ["U0ANA"]
source = { kind = "oneroster-csv", path = "roster" }
"""


@dataclass(frozen=True)
class Night:
    """One `recess sync`: its document, its largest resident size in KiB, and what it wrote."""

    run: dict[str, Any]
    peak: int
    written: int


@dataclass(frozen=True)
class District:
    folder: Path
    url: str

    def recess(self, *arguments: str) -> tuple[bytes, int]:
        """The output of a process that succeeds, and its largest resident size in KiB."""
        command = [sys.executable, "-m", "bot", *arguments]
        environment = os.environ | {
            "DATABASE_URL": self.url,
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        return measured(command, cwd=self.folder, env=environment)

    def night(self, **options: Any) -> Night:
        """The roster with these options, and its sync."""
        if options or not (self.folder / "roster").exists():
            write_district(self.folder / "roster", SCHOOLS, STAFF, USERS, **options)
        before = self.written()
        out, peak = self.recess("sync", "--json")
        [run] = json.loads(out)
        return Night(run, peak, self.written() - before)

    def written(self) -> int:
        with closing(self._connected()) as connection:
            return int(connection.execute("SELECT count(*) FROM written").fetchone()[0])

    def watch(self) -> None:
        """Note every row that is written from now on."""
        with closing(self._connected()) as connection:
            connection.execute("CREATE TABLE written (what TEXT)")
            for table in WRITTEN:
                for verb in ("INSERT", "UPDATE", "DELETE"):
                    connection.execute(
                        f"CREATE TRIGGER watch_{table}_{verb} AFTER {verb} ON {table} "
                        f"BEGIN INSERT INTO written VALUES ('{table} {verb}'); END"
                    )
            connection.commit()

    def _connected(self) -> sqlite3.Connection:
        path = sqlite_path(self.url)
        assert path is not None
        return sqlite3.connect(path)


@pytest.fixture(scope="module")
def nights(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Night]:
    """The first night, two that change nothing, and one that changes much, one after the other."""
    folder = tmp_path_factory.mktemp("plains")
    district = District(folder, databases.sqlite_copy(sqlite_template, folder))
    (folder / "partners.toml").write_text(PARTNER)
    district.recess("partners", "import", "partners.toml")
    district.watch()
    gone = [school_id(3), school_id(40)]
    return {
        "the first": district.night(),
        "the same bytes": district.night(),
        "another order": district.night(shuffle=True, quote_all=True),
        "a changed one": district.night(without_schools=gone, changed=2_000, without_staff=500),
    }


@pytest.mark.parametrize("night", ["the first", "the same bytes", "another order", "a changed one"])
def test_a_night_stays_below_its_limit(nights: dict[str, Night], night: str) -> None:
    assert nights[night].peak < LIMIT


@pytest.mark.parametrize("night", ["the same bytes", "another order"])
def test_an_unchanged_night_writes_no_row(nights: dict[str, Night], night: str) -> None:
    assert nights[night].run["outcome"] == "no_change"
    assert nights[night].run["staff"] == {
        "added": 0, "changed": 0, "removed": 0, "total": STAFF
    }  # fmt: skip
    assert nights[night].written == 0


def test_the_first_night_writes_every_row(nights: dict[str, Night]) -> None:
    run = nights["the first"].run
    assert run["outcome"] == "applied"
    assert run["schools"]["total"] == SCHOOLS
    assert nights["the first"].written > SCHOOLS + 2 * STAFF


def test_a_changed_night_writes_what_changed(nights: dict[str, Night]) -> None:
    run = nights["a changed one"].run
    assert run["outcome"] == "applied"
    assert run["schools"] == {"new": 0, "missing": 2, "returned": 0, "total": SCHOOLS - 2}
    assert run["staff"] == {"added": 0, "changed": 2_000, "removed": 500, "total": STAFF - 500}
    assert 2_500 < nights["a changed one"].written < 10_000
