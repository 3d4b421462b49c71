"""Sync now: asked for by a person, who is told how it ended."""

import pytest

from handlers.views.blocks import actions, section
from handlers.views.syncing import sync_now_button
from storage.schools import Actor
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card


@pytest.fixture
def button(workspace: Office, lincoln: District) -> Card:
    """A message with the button, as several surfaces have it."""
    blocks = [section("Ready?"), actions("sync", sync_now_button(lincoln.stored))]
    with workspace.stores.transaction() as store:
        store.messages.note("C0LINCOLN", {"text": "Ready?", "blocks": blocks})
    return workspace.channel("lincoln-alerts").expect_message("Ready?")


def runs(workspace: Office, district: District) -> list[str | None]:
    with workspace.stores.read() as store:
        return [run.asked_name for run in store.runs.of(district.stored)]


def test_a_school_that_is_shared_again_is_back_at_once(
    workspace: Office, lincoln: District, card: Card, button: Card
) -> None:
    lincoln.share(without=["Pine Middle"])
    button.click("Sync now", by="ana")
    workspace.expect_ephemeral(
        "ana", "The roster of Lincoln Unified is being synced", "direct message when it has ended"
    )
    workspace.expect_direct_message(
        "ana", "The sync of Lincoln Unified that you asked for is done", "1 school back"
    )
    card.expect_update("1 school needs a decision", "Oak Elementary (0012) is shared again")
    card.expect_thread("Oak Elementary (0012) is shared again")
    assert lincoln.status("Oak Elementary") == "active"
    assert lincoln.history("Oak Elementary")[0].actor_name == "The sync that Ana Flores asked for"


def test_an_unchanged_roster_is_said_to_be_unchanged(
    workspace: Office, lincoln: District, button: Card
) -> None:
    button.click("Sync now", by="sam")
    workspace.expect_ephemeral("sam", "is being synced")
    workspace.expect_direct_message("sam", "its roster is as it was, so nothing was changed")


def test_why_nothing_is_synced_is_told_also_when_slack_opens_no_dialog(
    workspace: Office, lincoln: District
) -> None:
    home = workspace.open_home("ana")
    lincoln.source = {"kind": "csv"}
    lincoln.declare()
    workspace.slack.misbehave("status", "views.open")
    home.click("Sync now")
    workspace.expect_direct_message("ana", "comes as a file that somebody uploads")


def test_a_roster_at_fault_tells_the_person_why_and_bothers_nobody_else(
    workspace: Office, lincoln: District, button: Card
) -> None:
    lincoln.spoil()
    button.click("Sync now", by="ana")
    workspace.expect_ephemeral("ana", "is being synced")
    workspace.expect_direct_message(
        "ana", "failed", "users.csv", "No school and no account was changed", "sync again"
    )
    workspace.channel("lincoln-alerts").expect_nothing()
    workspace.channel("recess-support").expect_nothing()


