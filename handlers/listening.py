"""The edge to Bolt: every listener is wrapped here, so that nothing ever escapes into it.

A listener gets a Click (or what was Typed) and answers a Reply; what Slack has to be told, and
over which of its methods, is done in one place. An
exception after `ack()` would take the acknowledgement back, and the person would see an app that
did not respond; so every exception ends here, as a sentence.
"""

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from typing import Any

from slack_bolt import Ack, App
from slack_sdk.errors import SlackApiError, SlackClientError

from handlers.desk import Desk
from handlers.views.blocks import Block, escaped, modal, section, told
from handlers.views.ids import Target
from storage.errors import RecessError
from storage.rules.rights import Access, Person

log = logging.getLogger(__name__)

REFERENCE_BYTES = 4
# A call that failed: Slack said no, or there was no answer to read.
CALL_FAILED = (SlackClientError, OSError, HTTPException)


@dataclass(frozen=True)
class Click:
    """A button that was pressed, an option that was chosen or a form that was submitted.

    `delivery` is unique to what the person did, and the same when Slack hands it over again.
    `chosen` has the values of the options that were picked, or what was typed. In a modal or in
    Home, `view` is its id, `hash` its state, `form` its callback, `values` what is filled in so far
    and `around` what all of it is about; a button in it says itself what it is about.
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
    chosen: tuple[str, ...] = ()
    view: str = ""
    hash: str = ""
    form: str = ""
    around: Target = field(default_factory=lambda: Target(""))

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
class Typed:
    """A slash command: what was typed after its name, by whom and where."""

    user: str
    name: str
    team: str
    text: str
    channel: str
    trigger: str

    def person(self, desk: Desk, access: Access) -> Person:
        """Who typed it; asked before a transaction begins, since Slack may have to answer."""
        return desk.who(self.user, self.name, self.team, access.groups())


@dataclass(frozen=True)
class Say:
    """Tell the person alone, where they are: in the channel, or above the modal or Home.

    `text` is ready to be shown.
    """

    text: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Open:
    """Open a modal; above the one in which the click was, if it was in one."""

    view: Block


@dataclass(frozen=True)
class Show:
    """Replace the modal that was submitted, or in which the click was."""

    view: Block


@dataclass(frozen=True)
class Fix:
    """Keep the form open and say what to mend, by block."""

    errors: Mapping[str, str]


Reply = Say | Open | Show | Fix | None
Listener = Callable[[Click, Desk], Reply]
CommandListener = Callable[[Typed, Desk], Reply]
# Answers the options (Block Kit) for what somebody has typed into an external select so far.
OptionsListener = Callable[[Click, Desk], Sequence[Block]]


def on_button(app: App, desk: Desk, action_id: str, listener: Listener) -> None:
    """Also for selects, checkboxes and inputs that report at once; see Click.chosen."""

    def pressed(ack: Ack, body: dict[str, Any]) -> None:
        _answer(ack, desk, body, lambda: listener(_meant(desk, _button(body)), desk), in_form=False)

    app.action(action_id)(pressed)


def on_menu(app: App, desk: Desk, action_id: str, listeners: Mapping[str, Listener]) -> None:
    """The menu of a school (see views.menu): a listener for each of its choices."""

    def picked(ack: Ack, body: dict[str, Any]) -> None:
        def reply() -> Reply:
            click = _button(body)
            choice, target = _school_picked(desk, click)
            return listeners[choice](replace(click, target=target), desk)

        _answer(ack, desk, body, reply, in_form=False)

    app.action(action_id)(picked)


def on_form(app: App, desk: Desk, callback_id: str, listener: Listener) -> None:
    def submitted(ack: Ack, body: dict[str, Any]) -> None:
        _answer(ack, desk, body, lambda: listener(_meant(desk, _form(body)), desk), in_form=True)

    app.view(callback_id)(submitted)


def on_command(app: App, desk: Desk, name: str, listener: CommandListener) -> None:
    def typed(ack: Ack, body: dict[str, Any]) -> None:
        reply = _reply(lambda: listener(_typed(body), desk), refused=_refused_in_a_channel)
        try:
            _acknowledge_command(ack, desk, body, reply)
        except Exception:
            log.exception("The answer to a command could not be given")
            ack()

    app.command(name)(typed)


def on_options(app: App, desk: Desk, action_id: str, listener: OptionsListener) -> None:
    """What an external select offers; nothing when it cannot be found out."""

    def asked(ack: Ack, body: dict[str, Any]) -> None:
        try:
            offered = list(listener(_suggestion(body), desk))
        except RecessError as error:
            log.info("A select offers nothing: %s", error.sentence)
            offered = []
        except Exception:
            log.exception("A select offers nothing")
            offered = []
        ack(options=offered)

    app.options(action_id)(asked)


def _answer(
    ack: Ack, desk: Desk, body: dict[str, Any], work: Callable[[], Reply], *, in_form: bool
) -> None:
    reply = _reply(work, refused=_refusal(body, in_form))
    try:
        _acknowledge(ack, reply if in_form else None)
        _perform(desk, body, reply, in_form)
    except Exception:
        log.exception("The answer to a click could not be given; the click itself was done")
        _acknowledge(ack, None)


def _reply(work: Callable[[], Reply], refused: Callable[[str], Reply]) -> Reply:
    try:
        return work()
    except RecessError as error:
        return refused(error.sentence)
    except Exception:
        reference = secrets.token_hex(REFERENCE_BYTES)
        log.exception("Unexpected error, reference %s", reference)
        return refused(
            f"Something went wrong on our side (reference {reference}). It may not have been "
            "done: look at the card, try again, and give support the reference if it stays so."
        )


def _refusal(body: dict[str, Any], in_form: bool) -> Callable[[str], Reply]:
    """A refused form shows why in its place; above a modal or Home, a modal of its own does."""
    if in_form:
        return lambda sentence: Show(told("Not done", sentence))
    if "view" in body:
        return lambda sentence: Open(told("Not done", sentence))
    return _refused_in_a_channel


def _refused_in_a_channel(sentence: str) -> Reply:
    return Say(escaped(sentence))


def _acknowledge(ack: Ack, reply: Reply) -> None:
    if isinstance(reply, Show):
        ack(response_action="update", view=reply.view)
    elif isinstance(reply, Fix):
        ack(response_action="errors", errors=dict(reply.errors))
    else:
        ack()


def _acknowledge_command(ack: Ack, desk: Desk, body: dict[str, Any], reply: Reply) -> None:
    """A command is answered in its acknowledgement, which only this person sees."""
    if isinstance(reply, Say):
        ack(text=reply.text, blocks=list(reply.blocks) or None, response_type="ephemeral")
        return
    ack()
    if isinstance(reply, Open):
        _open(desk, body, reply.view)


def _perform(desk: Desk, body: dict[str, Any], reply: Reply, in_form: bool) -> None:
    if isinstance(reply, Open):
        _open(desk, body, reply.view)
    elif isinstance(reply, Show) and not in_form:
        _update(desk, body, reply.view)
    elif isinstance(reply, Say) and "view" in body and not in_form:
        _open(desk, body, _said(reply))
    elif isinstance(reply, Say):
        desk.later(lambda: _say(desk, body, reply))


def _said(reply: Say) -> Block:
    """What is said above a modal or Home, where nothing can be said in a channel."""
    return modal("told", "Recess", reply.blocks or [section(reply.text)], "", None)


def _update(desk: Desk, body: dict[str, Any], view: Block) -> None:
    try:
        desk.slack.views_update(view_id=body["view"]["id"], view=view)
    except CALL_FAILED as error:
        log.warning("A dialog could not be updated: %s", _reason(error))
        sentence = "Slack did not show the change in time. Nothing was changed; click again."
        desk.later(lambda: _say(desk, body, Say(sentence)))


def _open(desk: Desk, body: dict[str, Any], view: Block) -> None:
    in_modal = body.get("view", {}).get("type") == "modal"
    shown = desk.slack.views_push if in_modal else desk.slack.views_open
    try:
        shown(trigger_id=body["trigger_id"], view=view)
    except CALL_FAILED as error:
        log.warning("A dialog could not be opened: %s", error)
        sentence = "Slack did not open the dialog in time. Nothing was changed; click again."
        desk.later(lambda: _say(desk, body, Say(sentence)))


def _say(desk: Desk, body: dict[str, Any], reply: Say) -> None:
    """Only this person sees it. Where the bot cannot speak in the channel, by direct message."""
    user, channel = _user(body), _channel(body)
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


def _user(body: dict[str, Any]) -> str:
    return str(body["user_id"] if "user_id" in body else body["user"]["id"])


def _channel(body: dict[str, Any]) -> str:
    if "view" in body:
        return _view_target(body["view"]).channel
    if "channel_id" in body:
        return str(body["channel_id"])
    return str(body.get("channel", {}).get("id", ""))


def _view_target(view: dict[str, Any]) -> Target:
    """What a modal or Home is about; one that only says something is about nothing."""
    packed = view.get("private_metadata")
    return Target.unpacked(packed) if packed else Target("")


def _button(body: dict[str, Any]) -> Click:
    action = body["actions"][0]
    container, view = body.get("container", {}), body.get("view") or {}
    around = _view_target(view)
    # A button says itself what it is about, everything else by the view it stands in.
    target = Target.unpacked(action["value"]) if action["type"] == "button" else around
    return Click(
        user=body["user"]["id"],
        name=_name(body["user"]),
        team=_team(body),
        target=target,
        trigger=body["trigger_id"],
        delivery=f"{body['user']['id']}:{body['trigger_id']}",
        channel=body.get("channel", {}).get("id", "") or around.channel,
        ts=container.get("message_ts", "") or around.ts,
        values=view.get("state", {}).get("values", {}),
        chosen=_chosen(action),
        view=view.get("id", ""),
        hash=view.get("hash", ""),
        form=view.get("callback_id", ""),
        around=around,
    )


def _chosen(action: Mapping[str, Any]) -> tuple[str, ...]:
    if action["type"] == "button":
        return ()
    options = action.get("selected_options") or [action.get("selected_option")]
    picked = [str(option["value"]) for option in options if option]
    return tuple(picked or ([str(action["value"])] if action.get("value") else []))


def _school_picked(desk: Desk, click: Click) -> tuple[str, Target]:
    """The choice of a school's menu, whose options are too short for a whole target."""
    choice, key, version = click.chosen[0].split(":")
    with desk.read() as store:
        school = store.schools.by_key(int(key))
        partner = store.partners.by_id(school.partner_id)
    around = click.target
    about = replace(
        around, partner=partner.slug, school=school.id, key=school.key, version=int(version)
    )
    return choice, about


