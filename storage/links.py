"""Re-created schools: which ones look like it, and joining two records into the older one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Exists, case, delete, exists, func, select, update
from xxhash import xxh3_64_hexdigest

from storage.errors import NotPossible
from storage.partners import Partner, Partners
from storage.rules.lifecycle import Event, Status
from storage.rules.matching import Likeness, Newcomer, Vanished, recreated
from storage.schools import Actor, School, Schools
from storage.tables import accounts, memberships, schools

# The fingerprint of no row: 64 bits of others are as good as random.
UNLIKE_ANY = 0


@dataclass(frozen=True)
class Match:
    """The school that an absent one was probably made anew as, and why we think so."""

    new: School
    likeness: Likeness


class Links:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.schools = Schools(connection, now)
        self.partners = Partners(connection, now)

    def likely(self, partner: Partner) -> dict[int, Match]:
        """For absent schools, by key, the newcomer that looks like it."""
        all_of_them = {school.key: school for school in self.schools.of(partner)}
        absent = [s for s in all_of_them.values() if not s.present and s.last_seen_at]
        young = [s for s in all_of_them.values() if _undecided(s)]
        if not absent or not young:
            return {}
        people = self.schools.people([school.key for school in absent])
        matches = recreated(
            [Vanished(s.key, s.number, people.get(s.key, 0), _seen(s)) for s in absent],
            [Newcomer(s.key, s.number, s.since) for s in young],
            self._shared([s.key for s in absent], [s.key for s in young]),
        )
        return {key: Match(all_of_them[new], why) for key, (new, why) in matches.items()}

    def more_locked(self, old: School, new: School) -> int:
        """How many more accounts a Frozen `old` locks when it takes the people of `new`."""
        if old.status is not Status.FROZEN:
            return 0
        here = memberships.alias("here")
        both = exists().where(
            here.c.account_id == memberships.c.account_id, here.c.school_id == old.key
        )
        statement = select(func.count()).where(memberships.c.school_id == new.key, ~both)
        return self.connection.execute(statement).scalar_one()

    def newcomers(self, partner: Partner) -> list[School]:
        """The schools that a vanished one may have been made anew as: present and undecided."""
        return [school for school in self.schools.of(partner) if _undecided(school)]

    def digest(self, old: School, new: School) -> str:
        """Names the two records and exactly the people whom linking them brings to the older."""
        statement = select(memberships.c.account_id).where(memberships.c.school_id == new.key)
        people = self.connection.execute(statement.order_by(memberships.c.account_id))
        seen = (old.key, old.version, new.key, new.version, [row.account_id for row in people])
        return xxh3_64_hexdigest(repr(seen).encode())

    def check(self, old: School, new: School) -> None:
        """Raises NotPossible unless `old` is absent and `new` is Active and undecided."""
        _check(old, new)

    def link(self, partner: Partner, old: School, new: School, by: Actor, reason: str) -> School:
        """Join `new` into `old`, which takes its id, name and people; answers `old` as it is now.

        `partner` is locked. Action Needed and Paused become Active, Frozen stays Frozen. Raises
        NotPossible unless `old` is absent and `new` is Active and undecided.
        """
        _check(old, new)
        self._end(old, new, by, reason)
        self._forget_rows(old)
        self._take_people(old, new)
        self.connection.execute(
            update(schools)
            .where(schools.c.id == old.key)
            .values(
                source_id=new.id,
                number=new.number,
                name=new.name,
                present=True,
                last_seen_at=None,
            )
        )
        taken = self.schools.by_key(old.key)
        if taken.status is not Status.FROZEN:
            self.schools.change(taken, Event.LINKED, by, reason=reason)
        # The memberships moved, so every plan that was made before is void.
        self.partners.advance(partner)
        return self.schools.by_key(old.key)

    def _end(self, old: School, new: School, by: Actor, reason: str) -> None:
        """The newer record ends with a history row, and frees its id."""
        moved = self.schools.move(new, Event.LINKED, new.status, by, reason)
        assert moved, "the partner's lock is held, so no status can move"
        self.connection.execute(
            update(schools).where(schools.c.id == new.key).values(linked_to=old.key, present=False)
        )

    def _forget_rows(self, old: School) -> None:
        """A row that names it by its old id means another school from now on, when one has it.

        Where people are is read from rows that changed, so these are to count as changed.
        """
        here = select(memberships.c.account_id).where(
            memberships.c.school_id == old.key, memberships.c.claimed
        )
        known = (accounts.c.id.in_(here), accounts.c.fingerprint.is_not(None))
        self.connection.execute(update(accounts).where(*known).values(fingerprint=UNLIKE_ANY))

    def _take_people(self, old: School, new: School) -> None:
        theirs = memberships.alias("theirs")
        of_both = select(theirs.c.account_id).where(theirs.c.school_id == new.key)
        here = (memberships.c.school_id == old.key, memberships.c.account_id.in_(of_both))
        claimed, manual = _of_the_new(new, "claimed"), _of_the_new(new, "manual")
        self.connection.execute(
            update(memberships)
            .where(*here)
            .values(
                claimed=case((claimed, True), else_=memberships.c.claimed),
                manual=case((manual, True), else_=memberships.c.manual),
            )
        )
        known = select(theirs.c.account_id).where(theirs.c.school_id == old.key)
        self.connection.execute(
            delete(memberships).where(
                memberships.c.school_id == new.key, memberships.c.account_id.in_(known)
            )
        )
        self.connection.execute(
            update(memberships).where(memberships.c.school_id == new.key).values(school_id=old.key)
        )

    def _shared(self, absent: list[int], young: list[int]) -> dict[tuple[int, int], int]:
        here, there = memberships.alias("here"), memberships.alias("there")
        statement = (
            select(here.c.school_id, there.c.school_id, func.count())
            .join(there, there.c.account_id == here.c.account_id)
            .where(here.c.school_id.in_(absent), there.c.school_id.in_(young))
            .group_by(here.c.school_id, there.c.school_id)
        )
        return {(old, new): n for old, new, n in self.connection.execute(statement)}


def _of_the_new(new: School, flag: str) -> Exists:
    other = memberships.alias(f"new_{flag}")
    return exists().where(
        other.c.school_id == new.key, other.c.account_id == memberships.c.account_id, other.c[flag]
    )


def _undecided(school: School) -> bool:
    """Active since it first appeared."""
    return school.present and school.status is Status.ACTIVE and school.version == 1


def _seen(school: School) -> datetime:
    assert school.last_seen_at is not None
    return school.last_seen_at


def _check(old: School, new: School) -> None:
    if old.present:
        raise NotPossible(
            f"{old.title} is in the last roster, so it was not re-created. Nothing was changed."
        )
    if not _undecided(new):
        raise NotPossible(
            f"{new.title} is not a new school that nobody decided about. Nothing was changed."
        )
