"""Clever's Data API, 3.0 and 3.1: the schools and the staff that a district shares with us.

A district's token comes from the list of all that are connected to our application. One that is
not in it has disconnected, which says nothing about its schools.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx

from bot.rosters import Surroundings, faults
from bot.rosters.rest import Bearer, Page, Reader, Record, Trail, Web
from bot.settings import Settings
from storage.snapshot import RosterPerson, RosterSchool

SERVICE = "Clever"
VERSIONS = ("3.0", "3.1")

# Clever allows 10,000; so few keep a page below a megabyte.
PAGE = "500"
_MEMO = 1 << 16

# The states that Clever's District has; "" and null are among them.
_RUNNING = ("", "running", "success")
_PAUSED = "paused"

Schools = tuple[str, ...]


@contextmanager
def opened(
    source: Mapping[str, object], around: Surroundings, web: Web | None = None
) -> Iterator["CleverRoster"]:
    """One reading of the source's `district`, by the application of the settings.

    Raises a RosterFault, also when the district is not connected, is pending or in error.
    """
    district = str(source.get("district") or "").strip()
    version = str(source.get("version") or "3.1")
    if not district:
        raise faults.CleverWithoutDistrict()
    if version not in VERSIONS:
        raise faults.CleverVersionUnknown(version, VERSIONS)
    token = _token(around.settings, district, web)
    with Reader(SERVICE, around.settings.clever_api_url, auth=Bearer(token), web=web) as reader:
        yield CleverRoster(reader, f"/v{version}", district)


class CleverRoster:
    """The schools of a district, and its staff as a stream."""

    def __init__(self, reader: Reader, path: str, district: str) -> None:
        self._reader, self._path, self._id = reader, path, district
        before = _district(reader, path, district)
        self.note = _note(before)
        self._synced = before.text("last_sync")
        self.schools: Sequence[RosterSchool] = [
            _school(record) for record in self._walk("schools", f"{path}/schools")
        ]
        self._memo: dict[Schools, Schools] = {}

    def people(self) -> Iterator[RosterPerson]:
        """The staff of the district; without fault only when exhausted. Raises a RosterFault.

        Whoever is staff and teacher is in both lists, and comes once, with the schools of both
        roles. What is kept meanwhile is the staff list, the smaller one, and the ids of the other.
        """
        staff = {user.id: user for user in self._users("staff")}
        for user in self._users("teacher"):
            also = staff.pop(user.id, None)
            yield self._person(user if also is None else _united(also, user))
        for user in staff.values():
            yield self._person(user)
        self._check_still()

    def _check_still(self) -> None:
        """Lists read before and after a sync of Clever's own do not belong together."""
        after = _district(self._reader, self._path, self._id)
        _note(after)
        if after.text("last_sync") != self._synced:
            raise faults.CleverSyncedMeanwhile()

    def _users(self, role: str) -> Iterator["_Listed"]:
        what = f"users with role {role}"
        for record in self._walk(what, f"{self._path}/users", role=role):
            yield self._listed(record, role)

    def _listed(self, user: Record, role: str) -> "_Listed":
        roles = user.part("roles")
        if roles is None:
            raise user.wrong("roles", "an object")
        teacher, staff = (self._schools(roles.part(name)) for name in ("teacher", "staff"))
        if teacher is None and staff is None and roles.part("district_admin") is None:
            raise user.wrong(f"roles.{role}", "an object")
        name = user.part("name")
        return _Listed(
            user.id("id"),
            user.text("email").strip(),
            name.text("first").strip() if name else "",
            name.text("last").strip() if name else "",
            teacher,
            staff,
        )

    def _person(self, user: "_Listed") -> RosterPerson:
        schools = self._shared({*(user.teacher or ()), *(user.staff or ())})
        return RosterPerson(user.id, user.email, user.given_name, user.family_name, schools)

    def _schools(self, role: Record | None) -> Schools | None:
        """The schools of one role, None for a role that is not there."""
        if role is None:
            return None
        schools = role.texts("schools")
        if schools is None or not all(id.strip() for id in schools):
            raise role.wrong("schools", "a list of ids")
        return self._shared(set(schools))

    def _shared(self, ids: set[str]) -> Schools:
        """Sorted; equal ones are one tuple in memory."""
        schools = tuple(sorted(ids))
        if len(self._memo) < _MEMO:
            return self._memo.setdefault(schools, schools)
        return self._memo.get(schools, schools)

    def _walk(self, what: str, path: str, **query: str) -> Iterator[Record]:
        """Every record of a list, each once. Raises RecordTwice and ListCutShort."""
        first = self._reader.at(what, path).copy_merge_params({**query, "limit": PAGE})
        seen: set[str] = set()
        last = ""
        for page in _pages(self._reader, what, first):
            here = last
            for record in _unwrapped(page):
                last = record.id("id")
                if last in seen:
                    raise faults.RecordTwice(SERVICE, page.what, last)
                seen.add(last)
                yield record.named(f"id {last}")
            if last != here:
                self._check_cut(page, last)
        behind = first.copy_merge_params(
            {"limit": "1"} | ({"starting_after": last} if last else {})
        )
        self._check_end(what, behind, seen)

    def _check_cut(self, page: Page, last: str) -> None:
        """The next page begins behind the last record, which has to be the last one we got."""
        url = _next(self._reader, page)
        if url is not None and url.params.get("starting_after", last) != last:
            raise faults.ListCutShort(SERVICE, page.what)

    def _check_end(self, what: str, behind: httpx.URL, seen: set[str]) -> None:
        """A list that lost the link to its next page looks complete, so ask what is behind it.

        An empty one is asked for once more.
        """
        page = self._reader.get(what, str(behind))
        if any(record.id("id") not in seen for record in _unwrapped(page)):
            raise faults.ListCutShort(SERVICE, what)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A user of one list, with the schools by role; None for a role that is not there."""

    id: str
    email: str
    given_name: str
    family_name: str
    teacher: Schools | None
    staff: Schools | None


def _united(one: _Listed, other: _Listed) -> _Listed:
    """The user of two lists as one. Raises RecordMoved where the lists contradict each other."""
    united = _completed(other, one)
    if _completed(one, other) != united:
        raise faults.RecordMoved(SERVICE, "users with role staff and teacher", one.id)
    return united


def _completed(one: _Listed, other: _Listed) -> _Listed:
    """With the roles that only the other list shows."""
    teacher = other.teacher if one.teacher is None else one.teacher
    return replace(one, teacher=teacher, staff=other.staff if one.staff is None else one.staff)


# The token and the state of a district


def _token(settings: Settings, district: str, web: Web | None) -> str:
    """The district's token, from the list of all that are connected to our application."""
    secret = settings.clever_client_secret
    if not settings.clever_client_id or secret is None:
        raise faults.CleverNotConfigured()
    what = "connected districts"
    auth = httpx.BasicAuth(settings.clever_client_id, secret.get_secret_value())
    with Reader(SERVICE, settings.clever_token_url, auth=auth, web=web) as reader:
        try:
            first = reader.base.copy_merge_params({"owner_type": "district"})
            for page in _pages(reader, what, first):
                for entry in page.records("data"):
                    owner = entry.part("owner")
                    if owner is not None and owner.text("id") == district:
                        return entry.id("access_token")
        except faults.AccessRefused:
            raise faults.CleverSecretRefused() from None
    raise faults.CleverNotConnected(district)


