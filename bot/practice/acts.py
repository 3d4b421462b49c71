"""What a person does: click, choose, submit, close, type a command, open Home.

The page and the tests act through these functions alone. Nobody can click what is not on their
screen (NotThere), and whatever the app fails to answer becomes a notice in Slack's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.practice import payloads, responses, shapes
from bot.practice.dispatch import TIMED_OUT, Answer, Dispatch
from bot.practice.elements import (
    STATELESS,
    Found,
    chosen,
    filled,
    find,
    incomplete,
    kept_values,
)
from bot.practice.errors import NotThere, Refused
from bot.practice.limits import check_view, offered
from bot.practice.methods.views import changed_view, put_on_top
from bot.practice.state import Channel, File, Json, Message, Person, Store, Upload, View

TROUBLE = "We had some trouble connecting. Try again?"
NO_ANSWER = "Operation timed out. Apps need to respond within 3 seconds."


def failure(answer: Answer) -> str:
    """What Slack's client says beside a button whose app did not answer well."""
    if answer.problem == TIMED_OUT:
        return NO_ANSWER
    if answer.status is None:
        return "This app is not responding."
    return f"This app responded with Status Code {answer.status}."


def reports(block: Json) -> bool:
    """Whether the app hears of a choice at once; an input tells it only when it is asked to."""
    return block["type"] != "input" or bool(block.get("dispatch_action"))


def unknown(command: str) -> str:
    """What Slack's client says by itself of a command that no app has."""
    return f"{command} is not a valid command."


