"""A staff list: which people it adds to which schools, and adding them. It removes nobody."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from bot import patience
from bot.rosters.faults import AmbiguousSchoolName, RosterFault, UnknownSchoolName
from bot.rosters.staff_list import StaffRow, read_staff_list
from storage.accounts import Newcomer
from storage.errors import RecessError
from storage.partners import Partner
from storage.schools import School
from storage.store import Store, Stores
from storage.tables import accounts, memberships, schools

BLOCK = 1 << 18
# A statement takes only so many values.
BATCH = 500
# Mistakes named one by one; all of them are counted.
NAMED = 20


class ListRefused(RecessError):
    """Lines that cannot be taken, which refuse the whole list."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        more = len(mistakes) - NAMED
        named = [*mistakes[:NAMED], *([f"…and {more:,} more"] if more > 0 else [])]
        super().__init__("\n".join([*named, "Nothing was stored."]))


@dataclass(frozen=True)
class Entry:
    """One person of the list. `at` are the schools where adding them changes something."""

    person: Newcomer
    new: bool
    at: Sequence[School]


def read(file: Path) -> list[StaffRow]:
    """Raises RosterFault with the line that is at fault, and OSError."""
    with file.open("rb") as stream:
        blocks = iter(lambda: stream.read(BLOCK), b"")
        return read_staff_list(file.name, blocks)


def entries(store: Store, partner: Partner, rows: Sequence[StaffRow]) -> list[Entry]:
    """Raises ListRefused for names that are not exactly one school's, with all of them."""
    named: Mapping[str, list[School]] = defaultdict(list)
    for school in store.schools.of(partner):
        named[school.name].append(school)
    mistakes = [str(fault) for row in rows for fault in _faults(row, named)]
    if mistakes:
        raise ListRefused(mistakes)
    known = _kept_by_hand(store, partner, [row.email.casefold() for row in rows])
    return [_entry(row, named, known.get(row.email.casefold())) for row in rows]


def add(stores: Stores, slug: str, rows: Sequence[StaffRow]) -> int:
    """In one transaction, with the schools as they are now; answers for how many it changed
    something. Raises ListRefused."""
    with stores.transaction(patience.COMMAND) as store:
        return add_in(store, store.partners.locked(slug), rows)


def add_in(store: Store, partner: Partner, rows: Sequence[StaffRow]) -> int:
    """The same inside the caller's transaction, under the partner's lock."""
    return sum(store.accounts.add(partner, entry.person) for entry in entries(store, partner, rows))


def _faults(row: StaffRow, named: Mapping[str, list[School]]) -> Iterator[RosterFault]:
    for name in row.school_names:
        found = named.get(name, [])
        if not found:
            yield UnknownSchoolName(row.line, name)
        elif len(found) > 1:
            numbers = tuple(school.number or "none" for school in found)
            yield AmbiguousSchoolName(row.line, name, numbers)


def _entry(
    row: StaffRow, named: Mapping[str, list[School]], known: Mapping[str, bool] | None
) -> Entry:
    at = [named[name][0] for name in row.school_names]
    changing = [school for school in at if not (known or {}).get(school.id, False)]
    return Entry(Newcomer(row.email, row.first, row.last, at), known is None, changing)


def _kept_by_hand(
    store: Store, partner: Partner, emails: Sequence[str]
) -> dict[str, dict[str, bool]]:
    """By case-folded email, the schools of known people, and whether each was added by hand."""
    statement = (
        select(accounts.c.email_folded, schools.c.source_id, memberships.c.manual)
        .select_from(accounts)
        .outerjoin(memberships, memberships.c.account_id == accounts.c.id)
        .outerjoin(schools, schools.c.id == memberships.c.school_id)
        .where(accounts.c.partner_id == partner.id)
    )
    found: dict[str, dict[str, bool]] = {}
    for start in range(0, len(emails), BATCH):
        some = accounts.c.email_folded.in_(emails[start : start + BATCH])
        for row in store.connection.execute(statement.where(some)):
            known = found.setdefault(row.email_folded, {})
            if row.source_id is not None:
                known[row.source_id] = row.manual
    return found
