"""Signed HTTP and Socket Mode are two roads to one bot: every kind of payload is answered alike."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.practice import payloads
from storage.accounts import Newcomer
from storage.partners import Declaration
from tests.harness import databases
from tests.harness.slack.office import PEOPLE, Office
from tests.harness.slack.people_and_schools import lincoln_of
from tests.harness.slack.surfaces import reading

# What is new each time, however the same day goes.
FRESH = re.compile(r"\d{10}\.\d{6}|\b[A-Z]\d{8}\b|reference [0-9a-f]{8}")
KINDS = {
    "block_actions: button",
    "block_actions: overflow",
    "block_actions: static_select",
    "block_actions: plain_text_input",
    "block_suggestion",
    "view_submission",
    "view_closed",
    "message_action",
    "shortcut",
    "command",
    "event_callback: app_home_opened",
    "event_callback: subteam_members_changed",
    "event_callback: subteam_updated",
}


def the_same_day(office: Office, folder: Path) -> None:
    """Somebody does everything that can be done in Slack, once."""
    lincoln = lincoln_of(office, folder)
    lincoln.connect()
    declare_a_hundred_more(office)
    lincoln.night(without=["Oak Elementary", "Laurel High"])
    card = office.channel("lincoln-alerts").expect_message("2 schools need a decision")
    on_the_card(office, card)
    in_home(office)
    office.command("/schools help", by="ana", in_="lincoln-alerts")
    office.command("/somethingelse", by="ana", in_="lincoln-alerts")
    by_shortcut(office)
    office.slack.change_group("S0LINCOLNADMINS", remove=["bo"])
    office.heard("subteam_members_changed")
    card.click("Freeze", school="Oak Elementary", by="bo")
    office.settle()


def declare_a_hundred_more(office: Office) -> None:
    """More than a menu holds, so that Slack asks the bot for those that fit."""
    with office.stores.transaction() as store:
        for number in range(100):
            slug = f"partner-{number:03}"
            store.partners.declare(
                Declaration(
                    slug=slug,
                    name=f"Partner {number:03}",
                    timezone="UTC",
                    channel=f"C0{number:06}",
                    admins=(),
                    viewers=(),
                    contact="",
                    # Never: only one partner has a roster.
                    sync_cron="0 0 30 2 *",
                    pause_windows=(),
                    breaker={},
                    source={"kind": "csv"},
                )
            )


def on_the_card(office: Office, card: Any) -> None:
    """Buttons with and without an answer; a form that complains, is refused, closes, is closed."""
    card.click("Pause", school="Oak Elementary", by="tia")
    card.click("Pause", school="Oak Elementary", by="ana")
    card.click("Pause", school="Oak Elementary", by="bo")
    card.click("Freeze", school="Laurel High", by="ana")
    modal = office.expect_modal("ana", "Freezing Laurel High")
    assert set(modal.submit(reason="Closed", typed="no").errors) == {"typed"}
    lincoln_changes(office)
    office.expect_modal("ana", "Freezing Laurel High").submit(typed="0071")
    office.settle()
    old = office.slack.open_view("ana")
    if old is not None:
        office.slack.close(old, by="ana")


def lincoln_changes(office: Office) -> None:
    """The accounts that a freeze locks are others by now, so its form is shown again."""
    with office.stores.transaction() as store:
        partner = store.partners.locked("lincoln-usd")
        school = next(s for s in store.schools.of(partner) if s.name == "Laurel High")
        store.accounts.add(partner, Newcomer("new@lincoln.example", "New", "Person", [school]))


def in_home(office: Office) -> None:
    """The event, a menu, two kinds of selects, a field, a form that is closed unfinished."""
    home = office.open_home("sam")
    home.type("lincoln", into="Search the partners by name")
    home.expect_update("1 partner")
    home.click("Schools", school="Lincoln Unified")
    home.expect_update("Schools of Lincoln Unified")
    assert home.suggest("lincoln", of="home_partner") == ["Lincoln Unified"]
    home.choose("Active (6)")
    home.expect_update("Maple Elementary")
    home.choose("Freeze", school="Maple Elementary")
    modal = office.expect_modal("sam", "Freezing Maple Elementary")
    modal.close()
    closing(office, modal.view)
    home.choose("History", school="Maple Elementary")
    office.expect_modal("sam", "History").close()


def closing(office: Office, view: Any) -> None:
    """As Slack tells of a modal that asked to be told of its closing."""
    store = office.slack.store
    payload = payloads.closing(store, store.person("sam"), view, False)
    office.slack.dispatch.ask("interactive", payload)


def by_shortcut(office: Office) -> None:
    store = office.slack.store
    for kind, more in (
        ("shortcut", {}),
        ("message_action", {"channel": {"id": "C0LINCOLN", "name": "lincoln-alerts"}}),
    ):
        payload = payloads.interaction(store, kind, store.person("ana"))
        trigger = store.open_trigger("U0ANA")
        office.slack.dispatch.ask(
            "interactive", payload | more | {"callback_id": "x", "trigger_id": trigger}
        )


def kind_of(delivery: Any) -> str:
    payload = delivery.payload
    if delivery.kind == "slash_commands":
        return "command"
    kind = str(payload["type"])
    if kind == "block_actions":
        return f"{kind}: {payload['actions'][0]['type']}"
    return f"{kind}: {payload['event']['type']}" if kind == "event_callback" else kind


def settled(text: str) -> str:
    return FRESH.sub("*", text)


def answers(office: Office) -> list[tuple[str, bool, str]]:
    """What Slack was answered, in order; events arrive when they like."""
    found = [(kind_of(d), d.answer.ok, settled(json.dumps(d.answer.json))) for d in told(office)]
    acts = [answer for answer in found if not answer[0].startswith("event")]
    return acts + sorted(answer for answer in found if answer[0].startswith("event"))


def told(office: Office) -> list[Any]:
    return [delivery for delivery in office.slack.deliveries if delivery.done]


def seen(office: Office) -> list[str]:
    """Everything that anybody can read in the end."""
    with office.slack.store.lock:
        messages = [(m.channel, reading(m.text, m.blocks)) for m in office.slack.store.messages]
    homes = [h for who in PEOPLE if (h := office.slack.home(who)) is not None]
    open_views = [v for who in PEOPLE if (v := office.slack.open_view(who)) is not None]
    views = [(view.user, reading(view.title, view.blocks)) for view in [*homes, *open_views]]
    return sorted(settled(f"{where}: {text}") for where, text in [*messages, *views])


@pytest.fixture
def roads(
    sqlite_template: Path, tmp_path: Path
) -> dict[bool, tuple[list[tuple[str, bool, str]], list[str]]]:
    """By whether it was Socket Mode: what was answered, and what was seen."""
    found = {}
    for socket_mode in (False, True):
        folder = tmp_path / ("socket" if socket_mode else "http")
        folder.mkdir()
        office = Office(databases.sqlite_copy(sqlite_template, folder), socket_mode=socket_mode)
        with office.open():
            the_same_day(office, folder)
            office.forgive("lincoln-alerts", "recess-support")
            found[socket_mode] = (answers(office), seen(office))
            everything_was_expected(office)
    return found


def everything_was_expected(office: Office) -> None:
    with office.slack.store.lock:
        office._expected |= {(m.channel, m.ts) for m in office.slack.store.messages}


def test_both_roads_give_the_same_answers_and_show_the_same(roads: Any) -> None:
    by_http, by_socket = roads[False], roads[True]
    assert by_http[0] == by_socket[0]
    assert by_http[1] == by_socket[1]
    assert {kind for kind, _, _ in by_http[0]} == KINDS
    assert all(ok for _, ok, _ in by_http[0])
