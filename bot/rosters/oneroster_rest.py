"""OneRoster 1.1 and 1.2 over REST: `/schools`, then `/users` to its end.

All users are walked and the staff kept: filters by role are not understood everywhere, and
`/teachers` has no administrators and no aides. A walk proves nothing before its end, so what it
finds is kept, packed, until then; of a student that is the id alone.
"""

import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlencode

import httpx

from bot.rosters import Surroundings, faults
from bot.rosters.csvtable import Ids
from bot.rosters.manifest import Version
from bot.rosters.oauth import Granted, Signed, client_credentials
from bot.rosters.rest import Page, Reader, Record, Trail, Web
from bot.rosters.vocabulary import PRESENT, SCHOOL, STAFF, Vocabulary
from storage.snapshot import RosterPerson, RosterSchool

# The base paths of the two REST bindings.
PATHS: Mapping[Version, str] = {
    "1.1": "/ims/oneroster/v1p1",
    "1.2": "/ims/oneroster/rostering/v1p2",
}
# 1.1 came before scopes; this one of 1.2 covers `/schools` and `/users`.
SCOPES: Mapping[Version, str | None] = {
    "1.1": None,
    "1.2": "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly",
}
LIMIT = 1_000
WALKS = 3

# Of a longer header nothing is read: to search one of a hundred kilobytes can take a minute.
LONGEST_LINK = 4_096
_NEXT = re.compile(r'<([^>]*)>\s*;[^,<]*\brel="?[^",;]*\bnext\b', re.IGNORECASE)

Row = list[Any] | None
"""What is kept of a record beside its id: fields in their order, or nothing."""


@contextmanager
def opened(
    source: Mapping[str, object], around: Surroundings, web: Web | None = None
) -> Iterator["OneRosterService"]:
    """One reading of the service at the source's `url`. Raises a RosterFault."""
    version, url, service = version_of(source), needed(source, "url"), server(source)
    auth = _auth(service, source, around, web)
    with Reader(service, based(url, version), auth=auth, web=web) as reader:
        yield OneRosterService(reader, version)


def server(source: Mapping[str, object]) -> str:
    """What sentences call the server at the source's `url`."""
    host = str(source.get("url", "")).partition("://")[2].partition("/")[0].rpartition("@")[2]
    return f"The OneRoster server {host}".rstrip()


def needed(source: Mapping[str, object], key: str) -> str:
    """A key that the partner's table has to have. Raises SourceKeyMissing."""
    value = str(source.get(key) or "")
    if not value:
        raise faults.SourceKeyMissing(str(source.get("kind", "")), key)
    return value


def version_of(source: Mapping[str, object]) -> Version:
    """Raises SourceKeyMissing."""
    version = needed(source, "version")
    if version not in PATHS:
        raise faults.SourceKeyMissing(str(source.get("kind", "")), "version")
    return cast(Version, version)


def based(url: str, version: Version) -> str:
    """Where the lists are, whether or not `url` names the base path already."""
    url, path = url.rstrip("/"), PATHS[version]
    return url if url.endswith(path) else url + path


def signed(service: str, source: Mapping[str, object], around: Surroundings) -> Signed:
    """OAuth 1.0a with the source's own pair. Raises SecretMissing and SourceKeyMissing."""
    return Signed(service, _pair(source, around))


def _auth(
    service: str, source: Mapping[str, object], around: Surroundings, web: Web | None
) -> httpx.Auth:
    if needed(source, "auth") == "oauth1":
        return signed(service, source, around)
    pair, url = _pair(source, around), needed(source, "token_url")
    scope = SCOPES[version_of(source)]
    return Granted(lambda: client_credentials(service, url, pair, scope, web))


def _pair(source: Mapping[str, object], around: Surroundings) -> tuple[str, str]:
    client_id, client_secret = needed(source, "client_id"), needed(source, "client_secret")
    return around.secret(client_id), around.secret(client_secret)


