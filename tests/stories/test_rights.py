"""Who may do what: everybody else is refused with a sentence, and learns nothing by it."""

import pytest

from storage.database import LOCK_TIMEOUT
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card

REFUSED = "You are not among the people who may pause schools here. Nothing was changed."


@pytest.mark.parametrize("who", ["vic", "tia", "carmen"])
def test_a_viewer_a_teacher_and_an_admin_of_another_partner_are_refused(
    workspace: Office, lincoln: District, cedar: District, card: Card, who: str
) -> None:
    card.click("Pause", school="Oak Elementary", by=who)
    said = workspace.expect_ephemeral(who, REFUSED, "ask them if it should be you")
    card.click("Pause…", by=who)
    workspace.expect_ephemeral(who, REFUSED)
    card.click("Freeze", school="Oak Elementary", by=who)
    refusal = workspace.expect_ephemeral(who, "may freeze schools here")
    workspace.expect_no_modal(who)
    assert not any("Oak" in told.reads or "Lincoln" in told.reads for told in (said, refusal))
    assert lincoln.status("Oak Elementary") == "action_needed"


@pytest.mark.parametrize("who", ["vic", "tia", "carmen"])
def test_who_may_not_ask_for_an_unfreeze_is_not_offered_it(
    workspace: Office, lincoln: District, frozen: Card, who: str
) -> None:
    frozen.click("Unfreeze", school="Oak Elementary", by=who)
    refusal = workspace.expect_ephemeral(who, "You are not among the people who may request")
    assert refusal.buttons == []
    assert "Oak" not in refusal.reads


