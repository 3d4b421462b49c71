"""Pausing a school by its button; many at once are in test_review."""

from concurrent.futures import ThreadPoolExecutor

from handlers.other_roads import channel_moved
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card


def test_an_admin_pauses_one_school_by_its_button(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Pause", school="Oak Elementary", by="ana")
    card.expect_update("1 school needs a decision", "Ana Flores paused Oak Elementary (0012)")
    card.expect_thread("Ana Flores paused Oak Elementary (0012)")
    assert lincoln.status("Oak Elementary") == "paused"
    assert lincoln.status("Pine Middle") == "action_needed"
    assert card.buttons_of("Oak Elementary") == []
    assert card.buttons_of("Pine Middle") == ["Pause", "Freeze…"]


def test_a_second_click_is_told_who_was_first_and_when(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Pause", school="Oak Elementary", by="ana")
    card.click("Pause", school="Oak Elementary", by="ana")
    workspace.expect_ephemeral(
        "ana",
        "Oak Elementary (0012) is already paused: Ana Flores paused Oak Elementary (0012)",
        "2026-10-07 12:00 UTC",
        "Nothing was changed",
    )
    card.expect_thread("Ana Flores paused Oak Elementary")
    assert len(lincoln.history("Oak Elementary")) == 3


def test_two_admins_click_at_once_and_one_is_told_who_won(
    workspace: Office, lincoln: District, card: Card
) -> None:
    with ThreadPoolExecutor(2) as both:
        clicks = [
            both.submit(card.click, "Pause", school="Oak Elementary", by=who)
            for who in ("ana", "bo")
        ]
    assert all(click.result().ok for click in clicks)
    [won, *_] = lincoln.history("Oak Elementary")
    loser = {"Ana Flores": "bo", "Bo Lindqvist": "ana"}[won.actor_name]
    workspace.expect_ephemeral(loser, f"{won.actor_name} paused Oak Elementary (0012)")
    card.expect_thread(f"{won.actor_name} paused Oak Elementary (0012)")
    assert len(lincoln.history("Oak Elementary")) == 3


def test_an_admin_freezes_what_another_one_paused_a_moment_ago_and_is_told(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Pause", school="Oak Elementary", by="ana")
    card.click("Freeze", school="Oak Elementary", by="bo")
    workspace.expect_ephemeral(
        "bo", "You were looking at an older state: Ana Flores paused Oak Elementary (0012)"
    )
    workspace.expect_no_modal("bo")
    card.expect_thread("Ana Flores paused Oak Elementary")
    assert lincoln.status("Oak Elementary") == "paused"


def test_a_school_that_came_back_cannot_be_paused_from_a_stale_card(
    workspace: Office, lincoln: District, card: Card
) -> None:
    lincoln.night(without=["Pine Middle"])
    card.click("Pause", school="Oak Elementary", by="ana")
    workspace.expect_ephemeral("ana", "Oak Elementary (0012) is still in its roster", "Unshare it")
    card.expect_update("1 school needs a decision", "Oak Elementary (0012) is shared again")
    card.expect_thread("Oak Elementary (0012) is shared again: Active")
    assert lincoln.status("Oak Elementary") == "active"


def test_in_another_channel_a_new_card_lists_what_is_open_and_the_old_one_says_where(
    workspace: Office, lincoln: District, card: Card
) -> None:
    bot = workspace.slack.app.bot_user
    workspace.slack.add_channel("C0NEW", "lincoln-new", ["ana", "bo", bot])
    lincoln.channel = "lincoln-new"
    lincoln.declare()
    with workspace.stores.transaction() as store:
        channel_moved(store, store.partners.locked(lincoln.slug), "C0LINCOLN")
    card.expect_update("a newer card lists everything", "<#C0NEW>", "Go to the newer card")
    assert card.buttons == []
    there = workspace.channel("lincoln-new").expect_message("2 schools need a decision")
    there.click("Pause", school="Oak Elementary", by="ana")
    there.expect_update("1 school needs a decision")
    there.expect_thread("Ana Flores paused Oak Elementary (0012)")
