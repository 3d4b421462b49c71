"""The product around a machine's steps: real sync, real stories, a source in memory.

Only Slack is absent. `Observed` is everything that the model speaks of, read from the database.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast

from slack_sdk import WebClient
from sqlalchemy import Connection, event, func, select

from bot.settings import Settings
from bot.sync import Syncing
from handlers.ask import Ask
from handlers.desk import Desk
from handlers.telling import Telling
from storage.database import Database
from storage.partners import Declaration, Partner
from storage.rules.rights import Person
from storage.runs import Run
from storage.snapshot import RosterPerson, RosterSchool
from storage.store import Store, Stores
from storage.tables import accounts, history, memberships, messages, runs, schools
from storage.work import Job
from tests.model.district import Breaker, Row
from tests.rosters import sets

SUPPORT_GROUP, ADMIN_GROUP = "S0SUPPORT", "S0ADMINS"
SUPPORT_CHANNEL = "C0SUPPORT"
START = datetime(2026, 9, 1, 2, tzinfo=UTC)


def _person(id: str, *, admin: bool | None = False, support: bool | None = False) -> Person:
    return Person(f"U0{id.upper()}", id, {ADMIN_GROUP: admin, SUPPORT_GROUP: support})


PEOPLE = {
    "ana": _person("ana"),
    "bo": _person("bo", admin=True),
    "sid": _person("sid", admin=True, support=True),
    "sue": _person("sue", support=True),
    "sam": _person("sam", support=True),
    "val": _person("val"),
    # Nobody can tell what groups Una is in, and Gus comes from another workspace.
    "una": _person("una", admin=None, support=None),
    "gus": Person("U0ANA", "gus", {ADMIN_GROUP: True, SUPPORT_GROUP: True}, guest=True),
}


@dataclass
class Snapshot:
    """A roster in memory. `fault` is raised after the first people; `meanwhile` is called then."""

    schools: Mapping[str, tuple[str, str]]
    people: Mapping[str, Row]
    backwards: bool = False
    fault: Exception | None = None
    meanwhile: Callable[[], None] | None = None

    def roster_schools(self) -> list[RosterSchool]:
        rows = [RosterSchool(id, *named) for id, named in sorted(self.schools.items())]
        return rows[::-1] if self.backwards else rows

    def roster_people(self) -> list[RosterPerson]:
        rows = [
            RosterPerson(id, row.email, row.name, "", tuple(sorted(row.schools)))
            for id, row in sorted(self.people.items())
        ]
        return rows[::-1] if self.backwards else rows


@dataclass
class InMemory:
    """What the sync opens instead of a file."""

    snapshot: Snapshot
    note: str | None = None

    @property
    def schools(self) -> Sequence[RosterSchool]:
        return self.snapshot.roster_schools()

    def people(self) -> Iterator[RosterPerson]:
        rows = self.snapshot.roster_people()
        yield from rows[:1]
        if self.snapshot.fault is not None:
            raise self.snapshot.fault
        yield from rows[1:]
        if self.snapshot.meanwhile is not None:
            self.snapshot.meanwhile()


class Died(Exception):
    """The process is gone: raised in the middle of a transaction."""


@dataclass
class Collecting:
    """Carries nothing by itself; a machine does the jobs when it likes."""

    jobs: list[Job] = field(default_factory=list)

    def carry(self, tx: Connection, job: Job) -> None:
        self.jobs.append(job)


@dataclass(frozen=True)
class Observed:
    """Everything the model speaks of, by the source's ids (manual accounts by their address)."""

    schools: dict[str, tuple[str, str, str, bool, int]]
    history: dict[str, list[str]]
    accounts: dict[str, tuple[str, str, bool]]
    keys: dict[str, int]
    # The source's id, or ours for a manual account.
    ids: dict[str, str]
    memberships: set[tuple[str, str]]
    claimed: set[tuple[str, str]]
    by_hand: set[tuple[str, str]]
    people: int
    locks: dict[str, list[str]]
    roster_version: int
    held: bool
    frozen_returns: int
    on_card: set[str]
    cases: dict[str, set[str]]


