"""Linking a re-created school in its dialog."""

import pytest

from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card, Modal

OAK = "Oak Elementary (0012)"
MENU = "Link with the new school…"


def recreate(lincoln: District) -> str:
    """Oak Elementary is in tonight's roster under another id, with one more teacher."""
    people = [t.name for t in lincoln.staff if lincoln.id("Oak Elementary") in t.schools]
    new = lincoln.add_school("Oak Elementary New", "x", "Nia Newton")
    for name in people:
        lincoln.add_teacher(name, new)
    lincoln.schools[new] = ("Oak Elementary", "0012")
    lincoln.night(without=["lincoln-usd-0012", "Pine Middle"])
    return new


@pytest.fixture
def recreated(workspace: Office, lincoln: District, card: Card) -> str:
    new = recreate(lincoln)
    card.expect_update("Looks re-created as Oak Elementary (0012)")
    return new


def opened(workspace: Office, card: Card, by: str = "sam") -> Modal:
    card.choose(MENU, school="Oak Elementary", by=by)
    return workspace.expect_modal(by, "Link two schools")


def test_the_dialog_shows_both_records_and_what_becomes_of_them(
    workspace: Office, lincoln: District, card: Card, recreated: str
) -> None:
    opened(workspace, card).says(
        f"Before: {OAK}, id lincoln-usd-0012",
        "Action Needed",
        f"Now: {OAK}, id {recreated}",
        "4 accounts · the same number",
        "it becomes Active",
    )
    assert lincoln.school("lincoln-usd-0012").present is False


def test_support_links_and_the_school_goes_on_under_its_new_id(
    workspace: Office, lincoln: District, card: Card, recreated: str
) -> None:
    old = lincoln.school("lincoln-usd-0012")
    opened(workspace, card).submit(reason="The same building")
    workspace.expect_ephemeral("sam", f"{OAK} is linked", "Status: Active")
    card.expect_thread("Sam Sato linked Oak Elementary (0012)", "The same building")
    joined = lincoln.school(recreated)
    assert (joined.key, joined.status, joined.present) == (old.key, "active", True)


