"""Taking over a new source: records, locks and people stay with whom they belong to."""

from collections.abc import Sequence

import pytest
from sqlalchemy import insert

from storage.accounts import Newcomer
from storage.errors import PlanStale
from storage.matches import Matching, Undecided, propose
from storage.roster.apply import Applied, apply
from storage.roster.plan import Plan
from storage.rules.breaker import Trip
from storage.rules.lifecycle import Event
from storage.runs import HELD, Run
from storage.snapshot import RosterPerson, RosterSchool
from storage.tables import releases
from tests.storage.office import ANA, SYNC, Office, person, school

OAK, ELM = school("oak", "Oak", "001"), school("elm", "Elm", "002")
NEW_OAK, NEW_ELM = school("n1", "Oak", "001"), school("n2", "Elm", "002")
BEFORE = [person("ada", "oak", given="Ada"), person("bo", "oak", "elm", given="Bo")]
AFTER = [
    person("x1", "n1", email="ADA@example.org", given="Ada"),
    person("x2", "n1", "n2", email="bo@example.org", given="Bo"),
]


@pytest.fixture
def moved(office: Office) -> Office:
    """Two schools with two people; the source was changed."""
    office.applied(office.planned([OAK, ELM], BEFORE))
    return move(office)


def move(office: Office) -> Office:
    with office.stores.transaction() as store:
        partner = store.partners.locked("lincoln")
        store.partners.moves(partner, new_source=True)
        office.partner = store.partners.named("lincoln")
    return office


def held(
    office: Office, seen: Sequence[RosterSchool], people: Sequence[RosterPerson]
) -> tuple[Run, Plan]:
    """A run of the new source with its stored plan and its proposals."""
    plan = office.planned(seen, people)
    proposals = propose(office.database.read, office.partner, plan)
    with office.stores.transaction() as store:
        partner = store.partners.locked("lincoln")
        run = store.runs.here(partner, f"now:{len(store.runs.of(partner))}", "me")
        stored = {"base_version": plan.base, "digest": plan.digest, "plan": plan.packed()}
        cause = Trip.NEW_SOURCE
        run = store.runs.finish(run, HELD, cause=cause, counts=plan.counts, **stored)
        store.matches.record(partner, run, plan, proposals)
    return run, plan


def matching(office: Office, run: Run) -> Matching:
    with office.stores.read() as store:
        return store.matches.of(office.partner, run)


def decided(office: Office, run: Run, accept: bool = True, **wanted: str | None) -> None:
    with office.stores.transaction() as store:
        partner = store.partners.locked("lincoln")
        before = store.matches.of(partner, run)
        store.matches.decide(partner, before, wanted, ANA, "Same", accept=accept)


def taken_over(office: Office, run: Run, plan: Plan) -> Applied:
    with office.stores.transaction() as store:
        partner = store.partners.locked("lincoln")
        store.matches.take_over(partner, run, plan)
        applied = apply(store.connection, store.partners, plan, partner, SYNC)
        office.partner = store.partners.named("lincoln")
    return applied


def moved_over(
    office: Office, seen: Sequence[RosterSchool], people: Sequence[RosterPerson]
) -> Applied:
    """Held, all proposals accepted, applied."""
    run, plan = held(office, seen, people)
    decided(office, run)
    return taken_over(office, run, plan)


def locked(office: Office) -> set[str]:
    """The ids of the accounts that are locked."""
    with office.stores.read() as store:
        because = store.locks.because(office.partner)
        return {a.id for a in store.accounts.of(office.partner) if a.key in because}


def keys(office: Office) -> dict[str, int]:
    with office.stores.read() as store:
        return {a.id: a.key for a in store.accounts.of(office.partner)}


# Schools


def test_a_linked_school_keeps_its_record_under_the_new_id(moved: Office) -> None:
    oak = moved.school("oak")
    moved_over(moved, [NEW_OAK, NEW_ELM], AFTER)
    assert (moved.school("n1").key, moved.school("n1").version) == (oak.key, oak.version)
    assert not moved.partner.new_source


