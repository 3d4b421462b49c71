"""What the workspace sends to the app, as docs.slack.dev shows it."""

from __future__ import annotations

import json

from bot.practice import shapes
from bot.practice.elements import Found, chosen
from bot.practice.state import Channel, Json, Message, Person, Store, View

URL_USES = 5


def person(who: Person) -> Json:
    """The `user` of an interaction."""
    return {"id": who.id, "username": who.name, "name": who.name, "team_id": who.team_id}


def interaction(store: Store, kind: str, who: Person) -> Json:
    """The fields that every interaction has."""
    app = store.app
    return {
        "type": kind,
        "user": person(who),
        "api_app_id": app.app_id,
        "token": app.verification_token,
        "team": {"id": app.team_id, "domain": app.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def action(store: Store, found: Found, value: object) -> Json:
    """One entry of `actions`: the element with what was chosen."""
    element = found.element
    kept = ("action_id", "text", "value", "style", "placeholder", "initial_option")
    shown = {key: element[key] for key in kept if key in element}
    state = chosen(element, value)
    return {
        **shown,
        **state,
        "block_id": found.block["block_id"],
        "action_ts": store.ids.ts(),
    }


def message_action(store: Store, who: Person, message: Message, done: Json, values: Json) -> Json:
    """block_actions from a message; an ephemeral one is not included in it."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    if message.is_reply:
        container["thread_ts"] = message.thread_ts
    channel = store.channels[message.channel]
    payload = {
        **interaction(store, "block_actions", who),
        "container": container,
        "trigger_id": store.open_trigger(who.id),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": values},
        "response_url": store.open_response_url(who.id, channel.id, message.ts, URL_USES),
        "actions": [done],
    }
    if message.ephemeral_to is None:
        payload["message"] = shapes.message(store, message, metadata=True)
    return payload


def channel_name(channel: Channel) -> str:
    """A channel's name in an interaction; a direct message has one too."""
    return "directmessage" if channel.user else channel.name


def view_action(store: Store, who: Person, view: View, done: Json) -> Json:
    """block_actions from a modal or from Home."""
    return {
        **interaction(store, "block_actions", who),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": store.open_trigger(who.id, in_modal=view.kind == "modal"),
        "view": shapes.view(store, view),
        "actions": [done],
    }


def submission(store: Store, who: Person, view: View) -> Json:
    """view_submission."""
    return {
        **interaction(store, "view_submission", who),
        "trigger_id": store.open_trigger(who.id, in_modal=True),
        "view": shapes.view(store, view),
        "response_urls": [],
    }


def closing(store: Store, who: Person, view: View, cleared: bool) -> Json:
    """view_closed."""
    return {
        **interaction(store, "view_closed", who),
        "view": shapes.view(store, view),
        "is_cleared": cleared,
    }


def suggestion(store: Store, who: Person, found: Found, query: str, place: View | Message) -> Json:
    """block_suggestion: somebody types into an external_select."""
    common = {
        **interaction(store, "block_suggestion", who),
        "action_id": found.element["action_id"],
        "block_id": found.block["block_id"],
        "value": query,
    }
    if isinstance(place, View):
        container: Json = {"type": "view", "view_id": place.id}
        return {**common, "container": container, "view": shapes.view(store, place)}
    channel = store.channels[place.channel]
    container = {"type": "message", "message_ts": place.ts, "channel_id": channel.id}
    return {
        **common,
        "container": {**container, "is_ephemeral": place.ephemeral_to is not None},
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message": shapes.message(store, place),
    }


def command(store: Store, who: Person, channel: Channel, name: str, text: str) -> Json:
    """A slash command: a flat form, not JSON."""
    app = store.app
    return {
        "token": app.verification_token,
        "team_id": app.team_id,
        "team_domain": app.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": who.id,
        "user_name": who.name,
        "command": name,
        "text": text,
        "api_app_id": app.app_id,
        "is_enterprise_install": "false",
        "response_url": store.open_response_url(who.id, channel.id, None, URL_USES),
        "trigger_id": store.open_trigger(who.id),
    }


def event(store: Store, happened: Json) -> Json:
    """An event in its envelope."""
    app = store.app
    context = {"et": happened["type"], "tid": app.team_id, "aid": app.app_id}
    return {
        "token": app.verification_token,
        "team_id": app.team_id,
        "api_app_id": app.app_id,
        "event": happened,
        "type": "event_callback",
        "event_id": store.ids.new("Ev"),
        "event_time": int(store.clock()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": app.team_id,
                "user_id": app.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": json.dumps(context, separators=(",", ":")),
    }
