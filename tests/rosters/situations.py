"""The situations of a roster, lived through with every kind of source.

The real sync and a real database; REST sources by the stand-ins. `docs/sources.md` says what came
of each, and the tests hold it to that.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

from bot.rosters import rest
from bot.rosters.rest import Web
from bot.settings import Settings
from bot.sync import PREVIEW
from storage.runs import APPLIED, FAILED, HELD, NO_CHANGE, SKIPPED, Run
from storage.schools import Actor
from tests.rosters import clever as clever_sets
from tests.rosters import nights, sets
from tests.rosters.nights import Partner
from tests.rosters.standins import clever, oneroster

QUIET = timedelta(minutes=11)
# Of the services: so few that the five schools which a fault leaves are two pages.
PER_PAGE = 4
SHELL = Actor("cli", "The command line", "cli")

Files = sets.Files


@dataclass(frozen=True)
class Roster:
    """What a partner shares: numbers of schools, and where each person, by number, works."""

    schools: Sequence[int]
    people: Mapping[int, int]


TOWN = Roster(range(1, 7), {number: number % 6 + 1 for number in range(1, 61)})


def without(*schools: int, people: Sequence[int] = ()) -> Roster:
    left = [number for number in TOWN.schools if number not in schools]
    return Roster(left, {who: at for who, at in TOWN.people.items() if who not in people})


@dataclass
class Source(ABC):
    """A partner with one kind of source; `show` puts a roster where its source finds it."""

    name: ClassVar[str]
    faults: ClassVar[Mapping[str, Callable[[Any], object]]]

    partner: Partner
    folder: Path
    stack: ExitStack

    @abstractmethod
    def table(self) -> Mapping[str, Any]:
        """The partner's `source`, as in the partners file."""

    @abstractmethod
    def show(self, roster: Roster) -> None:
        """Put the roster where the source finds it."""

    def run(self) -> Run:
        return self.partner.sync()

    def school(self, number: int) -> str:
        return f"s{number}"


class FileSource(Source):
    """`files` is the set that is handed over next."""

    files: Files

    def show(self, roster: Roster) -> None:
        orgs = [sets.org("district", kind="district")]
        orgs += [sets.org(self.school(number)) for number in roster.schools]
        users = [sets.user("p1", "s1", "student")]
        users += [sets.user(f"u{who}", self.school(at)) for who, at in roster.people.items()]
        self.files = sets.set_1p1(orgs, users)

    def spoil(self, name: str, change: Callable[[bytes], bytes]) -> None:
        self.files = self.files | {name: change(self.files[name])}

    def lack(self, name: str) -> None:
        self.files = {kept: content for kept, content in self.files.items() if kept != name}


def _renamed(column: str) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(column.encode(), b"Something", 1)


def _doubled(content: bytes) -> bytes:
    return content + content.splitlines(keepends=True)[-1]


def _not_utf8(content: bytes) -> bytes:
    return content.replace(b"Ada", b"Ad\xe9", 1)


def _cut(content: bytes) -> bytes:
    return content.rstrip()[:-30]


class OneRosterCsv(FileSource):
    name = "oneroster-csv"
    faults: ClassVar = {
        "the folder is not there": lambda town: town.vanish(),
        "manifest.csv is missing": lambda town: town.lack("manifest.csv"),
        "users.csv is missing": lambda town: town.lack("users.csv"),
        "orgs.csv lost a column": lambda town: town.spoil("orgs.csv", _renamed("sourcedId")),
        "users.csv lost its end": lambda town: town.spoil("users.csv", _cut),
        "users.csv is not UTF-8": lambda town: town.spoil("users.csv", _not_utf8),
        "users.csv has an id twice": lambda town: town.spoil("users.csv", _doubled),
    }
    gone = False

    def table(self) -> Mapping[str, Any]:
        return {"kind": "oneroster-csv", "path": str(self.folder / "roster")}

    def vanish(self) -> None:
        self.gone = True

    def run(self) -> Run:
        roster = self.folder / "roster"
        for path in roster.glob("*"):
            path.unlink()
        if self.gone:
            roster.rmdir()
        else:
            sets.in_folder(roster, self.files)
        return super().run()


