"""What the practice workspace refuses, in Slack's own words.

Refused                 one error code of Slack's Web API
└── InvalidShape        blocks, a view or an argument outside the published schema
NotThere                nothing like that on the screen of the person acting
"""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A call answered with `{"ok": false, "error": code, ...}`."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more

    def json(self) -> dict[str, Any]:
        """The body Slack answers with."""
        return {"ok": False, "error": self.code, **self.more}


class InvalidShape(Refused):
    """An argument outside Slack's schema; the messages name the place as a JSON pointer."""

    def __init__(self, code: str, problems: list[str]) -> None:
        shown = {"messages": [f"[ERROR] {problem}" for problem in problems]}
        more: dict[str, Any] = {"response_metadata": shown}
        if code == "invalid_blocks":
            more = {"errors": problems, **more}
        super().__init__(code, **more)


class NotThere(LookupError):
    """Nothing on that person's screen answers to the description."""
