"""Brings a night to a roster that somebody may have edited by hand in between.

A night touches only the rows it names. What it takes away it puts aside, and a later night brings
back exactly that: a row that a person deleted stays deleted, a cell that a person changed stays
as they left it.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from itertools import chain
from pathlib import Path

from bot.demo.nights import Change, Changes, Night
from bot.demo.oneroster import STAFF_ROLES, USERS, Record, line, read, records
from bot.demo.table import Table, replace, written

ORG_IDS = USERS.index("orgSourcedIds")


@dataclass
class Aside:
    """What left the files with a school: its row, its people's rows, and who only lost it."""

    org: str
    users: dict[str, str] = field(default_factory=dict)
    lists: list[str] = field(default_factory=list)


class Roster:
    """One partner's CSV folder, and the folder where its nights put things aside."""

    def __init__(self, folder: Path, aside: Path) -> None:
        self.orgs = folder / "orgs.csv"
        self.users = folder / "users.csv"
        self.aside = aside

    def bring(self, night: Night) -> Changes:
        """Apply the night to the files as they are now; UnreadableRosterError changes nothing."""
        changes = Changes()
        if night.header == "found":
            self._find_header(changes)
        self._edit(night, changes)
        if night.header == "lost":
            self._lose_header(changes)
        return changes

    def _edit(self, night: Night, changes: Changes) -> None:
        kept = {school: self._kept(school) for school in [*night.back, *night.renewed]}
        found = {school: aside for school, aside in kept.items() if aside}
        schools = _Schools(night, found, changes, self.orgs)
        orgs = list(schools.texts())
        people = _People(night, schools, changes, self.users)
        with (
            written(self.users, people.texts(), self.aside) as users,
            written(self.orgs, orgs, self.aside) as fresh,
        ):
            for school, aside in schools.gone.items():
                replace(self._file(school), [json.dumps(asdict(aside), indent=1)], self.aside)
            if schools.touched:
                fresh.replace(self.orgs)
            if people.touched:
                users.replace(self.users)
        for school in schools.back:
            self._file(school).unlink()

    def _lose_header(self, changes: Changes) -> None:
        rows = read(self.users)
        header = next(rows, None)
        if header and _is_header(header):
            replace(self.aside / "header.csv", [header.text], self.aside)
            replace(self.users, (row.text for row in rows), self.aside)
            changes.header = "lost"

    def _find_header(self, changes: Changes) -> None:
        kept = self.aside / "header.csv"
        first = next(read(self.users), None)
        if kept.exists() and not (first and _is_header(first)):
            texts = (row.text for row in chain(read(kept), read(self.users)))
            replace(self.users, texts, self.aside)
            kept.unlink()
            changes.header = "found"

    def _file(self, school: str) -> Path:
        return self.aside / f"{school}.json"

    def _kept(self, school: str) -> Aside | None:
        path = self._file(school)
        return Aside(**json.loads(path.read_text("utf-8"))) if path.exists() else None


class _Schools:
    """The night's edits of orgs.csv; once read to the end it knows who went and who came."""

    def __init__(self, night: Night, kept: dict[str, Aside], changes: Changes, path: Path) -> None:
        self.night = night
        self.kept = kept
        self.changes = changes
        self.table = Table(path, "sourcedId", "name", "identifier")
        self.gone: dict[str, Aside] = {}
        self.back: dict[str, Aside] = {}
        self.present: set[str] = set()
        self.touched = False

    def new_id(self, school: str) -> str:
        """The id under which a school is back: its old one, unless it was created anew."""
        return self.night.renewed.get(school, school) if school in self.back else school

    def texts(self) -> Iterator[str]:
        yield self.table.header.text
        for record in self.table.rows:
            identity = self.table.cell(record, "sourcedId")
            if identity in self.night.gone:
                self._goes(identity, record)
            else:
                self.present.add(identity)
                yield self.table.ended(self._renamed(identity, record).text)
        yield from self._returning()
        yield from self._opening()

    def _goes(self, identity: str, record: Record) -> None:
        self.gone[identity] = Aside(org=record.text)
        self._say(self.changes.gone, record)

    def _renamed(self, identity: str, record: Record) -> Record:
        for change in self.night.renamed:
            if change.id == identity and self.table.cell(record, change.column) == change.old:
                self._say(self.changes.renamed, record)
                self.changes.renamed[-1] += f" is now called {change.new}"
                record = self.table.with_cell(record, change.column, change.new)
        return record

    def _returning(self) -> Iterator[str]:
        for school, aside in self.kept.items():
            identity = self.night.renewed.get(school, school)
            if identity not in self.present:
                self.back[school] = aside
                said = self.changes.back if identity == school else self.changes.renewed
                yield self._arrives(identity, aside.org.replace(school, identity), said)

    def _opening(self) -> Iterator[str]:
        for row in self.night.opened:
            if row[0] not in self.present:
                yield self._arrives(row[0], line(row), self.changes.opened)

    def _arrives(self, identity: str, text: str, said: list[str]) -> str:
        self.present.add(identity)
        self._say(said, next(records([text])))
        return self.table.fitted(text)

    def _say(self, said: list[str], record: Record) -> None:
        self.touched = True
        name, number = (self.table.cell(record, column) for column in ("name", "identifier"))
        said.append(f"{name} ({number})")


