"""Two who want the same at once: one wins, the other is told."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from storage.errors import Busy, RunTaken, SyncUnderWay
from storage.rules.lifecycle import Event, Refusal, Status
from storage.runs import APPLIED, SILENT
from storage.schools import Change
from storage.tables import runs, schools
from tests.storage.office import ANA, BO, Office, person


@pytest.fixture
def missing(office: Office) -> Office:
    """A partner whose school A is Action Needed, in its second version."""
    office.night("AB", [person("p", "A")])
    office.night("B", [person("p", "A")])
    return office


def test_of_two_who_click_at_once_exactly_one_wins(missing: Office) -> None:
    both = threading.Barrier(2)

    def clicked(event: Event) -> Change:
        both.wait()
        by = ANA if event is Event.PAUSED else BO
        return missing.change("A", event, by=by, expected=2)

    with ThreadPoolExecutor(2) as pool:
        changes = list(pool.map(clicked, [Event.PAUSED, Event.FROZEN]))
    [won] = [change for change in changes if change.done]
    [lost] = [change for change in changes if not change.done]
    assert lost.last is not None
    assert lost.last.actor == won.last.actor
    assert missing.school("A").version == 3
    assert missing.school("A").status is won.school.status


def test_who_comes_second_with_the_same_wish_hears_that_it_is_done(missing: Office) -> None:
    assert missing.change("A", Event.PAUSED, by=ANA, expected=2).done
    second = missing.change("A", Event.PAUSED, by=BO, expected=2)
    assert second.refusal is Refusal.ALREADY_PAUSED
    assert second.last.actor_name == "Ana"


def test_a_status_that_moved_after_it_was_read_is_not_overwritten(missing: Office) -> None:
    with missing.stores.transaction() as store:
        read = store.schools.named(missing.partner, "A")
        store.connection.execute(update(schools).where(schools.c.id == read.key).values(version=9))
        change = store.schools.change(read, Event.PAUSED, ANA)
    assert change.stale
    assert missing.school("A").status is Status.ACTION_NEEDED


def test_a_stale_version_changes_nothing(missing: Office) -> None:
    change = missing.change("A", Event.FROZEN, expected=1)
    assert change.stale
    assert change.last.event is Event.WENT_MISSING
    assert missing.school("A").version == 2


def test_who_waits_too_long_for_the_lock_is_told_in_a_sentence(missing: Office) -> None:
    with missing.stores.transaction() as store:
        store.partners.locked("lincoln")
        with (
            pytest.raises(Busy, match="is being stored right now"),
            missing.stores.transaction(patience=0.05) as second,
        ):
            second.partners.locked("lincoln")


def test_reading_waits_for_nobody(missing: Office) -> None:
    with missing.stores.transaction() as store:
        store.partners.locked("lincoln")
        assert missing.school("A").status is Status.ACTION_NEEDED


def test_the_lock_of_one_partner_stops_no_other(postgres_office: Office) -> None:
    other = postgres_office.declare("oakdale")
    with postgres_office.stores.transaction() as store:
        store.partners.locked("lincoln")
        with postgres_office.stores.transaction(patience=0.05) as second:
            assert second.partners.locked("oakdale").id == other.id


def test_a_second_sync_of_a_partner_is_refused_with_who_does_it(office: Office) -> None:
    with office.stores.transaction() as store:
        store.runs.here(store.partners.locked("lincoln"), "now:1", "one process")
    with (
        pytest.raises(SyncUnderWay, match="by one process since 2026-09-01 02:00 UTC"),
        office.stores.transaction() as store,
    ):
        store.runs.here(store.partners.locked("lincoln"), "now:2", "another process")
    with office.stores.read() as store:
        assert [run.key for run in store.runs.of(office.partner)] == ["now:1"]


def test_the_database_itself_allows_one_running_run_for_each_partner(office: Office) -> None:
    row = {"partner_id": office.partner.id, "asked_at": office.moment, "owner": "somebody"}
    with office.database.transaction() as connection:
        connection.execute(insert(runs).values(key="1", **row))
    with pytest.raises(IntegrityError), office.database.transaction() as connection:
        connection.execute(insert(runs).values(key="2", **row))


def test_partners_are_synced_side_by_side(office: Office) -> None:
    other = office.declare("oakdale")
    with office.stores.transaction() as store:
        store.runs.here(office.partner, "now:1", "one process")
        store.runs.here(other, "now:2", "another process")


def test_a_silent_run_is_taken_over_and_its_owner_must_not_commit(office: Office) -> None:
    with office.stores.transaction() as store:
        first = store.runs.here(store.partners.locked("lincoln"), "now:1", "the silent one")
    office.pass_time(SILENT.total_seconds() + 1)
    with office.stores.transaction() as store:
        [silent] = store.runs.abandoned()
        store.runs.again(silent)
    with office.stores.transaction() as store:
        store.partners.locked("lincoln")
        again = store.runs.begin(store.runs.by_id(first.id), "another process")
    with pytest.raises(RunTaken), office.stores.transaction() as store:
        store.runs.finish(first, APPLIED)
    with office.stores.transaction() as store:
        assert store.runs.finish(again, APPLIED).outcome == APPLIED


def test_of_two_who_find_a_run_abandoned_the_later_one_leaves_it_to_its_new_owner(
    office: Office,
) -> None:
    with office.stores.transaction() as store:
        store.runs.here(store.partners.locked("lincoln"), "now:1", "the silent one")
    office.pass_time(SILENT.total_seconds() + 1)
    with office.stores.read() as store:
        [silent] = store.runs.abandoned()
    with office.stores.transaction() as store:
        store.runs.again(silent)
        store.runs.begin(store.runs.by_id(silent.id), "its new owner")
    with office.stores.transaction() as store:
        store.runs.again(silent)
        assert store.runs.by_id(silent.id).owner == "its new owner"
    assert [job.key for job in office.carrier.jobs] == [f"run:{silent.id}:2"]


def test_whoever_lost_a_run_gives_no_sign_of_life_for_its_new_owner(office: Office) -> None:
    with office.stores.transaction() as store:
        first = store.runs.here(store.partners.locked("lincoln"), "now:1", "the silent one")
    office.pass_time(SILENT.total_seconds() + 1)
    with office.stores.transaction() as store:
        store.partners.locked("lincoln")
        store.runs.begin(first, "one that dies")
    office.pass_time(SILENT.total_seconds() + 1)
    with office.stores.transaction() as store:
        store.runs.beat(first)
        assert [run.id for run in store.runs.abandoned()] == [first.id]


def test_a_sync_does_not_wait_for_a_process_that_is_silent(office: Office) -> None:
    with office.stores.transaction() as store:
        store.runs.here(store.partners.locked("lincoln"), "now:1", "the silent one")
    office.pass_time(SILENT.total_seconds() + 1)
    with office.stores.transaction() as store:
        run = store.runs.here(store.partners.locked("lincoln"), "now:2", "another process")
    assert run.owner == "another process"


def test_a_heartbeat_keeps_a_run(office: Office) -> None:
    with office.stores.transaction() as store:
        run = store.runs.here(store.partners.locked("lincoln"), "now:1", "one process")
    office.pass_time(SILENT.total_seconds())
    with office.stores.transaction() as store:
        store.runs.beat(run)
    office.pass_time(SILENT.total_seconds())
    with office.stores.read() as store:
        assert store.runs.abandoned() == []


def test_an_ended_run_does_not_end_twice(office: Office) -> None:
    with office.stores.transaction() as store:
        run = store.runs.here(store.partners.locked("lincoln"), "now:1", "one process")
        store.runs.finish(run, APPLIED)
    with pytest.raises(RunTaken), office.stores.transaction() as store:
        store.runs.finish(run, APPLIED)


def test_a_run_that_was_carried_again_has_a_minute_to_begin(office: Office) -> None:
    with office.stores.transaction() as store:
        store.runs.here(store.partners.locked("lincoln"), "now:1", "the silent one")
    office.pass_time(SILENT.total_seconds() + 1)
    with office.stores.transaction() as store:
        [silent] = store.runs.abandoned()
        store.runs.again(silent)
    office.pass_time(5)
    with office.stores.read() as store:
        assert store.runs.abandoned() == []


def test_the_same_firing_is_owed_once(office: Office) -> None:
    with office.stores.transaction() as store:
        assert store.runs.owe(office.partner, "night:1", night="2026-09-01T02:00")
        assert store.runs.owe(office.partner, "night:1", night="2026-09-01T02:00") is None
    assert [job.key for job in office.carrier.jobs] == ["run:1:1"]
