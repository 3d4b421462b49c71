"""The edge to Bolt: every listener is wrapped here, so that nothing ever escapes into it.

A listener gets a Click (or what was Typed) and answers a Reply; what Slack has to be told, and
over which of its methods, is done in one place (replies). An exception after `ack()` would take
the acknowledgement back, and the person would see an app that did not respond; so every
exception ends here, as a sentence.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from slack_bolt import Ack, App

from handlers import clicks
from handlers.clicks import Click, Typed
from handlers.desk import Desk
from handlers.patience import within_a_click
from handlers.replies import Fix, Open, Place, Publish, Reply, Say, Show
from handlers.trouble import new_reference, not_answered, unexpected
from handlers.views.blocks import WHY, Block, escaped, told
from storage.errors import RecessError

# All that a story needs of the edge is imported from here.
__all__ = [
    "Click",
    "CommandListener",
    "Fix",
    "Listener",
    "Open",
    "OptionsListener",
    "Publish",
    "Reply",
    "Say",
    "Show",
    "Typed",
    "on_button",
    "on_command",
    "on_form",
    "on_menu",
    "on_options",
]

log = logging.getLogger(__name__)

# Slack waits three seconds for the answer to a command.
COMMAND_SECONDS = 2.3
MOMENT = "One moment: this takes longer than usual, and its answer comes here."

Listener = Callable[[Click, Desk], Reply]
CommandListener = Callable[[Typed, Desk], Reply]
# Answers the options (Block Kit) for what somebody has typed into an external select so far.
OptionsListener = Callable[[Click, Desk], Sequence[Block]]


def on_button(app: App, desk: Desk, action_id: str, listener: Listener) -> None:
    """Also for selects, checkboxes and inputs that report at once; see Click.chosen."""

    def pressed(ack: Ack, body: dict[str, Any]) -> None:
        _answer(ack, desk, body, lambda: listener(clicks.meant(clicks.pressed(body), desk), desk))

    app.action(action_id)(pressed)


def on_menu(app: App, desk: Desk, action_id: str, listeners: Mapping[str, Listener]) -> None:
    """The menu of a school (see views.menu): a listener for each of its choices."""

    def picked(ack: Ack, body: dict[str, Any]) -> None:
        def reply() -> Reply:
            choice, click = clicks.picked_in_menu(clicks.pressed(body), desk)
            return listeners[choice](click, desk)

        _answer(ack, desk, body, reply)

    app.action(action_id)(picked)


def on_form(app: App, desk: Desk, callback_id: str, listener: Listener) -> None:
    def submitted(ack: Ack, body: dict[str, Any]) -> None:
        def reply() -> Reply:
            click = clicks.submitted(body)
            # To Slack a field of nothing but blanks is filled in.
            if WHY in click.values and not click.text(WHY):
                return Fix({WHY: "Say why. Nothing was changed yet."})
            return listener(clicks.meant(click, desk), desk)

        _answer(ack, desk, body, reply)

    app.view(callback_id)(submitted)


def on_command(app: App, desk: Desk, name: str, listener: CommandListener) -> None:
    def typed(ack: Ack, body: dict[str, Any]) -> None:
        place = Place(desk, body)
        asked: Future[Reply] = Future()
        desk.later(
            lambda: asked.set_result(
                _reply(lambda: listener(clicks.typed(body), desk), refused=_said)
            )
        )
        try:
            _acknowledge_command(ack, place, asked)
        except Exception:
            reference = new_reference()
            log.exception("The answer to a command could not be given, reference %s", reference)
            ack(text=unexpected(reference), response_type="ephemeral")

    app.command(name)(typed)


def on_options(app: App, desk: Desk, action_id: str, listener: OptionsListener) -> None:
    """What an external select offers; nothing when it cannot be found out."""

    def asked(ack: Ack, body: dict[str, Any]) -> None:
        try:
            offered = list(listener(clicks.suggested(body), desk))
        except RecessError as error:
            log.info("A select offers nothing: %s", error.sentence)
            offered = []
        except Exception:
            log.exception("A select offers nothing, reference %s", new_reference())
            offered = []
        ack(options=offered)

    app.options(action_id)(asked)


def _answer(ack: Ack, desk: Desk, body: dict[str, Any], work: Callable[[], Reply]) -> None:
    place = Place(desk, body)
    with within_a_click():
        reply = _reply(work, refused=lambda sentence: _refused(place, sentence))
    try:
        place.acknowledge(ack, reply)
        place.follow(reply)
    except Exception:
        reference = new_reference()
        log.exception("A click was done, but not answered, reference %s", reference)
        ack()
        place.follow(Say(escaped(not_answered(reference))))


def _reply(work: Callable[[], Reply], refused: Callable[[str], Reply]) -> Reply:
    try:
        return work()
    except RecessError as error:
        return refused(error.sentence)
    except Exception:
        reference = new_reference()
        log.exception("Unexpected error, reference %s", reference)
        return refused(unexpected(reference))


def _refused(place: Place, sentence: str) -> Reply:
    """A refused form shows why in its place; above a modal or Home, a modal of its own does."""
    if place.in_form:
        return Show(told("Not done", sentence))
    if "view" in place.body:
        return Open(told("Not done", sentence), otherwise=escaped(sentence))
    return _said(sentence)


def _said(sentence: str) -> Reply:
    return Say(escaped(sentence))


def _acknowledge_command(ack: Ack, place: Place, asked: "Future[Reply]") -> None:
    """A command is answered in its acknowledgement, which only this person sees.

    What is not known in time comes later, in a message of its own.
    """
    try:
        reply = asked.result(COMMAND_SECONDS)
    except TimeoutError:
        ack(text=MOMENT, response_type="ephemeral")
        asked.add_done_callback(lambda done: place.follow(done.result()))
        return
    if isinstance(reply, Say):
        ack(text=reply.text, blocks=list(reply.blocks) or None, response_type="ephemeral")
    else:
        ack()
        place.follow(reply)
