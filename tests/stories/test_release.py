"""Releasing accounts of a frozen school: asked for with the freeze, decided by the support team."""

import pytest

from storage.accounts import Newcomer
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.people_and_schools import BOTH
from tests.harness.slack.surfaces import Card, Modal

OAK = "Oak Elementary (0012)"
ASK = "Ask support to release who also works elsewhere"


@pytest.fixture
def wished(workspace: Office, card: Card) -> Card:
    """Support's card, after Ana froze Oak Elementary and asked to spare who works elsewhere too."""
    card.click("Freeze", school="Oak Elementary", by="ana")
    modal = workspace.expect_modal("ana", "Freezing Oak Elementary")
    modal.submit(reason="Closed for good", tick=[ASK])
    workspace.expect_ephemeral(
        "ana",
        f"{OAK} is frozen; its accounts (3) are locked.",
        "Support is asked to release the 1 who also works elsewhere.",
    )
    card.expect_update("Ana Flores froze Oak Elementary")
    card.expect_thread("Ana Flores froze Oak Elementary")
    card.expect_thread(f"Ana Flores asked support to release 1 account of {OAK}")
    return workspace.channel("recess-support").expect_message(
        f"Release requested: {OAK} of Lincoln Unified", "Closed for good", "1 at Pine Middle (0020)"
    )


def opened(workspace: Office, wished: Card, by: str = "sam", locks: int = 3) -> Modal:
    wished.click("Release", by=by)
    return workspace.expect_modal(by, f"{OAK} is frozen and locks {locks} accounts")


def released_by_sam(workspace: Office, card: Card, wished: Card) -> None:
    opened(workspace, wished).submit(reason="They still teach")
    workspace.expect_ephemeral("sam", f"1 account of {OAK} released.")
    card.expect_thread(f"Sam Sato released 1 account of {OAK}: Rosa Ibarra", "They still teach")
    workspace.expect_direct_message("ana", f"Sam Sato released accounts of {OAK} of Lincoln")


# Asked for with the freeze


def test_nobody_is_released_before_support_decides(
    workspace: Office, lincoln: District, card: Card, wished: Card
) -> None:
    card.choose("History", school="Oak Elementary", by="vic")
    workspace.expect_modal("vic", "Ana Flores asked to release accounts", "support team decides")
    assert wished.buttons == ["Release…", "Decline…"]
    card.says("A release of accounts is requested; the support team decides.")
    home = workspace.open_home("vic")
    home.choose("Frozen (1)")
    home.expect_update("A release of accounts is requested; the support team decides.")
    assert lincoln.locked() == {"Ada Byron", "Ben Cole", "Rosa Ibarra"}


def test_support_releases_those_who_also_work_elsewhere_with_one_click_and_a_reason(
    workspace: Office, lincoln: District, card: Card, wished: Card
) -> None:
    released_by_sam(workspace, card, wished)
    wished.expect_update("Released by Sam Sato", "They still teach")
    assert wished.buttons == []
    card.expect_update("1 of its 3 accounts is released by the support team.")
    assert "is requested" not in card.reads
    card.choose("History", school="Oak Elementary", by="vic")
    workspace.expect_modal("vic", "Sam Sato released 1 account", "They still teach").close()
    home = workspace.open_home("vic")
    home.choose("Frozen (1)")
    home.expect_update("1 of its 3 accounts is released by the support team.")
    assert lincoln.locked() == {"Ada Byron", "Ben Cole"}


def test_the_dialog_ticks_those_it_is_about_and_offers_the_others(
    workspace: Office, lincoln: District, wished: Card
) -> None:
    modal = opened(workspace, wished)
    assert [name.split(" · ")[0] for name in modal.offers] == [
        "Rosa Ibarra", "Ada Byron", "Ben Cole"
    ]  # fmt: skip
    assert "Pine Middle (0020)" in modal.offers[0]
    assert "only here" in modal.offers[1]


def test_the_card_says_how_many_of_those_asked_for_were_released(
    workspace: Office, lincoln: District, wished: Card
) -> None:
    with workspace.stores.transaction() as store:
        partner = store.partners.locked("lincoln-usd")
        at = [
            store.schools.named(partner, lincoln.id(s)) for s in ("Oak Elementary", "Elm Academy")
        ]
        store.accounts.add(partner, Newcomer("new@lincoln.example", "Aaa", "New", at))
    modal = opened(workspace, wished, locks=4)
    modal.untick("Aaa New · new@lincoln.example")
    modal.choose("Ben Cole · ben.cole@lincoln-usd.example")
    modal.submit(reason="These two")
    workspace.expect_ephemeral("sam", f"2 accounts of {OAK} released.")
    wished.expect_update("1 of 2 people released by Sam Sato", "These two")
    workspace.expect_direct_message("ana", "not all that you asked for. Still locked: Aaa New")
    workspace.forgive("lincoln-alerts")


