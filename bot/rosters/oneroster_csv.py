"""OneRoster 1.1 and 1.2 as CSV files, in a folder or a .zip.

Read from the first to the last byte in a stream. What is kept of the students is eight bytes
each, to find ids that stand twice and references that lead nowhere.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from bot.rosters import Surroundings, faults, fileset
from bot.rosters.csvtable import Ids, Table
from bot.rosters.fileset import FileSet, Meter
from bot.rosters.manifest import Manifest, Version, check_files, read_manifest
from bot.rosters.vocabulary import PRESENT, SCHOOL, STAFF
from storage.snapshot import RosterPerson, RosterSchool

_PERSON = ("givenName", "familyName", "email")
_MEMO = 1 << 16

Schools = tuple[str, ...]


@contextmanager
def opened(source: Mapping[str, object], around: Surroundings) -> Iterator["OneRosterSet"]:
    """One reading of the bulk set at the source's `path`, a folder or a .zip.

    Raises a RosterFault, or NoBatch when the manifest stands alone.
    """
    place = str(source.get("path") or "")
    if not place:
        raise faults.SourceWithoutPath(str(source.get("kind", "")))
    with fileset.opened(place, around.base / place) as files:
        with files.steady():
            manifest = read_manifest(files)
            check_files(manifest, files)
            roster = OneRosterSet(files, manifest, around.progress)
        yield roster


class _Reader:
    """The records of an opened set, with what can be wrong about ids and status."""

    def __init__(self, files: FileSet, manifest: Manifest, meter: Meter) -> None:
        self._files = files
        self._version = manifest.version
        self._modes = manifest.modes
        self._meter = meter

    def orgs(self) -> Iterator[tuple[str, RosterSchool | None]]:
        """Each row of `orgs.csv` by its id; None for what is no school, or deleted."""
        kinds = SCHOOL[self._version]
        with self._table("orgs.csv", ("sourcedId", "name", "type"), ("identifier",)) as table:
            name_at, kind_at = table.column("name"), table.column("type")
            number_at = table.column("identifier")
            for id, present, row in self._records(table, Ids()):
                try:
                    is_school = kinds[row[kind_at]]
                except KeyError:
                    raise faults.OrgTypeUnknown(table.file, table.line, kinds.words) from None
                name = row[name_at].strip() or id
                kept = is_school and present
                yield id, RosterSchool(id, row[number_at].strip(), name) if kept else None

    def _records(self, table: Table, ids: Ids) -> Iterator[tuple[str, bool, list[str]]]:
        """Each row with its id and whether it is there, all rows checked; `ids` is filled."""
        id_at, status_at, add = table.column("sourcedId"), table.column("status"), ids.add
        delta = self._modes.get(table.file) == "delta"
        for row in table.rows():
            id = row[id_at]
            if not id or id.isspace():
                raise faults.IdEmpty(table.file, table.line)
            add(id)
            if delta and not row[status_at].strip():
                raise faults.DeltaStatusEmpty(table.file, table.line)
            try:
                present = PRESENT[row[status_at]]
            except KeyError:
                raise faults.StatusUnknown(table.file, table.line) from None
            yield id, present, row
        for codes in ids.repeated():
            self._check_repeated(table.file, codes)

    def _check_repeated(self, file: str, codes: set[int]) -> None:
        """Find the lines of an id that came twice, unless only the hashes were equal."""
        first: dict[str, int] = {}
        for line, id in self._where(file, "sourcedId", codes):
            if id in first:
                raise faults.IdTwice(file, id, first[id], line)
            first[id] = line

    def _first(self, file: str, column: str, codes: set[int]) -> tuple[int, str]:
        """The first line that has one of the hashes. A file that lost it meanwhile has changed."""
        for line, id in self._where(file, column, codes):
            return line, id
        raise faults.SetChanged(file)

    def _where(self, file: str, column: str, codes: set[int]) -> Iterator[tuple[int, str]]:
        with self._table(file, (column,)) as table:
            at = table.column(column)
            for row in table.rows():
                if hash(row[at]) in codes:
                    yield table.line, row[at]

    @contextmanager
    def _table(
        self, file: str, needed: Sequence[str], optional: Sequence[str] = ()
    ) -> Iterator[Table]:
        with closing(self._files.blocks(file)) as blocks:
            # Of a delta, status is what the row is about (OneRoster CSV 1.1, delta processing).
            if self._modes.get(file) == "delta":
                needed = (*needed, "status")
            yield Table(file, self._meter.over(blocks), needed, ("status", *optional))


class OneRosterSet(_Reader):
    """The schools of an opened set, and its staff as a stream."""

    note: str | None = None

    def __init__(
        self, files: FileSet, manifest: Manifest, progress: Callable[[int, int], None] | None
    ) -> None:
        total = sum(files.size(name) for name in manifest.needed)
        super().__init__(files, manifest, Meter(progress or nobody, total))
        self.schools: Sequence[RosterSchool] = list(self._read_schools())
        self._references = References(school.id for school in self.schools)

    def people(self) -> Iterator[RosterPerson]:
        """The staff of the set; without fault only when exhausted. Raises a RosterFault."""
        with self._files.steady():
            yield from self._people_1p1() if self._version == "1.1" else self._people_1p2()
        self._meter.end()

    def _read_schools(self) -> Iterator[RosterSchool]:
        return (school for _, school in self.orgs() if school is not None)

    def _people_1p1(self) -> Iterator[RosterPerson]:
        """Role and schools stand in `users.csv` itself (OneRoster CSV 1.1, users)."""
        needed = ("sourcedId", "role", "orgSourcedIds", *_PERSON)
        with self._table("users.csv", needed) as table:
            is_staff, person = _staff_of(table, "1.1"), _person_of(table)
            schools_at, references = table.column("orgSourcedIds"), self._references
            for id, present, row in self._records(table, Ids()):
                if is_staff(row) and present:
                    schools = references.named(row[schools_at])
                    if not schools:
                        raise faults.ReferenceEmpty(table.file, table.line, "orgSourcedIds")
                    yield person(id, row, schools)

    def _people_1p2(self) -> Iterator[RosterPerson]:
        """Roles and schools stand in `roles.csv` (OneRoster CSV 1.2, roles)."""
        roles, users, needing = self._read_roles(), Ids(), Ids()
        with self._table("users.csv", ("sourcedId", *_PERSON)) as table:
            person, schools_of = _person_of(table), roles.staff.get
            for id, present, row in self._records(table, users):
                if not present:
                    continue
                needing.add(id)
                if schools := schools_of(id):
                    yield person(id, row, schools)
        self._check_roles(roles, users, needing)

    def _read_roles(self) -> "_Roles":
        """Who is staff and where, in one pass over `roles.csv`."""
        roles, references = _Roles({}, Ids(), Ids()), self._references
        with self._table(
            "roles.csv", ("sourcedId", "userSourcedId", "role", "orgSourcedId")
        ) as table:
            is_staff = _staff_of(table, "1.2")
            user_at, school_at = table.column("userSourcedId"), table.column("orgSourcedId")
            for _, present, row in self._records(table, Ids()):
                user, schools = row[user_at], references.named(row[school_at])
                if not user.strip():
                    raise faults.ReferenceEmpty(table.file, table.line, "userSourcedId")
                if not schools:
                    raise faults.ReferenceEmpty(table.file, table.line, "orgSourcedId")
                (roles.users if present else roles.former).add(user)
                if is_staff(row) and present:
                    known = roles.staff.get(user)
                    roles.staff[user] = references.union(known, schools) if known else schools
        return roles

    def _check_roles(self, roles: "_Roles", users: Ids, needing: Ids) -> None:
        """A row cut off on either side must not look like somebody who left."""
        if codes := roles.users.missing_from(users):
            line, user = self._first("roles.csv", "userSourcedId", codes)
            raise faults.RoleUserUnknown("roles.csv", line, user)
        if codes := needing.missing_from(roles.users, roles.former):
            line, user = self._first("users.csv", "sourcedId", codes)
            raise faults.UserWithoutRole("users.csv", line, user)


class OneRosterBatch(_Reader):
    """One batch of a drop folder, OneRoster 1.1: what its rows say of schools and people."""

    def users(self, references: "References") -> Iterator[tuple[str, RosterPerson | None]]:
        """Each row of `users.csv` by its id; None for who is no staff, or deleted."""
        needed = ("sourcedId", "role", "orgSourcedIds", *_PERSON)
        with self._table("users.csv", needed) as table:
            is_staff, person = _staff_of(table, "1.1"), _person_of(table)
            schools_at = table.column("orgSourcedIds")
            for id, present, row in self._records(table, Ids()):
                if not (is_staff(row) and present):
                    yield id, None
                    continue
                schools = references.named(row[schools_at])
                if not schools:
                    raise faults.ReferenceEmpty(table.file, table.line, "orgSourcedIds")
                yield id, person(id, row, schools)


@dataclass
class _Roles:
    """The schools of each staff member, and whose rows `roles.csv` has, current and deleted."""

    staff: dict[str, Schools]
    users: Ids
    former: Ids


class References:
    """Cells that name schools, as sorted tuples. Equal cells share one tuple."""

    def __init__(self, schools: Iterator[str]) -> None:
        self._schools = {id: id for id in schools}
        self._named: dict[str, Schools] = {}
        self._unions: dict[Schools, Schools] = {}

    def named(self, cell: str) -> Schools:
        """The ids of a comma-separated list, none for a blank cell."""
        known = self._named.get(cell)
        if known is None:
            parts = [cell] if cell in self._schools else cell.split(",")
            known = self.shared({self.one(part) for part in parts if part.strip()})
            if len(self._named) < _MEMO:
                self._named[cell] = known
        return known

    def union(self, some: Schools, more: Schools) -> Schools:
        return some if some == more else self.shared({*some, *more})

    def one(self, part: str) -> str:
        """A school of exactly that id, else the id without the spaces around commas."""
        id = part if part in self._schools else part.strip()
        return self._schools.get(id, id)

    def shared(self, ids: set[str]) -> Schools:
        """These ids, sorted, as a tuple that others have too."""
        schools = tuple(sorted(ids))
        if len(self._unions) < _MEMO:
            return self._unions.setdefault(schools, schools)
        return self._unions.get(schools, schools)


def _staff_of(table: Table, version: Version) -> Callable[[list[str]], bool]:
    """Whether a row's role is a staff role. Raises RoleUnknown."""
    at, roles = table.column("role"), STAFF[version]

    def is_staff(row: list[str]) -> bool:
        try:
            return roles[row[at]]
        except KeyError:
            raise faults.RoleUnknown(table.file, table.line, roles.words) from None

    return is_staff


def _person_of(table: Table) -> Callable[[str, list[str], Schools], RosterPerson]:
    given, family, email = (table.column(name) for name in _PERSON)

    def person(id: str, row: list[str], schools: Schools) -> RosterPerson:
        return RosterPerson(
            id, row[email].strip(), row[given].strip(), row[family].strip(), schools
        )

    return person


def nobody(_done: int, _total: int) -> None:
    """Nobody watches the progress."""
