"""Comparing a snapshot with what is stored. Reads only, and holds no transaction meanwhile.

What is kept of every account is a hash of its row. Whoever's hash is unchanged is not looked at
again; only changed people are read from the database, in batches.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, select
from xxhash import xxh3_64_intdigest

from storage.partners import Partner
from storage.roster.plan import Changes, Counts, Plan
from storage.rules.breaker import Loss
from storage.snapshot import RosterPerson, RosterSchool
from storage.tables import accounts, memberships, partners, schools

BATCH = 500
# Hashes are stored in a signed column.
SIGN = 1 << 63
WHOLE = 1 << 64

T = TypeVar("T")
Reading = Callable[[], AbstractContextManager[Connection]]
Schools = tuple[str, ...]
# A person at the schools that are known, the ids of those that are expected, and of all unknown.
Told = tuple[RosterPerson, Schools, Schools]
# Somebody known, with the schools that are known and the ids that are not.
Known = tuple[str, Schools, Schools]


@dataclass
class Stored:
    """What the last applied snapshot left: schools by source id, hashes of accounts by id.

    A hash of None is somebody whom that snapshot no longer had, but who is still kept.
    `foreign` says that the ids are those of another source: nothing of it counts as unchanged.
    """

    base: int
    foreign: bool
    present: set[str]
    absent: set[str]
    hashes: dict[str, int | None]


@dataclass
class Tally:
    """Counts as the people stream by."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    total: int = 0
    losing: int = 0
    digest: int = 0
    newcomers: list[str] = field(default_factory=list)
    respelt: list[tuple[str, str]] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)


def compare(
    read: Reading,
    partner: Partner,
    seen: Sequence[RosterSchool],
    people: Iterable[RosterPerson],
    *,
    expecting: bool = False,
) -> Plan:
    """The plan of a snapshot. `read` opens one short reading each time it is called.

    `people` is consumed once, in any order; whatever it raises passes through, and no plan
    comes of it. Of a new source the plan has everybody, changed or not: which school an id
    means is decided only when it is applied. With `expecting`, schools that people name and
    nobody has heard of are kept with them: their rows may not come again when the school does.
    """
    stored = _stored(read, partner)
    snapshot = {school.id: school for school in seen}
    before_this = set() if stored.foreign else stored.present | stored.absent
    known = frozenset(before_this | snapshot.keys())
    before = sum(hash is not None for hash in stored.hashes.values())
    told = (_resolved(person, known, expecting) for person in people)
    tally = _people(read, partner, stored, snapshot.keys(), told)
    missing = sorted(stored.present - snapshot.keys())
    returned = sorted(stored.absent & snapshot.keys())
    new = sorted(snapshot.keys() - stored.present - stored.absent)
    return Plan(
        base=stored.base,
        schools=snapshot,
        missing=missing,
        returned=returned,
        new=new,
        loss=Loss(len(stored.present), len(missing), before, tally.losing, tally.total),
        counts=Counts(
            schools_new=len(new),
            schools_missing=len(missing),
            schools_returned=len(returned),
            schools_total=len(snapshot),
            staff_added=tally.added,
            staff_changed=tally.changed,
            staff_removed=tally.removed,
            staff_total=tally.total,
        ),
        digest=_digest(snapshot, tally.digest),
        respelt=[*_respelt(missing, new), *tally.respelt],
        changes=tally.changes,
    )


def fingerprint(person: RosterPerson, expected: Sequence[str] = ()) -> int:
    """A stable hash of all that is stored of a person, as a signed 64-bit number."""
    fields = (person.id, person.email, person.given_name, person.family_name, *person.schools)
    # No id is empty: that a school is expected, or there, makes two different people.
    return _hash((*fields, "", *expected) if expected else fields)


def _hash(fields: Iterable[str]) -> int:
    # The lengths keep ("ab", "c") and ("a", "bc") apart, whatever characters a field has.
    framed = "".join(f"{len(text)}:{text}" for text in fields)
    return xxh3_64_intdigest(framed.encode("utf-8", "surrogatepass")) - SIGN


def _digest(snapshot: Mapping[str, RosterSchool], people: int) -> str:
    """Names the content of a snapshot, whatever the order of its rows."""
    total = people
    for school in snapshot.values():
        total += _hash((school.id, school.number, school.name)) + SIGN
    return f"{total % WHOLE:016x}"


def _stored(read: Reading, partner: Partner) -> Stored:
    with read() as connection:
        base = connection.execute(
            select(partners.c.roster_version).where(partners.c.id == partner.id)
        ).scalar_one()
        rows = connection.execute(
            select(schools.c.source_id, schools.c.present).where(
                schools.c.partner_id == partner.id, schools.c.linked_to.is_(None)
            )
        ).all()
        statement = select(accounts.c.source_id, accounts.c.fingerprint).where(
            accounts.c.partner_id == partner.id, ~accounts.c.manual
        )
        streamed = connection.execution_options(yield_per=5_000).execute(statement)
        hashes = {row.source_id: row.fingerprint for row in streamed}
    present = {row.source_id for row in rows if row.present}
    absent = {row.source_id for row in rows if not row.present}
    return Stored(base, partner.new_source, present, absent, hashes)


