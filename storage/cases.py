"""Cases: "This is a mistake". At most one open per school; a second report joins it.

    open ──► closed: the school came back, was frozen or linked, its partner was retired, or
             support closed it

Support may answer as often as it likes while a case is open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select, update

from storage.messages import Message, Messages
from storage.partners import Partner
from storage.runs import Run
from storage.schools import School
from storage.tables import case_reports, cases

KIND = "case"

OPEN, CLOSED = "open", "closed"


class Closing(StrEnum):
    """How a case ends."""

    RETURNED = "returned"
    FROZEN = "frozen"
    LINKED = "linked"
    RETIRED = "retired"
    BY_SUPPORT = "by_support"


@dataclass(frozen=True)
class Report:
    """What one person says happened."""

    person: str
    name: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Case:
    """A school that somebody says is missing by mistake, with everybody who reported it.

    `run_id` is the partner's last run when the case was opened. `answer` is what support said
    last, by whom and when; `closed_name` is whoever closed it, a person or the sync.
    """

    id: int
    partner_id: int
    school_key: int
    run_id: int | None
    state: str
    opened_at: datetime
    reports: Sequence[Report]
    answer: str
    answered_name: str | None
    answered_at: datetime | None
    closed_at: datetime | None
    closed_how: Closing | None
    closed_by: str | None
    closed_name: str | None


class Cases:
    def __init__(self, connection: Connection, messages: Messages, now: datetime) -> None:
        self.connection = connection
        self.messages = messages
        self.now = now

    def open(self, school: School, report: Report, run: Run | None, support_channel: str) -> Case:
        """A new case with its card for support. There must be none open for the school."""
        statement = cases.insert().values(
            partner_id=school.partner_id,
            school_id=school.key,
            run_id=run.id if run else None,
            state=OPEN,
            opened_at=self.now,
        )
        inserted = self.connection.execute(statement).inserted_primary_key
        assert inserted is not None
        id = int(inserted[0])
        self._add(id, report)
        self.messages.post(support_channel, KIND, partner=school.partner_id, subject=str(id))
        return self.by_id(id)

    def join(self, case: Case, report: Report) -> bool:
        """Add a report to an open case; False for somebody who has reported it before."""
        if any(known.person == report.person for known in case.reports):
            return False
        self._add(case.id, report)
        self._touch(case)
        return True

    def open_for(self, school: School) -> Case | None:
        statement = select(cases).where(cases.c.school_id == school.key, cases.c.state == OPEN)
        row = self.connection.execute(statement).first()
        return self._read(row) if row else None

    def open_of(self, partner: Partner) -> list[Case]:
        """The open cases of a partner, oldest first."""
        statement = select(cases).where(cases.c.partner_id == partner.id, cases.c.state == OPEN)
        rows = self.connection.execute(statement.order_by(cases.c.id)).all()
        return [self._read(row) for row in rows]

    def by_id(self, id: int) -> Case:
        return self._read(self.connection.execute(select(cases).where(cases.c.id == id)).one())

    def card(self, case: Case) -> Message | None:
        """The case's card in the support channel."""
        return self.messages.about(KIND, str(case.id))

    def answered(self, case: Case, name: str, answer: str) -> None:
        """Support has said something; the case stays open, or is closed with it."""
        values = {"answer": answer, "answered_name": name, "answered_at": self.now}
        self.connection.execute(update(cases).where(cases.c.id == case.id).values(values))
        self._touch(case)

    def close(self, case: Case, how: Closing, by: str, name: str) -> bool:
        """End an open case and owe its card anew; False when somebody closed it before."""
        statement = (
            update(cases)
            .where(cases.c.id == case.id, cases.c.state == OPEN)
            .values(
                state=CLOSED, closed_at=self.now, closed_how=how, closed_by=by, closed_name=name
            )
        )
        if self.connection.execute(statement).rowcount != 1:
            return False
        self._touch(case)
        return True

    def _add(self, id: int, report: Report) -> None:
        self.connection.execute(case_reports.insert().values(case_id=id, **vars(report)))

    def _touch(self, case: Case) -> None:
        if (card := self.card(case)) is not None:
            self.messages.touch(card.id)

    def _read(self, row: Row[Any]) -> Case:
        statement = (
            select(case_reports)
            .where(case_reports.c.case_id == row.id)
            .order_by(case_reports.c.at, case_reports.c.person)
        )
        reports = [
            Report(report.person, report.name, report.reason, report.at)
            for report in self.connection.execute(statement)
        ]
        return Case(
            id=row.id,
            partner_id=row.partner_id,
            school_key=row.school_id,
            run_id=row.run_id,
            state=row.state,
            opened_at=row.opened_at,
            reports=reports,
            answer=row.answer,
            answered_name=row.answered_name,
            answered_at=row.answered_at,
            closed_at=row.closed_at,
            closed_how=Closing(row.closed_how) if row.closed_how else None,
            closed_by=row.closed_by,
            closed_name=row.closed_name,
        )