def test_support_declines_and_whoever_asked_is_told(
    workspace: Office, lincoln: District, card: Card, wished: Card
) -> None:
    wished.click("Decline", by="sue")
    modal = workspace.expect_modal("sue", f"{OAK} goes on locking all its accounts, also the 1")
    modal.submit(reason="The building is sold")
    wished.expect_update("Declined by Sue Park", "The building is sold")
    workspace.expect_direct_message("ana", "Sue Park declined to release", "The building is sold")
    card.expect_thread("Sue Park declined to release accounts of Oak Elementary")
    assert len(lincoln.locked()) == 3


def test_an_unfreeze_ends_the_wish_and_whoever_asked_is_told(
    workspace: Office, lincoln: District, card: Card, wished: Card
) -> None:
    card.click("Unfreeze", school="Oak Elementary", by="sam")
    workspace.expect_modal("sam", "Unfreeze a school").submit(reason="Called them")
    card.expect_thread("Sam Sato unfroze Oak Elementary")
    wished.expect_update("Closed by Sam Sato")
    workspace.expect_direct_message("ana", "is not frozen any more, so nobody has to be released")
    assert lincoln.locked() == set()


def test_a_supporter_who_freezes_releases_them_in_the_same_step(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Freeze", school="Oak Elementary", by="sam")
    modal = workspace.expect_modal("sam", "Freezing Oak Elementary")
    modal.submit(reason="Closed for good", tick=["Release who also works elsewhere"])
    workspace.expect_ephemeral(
        "sam", f"{OAK} is frozen; 2 accounts are locked; the 1 who also works elsewhere is released"
    )
    card.expect_thread("Sam Sato froze Oak Elementary")
    card.expect_thread(f"Sam Sato released 1 account of {OAK}: Rosa Ibarra")
    assert lincoln.locked() == {"Ada Byron", "Ben Cole"}


def test_where_nobody_works_elsewhere_nothing_is_asked_for(
    workspace: Office, lincoln: District
) -> None:
    lincoln.night(without=["Elm Academy"])
    card = workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")
    card.click("Freeze", school="Elm Academy", by="ana")
    assert workspace.expect_modal("ana", "Freezing Elm Academy").offers == []


# Asked for later


def test_an_admin_asks_from_the_menu_of_a_frozen_school(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    frozen.choose("Release accounts…", school="Oak Elementary", by="bo")
    modal = workspace.expect_modal("bo", "Only the support team can release accounts", BOTH)
    modal.submit(reason="She teaches at Pine")
    workspace.expect_ephemeral("bo", "The support team has been asked")
    frozen.expect_thread(f"Bo Lindqvist asked support to release 1 account of {OAK}")
    wished = workspace.channel("recess-support").expect_message(
        "Release requested", "Bo Lindqvist asks", "She teaches at Pine"
    )
    frozen.choose("Release accounts…", school="Oak Elementary", by="ana")
    workspace.expect_ephemeral("ana", "Bo Lindqvist asked support for this")
    opened(workspace, wished).submit(reason="They still teach")
    workspace.expect_ephemeral("sam", f"1 account of {OAK} released.")
    workspace.expect_direct_message("bo", f"Sam Sato released accounts of {OAK}")
    frozen.expect_thread("Sam Sato released")
    assert lincoln.locked() == {"Ada Byron", "Ben Cole"}


def test_where_nobody_works_elsewhere_an_admin_is_told_so(
    workspace: Office, lincoln: District
) -> None:
    lincoln.night(without=["Elm Academy"])
    card = workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")
    card.click("Freeze", school="Elm Academy", by="ana")
    workspace.expect_modal("ana", "Freezing Elm Academy").submit(reason="Closed for good")
    workspace.expect_ephemeral("ana", "Elm Academy (0031) is frozen")
    card.expect_update("Ana Flores froze Elm Academy")
    card.expect_thread("Ana Flores froze Elm Academy")
    card.choose("Release accounts…", school="Elm Academy", by="ana")
    workspace.expect_ephemeral("ana", "Nobody whom Elm Academy (0031) locks works at another")


def test_support_releases_anybody_from_the_menu_and_sees_who_is_released_already(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    frozen.choose("Release accounts…", school="Oak Elementary", by="sam")
    modal = workspace.expect_modal("sam", f"{OAK} is frozen and locks 3 accounts")
    modal.submit(reason="He moved", tick=["Ben Cole"])
    workspace.expect_ephemeral("sam", f"1 account of {OAK} released.")
    frozen.expect_thread("Sam Sato released 1 account of Oak Elementary (0012): Ben Cole")
    frozen.choose("Release accounts…", school="Oak Elementary", by="sue")
    workspace.expect_modal("sue", "locks 2 accounts; released already: Ben Cole")
    assert lincoln.locked() == {"Ada Byron", BOTH}


def test_ticking_all_who_work_elsewhere_keeps_the_other_ticks(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    frozen.choose("Release accounts…", school="Oak Elementary", by="sam")
    modal = workspace.expect_modal("sam", f"{OAK} is frozen and locks 3 accounts")
    modal.choose(next(name for name in modal.offers if "Ben Cole" in name).partition(" (")[0])
    modal.click("Tick all 1 who also work elsewhere")
    workspace.expect_modal("sam", "Untick all").submit(reason="They still teach")
    workspace.expect_ephemeral("sam", f"2 accounts of {OAK} released.")
    frozen.expect_thread("Sam Sato released 2 accounts of Oak Elementary (0012)")
    assert lincoln.locked() == {"Ada Byron"}


def test_a_viewer_is_refused(workspace: Office, lincoln: District, frozen: Card) -> None:
    frozen.choose("Release accounts…", school="Oak Elementary", by="vic")
    workspace.expect_ephemeral("vic", "Only the support team can release accounts")
    workspace.expect_no_modal("vic")


# How long it holds


def test_a_sync_never_ends_a_release_and_a_new_freeze_locks_again(
    workspace: Office, lincoln: District, card: Card, wished: Card
) -> None:
    released_by_sam(workspace, card, wished)
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    assert lincoln.locked() == {"Ada Byron", "Ben Cole"}
    card.expect_update("Ana Flores froze").click("Unfreeze", school="Oak Elementary", by="sam")
    modal = workspace.expect_modal("sam", "3 accounts attached. 1 of them was released before.")
    modal.submit(reason="Open again")
    card.expect_thread("Sam Sato unfroze")
    card.expect_update("2 schools need a decision")
    card.click("Freeze", school="Oak Elementary", by="ana")
    workspace.expect_modal("ana", "locks 3 accounts").submit(reason="Closed after all")
    workspace.expect_ephemeral("ana", "its accounts (3) are locked")
    card.expect_thread("Ana Flores froze", "Closed after all")
    assert lincoln.locked() == {"Ada Byron", "Ben Cole", "Rosa Ibarra"}


def test_who_is_locked_by_another_school_too_stays_locked_and_that_is_said(
    workspace: Office, lincoln: District, card: Card, wished: Card
) -> None:
    card.click("Freeze", school="Pine Middle", by="ana")
    modal = workspace.expect_modal("ana", "1 of them is locked already, by Oak Elementary (0012)")
    modal.submit(reason="Closed too")
    workspace.expect_ephemeral("ana", "Pine Middle (0020) is frozen")
    card.expect_thread("Ana Flores froze Pine Middle")
    modal = opened(workspace, wished)
    assert "stays locked by Pine Middle (0020)" in modal.offers[0]
    modal.submit(reason="They still teach")
    workspace.expect_ephemeral("sam", "1 of them stays locked, because another school of theirs")
    workspace.forgive("lincoln-alerts")
    workspace.expect_direct_message("ana", "Sam Sato released accounts")
    assert "Rosa Ibarra" in lincoln.locked()


# Who may


def test_only_support_releases(workspace: Office, lincoln: District, wished: Card) -> None:
    workspace.slack.join("recess-support", "bo")
    for what in ("Release", "Decline"):
        wished.click(what, by="bo")
        workspace.expect_ephemeral("bo", "Only the support team can release accounts")
        workspace.expect_no_modal("bo")


def test_a_supporter_who_administers_the_partner_does_not_release_there(
    workspace: Office, lincoln: District, wished: Card
) -> None:
    workspace.slack.change_group("S0LINCOLNADMINS", add=["sue"])
    workspace.heard("subteam_members_changed")
    wished.click("Release", by="sue")
    workspace.expect_ephemeral("sue", "You administer this partner yourself")


def test_rights_lost_while_the_dialog_is_open_are_lost(
    workspace: Office, lincoln: District, wished: Card
) -> None:
    modal = opened(workspace, wished)
    workspace.slack.change_group("S0SUPPORT", remove=["sam"])
    workspace.heard("subteam_members_changed")
    modal.submit(reason="They still teach")
    workspace.expect_modal("sam", "Not done", "Only the support team can release accounts")
    assert len(lincoln.locked()) == 3


def test_whoever_asked_does_not_answer_it_when_they_become_support(
    workspace: Office, lincoln: District, wished: Card
) -> None:
    lincoln.admins = ["S0LINCOLNADMINS"]
    lincoln.declare()
    workspace.slack.join("recess-support", "ana")
    workspace.slack.change_group("S0SUPPORT", add=["ana"])
    workspace.heard("subteam_members_changed")
    wished.click("Release", by="ana")
    workspace.expect_ephemeral("ana", "You asked for this yourself")


# Two at once, and what is out of date


def test_of_two_supporters_the_second_is_told_who_decided(
    workspace: Office, lincoln: District, card: Card, wished: Card
) -> None:
    modal = opened(workspace, wished, by="sue")
    released_by_sam(workspace, card, wished)
    modal.submit(reason="They still teach, I hear")
    workspace.expect_modal("sue", "Not done", "Sam Sato released accounts on 2026")
    wished.click("Decline", by="sue")
    workspace.expect_ephemeral("sue", "This request is decided: Sam Sato released accounts")


def test_a_dialog_of_a_freeze_that_has_ended_releases_nobody(
    workspace: Office, lincoln: District, card: Card, wished: Card
) -> None:
    modal = opened(workspace, wished)
    card.click("Unfreeze", school="Oak Elementary", by="sue")
    workspace.expect_modal("sue", "Unfreeze a school").submit(reason="Called them")
    card.expect_update("2 schools need a decision")
    card.click("Freeze", school="Oak Elementary", by="ana")
    workspace.expect_modal("ana", "locks 3 accounts").submit(reason="Closed after all")
    workspace.expect_ephemeral("ana", "is frozen")
    modal.submit(reason="They still teach")
    workspace.expect_modal("sam", "Not done", f"{OAK} was frozen anew", "Nobody was released")
    workspace.expect_direct_message("ana", "nobody has to be released")
    assert len(lincoln.locked()) == 3
    workspace.forgive("lincoln-alerts")


def test_a_dialog_without_a_tick_stays_open(
    workspace: Office, lincoln: District, wished: Card
) -> None:
    opened(workspace, wished).click("Untick all")
    modal = workspace.expect_modal("sam", f"{OAK} is frozen")
    answer = modal.submit(reason="They still teach")
    assert answer.errors == {"reason": "Tick at least one person above. Nobody was released yet."}
    assert len(lincoln.locked()) == 3


# A large school


@pytest.fixture
def crowd(workspace: Office, lincoln: District) -> Modal:
    """The dialog for a school with 100 accounts, 45 of which also work at Elm Academy."""
    people = [f"Both {n:02}" for n in range(45)] + [f"Only {n:02}" for n in range(55)]
    lincoln.add_school("Big High", "0099", *people)
    for name in people[:45]:
        lincoln.add_teacher(name, "Elm Academy")
    lincoln.night()
    lincoln.night(without=["Big High"])
    card = workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")
    card.click("Freeze", school="Big High", by="ana")
    modal = workspace.expect_modal("ana", "45 of 100 also work elsewhere")
    ask = "Ask support to release the 45 who also work elsewhere"
    modal.submit(reason="Closed", typed="0099", tick=[ask])
    workspace.expect_ephemeral("ana", "Support is asked to release the 45 who also work elsewhere")
    workspace.forgive("lincoln-alerts")
    wished = workspace.channel("recess-support").expect_message("Release requested: Big High")
    wished.says("45 of 100 locked accounts also work elsewhere: 45 at Elm Academy (0031)")
    wished.click("Release", by="sam")
    return workspace.expect_modal("sam", "Page 1 of 3", "45 people ticked")


def locked_of(lincoln: District, kind: str) -> int:
    return sum(name.startswith(kind) for name in lincoln.locked())


def after(workspace: Office) -> None:
    workspace.forgive("lincoln-alerts")
    workspace.expect_direct_message("ana", "Sam Sato released accounts of Big High")


def test_everybody_ticked_on_all_pages_is_released(
    workspace: Office, lincoln: District, crowd: Modal
) -> None:
    crowd.submit(reason="They still teach")
    workspace.expect_ephemeral("sam", "45 accounts of Big High (0099) released")
    assert (locked_of(lincoln, "Both"), locked_of(lincoln, "Only")) == (0, 55)
    after(workspace)


def test_ticks_are_kept_from_page_to_page(
    workspace: Office, lincoln: District, crowd: Modal
) -> None:
    crowd.click("Untick all")
    crowd = workspace.expect_modal("sam", "Page 1 of 3", "0 people ticked")
    crowd.choose("Both 03 · both.03@lincoln-usd.example")
    crowd.click("More ›")
    crowd = workspace.expect_modal("sam", "Page 2 of 3")
    crowd.choose("Only 02 · only.02@lincoln-usd.example")
    crowd.click("‹ Back")
    crowd = workspace.expect_modal("sam", "Page 1 of 3", "2 people ticked")
    crowd.submit(reason="These two")
    workspace.expect_ephemeral("sam", "2 accounts of Big High (0099) released")
    assert (locked_of(lincoln, "Both"), locked_of(lincoln, "Only")) == (44, 54)
    workspace.forgive("lincoln-alerts")
    workspace.expect_direct_message(
        "ana",
        "Sam Sato released accounts of Big High",
        "but not all that you asked for. Still locked: Both 00, Both 01",
        "and 34 more. Reason: These two",
    )


def test_a_search_finds_people_and_keeps_the_ticks(
    workspace: Office, lincoln: District, crowd: Modal
) -> None:
    crowd.click("Untick all")
    crowd = workspace.expect_modal("sam", "0 people ticked")
    crowd.type("only 07", into="find")
    crowd = workspace.expect_modal("sam", "Only 07")
    assert len(crowd.offers) == 1
    crowd.choose("Only 07 · only.07@lincoln-usd.example")
    crowd.type("elm acad", into="find")
    crowd = workspace.expect_modal("sam", "Page 1 of 2", "1 person ticked")
    crowd.type("nobody at all", into="find")
    crowd = workspace.expect_modal(
        "sam", "Nobody is found for “nobody at all”", "1 person ticked", "1 of them not shown here"
    )
    crowd.submit(reason="Only she")
    workspace.expect_ephemeral("sam", "1 account of Big High (0099) released")
    assert (locked_of(lincoln, "Both"), locked_of(lincoln, "Only")) == (45, 54)
    after(workspace)


def test_a_search_says_how_many_are_ticked_whom_it_does_not_show(
    workspace: Office, crowd: Modal
) -> None:
    crowd.says("5 of them not shown here")
    crowd.type("both 07", into="find")
    crowd = workspace.expect_modal("sam", "45 people ticked", "44 of them not shown here")
    crowd.type("both", into="find")
    workspace.expect_modal("sam", "Page 1 of 2", "45 people ticked")
    workspace.forgive("lincoln-alerts")


def test_all_who_also_work_elsewhere_are_ticked_with_one_click_also_after_one_was_unticked(
    workspace: Office, lincoln: District, crowd: Modal
) -> None:
    crowd.untick("Both 03 · both.03@lincoln-usd.example")
    crowd.click("Tick all 45 who also work elsewhere")
    workspace.expect_modal("sam", "45 people ticked").submit(reason="All of them")
    workspace.expect_ephemeral("sam", "45 accounts of Big High (0099) released")
    assert locked_of(lincoln, "Both") == 0
    after(workspace)


def test_somebody_who_was_added_meanwhile_is_not_released_unseen(
    workspace: Office, lincoln: District, crowd: Modal
) -> None:
    with workspace.stores.transaction() as store:
        partner = store.partners.locked("lincoln-usd")
        at = [store.schools.named(partner, lincoln.id(s)) for s in ("Big High", "Elm Academy")]
        store.accounts.add(partner, Newcomer("new@lincoln.example", "Aaa", "New", at))
    crowd.submit(reason="They still teach")
    workspace.expect_ephemeral("sam", "45 accounts of Big High (0099) released")
    with workspace.stores.read() as store:
        locked = store.locks.because(store.partners.named("lincoln-usd"))
        assert len(locked) == 56
    after(workspace)
