"""`/schools`: what people type, and what only they are answered."""

import csv
import io
import threading

import pytest

from handlers import clicks
from handlers.commands import lines
from handlers.commands.lines import Line
from tests.harness.patience import LONG
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card

HERE, CEDARS, SUPPORT = "lincoln-alerts", "cedar-alerts", "recess-support"


def typed(workspace: Office, line: str, *saying: str, by: str = "ana", in_: str = HERE) -> Card:
    """The answer to a command, which only the person sees."""
    assert workspace.command(f"/schools {line}".strip(), by=by, in_=in_).ok
    return workspace.expect_ephemeral(by, *(saying or ("",)))


# List and search


def test_a_bare_command_lists_what_did_not_sync(workspace: Office, card: Card) -> None:
    answer = typed(workspace, "", "Lincoln Unified: 2 schools did not sync.")
    answer.says("Oak Elementary (0012) · 3 people", "is Action Needed since the sync")
    assert "Elm Academy" not in answer.reads
    assert answer.menu_of("Oak Elementary") == [
        *("Pause", "Freeze…", "This is a mistake…"),
        "History",
    ]


def test_the_answer_reads_as_a_sentence_without_its_blocks(workspace: Office, card: Card) -> None:
    text = typed(workspace, "list").message.text
    assert "Lincoln Unified: 2 schools did not sync. " in text
    assert "Oak Elementary (0012) is Action Needed since the sync" in text


def test_a_viewer_is_offered_the_history_alone(workspace: Office, card: Card) -> None:
    answer = typed(workspace, "list", "2 schools did not sync", by="vic")
    assert answer.menu_of("Oak Elementary") == ["History"]


def test_a_school_is_paused_from_the_list(workspace: Office, lincoln: District, card: Card) -> None:
    answer = typed(workspace, "list", "2 schools did not sync")
    answer.choose("Pause", school="Oak Elementary", by="ana")
    workspace.expect_ephemeral("ana", "Oak Elementary (0012) is paused.")
    card.expect_update("Ana Flores paused Oak Elementary (0012)")
    card.expect_thread("Ana Flores paused Oak Elementary")
    assert lincoln.status("Oak Elementary") == "paused"
    again = typed(workspace, "list paused", "1 school is Paused", "Paused: Ana Flores")
    assert again.menu_of("Oak Elementary") == ["Freeze…", "This is a mistake…", "History"]


def test_a_school_is_unfrozen_from_the_list(workspace: Office, frozen: Card) -> None:
    answer = typed(workspace, "list frozen", "1 school is Frozen", by="sam")
    answer.choose("Unfreeze…", school="Oak Elementary", by="sam")
    workspace.expect_modal("sam", "Unfreeze a school").submit(reason="Called them")
    workspace.expect_ephemeral("sam", "Oak Elementary (0012) is unfrozen. Status: Action Needed.")
    frozen.expect_thread("Sam Sato unfroze Oak Elementary (0012)")


def test_what_is_chosen_on_a_list_that_is_old_changes_nothing(
    workspace: Office, lincoln: District, card: Card
) -> None:
    answer = typed(workspace, "list", "2 schools did not sync")
    card.click("Pause", school="Oak Elementary", by="bo")
    card.expect_update("Bo Lindqvist paused Oak Elementary (0012)")
    card.expect_thread("Bo Lindqvist paused Oak Elementary")
    answer.choose("Pause", school="Oak Elementary", by="ana")
    workspace.expect_ephemeral("ana", "already paused: Bo Lindqvist paused Oak Elementary")


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("list all", "Lincoln Unified: 8 schools."),
        ("list active", "Lincoln Unified: 6 schools are Active."),
        ("list action needed", "Lincoln Unified: 2 schools need a decision."),
        ("LIST Frozen", "Lincoln Unified: no school is Frozen."),
        ("frozen", "Lincoln Unified: no school is Frozen."),
        ("Action Needed", "Lincoln Unified: 2 schools need a decision."),
        ("list frozen oak", "Lincoln Unified: no school that is Frozen fits “oak”."),
        ("list lincoln-usd active elm", "1 school that is Active fits “elm”."),
        ("search ELEMENTARY", "Lincoln Unified: 3 schools fit “ELEMENTARY”."),
        ("search 0085", "Lincoln Unified: 1 school fits “0085”."),
        ("find “pine mid”", "Lincoln Unified: 1 school fits “pine mid”."),
        ("Maple", "Lincoln Unified: 1 school fits “Maple”."),
    ],
)
def test_lists_and_searches(workspace: Office, card: Card, line: str, title: str) -> None:
    typed(workspace, line, title)


