"""What nobody listens to is answered all the same: an old card, a shortcut that is gone.

Bolt answers 404 to it, which people see as an app that did not respond.
"""

import logging
import re
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_bolt.error import BoltUnhandledRequestError

from handlers.desk import Desk
from handlers.replies import Place, Say
from handlers.trouble import new_reference
from handlers.views.blocks import escaped, told

log = logging.getLogger(__name__)

OLD_BUTTON = (
    "This button is of an older version of Recess, so nothing was changed. The newest card of "
    "the channel has those that work, and so has Home."
)
OLD_FORM = (
    "This dialog is of an older version of Recess, so nothing was changed. Open it anew from "
    "the newest card of the channel, or from Home."
)
NO_SHORTCUT = (
    "Recess has no such shortcut (any more), so nothing was changed. `/schools help` says what "
    "there is."
)


def register(app: App, desk: Desk) -> None:
    """Comes last, so that everything that somebody listens to is heard before."""
    anything = re.compile("")

    def acknowledged(ack: Ack) -> None:
        ack()

    def pressed(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        if _asks_for_something(body):
            Place(desk, body).follow(Say(OLD_BUTTON))

    def submitted(ack: Ack) -> None:
        ack(response_action="update", view=told("Not done", OLD_FORM))

    def taken(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        Place(desk, body).follow(Say(NO_SHORTCUT))

    def typed(ack: Ack, body: dict[str, Any]) -> None:
        ack(text=_no_command(str(body.get("command", ""))), response_type="ephemeral")

    def suggested(ack: Ack) -> None:
        ack(options=[])

    app.action(anything)(pressed)
    app.view(anything)(submitted)
    app.view_closed(anything)(acknowledged)
    app.options(anything)(suggested)
    app.shortcut(anything)(taken)
    app.command(anything)(typed)
    app.event(anything)(acknowledged)
    app.error(_never_unanswered)


def _asks_for_something(body: dict[str, Any]) -> bool:
    """Other elements only hold a choice, and a button without a value is a link."""
    kinds = {action["type"] for action in body["actions"] if "value" in action}
    return "button" in kinds or any(a["type"] == "overflow" for a in body["actions"])


def _no_command(command: str) -> str:
    return (
        f"Recess does not know the command {escaped(command)}, so nothing was changed. "
        "`/schools help` says what there is."
    )


def _never_unanswered(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """A payload of a kind that Bolt has no listeners for, or an error outside of ours."""
    if isinstance(error, BoltUnhandledRequestError):
        log.warning("Nobody listens to a payload of the type %s", body.get("type"))
    else:
        log.error("A request could not be handled, reference %s", new_reference(), exc_info=error)
    return BoltResponse(status=200, body="")