class Acts:
    """A person's hands, on a store and a dispatch."""

    def __init__(self, store: Store, dispatch: Dispatch) -> None:
        self.store = store
        self.dispatch = dispatch
        # The commands of the app's manifest; with None every line that begins with / is one.
        self.commands: set[str] | None = None

    def click(
        self,
        place: Message | View,
        what: str | None = None,
        *,
        by: str,
        block_id: str | None = None,
        value: Any = None,
        near: str | None = None,
        values: Mapping[str, Any] | None = None,
        confirm: bool = True,
    ) -> Answer:
        """Click a button, choose an option, or type into a field that reports it.

        `what` is an action id, a label, or an option of an overflow menu; `near` is text at or
        above it; `value` is a button's value, an option (or several), or what is typed;
        `values` are a modal's other fields as filled in so far. Without `confirm` a
        confirmation dialog is dismissed and nothing is sent. A message that was edited since
        is clicked as this person still sees it. Raises NotThere.
        """
        with self.store.lock:
            who = self.store.person(by)
            self._visible(place, who)
            found = find(self._blocks(place), what, block_id, value, near)
            if "confirm" in found.element and not confirm:
                return Answer(200)
            if isinstance(place, View) and not reports(found.block):
                view = self._fill(self._visible_view(place, who), values)
                self._remember(view, found, value)
                return Answer(200)
            payload = self._action(place, who, found, self._choice(found, what, value), values)
        answer = self.dispatch.ask("interactive", payload)
        return self._noticed(answer, who, place)

    def options(self, place: Message | View, what: str, *, by: str, query: str = "") -> list[Json]:
        """What an external select offers for this query; nothing when the answer breaks a limit.

        Slack says "No result" then, and tells nobody why (slackapi/bolt-js#1630).
        """
        with self.store.lock:
            who = self.store.person(by)
            found = find(self._blocks(place), what)
            payload = payloads.suggestion(self.store, who, found, query, place)
        answer = self.dispatch.ask("interactive", payload)
        return offered(answer.json if answer.ok else None)

    def submit(self, view: View, values: Mapping[str, Any] | None = None, *, by: str) -> Answer:
        """Fill in a modal and submit it.

        `values` are keyed by block id, action id or label; a field for files takes an Upload or
        several. What Slack's client refuses by itself (a required field left empty) comes back
        as `errors` without asking the app.
        """
        with self.store.lock:
            who = self.store.person(by)
            view = self._fill(self._visible_view(view, who), values)
            problems = incomplete(view.blocks, view.values)
            if problems:
                self.store.put_view(replace(view, errors=problems))
                return Answer(errors=problems)
            payload = payloads.submission(self.store, who, view)
        answer = self.dispatch.ask("interactive", payload)
        return self._submitted(view, who, answer)

    def close(self, view: View, *, by: str, everything: bool = False) -> Answer:
        """Close a modal, or all of them; the app hears of it where it asked to."""
        with self.store.lock:
            who = self.store.person(by)
            view = self._visible_view(view, who)
            everything = everything or bool(view.content.get("clear_on_close"))
            stack = self.store.stack(who.id)
            gone = list(stack) if everything else [view]
            self.store.modals[who.id] = [v for v in stack if v not in gone]
            self.store.changed()
            told = [v for v in reversed(gone) if v.content.get("notify_on_close")]
            news = [payloads.closing(self.store, who, v, everything) for v in told]
        answers = [self.dispatch.ask("interactive", payload) for payload in news]
        return answers[-1] if answers else Answer(200)

    def command(self, line: str, *, by: str, channel: str) -> Answer:
        """Type a slash command such as `/schools list` in a channel."""
        with self.store.lock:
            who, here = self.store.person(by), self.store.channel(channel)
            name, _, text = line.strip().partition(" ")
            if self.commands is not None and name not in self.commands:
                return Answer(notice=self.store_notice(who, here.id, unknown(name)))
            payload = payloads.command(self.store, who, here, name, text.strip())
        answer = self.dispatch.ask("slash_commands", payload)
        return self._commanded(answer, who, here, name)

    def say(self, text: str, *, by: str, channel: str, thread_ts: str | None = None) -> Message:
        """Write a message as a person."""
        with self.store.lock:
            who, here = self.store.person(by), self.store.channel(channel)
            ts = self.store.ids.ts()
            return self.store.put(Message(here.id, ts, who.id, text, thread_ts=thread_ts))

    def fill(self, view: View, values: Mapping[str, Any], *, by: str) -> View:
        """Fill in fields without submitting."""
        with self.store.lock:
            return self._fill(self._visible_view(view, self.store.person(by)), values)

    def upload(self, name: str, content: bytes, *, by: str) -> File:
        """Give the workspace a file, as a person's client does when one is chosen in a modal."""
        with self.store.lock:
            who, made = self.store.person(by), int(self.store.clock())
            file = File(self.store.ids.new("F"), who.id, name, name, made, length=len(content))
            return self.store.put_file(replace(file, content=content, complete=True))

    def _visible(self, place: Message | View, who: Person) -> None:
        if isinstance(place, View):
            self._visible_view(place, who)
        elif place.ephemeral_to not in (None, who.id):
            raise NotThere(f"only {place.ephemeral_to} sees that message")
        elif who.id not in self.store.channels[place.channel].members:
            raise NotThere(f"{who.name} is not in {place.channel}")

    def _visible_view(self, view: View, who: Person) -> View:
        now = self.store.view(view.id)
        if now is None or now.user != who.id:
            raise NotThere(f"{who.name} has no view {view.id} open")
        return now

    def _blocks(self, place: Message | View) -> list[Json]:
        if isinstance(place, View):
            return (self.store.view(place.id) or place).blocks
        return list(place.blocks)

    def _choice(self, found: Found, what: str | None, value: Any) -> Any:
        kind = found.element["type"]
        if kind == "overflow" and value is None:
            return what
        return value

    def _action(
        self,
        place: Message | View,
        who: Person,
        found: Found,
        value: Any,
        values: Mapping[str, Any] | None,
    ) -> Json:
        done = payloads.action(self.store, found, value)
        if isinstance(place, View):
            view = self._fill(self._visible_view(place, who), values)
            view = self._remember(view, found, value)
            return payloads.view_action(self.store, who, view, done)
        state = self._message_state(place, who, found, value)
        now = self.store.message(place.channel, place.ts) or place
        return payloads.message_action(self.store, who, now, done, state)

    def _remember(self, view: View, found: Found, value: Any) -> View:
        if found.element["type"] in STATELESS:
            return view
        values = with_value(view.values, found, value)
        return self.store.put_view(replace(view, values=values))

    def _message_state(self, place: Message, who: Person, found: Found, value: Any) -> Json:
        key = (who.id, place.channel, place.ts)
        state = kept_values(self.store.states.get(key, {}), place.blocks)
        if found.element["type"] not in STATELESS:
            state = with_value(state, found, value)
        self.store.states[key] = state
        return state

    def _fill(self, view: View, values: Mapping[str, Any] | None) -> View:
        if not values:
            return view
        given = {key: self._with_files(value, view.user) for key, value in values.items()}
        new = filled(view.values, view.blocks, given)
        return self.store.put_view(replace(view, values=new))

    def _with_files(self, value: Any, user: str) -> Any:
        """A field's value with chosen files as Slack's state carries them."""
        if isinstance(value, Upload):
            return self._with_files([value], user)
        if isinstance(value, dict):
            return {key: self._with_files(inner, user) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._shown_upload(one, user) for one in value]
        return value

    def _shown_upload(self, one: Any, user: str) -> Any:
        if not isinstance(one, Upload):
            return one
        return shapes.file(self.store, self.upload(one.name, one.content, by=user))

    def _noticed(self, answer: Answer, who: Person, place: Message | View) -> Answer:
        if answer.ok:
            return answer
        channel = place.channel if isinstance(place, Message) else None
        notice = self.store_notice(who, channel, failure(answer))
        return replace(answer, notice=notice)

    def store_notice(self, who: Person, channel: str | None, text: str) -> str:
        """Show a person a notice and give its text."""
        with self.store.lock:
            return self.store.notice(who.id, channel, text).text

    def _submitted(self, view: View, who: Person, answer: Answer) -> Answer:
        body = answer.json if answer.ok else None
        if not answer.ok or (answer.body.strip() and not isinstance(body, dict)):
            return replace(answer, notice=self.store_notice(who, None, TROUBLE))
        with self.store.lock:
            try:
                return self._respond(view, who, answer, body or {})
            except Refused:
                return replace(answer, notice=self.store_notice(who, None, TROUBLE))

    def _respond(self, view: View, who: Person, answer: Answer, body: Json) -> Answer:
        wanted = body.get("response_action")
        if wanted == "errors":
            return self._complained(view, answer, body.get("errors") or {})
        if wanted == "clear":
            self.store.stack(who.id).clear()
        elif wanted == "update":
            check_view(body.get("view"), ("modal",))
            changed_view(self.store, self._still_open(view), body["view"])
        elif wanted == "push":
            check_view(body.get("view"), ("modal",))
            put_on_top(self.store, who.id, body["view"])
        else:
            stack = self.store.stack(who.id)
            self.store.modals[who.id] = [v for v in stack if v.id != view.id]
        self.store.changed()
        return answer

    def _still_open(self, view: View) -> View:
        now = self.store.view(view.id)
        if now is None:
            raise Refused("not_found")
        return now

    def _complained(self, view: View, answer: Answer, errors: dict[str, str]) -> Answer:
        inputs = [b["block_id"] for b in view.blocks if b["type"] == "input"]
        if not errors or any(block_id not in inputs for block_id in errors):
            raise Refused("invalid_arguments")
        self.store.put_view(replace(self._still_open(view), errors=dict(errors)))
        return replace(answer, errors=dict(errors))

    def _commanded(self, answer: Answer, who: Person, channel: Channel, name: str) -> Answer:
        if not answer.ok:
            word = "operation_timeout" if answer.problem == TIMED_OUT else "dispatch_failed"
            text = f'{name} failed with the error "{word}"'
            return replace(answer, notice=self.store_notice(who, channel.id, text))
        said = answer.json
        body = said if isinstance(said, dict) else {"text": answer.body.strip()}
        if not body.get("text") and not body.get("blocks"):
            return answer
        with self.store.lock:
            try:
                responses.answer(self.store, who.id, channel.id, None, body)
            except Refused:
                text = f'{name} failed with the error "invalid_command_response"'
                return replace(answer, notice=self.store_notice(who, channel.id, text))
        return answer


def with_value(values: Json, found: Found, value: Any) -> Json:
    """State values with one element's new value."""
    block_id, action_id = found.block["block_id"], found.element["action_id"]
    spot = {**values.get(block_id, {}), action_id: chosen(found.element, value)}
    return {**values, block_id: spot}
