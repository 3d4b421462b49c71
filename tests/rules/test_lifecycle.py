"""The status of a school, against DESIGN's own table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.lifecycle import (
    LEGAL,
    QUIET,
    REFUSED,
    SYNC_EVENTS,
    Event,
    Refusal,
    Status,
    decide,
    unfreezing,
)

# from | what happens | to. "–" is a school that is not known yet.
DESIGN = """
–             | appears in an applied snapshot        | active
active        | absent from an applied snapshot       | action_needed
action_needed | appears again in an applied snapshot  | active
paused        | appears again in an applied snapshot  | active
action_needed | pause                                 | paused
active        | freeze                                | frozen
action_needed | freeze                                | frozen
paused        | freeze                                | frozen
frozen        | unfreeze while present                | active
frozen        | unfreeze while absent                 | action_needed
action_needed | this is a mistake                     | action_needed
paused        | this is a mistake                     | paused
action_needed | linked with the school it is now      | active
paused        | linked with the school it is now      | active
frozen        | linked with the school it is now      | frozen
"""
WORDS = {
    "appears in an applied snapshot": Event.SHARED,
    "appears again in an applied snapshot": Event.SHARED,
    "absent from an applied snapshot": Event.WENT_MISSING,
    "pause": Event.PAUSED,
    "freeze": Event.FROZEN,
    "unfreeze while present": Event.UNFROZEN,
    "unfreeze while absent": Event.UNFROZEN_WHILE_MISSING,
    "this is a mistake": Event.REPORTED,
    "linked with the school it is now": Event.LINKED,
}
PEOPLE = set(Event) - SYNC_EVENTS

statuses = st.sampled_from(Status)
events = st.sampled_from(Event)


def design() -> dict[tuple[Status | None, Event], Status]:
    rows = [[cell.strip() for cell in line.split("|")] for line in DESIGN.strip().splitlines()]
    return {
        (None if before == "–" else Status(before), WORDS[what]): Status(after)
        for before, what, after in rows
    }


def test_the_table_is_the_designs_table() -> None:
    assert design() == LEGAL


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("status", Status)
def test_every_event_in_every_status_is_decided_in_exactly_one_table(
    status: Status, event: Event
) -> None:
    assert sum((status, event) in table for table in (LEGAL, QUIET, REFUSED)) == 1
    decide(status, event)


@pytest.mark.parametrize("status", Status)
def test_a_sync_is_never_refused(status: Status) -> None:
    for event in SYNC_EVENTS:
        assert isinstance(decide(status, event), Status)


@pytest.mark.parametrize("status", Status)
def test_a_persons_event_is_never_passed_over_in_silence(status: Status) -> None:
    for event in PEOPLE:
        assert (status, event) not in QUIET


@pytest.mark.parametrize(
    ("status", "event", "refusal"),
    [
        (Status.ACTIVE, Event.PAUSED, Refusal.STILL_SHARED),
        (Status.PAUSED, Event.PAUSED, Refusal.ALREADY_PAUSED),
        (Status.FROZEN, Event.PAUSED, Refusal.ALREADY_FROZEN),
        (Status.FROZEN, Event.FROZEN, Refusal.ALREADY_FROZEN),
        (Status.ACTIVE, Event.UNFROZEN, Refusal.NOT_FROZEN),
        (Status.PAUSED, Event.UNFROZEN, Refusal.NOT_FROZEN),
        (Status.ACTION_NEEDED, Event.UNFROZEN_WHILE_MISSING, Refusal.NOT_FROZEN),
        (Status.ACTIVE, Event.REPORTED, Refusal.NOTHING_MISSING),
        (Status.FROZEN, Event.REPORTED, Refusal.ALREADY_FROZEN),
    ],
)
def test_a_refusal_names_its_own_case(status: Status, event: Event, refusal: Refusal) -> None:
    assert decide(status, event) is refusal


@pytest.mark.parametrize("event", [event for event in Event if event is not Event.SHARED])
def test_nothing_but_appearing_happens_to_an_unknown_school(event: Event) -> None:
    with pytest.raises(ValueError):
        decide(None, event)


def test_an_unfreeze_lands_where_the_roster_says() -> None:
    assert decide(Status.FROZEN, unfreezing(present=True)) is Status.ACTIVE
    assert decide(Status.FROZEN, unfreezing(present=False)) is Status.ACTION_NEEDED


@given(st.lists(events.filter(lambda e: e not in (Event.UNFROZEN, Event.UNFROZEN_WHILE_MISSING))))
def test_whatever_happens_frozen_ends_only_by_an_unfreeze(happenings: list[Event]) -> None:
    assert _after(Status.FROZEN, happenings) is Status.FROZEN


@given(statuses, st.lists(events))
def test_a_present_school_never_waits_for_a_decision(
    status: Status, happenings: list[Event]
) -> None:
    after = _after(_after(status, happenings), [Event.SHARED])
    assert after in (Status.ACTIVE, Status.FROZEN)


@given(statuses, st.lists(events))
def test_an_absent_school_is_never_active(status: Status, happenings: list[Event]) -> None:
    assert _after(_after(status, happenings), [Event.WENT_MISSING]) is not Status.ACTIVE


@given(statuses, st.sampled_from(sorted(SYNC_EVENTS)))
def test_the_same_snapshot_twice_changes_nothing_more(status: Status, event: Event) -> None:
    once = _after(status, [event])
    assert _after(once, [event]) is once


@given(statuses, st.sampled_from([Event.PAUSED, Event.FROZEN]))
def test_what_was_done_cannot_be_done_again(status: Status, event: Event) -> None:
    assert isinstance(decide(_after(status, [event]), event), Refusal)


@given(statuses, st.lists(st.sampled_from(sorted(PEOPLE))))
def test_only_a_missing_school_can_be_paused(status: Status, happenings: list[Event]) -> None:
    after = _after(_after(status, [Event.SHARED]), [e for e in happenings if _of_present(e)])
    assert after is not Status.PAUSED


def _of_present(event: Event) -> bool:
    """What people can do to a school that the roster has."""
    return event is not Event.UNFROZEN_WHILE_MISSING


def _after(status: Status, happenings: list[Event]) -> Status:
    for event in happenings:
        decided = decide(status, event)
        status = decided if isinstance(decided, Status) else status
    return status
