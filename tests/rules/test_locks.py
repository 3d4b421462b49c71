"""When an account is locked, as a rule; that the query says the same is in the storage tests."""

from hypothesis import given
from hypothesis import strategies as st

from storage.rules.locks import Place, locked_because

places = st.lists(
    st.builds(Place, st.sampled_from("ABCD"), st.none() | st.integers(1, 3)),
    unique_by=lambda place: place.school,
)


def test_a_frozen_school_locks() -> None:
    assert locked_because([Place("A", 2), Place("B", None)], []) == ["A"]


def test_no_school_locks_nobody() -> None:
    assert locked_because([], []) == []


def test_one_of_two_frozen_schools_is_enough() -> None:
    assert locked_because([Place("B", 3), Place("A", 2)], []) == ["A", "B"]
    assert locked_because([Place("B", 3), Place("A", None)], []) == ["B"]


def test_a_release_unlocks_for_its_freeze_alone() -> None:
    assert locked_because([Place("A", 2)], [Place("A", 2)]) == []
    assert locked_because([Place("A", 4)], [Place("A", 2)]) == ["A"]
    assert locked_because([Place("A", 2), Place("B", 2)], [Place("A", 2)]) == ["B"]


@given(places, places)
def test_only_frozen_schools_ever_lock(where: list[Place], released: list[Place]) -> None:
    frozen = {place.school for place in where if place.frozen is not None}
    assert set(locked_because(where, released)) <= frozen
    assert set(locked_because(where, [])) == frozen


@given(places, places)
def test_thawing_one_school_changes_nothing_at_the_others(
    where: list[Place], released: list[Place]
) -> None:
    before = locked_because(where, released)
    for thawed in where:
        rest = [p if p != thawed else Place(p.school, None) for p in where]
        assert locked_because(rest, released) == [s for s in before if s != thawed.school]