@pytest.mark.parametrize("paused", [False, True])
def test_a_missing_school_that_the_new_source_has_is_active_again(
    office: Office, paused: bool
) -> None:
    office.applied(office.planned([OAK, ELM], BEFORE))
    office.applied(office.planned([ELM], BEFORE))
    if paused:
        office.change("oak", Event.PAUSED)
    moved_over(move(office), [NEW_OAK, NEW_ELM], AFTER)
    assert office.school("n1").status == "active"


def test_an_undecided_school_goes_missing_with_its_people(moved: Office) -> None:
    run, plan = held(moved, [NEW_OAK, NEW_ELM], AFTER)
    decided(moved, run, accept=False, elm="n2")
    taken_over(moved, run, plan)
    assert (moved.school("oak").status, moved.school("n1").status) == ("action_needed", "active")
    assert moved.memberships()["x1", "oak"] is False
    assert moved.memberships()["x1", "n1"] is True


def test_an_undecided_school_whose_id_the_new_source_has_too_stays(moved: Office) -> None:
    run, plan = held(moved, [OAK, ELM], BEFORE)
    key = moved.school("oak").key
    taken_over(moved, run, plan)
    assert (moved.school("oak").key, moved.school("oak").status) == (key, "active")


def test_an_id_that_means_another_school_by_chance_is_not_taken_for_it(moved: Office) -> None:
    fir = school("oak", "Fir", "009")
    run, plan = held(moved, [fir, NEW_ELM], [person("z", "oak", email="z@else.example")])
    decided(moved, run)
    oak = moved.school("oak")
    taken_over(moved, run, plan)
    assert moved.school("oak").key != oak.key
    aside = moved.school(f"oak~{run.id}")
    assert (aside.key, aside.status, aside.present) == (oak.key, "action_needed", False)


def test_two_schools_can_change_their_ids_with_each_other(moved: Office) -> None:
    before = {id: moved.school(id).key for id in ("oak", "elm")}
    swapped = [school("elm", "Oak", "001"), school("oak", "Elm", "002")]
    moved_over(moved, swapped, [person("x1", "elm", email="ada@example.org")])
    assert moved.school("elm").key == before["oak"]
    assert moved.school("oak").key == before["elm"]


def test_a_plan_whose_base_has_moved_takes_nothing_over(moved: Office) -> None:
    run, plan = held(moved, [NEW_OAK, NEW_ELM], AFTER)
    decided(moved, run)
    with moved.stores.transaction() as store:
        store.partners.advance(moved.partner)
    with pytest.raises(PlanStale):
        taken_over(moved, run, plan)
    assert moved.school("oak").status == "active"


# Frozen schools and locks


@pytest.fixture
def frozen(office: Office) -> Office:
    """Oak is Frozen, and its two people locked; the source was changed."""
    office.applied(office.planned([OAK, ELM], BEFORE))
    office.change("oak", Event.FROZEN)
    return move(office)


def test_an_undecided_frozen_school_stops_it(frozen: Office) -> None:
    run, plan = held(frozen, [NEW_OAK, NEW_ELM], AFTER)
    with pytest.raises(Undecided, match=r"Oak \(001\) is Frozen"):
        taken_over(frozen, run, plan)
    assert frozen.school("oak").present


def test_locked_people_stay_locked_under_their_new_ids(frozen: Office) -> None:
    moved_over(frozen, [NEW_OAK, NEW_ELM], AFTER)
    assert frozen.school("n1").status == "frozen"
    assert locked(frozen) == {"x1", "x2"}


def test_who_was_released_stays_released(frozen: Office) -> None:
    oak = frozen.school("oak")
    release = {
        "school_id": oak.key,
        "version": oak.version,
        "account_id": keys(frozen)["ada"],
        "by": "U0SAM",
        "by_name": "Sam",
        "reason": "Moved on",
        "at": frozen.moment,
    }
    with frozen.stores.transaction() as store:
        store.connection.execute(insert(releases), [release])
    moved_over(frozen, [NEW_OAK, NEW_ELM], AFTER)
    assert locked(frozen) == {"x2"}


def test_somebody_whom_the_new_source_does_not_have_stays_locked(frozen: Office) -> None:
    moved_over(frozen, [NEW_OAK, NEW_ELM], AFTER[1:])
    assert locked(frozen) == {"ada", "x2"}


