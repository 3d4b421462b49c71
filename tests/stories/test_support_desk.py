"""Home of the support team: what waits for it over all partners, and the ways to it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from storage.partners import Declaration
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card, Home
from tests.stories.test_new_source import held

__all__ = ["held"]


def order(home: Home, *words: str) -> list[str]:
    """These words in the order in which they stand in Home."""
    return sorted(words, key=home.reads.index)


def ask(workspace: Office, who: str, school: str, reason: str) -> None:
    """Request an unfreeze from one's own Home."""
    home = workspace.open_home(who)
    home.choose("Frozen (2)")
    home.expect_update(school)
    home.choose("Request unfreeze", school=school)
    workspace.expect_modal(who, "Request unfreeze").submit(reason=reason)
    workspace.expect_modal(who, "The support team has been asked").close()


def declared(workspace: Office, count: int) -> None:
    """More partners, without any school."""
    with workspace.stores.transaction() as store:
        for number in range(count):
            store.partners.declare(
                Declaration(
                    slug=f"partner-{number:03}",
                    name=f"Partner {number:03}",
                    timezone="UTC",
                    channel=f"C0{number:06}",
                    admins=("S0LINCOLNADMINS",),
                    viewers=(),
                    contact="",
                    sync_cron="0 0 30 2 *",
                    pause_windows=(),
                    breaker={},
                    source={"kind": "csv"},
                )
            )


def test_an_empty_desk_says_so_and_lists_the_partners(
    workspace: Office, lincoln: District, cedar: District
) -> None:
    desk = workspace.open_home("sam")
    desk.says("Support desk", "Nothing waits for the support team", "Cedar Valley", "nothing to de")
    desk.click("Schools", school="Cedar Valley")
    desk.expect_update("Schools of Cedar Valley")
    desk.click("All partners")
    desk.expect_update("Support desk", "Lincoln Unified")


def test_partners_with_open_decisions_come_first(
    workspace: Office, lincoln: District, cedar: District, card: Card
) -> None:
    desk = workspace.open_home("sue")
    desk.says("Lincoln Unified · 2 schools wait for a decision · roster last read")
    assert order(desk, "Cedar Valley", "Lincoln Unified") == ["Lincoln Unified", "Cedar Valley"]


