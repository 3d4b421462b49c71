"""Releases: support's exceptions from one freeze, and the wishes of those who asked for them.

A release names the school's version while it is Frozen. So a sync never ends it, and the next
freeze, which has another version, locks again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, select, update

from storage.messages import Messages
from storage.rules.lifecycle import Status
from storage.schools import Actor, School
from storage.tables import memberships, partners, release_requests, releases, schools

KIND = "release"

OPEN, GRANTED, DECLINED, VOID = "open", "granted", "declined", "void"


@dataclass(frozen=True)
class Release:
    """That an account is not locked by a school, as long as this freeze of it holds."""

    by: str
    by_name: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class LetIn:
    """How many accounts somebody released at one moment, from the freeze of this version."""

    version: int
    by_name: str
    reason: str
    at: datetime
    accounts: int


@dataclass(frozen=True)
class ReleaseRequest:
    """A wish to release those of a Frozen school who also work elsewhere. At most one is open.

    `released` counts whom of them the decision released, and `left` who stayed locked.
    """

    id: int
    partner_id: int
    school_key: int
    version: int
    state: str
    asked_by: str
    asked_name: str
    reason: str
    asked_at: datetime
    decided_by: str | None
    decided_name: str | None
    decision_reason: str | None
    decided_at: datetime | None
    released: int
    left: int


class Releases:
    def __init__(self, connection: Connection, messages: Messages, now: datetime) -> None:
        self.connection = connection
        self.messages = messages
        self.now = now

    def of(self, school: School) -> dict[int, Release]:
        """Who is released from the freeze that holds now, by the account's key."""
        statement = select(releases).where(
            releases.c.school_id == school.key, releases.c.version == school.version
        )
        rows = self.connection.execute(statement)
        return {row.account_id: Release(row.by, row.by_name, row.reason, row.at) for row in rows}

    def past(self, school: School) -> list[LetIn]:
        """Every release of a school, also from the freezes before, oldest first."""
        one = releases.c
        same = (one.version, one.at, one.by, one.by_name, one.reason)
        statement = select(*same, func.count().label("accounts")).where(one.school_id == school.key)
        rows = self.connection.execute(statement.group_by(*same).order_by(one.at, one.version))
        return [LetIn(row.version, row.by_name, row.reason, row.at, row.accounts) for row in rows]

    def counts(self, partner_id: int) -> dict[int, int]:
        """How many of its people each Frozen school of a partner does not lock, by our key."""
        now = and_(releases.c.school_id == schools.c.id, releases.c.version == schools.c.version)
        there = and_(
            memberships.c.school_id == schools.c.id,
            memberships.c.account_id == releases.c.account_id,
        )
        statement = (
            select(schools.c.id, func.count().label("people"))
            .join(releases, now)
            .join(memberships, there)
            .where(schools.c.partner_id == partner_id, schools.c.status == Status.FROZEN)
            .group_by(schools.c.id)
        )
        return {row.id: row.people for row in self.connection.execute(statement)}

    def give(self, school: School, accounts: Collection[int], by: Actor, reason: str) -> list[int]:
        """Release these accounts from the freeze that holds now; answers who was not before.

        The partner is locked and the school Frozen. Who does not work there is passed over.
        """
        fresh = sorted((set(accounts) & self._attached(school)) - self.of(school).keys())
        common = {"school_id": school.key, "version": school.version, "at": self.now}
        common |= {"by": by.id, "by_name": by.name, "reason": reason}
        if fresh:
            rows = [{"account_id": account, **common} for account in fresh]
            self.connection.execute(insert(releases), rows)
        return fresh

    def _attached(self, school: School) -> set[int]:
        statement = select(memberships.c.account_id).where(memberships.c.school_id == school.key)
        return {row.account_id for row in self.connection.execute(statement)}

    # The wishes

    def ask(self, school: School, by: Actor, reason: str, support_channel: str) -> ReleaseRequest:
        """Open a wish with its card for support. The school has just been frozen: there is none."""
        values = {
            "partner_id": school.partner_id,
            "school_id": school.key,
            "version": school.version,
            "state": OPEN,
            "asked_by": by.id,
            "asked_name": by.name,
            "reason": reason,
            "asked_at": self.now,
        }
        statement = release_requests.insert().values(values)
        inserted = self.connection.execute(statement).inserted_primary_key
        assert inserted is not None
        id = int(inserted[0])
        self.messages.post(support_channel, KIND, partner=school.partner_id, subject=str(id))
        return self.by_id(id)

    def by_id(self, id: int) -> ReleaseRequest:
        row = self.connection.execute(_requests.where(release_requests.c.id == id)).one()
        return _request(row)

    def open_for(self, school: School) -> ReleaseRequest | None:
        statement = _requests.where(
            release_requests.c.school_id == school.key, release_requests.c.state == OPEN
        )
        row = self.connection.execute(statement).first()
        return _request(row) if row else None

    def open_of(self, partner_id: int) -> list[ReleaseRequest]:
        """The open wishes of one partner, the oldest first."""
        return self._open(release_requests.c.partner_id == partner_id)

    def waiting(self) -> list[ReleaseRequest]:
        """What support still has to decide, of all partners, the oldest first."""
        return self._open(
            release_requests.c.partner_id.in_(
                select(partners.c.id).where(partners.c.retired_at.is_(None))
            )
        )

    def end(
        self,
        request: ReleaseRequest,
        state: str,
        by: Actor,
        reason: str,
        *,
        released: int = 0,
        left: int = 0,
    ) -> bool:
        """Close an open wish and owe its card anew; False when somebody closed it before."""
        statement = (
            update(release_requests)
            .where(release_requests.c.id == request.id, release_requests.c.state == OPEN)
            .values(
                state=state,
                decided_at=self.now,
                decided_by=by.id,
                decided_name=by.name,
                decision_reason=reason,
                released=released,
                left_locked=left,
            )
        )
        if self.connection.execute(statement).rowcount != 1:
            return False
        self.touch(request)
        return True

    def touch(self, request: ReleaseRequest) -> None:
        """What its card shows has changed."""
        card = self.card(request)
        if card is not None:
            self.messages.touch(card)

    def card(self, request: ReleaseRequest) -> int | None:
        """The message in the support channel, whose thread has what happened to the wish."""
        card = self.messages.about(KIND, str(request.id))
        return card.id if card is not None else None

    def _open(self, where: Any) -> list[ReleaseRequest]:
        statement = _requests.where(release_requests.c.state == OPEN, where)
        ordered = statement.order_by(release_requests.c.asked_at, release_requests.c.id)
        return [_request(row) for row in self.connection.execute(ordered)]


_requests: Select[Any] = select(release_requests)


def _request(row: Row[Any]) -> ReleaseRequest:
    return ReleaseRequest(
        id=row.id,
        partner_id=row.partner_id,
        school_key=row.school_id,
        version=row.version,
        state=row.state,
        asked_by=row.asked_by,
        asked_name=row.asked_name,
        reason=row.reason,
        asked_at=row.asked_at,
        decided_by=row.decided_by,
        decided_name=row.decided_name,
        decision_reason=row.decision_reason,
        decided_at=row.decided_at,
        released=row.released or 0,
        left=row.left_locked or 0,
    )
