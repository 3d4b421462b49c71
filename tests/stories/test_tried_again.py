"""A night whose roster cannot be read for a while is tried again before anybody is told."""

import os
from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest

from bot.rosters import rest
from bot.rosters.rest import Limits, Web
from storage.runs import Run
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.rosters.standins import oneroster

AWHILE = timedelta(minutes=11)
ALL_NIGHT = timedelta(hours=3)


@pytest.fixture
def service(workspace: Office, lincoln: District) -> Iterator[oneroster.OneRoster]:
    """Lincoln's roster comes over REST from here on, the same as before."""
    usual = patch.object(rest, "USUAL", Web(limits=Limits(tries=1)))
    secret = patch.dict(os.environ, {"ONEROSTER_SECRET": oneroster.SECRET})
    with oneroster.OneRoster("1.1", "oauth1") as service, usual, secret:
        service.schools = [
            oneroster.school(id, name=name, identifier=number)
            for id, (name, number) in lincoln.schools.items()
        ]
        service.users = [oneroster.user_1p1(t.id, t.schools) for t in lincoln.staff]
        lincoln.source = service.source()
        lincoln.declare()
        yield service


def down(service: oneroster.OneRoster, times: int = 1) -> None:
    """The list of schools cannot be had for so many readings."""
    service.spoil("schools", oneroster.fails(503), times=times)


def newest(workspace: Office) -> Run:
    with workspace.stores.read() as store:
        return store.runs.of(store.partners.named("lincoln-usd"), 1)[0]


def nobody_is_told(workspace: Office) -> None:
    for channel in ("lincoln-alerts", "recess-support"):
        workspace.channel(channel).expect_nothing()


def test_a_roster_that_can_be_read_after_a_while_is_nothing_to_tell(
    workspace: Office, lincoln: District, service: oneroster.OneRoster
) -> None:
    down(service)
    workspace.night()
    waiting = newest(workspace)
    assert (waiting.outcome, waiting.cause, waiting.retries) == (None, "server_failed", 1)
    assert "Nothing was changed; it is tried again at " in waiting.reason
    nobody_is_told(workspace)
    workspace.settle(AWHILE)
    assert newest(workspace).outcome == "applied"
    nobody_is_told(workspace)


def test_what_does_not_pass_is_told_once_after_the_last_try(
    workspace: Office, lincoln: District, service: oneroster.OneRoster
) -> None:
    down(service, times=99)
    workspace.night()
    began = workspace.clock.now
    workspace.settle(timedelta(minutes=100))
    nobody_is_told(workspace)
    workspace.settle(ALL_NIGHT)
    run = newest(workspace)
    assert (run.outcome, run.attempt) == ("failed", 4)
    assert workspace.clock.now - began == timedelta(minutes=10 + 30 + 90)
    workspace.channel("lincoln-alerts").expect_message(
        "could not be taken over", "It was tried 4 times that night", "tried again the next night"
    )
    workspace.channel("recess-support").expect_message("The roster of 1 partner could not be read")
    nobody_is_told(workspace)


def test_the_next_night_is_tried_as_often_again(
    workspace: Office, lincoln: District, service: oneroster.OneRoster
) -> None:
    down(service, times=5)
    workspace.night()
    workspace.settle(ALL_NIGHT)
    workspace.channel("lincoln-alerts").expect_message("could not be taken over")
    workspace.channel("recess-support").expect_message("could not be read")
    workspace.night()
    nobody_is_told(workspace)
    workspace.settle(AWHILE)
    assert newest(workspace).outcome == "applied"
    workspace.channel("lincoln-alerts").expect_message("was read again, after 1 night without")


def test_a_fault_that_needs_somebody_is_told_at_once(
    workspace: Office, lincoln: District, service: oneroster.OneRoster
) -> None:
    service.spoil("schools", oneroster.fails(401), times=9)
    workspace.night()
    assert newest(workspace).outcome == "failed"
    workspace.channel("lincoln-alerts").expect_message("could not be taken over")
    workspace.channel("recess-support").expect_message("could not be read")


def test_a_roster_that_somebody_read_meanwhile_is_not_read_once_more(
    workspace: Office, lincoln: District, service: oneroster.OneRoster
) -> None:
    down(service)
    workspace.night()
    workspace.service.syncing.now("lincoln-usd")
    asked = service.times("schools")
    workspace.settle(AWHILE)
    assert service.times("schools") == asked
    with workspace.stores.read() as store:
        later, night = store.runs.of(store.partners.named("lincoln-usd"), 2)
    assert (later.outcome, night.outcome) == ("applied", "superseded")
    nobody_is_told(workspace)


def test_a_night_that_was_put_off_is_found_when_its_job_is_lost(
    workspace: Office, lincoln: District, service: oneroster.OneRoster
) -> None:
    down(service)
    workspace.night()
    assert workspace.hands is not None
    workspace.hands.drop()
    assert workspace.service.syncing.carry_abandoned(set()) == 0
    workspace.clock.pass_by(minutes=12)
    assert workspace.service.syncing.carry_abandoned(set()) == 1
    workspace.settle()
    assert newest(workspace).outcome == "applied"


def test_a_partner_that_is_retired_meanwhile_is_not_read(
    workspace: Office, lincoln: District, service: oneroster.OneRoster
) -> None:
    down(service)
    workspace.night()
    with workspace.stores.transaction() as store:
        store.partners.retire(store.partners.locked("lincoln-usd"))
    workspace.settle(AWHILE)
    run = newest(workspace)
    assert (run.outcome, run.reason) == ("skipped", "The partner was retired meanwhile.")


def test_a_job_that_is_done_once_more_does_not_cut_the_wait_short(
    workspace: Office, lincoln: District, service: oneroster.OneRoster
) -> None:
    down(service)
    workspace.night()
    asked = service.times("schools")
    assert workspace.hands is not None
    [*_, done] = [job for job in workspace.hands.done if job.kind == "sync"]
    workspace.service.syncing.owed(done.key)
    assert service.times("schools") == asked
    assert newest(workspace).retries == 1


def test_an_error_of_ours_is_tried_again_and_then_told_with_a_reference(
    workspace: Office, lincoln: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(workspace.service.syncing, "_plan", broken)
    workspace.night()
    nobody_is_told(workspace)
    workspace.settle(ALL_NIGHT)
    for channel in ("lincoln-alerts", "recess-support"):
        workspace.channel(channel).expect_message("Something went wrong on our side (reference")
    assert (newest(workspace).outcome, newest(workspace).attempt) == ("failed", 4)
    workspace.expect_trouble("went wrong, reference")