class World:
    def __init__(self, url: str) -> None:
        self.database = Database(url)
        if self.database.sqlite:
            _hasten(self.database)
        self.moment = START
        self.carrier = Collecting()
        self.stores = Stores(self.database, self.carrier, lambda: self.moment)
        self.syncing = Syncing(self.stores, Telling(SUPPORT_CHANNEL), "here", Settings())
        self.desk = Desk(
            stores=self.stores,
            who=lambda user, name, team, groups: PEOPLE[name],
            email=lambda user: "",
            addresses=lambda ids, seconds: {},
            forget_group=lambda group: None,
            slack=cast(WebClient, None),
            later=lambda work: None,
            support_group=SUPPORT_GROUP,
            support_channel=SUPPORT_CHANNEL,
        )
        self.snapshot = Snapshot({}, {})
        self._numbers = count(1)

    def close(self) -> None:
        self.database.dispose()

    def partner(self, breaker: Breaker, source: Mapping[str, Any] | None = None) -> str:
        """Declare one more partner; answers its slug."""
        number = next(self._numbers)
        declaration = Declaration(
            slug=f"district-{number}",
            name=f"District {number}",
            timezone="America/Denver",
            channel=f"C{number}",
            admins=("U0ANA", ADMIN_GROUP),
            viewers=("U0VAL",),
            contact="",
            sync_cron=None,
            pause_windows=(),
            breaker=vars(breaker),
            source=source or {"kind": "in memory"},
        )
        with self.stores.transaction() as store:
            assert store.partners.declare(declaration)
        return declaration.slug

    @contextmanager
    def opened(self, source: object, **_: object) -> Iterator[InMemory]:
        """Stands in for `open_roster`."""
        if isinstance(self.snapshot.fault, Died):
            raise self.snapshot.fault
        yield InMemory(self.snapshot)

    def pass_time(self, seconds: float = 60) -> None:
        self.moment += timedelta(seconds=seconds)

    def ask(self, who: str, slug: str, ids: Iterable[str], expected: Mapping[str, int]) -> Ask:
        return Ask(PEOPLE[who], slug, list(ids), reason="so it is", expected=expected)

    def observed(self, slug: str) -> Observed:
        with self.stores.read() as store:
            return _observed(store, store.partners.named(slug))

    def locked_at_the_door(self, slug: str, seen: Observed) -> dict[str, list[str]]:
        """What the access API answers of every account that is asked for by its id."""
        labels = {id: label for label, id in seen.ids.items()}
        with self.stores.read() as store:
            answers = store.access.by_id(slug, labels.keys())
        assert answers.keys() == labels.keys()
        return {
            labels[id]: sorted(cause.id for cause in answer.because)
            for id, answer in answers.items()
            if answer.locked
        }

    def told(self, slug: str) -> list[tuple[int, str, Mapping[str, Any]]]:
        """What the product is told by now and was not told before."""
        with self.stores.transaction() as store:
            partner = store.partners.locked(slug)
            store.events.expand(partner)
            assert not store.events.untold(partner.id)
            fresh = [e for e in store.events.owed() if e.partner == slug]
            for told in fresh:
                store.events.sent(told)
        return [(told.id, told.type, told.data) for told in fresh]

    def last_run(self, slug: str) -> Run:
        with self.stores.read() as store:
            return store.runs.of(store.partners.named(slug), limit=1)[0]


def _hasten(database: Database) -> None:
    """What is lost when the machine loses power is no matter here."""

    @event.listens_for(database.engine, "connect")
    def configure(connection: Any, _: object) -> None:
        connection.execute("PRAGMA synchronous = OFF")