def _people(
    read: Reading,
    partner: Partner,
    stored: Stored,
    here: Iterable[str],
    people: Iterable[Told],
) -> Tally:
    tally, shared = Tally(), frozenset(here)
    back = stored.absent & shared
    kept = _kept(read, partner, back) if back else set()
    for batch in _batches(_differing(tally, stored, people)):
        lost = _lost(read, partner, shared, back, {id: schools for id, schools, _ in batch})
        tally.losing += len({id for id, _ in lost})
        tally.respelt += _misnamed(lost, {id: unknown for id, _, unknown in batch})
        kept.difference_update(id for id, _, _ in batch)
    # Whoever is left was not in the snapshot; without a hash they had been gone before.
    gone = [id for id, hash in stored.hashes.items() if hash is not None]
    for ids in _batches(gone):
        for id in ids:
            tally.changes.gone(id)
        lost = _lost(read, partner, shared, back, dict.fromkeys(ids, ()))
        tally.losing += len({id for id, _ in lost})
    tally.losing += len(kept.difference(gone))
    tally.removed = len(gone)
    tally.respelt += _respelt(gone, tally.newcomers)
    tally.changes.seal()
    return tally


def _differing(tally: Tally, stored: Stored, people: Iterable[Told]) -> Iterator[Known]:
    """Notes every change, and yields those known before, with the schools they have now."""
    for person, expected, unknown in people:
        hash = fingerprint(person, expected)
        tally.total += 1
        tally.digest += hash + SIGN
        newcomer = person.id not in stored.hashes
        before = stored.hashes.pop(person.id, None)
        if before == hash:
            if stored.foreign:
                tally.changes.put(person, hash, expected)
            continue
        tally.changes.put(person, hash, expected)
        if before is None:
            tally.added += 1
        else:
            tally.changed += 1
        if not newcomer:
            yield person.id, person.schools, unknown
        elif stored.base:
            tally.newcomers.append(person.id)


def _resolved(person: RosterPerson, known: frozenset[str], expecting: bool) -> Told:
    """Only schools count that the snapshot has or that we know from an earlier one.

    The hash is taken after this, so that a school which appears later reaches people whose own
    rows did not change.
    """
    if known.issuperset(person.schools):
        return person, (), ()
    kept = tuple(id for id in person.schools if id in known)
    unknown = tuple(id for id in person.schools if id not in known)
    return replace(person, schools=kept), unknown if expecting else (), unknown


def _lost(
    read: Reading,
    partner: Partner,
    shared: frozenset[str],
    back: Set[str],
    now: Mapping[str, Sequence[str]],
) -> set[tuple[str, str]]:
    """Which of these accounts lose a membership of which school that the snapshot has.

    Each loss counts once, when the snapshot first lacks the person at a school that it has: of a
    claim, or of a membership kept while its school was missing, when the school is back.
    """
    statement = (
        select(accounts.c.source_id, schools.c.source_id.label("school"), memberships.c.claimed)
        .join(memberships, memberships.c.account_id == accounts.c.id)
        .join(schools, schools.c.id == memberships.c.school_id)
        .where(accounts.c.partner_id == partner.id, accounts.c.source_id.in_(list(now)))
        .where(~memberships.c.manual)
    )
    with read() as connection:
        rows = connection.execute(statement).all()
    return {
        (row.source_id, row.school)
        for row in rows
        if row.school in shared
        and row.school not in now[row.source_id]
        and (row.claimed or row.school in back)
    }


def _kept(read: Reading, partner: Partner, back: Set[str]) -> set[str]:
    """Whom the last snapshot did not have at a school that was missing, and that is back now."""
    statement = (
        select(accounts.c.source_id, schools.c.source_id.label("school"))
        .join(memberships, memberships.c.account_id == accounts.c.id)
        .join(schools, schools.c.id == memberships.c.school_id)
        .where(schools.c.partner_id == partner.id, ~schools.c.present)
        .where(~memberships.c.claimed, ~memberships.c.manual)
    )
    with read() as connection:
        rows = connection.execute(statement).all()
    return {row.source_id for row in rows if row.school in back}


def _misnamed(
    lost: Iterable[tuple[str, str]], unknown: Mapping[str, Schools]
) -> list[tuple[str, str]]:
    """The schools that people lose whose rows name them without, or with more, zeros in front."""
    return sorted(
        {
            (school, id)
            for person, school in lost
            for id in unknown[person]
            if id.lstrip("0") == school.lstrip("0")
        }
    )


def _respelt(known: Sequence[str], new: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of a known id and a new one that differ only by zeros in front."""
    bare = {id.lstrip("0"): id for id in new}
    return [(id, bare[id.lstrip("0")]) for id in known if id.lstrip("0") in bare]


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch
