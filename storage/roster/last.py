"""The last applied snapshot, as a source reads it that sends only what has changed since.

Everybody comes out as they went in, character for character, with the schools too that nobody has
heard of yet, so that whoever is not changed has the hash that is stored.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, select, union_all

from storage.partners import Partner
from storage.roster.compare import Reading
from storage.snapshot import RosterPerson, RosterSchool
from storage.tables import accounts, expected_memberships, memberships, schools

BATCH = 2_000


class LastSnapshot:
    """What was last applied for a partner. `read` opens one short reading each time.

    A plan made of it is void when the partner's roster has moved since `partner` was read.
    """

    def __init__(self, read: Reading, partner: Partner) -> None:
        self._read = read
        self._partner = partner

    def __bool__(self) -> bool:
        """Whether anything was applied yet."""
        return self._partner.roster_version > 0

    def schools(self) -> Iterator[RosterSchool]:
        """The schools that it had."""
        statement = select(schools.c.source_id, schools.c.number, schools.c.name).where(
            schools.c.partner_id == self._partner.id, schools.c.present
        )
        with self._read() as connection:
            rows = connection.execute(statement).all()
        return (RosterSchool(row.source_id, row.number, row.name) for row in rows)

    def ids(self) -> Iterator[str]:
        """The ids of the people that it had."""
        for rows in self._batches(_ids):
            yield from (row.source_id for row in rows)

    def people(self) -> Iterator[RosterPerson]:
        """The people that it had, in a stream."""
        for rows in self._batches(_people):
            where = self._schools_of([row.id for row in rows])
            yield from (_person(row, where[row.id]) for row in rows)

    def _batches(self, statement: Select[Any]) -> Iterator[Sequence[Row[Any]]]:
        theirs = statement.where(accounts.c.partner_id == self._partner.id)
        last = 0
        while True:
            with self._read() as connection:
                rows = connection.execute(theirs.where(accounts.c.id > last)).all()
            if not rows:
                return
            yield rows
            last = rows[-1].id

    def _schools_of(self, keys: Sequence[int]) -> Mapping[int, list[str]]:
        """Where each is, and where they will be once a school that they named is heard of."""
        there = (
            select(memberships.c.account_id, schools.c.source_id)
            .join(schools, schools.c.id == memberships.c.school_id)
            .where(memberships.c.account_id.in_(keys), memberships.c.claimed)
        )
        expected = select(expected_memberships).where(expected_memberships.c.account_id.in_(keys))
        found: dict[int, list[str]] = defaultdict(list)
        with self._read() as connection:
            for key, school in connection.execute(union_all(there, expected)):
                found[key].append(school)
        return found


def _person(row: Row[Any], where: Sequence[str]) -> RosterPerson:
    # Sorted here: a database may put letters in another order than Python does.
    return RosterPerson(
        row.source_id, row.email, row.given_name, row.family_name, tuple(sorted(where))
    )


_ids = (
    select(accounts.c.id, accounts.c.source_id)
    .where(accounts.c.claimed, ~accounts.c.manual)
    .order_by(accounts.c.id)
    .limit(BATCH)
)
_people = _ids.add_columns(accounts.c.email, accounts.c.given_name, accounts.c.family_name)