def test_the_default_list_says_how_to_see_the_others(workspace: Office, lincoln: District) -> None:
    typed(workspace, "", "Lincoln Unified: every school synced.", "shows all 8 schools")


def test_pages_are_turned_in_place_with_the_newest_decisions_first(
    workspace: Office, lincoln: District
) -> None:
    for number in range(20):
        lincoln.add_school(f"Added {number:02}", f"9{number:02}", f"Teacher {number}")
    lincoln.night()
    answer = typed(workspace, "list all", "Lincoln Unified: 28 schools.", "Page 1 of 4")
    assert "Added" in answer.reads
    assert answer.buttons == ["Next page"]
    answer.click("Next page", by="ana")
    answer.expect_update("Page 2 of 4")
    answer.click("Next page", by="ana")
    answer.expect_update("Page 3 of 4")
    answer.click("Back", by="ana")
    answer.expect_update("Page 2 of 4")
    assert answer.buttons == ["Back", "Next page"]


def test_rights_lost_meanwhile_end_the_turning_of_pages(
    workspace: Office, lincoln: District
) -> None:
    lincoln.add_school("Yew Prep", "0091", "Yo Yi")
    lincoln.night()
    answer = typed(workspace, "list all", ": 9 schools", by="vic")
    lincoln.viewers = []
    lincoln.declare()
    answer.click("Next page", by="vic")
    workspace.expect_ephemeral("vic", "You are not among the people who may see")


def test_names_of_any_kind_are_listed_and_mention_nobody(
    workspace: Office, lincoln: District
) -> None:
    names = ["<!channel> & Sons", 'The "Élan", Ltd', "🏫" * 300, "مدرسة", "*bold* _x_ `y`"]
    for number, name in enumerate(names):
        lincoln.add_school(name, f"7{number}", "Ann One")
    lincoln.night()
    typed(workspace, "list all", "<!channel> & Sons (70)")
    typed(workspace, "search elan", 'The "Élan", Ltd (71)')
    typed(workspace, "search <!channel>", "1 school fits “<!channel>”")
    typed(workspace, "search &amp; sons", "1 school fits “& sons”")
    assert not any("<!channel>" in said for said in workspace.said())


# History


def test_the_history_of_one_school_opens(workspace: Office, card: Card) -> None:
    workspace.command("/schools history oak elementary", by="vic", in_=HERE)
    workspace.expect_modal("vic", "Oak Elementary (0012)", "Active → Action Needed")
    workspace.command("/schools history 0020", by="ana", in_=HERE)
    workspace.expect_modal("ana", "Pine Middle (0020)")


def test_a_name_that_fits_several_schools_lists_them(workspace: Office, lincoln: District) -> None:
    answer = typed(workspace, "history elementary", "3 schools fit “elementary”")
    answer.choose("History", school="Maple Elementary", by="ana")
    workspace.expect_modal("ana", "Maple Elementary (0085)")


def test_a_misspelt_school_is_suggested(workspace: Office, lincoln: District) -> None:
    typed(
        workspace,
        "history Mapel Elementry",
        "no school fits “Mapel Elementry”. Did you mean one of these?",
        "Maple Elementary (0085)",
    )


# Sync


def test_sync_now_by_command(workspace: Office, lincoln: District) -> None:
    lincoln.share()
    typed(workspace, "sync", "Lincoln Unified is being synced")
    workspace.expect_direct_message("ana", "The sync of Lincoln Unified that you asked for is done")


def test_a_viewer_may_not_sync(workspace: Office, lincoln: District) -> None:
    typed(workspace, "sync", "You are not among the people who may sync", by="vic")


# Export


