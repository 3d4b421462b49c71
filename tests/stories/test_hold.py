"""Deciding about a held roster: three ways out, each by a named person."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.runs import Decision
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card

GONE = ["Oak Elementary", "Pine Middle", "Elm Academy"]


@pytest.fixture
def held(workspace: Office, lincoln: District) -> Card:
    """The card of a night on which three of eight schools were gone."""
    lincoln.night(without=GONE)
    workspace.channel("recess-support").expect_message("roster of Lincoln Unified is held")
    return workspace.channel("lincoln-alerts").expect_message("3 schools gone, 5 there")


def test_apply_and_pause_all_is_the_summer_case_in_one_click(
    workspace: Office, lincoln: District, held: Card
) -> None:
    held.click("Apply and pause all 3", by="ana")
    held.expect_update("is settled", "Ana Flores chose to apply it and to pause all")
    held.expect_thread("Ana Flores chose to apply it and to pause all")
    card = workspace.channel("lincoln-alerts").expect_message("every school on this card")
    card.expect_thread("Ana Flores paused Oak Elementary (0012), Pine Middle (0020) and Elm")
    assert {lincoln.status(name) for name in GONE} == {"paused"}
    workspace.forgive("recess-support")


def test_apply_leaves_every_school_to_be_decided_one_by_one(
    workspace: Office, lincoln: District, held: Card
) -> None:
    held.click("Apply, decide one by one", by="bo")
    held.expect_update("is settled", "Bo Lindqvist chose to apply it")
    held.expect_thread("Bo Lindqvist chose to apply it")
    workspace.channel("lincoln-alerts").expect_message("3 schools need a decision")
    assert {lincoln.status(name) for name in GONE} == {"action_needed"}
    workspace.forgive("recess-support")


def test_discarding_changes_nothing_and_is_heard_of_again_on_the_third_night(
    workspace: Office, lincoln: District, held: Card
) -> None:
    held.click("Discard", by="ana")
    held.expect_update("is settled", "Ana Flores discarded it")
    held.expect_thread("Ana Flores discarded it")
    lincoln.night(without=GONE)
    held.expect_update("is held", "the same for 2 nights")
    assert {lincoln.status(name) for name in GONE} == {"active"}
    workspace.forgive("lincoln-alerts", "recess-support")
    held.click("Discard", by="ana")
    lincoln.night(without=GONE)
    workspace.channel("recess-support").expect_message("was discarded, and is the same again")
    workspace.forgive("lincoln-alerts", "recess-support")


def test_of_two_who_decide_at_once_the_second_is_told_who_did(
    workspace: Office, lincoln: District, held: Card
) -> None:
    held.click("Discard", by="ana")
    held.click("Apply, decide one by one", by="bo")
    workspace.expect_ephemeral(to="bo", saying="Ana Flores discarded this roster")
    assert lincoln.status("Oak Elementary") == "active"
    workspace.forgive("lincoln-alerts", "recess-support")


@pytest.mark.parametrize("person", ["vic", "tia", "carmen"])
def test_who_may_not_pause_may_not_decide_about_a_hold(
    workspace: Office, lincoln: District, held: Card, person: str
) -> None:
    held.click("Apply and pause all 3", by=person)
    workspace.expect_ephemeral(to=person, saying="may decide about a held roster")
    assert lincoln.status("Oak Elementary") == "active"


def test_a_decision_on_a_hold_that_a_later_night_replaced_is_refused(
    workspace: Office, lincoln: District, held: Card
) -> None:
    lincoln.night()
    held.click("Apply and pause all 3", by="ana")
    workspace.expect_ephemeral(to="ana", saying="is not held any more")
    assert lincoln.status("Oak Elementary") == "active"
    workspace.forgive("lincoln-alerts", "recess-support")


def test_a_hold_whose_base_has_moved_is_not_applied_and_says_why(
    workspace: Office, lincoln: District, held: Card
) -> None:
    with workspace.stores.transaction() as store:
        store.partners.advance(store.partners.locked("lincoln-usd"))
    held.click("Apply, decide one by one", by="ana")
    held.expect_update("is settled without being applied", "has changed since this one was read")
    held.expect_thread("Ana Flores chose to apply it")
    held.expect_thread("was not applied", "would do more than was shown")
    assert "took its place" not in held.reads
    assert lincoln.status("Oak Elementary") == "active"
    workspace.forgive("recess-support")


def test_a_decision_whose_job_was_lost_is_carried_out_by_the_sweep(
    workspace: Office, lincoln: District, held: Card
) -> None:
    with workspace.stores.transaction() as store:
        run = store.runs.held(store.partners.named("lincoln-usd"))
        assert run is not None
        decided = {"decision": Decision.APPLY, "decided_at": store.now, "decided_by": "U0ANA"}
        store.runs._set(run, decided_name="Ana Flores", **decided)
    workspace.clock.move_to(workspace.clock.now + timedelta(minutes=2))
    workspace.service.sweep()
    workspace.settle()
    assert lincoln.status("Oak Elementary") == "action_needed"
    workspace.forgive("lincoln-alerts", "recess-support")


def test_nights_of_the_summer_are_skipped_and_the_first_one_after_it_reminds_once(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Pause", school="Oak Elementary", by="ana")
    workspace.forgive("lincoln-alerts")
    today = workspace.clock.now
    window = {"from": f"{today:%m-%d}", "to": f"{today + timedelta(days=2):%m-%d}"}
    with workspace.stores.transaction() as store:
        partner = store.partners.named("lincoln-usd")
        store.partners.declare(replace(partner, pause_windows=(window,)))
    lincoln.night(without=[*GONE, "Birch Elementary"])
    lincoln.night(without=[*GONE, "Birch Elementary"])
    workspace.channel("lincoln-alerts").expect_nothing()
    assert lincoln.status("Elm Academy") == "active"
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    workspace.channel("lincoln-alerts").expect_message("Still paused: Oak Elementary (0012)")
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    workspace.channel("lincoln-alerts").expect_nothing()
