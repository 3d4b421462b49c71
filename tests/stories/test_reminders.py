"""Reminders: to the partner on working days, then to support, each exactly once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.reminding import Reminding
from handlers.ask import Ask
from handlers.cases import answer
from handlers.mistake import report
from handlers.pause import pause
from handlers.retire import retire
from handlers.unfreeze import request
from storage.rules.rights import Person
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
OAK, PINE = "Oak Elementary (0012)", "Pine Middle (0020)"
ANA = Person("U0ANA", "Ana Flores", {"S0SUPPORT": False})
SAM = Person("U0SAM", "Sam Sato", {"S0SUPPORT": True, "S0LINCOLNADMINS": False})


@pytest.fixture(autouse=True)
def no_digest(workspace: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mondays have a story of their own."""
    monkeypatch.setattr(Reminding, "_digest", lambda *_: None)


def at(workspace: Office, local: str) -> None:
    """It is so late in Los Angeles, and the clock looks."""
    workspace.clock.move_to(datetime.fromisoformat(local).replace(tzinfo=LOS_ANGELES))
    look(workspace)


def look(workspace: Office) -> None:
    workspace.service.reminding.look()
    workspace.settle()


def days_pass(workspace: Office, first: str, days: int) -> None:
    """The clock looks in the middle of every hour of so many days."""
    begun = datetime.fromisoformat(first).replace(tzinfo=LOS_ANGELES)
    for hour in range(days * 24):
        workspace.clock.move_to(begun + timedelta(hours=hour, minutes=30))
        workspace.service.reminding.look()


def link_of(workspace: Office, lincoln: District) -> str | None:
    with workspace.stores.read() as store:
        card = store.cards.current(lincoln.stored)
    assert card is not None
    return card.permalink


def test_a_school_is_reminded_of_after_three_seven_and_fourteen_days_and_then_support(
    workspace: Office, lincoln: District, card: Card
) -> None:
    channel, support = workspace.channel("lincoln-alerts"), workspace.channel("recess-support")
    at(workspace, "2026-10-09T17:00")
    channel.expect_nothing()
    at(workspace, "2026-10-12T08:00")
    first = channel.expect_message(
        "Lincoln Unified: 2 schools still need a decision",
        f"{OAK} for 5 days and {PINE} for 5 days",
        "say that it is a mistake",
    )
    assert f"<{link_of(workspace, lincoln)}|Open the card>" in str(first.message.blocks)
    at(workspace, "2026-10-14T08:00")
    channel.expect_message("2 schools still need a decision", f"{OAK} for 7 days")
    at(workspace, "2026-10-20T08:00")
    channel.expect_nothing()
    at(workspace, "2026-10-21T08:00")
    channel.expect_message("for 14 days", "The support team is told next")
    support.expect_nothing()
    at(workspace, "2026-10-22T08:00")
    support.expect_message(
        "Lincoln Unified has not decided about 2 schools", "for 15 days", "after 3, 7 and 14 days"
    )
    channel.expect_nothing()
    days_pass(workspace, "2026-10-23T00:00", 21)
    channel.expect_nothing()
    support.expect_nothing()


def test_nobody_is_reminded_at_night_or_at_the_weekend_and_each_time_only_once(
    workspace: Office, lincoln: District, card: Card
) -> None:
    days_pass(workspace, "2026-10-07T06:00", 16)
    workspace.settle()
    told = [
        message
        for message in workspace.slack.history("lincoln-alerts")
        if "still need" in message.text
    ]
    with workspace.stores.read() as store:
        owed = store.messages.last_of("reminder", lincoln.stored.id)
    assert len(told) == 3
    assert owed is not None
    assert f"{owed.created_at.astimezone(LOS_ANGELES):%a %H:%M}" == "Thu 08:30"
    workspace.forgive("lincoln-alerts", "recess-support")


