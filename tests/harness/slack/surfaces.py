"""What people see and touch: places, cards, modals and Home of a practice workspace."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.practice import Answer, Message, NotThere, Upload, View
from bot.practice.elements import MANY_OPTIONS, Found, label, options_of, walk
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


@dataclass(frozen=True)
class SentFile:
    """A file that the bot sent."""

    name: str
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8-sig")


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

    def expect_file(self, named: str) -> SentFile:
        """The next file here, outside threads, that has these words in its name."""
        return self._office.found_file(
            self.name, lambda: self._office.slack.history(self.name), named
        )

    def latest(self) -> Card:
        """The newest message here, whether expected before or not."""
        return Card(self._office, self._office.slack.history(self.name)[-1])

    def expect_nothing(self) -> None:
        """Nothing is here that was not expected before."""
        self._office.settle()
        left = self._office.unexpected(self._office.slack.history(self.name))
        assert not left, f"unexpected in {self.name}: {[reading(m.text) for m in left]}"


class Surface:
    """Anything with blocks: what is read on it, and what can be pressed and chosen."""

    def __init__(self, office: Office, seen: Message | View) -> None:
        self._office = office
        self._seen = seen
        self._suggested: list[Any] = []

    @property
    def _title(self) -> str:
        return self._seen.title if isinstance(self._seen, View) else self._seen.text

    @property
    def reads(self) -> str:
        return reading(self._title, self._seen.blocks)

    def says(self, *words: str) -> None:
        assert all(one in self.reads for one in words), f"{words} is not in: {self.reads}"

    @property
    def buttons(self) -> list[str]:
        return [label(f.element) for f in self._found() if f.element["type"] == "button"]

    def buttons_of(self, school: str) -> list[str]:
        """The buttons in the lines of one school."""
        return [label(f.element) for f in self._found(school) if f.element["type"] == "button"]

    def menu_of(self, school: str) -> list[str]:
        """What the three-dot menus in the lines of one school offer."""
        menus = (f.element for f in self._found(school) if f.element["type"] == "overflow")
        return [option["text"]["text"] for menu in menus for option in options_of(menu)]

    @property
    def elements(self) -> list[Found]:
        """Everything that can be pressed, chosen or filled in, with the words it stands in."""
        return self._found()

    def touch(self, found: Found, value: Any, by: str) -> Answer:
        """Press one of the elements, or set it to a value."""
        action, block = found.element["action_id"], found.block["block_id"]
        return self._office.slack.click(self._seen, action, by=by, block_id=block, value=value)

    def _found(self, school: str | None = None) -> list[Found]:
        near = school or ""
        return [f for f in walk(self._seen.blocks) if near in html.unescape(f.heading)]

    def _click(self, what: str, school: str | None, by: str, **more: Any) -> Answer:
        near = html.escape(school, quote=False) if school else None
        return pressed(
            lambda name: self._office.slack.click(self._seen, name, by=by, near=near, **more), what
        )

    def _choose(self, options: tuple[str, ...], of: str | None, school: str | None, by: str) -> Any:
        found, picked = self._menu(options, of, school)
        many = found.element["type"] in MANY_OPTIONS
        value = [*self._ticked_in(found), *picked] if many else picked[0]
        return self.touch(found, value, by)

    def _menu(
        self, options: tuple[str, ...], of: str | None, school: str | None
    ) -> tuple[Found, list[Any]]:
        """The first menu that offers all of these, and what they are in it."""
        for found in self._found(school):
            offered = [*options_of(found.element), *self._suggested_in(found)]
            picked = [o for name in options for o in offered if _called(o, name)]
            if len(picked) == len(options) and _named(found, of):
                return found, picked
        raise NotThere(f"no menu offers {options} near {school!r}; there is: {self.reads}")

    def _suggested_in(self, found: Found) -> list[Any]:
        return self._suggested if "external_select" in found.element["type"] else []

    def _ticked_in(self, found: Found) -> list[Any]:
        if not isinstance(self._seen, View):
            return []
        now = self._office.slack.store.view(self._seen.id) or self._seen
        state = now.values.get(found.block["block_id"], {}).get(found.element["action_id"], {})
        return list(state.get("selected_options") or [])

    def _suggest(self, query: str, of: str | None, by: str) -> list[str]:
        found = next(
            f for f in self._found() if "external_select" in f.element["type"] and _named(f, of)
        )
        slack = self._office.slack
        self._suggested = slack.options(self._seen, found.element["action_id"], by=by, query=query)
        return [option["text"]["text"] for option in self._suggested]


def _called(option: Any, name: str) -> bool:
    """By its text, also when that ends in dots because a modal follows."""
    return option["text"]["text"] in (name, f"{name}…")


def _named(found: Found, of: str | None) -> bool:
    """By id, by placeholder, or by the label of its block."""
    block, element = found.block, found.element
    title = block.get("label", {}).get("text")
    return of in (None, element["action_id"], block["block_id"], label(element), title)


class Card(Surface):
    """A message as somebody last looked at it; `expect_update` looks again."""

    def __init__(self, office: Office, message: Message) -> None:
        super().__init__(office, message)
        self.message = message

    @property
    def files(self) -> list[SentFile]:
        return [
            SentFile(f.name, f.content or b"") for f in self._office.slack.files_on(self.message)
        ]

    def click(self, what: str, school: str | None = None, *, by: str) -> Answer:
        """Press a button, beside a school's name where there are several of it."""
        return self._click(what, school, by)

    def choose(
        self, *options: str, of: str | None = None, school: str | None = None, by: str
    ) -> Answer:
        """Choose from a menu, such as the three dots beside a school's name."""
        return self._choose(options, of, school, by)

    def expect_update(self, *saying: str) -> Card:
        """The same message, edited so that it says all of this."""
        message = self._office.awaited(
            f"{self.message.ts} edited to say {saying}", lambda: self._as_it_is(saying)
        )
        self.message = self._seen = message
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