def test_all_schools_are_exported_as_a_file(workspace: Office, lincoln: District) -> None:
    lincoln.add_school("=cmd()", "@7", "Ann One")
    lincoln.night(without=["Oak Elementary"])
    card = workspace.channel(HERE).expect_message("1 school needs a decision")
    card.click("Freeze", school="Oak Elementary", by="ana")
    workspace.expect_modal("ana", "Freezing").submit(reason="Closed, for good")
    workspace.expect_ephemeral("ana", "Oak Elementary (0012) is frozen")
    workspace.forgive(HERE)
    typed(workspace, "export", "come to you as a CSV file")
    file = workspace.expect_file("ana", "schools-lincoln-usd")
    rows = {row["Name"]: row for row in csv.DictReader(io.StringIO(file.text))}
    assert len(rows) == 9
    oak = rows["Oak Elementary"]
    assert (oak["Number"], oak["Status"], oak["Present"]) == ("'0012", "Frozen", "no")
    assert (oak["People"], oak["Decided by"]) == ("3", "Ana Flores")
    assert oak["Reason"] == "Closed, for good"
    assert rows["'=cmd()"]["Number"] == "'@7"
    assert rows["Elm Academy"]["Last synced"].endswith("UTC")


def test_a_partner_is_exported_by_its_name(
    workspace: Office, lincoln: District, cedar: District
) -> None:
    typed(workspace, "export Cedar  VALLEY", "All schools of Cedar Valley", by="sam", in_=SUPPORT)
    assert len(workspace.expect_file("sam", "schools-cedar-valley").text.splitlines()) == 4


def test_an_export_that_fails_is_told(
    workspace: Office, lincoln: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("handlers.commands.export._rows", broken)
    typed(workspace, "export", "come to you as a CSV file")
    workspace.expect_direct_message(
        "ana", "The file that you asked for could not be made (reference"
    )
    workspace.expect_trouble("A file could not be made, reference")


# Which partner


def test_the_channel_says_which_partner_is_meant(
    workspace: Office, lincoln: District, cedar: District
) -> None:
    typed(workspace, "list all", "Cedar Valley: 3 schools", by="sam", in_=CEDARS)
    typed(workspace, "list all", "Lincoln Unified: 8 schools", by="sam", in_=HERE)


def test_anywhere_else_it_is_the_only_partner_that_one_may_see(
    workspace: Office, lincoln: District, cedar: District
) -> None:
    typed(workspace, "list all", "Lincoln Unified: 8 schools", by="bo", in_=SUPPORT)


def test_support_is_asked_which_partner_is_meant(
    workspace: Office, lincoln: District, cedar: District
) -> None:
    workspace.command("/schools search high", by="sam", in_=SUPPORT)
    modal = workspace.expect_modal("sam", "Which partner?", "2 partners can be chosen")
    assert modal.suggest("ced") == ["Cedar Valley"]
    modal.choose("Cedar Valley")
    modal.submit()
    workspace.expect_ephemeral("sam", "Cedar Valley: 1 school fits “high”.")


def test_the_dialog_of_a_command_takes_the_place_of_the_question(
    workspace: Office, lincoln: District, cedar: District
) -> None:
    workspace.command("/schools history 101", by="sam", in_=SUPPORT)
    modal = workspace.expect_modal("sam", "Which partner?")
    modal.suggest("")
    modal.choose("Cedar Valley")
    modal.submit()
    workspace.expect_modal("sam", "Cedar High (101)")


@pytest.mark.parametrize("line", ["export {}", "sync {}", "upload {}"])
def test_naming_a_partner_of_others_and_one_that_is_none_is_answered_alike(
    workspace: Office, lincoln: District, cedar: District, line: str
) -> None:
    answers = []
    for name in ("lincoln-usd", "wenever-usd", "Lincoln Unified"):
        answer = typed(workspace, line.format(name), "There is no partner", by="carmen", in_=HERE)
        answers.append(answer.reads.replace(name, "…"))
    assert len(set(answers)) == 1
    assert "You can name cedar-valley" in answers[0]


def test_in_the_channel_of_others_one_gets_ones_own_schools(
    workspace: Office, lincoln: District, cedar: District
) -> None:
    typed(workspace, "search oak", "Cedar Valley: no school fits “oak”", by="carmen", in_=HERE)
    typed(
        workspace,
        "list lincoln-usd",
        "Cedar Valley: no school fits “lincoln-usd”",
        by="carmen",
        in_=HERE,
    )


def test_a_misspelt_partner_is_suggested(workspace: Office, lincoln: District) -> None:
    typed(workspace, "export lincon-usd", "Did you mean lincoln-usd?", by="sam")


# Who one is


def test_whoami_says_what_one_may_do_and_why(workspace: Office, lincoln: District) -> None:
    typed(
        workspace,
        "whoami",
        "You are Ana Flores.",
        "Lincoln Unified: partner admin (because you are named in person).",
        "You may see schools and their history, pause, freeze",
        "and ask support to release accounts. Only the support team unfreezes.",
    )
    typed(workspace, "whoami", "because you are in <!subteam^S0LINCOLNADMINS>", by="bo")
    viewer = typed(workspace, "whoami", "viewer (because you are named in person)", by="vic")
    viewer.says("You may see schools and their history.")
    typed(
        workspace,
        "whoami",
        "member of the support team (because you are in",
        "unfreeze, release accounts and link re-created schools.",
        by="sam",
    )


def test_whoami_shows_nobody_else_and_says_so(workspace: Office, lincoln: District) -> None:
    for named in ("@ana", "<@U0ANA|ana>", "lincoln"):
        only = "takes no name: everybody sees only themselves there. You are Vic"
        typed(workspace, f"whoami {named}", only, by="vic")


def test_a_stranger_is_told_what_he_is_not(workspace: Office, lincoln: District) -> None:
    typed(workspace, "whoami", "You are no admin or viewer of a partner", by="tia")
    for line in ("", "list", "export lincoln-usd", "history 0012"):
        answer = typed(workspace, line, "you are none of them here", by="tia")
        assert "Lincoln" not in answer.reads


def test_a_group_that_cannot_be_read_is_named(workspace: Office, lincoln: District) -> None:
    workspace.forget_people()
    workspace.slack.misbehave("error", method="usergroups.users.list", times=None)
    typed(workspace, "whoami", "Slack did not tell who is in", "S0LINCOLNADMINS", by="bo")
    typed(workspace, "list", "could not be checked", by="bo")
    typed(workspace, "list", "every school synced", by="ana")


# Words


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", Line("", "")),
        ("  LIST   Frozen ", Line("list", "Frozen")),
        ("history “Oak, East”", Line("history", "Oak, East")),
        ("find 'St. Mary's'", Line("search", "St. Mary's")),
        ("a &amp; b &lt;c&gt;", Line("", "a & b <c>")),
        ("search " + "x" * 500, Line("search", "x" * 73)),
    ],
)
def test_what_is_typed_is_read_as_it_was_meant(text: str, line: Line) -> None:
    assert lines.read(text) == line


