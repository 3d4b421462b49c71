"""What the app is sent, field for field as in Slack's published examples.

The field names below are those of the examples on docs.slack.dev (interaction payloads, slash
commands, Events API) for a bot in one workspace.
"""

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.practice import Message, Workspace
from bot.practice.state import Trigger
from tests.practice.kit import Json, Receiver, actions, button, field_block, modal, option, section

Post = Callable[..., Message]

EVERY_INTERACTION = {
    "type",
    "user",
    "api_app_id",
    "token",
    "team",
    "enterprise",
    "is_enterprise_install",
}
BLOCK_ACTIONS = EVERY_INTERACTION | {"container", "trigger_id", "actions"}
IN_MESSAGE = BLOCK_ACTIONS | {"channel", "message", "state", "response_url"}
VIEW = {
    "id",
    "team_id",
    "type",
    "blocks",
    "private_metadata",
    "callback_id",
    "state",
    "hash",
    "title",
    "clear_on_close",
    "notify_on_close",
    "close",
    "submit",
    "previous_view_id",
    "root_view_id",
    "app_id",
    "external_id",
    "app_installed_team_id",
    "bot_id",
}
COMMAND = {
    "token",
    "team_id",
    "team_domain",
    "channel_id",
    "channel_name",
    "user_id",
    "user_name",
    "command",
    "text",
    "api_app_id",
    "is_enterprise_install",
    "response_url",
    "trigger_id",
}
EVENT = {
    "token",
    "team_id",
    "api_app_id",
    "event",
    "type",
    "event_id",
    "event_time",
    "authorizations",
    "is_ext_shared_channel",
    "event_context",
}
SUBTEAM = {
    "id",
    "team_id",
    "is_usergroup",
    "is_subteam",
    "name",
    "description",
    "handle",
    "is_external",
    "date_create",
    "date_update",
    "date_delete",
    "auto_type",
    "auto_provision",
    "enterprise_subteam_id",
    "created_by",
    "updated_by",
    "deleted_by",
    "prefs",
    "users",
    "user_count",
    "channel_count",
}


def opened(workspace: Workspace, client: WebClient, **more: Any) -> Any:
    workspace.store.triggers["t"] = Trigger("U0ANA", workspace.store.clock())
    view = modal(field_block(), actions(button()), callback_id="freeze", **more)
    client.views_open(trigger_id="t", view=view)
    return workspace.open_view("ana")


def test_a_click_in_a_message(workspace: Workspace, app: Receiver, post: Post) -> None:
    message = post(actions(button("pause", "Pause", value="oak", style="primary"), block_id="b"))
    workspace.click(message, "Pause", by="ana")
    payload = app.requests[-1].payload
    assert set(payload) == IN_MESSAGE
    assert payload["user"] == {
        "id": "U0ANA",
        "username": "ana",
        "name": "ana",
        "team_id": "T0PRACTICE",
    }
    assert payload["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": "C0LINCOLN",
        "is_ephemeral": False,
    }
    assert payload["channel"] == {"id": "C0LINCOLN", "name": "lincoln-alerts"}
    assert payload["team"] == {"id": "T0PRACTICE", "domain": "practice"}
    stamp = payload["actions"][0].pop("action_ts")
    assert float(stamp) > float(message.ts)
    assert payload["actions"] == [
        {
            "action_id": "pause",
            "block_id": "b",
            "text": {"type": "plain_text", "text": "Pause", "emoji": True},
            "value": "oak",
            "style": "primary",
            "type": "button",
        }
    ]


def test_the_message_in_a_click(workspace: Workspace, app: Receiver, post: Post) -> None:
    workspace.click(post(actions(button())), "Go", by="ana")
    message = app.requests[-1].payload["message"]
    fields = {"type", "user", "ts", "text", "bot_id", "app_id", "team", "bot_profile", "blocks"}
    assert set(message) == fields


def test_a_click_in_an_ephemeral_message_has_no_message(
    workspace: Workspace, app: Receiver, client: WebClient
) -> None:
    client.chat_postEphemeral(
        channel="C0LINCOLN", user="U0ANA", text="x", blocks=[actions(button())]
    )
    workspace.click(workspace.ephemerals("ana")[0], "Go", by="ana")
    payload = app.requests[-1].payload
    assert set(payload) == IN_MESSAGE - {"message"}
    assert payload["container"]["is_ephemeral"] is True


def test_a_click_in_a_thread_names_it(workspace: Workspace, app: Receiver, post: Post) -> None:
    parent = post()
    workspace.click(post(actions(button()), thread_ts=parent.ts), "Go", by="ana")
    assert app.requests[-1].payload["container"]["thread_ts"] == parent.ts


