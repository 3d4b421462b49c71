"""The few Block Kit shapes we use. Everything that came from outside is escaped here.

Limits are Slack's (docs.slack.dev, reference of Block Kit).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from handlers.sentences import Medium
from storage.rules.lifecycle import Status

Block = dict[str, Any]

TEXT, PLAIN_TEXT_INPUT, BUTTON_VALUE = 3_000, 3_000, 2_000
OPTIONS, OPTION_TEXT, OPTION_VALUE = 10, 75, 150
OPTIONS_OF_A_SELECT = 100
MESSAGE_BLOCKS, MODAL_BLOCKS, TITLE = 50, 100, 24
HOME_BLOCKS, METADATA = 100, 3_000
# What is shown of a reason that somebody gave; forms take no more.
REASON = 500
# The field of a form in which somebody says why.
WHY = "reason"
# Undocumented: `msg_blocks_too_long` was seen at about 13,200 characters.
MESSAGE_BYTES, MESSAGE_TEXT = 12_000, 4_000

# What a school's status looks like before its name.
STATUS_MARKS = {
    Status.ACTIVE: ":white_check_mark:",
    Status.ACTION_NEEDED: ":warning:",
    Status.PAUSED: ":double_vertical_bar:",
    Status.FROZEN: ":lock:",
}


@dataclass(frozen=True)
class Picture:
    """A message. `text` reads as a sentence, for notifications and screen readers.

    Both are ready to be sent: what came from outside is escaped in `text` as well.
    """

    text: str
    blocks: Sequence[Block] = ()

    def __post_init__(self) -> None:
        # Slack refuses an edit with more; notifications show a line of it anyway.
        object.__setattr__(self, "text", cut(self.text, MESSAGE_TEXT))

    def body(self) -> Mapping[str, Any]:
        """As it is stored with a note."""
        return {"text": self.text, "blocks": list(self.blocks)}


def escaped(text: str) -> str:
    """Slack's three control characters; nothing that is interpolated can mention anybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def cut(markup: str, limit: int) -> str:
    """At most so many characters of markup, without half an entity or half a date at the end."""
    if len(markup) <= limit:
        return markup
    head = markup[: limit - 1]
    for opens, closes in (("<", ">"), ("&", ";")):
        if head.rfind(opens) > head.rfind(closes):
            head = head[: head.rfind(opens)]
    return f"{head}…"


def within(markup: str, most: int) -> str:
    """Cut for one section, and to so many bytes of JSON, in which a message is measured."""
    markup = cut(markup, TEXT)
    while (taken := len(json.dumps(markup, ensure_ascii=False).encode())) > most:
        markup = cut(markup, len(markup) * most // taken)
    return markup


def quoted(reason: str) -> str:
    """What somebody gave as a reason, on lines of its own; nothing when there is none."""
    lines = shortened(reason, REASON).splitlines()
    return "".join(f"\n>{escaped(line)}" for line in lines)


def size(blocks: Sequence[Block]) -> int:
    """Bytes of the blocks as they are sent, with the comma after the last one."""
    return sum(len(_json(block).encode()) + 1 for block in blocks)


def _json(block: Block) -> str:
    return json.dumps(block, ensure_ascii=False, separators=(",", ":"))


def when(moment: datetime) -> str:
    """Shown in the reader's own time zone, with UTC as the plain-text form."""
    utc = moment.astimezone(UTC)
    fallback = f"{utc:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(utc.timestamp())}^{{date_short_pretty}} at {{time}}|{fallback}>"


# For sentences that are shown in Slack.
SLACK = Medium(escaped, when)


def plain_when(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def plain(text: str, limit: int = 150) -> Block:
    return {"type": "plain_text", "text": shortened(text, limit) or " ", "emoji": True}


def markdown(text: str) -> Block:
    return {"type": "mrkdwn", "text": cut(text, TEXT) or " "}


def section(text: str, accessory: Block | None = None) -> Block:
    block: Block = {"type": "section", "text": markdown(text)}
    return block | ({"accessory": accessory} if accessory else {})


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text)}


def context(text: str) -> Block:
    return {"type": "context", "elements": [markdown(text)]}


def divider() -> Block:
    return {"type": "divider"}


def actions(block_id: str, *elements: Block) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(label: str, action_id: str, value: str, style: str | None = None) -> Block:
    block: Block = {
        "type": "button",
        "text": plain(label, 75),
        "action_id": action_id,
        "value": value,
    }
    return block | ({"style": style} if style else {})


def confirmed(element: Block, title: str, text: str, verb: str) -> Block:
    """The element asks before it acts (Slack: title 100, text 300, buttons 30 characters)."""
    dialog = {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(verb, 30),
        "deny": plain("Cancel", 30),
    }
    return element | {"confirm": dialog}


def option(text: str, value: str, description: str = "") -> Block:
    block: Block = {"text": plain(text, OPTION_TEXT), "value": value}
    return block | ({"description": plain(description, OPTION_TEXT)} if description else {})


def checkboxes(block_id: str, label: str, options: Sequence[Block]) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "optional": True,
        "label": plain(label),
        "element": {"type": "checkboxes", "action_id": "ticked", "options": list(options)},
    }


def text_input(block_id: str, label: str, hint: str = "", *, lines: bool = True) -> Block:
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 2_000),
        "element": {
            "type": "plain_text_input",
            "action_id": "text",
            "multiline": lines,
            "max_length": REASON,
        },
    }
    return block | ({"hint": plain(hint, 2_000)} if hint else {})


def modal(
    callback_id: str, title: str, blocks: Sequence[Block], metadata: str, submit: str | None
) -> Block:
    view: Block = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, TITLE),
        "close": plain("Cancel" if submit else "Close", TITLE),
        "private_metadata": metadata,
        "blocks": list(blocks),
    }
    return view | ({"submit": plain(submit, TITLE)} if submit else {})


def home_tab(blocks: Sequence[Block], metadata: str) -> Block:
    return {
        "type": "home",
        "callback_id": "home",
        "private_metadata": metadata,
        "blocks": list(blocks)[:HOME_BLOCKS],
    }


def told(title: str, sentence: str) -> Block:
    """A modal that only says something."""
    return modal("told", title, [section(escaped(sentence))], "", None)
