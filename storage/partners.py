"""Partners: their settings as declared, and the lock that every change of a school takes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from storage.errors import UnknownPartner
from storage.rules.rights import Access
from storage.rules.windows import Window, window_on
from storage.tables import partners


@dataclass(frozen=True)
class Declaration:
    """A partner as its file declares it. Secrets are still names of environment variables."""

    slug: str
    name: str
    timezone: str
    channel: str
    admins: tuple[str, ...]
    viewers: tuple[str, ...]
    contact: str
    sync_cron: str | None
    pause_windows: tuple[Mapping[str, str], ...]
    breaker: Mapping[str, Any]
    source: Mapping[str, Any]

    @property
    def uploaded(self) -> bool:
        """Whether its roster comes as files that people upload, and never by the clock."""
        return self.source.get("kind") == "csv"

    def window_on(self, day: date) -> Window | None:
        """The pause window that a day of the partner's zone lies in."""
        return window_on((Window(w["from"], w["to"]) for w in self.pause_windows), day)

    def access(self, support: str) -> Access:
        return Access(self.admins, self.viewers, support)


@dataclass(frozen=True)
class Partner(Declaration):
    """A stored partner. `roster_version` counts its applied snapshots.

    `new_source` says that its source was changed and nothing was applied from it yet.
    """

    id: int
    roster_version: int
    created_at: datetime
    retired_at: datetime | None
    new_source: bool

    def access(self, support: str) -> Access:
        return replace(super().access(support), retired=self.retired_at is not None)


class Partners:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        # The partners whose lock this transaction holds.
        self.taken: set[int] = set()

    def all(self) -> list[Partner]:
        rows = self.connection.execute(select(partners).order_by(partners.c.slug))
        return [_partner(row) for row in rows]

    def named(self, slug: str) -> Partner:
        """Raises UnknownPartner."""
        row = self.connection.execute(select(partners).where(partners.c.slug == slug)).first()
        if row is None:
            raise UnknownPartner(slug)
        return _partner(row)

    def in_channel(self, channel: str) -> Partner | None:
        """Whose channel it is; two partners never share one."""
        statement = select(partners).where(partners.c.channel == channel)
        row = self.connection.execute(statement).first()
        return _partner(row) if row else None

    def by_id(self, id: int) -> Partner:
        return _partner(self.connection.execute(select(partners).where(partners.c.id == id)).one())

    def locked(self, slug: str) -> Partner:
        """The partner, with its row locked until the transaction ends.

        Whoever changes a school takes this lock first; what is read after it cannot move.
        """
        statement = select(partners).where(partners.c.slug == slug).with_for_update()
        row = self.connection.execute(statement).first()
        if row is None:
            raise UnknownPartner(slug)
        self.taken.add(row.id)
        return _partner(row)

    def retire(self, partner: Partner) -> bool:
        """From now on nothing runs and nothing is asked; False if that was so before."""
        statement = (
            update(partners)
            .where(partners.c.id == partner.id, partners.c.retired_at.is_(None))
            .values(retired_at=self.now)
        )
        return self.connection.execute(statement).rowcount == 1

    def advance(self, partner: Partner) -> None:
        """Count one more applied snapshot; plans made before it are void from now on."""
        self.connection.execute(
            update(partners)
            .where(partners.c.id == partner.id)
            .values(roster_version=partners.c.roster_version + 1)
        )

    def moves(self, partner: Partner, new_source: bool) -> None:
        """From now on every run is held until one was applied; or that has happened."""
        statement = update(partners).where(partners.c.id == partner.id)
        self.connection.execute(statement.values(new_source=new_source))

    def declare(self, declaration: Declaration) -> bool:
        """Store a declaration; answers whether anything changed. Never removes a partner."""
        statement = select(partners).where(partners.c.slug == declaration.slug)
        row = self.connection.execute(statement).first()
        values = _values(declaration)
        if row is None:
            self.connection.execute(partners.insert().values(created_at=self.now, **values))
            return True
        if all(row._mapping[name] == value for name, value in values.items()):
            return False
        self.connection.execute(update(partners).where(partners.c.id == row.id).values(values))
        return True


def _values(declaration: Declaration) -> dict[str, Any]:
    return {
        "slug": declaration.slug,
        "name": declaration.name,
        "timezone": declaration.timezone,
        "channel": declaration.channel,
        "admins": list(declaration.admins),
        "viewers": list(declaration.viewers),
        "contact": declaration.contact,
        "sync_cron": declaration.sync_cron,
        "pause_windows": [dict(window) for window in declaration.pause_windows],
        "breaker": dict(declaration.breaker),
        "source": dict(declaration.source),
    }


def _partner(row: Row[Any]) -> Partner:
    return Partner(
        id=row.id,
        slug=row.slug,
        name=row.name,
        timezone=row.timezone,
        channel=row.channel,
        admins=tuple(row.admins),
        viewers=tuple(row.viewers),
        contact=row.contact,
        sync_cron=row.sync_cron,
        pause_windows=tuple(row.pause_windows),
        breaker=row.breaker,
        source=row.source,
        roster_version=row.roster_version,
        created_at=row.created_at,
        retired_at=row.retired_at,
        new_source=row.new_source,
    )