def test_the_oldest_request_comes_first_and_is_decided_here(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    frozen.click("Freeze", school="Pine Middle", by="ana")
    workspace.expect_modal("ana", "Freezing Pine Middle").submit(reason="Closed too")
    ask(workspace, "bo", "Oak Elementary", "First")
    workspace.clock.pass_by(hours=1)
    ask(workspace, "ana", "Pine Middle", "Second")
    workspace.forgive("lincoln-alerts", "recess-support")
    desk = workspace.open_home("sam")
    desk.says("2 requests to unfreeze", "Asked for by Bo Lindqvist", "First", "Second")
    assert order(desk, "Pine Middle", "Oak Elementary") == ["Oak Elementary", "Pine Middle"]
    desk.click("Deny", school="Oak Elementary")
    workspace.expect_modal("sam", "Deny the request").submit(reason="Ask next year")
    desk.expect_update("1 request to unfreeze")
    assert "First" not in desk.reads
    workspace.expect_direct_message("bo", "denied by Sam Sato")
    workspace.forgive("lincoln-alerts")


def test_a_request_that_another_supporter_has_decided_is_refused_and_gone(
    workspace: Office, asked: Card, frozen: Card
) -> None:
    desk = workspace.open_home("sam")
    asked.click("Approve", by="sue")
    workspace.expect_modal("sue", "Approve the request").submit(reason="Fine")
    frozen.expect_thread("Sue Park unfroze")
    workspace.expect_direct_message("bo", "approved by Sue Park")
    desk.click("Approve", school="Oak Elementary")
    workspace.expect_modal("sam", "Not done", "Sue Park decided this request").close()
    desk.expect_update("Nothing waits for the support team")


def test_nobody_decides_their_own_request_in_home_either(
    workspace: Office, lincoln: District, asked: Card
) -> None:
    lincoln.admins = ["U0ANA", "S0LINCOLNADMINS", "U0SAM"]
    lincoln.declare()
    desk = workspace.open_home("sam")
    desk.click("Approve", school="Oak Elementary")
    workspace.expect_modal("sam", "Not done", "Nothing was changed")
    assert lincoln.status("Oak Elementary") == "frozen"


def test_who_is_locked_and_works_elsewhere_is_released_from_here(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Freeze", school="Oak Elementary", by="ana")
    modal = workspace.expect_modal("ana", "Freezing Oak Elementary")
    modal.submit(reason="Closed", tick=["Ask support to release"])
    workspace.forgive("lincoln-alerts", "recess-support")
    desk = workspace.open_home("sam")
    desk.says("1 request to release people", "Oak Elementary (0012)", "Asked for by Ana Flores")
    desk.click("Release", school="Oak Elementary")
    workspace.expect_modal("sam", "Rosa Ibarra").submit(reason="She works elsewhere")
    workspace.forgive("lincoln-alerts", "recess-support")
    desk.expect_update("Nothing waits for the support team")
    assert "Rosa Ibarra" not in lincoln.locked()
    workspace.expect_direct_message("ana", "Sam Sato released accounts of Oak Elementary")
    workspace.forgive("lincoln-alerts", "recess-support")


def test_every_card_that_something_waits_on_can_be_reached(
    workspace: Office, lincoln: District, asked: Card
) -> None:
    workspace.settle()
    with workspace.stores.read() as store:
        [request] = store.overview.unfreezes()
    assert request.link is not None
    assert asked.message.ts.replace(".", "") in request.link
    assert f"<{request.link}|Go to its card>" in str(workspace.open_home("sam").view.content)


def test_reported_mistakes_are_listed(workspace: Office, card: Card) -> None:
    home = workspace.open_home("ana")
    home.choose("This is a mistake", school="Oak Elementary")
    workspace.expect_modal("ana", "This is a mistake").submit(what="We never unshared it")
    workspace.forgive("lincoln-alerts", "recess-support")
    home.expect_update("Reported as a mistake by Ana Flores")
    desk = workspace.open_home("sam")
    desk.says("1 reported mistake", "Oak Elementary (0012) of Lincoln Unified")
    desk.says("Reported by Ana Flores", "We never unshared it")
    desk.click("Schools", school="Oak Elementary")
    desk.expect_update("Schools of Lincoln Unified")


def test_held_rosters_and_failing_sources_are_listed_until_they_are_settled(
    workspace: Office, lincoln: District, cedar: District
) -> None:
    lincoln.share(without=list(lincoln.schools)[:5])
    cedar.night(spoilt=True)
    cedar.night(spoilt=True)
    workspace.forgive("lincoln-alerts", "cedar-alerts", "recess-support")
    desk = workspace.open_home("sam")
    desk.says("1 held roster · 1 failing source", "Lincoln Unified", "A roster is held since")
    desk.says("Lincoln Unified · its roster is held · roster last read")
    desk.says("Cedar Valley", "Its roster cannot be read since", "2 times in a row")
    lincoln.share()
    cedar.night()
    workspace.forgive("lincoln-alerts", "cedar-alerts", "recess-support")
    assert "Nothing waits for the support team" in workspace.open_home("sam").reads


def test_the_schools_of_a_new_source_are_matched_from_here(
    workspace: Office, lincoln: District, held: Card
) -> None:
    desk = workspace.open_home("sam")
    desk.says("1 held roster · 1 new source", "its schools are not matched yet")
    desk.click("Match schools", school="Lincoln Unified")
    workspace.expect_modal("sam", "8 proposed").submit(reason="One and the same")
    workspace.expect_modal("sam", "Every known school has its place").close()
    workspace.forgive("lincoln-alerts", "recess-support")


def test_where_messages_do_not_arrive_is_listed(workspace: Office, lincoln: District) -> None:
    workspace.slack.archive("lincoln-alerts")
    workspace.heard("channel_archive")
    lincoln.night(without=["Oak Elementary"])
    workspace.forgive("recess-support")
    for admin in ("ana", "bo"):
        for told in workspace.slack.direct_messages(admin):
            workspace._expected.add((told.channel, told.ts))
    desk = workspace.open_home("sam")
    desk.says("1 silent channel", "of Lincoln Unified", "is_archived")


def test_a_retired_partner_waits_for_nobody_and_can_still_be_reached(
    workspace: Office, lincoln: District, cedar: District
) -> None:
    with workspace.stores.transaction() as store:
        assert store.partners.retire(store.partners.locked("cedar-valley"))
    desk = workspace.open_home("sam")
    desk.says("Cedar Valley · retired")
    desk.click("Schools", school="Cedar Valley")
    desk.expect_update("Retired", "nothing is read and nothing is asked")
    assert workspace.open_home("carmen").buttons == []


def test_partners_are_searched_and_paged(workspace: Office, lincoln: District) -> None:
    declared(workspace, 60)
    desk = workspace.open_home("sam")
    assert desk.buttons.count("Schools") == 15
    desk.click("Show all 61")
    desk.expect_update("1 to 25 of 61")
    desk.click("Next page")
    desk.expect_update("26 to 50 of 61")
    desk.type("partner-05", into="Search the partners by name")
    desk.expect_update("10 partners")
    assert desk.buttons.count("Schools") == 10
    desk.type("nobody", into="Search the partners by name")
    desk.expect_update("No partner has “nobody” in its name")
    desk.click("Support desk")
    desk.expect_update("Nothing waits for the support team")


def test_beyond_a_hundred_partners_slack_asks_for_those_that_fit(
    workspace: Office, lincoln: District
) -> None:
    declared(workspace, 100)
    desk = workspace.open_home("sam")
    desk.type("lincoln", into="Search the partners by name")
    desk.expect_update("1 partner")
    desk.click("Schools", school="Lincoln Unified")
    desk.expect_update("Schools of Lincoln Unified")
    assert desk.suggest("partner-00", of="home_partner") == [f"Partner {n:03}" for n in range(10)]
    desk.choose("Partner 007")
    desk.expect_update("Schools of Partner 007", "Its first roster was not read yet")
    assert len(desk.suggest("", of="home_partner")) == 100


@pytest.fixture
def statements(workspace: Office) -> list[str]:
    """Every statement that the bot sends to its database, from now on."""
    sent: list[str] = []

    def collect(_: Any, __: Any, statement: str, *more: Any) -> None:
        sent.append(statement)

    event.listen(workspace.service.database.engine, "before_cursor_execute", collect)
    return sent


def test_more_partners_do_not_take_more_statements(
    workspace: Office, lincoln: District, asked: Card, statements: list[str], tmp_path: Path
) -> None:
    lincoln.night(spoilt=True)
    workspace.forgive("lincoln-alerts", "recess-support")
    del statements[:]
    workspace.open_home("sam")
    few = len(statements)
    declared(workspace, 50)
    del statements[:]
    workspace.open_home("sam")
    assert len(statements) == few
    assert few < 25