class OneRosterService:
    """The schools of a service, read and checked, and its staff as a stream."""

    note: str | None = None

    def __init__(self, reader: Reader, version: Version) -> None:
        self._reader = reader
        self._kinds, self._roles = SCHOOL[version], STAFF[version]
        self._staff = self._staff_1p1 if version == "1.1" else self._staff_1p2
        self.schools: Sequence[RosterSchool] = self._schools()

    def people(self) -> Iterator[RosterPerson]:
        """The staff, from when all users are read and without fault. Raises a RosterFault."""
        users = self._walked("users", "users", self._staff)
        # A school that one answer leaves out and the next has again was never gone.
        if {school.id for school in self._schools()} != {school.id for school in self.schools}:
            raise faults.SchoolsMoved(self._reader.service, "schools")
        for id, email, given, family, schools in users.found():
            yield RosterPerson(id, email, given, family, tuple(schools))

    def _schools(self) -> list[RosterSchool]:
        return [RosterSchool(*row) for row in self._walked("schools", "orgs", self._school).found()]

    def _walked(self, what: str, envelope: str, row: Callable[[Record], Row]) -> "Kept":
        """A list to its end; from the beginning again when it changed under the walk."""
        for _ in range(WALKS):
            kept = Kept()
            try:
                for records in pages(self._reader, what, envelope):
                    again = kept.add([_kept(record, row) for record in records])
                    self._check_twice(what, again)
            except Moved:
                continue
            self._check_twice(what, kept.twice())
            return kept
        raise faults.TotalMoves(self._reader.service, what, WALKS)

    def _check_twice(self, what: str, id: str | None) -> None:
        if id is not None:
            raise faults.RecordTwice(self._reader.service, what, id)

    def _school(self, org: Record) -> Row:
        if not _known(org, "type", self._kinds, faults.RecordTypeUnknown):
            return None
        return [org.text("identifier").strip(), org.text("name").strip() or org.place]

    def _staff_1p1(self, user: Record) -> Row:
        """One role, at every org of the user (OneRoster 1.1, User)."""
        if not _known(user, "role", self._roles, faults.RecordRoleUnknown):
            return None
        return _person(user, {org.id("sourcedId") for org in user.parts("orgs") or ()})

    def _staff_1p2(self, user: Record) -> Row:
        """A role for each org; somebody may be staff at one and a parent at another (1.2, Role)."""
        roles = user.parts("roles")
        if not roles:
            raise faults.UserWithoutRoles(user.service, user.what, user.place)
        staff = [r for r in roles if _known(r, "role", self._roles, faults.RecordRoleUnknown)]
        if not staff:
            return None
        return _person(user, {_org(role).id("sourcedId") for role in staff})


# One record


def _kept(record: Record, row: Callable[[Record], Row]) -> tuple[str, Row]:
    """The id of a record, and its row unless it is absent: to be deleted, or none of ours."""
    id = record.id("sourcedId")
    record = record.named(id)
    try:
        present = PRESENT[record.text("status")]
    except KeyError:
        raise faults.RecordStatusUnknown(record.service, record.what, id) from None
    return id, row(record) if present else None


def _known(
    record: Record,
    key: str,
    words: Vocabulary,
    fault: type[faults.RecordTypeUnknown] | type[faults.RecordRoleUnknown],
) -> bool:
    """Whether we keep a record with this word. Raises the fault for an unknown one."""
    try:
        return words[record.text(key)]
    except KeyError:
        raise fault(record.service, record.what, record.place, words.words) from None


def _org(role: Record) -> Record:
    """Where somebody has a role; each has to say it, or a membership would be lost unseen."""
    org = role.part("org")
    if org is None:
        raise role.wrong("org", "the organization of this role")
    return org


def _person(user: Record, schools: set[str]) -> Row:
    if not schools:
        raise faults.StaffWithoutSchool(user.service, user.what, user.place)
    names = (user.text(key).strip() for key in ("email", "givenName", "familyName"))
    return [*names, sorted(schools)]


