"""The status of a school: which event moves it where.

`LEGAL` is the whole table. A sync event that is not in it leaves the status alone and writes no
history (`QUIET`); a person's event that is not in it is refused.
"""

from enum import StrEnum


class Status(StrEnum):
    ACTIVE = "active"
    ACTION_NEEDED = "action_needed"
    PAUSED = "paused"
    FROZEN = "frozen"


class Event(StrEnum):
    """What happens to a school. The first two come from a sync, the others from a person."""

    SHARED = "shared"
    WENT_MISSING = "went_missing"
    PAUSED = "paused"
    FROZEN = "frozen"
    UNFROZEN = "unfrozen"
    UNFROZEN_WHILE_MISSING = "unfrozen_while_missing"
    REPORTED = "reported"
    LINKED = "linked"


class Refusal(StrEnum):
    """Why a person's event does not apply; the sentence is chosen by who shows it."""

    ALREADY_PAUSED = "already_paused"
    ALREADY_FROZEN = "already_frozen"
    NOT_FROZEN = "not_frozen"
    STILL_SHARED = "still_shared"
    NOTHING_MISSING = "nothing_missing"


SYNC_EVENTS = frozenset({Event.SHARED, Event.WENT_MISSING})

LEGAL: dict[tuple[Status | None, Event], Status] = {
    (None, Event.SHARED): Status.ACTIVE,
    (Status.ACTIVE, Event.WENT_MISSING): Status.ACTION_NEEDED,
    (Status.ACTION_NEEDED, Event.SHARED): Status.ACTIVE,
    (Status.PAUSED, Event.SHARED): Status.ACTIVE,
    (Status.ACTION_NEEDED, Event.PAUSED): Status.PAUSED,
    (Status.ACTIVE, Event.FROZEN): Status.FROZEN,
    (Status.ACTION_NEEDED, Event.FROZEN): Status.FROZEN,
    (Status.PAUSED, Event.FROZEN): Status.FROZEN,
    (Status.FROZEN, Event.UNFROZEN): Status.ACTIVE,
    (Status.FROZEN, Event.UNFROZEN_WHILE_MISSING): Status.ACTION_NEEDED,
    (Status.ACTION_NEEDED, Event.REPORTED): Status.ACTION_NEEDED,
    (Status.PAUSED, Event.REPORTED): Status.PAUSED,
    (Status.ACTION_NEEDED, Event.LINKED): Status.ACTIVE,
    (Status.PAUSED, Event.LINKED): Status.ACTIVE,
    (Status.FROZEN, Event.LINKED): Status.FROZEN,
}

QUIET: frozenset[tuple[Status, Event]] = frozenset(
    {
        (Status.ACTIVE, Event.SHARED),
        (Status.FROZEN, Event.SHARED),
        (Status.ACTION_NEEDED, Event.WENT_MISSING),
        (Status.PAUSED, Event.WENT_MISSING),
        (Status.FROZEN, Event.WENT_MISSING),
    }
)

REFUSED: dict[tuple[Status, Event], Refusal] = {
    (Status.ACTIVE, Event.PAUSED): Refusal.STILL_SHARED,
    (Status.PAUSED, Event.PAUSED): Refusal.ALREADY_PAUSED,
    (Status.FROZEN, Event.PAUSED): Refusal.ALREADY_FROZEN,
    (Status.FROZEN, Event.FROZEN): Refusal.ALREADY_FROZEN,
    (Status.ACTIVE, Event.UNFROZEN): Refusal.NOT_FROZEN,
    (Status.ACTION_NEEDED, Event.UNFROZEN): Refusal.NOT_FROZEN,
    (Status.PAUSED, Event.UNFROZEN): Refusal.NOT_FROZEN,
    (Status.ACTIVE, Event.UNFROZEN_WHILE_MISSING): Refusal.NOT_FROZEN,
    (Status.ACTION_NEEDED, Event.UNFROZEN_WHILE_MISSING): Refusal.NOT_FROZEN,
    (Status.PAUSED, Event.UNFROZEN_WHILE_MISSING): Refusal.NOT_FROZEN,
    (Status.ACTIVE, Event.REPORTED): Refusal.NOTHING_MISSING,
    (Status.FROZEN, Event.REPORTED): Refusal.ALREADY_FROZEN,
    (Status.ACTIVE, Event.LINKED): Refusal.STILL_SHARED,
}


def decide(status: Status | None, event: Event) -> Status | Refusal:
    """The status after `event`, or why it is refused. A quiet event answers the status itself."""
    if (status, event) in LEGAL:
        return LEGAL[status, event]
    if status is not None and (status, event) in QUIET:
        return status
    if status is not None and (status, event) in REFUSED:
        return REFUSED[status, event]
    raise ValueError(f"{event} cannot happen to a school that is not known")


def unfreezing(present: bool) -> Event:
    """An unfreeze lands on Active only when the last applied snapshot has the school."""
    return Event.UNFROZEN if present else Event.UNFROZEN_WHILE_MISSING
