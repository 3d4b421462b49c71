"""A process stops, is killed, or comes to a database where another one works already."""

import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.engine import Engine, EngineBusy, pending, prepare
from storage.tables import replicas
from storage.work import Job
from tests.engine.bench import LONG_ENOUGH, Bench, Gate, Office, eventually


def test_a_second_serve_on_one_sqlite_file_is_refused(sqlite_office: Office, bench: Bench) -> None:
    with sqlite_office.colleague() as colleague:
        with pytest.raises(EngineBusy) as refused:
            sqlite_office.engine().launch()
        assert f"process {colleague.pid}" in refused.value.sentence
        assert "Nothing was started" in refused.value.sentence
        assert colleague.leave() == 0
    with sqlite_office.working():
        sqlite_office.carry("now it is our turn")
        bench.expect("ended now it is our turn")


def test_replicas_share_the_work_of_one_postgresql(postgres_office: Office, bench: Bench) -> None:
    with postgres_office.colleague(), postgres_office.working():
        keys = [f"post {number}" for number in range(40)]
        for key in keys:
            postgres_office.carry(key)
        bench.expect(*(f"ended {key}" for key in keys))
    assert sorted(bench.lines) == sorted(
        ["launched", *(f"{what} {key}" for key in keys for what in ("begun", "ended"))]
    )


def test_what_a_killed_process_left_begins_at_the_next_start(
    sqlite_office: Office, bench: Bench
) -> None:
    with sqlite_office.colleague() as colleague:
        sqlite_office.carry("endless", lane="C1")
        bench.expect("begun endless")
        colleague.die()
    with sqlite_office.working():
        bench.expect("ended endless")


def test_another_replica_takes_over_from_a_killed_one(
    postgres_office: Office, bench: Bench
) -> None:
    with postgres_office.colleague(beat=0.1, stale=1.5) as colleague:
        postgres_office.carry("endless", "behind", lane="C1")
        bench.expect("begun endless")
        with postgres_office.working(beat=0.1, stale=1.5) as engine:
            colleague.die()
            bench.expect("ended endless", "ended behind")
            eventually(lambda: beats(postgres_office).keys() == {engine.id})


def test_nothing_is_taken_from_a_replica_that_lives(postgres_office: Office, bench: Bench) -> None:
    with postgres_office.colleague(beat=0.1), postgres_office.working() as engine:
        postgres_office.carry("endless", lane="C1")
        bench.expect("begun endless")
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        with postgres_office.transaction() as tx:
            tx.execute(update(replicas).values(beat_at=long_ago))
        others = beats(postgres_office).keys() - {engine.id}
        eventually(lambda: all(beats(postgres_office)[id] > long_ago for id in others))
        assert engine._heart is not None
        engine._heart._inherit()
        assert at_work(postgres_office) == others


def test_a_replica_takes_nothing_from_itself(postgres_office: Office, bench: Bench) -> None:
    """However long it stood still between its heartbeat and its look at the others."""
    gate = Gate()
    bench.does("running", gate)
    with postgres_office.working() as engine:
        postgres_office.carry("running")
        bench.expect("begun running")
        with postgres_office.transaction() as tx:
            tx.execute(update(replicas).values(beat_at=datetime.now(UTC) - timedelta(hours=1)))
        assert engine._heart is not None
        engine._heart._inherit()
        assert beats(postgres_office).keys() == {engine.id}
        assert at_work(postgres_office) == {engine.id}
        gate.open()
        bench.expect("ended running")


def beats(office: Office) -> dict[str, datetime]:
    """When each replica said last that it lives."""
    with office.database.read() as tx:
        return dict(tx.execute(select(replicas.c.id, replicas.c.beat_at)).all())


def at_work(office: Office) -> set[str | None]:
    """The replicas that have begun something."""
    return {job.executor_id for job in pending(office.carrier._client)}


def test_a_clean_stop_lets_running_work_end(office: Office, bench: Bench) -> None:
    gate = Gate()
    bench.does("running", gate)
    engine = office.engine()
    engine.launch()
    office.carry("running", lane="C1")
    bench.expect("begun running")
    threading.Timer(0.2, gate.open).start()
    assert engine.stop(LONG_ENOUGH)
    assert not engine.alive()
    with office.working():
        office.carry("after", lane="C1")
        bench.expect("ended after")
    assert bench.count("begun running") == 1


