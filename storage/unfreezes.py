"""Requests to unfreeze a school: at most one open per school; a second one joins it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from storage.messages import Messages
from storage.schools import School
from storage.tables import unfreeze_askers, unfreeze_requests

KIND = "request"

OPEN, APPROVED, DENIED, VOID = "open", "approved", "denied", "void"


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
        joined = all(known.person != asker.person for known in request.askers)
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
        card = self.messages.about(KIND, str(request.id))
        if card is not None:
            self.messages.touch(card.id)

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
