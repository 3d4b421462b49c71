"""How a Web API method is declared, and how its arguments are read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.practice.errors import InvalidShape
from bot.practice.state import Json, Store


class Args:
    """The arguments of one call: forms carry JSON as strings, JSON bodies carry it as it is."""

    def __init__(self, given: Json) -> None:
        self.given = given

    def __contains__(self, name: str) -> bool:
        return self.given.get(name) is not None

    def text(self, name: str) -> str:
        """A required string. Raises InvalidShape `invalid_arguments`."""
        value = self.given.get(name)
        if value is None or value == "":
            raise InvalidShape("invalid_arguments", [f"missing required field: {name}"])
        return str(value)

    def maybe(self, name: str) -> str | None:
        """A string, or None when it is absent or empty."""
        value = self.given.get(name)
        return None if value is None or value == "" else str(value)

    def flag(self, name: str) -> bool:
        """A boolean in any of the spellings Slack takes."""
        return str(self.given.get(name, "")).lower() in ("1", "true")

    def whole(self, name: str, default: int) -> int:
        """A whole number."""
        value = str(self.given.get(name) or default)
        if not value.isdecimal():
            raise InvalidShape("invalid_arguments", [f"must be an integer: {name}"])
        return int(value)

    def moment(self, name: str, default: float) -> float:
        """A message time stamp as a number. Raises InvalidShape `invalid_ts_{name}`."""
        try:
            return float(self.given.get(name) or default)
        except (TypeError, ValueError) as error:
            raise InvalidShape(f"invalid_ts_{name}", [f"invalid timestamp: {name}"]) from error

    def json(self, name: str, code: str) -> Any:
        """A JSON value, or None when absent; what cannot be parsed is refused with `code`."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            raise InvalidShape(code, [f"invalid JSON: {name}"]) from error


Run = Callable[[Store, Args], Json]


@dataclass(frozen=True)
class Method:
    """One method: what it does, and the scopes of which it needs one."""

    name: str
    run: Run
    scopes: tuple[str, ...]


METHODS: dict[str, Method] = {}


def method(name: str, *scopes: str) -> Callable[[Run], Run]:
    """Declare a Web API method; its answer gets `"ok": true`."""

    def declare(run: Run) -> Run:
        METHODS[name] = Method(name, run, scopes)
        return run

    return declare