class Drop(FileSource):
    name = "tp-connector"
    faults: ClassVar = {
        "the folder is not there": lambda town: town.vanish(),
        "no batch came": lambda town: town.files.clear(),
        "the batch still changes": lambda town: setattr(town, "age", timedelta(minutes=1)),
        "the .zip is cut off": lambda town: setattr(town, "kept", 200),
        "users.csv is missing": lambda town: town.lack("users.csv"),
        "orgs.csv lost a column": lambda town: town.spoil("orgs.csv", _renamed("sourcedId")),
        "users.csv lost its end": lambda town: town.spoil("users.csv", _cut),
        "users.csv has an id twice": lambda town: town.spoil("users.csv", _doubled),
    }
    age = QUIET
    kept: int | None = None
    batches = 0

    def table(self) -> Mapping[str, Any]:
        self.drop.mkdir()
        return {"kind": "tp-connector", "path": str(self.drop)}

    @property
    def drop(self) -> Path:
        return self.folder / "drop"

    def vanish(self) -> None:
        self.files.clear()
        self.drop.rename(self.folder / "elsewhere")

    def run(self) -> Run:
        self.batches += 1
        if self.files:
            batch = sets.in_zip(self.drop / f"{self.batches}.zip", self.files)
            batch.write_bytes(batch.read_bytes()[: self.kept])
            nights.aged(batch, self.partner.moment + timedelta(hours=1) - self.age)
        return super().run()


class Upload(FileSource):
    name = "csv"
    faults: ClassVar = {
        "schools.csv is missing": lambda town: town.lack("schools.csv"),
        "no file has people": lambda town: town.lack("teachers.csv"),
        "schools.csv lost a column": lambda t: t.spoil("schools.csv", _renamed("School_id")),
        "teachers.csv lost its end": lambda town: town.spoil("teachers.csv", _cut),
        "teachers.csv is not UTF-8": lambda town: town.spoil("teachers.csv", _not_utf8),
        "schools.csv has an id twice": lambda town: town.spoil("schools.csv", _doubled),
    }
    uploads = 0

    def table(self) -> Mapping[str, Any]:
        return {"kind": "csv"}

    def show(self, roster: Roster) -> None:
        staff = [clever_sets.teacher(f"u{who}", f"s{at}") for who, at in roster.people.items()]
        named = [clever_sets.school(f"s{n}", f"School {n}", f"{n:03}") for n in roster.schools]
        self.files = clever_sets.clever_set(named, staff)
        self.lack("staff.csv")

    def run(self) -> Run:
        """Uploaded, and confirmed with a single yes."""
        self.uploads += 1
        self.partner.moment += timedelta(hours=1)
        file = sets.in_zip(self.folder / f"{self.uploads}.zip", self.files)
        run = self.partner.syncing.preview(self.partner.slug, file).run
        assert run is not None
        if run.outcome == HELD and run.cause == PREVIEW:
            return self.partner.syncing.confirm(run, SHELL)
        return run


class AtClever(Source):
    name = "clever"
    faults: ClassVar = {
        "the application's secret is refused": lambda town: town.spoil("tokens", 401),
        "the district disconnected": lambda town: town.service.connected.clear(),
        "the district is in error": lambda town: town.service.district.update(state="error"),
        "the district is pending": lambda town: town.service.district.update(state="pending"),
        "schools: 500 on the first page": lambda town: town.spoil("schools", 500),
        "schools: the next page is lost": lambda t: t.service.spoil("schools", clever.with_links()),
        "users: HTML in place of JSON": lambda t: t.service.spoil("teacher", clever.html()),
        "users: 429 for too long": lambda t: t.spoil("teacher", 429, Retry_After="3600"),
        "users: the token is revoked in the middle": lambda t: t.spoil("teacher", 401, page=3),
        "users: 500 in the middle": lambda town: town.spoil("teacher", 500, page=3),
    }

    version = "3.1"

    def table(self) -> Mapping[str, Any]:
        self.service = clever.Clever(page=PER_PAGE, version=self.version)
        self.stack.enter_context(patch.object(rest, "USUAL", self.service.web()))
        self.partner.syncing.settings = self.service.settings()
        return {"kind": "clever", "district": clever.DISTRICT, "version": self.version}

    def show(self, roster: Roster) -> None:
        self.service.schools = [clever.school(number) for number in roster.schools]
        self.service.users = [clever.user(who, teacher=[at]) for who, at in roster.people.items()]

    def spoil(self, what: str, status: int, page: int = 1, **headers: str) -> None:
        self.service.spoil(what, clever.fails(status, **headers), page)

    def run(self) -> Run:
        self.service.again()
        return super().run()

    def school(self, number: int) -> str:
        return str(clever.school(number)["id"])


