"""Requests to unfreeze a school: at most one open per school; a second one joins it.

A request ends in one of these:

    open ──► approved, denied (by support)
      │
      ├────► void (the school is not Frozen any more, or its partner is retired)
      └────► withdrawn (by the last of those who asked)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from storage.messages import Messages
from storage.schools import School
from storage.tables import partners, unfreeze_askers, unfreeze_requests

KIND = "request"

OPEN, APPROVED, DENIED, VOID = "open", "approved", "denied", "void"
WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Asker:
    person: str
    name: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Unfreeze:
    """A request, with everybody who joined it. `version` names the freeze it asks to end."""

    id: int
    partner_id: int
    school_key: int
    version: int
    state: str
    asked_at: datetime
    askers: Sequence[Asker]
    decided_at: datetime | None
    decided_by: str | None
    decided_name: str | None
    decision_reason: str | None

    def asked_by(self, person: str) -> Asker | None:
        """The wish of this person, if they are among those who ask."""
        return next((asker for asker in self.askers if asker.person == person), None)


class Unfreezes:
    def __init__(self, connection: Connection, messages: Messages, now: datetime) -> None:
        self.connection = connection
        self.messages = messages
        self.now = now

    def ask(self, school: School, asker: Asker, support_channel: str) -> tuple[Unfreeze, bool]:
        """Open a request with its card for support, or join the open one.

        Answers the request, and whether this asker is new to it.
        """
        request = self.open_for(school)
        if request is None:
            request = self._open(school)
            self.messages.post(
                support_channel, KIND, partner=school.partner_id, subject=str(request.id)
            )
        joined = request.asked_by(asker.person) is None
        if joined:
            self._join(request, asker)
        return self.by_id(request.id), joined

    def open_for(self, school: School) -> Unfreeze | None:
        statement = select(unfreeze_requests).where(
            unfreeze_requests.c.school_id == school.key, unfreeze_requests.c.state == OPEN
        )
        row = self.connection.execute(statement).first()
        return self._read(row) if row else None

    def open_of(self, partner_id: int) -> list[Unfreeze]:
        statement = select(unfreeze_requests).where(
            unfreeze_requests.c.partner_id == partner_id, unfreeze_requests.c.state == OPEN
        )
        rows = self.connection.execute(statement.order_by(unfreeze_requests.c.id)).all()
        return [self._read(row) for row in rows]

    def waiting(self) -> list[Unfreeze]:
        """What support still has to decide, of all partners, the oldest first."""
        in_service = select(partners.c.id).where(partners.c.retired_at.is_(None))
        statement = select(unfreeze_requests).where(
            unfreeze_requests.c.state == OPEN, unfreeze_requests.c.partner_id.in_(in_service)
        )
        ordered = statement.order_by(unfreeze_requests.c.asked_at, unfreeze_requests.c.id)
        return [self._read(row) for row in self.connection.execute(ordered).all()]

    def by_id(self, id: int) -> Unfreeze:
        statement = select(unfreeze_requests).where(unfreeze_requests.c.id == id)
        return self._read(self.connection.execute(statement).one())

    def end(self, request: Unfreeze, state: str, by: str, name: str, reason: str) -> bool:
        """Close an open request and owe its card anew; False when somebody closed it before."""
        statement = (
            update(unfreeze_requests)
            .where(unfreeze_requests.c.id == request.id, unfreeze_requests.c.state == OPEN)
            .values(
                state=state,
                decided_at=self.now,
                decided_by=by,
                decided_name=name,
                decision_reason=reason,
            )
        )
        if self.connection.execute(statement).rowcount != 1:
            return False
        self._touch(request)
        return True

    def leave(self, request: Unfreeze, person: str) -> None:
        """Somebody asks no longer, while others still do."""
        statement = delete(unfreeze_askers).where(
            unfreeze_askers.c.request_id == request.id, unfreeze_askers.c.person == person
        )
        self.connection.execute(statement)
        self._touch(request)

    def card(self, request: Unfreeze) -> int | None:
        """The message in the support channel, whose thread has what happened to the request."""
        card = self.messages.about(KIND, str(request.id))
        return card.id if card is not None else None

    def _open(self, school: School) -> Unfreeze:
        statement = unfreeze_requests.insert().values(
            partner_id=school.partner_id,
            school_id=school.key,
            version=school.version,
            state=OPEN,
            asked_at=self.now,
        )
        inserted = self.connection.execute(statement).inserted_primary_key
        assert inserted is not None
        return self.by_id(int(inserted[0]))

    def _join(self, request: Unfreeze, asker: Asker) -> None:
        self.connection.execute(
            unfreeze_askers.insert().values(
                request_id=request.id,
                person=asker.person,
                name=asker.name,
                reason=asker.reason,
                at=asker.at,
            )
        )
        if request.askers:
            self._touch(request)

    def _touch(self, request: Unfreeze) -> None:
        card = self.card(request)
        if card is not None:
            self.messages.touch(card)

    def _read(self, row: Row[Any]) -> Unfreeze:
        statement = (
            select(unfreeze_askers)
            .where(unfreeze_askers.c.request_id == row.id)
            .order_by(unfreeze_askers.c.at, unfreeze_askers.c.person)
        )
        askers = [
            Asker(asker.person, asker.name, asker.reason, asker.at)
            for asker in self.connection.execute(statement)
        ]
        return Unfreeze(
            id=row.id,
            partner_id=row.partner_id,
            school_key=row.school_id,
            version=row.version,
            state=row.state,
            asked_at=row.asked_at,
            askers=askers,
            decided_at=row.decided_at,
            decided_by=row.decided_by,
            decided_name=row.decided_name,
            decision_reason=row.decision_reason,
        )
