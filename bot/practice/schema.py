"""Small checks that compose: each takes a value and its JSON pointer and names what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

Check = Callable[[Any, str], list[str]]


def at(pointer: str, problem: str) -> list[str]:
    """One problem, in the form Slack reports it."""
    return [f"{problem} [json-pointer:{pointer}]"]


def string(most: int, least: int = 0) -> Check:
    """A string of `least` to `most` characters."""

    def check(value: Any, pointer: str) -> list[str]:
        if not isinstance(value, str):
            return at(pointer, "must be a string")
        if len(value) < least:
            return at(pointer, f"must be more than {least - 1} characters")
        if len(value) > most:
            return at(pointer, f"must be less than {most + 1} characters")
        return []

    return check


def flag(value: Any, pointer: str) -> list[str]:
    """True or false."""
    return [] if isinstance(value, bool) else at(pointer, "must be a boolean")


def number(least: int, most: int) -> Check:
    """An integer between both, inclusive."""

    def check(value: Any, pointer: str) -> list[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            return at(pointer, "must be an integer")
        if not least <= value <= most:
            return at(pointer, f"must be between {least} and {most}")
        return []

    return check


def one_of(allowed: Collection[str]) -> Check:
    """One of a few strings."""

    def check(value: Any, pointer: str) -> list[str]:
        if value in allowed:
            return []
        return at(pointer, f"must be one of: {', '.join(sorted(allowed))}")

    return check


def items(each: Check, most: int, least: int = 1) -> Check:
    """An array of `least` to `most` items, each checked."""

    def check(value: Any, pointer: str) -> list[str]:
        if not isinstance(value, list):
            return at(pointer, "must be an array")
        if len(value) > most:
            return at(pointer, f"no more than {most} items allowed")
        if len(value) < least:
            return at(pointer, f"no fewer than {least} items allowed")
        return [p for i, item in enumerate(value) for p in each(item, f"{pointer}/{i}")]

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these fields and no others."""
    known = {**required, **(optional or {})}

    def check(value: Any, pointer: str) -> list[str]:
        if not isinstance(value, dict):
            return at(pointer, "must provide an object")
        problems = [
            p
            for name in required
            if name not in value
            for p in at(pointer, f"missing required field: {name}")
        ]
        for name, field in value.items():
            if name not in known:
                problems += at(pointer, f"invalid additional property: {name}")
            else:
                problems += known[name](field, f"{pointer}/{name}")
        return problems

    return check


def by_type(shapes: Mapping[str, Check]) -> Check:
    """An object whose `type` picks its shape."""

    def check(value: Any, pointer: str) -> list[str]:
        if not isinstance(value, dict):
            return at(pointer, "must provide an object")
        kind = value.get("type")
        if not isinstance(kind, str) or kind not in shapes:
            return at(f"{pointer}/type", f"unsupported type: {kind}")
        return shapes[kind](value, pointer)

    return check


def both(*checks: Check) -> Check:
    """All of them; the later ones only when the earlier found nothing."""

    def check(value: Any, pointer: str) -> list[str]:
        for each in checks:
            problems = each(value, pointer)
            if problems:
                return problems
        return []

    return check


def anything(value: Any, pointer: str) -> list[str]:
    """No rule of ours."""
    return []
