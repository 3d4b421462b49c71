"""A partner with a small roster, and the nights that change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.partners import Declaration, Partner
from storage.schools import School, Transition
from tests.rosters.sets import Files, in_folder, org, set_1p1, user

if TYPE_CHECKING:
    from tests.harness.slack.office import Office


@dataclass
class Teacher:
    """Somebody of the staff; `schools` are ids."""

    id: str
    given: str
    family: str
    schools: list[str]
    email: str = ""

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


@dataclass
class District:
    """`schools` maps the source's id to name and number. What is changed here shows at `night`."""

    office: Office
    folder: Path
    slug: str
    name: str
    zone: str
    channel: str
    admins: Sequence[str]
    viewers: Sequence[str] = ()
    schools: dict[str, tuple[str, str]] = field(default_factory=dict)
    staff: list[Teacher] = field(default_factory=list)
    breaker: Mapping[str, Any] = field(default_factory=dict)
    cron: str | None = None
    windows: Sequence[Mapping[str, str]] = ()
    # None: a folder of OneRoster files, which `share` and `night` write.
    source: Mapping[str, Any] | None = None

    def add_school(self, name: str, number: str, *people: str) -> str:
        """A school with these people; somebody who is known already works here as well."""
        id = f"{self.slug}-{number}"
        self.schools[id] = (name, number)
        for person in people:
            self.add_teacher(person, id)
        return id

    def add_teacher(self, name: str, school: str) -> None:
        known = next((teacher for teacher in self.staff if teacher.name == name), None)
        if known is not None:
            known.schools.append(self.id(school))
            return
        given, _, family = name.partition(" ")
        email = f"{given}.{family}@{self.slug}.example".lower().replace(" ", "")
        id = f"{self.slug}-u{len(self.staff) + 1}"
        self.staff.append(Teacher(id, given, family, [self.id(school)], email))

    def remove_teacher(self, name: str) -> None:
        self.staff = [teacher for teacher in self.staff if teacher.name != name]

    def id(self, school: str) -> str:
        """By id, name or number."""
        for id, names in self.schools.items():
            if school in (id, *names):
                return id
        raise AssertionError(f"{self.name} has no school {school}: {self.schools}")

    # Its settings and its nights

    def declare(self) -> None:
        """Store the partner's settings as they are here."""
        declaration = Declaration(
            slug=self.slug,
            name=self.name,
            timezone=self.zone,
            channel=self.office.slack.store.channel(self.channel).id,
            admins=tuple(self.admins),
            viewers=tuple(self.viewers),
            contact=f"{self.name} help desk",
            sync_cron=self.cron,
            pause_windows=tuple(self.windows),
            breaker=self.breaker,
            source=self.source or {"kind": "oneroster-csv", "path": str(self.folder)},
        )
        with self.office.stores.transaction() as store:
            store.partners.declare(declaration)

    def connect(self) -> None:
        """Its first night; the one message about it is expected here."""
        self.declare()
        self.night()
        channel = self.office.channel(self.channel)
        channel.expect_message(f"{self.name} is connected: {len(self.schools)} school")

    def share(self, without: Iterable[str] = ()) -> None:
        """Put tonight's roster where the sync reads it, without these schools."""
        gone = {self.id(school) for school in without}
        in_folder(self.folder, self._files({id for id in self.schools if id not in gone}))

    def spoil(self) -> None:
        """Tonight's roster cannot be read: its people are missing altogether."""
        (self.folder / "users.csv").unlink()

    def night(self, without: Iterable[str] = (), *, spoilt: bool = False) -> None:
        """The next night, with everything shared but these schools; the other partners' too."""
        self.share(without)
        if spoilt:
            self.spoil()
        self.office.night()

    def _files(self, shared: set[str]) -> Files:
        orgs = [org(id, self.schools[id][0], identifier=self.schools[id][1]) for id in shared]
        users = [
            user(t.id, ",".join(here), givenName=t.given, familyName=t.family, email=t.email)
            for t in self.staff
            if (here := [id for id in t.schools if id in shared])
        ]
        return set_1p1(sorted(orgs, key=lambda o: o["sourcedId"]), users)

    # What is stored of it

    @property
    def stored(self) -> Partner:
        with self.office.stores.read() as store:
            return store.partners.named(self.slug)

    def school(self, school: str) -> School:
        with self.office.stores.read() as store:
            return store.schools.named(self.stored, self.id(school))

    def status(self, school: str) -> str:
        return str(self.school(school).status)

    def history(self, school: str) -> list[Transition]:
        """Newest first."""
        with self.office.stores.read() as store:
            return store.schools.history(store.schools.named(self.stored, self.id(school)))

    def locked(self) -> set[str]:
        """The names of everybody whose account is locked."""
        with self.office.stores.read() as store:
            emails = {
                account.email
                for account in store.accounts.of(self.stored)
                if account.key in store.locks.because(self.stored)
            }
        return {teacher.name for teacher in self.staff if teacher.email in emails}
