"""Slack's limits as tables: text objects, elements, blocks, surfaces.

The figures are those of docs.slack.dev (Block Kit reference). Where Slack documents none, the
place where the figure was seen is named beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bot.practice.errors import InvalidShape, Refused
from bot.practice.schema import (
    Check,
    anything,
    at,
    both,
    by_type,
    flag,
    items,
    number,
    one_of,
    record,
    string,
)

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
# Undocumented; slackapi/bolt-js#2509 saw msg_blocks_too_long from here on.
BLOCKS_JSON = 13_200
VIEW_JSON = 250_000
POST_TEXT = 40_000
UPDATE_TEXT = 4_000
TABLE_TEXT = 10_000
VIEW_STACK = 3
TRIGGER_SECONDS = 3.0
ANSWER_SECONDS = 3.0
RESPONSE_URL_USES = 5
RESPONSE_URL_SECONDS = 30 * 60
SOCKETS = 10
CHOSEN_FILE_BYTES = 10_000_000
MISMATCH = "failed to match all allowed schemas"


def told_outside(check: Check) -> Check:
    """Slack names the object that did not match before it names the field."""

    def outer(value: Any, pointer: str) -> list[str]:
        problems = check(value, pointer)
        return at(pointer, MISMATCH) + problems if problems else []

    return outer


def plain(most: int) -> Check:
    """A plain_text object."""
    fields = {"type": one_of(["plain_text"]), "text": string(most, 1)}
    return told_outside(record(fields, {"emoji": flag}))


def mrkdwn(most: int) -> Check:
    """A mrkdwn object."""
    fields = {"type": one_of(["mrkdwn"]), "text": string(most, 1)}
    return told_outside(record(fields, {"verbatim": flag}))


def text(most: int) -> Check:
    """Either kind of text object."""
    return by_type({"plain_text": plain(most), "mrkdwn": mrkdwn(most)})


def known_initial(value: dict[str, Any], pointer: str) -> list[str]:
    """Slack wants an initial option to match one of the options exactly."""
    groups = [g.get("options", []) for g in value.get("option_groups", [])]
    options = [o for group in [value.get("options", []), *groups] for o in group]
    initial = value.get("initial_options") or [value.get("initial_option")]
    chosen = [o for o in initial if o is not None]
    if all(o in options for o in chosen):
        return []
    return at(pointer, "initial option must match exactly one of the options")


def options_or_groups(value: dict[str, Any], pointer: str) -> list[str]:
    """A static menu has options or groups of them, not both."""
    if ("options" in value) != ("option_groups" in value):
        return []
    return at(pointer, "must define either options or option_groups")


ID = string(255)
CONFIRM = record(
    {"title": plain(100), "text": plain(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of(["primary", "danger"])},
)
OPTION = record({"text": text(75), "value": string(150)}, {"description": text(75)})
PLAIN_OPTION = record({"text": plain(75), "value": string(150)}, {"description": plain(75)})
# Only an overflow menu may lead elsewhere.
LINK_OPTION = record(
    {"text": plain(75), "value": string(150)},
    {"description": plain(75), "url": string(3000)},
)
GROUP = record({"label": plain(75), "options": items(PLAIN_OPTION, 100)})
IMAGE = record(
    {"type": anything, "alt_text": string(2000)},
    {"image_url": string(3000, 1), "slack_file": anything},
)
DISPATCH = record(
    {}, {"trigger_actions_on": items(one_of(["on_enter_pressed", "on_character_entered"]), 2)}
)


def element(required: Mapping[str, Check] | None = None, **optional: Check) -> Check:
    """An interactive element: what all have, and its own fields."""
    common = {"action_id": ID, "confirm": CONFIRM, "focus_on_load": flag}
    return record({"type": anything, **(required or {})}, {**common, **optional})


def menu(required: Mapping[str, Check] | None = None, **optional: Check) -> Check:
    """A select menu."""
    return element(required, placeholder=plain(150), response_url_enabled=flag, **optional)


STATIC: dict[str, Check] = {
    "options": items(PLAIN_OPTION, 100),
    "option_groups": items(GROUP, 100),
}
MANY = {"max_selected_items": number(1, 100)}
IDS = items(string(255, 1), 100)

ELEMENTS: dict[str, Check] = {
    "button": record(
        {"type": anything, "text": plain(75)},
        {
            "action_id": ID,
            "value": string(2000),
            "url": string(3000),
            "style": one_of(["primary", "danger"]),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
        },
    ),
    "overflow": record(
        {"type": anything, "options": items(LINK_OPTION, 5)},
        {"action_id": ID, "confirm": CONFIRM},
    ),
    "checkboxes": both(
        element({"options": items(OPTION, 10)}, initial_options=items(OPTION, 10)),
        known_initial,
    ),
    "radio_buttons": both(
        element({"options": items(OPTION, 10)}, initial_option=OPTION), known_initial
    ),
    "static_select": both(
        menu(None, **STATIC, initial_option=PLAIN_OPTION), options_or_groups, known_initial
    ),
    "multi_static_select": both(
        menu(None, **STATIC, **MANY, initial_options=items(PLAIN_OPTION, 100)),
        options_or_groups,
        known_initial,
    ),
    "external_select": menu(min_query_length=number(0, 100), initial_option=PLAIN_OPTION),
    "multi_external_select": menu(
        None, **MANY, min_query_length=number(0, 100), initial_options=items(PLAIN_OPTION, 100)
    ),
    "users_select": menu(initial_user=ID),
    "multi_users_select": menu(None, **MANY, initial_users=IDS),
    "conversations_select": menu(
        initial_conversation=ID, default_to_current_conversation=flag, filter=anything
    ),
    "channels_select": menu(initial_channel=ID),
    "datepicker": element(placeholder=plain(150), initial_date=string(10, 10)),
    "timepicker": element(placeholder=plain(150), initial_time=string(5, 5)),
    "plain_text_input": element(
        placeholder=plain(150),
        initial_value=string(3000),
        multiline=flag,
        min_length=number(0, 3000),
        max_length=number(1, 3000),
        dispatch_action_config=DISPATCH,
    ),
    "number_input": element(
        {"is_decimal_allowed": flag},
        placeholder=plain(150),
        initial_value=string(100),
        min_value=string(100),
        max_value=string(100),
        dispatch_action_config=DISPATCH,
    ),
    "email_text_input": element(placeholder=plain(150), initial_value=string(3000)),
    "url_text_input": element(placeholder=plain(150), initial_value=string(3000)),
    "file_input": element(filetypes=items(string(20, 1), 50), max_files=number(1, 10)),
    "image": IMAGE,
}

TYPED = ("plain_text_input", "number_input", "email_text_input", "url_text_input", "file_input")
IN_ACTIONS = {k: v for k, v in ELEMENTS.items() if k != "image" and k not in TYPED}
IN_SECTION = {**IN_ACTIONS, "image": IMAGE}
IN_MODAL_INPUT = {k: v for k, v in ELEMENTS.items() if k not in ("button", "overflow", "image")}
# Files are asked for "when the parent modal is submitted", so nowhere else.
IN_INPUT = {k: v for k, v in IN_MODAL_INPUT.items() if k != "file_input"}
IN_CONTEXT: dict[str, Check] = {"plain_text": plain(3000), "mrkdwn": mrkdwn(3000), "image": IMAGE}

CELL = by_type(
    {
        "raw_text": record({"type": anything, "text": string(TABLE_TEXT, 1)}),
        "rich_text": record({"type": anything, "elements": anything}, {"block_id": ID}),
    }
)
COLUMN = record({}, {"align": one_of(["left", "center", "right"]), "is_wrapped": flag})


def block(required: Mapping[str, Check] | None = None, **optional: Check) -> Check:
    """A block: what all have, and its own fields."""
    return record({"type": anything, **(required or {})}, {"block_id": ID, **optional})


def input_of(elements: Mapping[str, Check]) -> Check:
    """An input block for these elements."""
    return block(
        {"label": plain(2000), "element": by_type(elements)},
        hint=plain(2000),
        optional=flag,
        dispatch_action=flag,
    )


def says_something(value: dict[str, Any], pointer: str) -> list[str]:
    """A section without text and fields shows nothing."""
    if "text" in value or "fields" in value:
        return []
    return at(pointer, "missing required field: text")


BLOCKS: dict[str, Check] = {
    "section": both(
        block(
            text=text(3000),
            fields=items(text(2000), 10),
            accessory=by_type(IN_SECTION),
            expand=flag,
        ),
        says_something,
    ),
    "header": block({"text": plain(150)}),
    "divider": block(),
    "context": block({"elements": items(by_type(IN_CONTEXT), 10)}),
    "actions": block({"elements": items(by_type(IN_ACTIONS), 25)}),
    "input": input_of(IN_INPUT),
    "image": block(
        {"alt_text": string(2000)},
        image_url=string(3000, 1),
        slack_file=anything,
        title=plain(2000),
    ),
    "markdown": block({"text": string(12_000, 1)}),
    "rich_text": block({"elements": anything}),
    "table": block({"rows": items(items(CELL, 20), 100)}, column_settings=items(COLUMN, 20)),
}

IN_MESSAGE = dict(BLOCKS)
IN_HOME = {k: v for k, v in BLOCKS.items() if k not in ("table", "markdown")}
IN_MODAL = {**IN_HOME, "input": input_of(IN_MODAL_INPUT)}

VIEW_COMMON: dict[str, Check] = {
    "private_metadata": string(3000),
    "callback_id": ID,
    "external_id": ID,
}
VIEWS: dict[str, Check] = {
    "modal": record(
        {
            "type": anything,
            "title": plain(24),
            "blocks": items(by_type(IN_MODAL), VIEW_BLOCKS, least=0),
        },
        {
            **VIEW_COMMON,
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": flag,
            "notify_on_close": flag,
            "submit_disabled": flag,
        },
    ),
    "home": record(
        {"type": anything, "blocks": items(by_type(IN_HOME), VIEW_BLOCKS, least=0)}, VIEW_COMMON
    ),
}

METADATA = record({"event_type": string(255, 1), "event_payload": anything})


def elements_of(each: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every element of a block, wherever the block keeps it."""
    for key in ("accessory", "element"):
        if isinstance(each.get(key), dict):
            yield each[key]
    if each.get("type") in ("actions", "context"):
        yield from (e for e in each.get("elements", []) if isinstance(e, dict))


