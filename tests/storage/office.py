"""A database with one partner in it, and short words for what tests do with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from storage.database import Database
from storage.partners import Declaration, Partner
from storage.roster.apply import Applied, apply
from storage.roster.compare import compare
from storage.roster.plan import Plan
from storage.rules.lifecycle import Event
from storage.schools import Actor, Change, School
from storage.snapshot import RosterPerson, RosterSchool
from storage.store import Stores
from storage.tables import accounts, memberships, schools
from storage.work import Job

SYNC = Actor("sync", "The nightly sync", "sync")
ANA = Actor("U0ANA", "Ana", "slack")
BO = Actor("U0BO", "Bo", "slack")


@dataclass
class Collecting:
    jobs: list[Job] = field(default_factory=list)

    def carry(self, tx: Connection, job: Job) -> None:
        self.jobs.append(job)


def school(id: str, name: str = "", number: str = "") -> RosterSchool:
    return RosterSchool(id, number, name or f"School {id}")


def person(id: str, *schools: str, email: str = "", given: str = "Kim") -> RosterPerson:
    email = email or f"{id}@example.org"
    return RosterPerson(id, email, given, "Doe", tuple(sorted(schools)))


class Office:
    def __init__(self, url: str) -> None:
        self.url = url
        self.moment = datetime(2026, 9, 1, 2, tzinfo=UTC)
        self.database = Database(url)
        self.carrier = Collecting()
        self.stores = Stores(self.database, self.carrier, lambda: self.moment)
        self.partner = self.declare("lincoln")

    def close(self) -> None:
        self.database.dispose()

    def pass_time(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    def declare(self, slug: str) -> Partner:
        declaration = Declaration(
            slug, slug.title(), "UTC", f"C0{slug}", ("U0ANA",), (), "", None, (), {}, {}
        )
        with self.stores.transaction() as store:
            store.partners.declare(declaration)
            return store.partners.named(slug)

    def planned(self, seen: Sequence[RosterSchool], people: Iterable[RosterPerson]) -> Plan:
        return compare(self.database.read, self.partner, seen, people)

    def applied(self, plan: Plan) -> Applied:
        with self.stores.transaction() as store:
            partner = store.partners.locked(self.partner.slug)
            return apply(store.connection, store.partners, plan, partner, SYNC)

    def night(self, seen: Iterable[str], people: Iterable[RosterPerson]) -> Applied:
        return self.applied(self.planned([school(id) for id in seen], people))

    def change(self, id: str, event: Event, by: Actor = ANA, expected: int | None = None) -> Change:
        with self.stores.transaction() as store:
            partner = store.partners.locked(self.partner.slug)
            [found] = store.schools.picked(partner, [id])
            return store.schools.change(found, event, by, expected=expected)

    def school(self, id: str) -> School:
        with self.stores.read() as store:
            return store.schools.named(self.partner, id)

    def memberships(self) -> dict[tuple[str, str], bool]:
        """Whether each membership is claimed, by the ids of account and school."""
        statement = (
            select(accounts.c.source_id, schools.c.source_id, memberships.c.claimed)
            .join(memberships, memberships.c.account_id == accounts.c.id)
            .join(schools, schools.c.id == memberships.c.school_id)
            .where(accounts.c.partner_id == self.partner.id)
        )
        return {(a, s): claimed for a, s, claimed in self.rows(statement)}

    def rows(self, statement: Any) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(statement).all())
