"""Applying a plan: what is written, what stays, and what is refused."""

from collections.abc import Iterable

import pytest
from sqlalchemy import func, select

from storage.errors import PlanStale
from storage.roster.apply import would_change
from storage.roster.plan import Plan
from storage.rules.lifecycle import Event, Status
from storage.tables import accounts, history
from tests.storage.office import Office, person, school

WATCHED = ("schools", "accounts", "memberships")
STAFF = [person("p", "A", "B"), person("q", "B"), person("r", "C")]


def watch_writes(office: Office) -> None:
    """Count by triggers: nothing that reaches a row can go by them."""
    with office.database.transaction() as connection:
        run = connection.exec_driver_sql
        run("CREATE TABLE written (what TEXT)")
        if not office.database.sqlite:
            run(
                "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "INSERT INTO written VALUES (TG_TABLE_NAME); RETURN NULL; END $$"
            )
        for table in WATCHED:
            for verb in ("INSERT", "UPDATE", "DELETE"):
                does = (
                    f"BEGIN INSERT INTO written VALUES ('{table}'); END"
                    if office.database.sqlite
                    else "FOR EACH ROW EXECUTE FUNCTION note()"
                )
                run(f"CREATE TRIGGER note_{table}_{verb} AFTER {verb} ON {table} {does}")


def written(office: Office) -> list[str]:
    with office.database.transaction() as connection:
        found = connection.exec_driver_sql("SELECT what FROM written").scalars().all()
        connection.exec_driver_sql("DELETE FROM written")
    return sorted(found)


def ids(office: Office) -> dict[str, int]:
    return {row.source_id: row.id for row in office.rows(select(accounts))}


def test_an_unchanged_snapshot_writes_no_row(office: Office) -> None:
    office.night("ABC", STAFF)
    watch_writes(office)
    assert not office.night("ABC", STAFF).changed
    assert written(office) == []


def test_the_same_content_in_another_order_writes_no_row(office: Office) -> None:
    office.night("ABC", STAFF)
    watch_writes(office)
    assert not office.night("CBA", STAFF[::-1]).changed
    assert written(office) == []


def test_the_watch_sees_every_kind_of_write(office: Office) -> None:
    office.night("ABC", STAFF)
    watch_writes(office)
    office.night("AB", [person("p", "A", given="Lee"), person("q", "B")])
    # p: renamed, and one claim fewer, whose membership goes; r left; C went missing twice over
    # (its presence, and its status).
    assert written(office) == sorted([*["accounts"] * 2, *["memberships"] * 3, *["schools"] * 2])


def test_an_unchanged_snapshot_does_not_count_as_applied(office: Office) -> None:
    office.night("ABC", STAFF)
    office.night("ABC", STAFF)
    with office.stores.read() as store:
        assert store.partners.named("lincoln").roster_version == 1


def test_a_plan_made_before_another_was_applied_is_refused(office: Office) -> None:
    office.night("AB", STAFF)
    stale = office.planned([school("A")], STAFF)
    office.night("ABC", STAFF)
    with pytest.raises(PlanStale):
        office.applied(stale)
    assert office.school("B").status is Status.ACTIVE


def test_a_plan_cannot_be_applied_twice(office: Office) -> None:
    plan = office.planned([school("A")], STAFF)
    office.applied(plan)
    with pytest.raises(PlanStale):
        office.applied(plan)


def test_a_click_after_the_comparison_does_not_void_the_plan(office: Office) -> None:
    office.night("AB", STAFF)
    plan = office.planned([school("A")], [person("p", "A")])
    office.change("B", Event.FROZEN)
    office.applied(plan)
    assert office.school("B").status is Status.FROZEN
    assert not office.school("B").present


def test_a_stored_plan_does_what_the_plan_would_have_done(office: Office) -> None:
    office.night("ABC", STAFF)
    plan = office.planned([school("A")], [person("p", "A", given="Lee")])
    office.applied(Plan.unpacked(plan.packed()))
    assert office.school("B").status is Status.ACTION_NEEDED
    # People of missing schools stay where they were.
    assert set(office.memberships()) == {("p", "A"), ("p", "B"), ("q", "B"), ("r", "C")}


def test_who_left_a_frozen_school_stays_until_the_first_night_after_the_unfreeze(
    office: Office,
) -> None:
    office.night("AB", STAFF[:2])
    office.change("B", Event.FROZEN)
    office.night("AB", [person("p", "A")])
    assert office.memberships() == {("p", "A"): True, ("p", "B"): False, ("q", "B"): False}
    office.change("B", Event.UNFROZEN)
    assert len(office.memberships()) == 3
    assert office.night("AB", [person("p", "A")]).changed
    assert office.memberships() == {("p", "A"): True}


def test_support_hears_once_of_a_frozen_school_that_is_back(office: Office) -> None:
    office.night("AB", STAFF)
    office.change("B", Event.FROZEN)
    assert office.night("A", STAFF).frozen_came_back == []
    assert [s.id for s in office.night("AB", STAFF).frozen_came_back] == ["B"]
    assert office.night("AB", STAFF).frozen_came_back == []


def test_an_account_that_comes_back_gets_a_new_id(office: Office) -> None:
    office.night("A", [person("p", "A"), person("q", "A")])
    first = ids(office)
    office.night("A", [person("p", "A")])
    assert "q" not in ids(office)
    office.night("A", [person("p", "A"), person("q", "A"), person("r", "A")])
    assert ids(office)["p"] == first["p"]
    assert not {ids(office)["q"], ids(office)["r"]} & set(first.values())


def test_every_batch_of_a_large_roster_is_applied(office: Office) -> None:
    many = [person(f"p{n}", "A", "B") for n in range(2_300)]
    office.night("AB", many)
    assert len(office.memberships()) == 4_600
    office.night("AB", many[1_100:])
    assert len(office.memberships()) == 2_400
    assert len(ids(office)) == 1_200


def test_two_partners_may_have_the_same_ids(office: Office) -> None:
    office.night("AB", STAFF)
    before = office.memberships()
    first, office.partner = office.partner, office.declare("oakdale")
    office.night("A", [person("p", "A")])
    office.night("AB", [person("q", "B"), person("p", "B")])
    office.partner = first
    assert office.memberships() == before


@pytest.mark.parametrize(
    ("seen", "people"),
    [
        ("AB", STAFF[:2]),
        ("BA", STAFF[1::-1]),
        ("A", STAFF[:2]),
        ("ABC", STAFF[:2]),
        ("AB", STAFF[:1]),
        ("AB", [person("p", "A", "B", given="Lee"), STAFF[1]]),
        ("AB", [person("p", "A", "B", "unknown"), STAFF[1]]),
    ],
)
@pytest.mark.parametrize("thawed", [False, True])
def test_a_dry_run_says_whether_applying_would_change_anything(
    office: Office, seen: str, people: Iterable, thawed: bool
) -> None:
    office.night("AB", STAFF[:2])
    if thawed:
        office.change("B", Event.FROZEN)
        office.night("AB", STAFF[:1])
        office.night("AB", STAFF[:2])
        office.change("B", Event.UNFROZEN)
    plan = office.planned([school(id) for id in seen], people)
    with office.stores.read() as store:
        partner = store.partners.named("lincoln")
        foretold = would_change(store.connection, store.schools, plan, partner)
    assert office.applied(plan).changed is foretold


def test_the_history_begins_with_the_first_night(office: Office) -> None:
    office.night("AB", STAFF)
    office.night("AB", STAFF)
    assert office.rows(select(func.count()).select_from(history))[0][0] == 2
