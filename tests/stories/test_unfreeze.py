"""Unfreezing: asked for by admins, decided by the support team."""

from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card, Modal


def decide(workspace: Office, asked: Card, what: str, by: str, reason: str) -> None:
    asked.click(what, by=by)
    workspace.expect_modal(by, f"{what} the request").submit(reason=reason)


def test_an_admin_who_tries_to_unfreeze_is_refused_with_the_way_that_is_open(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    frozen.click("Unfreeze", school="Oak Elementary", by="ana")
    refusal = workspace.expect_ephemeral(
        "ana", "Only the support team can unfreeze a school. Nothing was changed.", "request it"
    )
    assert refusal.buttons == ["Request unfreeze…"]
    workspace.expect_no_modal("ana")
    assert lincoln.status("Oak Elementary") == "frozen"


def test_a_request_reaches_support_with_who_froze_and_why(
    workspace: Office, frozen: Card, asked: Card
) -> None:
    asked.says("Frozen by Ana Flores", "Closed for good", "3 accounts", "Bo Lindqvist")
    assert asked.buttons == ["Approve…", "Deny…"]


def test_support_approves_and_card_thread_and_asker_are_told(
    workspace: Office, lincoln: District, frozen: Card, asked: Card
) -> None:
    asked.click("Approve", by="sam")
    modal = workspace.expect_modal(
        "sam", "Oak Elementary (0012) becomes Action Needed", "3 accounts attached"
    )
    modal.submit(reason="Frozen by mistake")
    asked.expect_update("Approved by Sam Sato", "Frozen by mistake")
    assert asked.buttons == []
    workspace.expect_direct_message(
        "bo",
        "Oak Elementary (0012) of Lincoln Unified is unfrozen (Action Needed)",
        "approved by Sam Sato",
        "Frozen by mistake",
    )
    frozen.expect_update("2 schools need a decision")
    frozen.expect_thread("Sam Sato unfroze Oak Elementary (0012)", "Frozen by mistake")
    assert frozen.buttons_of("Oak Elementary") == ["Pause", "Freeze…"]
    assert lincoln.locked() == set()


def test_support_denies_with_a_reason_and_the_school_stays_frozen(
    workspace: Office, lincoln: District, frozen: Card, asked: Card
) -> None:
    asked.click("Deny", by="sue")
    workspace.expect_modal("sue", "Oak Elementary (0012) stays frozen").submit(reason="It closed")
    asked.expect_update("Denied by Sue Park", "It closed")
    workspace.expect_direct_message(
        "bo", "stays frozen: your request was denied by Sue Park", "It closed"
    )
    frozen.expect_thread("Sue Park denied the unfreeze of Oak Elementary (0012)", "It closed")
    assert frozen.buttons_of("Oak Elementary") == ["Unfreeze…"]
    assert "An unfreeze is requested" not in frozen.expect_update("froze Oak").reads
    assert len(lincoln.locked()) == 3


def test_a_second_request_joins_the_first_and_both_are_told(
    workspace: Office, lincoln: District, frozen: Card, asked: Card
) -> None:
    joined_by_ana(workspace, frozen, asked)
    decide(workspace, asked, "Approve", by="sam", reason="Fine")
    for asker in ("bo", "ana"):
        workspace.expect_direct_message(asker, "approved by Sam Sato")
    frozen.expect_thread("Sam Sato unfroze")


def joined_by_ana(workspace: Office, frozen: Card, asked: Card) -> Card:
    """Ana asks as well; answers what only she sees."""
    frozen.click("Unfreeze", school="Oak Elementary", by="ana")
    workspace.expect_ephemeral("ana", "Only the support team").click("Request unfreeze", by="ana")
    workspace.expect_modal("ana", "Request unfreeze").submit(reason="I agree with Bo")
    told = workspace.expect_ephemeral("ana", "The support team has been asked")
    frozen.expect_thread("Ana Flores asked support to unfreeze", "I agree with Bo")
    asked.expect_update("Bo Lindqvist", "It was the wrong school", "Ana Flores", "I agree with Bo")
    return told


def asked_already(workspace: Office, frozen: Card) -> Modal:
    """The dialog that Bo gets, who asked before."""
    frozen.click("Unfreeze", school="Oak Elementary", by="bo")
    return workspace.expect_modal("bo", "You asked 2026-10-07 12:00 UTC to unfreeze Oak Elementary")


def test_whoever_asked_already_is_told_so(workspace: Office, frozen: Card, asked: Card) -> None:
    modal = asked_already(workspace, frozen)
    modal.says("It was the wrong school", "still has to decide")
    assert modal.buttons == ["Withdraw"]
    assert modal.labels == []


def test_who_submits_two_dialogs_has_asked_once(
    workspace: Office, frozen: Card, asked: Card
) -> None:
    frozen.click("Unfreeze", school="Oak Elementary", by="ana")
    refusal = workspace.expect_ephemeral("ana", "Only the support team")
    refusal.click("Request unfreeze", by="ana")
    modal = workspace.expect_modal("ana", "Request unfreeze")
    modal.submit(reason="Please")
    workspace.expect_ephemeral("ana", "The support team has been asked")
    frozen.expect_thread("Ana Flores asked support to unfreeze")
    refusal.click("Request unfreeze", by="ana")
    workspace.expect_modal("ana", "You asked").close()
    asked.expect_update("Bo Lindqvist", "Ana Flores")
    assert asked.reads.count("Please") == 1


def test_the_last_who_withdraws_ends_the_request(
    workspace: Office, lincoln: District, frozen: Card, asked: Card
) -> None:
    asked.click("Approve", by="sam")
    approving = workspace.expect_modal("sam", "Approve the request")
    asked_already(workspace, frozen).click("Withdraw")
    workspace.expect_modal("bo", "Withdrawn", "You ask no longer", "the request has ended")
    asked.expect_update("Withdrawn by Bo Lindqvist")
    assert asked.buttons == []
    asked.expect_thread("Bo Lindqvist withdrew the request to unfreeze Oak Elementary (0012)")
    frozen.expect_thread("Bo Lindqvist withdrew the request")
    assert "An unfreeze is requested" not in frozen.expect_update("froze Oak").reads
    approving.submit(reason="Fine")
    workspace.expect_modal("sam", "Not done", "Bo Lindqvist withdrew this request")
    assert lincoln.status("Oak Elementary") == "frozen"


def test_who_joined_withdraws_alone_from_the_answer_and_is_told_nothing_of_the_outcome(
    workspace: Office, frozen: Card, asked: Card
) -> None:
    told = joined_by_ana(workspace, frozen, asked)
    told.click("Withdraw", by="ana")
    workspace.expect_ephemeral("ana", "You ask no longer", "others still do")
    asked.expect_update("Bo Lindqvist", "It was the wrong school")
    assert "I agree with Bo" not in asked.reads
    asked.expect_thread("Ana Flores withdrew")
    frozen.expect_thread("Ana Flores withdrew")
    told.click("Withdraw", by="ana")
    workspace.expect_ephemeral("ana", "You do not ask to unfreeze Oak Elementary (0012)")
    decide(workspace, asked, "Deny", by="sue", reason="It closed")
    workspace.expect_direct_message("bo", "denied by Sue Park")
    frozen.expect_thread("Sue Park denied")


def test_who_withdrew_may_ask_again(workspace: Office, frozen: Card, asked: Card) -> None:
    asked_already(workspace, frozen).click("Withdraw")
    workspace.expect_modal("bo", "Withdrawn")
    workspace.forgive("lincoln-alerts", "recess-support")
    frozen.click("Unfreeze", school="Oak Elementary", by="bo")
    workspace.expect_ephemeral("bo", "Only the support team").click("Request unfreeze", by="bo")
    workspace.expect_modal("bo", "Request unfreeze").submit(reason="After all")
    workspace.expect_ephemeral("bo", "The support team has been asked")
    frozen.expect_thread("Bo Lindqvist asked support", "After all")
    workspace.channel("recess-support").expect_message("Unfreeze requested", "After all")


def test_withdrawing_after_support_decided_changes_nothing(
    workspace: Office, lincoln: District, frozen: Card, asked: Card
) -> None:
    modal = asked_already(workspace, frozen)
    decide(workspace, asked, "Approve", by="sam", reason="Fine")
    workspace.expect_direct_message("bo", "approved by Sam Sato")
    frozen.expect_thread("Sam Sato unfroze")
    modal.click("Withdraw")
    workspace.expect_modal("bo", "Not done", "is not frozen: Sam Sato unfroze Oak Elementary")
    assert lincoln.status("Oak Elementary") == "action_needed"


def test_an_admin_by_a_user_group_who_became_support_does_not_approve_their_own_request(
    workspace: Office, lincoln: District, frozen: Card, asked: Card
) -> None:
    workspace.slack.join("recess-support", "bo")
    workspace.slack.change_group("S0SUPPORT", add=["bo"])
    workspace.heard("subteam_members_changed")
    asked.click("Approve", by="bo")
    workspace.expect_ephemeral("bo", "You administer this partner yourself")
    workspace.slack.change_group("S0LINCOLNADMINS", remove=["bo"])
    workspace.heard("subteam_members_changed")
    asked.click("Approve", by="bo")
    workspace.expect_ephemeral("bo", "You asked for this yourself")
    assert lincoln.status("Oak Elementary") == "frozen"


def test_a_supporter_who_asked_cannot_approve_it_themselves(
    workspace: Office, lincoln: District, asked: Card, frozen: Card
) -> None:
    request_as(workspace, lincoln, asked, "sam")
    asked.click("Approve", by="sam")
    workspace.expect_ephemeral("sam", "You asked for this yourself", "somebody else")
    workspace.expect_no_modal("sam")
    frozen.click("Unfreeze", school="Oak Elementary", by="sam")
    workspace.expect_modal("sam", "Unfreeze a school").submit(reason="I may, may I not?")
    workspace.expect_modal("sam", "Not done", "You asked for this yourself")
    assert lincoln.status("Oak Elementary") == "frozen"
    workspace.forgive("lincoln-alerts")


def request_as(workspace: Office, lincoln: District, asked: Card, who: str) -> None:
    """A supporter asks while he is not one, then becomes one again."""
    workspace.slack.change_group("S0SUPPORT", remove=[who])
    workspace.slack.change_group("S0LINCOLNADMINS", add=[who])
    workspace.heard("subteam_members_changed")
    card = workspace.channel("lincoln-alerts").latest()
    card.click("Unfreeze", school="Oak Elementary", by=who)
    workspace.expect_ephemeral(who, "Only the support team").click("Request unfreeze", by=who)
    workspace.expect_modal(who, "Request unfreeze").submit(reason="Please")
    workspace.expect_ephemeral(who, "The support team has been asked")
    workspace.slack.change_group("S0LINCOLNADMINS", remove=[who])
    workspace.slack.change_group("S0SUPPORT", add=[who])
    workspace.heard("subteam_members_changed")
    asked.expect_update("Please")


def test_a_supporter_who_administers_the_partner_cannot_unfreeze_there(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    workspace.slack.change_group("S0LINCOLNADMINS", add=["sue"])
    workspace.heard("subteam_members_changed")
    frozen.click("Unfreeze", school="Oak Elementary", by="sue")
    refusal = workspace.expect_ephemeral(
        "sue", "You administer this partner yourself", "Ask another member of the support team"
    )
    assert refusal.buttons == ["Request unfreeze…"]
    assert lincoln.status("Oak Elementary") == "frozen"


def test_support_unfreezes_directly_and_whoever_had_asked_is_told(
    workspace: Office, lincoln: District, frozen: Card, asked: Card
) -> None:
    frozen.click("Unfreeze", school="Oak Elementary", by="sam")
    workspace.expect_modal("sam", "becomes Action Needed").submit(reason="Called them")
    asked.expect_update("Closed by Sam Sato", "Called them")
    assert asked.buttons == []
    workspace.expect_direct_message("bo", "is not frozen any more: Sam Sato unfroze it")
    frozen.expect_update("2 schools need a decision")
    frozen.expect_thread("Sam Sato unfroze Oak Elementary (0012)", "Called them")


def test_a_school_that_is_back_in_the_roster_unfreezes_to_active(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    lincoln.night(without=["Pine Middle"])
    workspace.channel("recess-support").expect_message("Oak Elementary (0012) of Lincoln Unified")
    frozen.click("Unfreeze", school="Oak Elementary", by="sam")
    workspace.expect_modal("sam", "Oak Elementary (0012) becomes Active").submit(reason="Back")
    frozen.expect_update("1 school needs a decision", "Sam Sato unfroze Oak Elementary (0012)")
    frozen.expect_thread("Sam Sato unfroze Oak Elementary")
    assert lincoln.status("Oak Elementary") == "active"
    assert frozen.buttons_of("Oak Elementary") == []


def test_the_dialog_says_who_stays_locked_by_another_school(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    frozen.click("Freeze", school="Pine Middle", by="ana")
    workspace.expect_modal("ana", "Freezing Pine Middle").submit(reason="Closed too")
    workspace.expect_ephemeral("ana", "Pine Middle (0020) is frozen")
    frozen.expect_update("Ana Flores froze Pine Middle")
    frozen.expect_thread("Ana Flores froze Pine Middle")
    frozen.click("Unfreeze", school="Oak Elementary", by="sam")
    modal = workspace.expect_modal(
        "sam", "1 of them stays locked", "Rosa Ibarra: Pine Middle (0020)"
    )
    modal.submit(reason="Only this one")
    frozen.expect_thread("Sam Sato unfroze Oak Elementary")
    assert lincoln.locked() == {"Cora Dunn", "Rosa Ibarra"}


def test_of_two_supporters_the_second_is_told_who_decided_and_when(
    workspace: Office, lincoln: District, frozen: Card, asked: Card
) -> None:
    asked.click("Approve", by="sam")
    modal = workspace.expect_modal("sam", "Approve the request")
    decide(workspace, asked, "Deny", by="sue", reason="It closed")
    modal.submit(reason="Fine")
    workspace.expect_modal("sam", "Not done", "Sue Park decided this request", "denied")
    asked.click("Deny", by="sam")
    workspace.expect_ephemeral("sam", "Sue Park decided this request", "2026-10-07 12:00 UTC")
    workspace.expect_direct_message("bo", "denied by Sue Park")
    frozen.expect_thread("Sue Park denied")
    assert lincoln.status("Oak Elementary") == "frozen"


def test_an_admin_cannot_decide_a_request(
    workspace: Office, lincoln: District, asked: Card
) -> None:
    workspace.slack.join("recess-support", "ana")
    asked.click("Approve", by="ana")
    workspace.expect_ephemeral("ana", "Only the support team can unfreeze a school")
    workspace.expect_no_modal("ana")
    assert lincoln.status("Oak Elementary") == "frozen"


def test_a_request_from_a_refusal_that_is_out_of_date_is_told_what_happened_since(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    frozen.click("Unfreeze", school="Oak Elementary", by="ana")
    refusal = workspace.expect_ephemeral("ana", "Only the support team")
    frozen.click("Unfreeze", school="Oak Elementary", by="sam")
    workspace.expect_modal("sam", "Unfreeze a school").submit(reason="Called them")
    frozen.expect_thread("Sam Sato unfroze")
    refusal.click("Request unfreeze", by="ana")
    workspace.expect_ephemeral(
        "ana",
        "Oak Elementary (0012) is not frozen: Sam Sato unfroze Oak Elementary (0012)",
        "Nothing was changed",
    )
    workspace.expect_no_modal("ana")
