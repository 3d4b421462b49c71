"""A Clever-style set of CSV files: `schools.csv` with `teachers.csv`, `staff.csv` or both.

Column names are case-sensitive and in any order. Who works at several schools has a row for each,
with the same id, also across the two files. Files about students are not read.

A file with its whole header and no rows says that there is none: districts send a `staff.csv` like
that every time. (A OneRoster set lists what it does not send as absent, so there the same is a
fault.) Whether so many may be gone is for the circuit breaker, which somebody answers in words. On
a first roster nobody at all is a fault, as no school is; and a file without a header always is.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from bot.rosters import faults
from bot.rosters.csvtable import Table
from bot.rosters.fileset import FileSet, Meter
from bot.rosters.manifest import wrong_case
from bot.rosters.oneroster_csv import References, nobody
from storage.snapshot import RosterPerson, RosterSchool

SCHOOLS, TEACHERS, STAFF = "schools.csv", "teachers.csv", "staff.csv"


@dataclass(frozen=True)
class Columns:
    """What a file of people calls a person's id and address, and whether it must have the last."""

    id: str
    email: str
    email_needed: bool


PEOPLE = {
    TEACHERS: Columns("Teacher_id", "Teacher_email", email_needed=False),
    STAFF: Columns("Staff_id", "Staff_email", email_needed=True),
}


@dataclass(frozen=True, slots=True)
class _Seen:
    """A person as read so far, and where first."""

    email: str
    name: tuple[str, str]
    schools: tuple[str, ...]
    file: str
    line: int


class CleverSet:
    """The schools of an opened set, and its staff."""

    note: str | None = None

    def __init__(
        self, files: FileSet, progress: Callable[[int, int], None] | None, *, first: bool
    ) -> None:
        self._files = files
        self._first = first
        self._people = [name for name in PEOPLE if self._has(name)]
        if not self._has(SCHOOLS) or not self._people:
            raise faults.PeopleFilesAbsent(files.place)
        total = sum(files.size(name) for name in (SCHOOLS, *self._people))
        self._meter = Meter(progress or nobody, total)
        self.schools: Sequence[RosterSchool] = list(self._read_schools())
        self._references = References(school.id for school in self.schools)

    def people(self) -> Iterator[RosterPerson]:
        """Teachers and staff, each once; they are in memory, since rows of one id may be far apart.

        Raises a RosterFault.
        """
        found: dict[str, _Seen] = {}
        with self._files.steady():
            empty = [file for file in self._people if not self._gather(file, found)]
        self._meter.end()
        if empty:
            self.note = f"Nobody is in {' and '.join(empty)}: only the header is there."
        if not found and self._first:
            raise faults.NoRows(self._people[0])
        for id, seen in found.items():
            yield RosterPerson(id, seen.email, *seen.name, seen.schools)

    def _gather(self, file: str, found: dict[str, _Seen]) -> int:
        """Add the people of a file to those found so far; answers how many rows it has."""
        rows = 0
        for id, seen in self._rows(file):
            rows += 1
            known = found.get(id)
            found[id] = seen if known is None else self._joined(id, known, seen)
        return rows

    def _has(self, name: str) -> bool:
        if name in self._files.names:
            return True
        if (fault := wrong_case(name, self._files)) is not None:
            raise fault
        return False

    def _read_schools(self) -> Iterator[RosterSchool]:
        lines: dict[str, int] = {}
        with self._table(SCHOOLS, ("School_id", "School_name", "School_number")) as table:
            id_at, name_at = table.column("School_id"), table.column("School_name")
            number_at = table.column("School_number")
            for row in table.rows():
                id = row[id_at]
                if not id.strip():
                    raise faults.IdEmpty(SCHOOLS, table.line, "School_id")
                if id in lines:
                    raise faults.IdTwice(SCHOOLS, id, lines[id], table.line, "School_id")
                lines[id] = table.line
                yield RosterSchool(id, row[number_at].strip(), row[name_at].strip() or id)

    def _rows(self, file: str) -> Iterator[tuple[str, _Seen]]:
        """Each row of a file of people, by the person's id."""
        columns = PEOPLE[file]
        needed = ["School_id", columns.id, "First_name", "Last_name"]
        email = [columns.email]
        if columns.email_needed:
            needed += email
        with self._table(file, needed, email) as table:
            id_at, school_at = table.column(columns.id), table.column("School_id")
            first_at, last_at = table.column("First_name"), table.column("Last_name")
            email_at, references = table.column(columns.email), self._references
            for row in table.rows():
                id, school = row[id_at], row[school_at]
                if not id.strip():
                    raise faults.IdEmpty(file, table.line, columns.id)
                if not school.strip():
                    raise faults.SchoolIdEmpty(file, table.line)
                name = row[first_at].strip(), row[last_at].strip()
                where = references.shared({references.one(school)})
                yield id, _Seen(row[email_at].strip(), name, where, file, table.line)

    def _joined(self, id: str, known: _Seen, seen: _Seen) -> _Seen:
        """One person of two rows, the same whichever comes first."""
        emails = sorted(email for email in (known.email, seen.email) if email)
        if len({email.casefold() for email in emails}) > 1:
            raise faults.EmailsDiffer(seen.file, seen.line, id, known.file, known.line)
        return _Seen(
            emails[0] if emails else "",
            min(known.name, seen.name),
            self._references.union(known.schools, seen.schools),
            known.file,
            known.line,
        )

    @contextmanager
    def _table(
        self, file: str, needed: Sequence[str], optional: Sequence[str] = ()
    ) -> Iterator[Table]:
        with closing(self._files.blocks(file)) as blocks:
            yield Table(file, self._meter.over(blocks), needed, optional, may_be_empty=True)
