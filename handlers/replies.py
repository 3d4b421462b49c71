"""What a listener answers, and how Slack is told: over which method, and where the person is."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from slack_bolt import Ack
from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient

from handlers.calls import CALL_FAILED, cause
from handlers.clicks import channel_of, submitted, user_of, view_target
from handlers.desk import Desk
from handlers.publishing import Visitor, publish
from handlers.reviewing import below, drawn_below
from handlers.trouble import new_reference, not_answered
from handlers.views import ids
from handlers.views.blocks import METADATA, Block, escaped, modal, section
from handlers.views.ids import Target
from handlers.views.looking import Looking
from storage.errors import RecessError

log = logging.getLogger(__name__)

NOT_SHOWN = "Slack did not show the change in time. Nothing was changed; try again."
NOT_OPENED = "Slack did not open the dialog in time. Nothing was changed; try again."
HOME_NOT_SHOWN = (
    "Slack did not take the new picture of Home, so it may show an older state. "
    "Open Home again to see how things are."
)


@dataclass(frozen=True)
class Say:
    """Tell the person alone, where they are: in the channel, or above the modal or Home.

    `text` is ready to be shown. `instead`: in place of what only this person saw, and clicked in.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    instead: bool = False


@dataclass(frozen=True)
class Open:
    """Open a modal; above the one in which the click was, if it was in one.

    `otherwise` is said when Slack does not open it, ready to be shown.
    """

    view: Block
    otherwise: str = NOT_OPENED


@dataclass(frozen=True)
class Show:
    """Replace the modal that was submitted, or in which the click was.

    `otherwise` is said when Slack does not show it, ready to be shown; what was done before has to
    stand in it.
    """

    view: Block
    otherwise: str = NOT_SHOWN


@dataclass(frozen=True)
class Fix:
    """Keep the form open and say what to mend, by block."""

    errors: Mapping[str, str]


@dataclass(frozen=True)
class Publish:
    """Show the person's Home as they want to look at it now."""

    looking: Looking


Reply = Say | Open | Show | Fix | Publish | None


