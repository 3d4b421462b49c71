"""What people see and touch: places, cards and modals of a practice workspace."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from bot.practice import Answer, Message, NotThere, View
from bot.practice.elements import label, options_of, walk
from bot.practice.limits import leaves

if TYPE_CHECKING:
    from tests.harness.slack.office import Office

BOLD = re.compile(r"\*([^*\n]+)\*")
DATE = re.compile(r"<!date\^\d+\^[^|]*\|([^>]*)>")


def reading(text: str, blocks: Iterable[Any] = ()) -> str:
    """What a person reads: the words of text and blocks, without the marks of the markup."""
    shown = DATE.sub(r"\1", "\n".join([text, *leaves(list(blocks))]))
    return html.unescape(BOLD.sub(r"\1", shown))


def pressed(press: Callable[[str], Answer], what: str) -> Answer:
    """A button by its label, also when that ends in dots because a modal follows."""
    try:
        return press(what)
    except NotThere:
        return press(f"{what}…")


class Place:
    """A channel, or everything that only one person sees."""

    def __init__(self, office: Office, name: str) -> None:
        self._office = office
        self.name = name

    def expect_message(self, *saying: str) -> Card:
        """The next message here that says all of this."""
        return Card(
            self._office,
            self._office.found(self.name, lambda: self._office.slack.history(self.name), saying),
        )

    def latest(self) -> Card:
        """The newest message here, whether expected before or not."""
        return Card(self._office, self._office.slack.history(self.name)[-1])

    def expect_nothing(self) -> None:
        """Nothing is here that was not expected before."""
        self._office.settle()
        left = self._office.unexpected(self._office.slack.history(self.name))
        assert not left, f"unexpected in {self.name}: {[reading(m.text) for m in left]}"


class Card:
    """A message as somebody last looked at it; `expect_update` looks again."""

    def __init__(self, office: Office, message: Message) -> None:
        self._office = office
        self.message = message

    @property
    def reads(self) -> str:
        return reading(self.message.text, self.message.blocks)

    def says(self, *words: str) -> None:
        assert says(self.message, words), f"{words} is not in: {self.reads}"

    @property
    def buttons(self) -> list[str]:
        found = (f.element for f in walk(self.message.blocks))
        return [label(element) for element in found if element["type"] == "button"]

    def buttons_of(self, school: str) -> list[str]:
        """The buttons in the lines of one school."""
        found = (f for f in walk(self.message.blocks) if school in html.unescape(f.heading))
        return [label(f.element) for f in found if f.element["type"] == "button"]

    def click(self, what: str, school: str | None = None, *, by: str) -> Answer:
        """Press a button, beside a school's name where there are several of it."""
        near = html.escape(school, quote=False) if school else None
        return pressed(
            lambda name: self._office.slack.click(self.message, name, by=by, near=near), what
        )

    def expect_update(self, *saying: str) -> Card:
        """The same message, edited so that it says all of this."""
        message = self._office.awaited(
            f"{self.message.ts} edited to say {saying}", lambda: self._as_it_is(saying)
        )
        self.message = message
        return self

    def _as_it_is(self, saying: tuple[str, ...]) -> Message | None:
        now = self._office.slack.current(self.message)
        if now is None or now == self.message:
            return None
        return now if says(now, saying) else None

    def expect_thread(self, *saying: str) -> Card:
        """The next reply below this message that says all of this."""
        replies = self._office.found(
            f"the thread of {self.message.ts}",
            lambda: self._office.slack.replies(self.message),
            saying,
        )
        return Card(self._office, replies)


class Modal:
    """The dialog on top of somebody's screen."""

    def __init__(self, office: Office, view: View, by: str) -> None:
        self._office = office
        self.view = view
        self.by = by

    @property
    def reads(self) -> str:
        return reading(self.view.title, self.view.blocks)

    @property
    def labels(self) -> list[str]:
        return [str(b["label"]["text"]) for b in self.view.blocks if b["type"] == "input"]

    @property
    def offers(self) -> list[str]:
        """Every box that can be ticked, with what is written below it."""
        return [_described(option) for _, option in self._options()]

    def submit(self, *, tick: Iterable[str] = (), **values: Any) -> Answer:
        """Fill in fields by block id, tick boxes by what they say, and submit."""
        return self._office.slack.submit(self.view, values | self._ticked(tick), by=self.by)

    def close(self) -> None:
        self._office.slack.close(self.view, by=self.by)

    def _ticked(self, names: Iterable[str]) -> Mapping[str, Any]:
        picked: dict[str, list[Any]] = {}
        for name in names:
            block, option = next((b, o) for b, o in self._options() if name in _described(o))
            picked.setdefault(block, []).append(option)
        return picked

    def _options(self) -> list[tuple[str, Any]]:
        return [
            (f.block["block_id"], option)
            for f in walk(self.view.blocks)
            for option in options_of(f.element)
        ]


def _described(option: Any) -> str:
    below = option.get("description", {}).get("text", "")
    return html.unescape(f"{option['text']['text']} ({below})")


def says(message: Message, saying: Iterable[str]) -> bool:
    read = reading(message.text, message.blocks)
    return all(words in read for words in saying)