def _meant(desk: Desk, click: Click) -> Click:
    """The source's id of a school for which the target has only our key."""
    asked = click.target
    if not asked.key or asked.school:
        return click
    with desk.read() as store:
        school = store.schools.by_key(asked.key)
    return replace(click, target=replace(asked, school=school.id))


def _suggestion(body: dict[str, Any]) -> Click:
    view = body.get("view") or {}
    return Click(
        user=body["user"]["id"],
        name=_name(body["user"]),
        team=_team(body),
        target=_view_target(view),
        trigger="",
        delivery="",
        values=view.get("state", {}).get("values", {}),
        chosen=(str(body.get("value", "")),),
        view=view.get("id", ""),
    )


def _typed(body: dict[str, Any]) -> Typed:
    return Typed(
        user=body["user_id"],
        name=str(body.get("user_name") or body["user_id"]),
        team=str(body.get("team_id", "")),
        text=str(body.get("text") or "").strip(),
        channel=str(body.get("channel_id", "")),
        trigger=str(body.get("trigger_id", "")),
    )


def _form(body: dict[str, Any]) -> Click:
    view = body["view"]
    target = _view_target(view)
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
        view=view["id"],
        hash=view.get("hash", ""),
        form=view.get("callback_id", ""),
    )


def _name(user: Mapping[str, Any]) -> str:
    return str(user.get("name") or user.get("username") or user["id"])


def _team(body: Mapping[str, Any]) -> str:
    """The team of whoever clicked: in a shared channel it is not the team of the channel."""
    return str(body["user"].get("team_id") or (body.get("team") or {}).get("id", ""))
