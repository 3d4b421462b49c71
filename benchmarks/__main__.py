"""`make bench`: what a sync costs beside reading its file alone, in one run on this machine.

Read the ratios: each line is the median of interleaved rounds, in CPU seconds of this process.
"""

import argparse
import logging
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.rosters import write_district
from bot.rosters import open_roster
from bot.sync import Syncing
from handlers.telling import Telling
from storage.database import Database
from storage.migrations import upgrade
from storage.partners import Declaration
from storage.store import Stores
from storage.work import Job

ROUNDS = 3


class Nobody:
    """Carries nothing: only the sync itself is measured."""

    def carry(self, tx: object, job: Job) -> None:
        pass


def main() -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    asked = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        rounds = [_round(Path(folder) / str(n), asked) for n in range(ROUNDS)]
    base = median(measured["read the roster"] for measured in rounds)
    print(f"{asked.schools:,} schools, {asked.staff:,} staff among {asked.users:,} users, SQLite")
    for name in rounds[0]:
        seconds = median(measured[name] for measured in rounds)
        print(f"{name:32} {seconds:8.2f} s CPU {seconds / base:6.2f} x reading")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--schools", type=int, default=1_000)
    parser.add_argument("--staff", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=600_000)
    return parser.parse_args()


def _round(folder: Path, asked: argparse.Namespace) -> dict[str, float]:
    """One round of everything, on a database of its own."""
    size = {"schools": asked.schools, "staff": asked.staff, "users": asked.users}
    roster = write_district(folder / "roster", **size)
    source = {"kind": "oneroster-csv", "path": str(roster)}
    syncing = _syncing(folder, source)

    def read() -> None:
        with open_roster(source, base=Path()) as opened:
            for _ in opened.people():
                pass

    def sync() -> None:
        outcome = syncing.now("large").outcome
        assert outcome in ("applied", "no_change"), outcome

    measured = {"read the roster": _cpu(read), "first run": _cpu(sync)}
    measured["unchanged night"] = _cpu(sync)
    write_district(folder / "roster", **size, shuffle=True, quote_all=True)
    measured["same rows, other order, quoted"] = _cpu(sync)
    write_district(folder / "roster", **size, changed=asked.staff // 33)
    measured["3 % of the staff changed"] = _cpu(sync)
    return measured


def _syncing(folder: Path, source: dict[str, str]) -> Syncing:
    url = f"sqlite:///{folder / 'recess.db'}"
    upgrade(url)
    stores = Stores(Database(url), Nobody(), lambda: datetime.now(UTC))
    declaration = Declaration("large", "Large", "UTC", "C0LARGE", (), (), "", None, (), {}, source)
    with stores.transaction() as store:
        store.partners.declare(declaration)
    return Syncing(stores, Telling("C0SUPPORT"), "benchmark")


def _cpu(work: Callable[[], None]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


if __name__ == "__main__":
    main()
