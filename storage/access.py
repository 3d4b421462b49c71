"""Whether an account is locked, for whoever stands at the product's door.

Asked by the source's id, by email, or by our own key. One query each, for one account as for a
thousand; it goes from index to index, so the size of what is stored does not matter.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from unicodedata import normalize

from sqlalchemy import Connection, Row, Select, and_, bindparam, select

from storage.locks import of_this_freeze
from storage.rules.lifecycle import Status
from storage.tables import accounts, memberships, partners, releases, schools

T = TypeVar("T")


@dataclass(frozen=True)
class Cause:
    """A Frozen school that locks an account, and since when it is Frozen."""

    id: str
    number: str
    name: str
    since: datetime


@dataclass(frozen=True)
class Access:
    """What is known of whoever was asked about: by an email, that can be several accounts.

    `keys` are ours, those of locked accounts first, and `ids` the source's; `because` is empty
    when nothing locks them.
    """

    partner_id: int
    keys: tuple[int, ...]
    ids: tuple[str, ...]
    because: tuple[Cause, ...]

    @property
    def locked(self) -> bool:
        return bool(self.because)

    @property
    def since(self) -> datetime | None:
        """When the first of the freezes began that hold now."""
        return min((cause.since for cause in self.because), default=None)


_released = select(releases.c.version).where(of_this_freeze).scalar_subquery()
_frozen_here = and_(schools.c.id == memberships.c.school_id, schools.c.status == Status.FROZEN)
# A row for each membership; the columns of the school are empty unless it is Frozen. The release
# is looked up per row: for a thousand accounts PostgreSQL would read all releases to join them.
_asked = (
    select(
        accounts.c.partner_id,
        accounts.c.id,
        accounts.c.source_id,
        accounts.c.email_folded,
        schools.c.source_id.label("school"),
        schools.c.number,
        schools.c.name,
        schools.c.since,
        _released.label("released"),
    )
    .select_from(partners)
    .join(accounts, accounts.c.partner_id == partners.c.id)
    .outerjoin(memberships, memberships.c.account_id == accounts.c.id)
    .outerjoin(schools, _frozen_here)
)
_of_partner = _asked.where(partners.c.slug == bindparam("slug"))
_by_id = _of_partner.where(accounts.c.source_id.in_(bindparam("asked", expanding=True)))
_by_email = _of_partner.where(accounts.c.email_folded.in_(bindparam("asked", expanding=True)))
_by_key = _asked.where(accounts.c.id.in_(bindparam("asked", expanding=True)))


class Accesses:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def by_id(self, slug: str, ids: Collection[str]) -> dict[str, Access]:
        """Of a partner's accounts with these ids, as the source writes them; unknown ones lack."""
        rows = self._rows(_by_id, ids, slug)
        return _grouped(rows, lambda row: row.source_id)

    def by_email(self, slug: str, emails: Collection[str]) -> dict[str, Access]:
        """By the emails as they were asked; case and the spelling of accents do not matter."""
        spelled = {spelling for email in emails for spelling in _spellings(email)}
        # Many accounts have no email, and are not one person.
        rows = self._rows(_by_email, spelled - {""}, slug)
        found = _grouped(rows, lambda row: _compared(row.email_folded))
        keys = {email: _compared(email) for email in emails}
        return {email: found[key] for email, key in keys.items() if key in found}

    def by_key(self, keys: Collection[int]) -> Access | None:
        """Of these accounts together; None when there is none of them any more."""
        found = _grouped(self.connection.execute(_by_key, {"asked": list(keys)}), lambda _: None)
        return found.get(None)

    def _rows(self, statement: Select[Any], asked: Iterable[str], slug: str) -> Iterable[Row[Any]]:
        # PostgreSQL stores no NUL, and refuses to look for one.
        values = {
            "slug": slug if "\0" not in slug else "",
            "asked": [text for text in asked if "\0" not in text],
        }
        return self.connection.execute(statement, values)


def _spellings(email: str) -> set[str]:
    """How it may be stored: case-folded, an accent as a part of its letter or as one of its own."""
    text = email.strip()
    spelled = (text, normalize("NFC", text), normalize("NFD", text))
    return {spelling.casefold() for spelling in spelled}


def _compared(email: str) -> str:
    """The same for all spellings of one email (Unicode 3.13, canonical caseless matching)."""
    return normalize("NFD", normalize("NFD", email.strip()).casefold())


def _grouped(rows: Iterable[Row[Any]], key: Callable[[Row[Any]], T]) -> dict[T, Access]:
    """The rows of everybody who has the same key, as one."""
    found: dict[T, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return {key: _access(rows) for key, rows in found.items()}


def _access(rows: Sequence[Row[Any]]) -> Access:
    # The database gives them in any order; the same people are to get the same link each time.
    rows = sorted(rows, key=lambda row: row.id)
    locking = [row for row in rows if row.school is not None and row.released is None]
    causes = {row.school: Cause(row.school, row.number, row.name, row.since) for row in locking}
    known = {row.id: row.source_id for row in (*locking, *rows)}
    return Access(
        partner_id=rows[0].partner_id,
        keys=tuple(known),
        ids=tuple(sorted(known.values())),
        because=tuple(sorted(causes.values(), key=lambda cause: (cause.since, cause.id))),
    )