class Kept:
    """What a walk has found so far, packed: a few bytes for each record."""

    def __init__(self) -> None:
        self._pages: list[bytes] = []
        self._ids = Ids()
        self._before: frozenset[str] = frozenset()

    def add(self, rows: Sequence[tuple[str, Row]]) -> str | None:
        """Keep a page; answers an id that the page before had too.

        A server that does not know offsets gives the same page for ever.
        """
        ids = [id for id, _ in rows]
        for id in ids:
            self._ids.add(id)
        self._pages.append(zlib.compress(json.dumps(rows).encode(), 1))
        again = next((id for id in ids if id in self._before), None)
        self._before = frozenset(ids)
        return again

    def found(self) -> Iterator[list[Any]]:
        """The rows, each with its id in front."""
        for id, row in self._rows():
            if row is not None:
                yield [id, *row]

    def twice(self) -> str | None:
        """An id that came more than once."""
        codes = set[int]().union(*self._ids.repeated())
        seen: set[str] = set()
        for id, _ in self._rows() if codes else ():
            if id in seen:
                return id
            if hash(id) in codes:
                seen.add(id)
        return None

    def _rows(self) -> Iterator[tuple[str, Row]]:
        for page in self._pages:
            yield from json.loads(zlib.decompress(page))


# The pages of a list


class Moved(Exception):
    """The list changed its length under the walk."""


def pages(reader: Reader, what: str, envelope: str) -> Iterator[list[Record]]:
    """The records of a list, page by page, to an end that is proved as well as it can be.

    Raises Moved, TotalNotMet, and what reading raises.
    """
    trail, walk = Trail(reader, what), Walk(what)
    following: str | None = walk.offset
    while following is not None:
        trail.step(reader.at(what, following))
        page = reader.get(what, following)
        records = list(page.records(envelope))
        following = walk.after(page, len(records))
        yield records
    if walk.total not in (None, walk.received):
        raise faults.TotalNotMet(reader.service, what, walk.total or 0, walk.received)


class Walk:
    """Where a walk is, and whether it is over.

    `X-Total-Count` says how much there is. Without it only an empty page is the end, or a short
    one where pages were linked: servers may hand out fewer records than they are asked for.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._linked = False
        self._largest = 0
        self.received = 0
        self.total: int | None = None

    @property
    def offset(self) -> str:
        return f"{self._what}?{urlencode({'limit': LIMIT, 'offset': self.received})}"

    def after(self, page: Page, records: int) -> str | None:
        """Where the next page is, or None at the end. Raises Moved."""
        self._count(page, records)
        link = _link(page)
        if link is not None and (records or self._short):
            self._linked = True
            return link
        return None if self._over(records) else self.offset

    def _over(self, records: int) -> bool:
        if not records:
            return True
        if self.total is not None:
            # Some count the records of the page: a full one says nothing of what is behind it.
            return not self._short and records != LIMIT
        return self._linked and records < self._largest

    @property
    def _short(self) -> bool:
        return self.total is not None and self.received < self.total

    def _count(self, page: Page, records: int) -> None:
        self.received += records
        self._largest = max(self._largest, records)
        given = page.headers.get("X-Total-Count", "").strip()
        total = int(given) if re.fullmatch(r"[0-9]{1,12}", given) else None
        if total is not None and self.total not in (None, total):
            raise Moved
        self.total = self.total if total is None else total


def _link(page: Page) -> str | None:
    """The next page by its link, when it stays in this list.

    Behind a proxy links often name an inner host; no secret is carried there. The offset leads on
    instead, and whether anything was left out is checked all the same.
    """
    links = page.headers.get("Link", "")
    found = _NEXT.search(links) if len(links) <= LONGEST_LINK else None
    try:
        url = page.url.join(found[1]) if found else None
    except httpx.InvalidURL:
        return None
    if url is None or url.copy_with(query=None) != page.url.copy_with(query=None):
        return None
    return str(url)
