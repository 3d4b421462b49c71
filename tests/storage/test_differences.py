"""Who leaves with a held roster is named: just those whom the circuit breaker has counted."""

from collections.abc import Iterable

from storage.accounts import Newcomer
from storage.differences import Leaving
from storage.rules.breaker import Trip
from storage.runs import HELD
from storage.snapshot import RosterPerson
from tests.storage.office import Office, person, school

KIM, LEE, MAX = person("kim", "A"), person("lee", "A", "B"), person("max", "B")


def held(office: Office, seen: str, people: Iterable[RosterPerson]) -> list[Leaving]:
    plan = office.planned([school(id) for id in seen], people)
    with office.stores.transaction() as store:
        partner = store.partners.locked("lincoln")
        run = store.runs.here(partner, f"now:{len(store.runs.of(partner))}", "me")
        stored = {"base_version": plan.base, "digest": plan.digest, "plan": plan.packed()}
        run = store.runs.finish(run, HELD, cause=Trip.STAFF_GONE, counts=plan.counts, **stored)
        leaving = list(store.differences.leaving(partner, run))
    assert len(leaving) == plan.loss.staff_gone
    return leaving


def test_who_leaves_a_school_that_is_there_is_named(office: Office) -> None:
    office.night("AB", [KIM, LEE, MAX])
    lee, kim = held(office, "AB", [person("lee", "B"), MAX])
    assert (kim.id, kim.gone, kim.schools) == ("kim", True, ["School A"])
    assert (lee.id, lee.gone, lee.schools) == ("lee", False, ["School A"])


def test_people_of_a_missing_school_stay(office: Office) -> None:
    office.night("AB", [KIM, LEE, MAX])
    assert held(office, "B", [person("lee", "B"), MAX]) == []


def test_who_is_there_by_hand_stays(office: Office) -> None:
    office.night("AB", [KIM, LEE, MAX])
    with office.stores.transaction() as store:
        partner = store.partners.locked("lincoln")
        schools = store.schools.picked(partner, ["A"])
        store.accounts.add(partner, Newcomer("kim@example.org", "Kim", "Doe", schools))
    assert [one.id for one in held(office, "AB", [person("lee", "B"), MAX])] == ["lee"]


def test_who_was_kept_while_the_school_was_missing_leaves_when_it_is_back(office: Office) -> None:
    office.night("AB", [KIM, LEE, MAX])
    office.night("B", [person("lee", "B"), MAX])
    kim, lee = held(office, "AB", [person("lee", "B"), MAX])
    assert (kim.id, kim.gone, kim.schools) == ("kim", True, ["School A"])
    assert (lee.id, lee.gone, lee.schools) == ("lee", False, ["School A"])
