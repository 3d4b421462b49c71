"""What applying a held roster would do, name by name, from its stored plan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection, and_, select

from storage.partners import Partner
from storage.roster.plan import AccountChange, Plan
from storage.rules.lifecycle import Status
from storage.runs import Run, Runs
from storage.schools import School, Schools, titled
from storage.snapshot import RosterSchool
from storage.tables import accounts, memberships, schools

# Accounts read at a time.
BATCH = 500


@dataclass(frozen=True)
class Difference:
    """The schools that are gone from the roster, back in it, and new in it."""

    gone: Sequence[School] = ()
    back: Sequence[School] = ()
    new: Sequence[RosterSchool] = ()

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
        )

    def leaving(self, partner: Partner, held: Run) -> Iterator[Leaving]:
        """Everybody who would lose a school that is in the roster; people of others stay."""
        plan = self.runs.plan(held)
        changes = iter(plan.changes) if plan is not None else iter(())
        while plan is not None and (batch := list(islice(changes, BATCH))):
            yield from self._leaving(partner, plan, batch)

    def _leaving(
        self, partner: Partner, plan: Plan, batch: Sequence[AccountChange]
    ) -> Iterator[Leaving]:
        known = self._known(partner, [change.person.id for change in batch])
        for change in batch:
            name, email, here = known.get(change.person.id, ("", "", {}))
            stays = set(change.person.schools)
            lost = [here[id] for id in here if id in plan.schools and id not in stays]
            if lost:
                yield Leaving(change.person.id, name, email, change.verb == "gone", lost)

    def _known(
        self, partner: Partner, ids: Sequence[str]
    ) -> dict[str, tuple[str, str, dict[str, str]]]:
        """Name, address and schools (titles by id) of accounts, as the last snapshot had them."""
        at = memberships.c.account_id == accounts.c.id
        statement = (
            select(accounts, schools.c.source_id.label("school"), schools.c.name, schools.c.number)
            .join(memberships, and_(at, memberships.c.claimed), isouter=True)
            .join(schools, schools.c.id == memberships.c.school_id, isouter=True)
            .where(accounts.c.partner_id == partner.id, accounts.c.source_id.in_(ids))
            .order_by(accounts.c.id, schools.c.name)
        )
        found: dict[str, tuple[str, str, dict[str, str]]] = {}
        for row in self.connection.execute(statement):
            name = f"{row.given_name} {row.family_name}".strip()
            _, _, here = found.setdefault(row.source_id, (name, row.email, {}))
            if row.school is not None:
                here[row.school] = titled(row.name, row.number)
        return found
