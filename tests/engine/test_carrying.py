"""What a transaction carries is done when it commits, once, in its lane and in order."""

import threading
import time
from typing import cast

import pytest
from sqlalchemy import func, select

from storage.database import Database
from storage.tables import partners
from storage.work import Job, Kind
from tests.engine.bench import LONG_ENOUGH, Bench, Gate, Office


def test_a_job_is_done_after_its_transaction_commits(office: Office, bench: Bench) -> None:
    with office.working():
        office.carry("card:7:3")
        bench.expect("ended card:7:3")


def test_a_rollback_carries_nothing(office: Office, bench: Bench) -> None:
    with office.working():
        with office.database.engine.connect() as connection:
            office.carry_in(connection, "undone", lane="C1")
            connection.rollback()
        office.carry("after", lane="C1")
        bench.expect("ended after")
    assert "begun undone" not in bench.lines


def test_a_known_key_is_no_error_and_runs_once(office: Office, bench: Bench) -> None:
    with office.working():
        with office.transaction() as tx:
            office.carry_in(tx, "once", lane="C1")
            office.carry_in(tx, "once", lane="C1")
            assert tx.scalar(select(func.count()).select_from(partners)) == 0
        bench.expect("ended once")
        with office.transaction() as tx:
            office.carry_in(tx, "once", lane="C1")
            office.carry_in(tx, "after", lane="C1")
        bench.expect("ended after")
    assert bench.count("begun once") == 1


def test_one_key_of_two_kinds_is_two_jobs(office: Office, bench: Bench) -> None:
    with office.working():
        office.carry("7", kind="sync")
        office.carry("7", kind="deliver")
        bench.expect("ended 7", times=2)


def test_a_kind_that_nobody_does_is_refused(office: Office, bench: Bench) -> None:
    kind = cast(Kind, "gossip")
    with office.working():
        with office.transaction() as tx:
            with pytest.raises(ValueError, match=f"no queue for jobs of the kind “{kind}”"):
                office.carry_in(tx, "never", kind=kind)
            office.carry_in(tx, "still usable")
        bench.expect("ended still usable")


def test_a_lane_keeps_its_order_one_at_a_time(office: Office, bench: Bench) -> None:
    with office.working():
        office.carry("c", "a", "d", lane="C1")
        office.carry("b", lane="C1")
        bench.expect("ended b")
    assert bench.lines == [f"{what} {key}" for key in "cadb" for what in ("begun", "ended")]


def test_two_lanes_work_at_the_same_time(office: Office, bench: Bench) -> None:
    both = threading.Barrier(2)
    for key in ("one", "two"):
        bench.does(key, lambda: both.wait(LONG_ENOUGH) and None)
    with office.working():
        office.carry("one", lane="C1")
        office.carry("two", lane="C2")
        bench.expect("ended one", "ended two")


def test_a_lane_that_is_stuck_keeps_nobody_else_waiting(office: Office, bench: Bench) -> None:
    stuck = Gate()
    bench.does("stuck", stuck)
    with office.working():
        office.carry("stuck", "behind", lane="C0")
        bench.expect("begun stuck")
        for lane in range(40):
            office.carry(f"post {lane}", lane=f"C{lane + 1}")
        office.carry("night", kind="sync")
        bench.expect("ended night", *(f"ended post {lane}" for lane in range(40)))
        assert "begun behind" not in bench.lines
        stuck.open()
        bench.expect("ended behind")


# Rounds in which somebody may be late because the machine stands still.
ROUNDS = 5


def test_a_job_can_hold_its_lane_for_a_moment(office: Office, bench: Bench) -> None:
    ended = {}

    def post(key: str) -> float:
        ended[key] = time.monotonic()
        return 0.4

    def overtaken(number: int) -> bool:
        first, second, elsewhere = keys = [f"{key} {number}" for key in ("a", "b", "elsewhere")]
        for key in keys:
            bench.does(key, lambda key=key: post(key))  # type: ignore[misc]
        office.carry(first, second, lane="C1")
        office.carry(elsewhere, lane="C2")
        bench.expect(f"ended {second}", f"ended {elsewhere}")
        assert ended[second] - ended[first] >= 0.4
        return ended[elsewhere] < ended[second]

    with office.working():
        assert any(overtaken(number) for number in range(ROUNDS))


def test_a_delayed_job_lets_others_pass(office: Office, bench: Bench) -> None:
    def passed(number: int) -> bool:
        asked = time.time()
        with office.transaction() as tx:
            office.carrier.carry(tx, Job("deliver", f"later {number}", "C1", delay=1.2))
            office.carry_in(tx, f"now {number}", lane="C1")
        bench.expect(f"ended later {number}", f"ended now {number}")
        assert time.time() - asked >= 1.2
        return bench.lines[-2:] == [f"begun later {number}", f"ended later {number}"]

    with office.working():
        assert any(passed(number) for number in range(ROUNDS))


def test_an_exception_is_logged_and_the_next_job_runs(
    office: Office, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise LookupError("no such card")

    bench.does("broken", fail)
    with office.working() as engine:
        office.carry("broken", "next", lane="C1")
        bench.expect("ended next")
        assert engine.alive()
    assert "The deliver job broken failed" in caplog.text
    assert "LookupError: no such card" in caplog.text
    assert [record.name for record in caplog.records] == ["bot.engine"]


def test_every_sqlite_knows_the_milliseconds_that_the_engine_dates_its_rows_by(
    sqlite_url: str,
) -> None:
    before = time.time()
    with Database(sqlite_url).read() as connection:
        moment = connection.scalar(select(func.unixepoch("subsec")))
    assert before - 1 <= moment <= time.time() + 1
