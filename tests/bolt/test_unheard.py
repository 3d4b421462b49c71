"""What nobody listens to is acknowledged, and told to whoever wanted something by it."""

import logging
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.practice import Answer, payloads
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card, Modal

WORDS = {"type": "plain_text", "text": "Old"}
CHOICE = {"text": WORDS, "value": "x"}
OLD = "of an older version of Recess, so nothing was changed"


def client_of(workspace: Office) -> WebClient:
    return WebClient(
        workspace.slack.app.bot_token, base_url=workspace.slack.api_url, retry_handlers=[]
    )


def old_card(workspace: Office, element: dict[str, Any]) -> Card:
    """A message of an earlier version, with something that is gone by now."""
    blocks = [{"type": "actions", "elements": [element | {"action_id": "retired"}]}]
    client_of(workspace).chat_postMessage(channel="C0LINCOLN", text="An old card", blocks=blocks)
    return workspace.channel("lincoln-alerts").expect_message("An old card")


def old_modal(workspace: Office, *blocks: dict[str, Any]) -> Modal:
    view = {
        "type": "modal",
        "callback_id": "retired",
        "notify_on_close": True,
        "title": WORDS,
        "submit": WORDS,
        "blocks": list(blocks) or [{"type": "divider"}],
    }
    trigger = workspace.slack.store.open_trigger("U0ANA")
    client_of(workspace).views_open(trigger_id=trigger, view=view)
    return workspace.expect_modal("ana", "Old")


def sent(workspace: Office, kind: str, **fields: Any) -> Answer:
    """A payload that the practice workspace's own screens have no use for."""
    store = workspace.slack.store
    payload = payloads.interaction(store, kind, store.person("ana")) | fields
    return workspace.slack.dispatch.ask("interactive", payload)


@pytest.mark.parametrize(
    "element",
    [
        {"type": "button", "text": WORDS, "value": "x"},
        {"type": "overflow", "options": [CHOICE]},
    ],
    ids=["a button", "a menu"],
)
def test_who_presses_what_is_gone_is_told(
    workspace: Office, lincoln: District, element: dict[str, Any]
) -> None:
    assert old_card(workspace, element).click("Old", by="ana").ok
    workspace.expect_ephemeral("ana", OLD, "The newest card")


@pytest.mark.parametrize(
    "element",
    [
        {"type": "button", "text": WORDS, "url": "https://example.org"},
        {"type": "static_select", "placeholder": WORDS, "options": [CHOICE]},
    ],
    ids=["a link", "a choice"],
)
def test_what_only_leads_away_or_holds_a_choice_is_acknowledged_in_silence(
    workspace: Office, lincoln: District, element: dict[str, Any]
) -> None:
    card = old_card(workspace, element)
    answer = card.choose("Old", by="ana") if "options" in element else card.click("Old", by="ana")
    assert answer.ok


def test_a_button_in_an_old_dialog_is_told_above_it(workspace: Office, lincoln: District) -> None:
    button = {"type": "button", "text": WORDS, "value": "x", "action_id": "retired"}
    modal = old_modal(workspace, {"type": "actions", "elements": [button]})
    assert modal.click("Old").ok
    workspace.expect_modal("ana", OLD)


def test_an_old_form_says_so_in_its_place(workspace: Office, lincoln: District) -> None:
    assert old_modal(workspace).submit().ok
    workspace.expect_modal("ana", "Not done", OLD)


def test_closing_it_is_acknowledged(workspace: Office, lincoln: District) -> None:
    old_modal(workspace).close()
    assert workspace.slack.deliveries[-1].payload["type"] == "view_closed"
    assert workspace.slack.deliveries[-1].answer.ok
    workspace.expect_no_modal("ana")


def test_a_menu_that_asks_for_its_options_gets_none(workspace: Office, lincoln: District) -> None:
    select = {"type": "external_select", "placeholder": WORDS, "action_id": "retired"}
    modal = old_modal(workspace, {"type": "actions", "elements": [select]})
    assert modal.suggest("anything") == []
    assert workspace.slack.deliveries[-1].answer.json == {"options": []}


def test_an_unknown_command_is_told(workspace: Office, lincoln: District) -> None:
    assert workspace.command("/recess all", by="ana", in_="lincoln-alerts").ok
    workspace.expect_ephemeral("ana", "does not know the command /recess", "/schools help")


def test_an_unknown_shortcut_is_told_directly(workspace: Office, lincoln: District) -> None:
    trigger = workspace.slack.store.open_trigger("U0ANA")
    assert sent(workspace, "shortcut", callback_id="retired", trigger_id=trigger).ok
    workspace.expect_direct_message("ana", "Recess has no such shortcut", "nothing was changed")


def test_an_unknown_action_of_a_message_is_told_where_it_was(
    workspace: Office, lincoln: District
) -> None:
    answer = sent(
        workspace,
        "message_action",
        callback_id="retired",
        trigger_id=workspace.slack.store.open_trigger("U0ANA"),
        channel={"id": "C0LINCOLN", "name": "lincoln-alerts"},
        message={"type": "message", "ts": "1.0", "text": "Hello"},
    )
    assert answer.ok
    workspace.expect_ephemeral("ana", "Recess has no such shortcut")


def test_an_event_that_nobody_wants_is_acknowledged(workspace: Office) -> None:
    workspace.slack.archive("cedar-alerts")
    workspace.heard("channel_archive")


def test_a_payload_of_a_kind_that_nobody_knows_is_acknowledged(
    workspace: Office, lincoln: District, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert sent(workspace, "something_new", callback_id="x").ok
    assert "Nobody listens to a payload of the type something_new" in caplog.text


def test_a_button_whose_value_a_later_version_wrote_is_understood(
    workspace: Office, lincoln: District, card: Card
) -> None:
    school = lincoln.school("Oak Elementary")
    value = f'{{"partner":"lincoln-usd","key":{school.key},"version":{school.version},"new":1}}'
    button = {"type": "button", "text": WORDS, "value": value, "action_id": "school_pause"}
    blocks = [{"type": "actions", "elements": [button]}]
    client_of(workspace).chat_postMessage(channel="C0LINCOLN", text="A newer card", blocks=blocks)
    newer = workspace.channel("lincoln-alerts").expect_message("A newer card")
    assert newer.click("Old", by="ana").ok
    card.expect_thread("Ana Flores paused Oak Elementary")
