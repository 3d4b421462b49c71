"""Interactive elements: finding them on a surface, and what choosing a value means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.practice.errors import NotThere
from bot.practice.limits import CHOSEN_FILE_BYTES, elements_of, leaves
from bot.practice.state import Json

TEXT_INPUTS = ("plain_text_input", "number_input", "email_text_input", "url_text_input")
ONE_OPTION = ("static_select", "external_select", "radio_buttons", "overflow")
MANY_OPTIONS = ("checkboxes", "multi_static_select", "multi_external_select")
# How Slack names what was chosen, and what was chosen at first.
PLAIN = {
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    **dict.fromkeys(TEXT_INPUTS, ("value", "initial_value")),
}
STATELESS = ("button", "overflow", "plain_text", "mrkdwn", "image")


@dataclass(frozen=True)
class Found:
    """An element, the block it is in, and the text that stands with it."""

    block: Json
    element: Json
    heading: str


def label(element: Json) -> str:
    """What is written on a button, or the placeholder of a menu."""
    text = element.get("text") or element.get("placeholder") or {}
    return str(text.get("text", ""))


def options_of(element: Json) -> list[Json]:
    """All options of a static menu, grouped or not."""
    grouped = [o for g in element.get("option_groups", []) for o in g["options"]]
    return [*element.get("options", []), *grouped]


def walk(blocks: Sequence[Json]) -> Iterator[Found]:
    """Every interactive element, with the nearest text at or above it."""
    heading = ""
    for block in blocks:
        if block["type"] in ("section", "header"):
            heading = "\n".join(leaves({k: v for k, v in block.items() if k != "accessory"}))
        for element in elements_of(block):
            if "action_id" in element:
                yield Found(block, element, heading)


def option_named(element: Json, wanted: Any) -> Json | None:
    """The option with this value or this text; a whole option stands for itself."""
    if isinstance(wanted, dict):
        return wanted
    options = options_of(element)
    by_value = [o for o in options if o.get("value") == wanted]
    by_text = [o for o in options if o["text"]["text"] == wanted]
    return next(iter(by_value + by_text), None)


def answers_to(found: Found, what: str | None) -> bool:
    """Whether an element is what somebody calls it: action id, label, or an option's text."""
    element = found.element
    if what is None or what in (element["action_id"], label(element)):
        return True
    return element["type"] == "overflow" and option_named(element, what) is not None


def find(
    blocks: Sequence[Json],
    what: str | None,
    block_id: str | None = None,
    value: Any = None,
    near: str | None = None,
) -> Found:
    """The one element that is meant. Raises NotThere, naming what is on the screen."""
    everything = list(walk(blocks))
    fitting = [f for f in everything if answers_to(f, what)]
    fitting = [f for f in fitting if block_id in (None, f.block["block_id"])]
    fitting = [f for f in fitting if near is None or near in f.heading]
    if value is not None:
        fitting = [f for f in fitting if takes(f.element, value)]
    if not fitting:
        seen = [
            f"{label(f.element) or f.element['type']} ({f.element['action_id']})"
            for f in everything
        ]
        raise NotThere(f"no {what!r} near {near!r} with {value!r}; there is: {', '.join(seen)}")
    return fitting[0]


def takes(element: Json, value: Any) -> bool:
    """Whether this value could come from this element."""
    if element["type"] == "button":
        return bool(element.get("value") == value)
    if element["type"] in (*ONE_OPTION, *MANY_OPTIONS) and "external" not in element["type"]:
        wanted = value if isinstance(value, list) else [value]
        return all(option_named(element, v) is not None for v in wanted)
    return True


def chosen(element: Json, value: Any) -> Json:
    """What Slack sends for an element with this value: without ids, with its type."""
    kind = element["type"]
    if kind in ONE_OPTION:
        return {"type": kind, "selected_option": picked(element, value)}
    if kind in MANY_OPTIONS:
        wanted = [value] if isinstance(value, str) else value or []
        return {"type": kind, "selected_options": [picked(element, v) for v in wanted]}
    if kind in PLAIN:
        return {"type": kind, PLAIN[kind][0]: value if value != "" else None}
    if kind == "file_input":
        return {"type": kind, "files": value or []}
    return {"type": kind}


def picked(element: Json, value: Any) -> Json | None:
    """The option chosen, or None. Raises NotThere when there is no such option."""
    if value is None or value == "":
        return None
    option = option_named(element, value)
    if option is None:
        raise NotThere(f"{element['action_id']} has no option {value!r}")
    return option


