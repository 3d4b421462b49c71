"""When a new school looks like one that vanished. A hint for people, never acted on by itself."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Likeness(StrEnum):
    SAME_ID = "the same id"
    SAME_NUMBER = "the same number"
    SAME_STAFF = "most of its staff"


@dataclass(frozen=True)
class Vanished:
    """A school that is absent; `people` counts who still has a membership of it."""

    key: int
    number: str
    people: int
    last_seen_at: datetime


@dataclass(frozen=True)
class Newcomer:
    """A school that is present and about which nobody has decided anything yet."""

    key: int
    number: str
    since: datetime


def recreated(
    vanished: Iterable[Vanished],
    newcomers: Iterable[Newcomer],
    shared: Mapping[tuple[int, int], int],
) -> dict[int, tuple[int, Likeness]]:
    """For each vanished school the newcomer that it was probably made anew as, by key.

    `shared` counts the people who have a membership of both. A number, or else more than half
    of the people, of exactly one newcomer: with two candidates there is no hint.
    """
    young = list(newcomers)
    found = {old.key: _only(_alike(old, young, shared)) for old in vanished}
    return {key: match for key, match in found.items() if match is not None}


def _alike(
    old: Vanished, young: Iterable[Newcomer], shared: Mapping[tuple[int, int], int]
) -> list[tuple[int, Likeness]]:
    after = [new for new in young if new.since > old.last_seen_at]
    numbered = [new for new in after if old.number and new.number == old.number]
    if numbered:
        return [(new.key, Likeness.SAME_NUMBER) for new in numbered]
    staffed = [new for new in after if 2 * shared.get((old.key, new.key), 0) > old.people]
    return [(new.key, Likeness.SAME_STAFF) for new in staffed]


def _only(matches: list[tuple[int, Likeness]]) -> tuple[int, Likeness] | None:
    return matches[0] if len(matches) == 1 else None


# A new source: all schools at once


@dataclass(frozen=True)
class Known:
    """A school as the source before had it; `people` counts who has a membership of it."""

    key: int
    id: str
    number: str
    name: str
    people: int


@dataclass(frozen=True)
class Offered:
    """A school as the new source has it."""

    id: str
    number: str
    name: str


@dataclass(frozen=True)
class Labelled:
    """Who is who by `found`, and the schools that neither id nor number says anything of."""

    found: Mapping[int, tuple[str, Likeness]]
    known: Sequence[Known]
    offered: Sequence[Offered]


def matched_by_label(known: Iterable[Known], offered: Iterable[Offered]) -> Labelled:
    """The schools of a new source by what stands on them.

    An id counts together with the number or the name: alone, it may be equal by chance. A number
    counts alone, but with two candidates on either side there is no match.
    """
    news = {o.id: o for o in offered}
    olds = list(known)
    found = {k.key: (k.id, Likeness.SAME_ID) for k in olds if _same(k, news.get(k.id))}
    taken = {id for id, _ in found.values()}
    left = {o.id: o for o in news.values() if o.id not in taken}
    rest = [k for k in olds if k.key not in found]
    numbered = _numbered(rest, left.values())
    found |= {key: (id, Likeness.SAME_NUMBER) for key, id in _one_to_one(numbered)}
    keys, ids = {key for key, _ in numbered}, {id for _, id in numbered}
    return Labelled(
        found,
        [k for k in rest if k.key not in keys],
        [o for o in left.values() if o.id not in ids],
    )


def matched_by_staff(
    left: Labelled, shared: Mapping[tuple[int, str], int]
) -> dict[int, tuple[str, Likeness]]:
    """The others by who works there: more than half of the people, of one and of one only.

    `shared` counts the people of a known school (by key) who are at an offered one (by id).
    """
    people = {k.key: k.people for k in left.known}
    ids = {o.id for o in left.offered}
    most = [
        (key, id)
        for (key, id), count in shared.items()
        if key in people and id in ids and 2 * count > people[key]
    ]
    return {key: (id, Likeness.SAME_STAFF) for key, id in _one_to_one(most)}


def _same(known: Known, offered: Offered | None) -> bool:
    if offered is None:
        return False
    same_number = bool(known.number) and known.number == offered.number
    return same_number or known.name.casefold() == offered.name.casefold()


def _numbered(known: Iterable[Known], offered: Iterable[Offered]) -> list[tuple[int, str]]:
    by_number: dict[str, list[str]] = defaultdict(list)
    for new in offered:
        by_number[new.number].append(new.id)
    return [(old.key, id) for old in known if old.number for id in by_number[old.number]]


def _one_to_one(pairs: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """The pairs of which neither side is in another pair."""
    olds = Counter(key for key, _ in pairs)
    news = Counter(id for _, id in pairs)
    return [(key, id) for key, id in pairs if olds[key] == news[id] == 1]


@dataclass(frozen=True, slots=True)
class Individual:
    """Somebody of the staff, as one source has them. `email` is case-folded."""

    id: str
    email: str
    name: str


def same_people(known: Iterable[Individual], offered: Iterable[Individual]) -> dict[str, str]:
    """Which person of a new source each known one is, by their ids in the two sources.

    An email tells that belongs to one person on either side; else an id does together with the
    name. Everybody else is somebody new, also when an id is equal by chance.
    """
    olds, news = list(known), {person.id: person for person in offered}
    theirs, ours = _by_email(olds), _by_email(news.values())
    found = {theirs[email].id: ours[email].id for email in theirs.keys() & ours.keys()}
    taken = set(found.values())
    for old in olds:
        new = news.get(old.id)
        if new is None or old.id in found or new.id in taken:
            continue
        if old.name.casefold() == new.name.casefold():
            found[old.id] = new.id
    return found


def _by_email(people: Iterable[Individual]) -> dict[str, Individual]:
    """The people whose email is nobody else's."""
    everybody = [person for person in people if person.email]
    count = Counter(person.email for person in everybody)
    return {person.email: person for person in everybody if count[person.email] == 1}