def repeated(names: list[str]) -> list[str]:
    """The names that occur more than once."""
    return sorted({name for name in names if names.count(name) > 1})


def duplicates(blocks: list[dict[str, Any]], pointer: str) -> list[str]:
    """A block_id twice on a surface, an action_id twice in a block."""
    twice = repeated([b["block_id"] for b in blocks if b.get("block_id")])
    problems = [
        p
        for name in twice
        for p in at(pointer, f'`block_id` "{name}" already exists for another block')
    ]
    for i, each in enumerate(blocks):
        ids = [e["action_id"] for e in elements_of(each) if e.get("action_id")]
        for name in repeated(ids):
            problem = f'`action_id` "{name}" already exists for another element'
            problems += at(f"{pointer}/{i}", problem)
    return problems


def leaves(value: Any) -> Iterator[str]:
    """Every `text` string below a value."""
    if isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "text" and isinstance(item, str):
                yield item
            else:
                yield from leaves(item)


def tables(blocks: list[dict[str, Any]], pointer: str) -> list[str]:
    """One table a message, 10,000 characters in its cells."""
    found = [b for b in blocks if b.get("type") == "table"]
    if len(found) > 1:
        return at(pointer, "only_one_table_allowed")
    if sum(len(t) for b in found for t in leaves(b.get("rows"))) > TABLE_TEXT:
        return at(pointer, f"table cells must be less than {TABLE_TEXT + 1} characters")
    return []


