"""The people of a new source: whoever is known keeps the account, with what belongs to it.

So a lock, a release and a membership by hand stay with their person when the source changes.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from storage.partners import Partner
from storage.roster.apply import leave
from storage.roster.plan import Plan
from storage.rules.matching import Individual, same_people
from storage.snapshot import RosterPerson
from storage.tables import accounts

BATCH = 1_000


def keep_accounts(connection: Connection, partner: Partner, plan: Plan, aside: str) -> None:
    """Give each known account the id that its person has in the new source, before `apply`.

    An account whose id is somebody else's there leaves, and gets `aside` behind its id.
    """
    rows = _rostered(connection, partner)
    offered = _everybody(plan)
    found = same_people(map(_known, rows), offered)
    ids = {person.id for person in offered}
    moving = [r for r in rows if r.source_id != found.get(r.source_id) and _meets(r, found, ids)]
    # First out of the way whose id will be somebody's: two may have changed theirs with each other.
    _rename(connection, {r.id: r.source_id + aside for r in moving if r.source_id in ids})
    kept = {row.id: found[row.source_id] for row in moving if row.source_id in found}
    _rename(connection, kept)
    leave(connection, [row.id for row in moving if row.id not in kept])


def known_as(connection: Connection, partner: Partner, plan: Plan) -> dict[str, int]:
    """The account that each person of the new source will keep, by the id they have there."""
    rows = _rostered(connection, partner)
    found = same_people(map(_known, rows), _everybody(plan))
    return {found[row.source_id]: row.id for row in rows if row.source_id in found}


def _everybody(plan: Plan) -> list[Individual]:
    return [_offered(change.person) for change in plan.changes if change.verb == "put"]


def _rostered(connection: Connection, partner: Partner) -> list[Row[Any]]:
    statement = select(
        accounts.c.id,
        accounts.c.source_id,
        accounts.c.email_folded,
        accounts.c.given_name,
        accounts.c.family_name,
    ).where(accounts.c.partner_id == partner.id, ~accounts.c.manual)
    return list(connection.execute(statement))


def _known(row: Row[Any]) -> Individual:
    return Individual(row.source_id, row.email_folded, f"{row.given_name} {row.family_name}")


def _offered(person: RosterPerson) -> Individual:
    name = f"{person.given_name} {person.family_name}"
    return Individual(person.id, person.email.casefold(), name)


def _meets(row: Row[Any], found: Mapping[str, str], ids: Collection[str]) -> bool:
    return row.source_id in found or row.source_id in ids


def _rename(connection: Connection, ids: Mapping[int, str]) -> None:
    for batch in _batches({"key": key, "to": id} for key, id in ids.items()):
        connection.execute(_renamed, batch)


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch


_renamed = (
    update(accounts).where(accounts.c.id == bindparam("key")).values(source_id=bindparam("to"))
)
