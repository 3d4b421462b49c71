"""Rosters that are handed over as files: batches for a drop folder, and sets for an upload."""

import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bot.demo.oneroster import MANIFEST, ORGS, STAFF_ROLES, USERS, line, read, write
from bot.demo.oneroster import Row as Cells
from bot.demo.served import schools, users

FILES = {"orgs": ORGS, "users": USERS}
# How long before the night a batch was uploaded.
BEFORE = timedelta(hours=1)

Tables = Mapping[str, Mapping[str, list[str]]]


class DropFolder:
    """Where TP Connector leaves a roster's batches, each a .zip."""

    def __init__(self, folder: Path, roster: Path) -> None:
        self.folder = folder
        self.roster = roster
        self.told: Tables | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def bulk(self, night: datetime) -> None:
        """Leave a batch with everything."""
        self.told = self._tables()
        rows = {name: list(table.values()) for name, table in self.told.items()}
        self._leave(night, "bulk", rows)

    def delta(self, night: datetime) -> None:
        """Leave a batch with what changed since the one before."""
        before, self.told = self.told, self._tables()
        if before is None:
            raise ValueError("A delta needs a batch before it.")
        rows = {name: list(_changes(before[name], self.told[name], night)) for name in FILES}
        self._leave(night, "delta", rows)

    def _tables(self) -> Tables:
        return {name: _by_id(self.roster / f"{name}.csv") for name in FILES}

    def _leave(self, night: datetime, mode: str, rows: Mapping[str, Sequence[Cells]]) -> None:
        path = self.folder / f"{night:%Y-%m-%d}-{mode}.zip"
        said = {f"file.{name}": mode for name in FILES if rows[name]}
        manifest = [(name, said.get(name, _unsaid(name, value))) for name, value in MANIFEST]
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as batch:
            batch.writestr("manifest.csv", _text([("propertyName", "value"), *manifest]))
            for name in FILES:
                if rows[name]:
                    batch.writestr(f"{name}.csv", _text([FILES[name], *rows[name]]))
        moment = (night - BEFORE).timestamp()
        os.utime(path, (moment, moment))


def _unsaid(name: str, value: str) -> str:
    return "absent" if name.startswith("file.") else value


def _by_id(path: Path) -> dict[str, list[str]]:
    records = read(path)
    next(records)
    return {record.cells[0]: record.cells for record in records}


def _changes(
    before: Mapping[str, list[str]], after: Mapping[str, list[str]], night: datetime
) -> Iterator[Cells]:
    """The rows of a delta: what is new or other, and what is to be deleted."""
    modified = f"{night - BEFORE:%Y-%m-%dT%H:%M:%S.000Z}"
    for id, cells in after.items():
        if before.get(id) != cells:
            yield (id, "active", modified, *cells[3:])
    for id, cells in before.items():
        if id not in after:
            yield (id, "tobedeleted", modified, *cells[3:])


def _text(rows: Iterable[Cells]) -> str:
    return "".join(map(line, rows))


PEOPLE_COLUMNS = ("School_id", "{0}_id", "First_name", "Last_name", "{0}_email")


def write_clever_set(folder: Path, roster: Path) -> None:
    """The roster as a Clever-style set: schools.csv, teachers.csv and staff.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    found = schools(roster)
    columns = ("School_id", "School_name", "School_number")
    rows = [(row["sourcedId"], row["name"], row["identifier"]) for row in found]
    write(folder / "schools.csv", columns, rows)
    present = {row["sourcedId"] for row in found}
    for file, kind, roles in (
        ("teachers.csv", "Teacher", {"teacher"}),
        ("staff.csv", "Staff", STAFF_ROLES - {"teacher"}),
    ):
        header = [column.format(kind) for column in PEOPLE_COLUMNS]
        write(folder / file, header, _people(roster, roles, present))


def _people(roster: Path, roles: Iterable[str], present: Iterable[str]) -> Iterator[Cells]:
    """A row for each school of a person that is in the set."""
    for row in users(roster):
        if row["role"] not in roles:
            continue
        for org in row["orgSourcedIds"].split(","):
            if org in present:
                yield (org, row["sourcedId"], row["givenName"], row["familyName"], row["email"])
