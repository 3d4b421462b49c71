"""Nights: when a partner's roster is read, once for each night that there is."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.nights import Clock, CronInvalid, Nights, last_due
from bot.sync import Syncing
from handlers.telling import Telling
from storage.database import LOCK_TIMEOUT, Database
from storage.partners import Declaration
from storage.runs import Run
from storage.store import Stores
from tests.harness.slack.district import District
from tests.harness.slack.hands import Hands, StoryClock
from tests.harness.slack.office import Office

LONG_ENOUGH = 30.0
LA = "America/Los_Angeles"


def at(moment: str, zone: str = LA, fold: int = 0) -> datetime:
    """A wall time in a zone; `fold` 1 is the second one of an hour that comes twice."""
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def nothing(key: str) -> None:
    """The work of a job that is only counted."""


@dataclass
class Town:
    """Partners and a clock, without Slack."""

    url: str
    clock: StoryClock

    def __post_init__(self) -> None:
        self.database = Database(self.url)
        self.hands = Hands(self.clock, {"sync": nothing})
        self.stores = Stores(self.database, self.hands, self.clock)
        self.nights = Nights(self.stores, "0 2 * * *")

    def partner(
        self, slug: str, zone: str = LA, cron: str | None = None, kind: str = "oneroster-csv"
    ) -> None:
        declaration = Declaration(
            slug, slug, zone, f"C{slug}", (), (), "", cron, (), {}, {"kind": kind, "path": "x"}
        )
        with self.stores.transaction() as store:
            store.partners.declare(declaration)

    def runs(self, slug: str) -> list[Run]:
        with self.stores.read() as store:
            return store.runs.of(store.partners.named(slug))

    def nights_of(self, slug: str) -> list[str | None]:
        """The nights that were owed, newest first, and carried."""
        self.hands.settle(lambda: None, timedelta())
        return [run.night for run in self.runs(slug)]

    def look_at(self, moment: datetime) -> int:
        """The clock stands at `moment` and what is due is owed."""
        self.clock.now = moment
        return self.nights.catch_up()


@pytest.fixture
def town(database_url: str) -> Iterator[Town]:
    town = Town(database_url, StoryClock(at("2026-10-05 12:00")))
    yield town
    town.database.dispose()


# Times


@pytest.mark.parametrize(
    ("weekdays", "days"),
    [
        ("1-5", "Mon Tue Wed Thu Fri"),
        ("0", "Sun"),
        ("7", "Sun"),
        ("0-6", "Mon Tue Wed Thu Fri Sat Sun"),
        ("6-7", "Sat Sun"),
        ("5-7", "Fri Sat Sun"),
        ("1,3,5", "Mon Wed Fri"),
        ("1-5/2", "Mon Wed Fri"),
        ("mon-fri", "Mon Tue Wed Thu Fri"),
        ("*", "Mon Tue Wed Thu Fri Sat Sun"),
    ],
)
def test_weekdays_are_counted_as_in_a_crontab(weekdays: str, days: str) -> None:
    noons = [datetime(2026, 10, day, 12, tzinfo=UTC) for day in range(5, 12)]
    fired = {due for noon in noons if (due := last_due(f"0 2 * * {weekdays}", "UTC", noon))}
    this_week = sorted(due for due in fired if due.date() >= noons[0].date())
    assert " ".join(f"{due:%a}" for due in this_week) == days


@pytest.mark.parametrize(
    ("cron", "zone"),
    [
        ("0 2 * *", "UTC"),
        ("0 25 * * *", "UTC"),
        ("0 2 * * 8", "UTC"),
        ("0 2 * * someday", "UTC"),
        ("0 2 * * *", "Mars/Olympus"),
    ],
)
def test_a_time_that_cannot_be_meant_is_refused_in_a_sentence(cron: str, zone: str) -> None:
    with pytest.raises(CronInvalid) as refused:
        last_due(cron, zone, datetime(2026, 10, 5, tzinfo=UTC))
    assert f"“{cron}” in {zone} is not a time to sync at" in refused.value.sentence
    assert "Nothing was changed" in refused.value.sentence


def test_the_last_firing_of_a_rare_time_is_found_within_a_year() -> None:
    now = datetime(2026, 10, 5, tzinfo=UTC)
    assert last_due("0 2 1 11 *", "UTC", now) == datetime(2025, 11, 1, 2, tzinfo=UTC)
    assert last_due("0 2 29 2 *", "UTC", now) is None


@pytest.mark.parametrize(
    ("cron", "zone", "day"),
    [
        ("0 2 * * *", "Europe/Berlin", "2026-10-25"),
        ("30 1 * * *", LA, "2026-11-01"),
        ("45 1 * * *", "Australia/Lord_Howe", "2027-04-04"),
        ("*/15 * * * *", "America/New_York", "2026-11-01"),
    ],
)
def test_a_day_with_an_hour_that_comes_twice_is_looked_back_on(
    cron: str, zone: str, day: str
) -> None:
    noon = at(f"{day} 12:00", zone)
    due = last_due(cron, zone, noon)
    assert due is not None
    assert f"{due:%Y-%m-%d}" == day


# Nights


def test_a_night_is_owed_once_it_is_due_and_only_once(town: Town) -> None:
    town.partner("lincoln")
    assert town.look_at(at("2026-10-06 01:59")) == 0
    assert town.look_at(at("2026-10-06 02:00")) == 1
    assert town.look_at(at("2026-10-06 02:00")) == 0
    assert town.look_at(at("2026-10-06 23:00")) == 0
    assert town.nights_of("lincoln") == ["2026-10-06T02:00"]
    assert [job.kind for job in town.hands.done] == ["sync"]


def test_every_partner_has_its_night_in_its_own_time_zone(town: Town) -> None:
    town.partner("east", "America/New_York")
    town.partner("west", LA)
    assert town.look_at(at("2026-10-06 02:30", "America/New_York")) == 1
    assert (len(town.runs("east")), len(town.runs("west"))) == (1, 0)
    assert town.look_at(at("2026-10-06 02:30")) == 1
    assert town.nights_of("west") == ["2026-10-06T02:00"]


def test_a_partner_with_times_of_its_own_keeps_them(town: Town) -> None:
    town.partner("twice", cron="30 1,13 * * 1-5")
    for moment in ("2026-10-05 14:00", "2026-10-06 02:00", "2026-10-06 14:00"):
        assert town.look_at(at(moment)) == 1
    assert town.look_at(at("2026-10-10 14:00")) == 1, "of Friday, not of Saturday"
    assert town.nights_of("twice")[0] == "2026-10-09T13:30"


def test_a_partner_that_uploads_its_roster_has_no_nights(town: Town) -> None:
    town.partner("byhand", kind="csv")
    assert town.look_at(at("2026-10-08 12:00")) == 0


def test_of_the_nights_missed_while_nobody_was_there_only_the_last_is_made_up_for(
    town: Town,
) -> None:
    town.partner("lincoln")
    assert town.look_at(at("2026-10-11 09:00")) == 1
    assert town.nights_of("lincoln") == ["2026-10-11T02:00"]


def test_a_fresh_partner_is_not_made_up_for_earlier_nights(town: Town) -> None:
    town.partner("lincoln")
    assert town.look_at(at("2026-10-05 12:01")) == 0
    assert town.look_at(at("2026-10-06 02:00")) == 1


def test_the_hour_that_comes_twice_has_one_night(town: Town) -> None:
    town.partner("lincoln", cron="30 1 * * *")
    assert town.look_at(at("2026-11-01 01:30")) == 1
    assert town.look_at(at("2026-11-01 01:30", fold=1)) == 0
    assert town.look_at(at("2026-11-01 12:00")) == 0
    assert town.look_at(at("2026-11-02 01:30")) == 1
    assert town.nights_of("lincoln")[:2] == ["2026-11-02T01:30", "2026-11-01T01:30"]


def test_the_hour_that_is_left_out_has_its_night_all_the_same(town: Town) -> None:
    town.clock.now = at("2027-03-13 12:00")
    town.partner("lincoln", cron="30 2 * * *")
    assert town.look_at(at("2027-03-14 01:59")) == 0
    assert town.look_at(at("2027-03-14 04:00")) == 1
    assert town.look_at(at("2027-03-14 12:00")) == 0
    assert town.look_at(at("2027-03-15 02:30")) == 1
    assert len(town.nights_of("lincoln")) == 2


def test_two_processes_that_fire_at_once_owe_one_night(town: Town) -> None:
    for number in range(5):
        town.partner(f"district-{number}")
    other = Town(town.url, town.clock)
    town.clock.now = at("2026-10-06 02:00")
    together = threading.Barrier(2)

    def fires(nights: Nights) -> int:
        together.wait()
        return nights.catch_up()

    with ThreadPoolExecutor(2) as processes:
        owed = list(processes.map(fires, (town.nights, other.nights)))
    other.database.dispose()
    assert sum(owed) == 5
    assert all(len(town.runs(f"district-{number}")) == 1 for number in range(5))


def test_a_night_waits_while_a_large_roster_is_being_stored(town: Town) -> None:
    town.partner("lincoln")
    town.clock.now = at("2026-10-06 02:00")
    over = threading.Event()
    with ThreadPoolExecutor(1) as clocks:
        with town.stores.transaction() as store:
            store.partners.locked("lincoln")
            fired = clocks.submit(town.nights.catch_up)
            # Longer than somebody who clicked would be left waiting.
            over.wait(LOCK_TIMEOUT + 0.3)
        assert fired.result(LONG_ENOUGH) == 1


# The clock that fires


def test_there_is_one_alarm_for_each_pair_of_time_and_zone(town: Town) -> None:
    town.partner("one")
    town.partner("two")
    town.partner("three", "America/New_York")
    clock = Clock(town.nights, {})
    clock.start()
    try:
        assert alarms(clock) == {"0 2 * * * America/Los_Angeles", "0 2 * * * America/New_York"}
        town.partner("three", LA, cron="0 3 * * *")
        clock._look()
        assert alarms(clock) == {"0 2 * * * America/Los_Angeles", "0 3 * * * America/Los_Angeles"}
    finally:
        clock.stop()


def alarms(clock: Clock) -> set[str]:
    jobs = {job.id for job in clock.scheduler.get_jobs()}
    return {job.removeprefix("nightly ") for job in jobs if job.startswith("nightly ")}


def test_a_clock_makes_up_for_the_last_night_when_it_starts(town: Town) -> None:
    town.partner("lincoln")
    town.clock.now = at("2026-10-08 12:00")
    clock = Clock(town.nights, {})
    clock.start()
    clock.stop()
    assert town.nights_of("lincoln") == ["2026-10-08T02:00"]


def test_a_time_zone_that_is_no_more_leaves_the_other_partners_their_nights(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.partner("atlantis", zone="Atlantis/Poseidonis")
    town.partner("lincoln")
    town.clock.now = at("2026-11-24 03:00")
    clock = Clock(town.nights, {})
    clock.start()
    clock.stop()
    assert town.nights_of("lincoln") == ["2026-11-24T02:00"]
    assert "atlantis has no nights" in caplog.text


def test_a_clock_goes_on_after_work_that_failed(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    fired = threading.Semaphore(0)

    def fails() -> None:
        fired.release()
        raise RuntimeError("planted")

    clock = Clock(town.nights, {"planted": (0.02, fails)})
    clock.start()
    try:
        assert all(fired.acquire(timeout=LONG_ENOUGH) for _ in range(3))
    finally:
        clock.stop()
    assert "The planted job failed; it is tried again" in caplog.text


# What becomes of a run whose process died or went silent


def test_the_sweep_carries_a_run_that_lost_its_job(workspace: Office, lincoln: District) -> None:
    lincoln.share(without=["Oak Elementary"])
    key = owed(workspace, lincoln)
    assert workspace.hands is not None
    assert [job.key for job in workspace.hands.drop()] == [key]
    workspace.clock.pass_by(seconds=61)
    workspace.service.sweep()
    workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")


def test_the_sweep_takes_over_a_run_whose_owner_went_silent(
    workspace: Office, lincoln: District
) -> None:
    lincoln.share(without=["Oak Elementary"])
    key = owed(workspace, lincoln)
    assert workspace.hands is not None
    workspace.hands.drop()
    begun(workspace, lincoln, key, "a process that died")
    workspace.service.sweep()
    workspace.channel("lincoln-alerts").expect_nothing()
    workspace.clock.pass_by(seconds=61)
    workspace.service.sweep()
    workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")


@pytest.mark.parametrize("finished", [True, False], ids=["done by the other", "under way there"])
def test_a_run_that_was_taken_over_meanwhile_commits_nothing(
    workspace: Office, lincoln: District, monkeypatch: pytest.MonkeyPatch, finished: bool
) -> None:
    lincoln.share(without=["Oak Elementary"])
    key = owed(workspace, lincoln)
    assert workspace.hands is not None
    workspace.hands.drop()
    slow = Slow(workspace, monkeypatch)
    with slow.reading(key):
        workspace.clock.pass_by(seconds=61)
        if finished:
            workspace.service.sweep()
            workspace.settle()
        else:
            taken(workspace, lincoln, key, "another process")
    run = run_of(workspace, lincoln, key)
    assert run.outcome == ("applied" if finished else None)
    assert len(lincoln.history("Oak Elementary")) == (2 if finished else 1)
    if finished:
        workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")
    workspace.channel("lincoln-alerts").expect_nothing()


def test_a_dead_run_that_a_later_one_has_overtaken_leaves_the_later_hold_alone(
    workspace: Office, lincoln: District
) -> None:
    key = owed(workspace, lincoln)
    assert workspace.hands is not None
    workspace.hands.drop()
    begun(workspace, lincoln, key, "a process that died")
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    card = workspace.channel("lincoln-alerts").expect_message("is held", "3 schools gone")
    workspace.channel("recess-support").expect_message("is held")
    lincoln.share()
    workspace.service.sweep()
    workspace.settle()
    run = run_of(workspace, lincoln, key)
    assert (run.outcome, run.attempt) == ("superseded", 2)
    assert run.reason == "A later run has read the roster meanwhile."
    with workspace.stores.read() as store:
        held = store.runs.held(lincoln.stored)
    assert held is not None
    assert held.id > run.id
    card.click("Apply, decide one by one", by="ana")
    card.expect_update("Ana Flores chose to apply it")
    card.expect_thread("Ana Flores chose to apply it")
    workspace.channel("lincoln-alerts").expect_message("3 schools need a decision")
    workspace.forgive("recess-support")


def test_a_partner_that_is_retired_while_its_roster_is_read_is_asked_nothing(
    workspace: Office, lincoln: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    lincoln.share(without=["Oak Elementary"])
    key = owed(workspace, lincoln)
    assert workspace.hands is not None
    workspace.hands.drop()
    with Slow(workspace, monkeypatch).reading(key), workspace.stores.transaction() as store:
        store.partners.retire(store.partners.locked(lincoln.slug))
    run = run_of(workspace, lincoln, key)
    assert (run.outcome, run.reason) == ("skipped", "The partner was retired meanwhile.")
    assert lincoln.status("Oak Elementary") == "active"
    workspace.channel("lincoln-alerts").expect_nothing()


def test_a_heartbeat_that_fails_is_followed_by_the_next(
    workspace: Office, lincoln: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sync.HEARTBEAT", 0.01)
    beaten, beats = threading.Event(), iter([ConnectionError("planted")])

    def beat(*_: object) -> None:
        for failure in beats:
            raise failure
        beaten.set()

    monkeypatch.setattr("storage.runs.Runs.beat", beat)
    run = run_of(workspace, lincoln, owed(workspace, lincoln))
    with workspace.service.syncing._beating(run):
        assert beaten.wait(LONG_ENOUGH)


class Slow:
    """Another process that reads the roster until the block ends."""

    def __init__(self, workspace: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        self.syncing = Syncing(workspace.stores, Telling("C0SUPPORT"), "a slow process")
        self.begun, self.gate = threading.Event(), threading.Event()
        plan = self.syncing._plan
        monkeypatch.setattr(self.syncing, "_plan", lambda *given: self._waits(plan(*given)))

    def _waits(self, plan: Any) -> Any:
        self.begun.set()
        assert self.gate.wait(LONG_ENOUGH)
        return plan

    @contextmanager
    def reading(self, key: str) -> Iterator[None]:
        with ThreadPoolExecutor(1) as process:
            work = process.submit(self.syncing.owed, key)
            assert self.begun.wait(LONG_ENOUGH)
            try:
                yield
            finally:
                self.gate.set()
                work.result()


def owed(workspace: Office, district: District) -> str:
    """The job of a run that is owed now."""
    with workspace.stores.transaction() as store:
        run = store.runs.owe(store.partners.locked(district.slug), "night:x", night="2026-10-07")
        assert run is not None
    return f"run:{run.id}:{run.attempt}"


def run_of(workspace: Office, district: District, key: str) -> Run:
    with workspace.stores.read() as store:
        return store.runs.by_id(int(key.split(":")[1]))


def begun(workspace: Office, district: District, key: str, owner: str) -> None:
    with workspace.stores.transaction() as store:
        store.partners.locked(district.slug)
        store.runs.begin(run_of(workspace, district, key), owner)


def taken(workspace: Office, district: District, key: str, owner: str) -> None:
    with workspace.stores.transaction() as store:
        store.partners.locked(district.slug)
        store.runs.again(run_of(workspace, district, key))
    assert workspace.hands is not None
    workspace.hands.drop()
    begun(workspace, district, key, owner)
