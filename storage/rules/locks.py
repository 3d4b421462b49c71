"""When an account is locked. The database derives the same by a query; this is the rule."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """One membership: the school, and its version while it is Frozen (None: it is not)."""

    school: str
    frozen: int | None


def locked_because(places: Iterable[Place], released: Collection[Place]) -> list[str]:
    """The schools that lock an account: Frozen, and not released for their current freeze."""
    return sorted(
        place.school for place in places if place.frozen is not None and place not in released
    )