@dataclass(frozen=True)
class Place:
    """Where somebody did something, as Slack's payload has it, and how they are answered there.

    Whatever is opened from Home carries how Home looked, and a form above a review how that
    looked, so that both can be shown anew after a change: no story needs to know where its form
    was opened.
    """

    desk: Desk
    body: Mapping[str, Any]

    @property
    def in_form(self) -> bool:
        return self.body.get("type") == "view_submission"

    def acknowledge(self, ack: Ack, reply: Reply) -> None:
        """Answer Slack's request itself, with what a form has to do next."""
        if self.in_form and isinstance(reply, Fix):
            ack(response_action="errors", errors=dict(reply.errors))
        elif self.in_form and (view := self._instead(reply)) is not None:
            ack(response_action="update", view=self._marked(view, self._around.below))
        else:
            ack()

    def follow(self, reply: Reply) -> None:
        """What the reply takes besides, in another thread: the click waits for none of it."""
        self.desk.later(lambda: self._follow(reply))

    def say(self, reply: Say) -> None:
        """Only this person sees it. Where the bot cannot speak in the channel, directly."""
        channel = channel_of(self.body)
        try:
            if not channel:
                raise SlackClientError("the click came from no channel")
            self.desk.slack.chat_postEphemeral(
                channel=channel,
                user=user_of(self.body),
                text=reply.text,
                blocks=list(reply.blocks) or None,
            )
        except CALL_FAILED as error:
            log.info("Answering by direct message instead: %s", cause(error))
            self._direct(reply)

    def _follow(self, reply: Reply) -> None:
        try:
            self._perform(reply)
            self._refresh_review(reply)
            self._refresh_home(reply)
        except Exception:
            reference = new_reference()
            log.exception("An answer could not be given, reference %s", reference)
            self.say(Say(escaped(not_answered(reference))))

    def _perform(self, reply: Reply) -> None:
        if isinstance(reply, Open):
            self._open(reply.view, otherwise=Say(reply.otherwise))
        elif isinstance(reply, Show) and not self.in_form:
            self._update(reply)
        elif isinstance(reply, Say) and self._instead(reply) is None:
            self._said(reply)

    def _instead(self, reply: Reply) -> Block | None:
        """What takes the place of a form; also what is said where there is no channel."""
        if isinstance(reply, Show):
            return reply.view
        if isinstance(reply, Say) and self.in_form and not channel_of(self.body):
            return saying(reply)
        return None

    def _said(self, reply: Say) -> None:
        if "view" in self.body and not self.in_form:
            self._open(saying(reply), otherwise=reply)
        elif reply.instead and self._replaced(reply):
            return
        else:
            self.say(reply)

    def _replaced(self, reply: Say) -> bool:
        """What only one person sees can be changed by the address of the click alone."""
        address = str(self.body.get("response_url") or "")
        message = WebhookClient(address, timeout=self.desk.slack.timeout, retry_handlers=[])
        try:
            answer = message.send(
                text=reply.text, blocks=list(reply.blocks) or None, replace_original=True
            )
        except (ValueError, *CALL_FAILED) as error:
            log.warning("An answer could not be replaced: %s", cause(error))
            return False
        return answer.status_code == HTTPStatus.OK

    def _open(self, view: Block, otherwise: Say) -> None:
        in_modal = self.body.get("view", {}).get("type") == "modal"
        shown = self.desk.slack.views_push if in_modal else self.desk.slack.views_open
        try:
            shown(trigger_id=self.body["trigger_id"], view=self._marked(view, self._review()))
        except CALL_FAILED as error:
            log.warning("A dialog could not be opened: %s", cause(error))
            # The click was handed over twice, and its dialog is open already.
            if cause(error) != "exchanged_trigger_id":
                self.say(otherwise)

    def _update(self, reply: Show) -> None:
        view = self._marked(reply.view, self._around.below)
        try:
            self.desk.slack.views_update(view_id=self.body["view"]["id"], view=view)
        except CALL_FAILED as error:
            log.warning("A dialog could not be updated: %s", cause(error))
            self.say(Say(reply.otherwise))

    def _direct(self, reply: Say) -> None:
        user = user_of(self.body)
        try:
            self.desk.slack.chat_postMessage(
                channel=user, text=reply.text, blocks=list(reply.blocks) or None
            )
        except CALL_FAILED as error:
            log.warning("An answer could not be given to %s: %s", user, cause(error))

    # What is below a dialog: Home, or a review

    @property
    def _around(self) -> Target:
        return view_target(self.body.get("view"))

    def _marked(self, view: Block, review: str = "") -> Block:
        """The view with how Home and the review below it look, or as much as has room."""
        home = self._around.home
        slim = Looking(Looking.unpacked(home).partner).packed() if home else ""
        for looking, under in ((home, review), (slim, review), (home, ""), (slim, "")):
            if not (looking or under):
                break
            metadata = replace(view_target(view), home=looking, below=under).packed()
            if len(metadata) <= METADATA:
                return view | {"private_metadata": metadata}
        return view

    def _review(self) -> str:
        """The review in which the click was, as a form above it remembers it; else nothing."""
        view = self.body.get("view") or {}
        return below(view) if view.get("callback_id") == ids.REVIEW_FORM else ""

    def _refresh_review(self, reply: Reply) -> None:
        """What was decided in a form is not to be offered in the review below it."""
        if not self.in_form or not self._around.below or _is_a_question(reply):
            return
        try:
            hash, review = drawn_below(submitted(self.body), self.desk)
            self.desk.slack.views_update(
                view_id=self.body["view"]["previous_view_id"], hash=hash, view=self._marked(review)
            )
        except (RecessError, *CALL_FAILED) as error:
            # It was closed, or is newer by now. Whatever is clicked in it is checked anyway.
            log.info("A review was not drawn anew: %s", error)

    def _refresh_home(self, reply: Reply) -> None:
        looking = self._looking_after(reply)
        if looking is None:
            return
        user = self.body["user"]
        visitor = Visitor(user["id"], str(user.get("name") or ""), str(user.get("team_id") or ""))
        view = self.body["view"]
        hash = str(view.get("hash", "")) if view["type"] == "home" else ""
        if not publish(self.desk, visitor, looking, hash):
            self.say(Say(HOME_NOT_SHOWN))

    def _looking_after(self, reply: Reply) -> Looking | None:
        """How Home is to be shown now; None when nothing of it can have changed."""
        if isinstance(reply, Publish):
            return reply.looking
        home = self._around.home
        return Looking.unpacked(home) if home and not _is_a_question(reply) else None


def saying(reply: Say) -> Block:
    """What is said above a modal or Home, where nothing can be said in a channel."""
    return modal("told", "Recess", reply.blocks or [section(reply.text)], "", None)


def _is_a_question(reply: Reply) -> bool:
    """A dialog that somebody has to fill in first."""
    return isinstance(reply, Fix) or (isinstance(reply, Open) and "submit" in reply.view)