def _district(reader: Reader, path: str, id: str) -> Record:
    """The district that the token belongs to, which has to be ours."""
    page = reader.get("districts", f"{path}/districts")
    for record in _unwrapped(page):
        if record.id("id") == id:
            return record
    raise faults.CleverOtherDistrict(id)


def _note(district: Record) -> str | None:
    """What to say of a district whose data may be compared. Raises where it may not."""
    state, synced = district.text("state"), _moment(district.text("last_sync"))
    if state == "error":
        raise faults.CleverDistrictError(synced)
    if state == "pending":
        raise faults.CleverDistrictPending()
    if state == _PAUSED:
        return (
            "Clever has paused this district: its data stands still, while what is shared may "
            f"still change. Clever's own last sync: {synced}."
        )
    if state not in _RUNNING:
        raise faults.CleverStateUnknown()
    return f"Clever's own last sync: {synced}."


def _moment(text: str) -> str:
    """A time of Clever's as people read it, in UTC."""
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return "not known"
    return f"{moment:%Y-%m-%d %H:%M} UTC"


# Clever's envelopes and pages


def _pages(reader: Reader, what: str, first: httpx.URL) -> Iterator[Page]:
    """Every page of a list by its own links to the end; nothing is computed."""
    trail, number = Trail(reader, what), 0
    url: httpx.URL | None = first
    while url is not None:
        trail.step(url)
        number += 1
        page = reader.get(f"{what}, page {number}", str(url))
        yield page
        url = _next(reader, page)


def _next(reader: Reader, page: Page) -> httpx.URL | None:
    """Where the page after this one is, None at the end; it has to be of the same list."""
    links = page.document.get("links") if isinstance(page.document, dict) else None
    if not isinstance(links, list | None) or not all(isinstance(x, dict) for x in links or ()):
        raise faults.PagingMalformed(page.service, page.what)
    following = [link.get("uri") for link in links or () if link.get("rel") == "next"]
    if not following:
        return None
    if len(following) > 1 or not isinstance(following[0], str):
        raise faults.PagingMalformed(page.service, page.what)
    url = reader.at(page.what, following[0])
    role = url.params.get("role")
    if _tail(url) != _tail(page.url) or role not in (None, page.url.params.get("role")):
        raise faults.LinkLeadsAway(page.service, page.what)
    return url


def _tail(url: httpx.URL) -> str:
    return url.path.rstrip("/").rpartition("/")[2]


def _unwrapped(page: Page) -> Iterator[Record]:
    """The records inside their wrapping, `data[i].data`."""
    for element in page.records("data"):
        yield Record.of(page.service, page.what, element.place, element.fields.get("data"))


def _school(record: Record) -> RosterSchool:
    id = record.id("id")
    number = record.text("school_number") or record.text("sis_id")
    return RosterSchool(id, number.strip(), record.text("name").strip() or id)
