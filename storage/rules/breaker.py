"""The circuit breaker: a large difference waits for a person instead of being applied."""

from dataclasses import dataclass
from enum import StrEnum


class Trip(StrEnum):
    """Why a run is held. A new source is one by itself, whatever the difference is."""

    ALL_SCHOOLS_GONE = "all_schools_gone"
    SCHOOLS_GONE = "schools_gone"
    ALL_STAFF_GONE = "all_staff_gone"
    STAFF_GONE = "staff_gone"
    NEW_SOURCE = "new_source"


@dataclass(frozen=True)
class Limits:
    """From how much on a difference waits. Percentages are of what the last snapshot had."""

    schools: int = 3
    schools_percent: int = 20
    staff_percent: int = 20
    staff_known: int = 50


@dataclass(frozen=True)
class Loss:
    """What a snapshot would take away.

    `schools_gone` were in the last applied snapshot and are not in this one. `staff_gone` are
    accounts that would lose a membership of a school that *is* in this snapshot: people of
    missing schools stay and are not counted.
    """

    schools_before: int
    schools_gone: int
    staff_before: int
    staff_gone: int
    staff_after: int


def trips(loss: Loss, limits: Limits) -> Trip | None:
    """Why this difference is held, or None. The first applied run of a source is never asked."""
    if loss.schools_before and loss.schools_gone == loss.schools_before:
        return Trip.ALL_SCHOOLS_GONE
    if loss.schools_gone >= limits.schools and _reaches(
        loss.schools_gone, loss.schools_before, limits.schools_percent
    ):
        return Trip.SCHOOLS_GONE
    if loss.staff_before and not loss.staff_after:
        return Trip.ALL_STAFF_GONE
    if loss.staff_before >= limits.staff_known and _reaches(
        loss.staff_gone, loss.staff_before, limits.staff_percent
    ):
        return Trip.STAFF_GONE
    return None


def _reaches(part: int, whole: int, percent: int) -> bool:
    return part > 0 and part * 100 >= whole * percent
