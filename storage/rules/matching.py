"""When a new school looks like one that vanished. A hint for people, never acted on by itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Likeness(StrEnum):
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
