"""What a night tells whom: the card, a roster at fault, a held difference, a return."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card


def test_the_first_night_says_what_was_connected(workspace: Office, lincoln: District) -> None:
    lincoln.night()
    workspace.channel("lincoln-alerts").expect_nothing()


def test_an_unchanged_difference_is_not_posted_again(
    workspace: Office, lincoln: District, card: Card
) -> None:
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    workspace.channel("lincoln-alerts").expect_nothing()
    assert card.message == workspace.slack.current(card.message)


def test_something_new_that_vanishes_gives_one_new_card_and_the_old_one_points_to_it(
    workspace: Office, lincoln: District, card: Card
) -> None:
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    newer = workspace.channel("lincoln-alerts").expect_message(
        "3 schools need a decision", "Oak Elementary (0012)", "Pine Middle", "Elm Academy (0031)"
    )
    card.expect_update("a newer card lists everything that is open", "Go to the newer card")
    assert card.buttons == []
    assert f"<{workspace.slack.url}" in str(card.message.blocks)
    assert newer.message.ts.replace(".", "") in str(card.message.blocks)
    assert newer.buttons_of("Oak Elementary") == ["Pause", "Freeze…"]


def test_a_click_on_a_card_that_was_replaced_meanwhile_still_counts(
    workspace: Office, lincoln: District, card: Card
) -> None:
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    newer = workspace.channel("lincoln-alerts").expect_message("3 schools need a decision")
    card.click("Pause", school="Oak Elementary", by="ana")
    newer.expect_update("2 schools need a decision", "Ana Flores paused Oak Elementary")
    newer.expect_thread("Ana Flores paused Oak Elementary")


def test_a_school_that_returns_is_active_again_on_the_same_card(
    workspace: Office, lincoln: District, card: Card
) -> None:
    lincoln.night(without=["Pine Middle"])
    card.expect_update("1 school needs a decision", "Oak Elementary (0012) is shared again: Active")
    card.expect_thread("Oak Elementary (0012) is shared again: Active")
    assert card.buttons_of("Oak Elementary") == []


def test_a_school_that_has_another_name_by_now_has_it_on_the_card_too(
    workspace: Office, lincoln: District, card: Card
) -> None:
    lincoln.night(without=["Pine Middle"])
    card.expect_update("Oak Elementary (0012) is shared again")
    card.expect_thread("Oak Elementary (0012) is shared again")
    lincoln.schools[lincoln.id("Oak Elementary")] = ("Oak Grove", "0012")
    lincoln.night(without=["Pine Middle"])
    card.expect_update("Oak Grove (0012) is shared again")


def test_a_paused_school_that_returns_is_active_again(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Pause", school="Oak Elementary", by="ana")
    card.expect_thread("Ana Flores paused")
    lincoln.night(without=["Pine Middle"])
    card.expect_thread("Oak Elementary (0012) is shared again")
    assert lincoln.status("Oak Elementary") == "active"


def test_a_frozen_school_that_returns_stays_frozen_and_support_is_told_once(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    lincoln.night(without=["Pine Middle"])
    workspace.channel("recess-support").expect_message(
        "Oak Elementary (0012) of Lincoln Unified is frozen, and its roster has it again"
    )
    lincoln.night(without=["Pine Middle"])
    workspace.channel("recess-support").expect_nothing()
    assert lincoln.status("Oak Elementary") == "frozen"
    assert len(lincoln.locked()) == 3


def test_a_roster_at_fault_changes_nothing_and_both_sides_are_told(
    workspace: Office, lincoln: District
) -> None:
    lincoln.night(without=["Oak Elementary"], spoilt=True)
    workspace.channel("lincoln-alerts").expect_message(
        "Last night's roster of Lincoln Unified could not be taken over",
        "No school and no account was changed",
        "tried again the next night",
        "support team has been told",
    )
    workspace.channel("recess-support").expect_message(
        "The roster of 1 partner could not be read on the night of Oct 7, 2026.",
        "Lincoln Unified",
        "Nothing was changed",
    )
    assert lincoln.status("Oak Elementary") == "active"


def test_one_cause_of_one_night_is_one_card_for_support_however_many_partners_it_stops(
    workspace: Office, lincoln: District, cedar: District
) -> None:
    lincoln.spoil()
    cedar.night(spoilt=True)
    fault = workspace.channel("recess-support").expect_message("could not be read")
    fault.says("The roster of 2 partners", "Lincoln Unified", "Cedar Valley")
    for partner in (lincoln, cedar):
        workspace.channel(partner.channel).expect_message("could not be taken over")
    workspace.channel("recess-support").expect_nothing()


def test_a_partner_is_told_on_the_first_third_and_seventh_night_and_on_recovery(
    workspace: Office, lincoln: District
) -> None:
    channel = workspace.channel("lincoln-alerts")
    told = {1: "could not be taken over", 3: "third night in a row", 7: "seventh night in a row"}
    for night in range(1, 9):
        lincoln.night(spoilt=True)
        workspace.channel("recess-support").expect_message("The roster of 1 partner")
        if night in told:
            channel.expect_message(told[night])
        channel.expect_nothing()
    lincoln.night()
    channel.expect_message("The roster of Lincoln Unified was read again, after 8 nights without")
    lincoln.night()
    channel.expect_nothing()


@pytest.fixture
def held(workspace: Office, lincoln: District) -> Card:
    """The card of a night on which three of eight schools were gone."""
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    workspace.channel("recess-support").expect_message("roster of Lincoln Unified is held")
    return workspace.channel("lincoln-alerts").expect_message(
        "Last night's roster of Lincoln Unified is held",
        "3 schools gone, 5 there",
        "Elm Academy",
        "staff not in it any more",
        "Staff of the schools that are gone stay at them. Nobody loses a school that is still in",
        "No school and no account was changed",
    )


def test_a_held_night_changes_nothing_and_has_one_card_in_each_channel(
    workspace: Office, lincoln: District, held: Card
) -> None:
    assert lincoln.status("Oak Elementary") == "active"
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    held.expect_update("the same for 2 nights")
    held.expect_thread("is held again, the same as before: 2 nights now")
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy", "Birch Elementary"])
    held.expect_update("4 schools gone, 4 there", "Birch Elementary")
    held.expect_thread("is held again, and not the one before")
    workspace.channel("lincoln-alerts").expect_nothing()
    workspace.channel("recess-support").expect_nothing()
    workspace.forgive("recess-support")


def test_a_clean_night_settles_a_hold(workspace: Office, lincoln: District, held: Card) -> None:
    lincoln.night()
    held.expect_update("The held roster of Lincoln Unified is settled")


def test_a_night_at_fault_leaves_a_hold_open(
    workspace: Office, lincoln: District, held: Card
) -> None:
    lincoln.night(spoilt=True)
    workspace.channel("lincoln-alerts").expect_message("could not be taken over")
    workspace.channel("recess-support").expect_message("The roster of 1 partner")
    assert workspace.slack.current(held.message) == held.message


def test_two_holds_after_another_are_two_stories(
    workspace: Office, lincoln: District, held: Card
) -> None:
    lincoln.night()
    held.expect_update("is settled")
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    workspace.channel("lincoln-alerts").expect_message("is held", "3 schools gone")
    workspace.channel("recess-support").expect_message("is held")
    assert "is settled" in held.reads


def test_two_schools_of_one_name_are_told_apart(
    workspace: Office, lincoln: District, tmp_path: Path
) -> None:
    lincoln.add_school("Oak Elementary", "0099", "Nia Newton")
    lincoln.night()
    lincoln.night(without=["0012", "0099"])
    card = workspace.channel("lincoln-alerts").expect_message(
        "Oak Elementary (0012)", "Oak Elementary (0099)"
    )
    card.click("Pause", school="Oak Elementary (0099)", by="ana")
    card.expect_update("Ana Flores paused Oak Elementary (0099)")
    card.expect_thread("Ana Flores paused Oak Elementary (0099)")
    card.click("Pause…", by="ana")
    modal = workspace.expect_modal("ana", "Tick the schools")
    assert modal.offers == ["Oak Elementary (0012 · 3 people)"]
    assert (lincoln.status("0012"), lincoln.status("0099")) == ("action_needed", "paused")


HOSTILE = "<!channel> & *Sons* <@U0ANA> <https://evil.example|x>"


def test_what_comes_from_a_roster_or_a_person_mentions_nobody(
    workspace: Office, lincoln: District
) -> None:
    lincoln.add_school(HOSTILE, "<1>", "Eve <!here>")
    lincoln.night()
    lincoln.night(without=["<1>"])
    card = workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")
    card.click("Freeze", by="ana")
    workspace.expect_modal("ana", "Eve <!here>").submit(reason="Because <!channel> & <@U0BO>")
    workspace.expect_ephemeral("ana", "is frozen")
    card.expect_update("Ana Flores froze")
    card.expect_thread("Because <!channel> & <@U0BO>")
    card.click("Unfreeze", by="ana")
    workspace.expect_ephemeral("ana", "Only the support team").click("Request unfreeze", by="ana")
    workspace.expect_modal("ana", "Request unfreeze").submit(reason="<!everyone>")
    workspace.expect_ephemeral("ana", "has been asked")
    card.expect_thread("<!everyone>")
    asked = workspace.channel("recess-support").expect_message("<!everyone>")
    asked.click("Deny", by="sam")
    workspace.expect_modal("sam", "stays frozen").submit(reason="No <!channel>")
    workspace.expect_direct_message("ana", "No <!channel>")
    card.expect_thread("No <!channel>")
    assert not [m for m in workspace.said() if any(w in m for w in ("<!ch", "<!ev", "<!he", "<@U"))]
    assert not [m for m in workspace.said() if "<https" in m]


def test_names_as_long_as_a_source_may_send_them_still_fit(
    workspace: Office, lincoln: District
) -> None:
    long = "Llanfair" * 30
    lincoln.add_school(long, "9" * 60, *(f"{long} {n}" for n in range(30)))
    lincoln.breaker = {"schools": 200}
    lincoln.declare()
    lincoln.night()
    lincoln.night(without=["9" * 60])
    card = workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")
    card.click("Pause…", by="ana")
    workspace.expect_modal("ana", "Tick the schools").close()
    card.click("Freeze", by="ana")
    workspace.expect_modal("ana", "locks 30 accounts").submit(reason="x" * 500, typed="9" * 60)
    workspace.expect_ephemeral("ana", "is frozen")
    card.expect_update("Ana Flores froze")
    card.expect_thread("Ana Flores froze")
    card.click("Unfreeze", by="sam")
    workspace.expect_modal("sam", "becomes Action Needed").submit(reason="y" * 500)
    card.expect_thread("Sam Sato unfroze")


def test_a_card_that_nobody_has_seen_is_not_posted_to_point_at_the_next(
    workspace: Office, lincoln: District
) -> None:
    workspace.slack.misbehave("ratelimited", "chat.postMessage", retry_after=100_000)
    lincoln.night(without=["Oak Elementary"])
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    workspace.channel("lincoln-alerts").expect_message("2 schools need a decision")
    workspace.settle(timedelta(days=1))
    workspace.channel("lincoln-alerts").expect_nothing()