def test_a_held_roster_tells_the_person_where_to_decide(
    workspace: Office, lincoln: District, button: Card
) -> None:
    lincoln.share(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    button.click("Sync now", by="bo")
    workspace.expect_ephemeral("bo", "is being synced")
    workspace.expect_direct_message("bo", "is held", "was changed", "<#C0LINCOLN>")
    workspace.channel("lincoln-alerts").expect_message("is held")
    workspace.channel("recess-support").expect_message("is held")


def test_who_asks_while_one_is_owed_joins_it_and_both_are_told(
    workspace: Office, lincoln: District, button: Card
) -> None:
    for who in ("ana", "ana", "bo"):
        button.click("Sync now", by=who)
    workspace.expect_ephemeral("ana", "is being synced")
    workspace.expect_ephemeral("ana", "You asked for a sync of Lincoln Unified", "about to begin")
    workspace.expect_ephemeral("bo", "Ana Flores asked for a sync of Lincoln Unified")
    for who in ("ana", "bo"):
        workspace.expect_direct_message(who, "that you asked for is done")
    assert runs(workspace, lincoln) == ["Ana Flores", None]


def test_one_click_that_slack_delivers_twice_is_one_sync(
    workspace: Office, lincoln: District, button: Card
) -> None:
    button.click("Sync now", by="ana")
    workspace.expect_ephemeral("ana", "is being synced")
    workspace.expect_direct_message("ana", "that you asked for is done")
    click = next(d for d in workspace.slack.deliveries if d.kind == "interactive")
    assert workspace.slack.dispatch.ask("interactive", click.payload).ok
    workspace.settle()
    assert runs(workspace, lincoln) == ["Ana Flores", None]


def test_while_a_sync_is_under_way_it_is_said_by_whom_and_since_when(
    workspace: Office, lincoln: District, button: Card
) -> None:
    with workspace.stores.transaction() as store:
        store.runs.here(lincoln.stored, "now:by-hand", "recess sync on desk-7")
    button.click("Sync now", by="ana")
    workspace.expect_ephemeral(
        "ana",
        "Lincoln Unified is being synced already: by recess sync on desk-7, begun on 2026-10-",
        "Nothing was changed by this",
    )
    assert runs(workspace, lincoln) == [None, None]


def test_a_run_whose_process_died_is_no_obstacle(
    workspace: Office, lincoln: District, button: Card
) -> None:
    with workspace.stores.transaction() as store:
        store.runs.here(lincoln.stored, "now:by-hand", "recess sync on desk-7")
    workspace.clock.pass_by(minutes=5)
    button.click("Sync now", by="ana")
    workspace.expect_ephemeral("ana", "is being synced")
    workspace.expect_direct_message("ana", "that you asked for is done")


def test_a_sync_that_a_later_run_has_overtaken_is_said_to_be_needed_no_more(
    workspace: Office, lincoln: District
) -> None:
    with workspace.stores.transaction() as store:
        store.runs.owe(lincoln.stored, "now:x", by=Actor("U0ANA", "Ana Flores", "slack"))
    assert workspace.hands is not None
    workspace.hands.drop()
    lincoln.night()
    workspace.service.sweep()
    workspace.expect_direct_message(
        "ana", "that you asked for was not needed any more. A later run has read the roster"
    )


def test_a_partner_who_uploads_is_told_to_upload(
    workspace: Office, lincoln: District, button: Card
) -> None:
    lincoln.source = {"kind": "csv"}
    lincoln.declare()
    button.click("Sync now", by="ana")
    workspace.expect_ephemeral("ana", "Nothing was changed; upload a file with `/schools upload`")
    assert runs(workspace, lincoln) == [None]


def test_a_viewer_and_somebody_of_another_partner_are_refused(
    workspace: Office, lincoln: District, button: Card
) -> None:
    for who in ("vic", "carmen"):
        button.click("Sync now", by=who)
        workspace.expect_ephemeral(who, "may sync a roster here. Nothing was changed")
    assert runs(workspace, lincoln) == [None]


def test_a_retired_partner_is_not_synced(
    workspace: Office, lincoln: District, button: Card
) -> None:
    with workspace.stores.transaction() as store:
        store.partners.retire(lincoln.stored)
    button.click("Sync now", by="sam")
    workspace.expect_ephemeral("sam", "This partner is retired", "Nothing was changed")
    assert runs(workspace, lincoln) == [None]


def test_a_name_that_is_markup_is_shown_as_it_is(
    workspace: Office, lincoln: District, button: Card
) -> None:
    with workspace.stores.transaction() as store:
        store.runs.owe(lincoln.stored, "now:x", by=Actor("U0BO", "<!channel>", "slack"))
    button.click("Sync now", by="ana")
    workspace.expect_ephemeral("ana", "<!channel> asked for a sync")
    for who in ("ana", "bo"):
        workspace.expect_direct_message(who, "that you asked for is done")
    assert not [said for said in workspace.said() if "<!channel>" in said]
