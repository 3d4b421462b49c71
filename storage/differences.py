"""What applying a held roster would do, name by name, from its stored plan."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, and_, select

from storage.partners import Partner
from storage.roster.plan import Plan
from storage.rules.lifecycle import Status
from storage.runs import Run, Runs
from storage.schools import School, Schools, titled
from storage.snapshot import RosterSchool
from storage.tables import accounts, memberships, schools

T = TypeVar("T")

# Accounts read at a time.
BATCH = 500


@dataclass(frozen=True)
class Difference:
    """The schools that are gone from the roster, back in it, and new in it.

    `losing` counts the staff who lose a school that is in it; those of the others stay.
    """

    gone: Sequence[School] = ()
    back: Sequence[School] = ()
    new: Sequence[RosterSchool] = ()
    losing: int = 0

    @property
    def asked_about(self) -> list[School]:
        """What becomes Action Needed; a Paused or Frozen school stays as it is."""
        return [school for school in self.gone if school.status is Status.ACTIVE]


@dataclass(frozen=True)
class Leaving:
    """Somebody who loses schools that are still in the roster, or is `gone` from it altogether."""

    id: str
    name: str
    email: str
    gone: bool
    schools: Sequence[str]


@dataclass
class _Known:
    """An account as it is stored, with the titles of its schools but for those given by hand.

    `claimed` are the schools where the last snapshot had it.
    """

    id: str
    name: str
    email: str
    there: bool
    here: dict[str, str] = field(default_factory=dict)
    claimed: set[str] = field(default_factory=set)


class Differences:
    def __init__(self, connection: Connection, runs: Runs) -> None:
        self.connection = connection
        self.runs = runs

    def of(self, partner: Partner, held: Run) -> Difference:
        """Nothing at all once the run is settled."""
        plan = self.runs.plan(held)
        if plan is None:
            return Difference()
        known = Schools(self.connection, self.runs.now).of(partner)
        gone, back = set(plan.missing), set(plan.returned)
        return Difference(
            [school for school in known if school.id in gone],
            [school for school in known if school.id in back],
            [plan.schools[id] for id in plan.new],
            plan.loss.staff_gone,
        )

    def leaving(self, partner: Partner, held: Run) -> Iterator[Leaving]:
        """Everybody who would lose a school that is in the roster; people of others stay.

        They are those whom the circuit breaker has counted.
        """
        plan = self.runs.plan(held)
        if plan is None:
            return
        unchanged = self._kept(partner, plan)
        for batch in _batches(plan.changes):
            known = self._known(partner, [change.person.id for change in batch])
            unchanged -= known.keys()
            for change in batch:
                if (one := known.get(change.person.id)) is not None:
                    yield from _loss(plan, one, change.person.schools, change.verb == "gone")
        for ids in _batches(sorted(unchanged)):
            for one in self._known(partner, ids).values():
                yield from _loss(plan, one, one.claimed, not one.there)

    def _kept(self, partner: Partner, plan: Plan) -> set[str]:
        """Who was kept at a school while it was missing, and is not held there when it is back."""
        statement = (
            select(accounts.c.source_id)
            .join(memberships, memberships.c.account_id == accounts.c.id)
            .join(schools, schools.c.id == memberships.c.school_id)
            .where(schools.c.partner_id == partner.id, schools.c.source_id.in_(plan.returned))
            .where(~memberships.c.claimed, ~memberships.c.manual)
        )
        return set(self.connection.scalars(statement))

    def _known(self, partner: Partner, ids: Sequence[str]) -> dict[str, _Known]:
        at = memberships.c.account_id == accounts.c.id
        statement = (
            select(
                accounts,
                schools.c.source_id.label("school"),
                schools.c.name,
                schools.c.number,
                memberships.c.claimed.label("claimed_there"),
            )
            .join(memberships, and_(at, ~memberships.c.manual), isouter=True)
            .join(schools, schools.c.id == memberships.c.school_id, isouter=True)
            .where(accounts.c.partner_id == partner.id, accounts.c.source_id.in_(ids))
            .order_by(accounts.c.id, schools.c.name)
        )
        found: dict[str, _Known] = {}
        for row in self.connection.execute(statement):
            name = f"{row.given_name} {row.family_name}".strip()
            new = _Known(row.source_id, name, row.email, row.claimed)
            known = found.setdefault(row.source_id, new)
            if row.school is not None:
                known.here[row.school] = titled(row.name, row.number)
                known.claimed |= {row.school} if row.claimed_there else set()
        return found


def _loss(plan: Plan, known: _Known, stays: Collection[str], gone: bool) -> Iterator[Leaving]:
    """What one account loses, if anything. Each loss counts once, as in comparing."""
    held = known.claimed | set(plan.returned)
    lost = [
        title
        for id, title in known.here.items()
        if id in plan.schools and id in held and id not in stays
    ]
    if lost:
        yield Leaving(known.id, known.name, known.email, gone, lost)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch
