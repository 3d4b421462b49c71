"""Freezing one school through its dialog."""

import pytest
from sqlalchemy import delete, select

from handlers.views.freeze import NAMED
from storage.accounts import Newcomer
from storage.tables import accounts, memberships
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card, Modal


@pytest.fixture
def large(workspace: Office, lincoln: District) -> Modal:
    """The dialog to freeze Laurel High, with its 27 accounts."""
    lincoln.night(without=["Laurel High"])
    card = workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")
    card.click("Freeze", school="Laurel High", by="ana")
    return workspace.expect_modal("ana", "Freezing Laurel High (0071) locks 27 accounts")


def test_the_dialog_says_what_a_freeze_does_before_anything_happens(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Freeze", school="Oak Elementary", by="ana")
    workspace.expect_modal(
        "ana",
        "Freezing Oak Elementary (0012) locks 3 accounts",
        "1 of 3 also works elsewhere",
        "Rosa Ibarra: Pine Middle (0020)",
        "Only here: Ada Byron, Ben Cole",
        "Only the support team can undo this",
        "Nothing is erased",
        "Visible in the channel",
    )
    assert lincoln.status("Oak Elementary") == "action_needed"
    assert lincoln.locked() == set()


def test_a_reason_of_nothing_but_blanks_is_none(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Freeze", school="Oak Elementary", by="ana")
    workspace.expect_modal("ana", "Freezing Oak Elementary").submit(reason=" \n ")
    asked = workspace.expect_modal("ana", "Freezing Oak Elementary")
    assert asked.view.errors == {"reason": "Say why. Nothing was changed yet."}
    assert lincoln.status("Oak Elementary") == "action_needed"


def test_an_admin_freezes_a_school_and_its_accounts_are_locked(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    assert lincoln.status("Oak Elementary") == "frozen"
    assert lincoln.locked() == {"Ada Byron", "Ben Cole", "Rosa Ibarra"}
    [row, *_] = lincoln.history("Oak Elementary")
    assert (row.actor, row.reason, row.via) == ("U0ANA", "Closed for good", "slack")
    assert frozen.buttons_of("Oak Elementary") == ["Unfreeze…"]
    assert frozen.buttons_of("Pine Middle") == ["Pause", "Freeze…"]


def test_a_freeze_needs_a_reason(workspace: Office, lincoln: District, card: Card) -> None:
    card.click("Freeze", school="Oak Elementary", by="ana")
    answer = workspace.expect_modal("ana", "Freezing").submit()
    assert set(answer.errors) == {"reason"}
    assert lincoln.status("Oak Elementary") == "action_needed"


def test_a_dialog_that_is_closed_changes_nothing(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Freeze", school="Oak Elementary", by="ana")
    workspace.expect_modal("ana", "Freezing").close()
    workspace.expect_no_modal("ana")
    assert lincoln.status("Oak Elementary") == "action_needed"


def test_a_large_freeze_is_confirmed_by_typing_and_a_wrong_word_keeps_the_dialog_open(
    workspace: Office, lincoln: District, large: Modal
) -> None:
    assert large.labels == ["Reason", "Type “0071” to confirm"]
    answer = large.submit(reason="Closed for good", typed="0072")
    assert answer.errors == {"typed": "This is not “0071”. Nothing was frozen yet."}
    assert lincoln.status("Laurel High") == "action_needed"
    assert workspace.expect_modal("ana", "Freezing Laurel High").submit(typed=" laurel HIGH ").ok
    workspace.expect_no_modal("ana")
    workspace.expect_ephemeral("ana", "Laurel High (0071) is frozen; its accounts (27) are locked")
    assert lincoln.status("Laurel High") == "frozen"
    workspace.forgive("lincoln-alerts")


def test_an_admin_who_works_there_is_warned_of_locking_herself_out(
    workspace: Office, lincoln: District, large: Modal
) -> None:
    assert "You would be locked out too" in large.reads


def test_the_dialog_counts_whom_it_does_not_name(large: Modal) -> None:
    assert "Only here: Ana Flores, Teacher A" in large.reads
    assert f"…and {27 - NAMED} more" in large.reads


def test_accounts_that_changed_since_the_dialog_was_shown_are_shown_again_and_nobody_is_locked(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Freeze", school="Pine Middle", by="ana")
    modal = workspace.expect_modal("ana", "Freezing Pine Middle (0020) locks 2 accounts")
    with workspace.stores.transaction() as store:
        partner = store.partners.locked("lincoln-usd")
        school = store.schools.named(partner, lincoln.id("Pine Middle"))
        person = Newcomer("new@lincoln.example", "Nia", "Newton", [school])
        store.accounts.add(partner, person)
    modal.submit(reason="Closed for good")
    again = workspace.expect_modal(
        "ana",
        "Nothing was frozen yet",
        "2 before, 3 now",
        "came: Nia Newton",
        "Freezing Pine Middle (0020) locks 3 accounts",
    )
    assert lincoln.status("Pine Middle") == "action_needed"
    assert lincoln.locked() == set()
    again.submit(reason="Closed for good")
    workspace.expect_ephemeral("ana", "Pine Middle (0020) is frozen; its accounts (3) are locked")
    card.expect_thread("Ana Flores froze Pine Middle")


def test_a_night_that_changes_the_accounts_between_show_and_submit_is_shown_too(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Freeze", school="Pine Middle", by="ana")
    modal = workspace.expect_modal("ana", "locks 2 accounts")
    lincoln.add_teacher("New Person", "Pine Middle")
    lincoln.night(without=["Oak Elementary"])
    card.expect_thread("Pine Middle (0020) is shared again")
    modal.submit(reason="Closed for good")
    workspace.expect_ephemeral(
        "ana", "You were looking at an older state", "Pine Middle (0020) was shared again"
    )
    assert lincoln.locked() == set()


def test_of_two_dialogs_the_second_is_told_who_froze(
    workspace: Office, lincoln: District, card: Card
) -> None:
    modals = []
    for who in ("ana", "bo"):
        card.click("Freeze", school="Oak Elementary", by=who)
        modals.append(workspace.expect_modal(who, "Freezing Oak Elementary"))
    modals[0].submit(reason="Closed for good")
    modals[1].submit(reason="Closed, I think")
    workspace.expect_ephemeral("ana", "Oak Elementary (0012) is frozen")
    workspace.expect_ephemeral(
        "bo", "Oak Elementary (0012) is already frozen: Ana Flores froze Oak Elementary (0012)"
    )
    card.expect_thread("Ana Flores froze Oak Elementary", "Closed for good")
    assert lincoln.history("Oak Elementary")[0].reason == "Closed for good"


def test_a_paused_school_is_no_longer_frozen_from_the_card_that_showed_it_open(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    frozen.click("Pause", school="Pine Middle", by="bo")
    frozen.expect_update("Bo Lindqvist paused Pine Middle")
    frozen.expect_thread("Bo Lindqvist paused Pine Middle")
    assert frozen.buttons == ["Unfreeze…"]
    assert lincoln.locked() == {"Ada Byron", "Ben Cole", "Rosa Ibarra"}


# Whom it would hit that nobody may have thought of


def freezing(workspace: Office, lincoln: District, school: str, by: str = "ana") -> Modal:
    """The dialog to freeze a school that went missing last night."""
    lincoln.night(without=[school])
    card = workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")
    card.click("Freeze", school=school, by=by)
    return workspace.expect_modal(by, f"Freezing {school}")


def test_a_freeze_of_most_of_the_staff_says_so(large: Modal) -> None:
    large.says("More than half of the staff of Lincoln Unified would be locked: 27 of 36 accounts")


def test_the_last_admin_with_an_open_account_is_named_before_it_is_locked(large: Modal) -> None:
    large.says(
        "No admin of Lincoln Unified is known who would keep an open account: this locks <@U0ANA>",
        "They can still decide in Slack",
        "no account has their address in Slack: <@U0BO>",
    )


def test_with_another_admin_whose_account_stays_open_nobody_is_warned(
    workspace: Office, lincoln: District
) -> None:
    next(t for t in lincoln.staff if t.name == "Dan Ek").email = "BO@lincoln.example"
    modal = freezing(workspace, lincoln, "Laurel High", by="bo")
    assert "No admin" not in modal.reads
    assert "could not be checked" not in modal.reads
    assert "You would be locked out" not in modal.reads


def test_an_admin_who_is_locked_already_keeps_nothing_open(
    workspace: Office, lincoln: District
) -> None:
    next(t for t in lincoln.staff if t.name == "Dan Ek").email = "bo@lincoln.example"
    freezing(workspace, lincoln, "Elm Academy").submit(reason="Closed for good")
    workspace.expect_ephemeral("ana", "Elm Academy (0031) is frozen")
    workspace.forgive("lincoln-alerts")
    lincoln.night(without=["Elm Academy", "Laurel High"])
    card = workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")
    card.click("Freeze", school="Laurel High", by="bo")
    workspace.expect_modal("bo", "No admin of Lincoln Unified is known", "this locks <@U0ANA>")


def test_who_has_no_account_under_their_address_is_told_that_it_was_not_checked(
    workspace: Office, lincoln: District
) -> None:
    modal = freezing(workspace, lincoln, "Elm Academy", by="bo")
    modal.says("Whether you would be locked out too could not be checked")
    assert ":warning:" not in modal.reads


def test_a_group_of_admins_that_cannot_be_read_is_not_passed_over(
    workspace: Office, lincoln: District
) -> None:
    workspace.slack.unreadable_group("S0LINCOLNADMINS")
    workspace.clock.pass_by(seconds=61)
    lincoln.admins = ["S0LINCOLNADMINS", "U0ANA"]
    lincoln.declare()
    modal = freezing(workspace, lincoln, "Laurel High")
    modal.says("could not be checked, because no account", "<!subteam^S0LINCOLNADMINS>")


def test_a_slack_that_tells_no_addresses_holds_nobody_up(
    workspace: Office, lincoln: District
) -> None:
    workspace.forget_people()
    workspace.slack.misbehave("error", "users.info", times=None)
    modal = freezing(workspace, lincoln, "Elm Academy")
    modal.says("Whether you would be locked out too could not be checked", "<@U0ANA>, <@U0BO>")


def test_a_paused_school_says_who_paused_it(workspace: Office, lincoln: District) -> None:
    lincoln.night(without=["Elm Academy"])
    card = workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")
    card.click("Pause", school="Elm Academy", by="bo")
    card.expect_update("Bo Lindqvist paused")
    card.expect_thread("Bo Lindqvist paused")
    card.choose("Freeze…", school="Elm Academy", by="ana")
    workspace.expect_modal("ana", "It is Paused, by Bo Lindqvist 2026", "until you freeze it")


def test_an_active_school_says_that_people_work_there(workspace: Office, lincoln: District) -> None:
    home = workspace.open_home("ana")
    home.choose("Active (8)")
    home.expect_update("Elm Academy")
    home.choose("Freeze…", school="Elm Academy")
    workspace.expect_modal("ana", "It is Active: the last roster has it")


def test_people_who_left_are_named_when_the_dialog_is_shown_again(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Freeze", school="Pine Middle", by="ana")
    modal = workspace.expect_modal("ana", "locks 2 accounts")
    left_for_good(workspace, lincoln, "Cora Dunn")
    modal.submit(reason="Closed for good")
    again = workspace.expect_modal("ana", "2 before, 1 now", "left: Cora Dunn")
    assert lincoln.locked() == set()
    again.close()


def left_for_good(workspace: Office, lincoln: District, name: str) -> None:
    """Somebody is not at a missing school any more, as no sync would have it."""
    email = next(t.email for t in lincoln.staff if t.name == name)
    with workspace.stores.transaction() as store:
        store.partners.locked(lincoln.slug)
        person = select(accounts.c.id).where(accounts.c.email == email)
        store.connection.execute(delete(memberships).where(memberships.c.account_id.in_(person)))
