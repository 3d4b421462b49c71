"""The circuit breaker, on each side of every limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.breaker import Limits, Loss, Trip, trips

LIMITS = Limits()


def loss(
    *, schools: int = 100, gone: int = 0, staff: int = 1_000, lost: int = 0, after: int = 1_000
) -> Loss:
    return Loss(schools, gone, staff, lost, after)


def test_a_night_without_loss_passes() -> None:
    assert trips(loss(), LIMITS) is None


def test_the_usual_limits_are_the_designs() -> None:
    assert Limits(3, 20, 20, 50) == LIMITS


@pytest.mark.parametrize(
    ("schools", "gone", "trip"),
    [
        (10, 2, None),  # 20 %, but only two
        (15, 3, Trip.SCHOOLS_GONE),  # three, and exactly 20 %
        (16, 3, None),  # three, a little under 20 %
        (100, 19, None),
        (100, 20, Trip.SCHOOLS_GONE),
        (100, 21, Trip.SCHOOLS_GONE),
        (1, 1, Trip.ALL_SCHOOLS_GONE),
        (2, 1, None),
        (2, 2, Trip.ALL_SCHOOLS_GONE),
        (3, 3, Trip.ALL_SCHOOLS_GONE),
        (0, 0, None),
    ],
)
def test_schools_trip_from_three_and_a_fifth_on(schools: int, gone: int, trip: Trip | None) -> None:
    assert trips(loss(schools=schools, gone=gone), LIMITS) is trip


@pytest.mark.parametrize(
    ("staff", "lost", "trip"),
    [
        (49, 40, None),  # too few are known
        (50, 9, None),
        (50, 10, Trip.STAFF_GONE),
        (50, 11, Trip.STAFF_GONE),
        (1_000, 199, None),
        (1_000, 200, Trip.STAFF_GONE),
    ],
)
def test_staff_trip_from_a_fifth_of_fifty_on(staff: int, lost: int, trip: Trip | None) -> None:
    assert trips(loss(staff=staff, lost=lost), LIMITS) is trip


def test_a_roster_with_nobody_is_held_however_few_there_were() -> None:
    assert trips(loss(staff=1, after=0), LIMITS) is Trip.ALL_STAFF_GONE


def test_a_roster_with_nobody_passes_where_nobody_was() -> None:
    assert trips(loss(staff=0, after=0), LIMITS) is None


def test_people_of_missing_schools_are_not_counted() -> None:
    """Everybody of two of eleven schools is out of the roster, and nobody loses a place."""
    assert trips(loss(schools=11, gone=2, staff=100, lost=0, after=60), LIMITS) is None


def test_a_partner_has_limits_of_its_own() -> None:
    strict = Limits(schools=1, schools_percent=1, staff_percent=1, staff_known=1)
    assert trips(loss(gone=1), strict) is Trip.SCHOOLS_GONE
    assert trips(loss(staff=100, lost=1), strict) is Trip.STAFF_GONE
    relaxed = Limits(schools=50, schools_percent=50, staff_percent=50, staff_known=50)
    assert trips(loss(gone=49, lost=499), relaxed) is None


losses = st.builds(
    lambda schools, gone, staff, lost, after: Loss(
        schools, min(gone, schools), staff, min(lost, staff), after
    ),
    *(st.integers(0, 200),) * 5,
)


@given(losses)
def test_more_loss_never_passes_where_less_was_held(loss: Loss) -> None:
    more = Loss(
        loss.schools_before,
        min(loss.schools_gone + 1, loss.schools_before),
        loss.staff_before,
        min(loss.staff_gone + 1, loss.staff_before),
        loss.staff_after,
    )
    if trips(loss, LIMITS) is not None:
        assert trips(more, LIMITS) is not None


@given(losses)
def test_what_loses_nothing_is_never_held(loss: Loss) -> None:
    unharmed = Loss(loss.schools_before, 0, loss.staff_before, 0, max(1, loss.staff_after))
    assert trips(unharmed, LIMITS) is None
