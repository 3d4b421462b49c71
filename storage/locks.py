"""Who is locked: derived by a query each time, never stored.

Queries start from the partner's Frozen schools, which are few, and go out to their people.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, exists, select
from xxhash import xxh3_64_hexdigest

from storage.partners import Partner
from storage.rules.lifecycle import Status
from storage.schools import School, titled
from storage.tables import accounts, memberships, releases, schools

_released = exists().where(
    releases.c.school_id == schools.c.id,
    releases.c.version == schools.c.version,
    releases.c.account_id == memberships.c.account_id,
)
_locking = (
    select(memberships.c.account_id, schools.c.source_id, schools.c.name)
    .join(memberships, memberships.c.school_id == schools.c.id)
    .where(schools.c.status == Status.FROZEN, ~_released)
)


@dataclass(frozen=True)
class Locked:
    """An account that a freeze would lock, and the other schools where the person works."""

    key: int
    email: str
    name: str
    elsewhere: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """What freezing one school would do. `digest` names exactly this set of accounts."""

    accounts: Sequence[Locked]

    @property
    def elsewhere(self) -> list[Locked]:
        return [account for account in self.accounts if account.elsewhere]

    @property
    def digest(self) -> str:
        keys = ",".join(str(account.key) for account in self.accounts)
        return xxh3_64_hexdigest(keys.encode())


class Locks:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def because(self, partner: Partner) -> dict[int, list[str]]:
        """Every locked account of a partner, by its key, with the schools that lock it."""
        statement = _locking.where(schools.c.partner_id == partner.id)
        found: dict[int, list[str]] = {}
        for account, school, _ in self.connection.execute(statement):
            found.setdefault(account, []).append(school)
        return {account: sorted(ids) for account, ids in found.items()}

    def preview(self, school: School) -> Preview:
        """The accounts attached to a school, and where else each of them works."""
        here = memberships.alias("here")
        statement = (
            select(accounts, schools.c.id.label("school_key"), schools.c.name, schools.c.number)
            .join(here, here.c.account_id == accounts.c.id)
            .join(memberships, memberships.c.account_id == accounts.c.id)
            .join(schools, schools.c.id == memberships.c.school_id)
            .where(here.c.school_id == school.key)
            .order_by(accounts.c.id, schools.c.name)
        )
        found: dict[int, Locked] = {}
        for row in self.connection.execute(statement):
            known = found.get(row.id) or Locked(
                row.id, row.email, f"{row.given_name} {row.family_name}".strip(), ()
            )
            other = () if row.school_key == school.key else (titled(row.name, row.number),)
            found[row.id] = Locked(known.key, known.email, known.name, known.elsewhere + other)
        return Preview(list(found.values()))

    def still_locked(self, school: School) -> int:
        """How many people of a Frozen school stay locked by another one if this is unfrozen."""
        here = memberships.alias("here")
        attached = and_(here.c.account_id == memberships.c.account_id)
        statement = (
            _locking.join(here, attached)
            .where(here.c.school_id == school.key, schools.c.id != school.key)
            .with_only_columns(memberships.c.account_id)
            .distinct()
        )
        return len(self.connection.execute(statement).all())
