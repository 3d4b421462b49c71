"""Applying a plan, in the caller's transaction and under the partner's lock.

First the schools, whose statuses are decided here from what is stored now; then the accounts
that differ; last the memberships that nothing holds any more.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from storage.errors import PlanStale
from storage.partners import Partner, Partners
from storage.roster.plan import AccountChange, Plan
from storage.rules.lifecycle import Event, Refusal, Status, decide
from storage.schools import Actor, School, Schools
from storage.tables import accounts, expected_memberships, memberships, schools

BATCH = 1_000


@dataclass
class Applied:
    """What applying did. `changed` is False on a night that found everything as it was."""

    changed: bool = False
    appeared: list[str] = field(default_factory=list)
    went_missing: list[School] = field(default_factory=list)
    came_back: list[School] = field(default_factory=list)
    frozen_came_back: list[School] = field(default_factory=list)
    # Another name or number in the snapshot than was stored.
    renamed: list[School] = field(default_factory=list)


def apply(
    connection: Connection, partners: Partners, plan: Plan, partner: Partner, by: Actor
) -> Applied:
    """Carry out `plan`. `partner` is locked; raises PlanStale when its roster has moved since."""
    if partner.roster_version != plan.base:
        raise PlanStale(partner.slug)
    applied = Applied()
    _apply_schools(Schools(connection, partners.now), partner, plan, by, applied)
    _apply_accounts(connection, partner, plan, applied)
    applied.changed |= _drop_unheld(connection, partner) > 0
    _forget_people_without_a_place(connection, partner)
    if applied.changed:
        partners.advance(partner)
    return applied


def would_change(connection: Connection, records: Schools, plan: Plan, partner: Partner) -> bool:
    """Whether applying `plan` now would change anything; for a dry run, and read only."""
    if plan.changes.count or plan.new or plan.missing or plan.returned:
        return True
    return _unheld(connection, partner) > 0 or any(
        _school_would_change(school, plan) for school in records.of(partner)
    )


def _school_would_change(school: School, plan: Plan) -> bool:
    seen = plan.schools.get(school.id)
    event = Event.WENT_MISSING if seen is None else Event.SHARED
    described = seen is None or _as_stored(school, seen)
    return not described or decide(school.status, event) is not school.status


def _apply_schools(
    records: Schools, partner: Partner, plan: Plan, by: Actor, applied: Applied
) -> None:
    known = {school.id: school for school in records.of(partner)}
    last_run_at = records.last_run_at(partner)
    for id in sorted(plan.schools.keys() - known.keys()):
        records.add(partner, plan.schools[id], by)
        applied.appeared.append(id)
        applied.changed = True
    for school in sorted(known.values(), key=lambda school: school.key):
        seen = plan.schools.get(school.id)
        if seen is None and school.present:
            records.lose(school, last_run_at)
            applied.changed = True
        elif seen is not None and not _as_stored(school, seen):
            records.describe(school, seen)
            applied.changed = True
            if (school.number, school.name) != (seen.number, seen.name):
                applied.renamed.append(school)
        _apply_status(
            records, school, Event.WENT_MISSING if seen is None else Event.SHARED, by, applied
        )


def _as_stored(school: School, seen: Any) -> bool:
    return school.present and (school.number, school.name) == (seen.number, seen.name)


def _apply_status(
    records: Schools, school: School, event: Event, by: Actor, applied: Applied
) -> None:
    to = decide(school.status, event)
    assert not isinstance(to, Refusal), "a sync is never refused"
    if event is Event.SHARED and school.status is Status.FROZEN and not school.present:
        applied.frozen_came_back.append(school)
    if to is school.status:
        return
    moved = records.move(school, event, to, by)
    assert moved, "the partner's lock is held, so no status can move"
    applied.changed = True
    (applied.went_missing if event is Event.WENT_MISSING else applied.came_back).append(school)


def _apply_accounts(connection: Connection, partner: Partner, plan: Plan, applied: Applied) -> None:
    keys = _school_keys(connection, partner)
    for batch in _batches(plan.changes):
        applied.changed = True
        put = [change for change in batch if change.verb == "put"]
        gone = _account_keys(connection, partner, [c.person.id for c in batch if c.verb == "gone"])
        # After a change of the source nobody may be left with these ids.
        leave(connection, gone.values())
        _put(connection, partner, put)
        _claim(connection, partner, put, keys)
        _expect(connection, partner, put)


def _school_keys(connection: Connection, partner: Partner) -> dict[str, int]:
    statement = select(schools.c.source_id, schools.c.id).where(
        schools.c.partner_id == partner.id, schools.c.linked_to.is_(None)
    )
    return {row.source_id: row.id for row in connection.execute(statement)}


def leave(connection: Connection, keys: Iterable[int]) -> None:
    """The snapshot does not have these people: nothing of theirs is claimed any more.

    Whether a membership goes is decided afterwards, for all schools at once.
    """
    gone = [{"key": key} for key in keys]
    if gone:
        connection.execute(_unclaim_account, gone)
        connection.execute(_unclaim_memberships, gone)
        connection.execute(_expect_nothing, gone)


def _put(connection: Connection, partner: Partner, changes: Sequence[AccountChange]) -> None:
    known = _account_keys(connection, partner, [change.person.id for change in changes])
    rows = [_row(partner, change) for change in changes]
    added = [row for row in rows if row["source_id"] not in known]
    changed = [{"key": known[row["source_id"]], **row} for row in rows if row["source_id"] in known]
    if added:
        connection.execute(insert(accounts), added)
    if changed:
        connection.execute(_update_account, [_only_updated(row) for row in changed])
        connection.execute(_expect_nothing, [{"key": row["key"]} for row in changed])


def _row(partner: Partner, change: AccountChange) -> dict[str, Any]:
    return {
        "partner_id": partner.id,
        "source_id": change.person.id,
        "email": change.person.email,
        "email_folded": change.person.email.casefold(),
        "given_name": change.person.given_name,
        "family_name": change.person.family_name,
        "manual": False,
        "claimed": True,
        "fingerprint": change.fingerprint,
    }


def _only_updated(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("key", "email", "email_folded", "given_name", "family_name")
    return {name: row[name] for name in names} | {"hash": row["fingerprint"]}


def _claim(
    connection: Connection,
    partner: Partner,
    changes: Sequence[AccountChange],
    school_keys: Mapping[str, int],
) -> None:
    """Bring the claims of these people to what the snapshot says, row by row that differs."""
    account_keys = _account_keys(connection, partner, [change.person.id for change in changes])
    wanted = {
        (account_keys[change.person.id], school_keys[school])
        for change in changes
        for school in change.person.schools
    }
    stored = _claims(connection, account_keys.values())
    new = [_pair(pair) | {"claimed": True, "manual": False} for pair in wanted - stored.keys()]
    moved = [
        _pair(pair, "b_") | {"b_claimed": pair in wanted}
        for pair, claimed in stored.items()
        if claimed != (pair in wanted)
    ]
    if new:
        connection.execute(insert(memberships), new)
    if moved:
        connection.execute(_update_claim, moved)


def _expect(connection: Connection, partner: Partner, changes: Sequence[AccountChange]) -> None:
    """Keep the schools that nobody has heard of yet, in place of whatever a person's last row said.

    When such a school comes, comparing finds its people among them, and their claim is made.
    """
    expecting = [change for change in changes if change.expected]
    keys = _account_keys(connection, partner, [change.person.id for change in expecting])
    rows = [
        {"account_id": keys[change.person.id], "school_source_id": school}
        for change in expecting
        for school in change.expected
    ]
    if rows:
        connection.execute(insert(expected_memberships), rows)


def _pair(pair: tuple[int, int], prefix: str = "") -> dict[str, Any]:
    return {f"{prefix}account_id": pair[0], f"{prefix}school_id": pair[1]}


def _claims(connection: Connection, keys: Iterable[int]) -> dict[tuple[int, int], bool]:
    statement = select(
        memberships.c.account_id, memberships.c.school_id, memberships.c.claimed
    ).where(memberships.c.account_id.in_(list(keys)))
    return {(row.account_id, row.school_id): row.claimed for row in connection.execute(statement)}


def _account_keys(connection: Connection, partner: Partner, ids: Sequence[str]) -> dict[str, int]:
    if not ids:
        return {}
    statement = select(accounts.c.source_id, accounts.c.id).where(
        accounts.c.partner_id == partner.id, accounts.c.source_id.in_(ids)
    )
    return {row.source_id: row.id for row in connection.execute(statement)}


def _drop_unheld(connection: Connection, partner: Partner) -> int:
    """Drop memberships that are neither claimed nor manual, at schools in the snapshot.

    Frozen schools keep theirs, so that nobody unlocks people by editing a roster. This runs on
    every applied snapshot, also one of identical bytes: an unfreeze since the last one may have
    let go of memberships that no row of the roster speaks of.
    """
    return connection.execute(delete(memberships).where(_is_unheld(partner))).rowcount


def _unheld(connection: Connection, partner: Partner) -> int:
    statement = select(func.count()).select_from(memberships).where(_is_unheld(partner))
    return connection.execute(statement).scalar_one()


def _is_unheld(partner: Partner) -> ColumnElement[bool]:
    theirs = select(schools.c.id).where(
        schools.c.partner_id == partner.id, schools.c.present, schools.c.status != Status.FROZEN
    )
    return and_(~memberships.c.claimed, ~memberships.c.manual, memberships.c.school_id.in_(theirs))


def _forget_people_without_a_place(connection: Connection, partner: Partner) -> None:
    """Delete rostered accounts that left the roster and have no membership left."""
    somewhere = exists().where(memberships.c.account_id == accounts.c.id)
    statement = delete(accounts).where(
        accounts.c.partner_id == partner.id, ~accounts.c.claimed, ~accounts.c.manual, ~somewhere
    )
    connection.execute(statement)


def _batches(changes: Iterable[AccountChange]) -> Iterator[list[AccountChange]]:
    iterator = iter(changes)
    while batch := list(islice(iterator, BATCH)):
        yield batch


_unclaim_account = (
    update(accounts)
    .where(accounts.c.id == bindparam("key"))
    .values(claimed=False, fingerprint=None)
)
_unclaim_memberships = (
    update(memberships)
    .where(memberships.c.account_id == bindparam("key"), memberships.c.claimed)
    .values(claimed=False)
)
_expect_nothing = delete(expected_memberships).where(
    expected_memberships.c.account_id == bindparam("key")
)
_update_account = (
    update(accounts)
    .where(accounts.c.id == bindparam("key"))
    .values(
        email=bindparam("email"),
        email_folded=bindparam("email_folded"),
        given_name=bindparam("given_name"),
        family_name=bindparam("family_name"),
        claimed=True,
        fingerprint=bindparam("hash"),
    )
)
_update_claim = (
    update(memberships)
    .where(
        memberships.c.account_id == bindparam("b_account_id"),
        memberships.c.school_id == bindparam("b_school_id"),
    )
    .values(claimed=bindparam("b_claimed"))
)