class _People:
    """The night's edits of users.csv, one record at a time."""

    def __init__(self, night: Night, schools: _Schools, changes: Changes, path: Path) -> None:
        self.night = night
        self.schools = schools
        self.changes = changes
        self.table = Table(path, "sourcedId", "orgSourcedIds", "role")
        self.edits = _by_person(night.changed)
        self.arrivals = dict(self._joining())
        self.newcomers = set(self.arrivals)
        self.arrivals |= self._returning()
        self.lists = _lists(schools)
        self.touched = False

    def texts(self) -> Iterator[str]:
        """The file's new text; a person who is there already does not arrive again."""
        yield self.table.header.text
        for record in self.table.rows:
            user = self.table.cell(record, "sourcedId")
            self.arrivals.pop(user, None)
            edited = self._edited(user, record)
            self.touched |= edited is not record
            if edited:
                yield self.table.ended(edited.text)
        self.changes.joined = len(self.newcomers & self.arrivals.keys())
        self.touched |= bool(self.arrivals)
        yield from map(self.table.fitted, self.arrivals.values())

    def _joining(self) -> Iterator[tuple[str, str]]:
        for row in self.night.joined:
            if row[ORG_IDS] in self.schools.present:
                yield row[0], line(row)

    def _returning(self) -> dict[str, str]:
        return {
            user: text.replace(school, self.schools.new_id(school))
            for school, aside in self.schools.back.items()
            for user, text in aside.users.items()
        }

    def _edited(self, user: str, record: Record) -> Record | None:
        if user in self.night.left:
            self.changes.left += 1
            return None
        for change in self.edits.get(user, ()):
            if self.table.cell(record, change.column) == change.old:
                record = self.table.with_cell(record, change.column, change.new)
                self.changes.changed += 1
        return self._at_schools(user, record)

    def _at_schools(self, user: str, record: Record) -> Record | None:
        listed = self.table.cell(record, "orgSourcedIds").split(",")
        now = self._schools_of(user, record, listed)
        if not now:
            lost = next(school for school in listed if school in self.schools.gone)
            self.schools.gone[lost].users[user] = record.text
            return None
        if now == listed:
            return record
        for school in self.schools.gone.keys() & set(listed):
            self.schools.gone[school].lists.append(user)
        return self.table.with_cell(record, "orgSourcedIds", ",".join(now))

    def _schools_of(self, user: str, record: Record, listed: list[str]) -> list[str]:
        """The schools a person lists tonight; some staff still list one that went, as in life."""
        now = [self.schools.new_id(school) for school in listed]
        now += [school for school in self.lists.get(user, ()) if school not in now]
        if self.schools.gone.keys().isdisjoint(listed):
            return now
        if self.table.cell(record, "role") in STAFF_ROLES and self._lingers(user):
            return now
        return [school for school in now if school not in self.schools.gone]

    def _lingers(self, user: str) -> bool:
        """One in three staff, always the same ones, and the people of the story."""
        return user in self.night.pinned or sha256(user.encode()).digest()[0] % 3 == 0


def _by_person(changes: list[Change]) -> dict[str, list[Change]]:
    edits: dict[str, list[Change]] = {}
    for change in changes:
        edits.setdefault(change.id, []).append(change)
    return edits


def _lists(schools: _Schools) -> dict[str, list[str]]:
    """Who gets which returning schools back into the list of their row."""
    lists: dict[str, list[str]] = {}
    for school, aside in schools.back.items():
        for user in aside.lists:
            lists.setdefault(user, []).append(schools.new_id(school))
    return lists


def _is_header(record: Record) -> bool:
    return bool(record.cells) and record.cells[0].removeprefix("\ufeff") == USERS[0]