class Personal(Surface):
    """A view that belongs to one person; `expect_update` looks at it again."""

    def __init__(self, office: Office, view: View, by: str) -> None:
        super().__init__(office, view)
        self.view = view
        self.by = by

    def click(
        self, what: str, school: str | None = None, *, values: Mapping[str, Any] | None = None
    ) -> Answer:
        """Press a button; `values` are the fields as filled in so far."""
        return self._click(what, school, self.by, values=values)

    def choose(self, *options: str, of: str | None = None, school: str | None = None) -> Answer:
        """Choose from a menu, or tick boxes beside those that are ticked already.

        `of` names the menu by its id, placeholder or label where several offer the same.
        """
        return self._choose(options, of, school, self.by)

    def untick(self, option: str, *, of: str | None = None) -> Answer:
        found, picked = self._menu((option,), of, None)
        left = [ticked for ticked in self._ticked_in(found) if ticked not in picked]
        return self.touch(found, left, self.by)

    def suggest(self, query: str, *, of: str | None = None) -> list[str]:
        """Type into a menu that asks the bot; what it offers can then be chosen."""
        return self._suggest(query, of, self.by)

    def type(self, value: str, *, into: str) -> Answer:
        """Type into a field and press Enter; the bot hears of it where the field reports."""
        return self._office.slack.click(self._seen, self._field(into), by=self.by, value=value)

    def expect_update(self, *saying: str) -> Any:
        """The same view, changed so that it says all of this."""
        self.view = self._seen = self._office.awaited(
            f"{self.view.id} of {self.by} changed to say {saying}", lambda: self._changed(saying)
        )
        return self

    def _changed(self, saying: tuple[str, ...]) -> View | None:
        now = self._office.slack.store.view(self.view.id)
        if now is None or now.hash == self.view.hash:
            return None
        read = reading(now.title, now.blocks)
        return now if all(words in read for words in saying) else None

    def _field(self, name: str) -> str:
        return next(f.element["action_id"] for f in self._found() if _named(f, name))


class Home(Personal):
    """The app's Home tab, as one person last saw it."""


class Modal(Personal):
    """The dialog on top of somebody's screen."""

    @property
    def labels(self) -> list[str]:
        return [str(b["label"]["text"]) for b in self.view.blocks if b["type"] == "input"]

    @property
    def asks(self) -> bool:
        """Whether it can be submitted; others only say something."""
        return "submit" in self.view.content

    @property
    def offers(self) -> list[str]:
        """Every box that can be ticked, with what is written below it."""
        return [_described(option) for _, option in self._options()]

    @property
    def ticked(self) -> list[str]:
        """What is written beside the boxes that are ticked."""
        return [option["text"]["text"] for f in self._found() for option in self._ticked_in(f)]

    def submit(
        self, *, tick: Iterable[str] = (), file: Mapping[str, bytes] | None = None, **values: Any
    ) -> Answer:
        """Fill in fields by block id, tick boxes by what they say, and submit.

        `file` maps names to bytes: what is chosen in the dialog's field for files.
        """
        given = values | self._ticked(tick) | self._chosen_files(file or {})
        return self._office.slack.submit(self.view, given, by=self.by)

    def close(self) -> None:
        self._office.slack.close(self.view, by=self.by)

    def _chosen_files(self, files: Mapping[str, bytes]) -> Mapping[str, Any]:
        if not files:
            return {}
        fields = (f for f in self._found() if f.element["type"] == "file_input")
        uploads = [Upload(name, content) for name, content in files.items()]
        return {next(fields).block["block_id"]: uploads}

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