def test_help_names_every_command(workspace: Office) -> None:
    answer = typed(workspace, "help", "This is what /schools can do.", by="tia")
    answer.says(*(f"/schools {verb}" for verb in lines.VERBS if verb != lines.HELP))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("serach oak", "search oak"), ("histroy 0012", "history 0012"), ("exprot", "export")],
)
def test_a_mistyped_command_is_suggested(
    workspace: Office, lincoln: District, wrong: str, right: str
) -> None:
    typed(workspace, wrong, f"Did you mean `/schools {right}`?")


def test_a_school_that_sounds_like_a_command_is_found(workspace: Office, lincoln: District) -> None:
    lincoln.add_school("Upland Prep", "0091", "Yo Yi")
    lincoln.night()
    typed(workspace, "upland", "1 school fits “upland”", "Upland Prep (0091)")


def test_a_mistyped_status_is_suggested(workspace: Office, lincoln: District) -> None:
    typed(workspace, "list frozne", "Did you mean `/schools list frozen`?")


def test_what_is_done_in_the_menu_is_shown_there(workspace: Office, card: Card) -> None:
    answer = typed(workspace, "pause oak", "Nothing was changed yet: `pause` is chosen in the menu")
    assert "Pause" in answer.menu_of("Oak Elementary")


def test_search_and_history_without_words_say_what_to_type(
    workspace: Office, lincoln: District
) -> None:
    typed(workspace, "search", "Type what to look for")
    typed(workspace, "history", "Type which school")


# In time


def test_a_slow_answer_is_announced_within_three_seconds_and_comes_later(
    workspace: Office, lincoln: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.listening.COMMAND_SECONDS", 0.0)
    late, understood = threading.Event(), clicks.typed
    monkeypatch.setattr(clicks, "typed", lambda body: late.wait(LONG) and understood(body))
    assert workspace.command("/schools list all", by="ana", in_=HERE).ok
    late.set()
    workspace.expect_ephemeral("ana", "One moment")
    workspace.expect_ephemeral("ana", "Lincoln Unified: 8 schools")


def test_slack_that_tells_nothing_of_people_is_a_sentence(
    workspace: Office, lincoln: District
) -> None:
    workspace.forget_people()
    workspace.slack.misbehave("error", method="auth.test", times=None)
    typed(workspace, "list", "Slack could not be reached to check who you are")