OPTION = {"text": {"type": "plain_text", "text": "Two", "emoji": True}, "value": "2"}
CHOICES = [option("One", "1"), option("Two", "2")]


@pytest.mark.parametrize(
    ("kind", "value", "chosen"),
    [
        ("overflow", "2", {"selected_option": OPTION}),
        ("static_select", "Two", {"selected_option": OPTION}),
        ("radio_buttons", "2", {"selected_option": OPTION}),
        ("checkboxes", ["2"], {"selected_options": [OPTION]}),
        ("checkboxes", [], {"selected_options": []}),
    ],
)
def test_a_choice(
    kind: str, value: Any, chosen: Json, workspace: Workspace, app: Receiver, post: Post
) -> None:
    message = post(actions({"type": kind, "action_id": "pick", "options": CHOICES}, block_id="b"))
    workspace.click(message, "pick", by="ana", value=value)
    payload = app.requests[-1].payload
    action = payload["actions"][0]
    assert {key: action[key] for key in chosen} == chosen
    if kind != "overflow":
        assert payload["state"]["values"] == {"b": {"pick": {"type": kind, **chosen}}}


def test_a_person_of_another_team_is_marked(
    workspace: Workspace, app: Receiver, client: WebClient
) -> None:
    workspace.join("C0AWAY", "U0RECESS")
    client.chat_postMessage(channel="C0AWAY", text="x", blocks=[actions(button())])
    workspace.click(workspace.history("C0AWAY")[0], "Go", by="eve")
    payload = app.requests[-1].payload
    assert (payload["user"]["team_id"], payload["team"]["id"]) == ("T0OTHER", "T0PRACTICE")


def test_a_click_in_a_modal(workspace: Workspace, app: Receiver, client: WebClient) -> None:
    view = opened(workspace, client)
    workspace.click(view, "Go", by="ana", values={"Why": "moved"})
    payload = app.requests[-1].payload
    assert set(payload) == BLOCK_ACTIONS | {"view"}
    assert payload["container"] == {"type": "view", "view_id": view.id}
    assert set(payload["view"]) == VIEW
    filled = {"type": "plain_text_input", "value": "moved"}
    assert payload["view"]["state"]["values"] == {"why": {"text": filled}}


def test_a_submission(workspace: Workspace, app: Receiver, client: WebClient) -> None:
    view = opened(workspace, client, private_metadata="m1")
    workspace.submit(view, {"why": "moved"}, by="ana")
    payload = app.requests[-1].payload
    assert set(payload) == EVERY_INTERACTION | {"trigger_id", "view", "response_urls"}
    assert set(payload["view"]) == VIEW
    assert (payload["view"]["callback_id"], payload["view"]["private_metadata"]) == ("freeze", "m1")
    assert payload["response_urls"] == []


def test_a_closing(workspace: Workspace, app: Receiver, client: WebClient) -> None:
    workspace.close(opened(workspace, client, notify_on_close=True), by="ana")
    payload = app.requests[-1].payload
    assert set(payload) == EVERY_INTERACTION | {"view", "is_cleared"}
    assert (payload["type"], payload["is_cleared"]) == ("view_closed", False)


def test_closing_is_not_told_unless_asked(
    workspace: Workspace, app: Receiver, client: WebClient
) -> None:
    workspace.close(opened(workspace, client), by="ana")
    assert app.requests == []
    assert workspace.open_view("ana") is None


def test_a_search_in_an_external_select(workspace: Workspace, app: Receiver, post: Post) -> None:
    app.answer = lambda request: (200, {"options": [option("Oak", "oak")]})
    message = post(actions({"type": "external_select", "action_id": "pick"}))
    found = workspace.options(message, "pick", by="ana", query="oa")
    payload = app.requests[-1].payload
    assert found == [option("Oak", "oak")]
    assert set(payload) == EVERY_INTERACTION | {
        "container",
        "channel",
        "message",
        "action_id",
        "block_id",
        "value",
    }
    assert (payload["type"], payload["value"]) == ("block_suggestion", "oa")


def test_a_slash_command_is_a_form(workspace: Workspace, app: Receiver) -> None:
    workspace.command("/schools history oak", by="ana", channel="lincoln-alerts")
    request = app.requests[-1]
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert set(request.payload) == COMMAND
    assert (request.payload["command"], request.payload["text"]) == ("/schools", "history oak")


def event_of(workspace: Workspace, app: Receiver, kind: str) -> Json:
    workspace.wait_for(lambda: all(d.done for d in workspace.deliveries))
    found = [r.payload for r in app.requests if r.payload["event"]["type"] == kind]
    assert set(found[-1]) == EVENT
    assert found[-1]["type"] == "event_callback"
    event: Json = found[-1]["event"]
    return event


