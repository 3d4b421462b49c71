"""Deciding about a held roster: three ways out, each by a named person."""

from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest

from bot.sync import TRIES
from handlers.ask import Ask
from handlers.other_roads import channel_moved
from handlers.pause import pause
from handlers.sentences import not_done
from storage.rules.lifecycle import Event
from storage.rules.rights import Person
from storage.runs import Decision
from storage.schools import Actor
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card

ANA = Person("U0ANA", "Ana Flores", {"S0SUPPORT": False})
SAM = Actor("U0SAM", "Sam Sato", "slack")
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


def test_every_name_comes_as_a_file_to_who_asks_for_it(
    workspace: Office, lincoln: District, held: Card
) -> None:
    held.says("Not in it any more: Elm Academy (0031), Oak Elementary (0012), Pine Middle (0020)")
    held.click("Download the list", by="bo")
    workspace.expect_ephemeral(to="bo", saying="comes to you by direct message")
    file = workspace.expect_file("bo", "held-schools-lincoln-usd-2026-10-07.csv")
    assert file.text.splitlines() == [
        '"Id","Number","Name","People","Status","In the held roster","When it is applied"',
        '"lincoln-usd-0031","\'0031","Elm Academy","1","Active","gone","becomes Action Needed"',
        '"lincoln-usd-0012","\'0012","Oak Elementary","3","Active","gone","becomes Action Needed"',
        '"lincoln-usd-0020","\'0020","Pine Middle","2","Active","gone","becomes Action Needed"',
    ]
    workspace.forgive("lincoln-alerts", "recess-support")


def test_a_list_that_cannot_be_made_is_told_to_who_waits_for_it(
    workspace: Office, held: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> NoReturn:
        raise RuntimeError("unreadable")

    monkeypatch.setattr("handlers.hold._schools", broken)
    held.click("Download the list", by="bo")
    workspace.expect_ephemeral(to="bo", saying="comes to you by direct message")
    workspace.expect_direct_message("bo", "could not be made (reference ")
    workspace.expect_trouble("A file could not be made")
    workspace.forgive("lincoln-alerts", "recess-support")


def test_a_roster_that_somebody_asked_for_is_not_last_nights(
    workspace: Office, lincoln: District
) -> None:
    lincoln.share(without=GONE)
    workspace.command("/schools sync", by="ana", in_="lincoln-alerts")
    workspace.expect_ephemeral("ana", "is being synced")
    workspace.expect_direct_message("ana", "that you asked for is held")
    held = workspace.channel("lincoln-alerts").expect_message("3 schools gone")
    held.says("The roster of Lincoln Unified is held")
    workspace.forgive("recess-support")


def test_a_school_that_may_be_gone_from_the_held_roster_cannot_be_paused_before(
    workspace: Office, lincoln: District, held: Card
) -> None:
    ask = Ask(ANA, lincoln.slug, [lincoln.id("Oak Elementary")])
    [refused] = pause(ask, workspace.service._desk()).refused
    assert "a newer one is held: decide that first" in not_done(refused)
    workspace.forgive("lincoln-alerts")


def test_who_leaves_comes_as_a_file_of_its_own(workspace: Office, lincoln: District) -> None:
    lincoln.add_school("Linden Prep", "0099", "Zoe New")
    for letter in "ABCDEFGHIJKLMNOPQRST":
        lincoln.remove_teacher(f"Teacher {letter}")
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    card = workspace.channel("lincoln-alerts").expect_message("3 schools gone", "New in it: Linden")
    card.says("stay at them. 20 people lose a school that is still in it.")
    card.click("Download the list", by="sam")
    workspace.expect_ephemeral(to="sam", saying="comes to you by direct message")
    schools = workspace.expect_file("sam", "held-schools").text
    assert '"Linden Prep","","","new","becomes Active"' in schools
    staff = workspace.expect_file("sam", "held-staff").text.splitlines()
    assert len(staff) == 1 + 20
    assert "Teacher A" in staff[1]
    assert staff[1].endswith('"gone","Laurel High (0071)"')
    workspace.forgive("lincoln-alerts", "recess-support")


@pytest.mark.parametrize("person", ["vic", "tia", "carmen"])
def test_nobody_else_gets_the_list(workspace: Office, held: Card, person: str) -> None:
    held.click("Download the list", by=person)
    workspace.expect_ephemeral(to=person, saying="may decide about a held roster")
    assert workspace.files_of(person) == []
    workspace.forgive("lincoln-alerts", "recess-support")


def test_the_list_of_a_settled_roster_is_refused(
    workspace: Office, lincoln: District, held: Card
) -> None:
    lincoln.night()
    held.click("Download the list", by="ana")
    workspace.expect_ephemeral(to="ana", saying="is not held any more")
    assert workspace.files_of("ana") == []
    workspace.forgive("lincoln-alerts", "recess-support")


def test_a_frozen_school_that_is_gone_is_not_counted_among_those_to_pause(
    workspace: Office, lincoln: District
) -> None:
    with workspace.stores.transaction() as store:
        store.schools.change(lincoln.school("Oak Elementary"), Event.FROZEN, SAM)
    lincoln.night(without=GONE)
    held = workspace.channel("lincoln-alerts").expect_message("3 schools gone, 5 there")
    held.says("Not in it any more (1 stays paused or frozen)")
    held.click("Apply and pause all 2", by="ana")
    workspace.settle()
    assert [lincoln.status(name) for name in GONE] == ["frozen", "paused", "paused"]
    workspace.replies()
    workspace.forgive("lincoln-alerts", "recess-support")


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


def test_a_decision_that_goes_wrong_on_our_side_is_given_up_after_some_tries(
    workspace: Office, lincoln: District, held: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.sync.apply", broken)
    held.click("Apply, decide one by one", by="ana")
    held.expect_thread("Ana Flores chose to apply it")
    for _ in range(TRIES - 1):
        workspace.clock.pass_by(minutes=2)
        workspace.service.sweep()
        workspace.settle()
    held.expect_update("is settled without being applied")
    held.expect_thread("was not applied", "Something went wrong on our side (reference")
    workspace.expect_trouble("went wrong, reference")
    assert lincoln.status("Oak Elementary") == "active"
    workspace.forgive("recess-support")


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


def test_in_another_channel_the_card_is_posted_anew_and_the_old_one_says_where(
    workspace: Office, lincoln: District, held: Card
) -> None:
    bot = workspace.slack.app.bot_user
    workspace.slack.add_channel("C0NEW", "lincoln-new", ["ana", "bo", bot])
    lincoln.channel = "lincoln-new"
    lincoln.declare()
    with workspace.stores.transaction() as store:
        channel_moved(store, store.partners.locked(lincoln.slug), "C0LINCOLN")
    held.expect_update("is shown in its new channel", "<#C0NEW>")
    assert held.buttons == []
    there = workspace.channel("lincoln-new").expect_message("is held", "3 schools gone")
    there.click("Discard", by="ana")
    there.expect_update("Ana Flores discarded it")
    there.expect_thread("Ana Flores discarded it")
    workspace.forgive("recess-support")
    workspace.replies()
