"""A partner whose roster is read and stored for real, night after night, without Slack."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from bot.settings import Settings
from bot.sync import Syncing
from handlers.telling import Telling
from storage.database import Database
from storage.partners import Declaration
from storage.runs import Run
from storage.store import Stores
from storage.tables import accounts, memberships, messages, schools
from storage.work import Job

SUPPORT = "C0SUPPORT"


class Forgetful:
    """Takes jobs and does none: nothing here waits for Slack."""

    def carry(self, tx: Connection, job: Job) -> None: ...


@dataclass
class Partner:
    """One partner and its source. `moment` is what its clock says."""

    stores: Stores
    syncing: Syncing
    slug: str = "lincoln"
    moment: datetime = datetime(2027, 3, 1, 9, tzinfo=UTC)
    nights: int = 0

    def declare(self, source: Mapping[str, Any], **more: Any) -> None:
        values: dict[str, Any] = {
            "slug": self.slug,
            "name": "Lincoln Unified",
            "timezone": "UTC",
            "channel": f"C0{self.slug.upper()}",
            "admins": ("U0ANA",),
            "viewers": (),
            "contact": "",
            "sync_cron": None,
            "pause_windows": (),
            "breaker": {},
            "source": dict(source),
        }
        with self.stores.transaction() as store:
            store.partners.declare(Declaration(**(values | more)))

    def sync(self) -> Run:
        """By hand, an hour after whatever was before."""
        self.moment += timedelta(hours=1)
        run = self.syncing.now(self.slug).run
        assert run is not None
        return run

    def night(self) -> Run:
        """By the clock, a day after whatever was before."""
        self.moment += timedelta(days=1)
        self.nights += 1
        with self.stores.transaction() as store:
            night = f"{self.moment:%Y-%m-%dT02:00}"
            run = store.runs.owe(store.partners.named(self.slug), f"n{self.nights}", night=night)
        assert run is not None
        self.syncing.owed(store.runs.job_key(run))
        with self.stores.read() as store:
            return store.runs.by_id(run.id)

    def statuses(self) -> dict[str, str]:
        """By school id; with a star while the school is present."""
        with self.stores.read() as store:
            return {
                school.id: f"{school.status}{'*' if school.present else ''}"
                for school in store.schools.of(store.partners.named(self.slug))
            }

    def told(self, channel: str) -> list[str]:
        """The texts of the notes in a channel."""
        with self.stores.read() as store:
            statement = select(messages.c.body).where(messages.c.channel == channel)
            bodies = store.connection.execute(statement.order_by(messages.c.id)).scalars().all()
        return [body["text"] for body in bodies if body]

    def stored(self) -> Any:
        """Everything that a roster decides, without our own keys and versions."""
        with self.stores.read() as store:
            id = store.partners.named(self.slug).id
            people = select(accounts).where(accounts.c.partner_id == id)
            where = (
                select(accounts.c.source_id, schools.c.source_id, memberships.c.claimed)
                .select_from(memberships)
                .join(accounts, accounts.c.id == memberships.c.account_id)
                .join(schools, schools.c.id == memberships.c.school_id)
                .where(accounts.c.partner_id == id)
            )
            described = select(
                schools.c.source_id,
                schools.c.number,
                schools.c.name,
                schools.c.status,
                schools.c.present,
            ).where(schools.c.partner_id == id)
            read = store.connection.execute
            return (
                {
                    (p.source_id, p.email, p.given_name, p.family_name, p.claimed, p.fingerprint)
                    for p in read(people)
                },
                {tuple(row) for row in read(where)},
                {tuple(row) for row in read(described)},
            )


@contextmanager
def partner(url: str) -> Iterator[Partner]:
    database = Database(url)
    found: list[Partner] = []
    stores = Stores(database, Forgetful(), lambda: found[0].moment)
    syncing = Syncing(stores, Telling(SUPPORT), "the tests", Settings(_env_file=None))
    found.append(Partner(stores, syncing))
    try:
        yield found[0]
    finally:
        database.dispose()


def aged(path: Path, moment: datetime) -> None:
    """Say that a file, or every file of a folder, was last changed at that time."""
    for file in path.iterdir() if path.is_dir() else [path]:
        os.utime(file, (moment.timestamp(), moment.timestamp()))