def test_a_frozen_school_stays_frozen_and_the_dialog_says_how_many_more_lock(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    new = recreate(lincoln)
    frozen.expect_update("Ana Flores froze Oak Elementary")
    modal = opened(workspace, frozen)
    modal.says("It stays Frozen, and 1 more account locks at once")
    modal.submit(reason="The same building")
    workspace.expect_ephemeral("sam", "Status: Frozen")
    workspace.forgive("lincoln-alerts", "recess-support")
    assert lincoln.school(new).status == "frozen"
    assert "Nia Newton" in lincoln.locked()


def test_another_new_school_can_be_chosen(
    workspace: Office, lincoln: District, card: Card, recreated: str
) -> None:
    lincoln.add_school("Oak Annex", "0013", "Ulla Vik")
    lincoln.night(without=["lincoln-usd-0012", "Pine Middle"])
    modal = opened(workspace, card)
    assert modal.suggest("annex") == ["Oak Annex (0013)"]
    modal.choose("Oak Annex (0013)")
    modal = workspace.expect_modal("sam", "Now: Oak Annex (0013)", "1 account")
    modal.submit(reason="They moved")
    workspace.expect_ephemeral("sam", "Oak Annex (0013) is linked")
    card.expect_thread("Sam Sato linked Oak Annex (0013)")
    assert lincoln.school("0013").version > 1


def test_a_school_is_not_linked_with_one_whose_effect_was_not_shown(
    workspace: Office, lincoln: District, card: Card, recreated: str
) -> None:
    lincoln.add_school("Oak Annex", "0013", "Ulla Vik")
    lincoln.night(without=["lincoln-usd-0012", "Pine Middle"])
    modal = opened(workspace, card)
    modal.suggest("annex")
    workspace.slack.misbehave("status", "views.update")
    modal.choose("Oak Annex (0013)")
    workspace.expect_ephemeral("sam", "Slack did not show the change in time")
    modal.submit(reason="They moved")
    workspace.expect_modal("sam", "Nothing was linked yet", "Now: Oak Annex (0013)")
    assert lincoln.status("lincoln-usd-0012") == "action_needed"


def test_a_school_that_was_decided_before_it_was_re_created_is_told_to_both_sides(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Pause", school="Oak Elementary", by="ana")
    card.expect_thread("Ana Flores paused")
    new = recreate(lincoln)
    told = (
        "has 1 new school that looks like one that is not in it any more",
        f"{OAK}, Paused: looks re-created as {OAK}, id {new} (the same number)",
        "The support team can link the two",
    )
    workspace.channel("lincoln-alerts").expect_message(*told)
    workspace.channel("recess-support").expect_message(*told)
    assert lincoln.status("lincoln-usd-0012") == "paused"
    lincoln.add_teacher("Tess Tran", new)
    lincoln.night(without=["lincoln-usd-0012", "Pine Middle"])
    workspace.channel("recess-support").expect_nothing()


def test_schools_that_were_there_before_are_not_offered(
    workspace: Office, lincoln: District, card: Card, recreated: str
) -> None:
    modal = opened(workspace, card)
    assert modal.suggest("pine") == []
    assert OAK in modal.suggest("")


def test_only_support_links(
    workspace: Office, lincoln: District, card: Card, recreated: str
) -> None:
    card.choose(MENU, school="Oak Elementary", by="ana")
    workspace.expect_ephemeral("ana", "Only the support team can link")
    workspace.expect_no_modal("ana")


def test_rights_lost_while_the_dialog_is_open_are_lost(
    workspace: Office, lincoln: District, card: Card, recreated: str
) -> None:
    modal = opened(workspace, card)
    workspace.slack.change_group("S0SUPPORT", remove=["sam"])
    workspace.heard("subteam_members_changed")
    modal.submit(reason="The same building")
    workspace.expect_modal("sam", "Not done", "Only the support team can link")
    assert lincoln.school("lincoln-usd-0012").present is False


def test_people_who_came_while_the_dialog_was_open_are_shown_before_anything_is_linked(
    workspace: Office, lincoln: District, card: Card, recreated: str
) -> None:
    modal = opened(workspace, card)
    lincoln.add_teacher("Quin Roe", recreated)
    lincoln.night(without=["lincoln-usd-0012", "Pine Middle"])
    modal.submit(reason="The same building")
    again = workspace.expect_modal("sam", "Nothing was linked yet", "5 accounts")
    assert lincoln.school("lincoln-usd-0012").present is False
    again.submit(reason="The same building")
    workspace.expect_ephemeral("sam", f"{OAK} is linked")
    card.expect_thread("Sam Sato linked")


def test_of_two_supporters_the_second_is_told_that_it_is_done(
    workspace: Office, lincoln: District, card: Card, recreated: str
) -> None:
    first, second = opened(workspace, card, "sam"), opened(workspace, card, "sue")
    first.submit(reason="The same building")
    workspace.expect_ephemeral("sam", f"{OAK} is linked")
    card.expect_thread("Sam Sato linked")
    second.submit(reason="The same building")
    workspace.expect_modal("sue", "Not done", "somebody has decided about it", "Nothing was linked")


def test_a_school_that_came_back_is_not_linked_from_an_old_card(
    workspace: Office, lincoln: District, card: Card, recreated: str
) -> None:
    modal = opened(workspace, card)
    lincoln.night(without=["Pine Middle"])
    card.expect_thread("Oak Elementary (0012) is shared again")
    modal.submit(reason="The same building")
    workspace.expect_modal("sam", "Not done", "is in the last roster, so it was not re-created")


# Before a freeze


def test_a_freeze_offers_support_to_link_instead(
    workspace: Office, lincoln: District, card: Card, recreated: str
) -> None:
    card.click("Freeze", school="Oak Elementary", by="sam")
    modal = workspace.expect_modal("sam", f"It looks re-created as {OAK}, id {recreated}")
    modal.click("Link instead")
    workspace.expect_modal("sam", "Link two schools").submit(reason="The same building")
    workspace.expect_ephemeral("sam", f"{OAK} is linked")
    card.expect_thread("Sam Sato linked")


def test_a_freeze_tells_an_admin_how_to_have_it_linked(
    workspace: Office, lincoln: District, card: Card, recreated: str
) -> None:
    card.click("Freeze", school="Oak Elementary", by="ana")
    modal = workspace.expect_modal("ana", "It looks re-created", "The support team can link")
    assert modal.buttons == []