def test_what_is_decided_is_not_reminded_of(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Pause", school="Oak Elementary", by="ana")
    card.expect_thread("paused")
    at(workspace, "2026-10-12T08:00")
    workspace.channel("lincoln-alerts").expect_message(
        "Lincoln Unified: 1 school still needs a decision", f"{PINE} for 5 days"
    )
    lincoln.night()
    card.expect_thread("shared again")
    at(workspace, "2026-10-15T08:00")
    workspace.channel("lincoln-alerts").expect_nothing()


def test_a_school_that_goes_missing_later_has_days_of_its_own(
    workspace: Office, lincoln: District, card: Card
) -> None:
    at(workspace, "2026-10-12T08:00")
    workspace.channel("lincoln-alerts").expect_message("2 schools still need")
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    workspace.forgive("lincoln-alerts")
    at(workspace, "2026-10-14T09:00")
    reminder = workspace.channel("lincoln-alerts").expect_message("2 schools still need")
    assert "Elm Academy" not in reminder.reads
    at(workspace, "2026-10-16T09:00")
    workspace.channel("lincoln-alerts").expect_message("1 school still needs", "Elm Academy")


def test_while_a_case_is_open_support_alone_is_reminded(
    workspace: Office, lincoln: District, card: Card
) -> None:
    desk = workspace.service._desk()
    report(Ask(ANA, lincoln.slug, [lincoln.id("Oak Elementary")], "No!"), desk)
    workspace.settle()
    workspace.forgive("lincoln-alerts", "recess-support")
    at(workspace, "2026-10-12T08:00")
    partner = workspace.channel("lincoln-alerts").expect_message("1 school still needs", PINE)
    assert OAK not in partner.reads
    support = workspace.channel("recess-support").expect_message(
        "Lincoln Unified: 1 report of a mistake waits for an answer", f"{OAK}, reported by Ana"
    )
    assert f"|{OAK}, reported by" in str(support.message.blocks)
    with workspace.stores.read() as store:
        [case] = store.cases.open_of(lincoln.stored)
    answer(Ask(SAM, lincoln.slug, [], "It closed"), desk, case.id, closing=True)
    workspace.expect_direct_message("ana", "closed the report")
    workspace.replies()
    at(workspace, "2026-10-14T08:00")
    workspace.channel("lincoln-alerts").expect_message("2 schools still need", OAK, PINE)
    workspace.channel("recess-support").expect_nothing()


def test_an_open_hold_is_reminded_of_every_working_day_and_support_from_the_third(
    workspace: Office, lincoln: District
) -> None:
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    workspace.forgive("lincoln-alerts", "recess-support")
    channel, support = workspace.channel("lincoln-alerts"), workspace.channel("recess-support")
    at(workspace, "2026-10-07T17:00")
    channel.expect_nothing()
    at(workspace, "2026-10-08T08:00")
    reminder = channel.expect_message(
        "The roster of Lincoln Unified is held for 1 day", "until somebody decides"
    )
    assert "Decide on its card" in str(reminder.message.blocks)
    look(workspace)
    channel.expect_nothing()
    at(workspace, "2026-10-09T08:00")
    channel.expect_message("is held for 2 days")
    at(workspace, "2026-10-10T12:00")
    channel.expect_nothing()
    support.expect_nothing()
    at(workspace, "2026-10-12T08:00")
    channel.expect_message("is held for 5 days")
    support.expect_message("is held for 5 days")
    lincoln.night()
    at(workspace, "2026-10-14T08:00")
    channel.expect_nothing()


def test_a_request_is_reminded_of_with_growing_gaps_and_only_to_support(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    desk = workspace.service._desk()
    request(Ask(ANA, lincoln.slug, [lincoln.id("Oak Elementary")], "Wrong school"), desk)
    workspace.forgive("lincoln-alerts", "recess-support")
    workspace.replies()
    days_pass(workspace, "2026-10-08T00:00", 20)
    workspace.settle()
    told = [
        message.text
        for message in workspace.slack.history("recess-support")
        if "waits for the support team" in message.text
    ]
    assert [text.split("Ana Flores ")[1] for text in told] == [
        "1 day ago.",
        "5 days ago.",
        "7 days ago.",
        "15 days ago.",
    ]
    workspace.forgive("recess-support", "lincoln-alerts")
    assert workspace.slack.direct_messages("ana") == []
    assert workspace.slack.direct_messages("sam") == []


def test_reminders_sleep_in_a_pause_window_and_when_the_partner_is_retired(
    workspace: Office, lincoln: District, card: Card
) -> None:
    lincoln.windows = [{"from": "10-08", "to": "10-18"}]
    lincoln.declare()
    at(workspace, "2026-10-12T09:00")
    workspace.channel("lincoln-alerts").expect_nothing()
    at(workspace, "2026-10-19T09:00")
    workspace.channel("lincoln-alerts").expect_message("2 schools still need", "for 12 days")
    retire(Ask(SAM, lincoln.slug, [], "Contract ended"), workspace.service._desk())
    workspace.forgive("lincoln-alerts")
    at(workspace, "2026-10-22T09:00")
    workspace.channel("lincoln-alerts").expect_nothing()
    workspace.channel("recess-support").expect_nothing()


def test_after_weeks_of_downtime_one_reminder_is_made_up_for(
    workspace: Office, lincoln: District, card: Card
) -> None:
    at(workspace, "2026-11-04T09:00")
    workspace.channel("lincoln-alerts").expect_message("2 schools still need", "for 28 days")
    workspace.channel("recess-support").expect_message("has not decided about 2 schools")
    at(workspace, "2026-11-05T09:00")
    workspace.channel("lincoln-alerts").expect_nothing()


def test_two_processes_that_look_at_once_remind_once(
    workspace: Office, lincoln: District, card: Card
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    workspace.clock.move_to(datetime(2026, 10, 12, 9, tzinfo=LOS_ANGELES))
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(workspace.service.reminding.look) for _ in range(8)]:
            done.result()
    workspace.channel("lincoln-alerts").expect_message("2 schools still need")
    workspace.channel("lincoln-alerts").expect_nothing()


def test_a_decision_between_the_look_and_the_lock_is_seen(
    workspace: Office, lincoln: District, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.clock.move_to(datetime(2026, 10, 12, 9, tzinfo=LOS_ANGELES))
    reminding = workspace.service.reminding
    stores, ids = reminding.stores, [lincoln.id(name) for name in ("Oak Elementary", "Pine Middle")]
    transaction = stores.transaction

    def later(*args: float) -> object:
        monkeypatch.undo()
        pause(Ask(ANA, lincoln.slug, ids), workspace.service._desk())
        return transaction(*args)

    monkeypatch.setattr(stores, "transaction", later)
    reminding._remind(lincoln.stored)
    card.expect_thread("Ana Flores paused")
    workspace.channel("lincoln-alerts").expect_nothing()


def test_one_partners_lost_time_zone_keeps_nobody_from_being_reminded(
    workspace: Office, lincoln: District, card: Card
) -> None:
    lincoln.zone = "Mars/Olympus"
    lincoln.declare()
    at(workspace, "2026-10-12T09:00")
    workspace.channel("lincoln-alerts").expect_message("2 schools still need")
    workspace.expect_trouble("lincoln-usd is reminded by UTC")


def test_a_partner_that_is_retired_while_the_clock_looks_is_not_reminded(
    workspace: Office, lincoln: District, card: Card
) -> None:
    workspace.clock.move_to(datetime(2026, 10, 12, 9, tzinfo=LOS_ANGELES))
    looked_at = lincoln.stored
    with workspace.stores.transaction() as store:
        store.partners.retire(store.partners.locked(lincoln.slug))
    workspace.service.reminding._remind(looked_at)
    workspace.channel("lincoln-alerts").expect_nothing()
