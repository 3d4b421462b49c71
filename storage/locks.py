"""Who is locked: derived by a query each time, never stored.

Queries start from the partner's Frozen schools, which are few, and go out to their people.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Connection, Select, and_, exists, func, or_, select
from xxhash import xxh3_64_hexdigest

from storage.partners import Partner
from storage.rules.lifecycle import Status
from storage.schools import School, titled
from storage.tables import accounts, memberships, releases, schools

# A release of this membership from the freeze that its school has now.
of_this_freeze = and_(
    releases.c.school_id == schools.c.id,
    releases.c.version == schools.c.version,
    releases.c.account_id == memberships.c.account_id,
)
_released = exists().where(of_this_freeze)
_locking = (
    select(memberships.c.account_id, schools.c.source_id, schools.c.name)
    .join(memberships, memberships.c.school_id == schools.c.id)
    .where(schools.c.status == Status.FROZEN, ~_released)
)
_locking_whom = _locking.join(accounts, accounts.c.id == memberships.c.account_id)


@dataclass(frozen=True)
class Locked:
    """An account that a freeze locks, and the other schools where the person works.

    `key` is ours and `id` the source's, or one of ours for a manual account.
    `also_by` are those of them that are Frozen, and lock the account whatever this one does.
    """

    key: int
    email: str
    name: str
    elsewhere: tuple[str, ...] = ()
    also_by: tuple[str, ...] = ()
    id: str = ""

    @property
    def shown(self) -> str:
        return self.name or self.email


def digest_of(keys: Iterable[int]) -> str:
    """Names exactly this set of accounts, which come in the order of their keys."""
    return xxh3_64_hexdigest(",".join(map(str, keys)).encode())


@dataclass(frozen=True)
class Preview:
    """What freezing one school would do. `digest` names exactly this set of accounts."""

    accounts: Sequence[Locked]

    @property
    def elsewhere(self) -> list[Locked]:
        return [account for account in self.accounts if account.elsewhere]

    @property
    def digest(self) -> str:
        return digest_of(account.key for account in self.accounts)


class Standing(StrEnum):
    """What a freeze means for everybody who is known by one email."""

    FREE = "free"
    LOCKS = "locks"
    LOCKED = "locked"


@dataclass(frozen=True)
class Reach:
    """How much of a partner's staff is locked now, and would be after a freeze."""

    staff: int
    now: int
    then: int

    @property
    def most(self) -> bool:
        """Whether the freeze makes it more than half of them, or still more."""
        return 2 * self.then > self.staff and self.then > self.now


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

    def locked_now(self, partner_id: int) -> Select[tuple[int, str]]:
        """A partner's locked accounts as a query, by key and id; one row for each school."""
        return _locking_whom.where(schools.c.partner_id == partner_id).with_only_columns(
            accounts.c.id, accounts.c.source_id
        )

    def causes(
        self, partner: Partner, ids: Collection[str]
    ) -> dict[tuple[int, str], list[dict[str, str]]]:
        """The locked ones of these accounts by key and id: the schools that lock, since when."""
        statement = (
            _locking_whom.where(accounts.c.partner_id == partner.id, accounts.c.source_id.in_(ids))
            .add_columns(accounts.c.source_id.label("whom"), schools.c.number, schools.c.since)
            .order_by(schools.c.id)
        )
        found: dict[tuple[int, str], list[dict[str, str]]] = {}
        for row in self.connection.execute(statement):
            cause = {
                "id": row.source_id,
                "number": row.number,
                "name": row.name,
                "since": row.since.isoformat(),
            }
            found.setdefault((row.account_id, row.whom), []).append(cause)
        return found

    def attached(self, school: School) -> Sequence[int]:
        """The keys of those whom a freeze locks; they have the digest of their `preview`."""
        here = select(memberships.c.account_id).where(memberships.c.school_id == school.key)
        return self.connection.scalars(here.order_by(memberships.c.account_id)).all()

    def preview(self, school: School) -> Preview:
        """The accounts attached to a school, and where else each of them works."""
        here = memberships.alias("here")
        locking = and_(schools.c.status == Status.FROZEN, ~_released)
        statement = (
            select(
                accounts,
                schools.c.id.label("school_key"),
                schools.c.name,
                schools.c.number,
                locking.label("locking"),
            )
            .join(here, here.c.account_id == accounts.c.id)
            .join(memberships, memberships.c.account_id == accounts.c.id)
            .join(schools, schools.c.id == memberships.c.school_id)
            .where(here.c.school_id == school.key)
            .order_by(accounts.c.id, schools.c.name, schools.c.number)
        )
        found: dict[int, Locked] = {}
        for row in self.connection.execute(statement):
            name = f"{row.given_name} {row.family_name}".strip()
            known = found.setdefault(row.id, Locked(row.id, row.email, name, id=row.source_id))
            if row.school_key == school.key:
                continue
            other = (titled(row.name, row.number),)
            also_by = known.also_by + (other if row.locking else ())
            found[row.id] = replace(known, elsewhere=known.elsewhere + other, also_by=also_by)
        return Preview(list(found.values()))

    def unreleased(self, school: School) -> list[Locked]:
        """Whom a Frozen school locks now: everybody attached without a release."""
        released = select(releases.c.account_id).where(
            releases.c.school_id == school.key, releases.c.version == school.version
        )
        known = {row.account_id for row in self.connection.execute(released)}
        return [account for account in self.preview(school).accounts if account.key not in known]

    def named(self, keys: Collection[int]) -> list[str]:
        """The names of these accounts, as far as they are still there."""
        statement = select(accounts).where(accounts.c.id.in_(keys)).order_by(accounts.c.id)
        rows = self.connection.execute(statement)
        return [f"{row.given_name} {row.family_name}".strip() or row.email for row in rows]

    def reach(self, school: School) -> Reach:
        """How much of the staff of its partner a freeze of the school would lock."""
        staff = select(func.count()).where(accounts.c.partner_id == school.partner_id)
        locking = and_(schools.c.status == Status.FROZEN, ~_released)
        count = (
            select(func.count(memberships.c.account_id.distinct()))
            .join(schools, schools.c.id == memberships.c.school_id)
            .where(schools.c.partner_id == school.partner_id)
        )
        now = count.where(locking)
        then = count.where(or_(locking, schools.c.id == school.key))
        total, before, after = (
            int(self.connection.execute(statement).scalar_one()) for statement in (staff, now, then)
        )
        return Reach(total, before, after)

    def standing(self, school: School, emails: Collection[str]) -> Mapping[str, Standing]:
        """What a freeze of the school means for these people; who has no account is left out.

        Keyed by case-folded email. An email is locked when any account with it is.
        """
        folded = {email.casefold() for email in emails if email}
        statement = select(accounts.c.id, accounts.c.email_folded).where(
            accounts.c.partner_id == school.partner_id, accounts.c.email_folded.in_(folded)
        )
        known = {row.id: row.email_folded for row in self.connection.execute(statement)}
        found = dict.fromkeys(known.values(), Standing.FREE)
        found |= {known[key]: Standing.LOCKS for key in self._at(school, known)}
        return found | {known[key]: Standing.LOCKED for key in self._locked_of(known)}

    def _at(self, school: School, keys: Collection[int]) -> set[int]:
        statement = select(memberships.c.account_id).where(
            memberships.c.school_id == school.key, memberships.c.account_id.in_(keys)
        )
        return {row.account_id for row in self.connection.execute(statement)}

    def _locked_of(self, keys: Collection[int]) -> set[int]:
        statement = _locking.where(memberships.c.account_id.in_(keys))
        return {row.account_id for row in self.connection.execute(statement)}

    def still_locked(self, school: School) -> int:
        """How many people of a Frozen school stay locked by another one if this is unfrozen."""
        here = memberships.alias("here")
        statement = (
            _locking.join(here, here.c.account_id == memberships.c.account_id)
            .where(here.c.school_id == school.key, schools.c.id != school.key)
            .with_only_columns(memberships.c.account_id)
            .distinct()
        )
        return len(self.connection.execute(statement).all())
