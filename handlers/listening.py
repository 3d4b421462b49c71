"""The edge to Bolt: every listener is wrapped here, so that nothing ever escapes into it.

A listener gets a Click and answers a Reply; what Slack has to be told is done in one place. An
exception after `ack()` would take the acknowledgement back, and the person would see an app that
did not respond; so every exception ends here, as a sentence.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from slack_bolt import Ack, App
from slack_sdk.errors import SlackApiError, SlackClientError

from handlers.desk import Desk
from handlers.views.blocks import Block, escaped, told
from handlers.views.ids import Target
from storage.errors import RecessError
from storage.rules.rights import Access, Person

log = logging.getLogger(__name__)

REFERENCE_BYTES = 4
# A call that failed: Slack said no, or there was no answer to read.
CALL_FAILED = (SlackClientError, OSError, HTTPException)


@dataclass(frozen=True)
class Click:
    """A button that was pressed or a form that was submitted, by whom and where.

    `delivery` is unique to what the person did, and the same when Slack hands it over again.
    """

    user: str
    name: str
    team: str
    target: Target
    trigger: str
    delivery: str
    channel: str = ""
    ts: str = ""
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def person(self, desk: Desk, access: Access) -> Person:
        """Who clicked; asked before a transaction begins, since Slack may have to answer."""
        return desk.who(self.user, self.name, self.team, access.groups())

    def text(self, block: str) -> str:
        """What was typed into an input of the form; stripped, and never None."""
        for element in self.values.get(block, {}).values():
            return str(element.get("value") or "").strip()
        return ""

    def ticked(self) -> list[str]:
        """The values of all ticked boxes of the form."""
        elements = [e for block in self.values.values() for e in block.values()]
        options = [o for e in elements for o in e.get("selected_options") or []]
        return [str(option["value"]) for option in options]


@dataclass(frozen=True)
class Say:
    """Tell the person alone, in the channel where they are. `text` is ready to be shown."""

    text: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Open:
    """Open a modal."""

    view: Block


@dataclass(frozen=True)
class Show:
    """Replace the submitted modal."""

    view: Block


@dataclass(frozen=True)
class Fix:
    """Keep the form open and say what to mend, by block."""

    errors: Mapping[str, str]


Reply = Say | Open | Show | Fix | None
Listener = Callable[[Click, Desk], Reply]


def on_button(app: App, desk: Desk, action_id: str, listener: Listener) -> None:
    def pressed(ack: Ack, body: dict[str, Any]) -> None:
        _answer(ack, desk, body, _button, listener)

    app.action(action_id)(pressed)


def on_form(app: App, desk: Desk, callback_id: str, listener: Listener) -> None:
    def submitted(ack: Ack, body: dict[str, Any]) -> None:
        _answer(ack, desk, body, _form, listener)

    app.view(callback_id)(submitted)


def _answer(
    ack: Ack,
    desk: Desk,
    body: dict[str, Any],
    read: Callable[[dict[str, Any]], Click],
    listener: Listener,
) -> None:
    in_modal = read is _form
    reply = _reply(desk, body, read, listener, in_modal)
    try:
        _acknowledge(ack, reply)
        _perform(desk, body, reply)
    except Exception:
        log.exception("The answer to a click could not be given; the click itself was done")
        _acknowledge(ack, None)


def _reply(
    desk: Desk,
    body: dict[str, Any],
    read: Callable[[dict[str, Any]], Click],
    listener: Listener,
    in_modal: bool,
) -> Reply:
    try:
        return listener(read(body), desk)
    except RecessError as error:
        return _refusal(error.sentence, in_modal)
    except Exception:
        reference = secrets.token_hex(REFERENCE_BYTES)
        log.exception("Unexpected error, reference %s", reference)
        sentence = (
            f"Something went wrong on our side (reference {reference}). It may not have been "
            "done: look at the card, try again, and give support the reference if it stays so."
        )
        return _refusal(sentence, in_modal)


def _refusal(sentence: str, in_modal: bool) -> Reply:
    return Show(told("Not done", sentence)) if in_modal else Say(escaped(sentence))


def _acknowledge(ack: Ack, reply: Reply) -> None:
    if isinstance(reply, Show):
        ack(response_action="update", view=reply.view)
    elif isinstance(reply, Fix):
        ack(response_action="errors", errors=dict(reply.errors))
    else:
        ack()


def _perform(desk: Desk, body: dict[str, Any], reply: Reply) -> None:
    if isinstance(reply, Open):
        _open(desk, body, reply.view)
    elif isinstance(reply, Say):
        desk.later(lambda: _say(desk, body, reply))


def _open(desk: Desk, body: dict[str, Any], view: Block) -> None:
    try:
        desk.slack.views_open(trigger_id=body["trigger_id"], view=view)
    except CALL_FAILED as error:
        log.warning("A dialog could not be opened: %s", error)
        sentence = "Slack did not open the dialog in time. Nothing was changed; click again."
        desk.later(lambda: _say(desk, body, Say(sentence)))


def _say(desk: Desk, body: dict[str, Any], reply: Say) -> None:
    """Only this person sees it. Where the bot cannot speak in the channel, by direct message."""
    user, channel = body["user"]["id"], _channel(body)
    blocks = list(reply.blocks) or None
    try:
        if not channel:
            raise SlackClientError("the click came from no channel")
        desk.slack.chat_postEphemeral(channel=channel, user=user, text=reply.text, blocks=blocks)
    except CALL_FAILED as error:
        log.info("Answering by direct message instead: %s", _reason(error))
        _direct(desk, user, reply)


def _direct(desk: Desk, user: str, reply: Say) -> None:
    try:
        desk.slack.chat_postMessage(
            channel=user, text=reply.text, blocks=list(reply.blocks) or None
        )
    except CALL_FAILED as error:
        log.warning("An answer could not be given to %s: %s", user, _reason(error))


def _reason(error: Exception) -> str:
    return str(error.response["error"]) if isinstance(error, SlackApiError) else str(error)


def _channel(body: dict[str, Any]) -> str:
    if "view" in body:
        packed = body["view"].get("private_metadata")
        return Target.unpacked(packed).channel if packed else ""
    return str(body.get("channel", {}).get("id", ""))


def _button(body: dict[str, Any]) -> Click:
    action = body["actions"][0]
    container = body.get("container", {})
    return Click(
        user=body["user"]["id"],
        name=_name(body["user"]),
        team=_team(body),
        target=Target.unpacked(action["value"]),
        trigger=body["trigger_id"],
        delivery=f"{body['user']['id']}:{body['trigger_id']}",
        channel=body.get("channel", {}).get("id", ""),
        ts=container.get("message_ts", ""),
    )


def _form(body: dict[str, Any]) -> Click:
    view = body["view"]
    target = Target.unpacked(view["private_metadata"])
    return Click(
        user=body["user"]["id"],
        name=_name(body["user"]),
        team=_team(body),
        target=target,
        trigger=body.get("trigger_id", ""),
        delivery=f"{body['user']['id']}:{view['id']}:{view.get('hash', '')}",
        channel=target.channel,
        ts=target.ts,
        values=view["state"]["values"],
    )


def _name(user: Mapping[str, Any]) -> str:
    return str(user.get("name") or user.get("username") or user["id"])


def _team(body: Mapping[str, Any]) -> str:
    """The team of whoever clicked: in a shared channel it is not the team of the channel."""
    return str(body["user"].get("team_id") or (body.get("team") or {}).get("id", ""))
