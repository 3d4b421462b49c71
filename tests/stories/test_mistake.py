""" "This is a mistake": the remedy, a case for support, its answers, and how it ends."""

import pytest

from handlers.ask import Ask
from handlers.link import link
from handlers.pause import pause
from handlers.retire import retire
from handlers.sentences import not_done
from handlers.views.blocks import section
from handlers.views.menu import MISTAKE, school_menu
from storage.rules.rights import Person
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card, Modal

OAK = "Oak Elementary (0012)"
ANA = Person("U0ANA", "Ana Flores", {"S0SUPPORT": False})
SUPPORT = Person("U0SAM", "Sam Sato", {"S0SUPPORT": True, "S0LINCOLNADMINS": False})


def menu(workspace: Office, lincoln: District, school: str = "Oak Elementary") -> Card:
    """A message with the school's menu, as several surfaces have it."""
    stored = lincoln.school(school)
    blocks = [section(f"Menu of {stored.title}", school_menu(stored, [MISTAKE]))]
    with workspace.stores.transaction() as store:
        store.messages.note("C0LINCOLN", {"text": "A menu", "blocks": blocks})
    return workspace.channel("lincoln-alerts").expect_message("A menu")


def opened(workspace: Office, lincoln: District, by: str) -> Modal:
    menu(workspace, lincoln).choose("This is a mistake", by=by)
    return workspace.expect_modal(by, "This is a mistake")


@pytest.fixture
def case(workspace: Office, lincoln: District, card: Card) -> Card:
    """Support's card, after Ana has reported Oak Elementary."""
    opened(workspace, lincoln, "ana").submit(what="We never unshared Oak")
    workspace.expect_ephemeral("ana", "The support team has been asked about", "stays as it is")
    card.expect_thread(f"Ana Flores reported {OAK} as a mistake", "We never unshared Oak")
    return workspace.channel("recess-support").expect_message(
        f"Reported as a mistake: {OAK} of Lincoln Unified", "We never unshared Oak"
    )


def answer(workspace: Office, case: Card, what: str, by: str, words: str) -> None:
    case.click(what, by=by)
    title = {"Answer": "Answer the report", "Close": "Close the case"}[what]
    workspace.expect_modal(by, title).submit(answer=words)


def test_the_dialog_begins_with_the_remedy_and_syncs_at_once(
    workspace: Office, lincoln: District, card: Card
) -> None:
    modal = opened(workspace, lincoln, "ana")
    modal.says(
        f"{OAK} was last in the roster",
        "3 people affected",
        "Try this first. Put a set of files that has the school where we read it",
        "It becomes Active by itself",
    )
    lincoln.share(without=["Pine Middle"])
    workspace.slack.fill(modal.view, {"what": "We never unshared Oak"}, by="ana")
    modal.click("Sync now")
    modal.expect_update("The roster of Lincoln Unified is being synced")
    assert workspace.slack.open_view("ana").id == modal.view.id
    assert "We never unshared Oak" in str(modal.view.values)
    assert modal.buttons == []
    workspace.expect_direct_message("ana", "that you asked for is done", "1 school back")
    card.expect_thread(f"{OAK} is shared again")
    assert lincoln.status("Oak Elementary") == "active"