def test_a_clean_stop_hands_back_what_did_not_end(office: Office, bench: Bench) -> None:
    gate = Gate()
    bench.does("running", gate)
    engine = office.engine()
    engine.launch()
    office.carry("running", "waiting", lane="C1")
    bench.expect("begun running")
    assert not engine.stop(0.3)
    eventually(lambda: all(t.name != "engine-leaving" for t in threading.enumerate()))
    gate.open()
    with office.working():
        bench.expect("begun running", times=2)
        bench.expect("ended waiting")


def test_what_comes_during_a_stop_is_done_at_the_next_start(office: Office, bench: Bench) -> None:
    gate = Gate()
    bench.does("running", gate)
    engine = office.engine()
    engine.launch()
    office.carry("running")
    bench.expect("begun running")
    stopping = threading.Thread(target=engine.stop, args=(LONG_ENOUGH,))
    stopping.start()
    eventually(lambda: not engine.alive())
    office.carry("late")
    eventually(lambda: office.begun() == {"deliver:running", "deliver:late"})
    gate.open()
    stopping.join()
    assert "begun late" not in bench.lines
    with office.working():
        bench.expect("ended late")


def test_a_replica_that_leaves_hands_its_work_to_the_others(
    postgres_office: Office, bench: Bench
) -> None:
    with postgres_office.colleague() as colleague:
        postgres_office.carry("endless", lane="C1")
        bench.expect("begun endless")
        with postgres_office.working():
            assert colleague.leave() == 3
            bench.expect("ended endless")


def test_another_process_carries_without_an_engine(office: Office, bench: Bench) -> None:
    script = """
import sys, threading
from bot.engine import ClientCarrier
from storage.database import Database
from storage.work import Job
database, carrier = Database(sys.argv[1]), ClientCarrier(sys.argv[1])
with database.transaction() as tx:
    carrier.carry(tx, Job("deliver", "from the command line", "C1"))
assert threading.active_count() == 1, threading.enumerate()
carrier.close()
"""
    with office.working():
        subprocess.run([sys.executable, "-c", script, office.url], check=True)
        bench.expect("ended from the command line")


def test_the_engine_waits_while_somebody_writes(
    sqlite_office: Office, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()
    bench.does("running", gate)
    with sqlite_office.working():
        sqlite_office.carry("running", "next", lane="C1")
        bench.expect("begun running")
        with sqlite_office.transaction():
            gate.open()
            bench.expect("ended running")
            # Longer than our own writers wait; the job cannot be recorded meanwhile.
            time.sleep(1.5)
            assert "begun next" not in bench.lines
        bench.expect("ended next")
    assert not caplog.records


def test_history_is_dropped_and_its_keys_can_come_again(office: Office, bench: Bench) -> None:
    with office.working() as engine:
        office.carry("old", lane="C1")
        office.carry("last", lane="C1")
        bench.expect("ended last")
        hour = timedelta(hours=1)
        assert engine.forget(datetime.now(UTC) - hour) == 0
        eventually(lambda: engine.forget(datetime.now(UTC) + hour) > 0)
        office.carry("old", lane="C1")
        bench.expect("ended old", times=2)


def test_what_waits_and_what_is_being_done_is_known(office: Office, bench: Bench) -> None:
    gate = Gate()
    bench.does("running", gate)
    with office.working() as engine:
        office.carry("ended", lane="C1")
        office.carry("running", "behind", lane="C1")
        with office.transaction() as tx:
            office.carrier.carry(tx, Job("sync", "later", delay=600))
        bench.expect("begun running")
        assert engine.waiting() == {"running", "behind", "later"}
        gate.open()
        bench.expect("ended behind")


def test_the_engine_says_whether_it_works(office: Office, bench: Bench) -> None:
    engine = office.engine()
    assert not engine.alive()
    engine.launch()
    office.carry("first")
    bench.expect("ended first")
    assert engine.alive()
    engine.stop(LONG_ENOUGH)
    assert not engine.alive()


def test_work_for_every_kind_is_required(office: Office, bench: Bench) -> None:
    with pytest.raises(ValueError, match="exactly sync"):
        Engine(office.url, {"sync": bench.work})


def test_preparing_twice_changes_nothing(empty_database_url: str) -> None:
    prepare(empty_database_url)
    prepare(empty_database_url)