def test_somebody_new_at_a_frozen_school_is_locked(frozen: Office) -> None:
    moved_over(frozen, [NEW_OAK, NEW_ELM], [*AFTER, person("x3", "n1", given="Nia")])
    assert locked(frozen) == {"x1", "x2", "x3"}


def test_a_frozen_school_that_is_not_there_any_more_keeps_its_people_locked(
    frozen: Office,
) -> None:
    run, plan = held(frozen, [NEW_ELM], [person("x2", "n2", email="bo@example.org", given="Bo")])
    decided(frozen, run, oak=None)
    taken_over(frozen, run, plan)
    assert frozen.school("oak").status == "frozen"
    assert locked(frozen) == {"ada", "x2"}


def test_who_has_a_locked_persons_id_by_chance_is_not_locked(frozen: Office) -> None:
    stranger = person("ada", "n2", email="zed@else.example", given="Zed")
    before = keys(frozen)["ada"]
    run, plan = held(frozen, [NEW_OAK, NEW_ELM], [stranger, AFTER[1]])
    decided(frozen, run)
    taken_over(frozen, run, plan)
    assert locked(frozen) == {f"ada~{run.id}", "x2"}
    assert keys(frozen)[f"ada~{run.id}"] == before


# People


def test_who_is_known_keeps_the_account(moved: Office) -> None:
    before = keys(moved)
    moved_over(moved, [NEW_OAK, NEW_ELM], AFTER)
    assert keys(moved) == {"x1": before["ada"], "x2": before["bo"]}


def test_a_membership_by_hand_stays(moved: Office) -> None:
    with moved.stores.transaction() as store:
        elm = store.schools.named(moved.partner, "elm")
        store.accounts.add(moved.partner, Newcomer("ada@example.org", "Ada", "Doe", [elm]))
    moved_over(moved, [NEW_OAK, NEW_ELM], AFTER)
    assert ("x1", "n2") in moved.memberships()


def test_two_people_can_change_their_ids_with_each_other(moved: Office) -> None:
    before = keys(moved)
    swapped = [
        person("bo", "n1", email="ada@example.org", given="Ada"),
        person("ada", "n1", "n2", email="bo@example.org", given="Bo"),
    ]
    moved_over(moved, [NEW_OAK, NEW_ELM], swapped)
    assert keys(moved) == {"bo": before["ada"], "ada": before["bo"]}
    assert moved.memberships() == {("bo", "n1"): True, ("ada", "n1"): True, ("ada", "n2"): True}


def test_the_same_ids_under_another_address_change_nothing(moved: Office) -> None:
    before = keys(moved), moved.memberships()
    run, plan = held(moved, [OAK, ELM], BEFORE)
    decided(moved, run)
    taken_over(moved, run, plan)
    assert (keys(moved), moved.memberships()) == before
    assert not moved.applied(moved.planned([OAK, ELM], BEFORE)).changed


def test_schools_that_change_ids_take_their_unchanged_people_along(office: Office) -> None:
    office.applied(office.planned([OAK, ELM], [person("ada", "oak")]))
    move(office)
    oak = office.school("oak").key
    swapped = [school("elm", "Oak", "001"), school("oak", "Elm", "002")]
    moved_over(office, swapped, [person("ada", "oak")])
    assert office.school("elm").key == oak
    assert office.memberships() == {("ada", "oak"): True}


# What is proposed


def test_a_school_without_number_is_proposed_by_its_staff(moved: Office) -> None:
    run, _ = held(moved, [school("n1", "The Oaks"), NEW_ELM], AFTER)
    found = {m.school.id: (m.new.id, m.likeness) for m in matching(moved, run).schools if m.new}
    assert found == {"oak": ("n1", "most of its staff"), "elm": ("n2", "the same number")}


def test_a_later_run_replaces_what_was_only_proposed(moved: Office) -> None:
    first, _ = held(moved, [NEW_OAK, NEW_ELM], AFTER)
    decided(moved, first, accept=False, oak=None)
    second, _ = held(moved, [NEW_OAK, school("n3", "Elm", "002")], AFTER)
    states = {m.school.id: (m.state, m.new and m.new.id) for m in matching(moved, second).schools}
    assert states == {"oak": ("none", None), "elm": ("proposed", "n3")}
    assert all(m.state is None for m in matching(moved, first).schools)