def test_whoever_paused_a_school_is_still_named_when_somebody_reports_it(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Pause", school="Oak Elementary", by="bo")
    card.expect_thread(f"Bo Lindqvist paused {OAK}")
    opened(workspace, lincoln, "ana").submit(what="We never unshared Oak")
    workspace.expect_ephemeral("ana", "The support team has been asked about")
    workspace.channel("recess-support").expect_message("Reported as a mistake")
    card.expect_thread(f"Ana Flores reported {OAK} as a mistake")
    card.expect_update(f"Bo Lindqvist paused {OAK}", "Reported as a mistake by Ana Flores")
    card.choose("Freeze…", school="Oak Elementary", by="ana")
    workspace.expect_modal("ana", "It is Paused, by Bo Lindqvist").close()
    workspace.command("/schools list paused", by="ana", in_="lincoln-alerts")
    workspace.expect_ephemeral("ana", "is Paused: Bo Lindqvist")
    again = Ask(ANA, lincoln.slug, [lincoln.id("Oak Elementary")])
    [refused] = pause(again, workspace.service._desk()).refused
    assert f"is already paused: Bo Lindqvist paused {OAK}" in not_done(refused)


def test_each_kind_of_source_has_its_own_remedy(
    workspace: Office, lincoln: District, card: Card
) -> None:
    remedies = {
        "clever": "Share the school with us again in Clever",
        "classlink": "in ClassLink",
        "oneroster": "OneRoster service",
        "tp-connector": "Let TP Connector put a complete batch",
    }
    for kind, remedy in remedies.items():
        lincoln.source = {"kind": kind}
        lincoln.declare()
        modal = opened(workspace, lincoln, "ana")
        modal.says(remedy, "then press Sync now")
        modal.close()
    lincoln.source = {"kind": "csv"}
    lincoln.declare()
    modal = opened(workspace, lincoln, "ana")
    modal.says("Upload a set that has the school, with `/schools upload`")
    assert "Sync now" not in modal.buttons


def test_a_report_reaches_support_with_all_that_is_known(
    workspace: Office, lincoln: District, card: Card, case: Card
) -> None:
    case.says(
        "Source: OneRoster files",
        "Last seen: 2026-10-06 12:00 UTC",
        "Action Needed since 2026-10-07 12:00 UTC",
        "3 people affected",
        "Last sync before the report: applied 2026-10-07 12:00 UTC",
        "Ana Flores",
    )
    assert case.buttons == ["Answer…", "Close…", "Sync now"]
    assert lincoln.status("Oak Elementary") == "action_needed"
    assert lincoln.history("Oak Elementary")[0].event == "reported"


def test_a_second_report_joins_the_first(
    workspace: Office, lincoln: District, card: Card, case: Card
) -> None:
    opened(workspace, lincoln, "bo").submit(what="I saw it yesterday")
    workspace.expect_ephemeral("bo", "Somebody had reported it before; yours was added")
    case.expect_update("We never unshared Oak", "Bo Lindqvist", "I saw it yesterday")
    case.expect_thread("Bo Lindqvist reported", "too", "I saw it yesterday")
    card.expect_thread("Bo Lindqvist reported", "too", "I saw it yesterday")
    again = opened(workspace, lincoln, "bo")
    again.says("Ana Flores and Bo Lindqvist reported it", "what you write is added")
    again.submit(what="Hello?")
    workspace.expect_ephemeral("bo", f"You have reported {OAK} already")
    workspace.channel("recess-support").expect_nothing()
    assert [row.event for row in lincoln.history("Oak Elementary")].count("reported") == 1


def test_two_people_who_report_at_once_are_one_case(
    workspace: Office, lincoln: District, card: Card
) -> None:
    modals = [opened(workspace, lincoln, who) for who in ("ana", "bo")]
    for modal in modals:
        modal.submit(what="It is a mistake")
    workspace.expect_ephemeral("ana", "The support team has been asked")
    workspace.expect_ephemeral("bo", "Somebody had reported it before")
    case = workspace.channel("recess-support").expect_message("Reported as a mistake")
    case.says("Ana Flores", "Bo Lindqvist")
    case.expect_thread("Bo Lindqvist reported")
    workspace.forgive("lincoln-alerts")


def test_a_report_that_slack_delivers_twice_is_one(
    workspace: Office, lincoln: District, case: Card
) -> None:
    submitted = [d for d in workspace.slack.deliveries if d.kind == "interactive"][-1]
    assert workspace.slack.dispatch.ask("interactive", submitted.payload).ok
    workspace.channel("recess-support").expect_nothing()
    workspace.forgive("lincoln-alerts")


def test_support_answers_and_everybody_who_reported_it_is_told(
    workspace: Office, lincoln: District, card: Card, case: Card
) -> None:
    answer(workspace, case, "Answer", by="sam", words="Clever says you removed it on Monday")
    said = "Sam Sato answered the report that Oak Elementary (0012) of Lincoln Unified"
    workspace.expect_direct_message("ana", said, "you removed it on Monday")
    case.expect_update("Sam Sato", "you removed it on Monday")
    case.expect_thread(said)
    card.expect_thread(said)
    assert case.buttons == ["Answer…", "Close…", "Sync now"]


def test_the_card_says_whether_a_report_still_waits_for_an_answer(
    workspace: Office, lincoln: District, card: Card, case: Card
) -> None:
    card.expect_update("Reported as a mistake by Ana Flores", "; the support team answers.")
    workspace.clock.pass_by(hours=1)
    answer(workspace, case, "Answer", by="sam", words="Clever says you removed it on Monday")
    card.expect_update("; Sam Sato of the support team answered 2026-10-07 13:00 UTC.")
    assert "the support team answers" not in card.reads
    workspace.clock.pass_by(hours=1)
    opened(workspace, lincoln, "bo").submit(what="We did not")
    workspace.expect_ephemeral("bo", "yours was added")
    card.expect_update("by Ana Flores and one other", "; the support team answers.")
    assert "Sam Sato" not in card.reads
    workspace.expect_direct_message("ana", "Sam Sato answered the report")
    workspace.forgive("lincoln-alerts", "recess-support")


def test_support_closes_a_case_with_a_word(
    workspace: Office, lincoln: District, card: Card, case: Card
) -> None:
    answer(workspace, case, "Close", by="sue", words="It really closed; pause it")
    said = "Sue Park closed the report that Oak Elementary (0012) of Lincoln Unified"
    workspace.expect_direct_message("ana", said, "It really closed; pause it")
    case.expect_update("Closed: Sue Park of the support team closed it", "It really closed")
    assert case.buttons == []
    case.expect_thread(said)
    card.expect_thread(said)
    assert lincoln.status("Oak Elementary") == "action_needed"


def test_of_two_supporters_the_second_is_told_that_it_is_closed(
    workspace: Office, lincoln: District, case: Card
) -> None:
    case.click("Answer", by="sam")
    modal = workspace.expect_modal(
        "sam", "Answer the report", "the person who reported it gets this by direct message"
    )
    answer(workspace, case, "Close", by="sue", words="Done")
    modal.submit(answer="Me too")
    workspace.expect_modal(
        "sam", "This case was closed on 2026-10-07 12:00 UTC: Sue Park of the support team"
    )
    case.click("Close", by="sam")
    workspace.expect_ephemeral("sam", "This case was closed", "Nothing was changed")
    workspace.expect_direct_message("ana", "Sue Park closed the report")
    case.expect_thread("Sue Park closed the report")
    workspace.forgive("lincoln-alerts")


def test_a_case_is_closed_when_the_school_comes_back(
    workspace: Office, lincoln: District, card: Card, case: Card
) -> None:
    lincoln.night(without=["Pine Middle"])
    case.expect_update("Closed: the roster has the school again")
    case.expect_thread("is closed: the roster has the school again")
    workspace.expect_direct_message("ana", "the roster has the school again", "is Active now")
    card.expect_thread(f"{OAK} is shared again")
    assert case.buttons == []


def test_a_case_is_closed_by_a_freeze_but_not_by_a_pause(
    workspace: Office, lincoln: District, card: Card, case: Card
) -> None:
    card.expect_update("Oak Elementary")
    card.click("Pause", school="Oak Elementary", by="bo")
    card.expect_thread("Bo Lindqvist paused")
    with workspace.stores.read() as store:
        assert len(store.cases.open_of(lincoln.stored)) == 1
    menu(workspace, lincoln).choose("This is a mistake", by="bo")
    workspace.expect_modal("bo", "Ana Flores reported it").close()
    frozen(workspace, lincoln)
    case.expect_update("Closed: Sam Sato froze the school")
    case.expect_thread("Sam Sato froze the school", "is Frozen now")
    workspace.expect_direct_message("ana", "Sam Sato froze the school", "is Frozen now")
    card.expect_thread("Sam Sato froze")


def frozen(workspace: Office, lincoln: District) -> None:
    from handlers.freeze import freeze

    ask = Ask(SUPPORT, lincoln.slug, [lincoln.id("Oak Elementary")], "Closed for good")
    freeze(ask, workspace.service._desk(), None)


def test_a_case_is_closed_by_a_link(
    workspace: Office, lincoln: District, card: Card, case: Card
) -> None:
    again = lincoln.add_school("Oak Elementary", "9012", "Nia Newton")
    lincoln.night(without=["0012", "Pine Middle"])
    ask = Ask(SUPPORT, lincoln.slug, [lincoln.id("0012")], "The same school")
    link(ask, workspace.service._desk(), again)
    case.expect_update("Closed: Sam Sato linked the school with the one it was made anew as")
    case.expect_thread("Sam Sato linked the school")
    workspace.expect_direct_message("ana", "Sam Sato linked the school", "is Active now")
    workspace.forgive("lincoln-alerts")


def test_a_case_is_closed_by_the_partners_retirement(
    workspace: Office, lincoln: District, card: Card, case: Card
) -> None:
    retire(Ask(SUPPORT, lincoln.slug, [], "Contract ended"), workspace.service._desk())
    case.expect_update("Closed: Sam Sato retired the partner")
    case.expect_thread("Sam Sato retired the partner")
    workspace.expect_direct_message("ana", "Sam Sato retired the partner")
    workspace.forgive("lincoln-alerts")


def test_a_school_that_is_not_missing_cannot_be_reported(
    workspace: Office, lincoln: District, card: Card
) -> None:
    stale = menu(workspace, lincoln)
    modal = opened(workspace, lincoln, "bo")
    lincoln.night(without=["Pine Middle"])
    card.expect_thread("is shared again")
    stale.choose("This is a mistake", by="ana")
    workspace.expect_ephemeral("ana", f"{OAK} is in the last roster and Active", "Nothing was")
    modal.submit(what="It is a mistake")
    workspace.expect_ephemeral("bo", f"{OAK} is in the last roster and Active")
    workspace.channel("recess-support").expect_nothing()


def test_viewers_others_and_admins_are_kept_to_what_they_may(
    workspace: Office, lincoln: District, card: Card, case: Card
) -> None:
    shown = menu(workspace, lincoln)
    for who in ("vic", "carmen"):
        shown.choose("This is a mistake", by=who)
        workspace.expect_ephemeral(who, "may report a mistake here. Nothing was changed")
        workspace.expect_no_modal(who)
    workspace.slack.join("recess-support", "ana")
    case.click("Answer", by="ana")
    workspace.expect_ephemeral("ana", "may answer what was reported as a mistake")
    workspace.expect_no_modal("ana")


def test_who_loses_the_right_while_writing_is_refused(
    workspace: Office, lincoln: District, card: Card
) -> None:
    modal = opened(workspace, lincoln, "bo")
    workspace.slack.change_group("S0LINCOLNADMINS", remove=["bo"])
    workspace.heard("subteam_members_changed")
    modal.submit(what="It is a mistake")
    workspace.expect_modal("bo", "Not done", "may report a mistake here")
    workspace.channel("recess-support").expect_nothing()


def test_a_group_that_cannot_be_read_grants_nothing(
    workspace: Office, lincoln: District, card: Card
) -> None:
    shown = menu(workspace, lincoln)
    workspace.forget_people()
    workspace.slack.misbehave("error", "usergroups.users.list", error="missing_scope", times=9)
    shown.choose("This is a mistake", by="bo")
    workspace.expect_ephemeral("bo", "could not be checked", "Nothing was changed")
    workspace.expect_no_modal("bo")


def test_words_that_are_markup_mention_nobody(
    workspace: Office, lincoln: District, card: Card
) -> None:
    opened(workspace, lincoln, "ana").submit(what="<!channel> & <@U0BO> " + "x" * 400)
    workspace.expect_ephemeral("ana", "has been asked")
    case = workspace.channel("recess-support").expect_message("<!channel> & <@U0BO>")
    answer(workspace, case, "Close", by="sam", words="<!here> " + "y" * 490)
    workspace.expect_direct_message("ana", "<!here>")
    workspace.forgive("lincoln-alerts")
    workspace.replies()
    assert not [s for s in workspace.said() if any(w in s for w in ("<!ch", "<!he", "<@U"))]


def test_blank_words_are_asked_for_again(
    workspace: Office, lincoln: District, card: Card, case: Card
) -> None:
    modal = opened(workspace, lincoln, "bo")
    assert "nobody was asked yet" in str(modal.submit(what="   ").body)
    case.click("Answer", by="sam")
    form = workspace.expect_modal("sam", "Answer the report")
    assert "nobody was told yet" in str(form.submit(answer=" ").body)
    workspace.channel("recess-support").expect_nothing()