SUGGESTIONS = record(
    {}, {"options": items(PLAIN_OPTION, 100, least=0), "option_groups": items(GROUP, 100, least=0)}
)


def offered(answer: Any) -> list[dict[str, Any]]:
    """The options in an app's answer to a block_suggestion; none of them when one is illegal."""
    if SUGGESTIONS(answer, "") != []:
        return []
    groups = [o for g in answer.get("option_groups", []) for o in g["options"]]
    return [*answer.get("options", []), *groups]


def focused_twice(blocks: list[dict[str, Any]], pointer: str) -> list[str]:
    """One element of a view at most is focused when it opens."""
    focused = [e for b in blocks for e in elements_of(b) if e.get("focus_on_load")]
    if len(focused) < 2:
        return []
    return at(pointer, "only one element may have focus_on_load")


def json_length(value: Any) -> int:
    """Characters of a value as compact JSON."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def check_blocks(blocks: Any, pointer: str = "/blocks") -> None:
    """Refuse blocks that Slack would refuse in a message.

    Raises InvalidShape `invalid_blocks`, or Refused `msg_blocks_too_long`.
    """
    shape = items(by_type(IN_MESSAGE), MESSAGE_BLOCKS, least=0)
    problems = shape(blocks, pointer)
    problems = problems or duplicates(blocks, pointer) + tables(blocks, pointer)
    if problems:
        raise InvalidShape("invalid_blocks", problems)
    # A table may be larger than that on its own; its cells have their own limit.
    if json_length([b for b in blocks if b["type"] != "table"]) > BLOCKS_JSON:
        raise Refused("msg_blocks_too_long")


def needs_submit(view: dict[str, Any]) -> list[str]:
    """A modal with inputs must have a submit button."""
    inputs = any(b.get("type") == "input" for b in view["blocks"])
    if view["type"] != "modal" or "submit" in view or not inputs:
        return []
    return at("/view/submit", "submit is required when an input block is within blocks")


def check_view(view: Any, kinds: tuple[str, ...]) -> None:
    """Refuse a view that Slack would refuse.

    Raises InvalidShape `invalid_arguments`, or Refused `view_too_large`.
    """
    problems = told_outside(by_type({k: VIEWS[k] for k in kinds}))(view, "/view")
    problems = problems or [
        *duplicates(view["blocks"], "/view/blocks"),
        *focused_twice(view["blocks"], "/view/blocks"),
        *needs_submit(view),
    ]
    if problems:
        raise InvalidShape("invalid_arguments", problems)
    if json_length(view) > VIEW_JSON:
        raise Refused("view_too_large")


def check_metadata(metadata: Any) -> None:
    """Refuse message metadata outside its schema (`invalid_metadata_schema`)."""
    problems = METADATA(metadata, "/metadata")
    if problems:
        raise InvalidShape("invalid_metadata_schema", problems)