class OneRosterRest(Source):
    name = "oneroster"
    faults: ClassVar = {
        "the secret is refused": lambda town: town.keyless("token"),
        "schools: HTML in place of JSON": lambda town: town.spoil("schools", oneroster.html),
        "schools: the last page is empty": lambda t: t.spoil("schools", oneroster.empty, 2),
        "schools: others at the end of the walk": lambda town: town.swap(),
        "users: not found": lambda town: town.spoil("users", oneroster.fails(404)),
        "users: 200 without the envelope": lambda t: t.spoil("users", oneroster.without_envelope),
        "users: a page in the middle is empty": lambda t: t.spoil("users", oneroster.empty, 3),
        "users: the connection breaks off": lambda town: town.spoil("users", oneroster.cut, 2),
        "users: 500 in the middle": lambda town: town.spoil("users", oneroster.fails(500), 3),
    }
    service: oneroster.OneRoster

    def made(self) -> oneroster.OneRoster:
        return oneroster.OneRoster("1.2", "oauth2", largest=PER_PAGE)

    def table(self) -> Mapping[str, Any]:
        self.service = self.stack.enter_context(self.made())
        self.stack.enter_context(patch.object(rest, "USUAL", Web(sleep=lambda _: None)))
        secret = {"ONEROSTER_SECRET": oneroster.SECRET}
        self.stack.enter_context(patch.dict(os.environ, secret))
        self.partner.syncing.settings = Settings(
            _env_file=None,
            classlink_api_key=oneroster.PARTNER_KEY,
            classlink_proxy_url=self.service.url,
        )
        table: Mapping[str, Any] = self.service.source()
        return table

    def show(self, roster: Roster) -> None:
        user = oneroster.USER[self.service.version]
        self.service.schools = [oneroster.school(self.school(n)) for n in roster.schools]
        people = roster.people.items()
        self.service.users = [user(f"u{who}", [self.school(at)]) for who, at in people]
        self.service.users.append(user("p1", role="student"))

    def spoil(self, what: str, fault: oneroster.Fault, nth: int = 1) -> None:
        self.service.spoil(what, fault, nth=nth, times=99)

    def keyless(self, step: str) -> None:
        self.service.revoke()
        self.spoil(step, oneroster.fails(401))

    def swap(self) -> None:
        """After the schools were read, another one takes the place of the first."""
        others = [oneroster.school("s99"), *self.service.schools[1:]]
        self.service.meanwhile("users", lambda: setattr(self.service, "schools", others))


class ByClassLink(OneRosterRest):
    name = "classlink"
    faults: ClassVar = {
        "the partner key is refused": lambda town: town.keyless("applications"),
        "the district ended its sharing": lambda town: town.service.applications.pop(),
        "the application is disabled": lambda t: t.service.applications[1].update(enabled="false"),
        "the district's token is refused": lambda town: town.service.revoke(),
        **{step: fault for step, fault in OneRosterRest.faults.items() if ":" in step},
    }

    def made(self) -> oneroster.OneRoster:
        return oneroster.ClassLink(largest=PER_PAGE)


SOURCES: dict[str, type[Source]] = {
    kind.name: kind for kind in (OneRosterCsv, AtClever, OneRosterRest, ByClassLink, Drop, Upload)
}


# The same kinds by another road


class AtClever30(AtClever):
    name = "clever 3.0"
    version = "3.0"


class OneRosterRest11(OneRosterRest):
    name = "oneroster 1.1, oauth1"

    def made(self) -> oneroster.OneRoster:
        return oneroster.OneRoster("1.1", "oauth1", largest=PER_PAGE)


class ClassLinkDirect(OneRosterRest11):
    name = "classlink, directly"

    def table(self) -> Mapping[str, Any]:
        keys = ("url", "client_id", "client_secret")
        whole = super().table()
        return {"kind": "classlink"} | {key: whole[key] for key in keys}


class DropOfDeltas(Drop):
    name = "tp-connector, deltas"
    shown: Roster | None = None

    def show(self, roster: Roster) -> None:
        """The first batch is whole; later ones have what is different."""
        before, self.shown = self.shown, roster
        super().show(roster)
        if before is not None:
            gone = _rows(before).keys() - _rows(roster).keys()
            self.files = _delta(_changed(before, roster), gone)


class OneRosterUpload(Upload):
    name = "csv, a OneRoster set"

    def show(self, roster: Roster) -> None:
        FileSource.show(self, roster)