def initial(element: Json) -> Json:
    """An element's value before anybody touched it."""
    kind = element["type"]
    if kind in ONE_OPTION:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in MANY_OPTIONS:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    if kind in PLAIN:
        return {"type": kind, PLAIN[kind][0]: element.get(PLAIN[kind][1])}
    return {"type": kind, "files": []} if kind == "file_input" else {"type": kind}


def initial_values(blocks: Sequence[Json]) -> Json:
    """`state.values` of a surface nobody touched."""
    values: Json = {}
    for found in walk(blocks):
        if found.element["type"] not in STATELESS:
            spot = values.setdefault(found.block["block_id"], {})
            spot[found.element["action_id"]] = initial(found.element)
    return values


def kept_values(old: Json, blocks: Sequence[Json]) -> Json:
    """The values after an update: kept where block, action and type are the same."""
    values = initial_values(blocks)
    for block_id, actions in values.items():
        for action_id, fresh in actions.items():
            before = old.get(block_id, {}).get(action_id)
            if before and before["type"] == fresh["type"]:
                actions[action_id] = before
    return values


def filled(values: Json, blocks: Sequence[Json], given: Mapping[str, Any]) -> Json:
    """The values after somebody filled in `given`: `{block_id or action_id or label: value}`.

    A block id may also map to `{action_id: value}`. Raises NotThere for a key that names no field.
    """
    new = {block_id: dict(actions) for block_id, actions in values.items()}
    for found, value in named(blocks, given):
        spot = new.setdefault(found.block["block_id"], {})
        spot[found.element["action_id"]] = chosen(found.element, value)
    return new


def named(blocks: Sequence[Json], given: Mapping[str, Any]) -> Iterator[tuple[Found, Any]]:
    """Each field that is given a value."""
    for key, value in given.items():
        inside = [f for f in walk(blocks) if f.block["block_id"] == key]
        by_action = isinstance(value, dict) and {f.element["action_id"] for f in inside} & set(
            value
        )
        if by_action:
            yield from ((f, value[i]) for f in inside if (i := f.element["action_id"]) in value)
        else:
            yield field_named(blocks, key), value


def field_named(blocks: Sequence[Json], key: str) -> Found:
    """The field that a block id, an action id or a label names."""
    for found in walk(blocks):
        name = found.block.get("label", {}).get("text")
        if key in (found.block["block_id"], found.element["action_id"], name):
            return found
    raise NotThere(f"there is no field {key!r}")


def content(value: Json) -> Any:
    """What is in a field's state: a string, an option, a list, or None."""
    return next((v for k, v in value.items() if k != "type"), None)


def incomplete(blocks: Sequence[Json], values: Json) -> dict[str, str]:
    """What Slack's own client says before it submits, by block_id; the app is not asked."""
    problems = {}
    for found in walk(blocks):
        if found.block["type"] == "input":
            state = values.get(found.block["block_id"], {}).get(found.element["action_id"], {})
            problem = complaint(found, content(state))
            if problem:
                problems[found.block["block_id"]] = problem
    return problems


def complaint(found: Found, value: Any) -> str | None:
    """The client's sentence about one field, or None."""
    if not value:
        return None if found.block.get("optional") else "Please complete this required field."
    kind = found.element["type"]
    if kind == "file_input":
        return complaint_about_files(found.element, value)
    return complaint_about_text(found.element, value) if kind == "plain_text_input" else None


def complaint_about_files(element: Json, files: Sequence[Json]) -> str | None:
    """The client lets nobody choose too many files, too large ones, or those of other kinds."""
    most, endings = element.get("max_files", 10), element.get("filetypes")
    if len(files) > most:
        return f"Please choose at most {most} file{'' if most == 1 else 's'}."
    if any(f["size"] > CHOSEN_FILE_BYTES for f in files):
        return "Please choose files of at most 10 MB."
    if endings and any(f["name"].rpartition(".")[2].lower() not in endings for f in files):
        return f"Please choose files of these types only: {', '.join(endings)}."
    return None


def complaint_about_text(element: Json, value: str) -> str | None:
    """The client counts characters."""
    most, least = element.get("max_length", 3000), element.get("min_length", 0)
    if len(value) > most:
        return f"Please use at most {most} characters."
    if len(value) < least:
        return f"Please use at least {least} characters."
    return None