def test_a_supporter_may_pause_for_every_partner(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Pause", school="Oak Elementary", by="sam")
    card.expect_thread("Sam Sato paused Oak Elementary")


def test_a_guest_of_another_workspace_is_refused_by_team(
    workspace: Office, lincoln: District, card: Card
) -> None:
    workspace.slack.add_person("U0GUS", "gus", "Gus", "gus@else.example", team_id="T0ELSE")
    workspace.slack.join("lincoln-alerts", "gus")
    workspace.slack.change_group("S0LINCOLNADMINS", add=["gus"])
    card.click("Pause", school="Oak Elementary", by="gus")
    workspace.expect_ephemeral("gus", "Only members of this workspace can pause schools")
    assert lincoln.status("Oak Elementary") == "action_needed"


def test_somebody_removed_from_the_group_is_refused_at_the_next_click(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Pause", school="Oak Elementary", by="bo")
    card.expect_thread("Bo Lindqvist paused")
    workspace.slack.change_group("S0LINCOLNADMINS", remove=["bo"])
    workspace.heard("subteam_members_changed")
    card.click("Pause", school="Pine Middle", by="bo")
    workspace.expect_ephemeral("bo", REFUSED)
    assert lincoln.status("Pine Middle") == "action_needed"


def test_somebody_removed_while_no_event_comes_is_refused_after_a_minute(
    workspace: Office, lincoln: District, card: Card
) -> None:
    workspace.slack.events -= {"subteam_members_changed", "subteam_updated"}
    card.click("Pause", school="Oak Elementary", by="bo")
    card.expect_thread("Bo Lindqvist paused")
    workspace.slack.change_group("S0LINCOLNADMINS", remove=["bo"])
    workspace.clock.pass_by(seconds=61)
    card.click("Pause", school="Pine Middle", by="bo")
    workspace.expect_ephemeral("bo", REFUSED)
    assert lincoln.status("Pine Middle") == "action_needed"


@pytest.mark.parametrize("code", ["internal_error", "missing_scope", "no_such_subteam"])
def test_a_group_that_cannot_be_read_means_no_with_the_reason(
    workspace: Office, lincoln: District, card: Card, code: str
) -> None:
    workspace.slack.unreadable_group("S0LINCOLNADMINS", code)
    card.click("Pause", school="Oak Elementary", by="bo")
    workspace.expect_ephemeral(
        "bo", "could not be checked", "Slack did not tell who is in the user group"
    )
    assert lincoln.status("Oak Elementary") == "action_needed"


def test_who_is_named_in_the_settings_may_although_a_group_cannot_be_read(
    workspace: Office, lincoln: District, card: Card
) -> None:
    workspace.slack.unreadable_group("S0LINCOLNADMINS")
    card.click("Pause", school="Oak Elementary", by="ana")
    card.expect_thread("Ana Flores paused")


def test_members_of_a_disabled_group_are_refused(
    workspace: Office, lincoln: District, card: Card
) -> None:
    workspace.slack.disable_group("S0LINCOLNADMINS")
    workspace.heard("subteam_updated")
    card.click("Pause", school="Oak Elementary", by="bo")
    workspace.expect_ephemeral("bo", "Nothing was changed")
    assert lincoln.status("Oak Elementary") == "action_needed"


def test_a_group_that_does_not_exist_grants_nothing(
    workspace: Office, lincoln: District, card: Card
) -> None:
    lincoln.admins = ["S0NOWHERE"]
    lincoln.declare()
    card.click("Pause", school="Oak Elementary", by="ana")
    workspace.expect_ephemeral("ana", "could not be checked")
    assert lincoln.status("Oak Elementary") == "action_needed"


def test_without_user_groups_support_is_refused_rather_than_guessed(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    workspace.slack.paid_plan(False)
    workspace.clock.pass_by(seconds=61)
    frozen.click("Unfreeze", school="Oak Elementary", by="sam")
    workspace.expect_ephemeral("sam", "could not be checked")
    workspace.expect_no_modal("sam")
    assert lincoln.status("Oak Elementary") == "frozen"


def test_when_slack_does_not_say_who_asks_nothing_happens(
    workspace: Office, lincoln: District, card: Card
) -> None:
    workspace.forget_people()
    for method in ("auth.test", "users.info", "usergroups.users.list"):
        workspace.slack.misbehave("status", method, times=None)
    card.click("Pause", school="Oak Elementary", by="ana")
    workspace.expect_ephemeral("ana", "Slack could not be reached to check who you are")
    assert lincoln.status("Oak Elementary") == "action_needed"


def test_a_name_that_slack_does_not_tell_is_the_one_of_the_click(
    workspace: Office, lincoln: District, card: Card
) -> None:
    workspace.slack.misbehave("error", "users.info", times=None)
    card.click("Pause", school="Oak Elementary", by="ana")
    card.expect_thread("ana paused Oak Elementary (0012)")


def test_rights_lost_while_the_dialog_is_open_are_lost(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Freeze", school="Oak Elementary", by="bo")
    modal = workspace.expect_modal("bo", "Freezing Oak Elementary")
    workspace.slack.change_group("S0LINCOLNADMINS", remove=["bo"])
    workspace.heard("subteam_members_changed")
    modal.submit(reason="Closed for good")
    workspace.expect_modal("bo", "Not done", "You are not among the people who may freeze schools")
    assert lincoln.status("Oak Elementary") == "action_needed"


def test_settings_that_change_while_the_dialog_is_open_count(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Pause…", by="ana")
    modal = workspace.expect_modal("ana", "Tick the schools")
    lincoln.admins = ["U0BO"]
    lincoln.declare()
    modal.submit(tick=["Oak Elementary"])
    workspace.expect_modal("ana", "Not done", REFUSED)
    assert lincoln.status("Oak Elementary") == "action_needed"


def test_a_click_while_the_roster_is_being_stored_is_told_so_in_time(
    workspace: Office, lincoln: District, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.desk.LOCK_TIMEOUT", LOCK_TIMEOUT)
    with workspace.stores.transaction() as store:
        store.partners.locked("lincoln-usd")
        card.click("Pause", school="Oak Elementary", by="ana")
        workspace.expect_ephemeral("ana", "Tonight's roster is being stored right now", "try again")
    assert lincoln.status("Oak Elementary") == "action_needed"