def _rows(roster: Roster) -> Mapping[tuple[str, str], sets.Row]:
    """By the file and the id."""
    orgs = {("orgs", f"s{n}"): sets.org(f"s{n}") for n in roster.schools}
    users = {("users", f"u{w}"): sets.user(f"u{w}", f"s{at}") for w, at in roster.people.items()}
    return orgs | users


def _changed(before: Roster, after: Roster) -> Iterator[tuple[str, sets.Row]]:
    known = _rows(before)
    for (file, id), row in _rows(after).items():
        if known.get((file, id)) != row:
            yield file, {**row, "status": "active"}


def _delta(changed: Iterable[tuple[str, sets.Row]], gone: Iterable[tuple[str, str]]) -> Files:
    """A batch of the changes; one without any is a manifest alone."""
    deleted = {"orgs": sets.org, "users": sets.user}
    rows = [*changed, *((f, {**deleted[f](id), "status": "tobedeleted"}) for f, id in gone)]
    columns = {"orgs": sets.ORGS, "users": sets.USERS}
    listed = [file for file in columns if any(of == file for of, _ in rows)]
    files = {
        f"{file}.csv": sets.table(columns[file], (row for of, row in rows if of == file))
        for file in listed
    }
    return files | {"manifest.csv": sets.manifest(**dict.fromkeys(listed, "delta"))}


ROADS: dict[str, type[Source]] = {
    road.name: road
    for road in (AtClever30, OneRosterRest11, ClassLinkDirect, DropOfDeltas, OneRosterUpload)
}


# The situations


@dataclass(frozen=True)
class Situation:
    """`before` are the rosters of earlier runs; `outcomes` are those that keep the promise."""

    roster: Roster
    outcomes: tuple[str, ...]
    before: Sequence[Roster] = (TOWN,)
    looks_at: int | None = None


SITUATIONS: Mapping[str, Situation] = {
    "the first roster": Situation(TOWN, (APPLIED,), before=()),
    "a first roster without a school": Situation(Roster((), TOWN.people), (FAILED,), before=()),
    "the same roster again": Situation(TOWN, (NO_CHANGE, SKIPPED)),
    "one person is gone": Situation(without(people=[7]), (APPLIED,)),
    "a school is gone": Situation(without(2), (APPLIED,), looks_at=2),
    "the school is back": Situation(TOWN, (APPLIED,), (TOWN, without(2)), looks_at=2),
    "three schools of six are gone": Situation(without(1, 2, 3), (HELD,), looks_at=2),
    "all schools are gone": Situation(without(*range(1, 7)), (HELD,), looks_at=2),
    "a third of the staff is gone": Situation(without(people=range(1, 21)), (HELD,)),
    "all staff are gone": Situation(replace(TOWN, people={}), (HELD,)),
}
FAULT = Situation(without(2), (FAILED, SKIPPED), looks_at=2)


def lived(kind: str, name: str, url: str, folder: Path) -> str:
    """What comes of a situation, or of a fault in the middle of one, as the document says it."""
    situation = SITUATIONS.get(name, FAULT)
    with ExitStack() as stack:
        partner = stack.enter_context(nights.partner(url))
        town = (SOURCES | ROADS)[kind](partner, folder, stack)
        partner.declare(town.table())
        for roster in situation.before:
            town.show(roster)
            assert town.run().outcome == APPLIED
        before = partner.stored()
        town.show(situation.roster)
        if name not in SITUATIONS:
            town.faults[name](town)
        run = town.run()
        assert run.outcome in situation.outcomes, (run.outcome, run.reason)
        assert run.outcome == APPLIED or partner.stored() == before
        return _told(run, situation, town)


def _told(run: Run, situation: Situation, town: Source) -> str:
    told = run.outcome or ""
    if run.cause and run.outcome in (HELD, FAILED, SKIPPED):
        told += f" (`{run.cause}`)"
    if situation.looks_at is None or situation is FAULT:
        return told
    status = town.partner.statuses()[town.school(situation.looks_at)].removesuffix("*")
    return f"{told}; it is {status.replace('_', ' ').title()}"


def every() -> Iterator[tuple[str, str]]:
    """Every kind of source with every situation, and with every fault of its own.

    What is another road only has the situations: its faults are those of its kind.
    """
    for kind, source in SOURCES.items():
        yield from ((kind, name) for name in (*SITUATIONS, *source.faults))
    for road in ROADS:
        yield from ((road, name) for name in SITUATIONS)
