"""Nights of one partner: the real sync on a real database, against a stand-in."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from bot.settings import Settings
from bot.sync import Result, Syncing
from handlers.telling import Telling
from storage.database import Database
from storage.partners import Declaration
from storage.store import Stores
from storage.work import Job


class Uncarried:
    """Messages are owed and stay so."""

    def carry(self, tx: Connection, job: Job) -> None:
        """Nobody is told."""


@dataclass
class Nights:
    stores: Stores
    settings: Settings

    def night(self) -> Result:
        """Sync now, as the command and the schedule do."""
        return Syncing(self.stores, Telling("C0SUPPORT"), "here", self.settings).now("lincoln")

    def stored(self) -> tuple[dict[str, str], dict[str, tuple[str, ...]], int]:
        """The status of each school, the schools of each account, and the roster's version."""
        with self.stores.read() as store:
            partner = store.partners.named("lincoln")
            schools = {s.id: str(s.status) for s in store.schools.of(partner)}
            people = {a.id: a.schools for a in store.accounts.of(partner)}
        return schools, people, partner.roster_version


def declared(source: Mapping[str, Any]) -> Declaration:
    """Lincoln, with this source."""
    return Declaration(
        slug="lincoln",
        name="Lincoln Unified",
        timezone="America/Los_Angeles",
        channel="C0LINCOLN",
        admins=("U0ANA",),
        viewers=(),
        contact="",
        sync_cron=None,
        pause_windows=(),
        breaker={},
        source=dict(source),
    )


@contextmanager
def nights(url: str, source: Mapping[str, Any], settings: Settings) -> Iterator[Nights]:
    """A partner whose roster has never been read."""
    database = Database(url)
    try:
        stores = Stores(database, Uncarried(), lambda: datetime.now(UTC))
        with stores.transaction() as store:
            store.partners.declare(declared(source))
        yield Nights(stores, settings)
    finally:
        database.dispose()
