"""Accounts and memberships: what people add by hand, and what is shown of all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, func, select, update

from storage.partners import Partner
from storage.schools import School
from storage.tables import accounts, memberships, schools

BATCH = 1_000


@dataclass(frozen=True)
class Newcomer:
    """A person to be added by hand, at schools that exist."""

    email: str
    given_name: str
    family_name: str
    schools: Sequence[School]


@dataclass(frozen=True)
class Account:
    """An account as it is shown. `id` is the source's, or one of ours for a manual account."""

    key: int
    id: str
    email: str
    name: str
    manual: bool
    schools: tuple[str, ...]


class Accounts:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now

    def of(self, partner: Partner) -> Iterator[Account]:
        """All accounts of a partner with their schools, by id."""
        statement = (
            select(accounts, schools.c.source_id.label("school"))
            .outerjoin(memberships, memberships.c.account_id == accounts.c.id)
            .outerjoin(schools, schools.c.id == memberships.c.school_id)
            .where(accounts.c.partner_id == partner.id)
            .order_by(accounts.c.source_id, schools.c.source_id)
        )
        streamed = self.connection.execute(statement, execution_options={"yield_per": BATCH})
        for _, rows in groupby(streamed, key=lambda row: row.id):
            yield _account(list(rows))

    def count(self, partner: Partner) -> int:
        """How many people the last applied snapshot has."""
        statement = select(func.count()).where(
            accounts.c.partner_id == partner.id, accounts.c.claimed
        )
        return int(self.connection.execute(statement).scalar_one())

    def add(self, partner: Partner, person: Newcomer) -> bool:
        """Add a person by hand; answers whether anything changed.

        A person who is known by this email gets the memberships on every such account; the sync
        never takes them away again.
        """
        keys = self._by_email(partner, person.email)
        if not keys:
            keys = [self._create(partner, person)]
        gained = [self._attach(key, school) for key in keys for school in person.schools]
        return any(gained)

    def _by_email(self, partner: Partner, email: str) -> list[int]:
        statement = select(accounts.c.id).where(
            accounts.c.partner_id == partner.id, accounts.c.email_folded == email.casefold()
        )
        return [row.id for row in self.connection.execute(statement)]

    def _create(self, partner: Partner, person: Newcomer) -> int:
        values = {
            "partner_id": partner.id,
            "source_id": f"manual-{uuid4().hex}",
            "email": person.email,
            "email_folded": person.email.casefold(),
            "given_name": person.given_name,
            "family_name": person.family_name,
            "manual": True,
            "claimed": False,
        }
        inserted = self.connection.execute(accounts.insert().values(values)).inserted_primary_key
        assert inserted is not None
        return int(inserted[0])

    def _attach(self, account: int, school: School) -> bool:
        at = (memberships.c.account_id == account) & (memberships.c.school_id == school.key)
        known = self.connection.execute(select(memberships.c.manual).where(at)).first()
        if known is None:
            self.connection.execute(
                memberships.insert().values(
                    account_id=account, school_id=school.key, claimed=False, manual=True
                )
            )
            return True
        self.connection.execute(update(memberships).where(at).values(manual=True))
        return not known.manual


def _account(rows: Sequence[Row[Any]]) -> Account:
    """One account from its rows, one for each school (or one without any)."""
    first = rows[0]
    return Account(
        key=first.id,
        id=first.source_id,
        email=first.email,
        name=f"{first.given_name} {first.family_name}".strip(),
        manual=first.manual,
        schools=tuple(row.school for row in rows if row.school is not None),
    )
