"""The weekly digest: on Monday morning, once, with everything that is open."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.settings import SettingsInvalid, load
from handlers.ask import Ask
from handlers.digest import owe_digest
from handlers.mistake import report
from handlers.retire import retire
from handlers.unfreeze import request
from handlers.views.digest import Week, digest
from storage.overview import Line, Silent, Wish
from storage.rules.rights import Person
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card

ANA = Person("U0ANA", "Ana Flores", {"S0SUPPORT": False})
SAM = Person("U0SAM", "Sam Sato", {"S0SUPPORT": True, "S0LINCOLNADMINS": False})
MONDAY = datetime(2026, 10, 12, 8, tzinfo=UTC)


def look(workspace: Office, at: datetime) -> None:
    workspace.clock.move_to(at)
    workspace.service.reminding.look()
    workspace.settle()


def test_a_monday_without_anything_open_is_one_line(workspace: Office, lincoln: District) -> None:
    support = workspace.channel("recess-support")
    look(workspace, MONDAY.replace(day=11, hour=23))
    support.expect_nothing()
    look(workspace, MONDAY)
    told = support.expect_message("Nothing is open this week: 1 partner")
    assert len(told.message.blocks) == 1
    look(workspace, MONDAY.replace(hour=9))
    look(workspace, MONDAY.replace(day=18, hour=23))
    support.expect_nothing()
    look(workspace, MONDAY.replace(day=19))
    support.expect_message("Nothing is open")


def test_everything_that_is_open_is_in_it(
    workspace: Office, lincoln: District, cedar: District, frozen: Card
) -> None:
    desk = workspace.service._desk()
    report(Ask(ANA, lincoln.slug, [lincoln.id("Pine Middle")], "No!"), desk)
    request(Ask(ANA, lincoln.slug, [lincoln.id("Oak Elementary")], "Wrong school"), desk)
    lincoln.share(without=["Oak Elementary", "Pine Middle", "Elm Academy", "Aspen Middle", "0085"])
    cedar.night(spoilt=True)
    workspace.forgive("lincoln-alerts", "cedar-alerts", "recess-support")
    workspace.slack.refuse_posts("cedar-alerts")
    with workspace.stores.transaction() as store:
        store.messages.note("C0CEDAR", {"text": "Lost", "blocks": []})
    workspace.settle()
    look(workspace, MONDAY)
    told = workspace.channel("recess-support").expect_message("Open this week, of 2 partners")
    told.says(
        "1 school to decide, 1 roster held, 1 source failing, 1 request to answer",
        "1 report of a mistake",
        "1 channel that cannot be written to",
        "Lincoln Unified: 1 school",
        "for 2 days: Unusually many schools are gone",
        "Cedar Valley for 2 days",
        "users.csv",
        "Unfreeze <",
        "Oak Elementary (0012) of Lincoln Unified>, for 3 days",
        "Pine Middle (0020) of Lincoln Unified",
        "<#C0CEDAR> of Cedar Valley",
        "restricted_action",
    )
    workspace.forgive("recess-support")
    for person in ("carmen", "sam"):
        for message in workspace.slack.direct_messages(person):
            workspace._expected.add((message.channel, message.ts))


def test_two_processes_make_one_and_a_late_one_is_made_up_for(
    workspace: Office, lincoln: District
) -> None:
    workspace.clock.move_to(MONDAY.replace(day=15))
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(workspace.service.reminding.look) for _ in range(6)]:
            done.result()
    workspace.channel("recess-support").expect_message("Nothing is open this week")
    workspace.channel("recess-support").expect_nothing()


def test_no_week_is_made_up_for_before_there_was_a_partner(
    workspace: Office, lincoln: District
) -> None:
    workspace.service.reminding.look()
    workspace.channel("recess-support").expect_nothing()


def test_a_monday_morning_is_that_of_the_support_team(workspace: Office, lincoln: District) -> None:
    workspace.service.reminding.support_zone = ZoneInfo("America/Los_Angeles")
    look(workspace, MONDAY.replace(hour=14))
    workspace.channel("recess-support").expect_nothing()
    look(workspace, MONDAY.replace(hour=15))
    workspace.channel("recess-support").expect_message("Nothing is open")


def test_a_time_zone_that_does_not_exist_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SUPPORT_TIMEZONE", "Mars/Olympus")
    with pytest.raises(SettingsInvalid, match=r"SUPPORT_TIMEZONE.*no time zone Mars/Olympus"):
        load()


def test_a_retired_partner_is_not_counted(
    workspace: Office, lincoln: District, cedar: District, card: Card
) -> None:
    retire(Ask(SAM, lincoln.slug, [], "Contract ended"), workspace.service._desk())
    workspace.forgive("lincoln-alerts")
    look(workspace, MONDAY)
    workspace.channel("recess-support").expect_message("Nothing is open this week: 1 partner")


def test_a_person_who_cannot_be_written_to_is_named_as_one() -> None:
    silent = [Silent("U0BO", "Lincoln Unified", "account_inactive", MONDAY, 1)]
    told = digest(Week([], [], [], [], [], [], silent, MONDAY))
    assert "Direct messages to <@U0BO>" in str(told.blocks)


def test_hundreds_of_everything_with_names_of_any_kind_fit(workspace: Office) -> None:
    name, now = "<!channel> & 💥" * 150, MONDAY
    many = range(400)
    wishes = [
        Wish(
            id=n,
            partner=name,
            partner_name=name,
            school_key=n,
            version=1,
            title=name,
            at=now,
            name=name,
            reason=name,
            people=3,
            link="https://recess.example",
        )
        for n in many
    ]
    week = Week(
        partners=[Line(name, name, False, 7, now) for _ in many],
        holds=[],
        failing=[],
        unfreezes=wishes,
        releases=wishes,
        cases=wishes,
        silent=[],
        now=now,
    )
    picture = digest(week)
    assert "<!" not in str(picture.blocks)
    body = picture.body()
    with workspace.stores.transaction() as store:
        store.messages.note("C0SUPPORT", body)
        owe_digest(store, "C0SUPPORT", "digest:x")
    workspace.channel("recess-support").expect_message("2,800 schools to decide", "395 more")
    workspace.channel("recess-support").expect_message("Nothing is open this week: 0 partners")