def _observed(store: Store, partner: Partner) -> Observed:
    stored = store.schools.of(partner)
    people = list(store.accounts.of(partner))
    labels = {a.key: f"by hand: {a.email.lower()}" if a.manual else a.id for a in people}
    assert len(set(labels.values())) == len(people), "an account was made twice"
    claimed, by_hand = _holds(store, partner, labels)
    return Observed(
        schools={s.id: (s.number, s.name, s.status.value, s.present, s.version) for s in stored},
        history=_moves(store, partner),
        accounts={labels[a.key]: (a.email, a.name, a.manual) for a in people},
        keys={labels[a.key]: a.key for a in people},
        ids={labels[a.key]: a.id for a in people},
        memberships={(labels[a.key], school) for a in people for school in a.schools},
        claimed=claimed,
        by_hand=by_hand,
        people=store.accounts.count(partner),
        locks={labels[key]: ids for key, ids in store.locks.because(partner).items()},
        roster_version=partner.roster_version,
        held=store.runs.held(partner) is not None,
        frozen_returns=_frozen_returns(store, partner),
        on_card=_on_card(store, partner),
        cases={
            store.schools.by_key(case.school_key).id: {report.name for report in case.reports}
            for case in store.cases.open_of(partner)
        },
    )


def _holds(
    store: Store, partner: Partner, labels: Mapping[int, str]
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    statement = (
        select(memberships, schools.c.source_id)
        .join(accounts, accounts.c.id == memberships.c.account_id)
        .join(schools, schools.c.id == memberships.c.school_id)
        .where(accounts.c.partner_id == partner.id)
    )
    rows = store.connection.execute(statement).all()
    claimed = {(labels[row.account_id], row.source_id) for row in rows if row.claimed}
    return claimed, {(labels[row.account_id], row.source_id) for row in rows if row.manual}


def _moves(store: Store, partner: Partner) -> dict[str, list[str]]:
    """The statuses of every school, from its first to its last, as its history has them."""
    statement = (
        select(schools.c.source_id, history.c.version, history.c.from_status, history.c.to_status)
        .join(schools, schools.c.id == history.c.school_id)
        .where(history.c.partner_id == partner.id, schools.c.linked_to.is_(None))
        .order_by(history.c.school_id, history.c.version)
    )
    found: dict[str, list[str]] = {}
    for row in store.connection.execute(statement):
        moves = found.setdefault(row.source_id, [])
        assert row.version == len(moves) + 1
        assert row.from_status == (moves[-1] if moves else None)
        moves.append(row.to_status)
    return found


def _frozen_returns(store: Store, partner: Partner) -> int:
    ours = select(schools.c.id).where(schools.c.partner_id == partner.id)
    keys = store.connection.execute(ours).scalars().all()
    # A range, which the index of the keys answers however many there are.
    told = select(messages.c.key).where(messages.c.key.between("returned:", "returned:~"))
    return sum(int(key.split(":")[1]) in keys for key in store.connection.execute(told).scalars())


def _on_card(store: Store, partner: Partner) -> set[str]:
    card = store.cards.current(partner)
    if card is None:
        return set()
    return {entry.school.id for entry in store.cards.decisions(card).entries}


def runs_under_way(store: Store, partner: Partner) -> int:
    statement = select(func.count()).where(
        runs.c.partner_id == partner.id, runs.c.outcome.is_(None)
    )
    return int(store.connection.execute(statement).scalar_one())


def written(folder: Path, snapshot: Snapshot) -> None:
    sets.in_folder(folder, files_of(snapshot))


def files_of(snapshot: Snapshot) -> sets.Files:
    """The snapshot as a OneRoster set; whoever works nowhere works for the district office."""
    orgs = [sets.org("district", kind="district")]
    orgs += [
        sets.org(school.id, school.name, identifier=school.number)
        for school in snapshot.roster_schools()
    ]
    users = [sets.user("student", "district", role="student")]
    users += [
        sets.user(
            person.id,
            ",".join(person.schools) or "district",
            givenName=person.given_name,
            familyName=person.family_name,
            email=person.email,
        )
        for person in snapshot.roster_people()
    ]
    return sets.set_1p1(orgs, users)