def test_a_changed_group_sends_the_delta_and_the_group(workspace: Workspace, app: Receiver) -> None:
    workspace.change_group("S0SUPPORT", add=["ana"], remove=["sam"])
    delta = event_of(workspace, app, "subteam_members_changed")
    del delta["event_ts"]
    assert delta == {
        "type": "subteam_members_changed",
        "subteam_id": "S0SUPPORT",
        "team_id": "T0PRACTICE",
        "date_previous_update": 1_700_000_000,
        "date_update": 1_700_000_000,
        "added_users": ["U0ANA"],
        "added_users_count": 1,
        "removed_users": ["U0SAM"],
        "removed_users_count": 1,
    }
    whole = event_of(workspace, app, "subteam_updated")["subteam"]
    assert set(whole) == SUBTEAM
    assert (whole["users"], whole["user_count"]) == (["U0ANA"], 1)


def test_opening_home_carries_the_published_view(
    workspace: Workspace, app: Receiver, client: WebClient
) -> None:
    workspace.open_home("ana")
    assert set(event_of(workspace, app, "app_home_opened")) == {
        "type",
        "user",
        "channel",
        "tab",
        "event_ts",
    }
    view = client.views_publish(user_id="U0ANA", view={"type": "home", "blocks": [section()]})
    workspace.open_home("ana")
    assert event_of(workspace, app, "app_home_opened")["view"]["hash"] == view["view"]["hash"]


def test_an_archived_channel(workspace: Workspace, app: Receiver) -> None:
    workspace.archive("C0LINCOLN")
    event = event_of(workspace, app, "channel_archive")
    assert set(event) == {"type", "channel", "user", "event_ts"}


def test_the_bot_is_removed(workspace: Workspace, app: Receiver) -> None:
    workspace.leave("C0LINCOLN", "U0RECESS")
    event = event_of(workspace, app, "member_left_channel")
    assert set(event) == {"type", "user", "channel", "channel_type", "team", "event_ts"}
    assert (event["user"], event["channel_type"]) == ("U0RECESS", "C")


def test_people_who_leave_other_channels_are_not_told(workspace: Workspace, app: Receiver) -> None:
    workspace.leave("C0AWAY", "sam")
    workspace.leave("C0LINCOLN", "sam")
    assert event_of(workspace, app, "member_left_channel")["channel"] == "C0LINCOLN"
    assert len(workspace.deliveries) == 1


@pytest.mark.parametrize(
    ("kind", "channel"), [("channel", "C0LINCOLN"), ("im", "ana"), ("group", "G0OURS")]
)
def test_a_message_to_the_app(
    kind: str, channel: str, workspace: Workspace, app: Receiver, client: WebClient
) -> None:
    workspace.add_channel("G0OURS", "ours", ["ana"], private=True)
    direct = client.conversations_open(users="U0ANA")["channel"]["id"]
    where = direct if channel == "ana" else channel
    workspace.say("nobody listens", by="ana", channel=where)
    workspace.events |= {"message.channels", "message.im", "message.groups"}
    said = workspace.say("hello", by="ana", channel=where)
    workspace.say("not to the app", by="sam", channel="C0AWAY")
    assert event_of(workspace, app, "message") == {
        "type": "message",
        "channel": where,
        "channel_type": kind,
        "user": "U0ANA",
        "text": "hello",
        "ts": said.ts,
        "event_ts": said.ts,
    }
    assert len(workspace.deliveries) == 1


def test_an_uninstalled_app_hears_it_twice(workspace: Workspace, app: Receiver) -> None:
    workspace.revoke()
    tokens = event_of(workspace, app, "tokens_revoked")["tokens"]
    assert tokens == {"oauth": [], "bot": ["U0RECESS"]}
    assert set(event_of(workspace, app, "app_uninstalled")) == {"type", "event_ts"}


def test_a_request_url_is_asked_for_a_challenge(workspace: Workspace, app: Receiver) -> None:
    app.answer = lambda request: (200, {"challenge": request.payload["challenge"]})
    assert workspace.verify_request_url()
    assert set(app.requests[-1].payload) == {"type", "token", "challenge"}
    app.answer = lambda request: (200, "ok")
    assert not workspace.verify_request_url()


def test_events_the_app_did_not_subscribe_to_are_not_sent(workspace: Workspace) -> None:
    workspace.events.discard("channel_archive")
    workspace.archive("C0LINCOLN")
    assert workspace.deliveries == []


def test_every_request_is_signed(workspace: Workspace, app: Receiver, post: Post) -> None:
    workspace.click(post(actions(button())), "Go", by="ana")
    workspace.command("/schools", by="ana", channel="C0LINCOLN")
    workspace.open_home("ana")
    workspace.wait_for(lambda: len(app.requests) == 3)
    assert all(request.genuine for request in app.requests)
