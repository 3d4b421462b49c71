"""Comparing a snapshot with what is stored."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.roster.compare import fingerprint
from storage.rules.lifecycle import Event
from storage.snapshot import RosterPerson
from tests.storage.office import Office, person, school

texts = st.text(max_size=6)
people = st.builds(
    RosterPerson, texts, texts, texts, texts, st.lists(texts, max_size=3, unique=True).map(tuple)
)
shared_office = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50
)


def test_a_first_snapshot_is_all_new(office: Office) -> None:
    plan = office.planned([school("A"), school("B")], [person("p", "A"), person("q", "B")])
    assert plan.first
    assert (plan.new, plan.missing, plan.returned) == (["A", "B"], [], [])
    assert (plan.counts.staff_added, plan.counts.staff_total) == (2, 2)


def test_the_order_of_rows_does_not_matter(office: Office) -> None:
    seen = [school(id) for id in "ABC"]
    staff = [person(f"p{n}", "A", "C") for n in range(20)]
    plan = office.planned(seen, staff)
    office.applied(plan)
    random.Random(1).shuffle(staff)
    again = office.planned(seen[::-1], staff)
    assert again.digest == plan.digest
    assert again.changes.count == 0


def test_a_school_that_appears_later_reaches_people_whose_rows_did_not_change(
    office: Office,
) -> None:
    staff = [person("p", "A", "later")]
    office.night(["A"], staff)
    assert ("p", "later") not in office.memberships()
    office.night(["A", "later"], staff)
    assert office.memberships()["p", "later"]


@pytest.mark.parametrize(("known", "new"), [("007", "7"), ("7", "0007"), ("0A", "A")])
def test_a_school_whose_id_lost_or_won_zeros_is_noticed(
    office: Office, known: str, new: str
) -> None:
    office.night([known, "B"], [person("p", "B")])
    plan = office.planned([school(new), school("B")], [person("p", "B")])
    assert list(plan.respelt) == [(known, new)]


def test_a_person_whose_id_lost_zeros_is_noticed(office: Office) -> None:
    office.night(["A"], [person("007", "A")])
    assert list(office.planned([school("A")], [person("7", "A")]).respelt) == [("007", "7")]


def test_a_school_that_a_persons_row_names_without_its_zeros_is_noticed(office: Office) -> None:
    office.night(["007", "B"], [person("p", "007"), person("q", "007", "B"), person("r", "B")])
    spoilt = [person("p", "7"), person("q", "7", "B"), person("r", "B")]
    plan = office.planned([school("007"), school("B")], spoilt)
    assert list(plan.respelt) == [("007", "7")]


def test_who_also_belongs_to_something_of_a_like_id_is_fine(office: Office) -> None:
    """A district can be 7 where a school is 007: nobody loses the school by that."""
    both = [person("p", "007", "7"), person("q", "7")]
    office.night(["007"], both)
    moved = [*both[:1], person("q", "7", "8")]
    assert list(office.planned([school("007")], moved).respelt) == []


def test_ids_that_differ_by_zeros_may_stand_side_by_side(office: Office) -> None:
    office.night(["7"], [person("7", "7")])
    both = office.planned([school("7"), school("07")], [person("7", "7"), person("07", "07")])
    assert list(both.respelt) == []


def test_the_people_of_a_missing_school_are_no_loss(office: Office) -> None:
    office.night(["A", "B"], [person("p", "A"), person("q", "B")])
    loss = office.planned([school("B")], [person("q", "B")]).loss
    assert (loss.schools_before, loss.schools_gone) == (2, 1)
    assert (loss.staff_before, loss.staff_gone, loss.staff_after) == (2, 0, 1)


def test_who_leaves_a_school_that_is_still_there_is_a_loss(office: Office) -> None:
    office.night(["A", "B"], [person("p", "A"), person("q", "A", "B"), person("r", "B")])
    loss = office.planned([school("A"), school("B")], [person("q", "B"), person("r", "B")]).loss
    assert loss.staff_gone == 2


def test_a_returned_school_without_its_people_is_a_loss(office: Office) -> None:
    """They were not counted when their school went missing, so they are counted now."""
    office.night(["A", "B"], [person("p", "A"), person("q", "A", "B")])
    office.night(["B"], [person("q", "B")])
    loss = office.planned([school("A"), school("B")], [person("q", "B")]).loss
    assert loss.staff_gone == 2


def test_a_returned_school_with_its_people_is_no_loss(office: Office) -> None:
    staff = [person("p", "A"), person("q", "A", "B")]
    office.night(["A", "B"], staff)
    office.night(["B"], [person("q", "B")])
    assert office.planned([school("A"), school("B")], staff).loss.staff_gone == 0


def test_who_left_a_frozen_school_is_counted_when_leaving_and_not_when_it_thaws(
    office: Office,
) -> None:
    office.night(["A"], [person("p", "A"), person("q", "A")])
    office.change("A", Event.FROZEN)
    plan = office.planned([school("A")], [person("q", "A")])
    assert plan.loss.staff_gone == 1
    office.applied(plan)
    office.change("A", Event.UNFROZEN)
    assert office.planned([school("A")], [person("q", "A")]).loss.staff_gone == 0


def test_a_place_given_by_hand_is_no_loss(office: Office) -> None:
    from storage.accounts import Newcomer

    office.night(["A", "B"], [person("p", "A", "B"), person("q", "B")])
    with office.stores.transaction() as store:
        partner = store.partners.locked("lincoln")
        at = store.schools.picked(partner, ["A"])
        store.accounts.add(partner, Newcomer("p@example.org", "", "", at))
    plan = office.planned([school("A"), school("B")], [person("p", "B"), person("q", "B")])
    assert plan.loss.staff_gone == 0


rosters = st.dictionaries(
    st.sampled_from("pqrstu"), st.sets(st.sampled_from("ABCD"), min_size=1), max_size=6
)


@given(before=rosters, after=rosters, seen=st.sets(st.sampled_from("ABCD"), min_size=1))
@shared_office
def test_the_breakers_loss_is_what_a_naive_count_says(
    sqlite_office: Office,
    before: dict[str, set[str]],
    after: dict[str, set[str]],
    seen: set[str],
) -> None:
    office = sqlite_office
    office.partner = office.declare(f"district-{random.getrandbits(64):x}")
    office.night("ABCD", [person(id, *at) for id, at in before.items()])
    loss = office.planned(
        [school(id) for id in sorted(seen)], [person(id, *at) for id, at in after.items()]
    ).loss
    lost = {id for id, at in before.items() if (at & seen) - after.get(id, set())}
    assert (loss.schools_before, loss.schools_gone) == (4, 4 - len(seen))
    assert (loss.staff_before, loss.staff_gone) == (len(before), len(lost))
    assert loss.staff_after == len(after)


@given(people, people)
def test_only_equal_rows_have_equal_hashes(one: RosterPerson, other: RosterPerson) -> None:
    assert (fingerprint(one) == fingerprint(other)) is (one == other)


def test_where_one_field_ends_and_the_next_begins_counts() -> None:
    assert fingerprint(RosterPerson("p", "ab", "c", "", ())) != fingerprint(
        RosterPerson("p", "a", "bc", "", ())
    )
    assert fingerprint(RosterPerson("p", "", "", "x", ())) != fingerprint(
        RosterPerson("p", "", "", "", ("x",))
    )


@given(people)
def test_a_hash_fits_its_column(somebody: RosterPerson) -> None:
    assert -(1 << 63) <= fingerprint(somebody) < 1 << 63
