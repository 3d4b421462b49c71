"""Whether Slack would take a message, a dialog or a Home tab, and whether it can mention anybody.

The figures are Slack's (docs.slack.dev, Block Kit); the tables of the practice workspace hold most
of them. What no table can hold is here: bytes of a message, and markup that came from outside.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from bot.practice.limits import ELEMENTS, check_blocks, check_view
from handlers.views.blocks import Block, Picture

MESSAGE_BYTES = 12_000
MESSAGE_TEXT = 4_000
# What our own markup may be made of; channels and people we name have ids of Slack's shape.
OURS = re.compile(
    r"<!date\^\d+\^\{date_short_pretty\} at \{time\}\|[^<>|]*>"
    r"|<https?://[^<>|\s]+(\|[^<>]*)?>"
    r"|<([#@]|!subteam\^)[A-Z0-9]+>"
)
TOKEN = re.compile(r"<[^>]*>?")
ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")


def assert_fits(shown: Picture | Block) -> None:
    """Fails unless Slack takes it as it is: a message, a view, or a part of one."""
    if isinstance(shown, Picture):
        _message_fits(shown)
    elif shown.get("type") in ("modal", "home"):
        _view_fits(shown)
    else:
        _message_fits(Picture("A part of something larger.", [_in_a_block(shown)]))


def assert_mentions_nobody(shown: Picture | Block, stranger: str) -> None:
    """Fails if markup is broken, or has an id of the stranger, who came from outside."""
    texts = [shown.text] if isinstance(shown, Picture) else []
    parts = list(shown.blocks) if isinstance(shown, Picture) else [shown]
    for text in [*texts, *(text for part in parts for text in _markup(part))]:
        assert not ENTITY.search(text), f"half an entity: {text[-80:]}"
        for token in TOKEN.findall(text):
            assert OURS.fullmatch(token), f"markup from outside: {token} in {text[:200]}"
            # The words of a link, after its bar, are no more than words.
            assert stranger not in token.partition("|")[0], f"{token} mentions somebody"


def _message_fits(picture: Picture) -> None:
    check_blocks(list(picture.blocks))
    sent = json.dumps(list(picture.blocks), ensure_ascii=False, separators=(",", ":")).encode()
    assert len(sent) <= MESSAGE_BYTES, f"{len(sent):,} bytes of blocks"
    assert 0 < len(picture.text) <= MESSAGE_TEXT, f"{len(picture.text):,} characters of text"
    assert picture.text.strip(), "nobody can hear a message without words"


def _view_fits(view: Block) -> None:
    check_view(view, (view["type"],))
    json.loads(view.get("private_metadata") or "{}")


def _in_a_block(part: Block) -> Block:
    """A button, a menu or an option on its own, in the smallest block that can hold it."""
    if part.get("type") in ELEMENTS:
        return {"type": "actions", "elements": [part]}
    if "type" in part:
        return part
    menu = {"type": "static_select", "action_id": "one", "options": [part]}
    return {"type": "actions", "elements": [menu]}


def _markup(value: Any) -> Iterator[str]:
    """Every text that Slack reads as markup."""
    if isinstance(value, list):
        for item in value:
            yield from _markup(item)
    elif isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value["text"]
        for item in value.values():
            yield from _markup(item)
